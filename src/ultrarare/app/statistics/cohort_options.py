"""Options of a command as a question to a cohort, and as what is declared of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ultrarare.case.finding import Tier
from ultrarare.case.table import number
from ultrarare.case.unit import why_not_ucum
from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.history.question import Question, Setting

_DECLARED: Final = (
    "unit", "tier", "era", "collected", "ascertainment", "floor", "ceiling", "schedule",
    "repeat_within",
)  # fmt: skip


def asked(given: Mapping[str, Any]) -> Question:
    """The patient's side.

    Raises:
        InputError: two numbers that are none, a direction or a unit that is none.
    """
    from ultrarare.history.question import Question

    _one_of(given.get("direction"), ("lower", "higher"), "direction")
    unit = given.get("unit")
    if unit is not None and (why := why_not_ucum(unit)) is not None:
        raise InputError(why, where="unit")
    years = _two(given.get("patient_years"), "patient-years")
    return Question(
        endpoint=given.get("endpoint"),
        unit=unit,
        improves=given.get("direction"),
        relevant_difference=given.get("relevant_difference"),
        window=_two(given.get("patient_age"), "patient-age"),
        gap=given.get("patient_gap"),
        years=None if years is None else (int(years[0]), int(years[1])),
    )


def declared(given: Mapping[str, Any]) -> Setting:
    """The cohort's side.

    Raises:
        InputError: a tier or a way of collecting that is none.
    """
    from ultrarare.history.question import COLLECTED, Setting

    _one_of(given.get("collected"), COLLECTED, "collected")
    _one_of(given.get("tier"), tuple(str(tier) for tier in Tier), "tier")
    return Setting(
        measure=given.get("endpoint"), **{field: given.get(field) for field in _DECLARED}
    )


def _one_of(found: str | None, allowed: tuple[str, ...], where: str) -> None:
    if found is not None and found not in allowed:
        raise InputError(f"found {found!r}; allowed is one of: {', '.join(allowed)}", where=where)


def _two(text: str | None, where: str) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        first, last = (number(part.strip()) for part in text.split(","))
    except ValueError:
        raise InputError(f"found {text!r}; allowed are two numbers, as 2,5", where=where) from None
    return first, last
