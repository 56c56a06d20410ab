"""A few treated people from dosing on, and the untreated curve they are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ultrarare.case.table import Column, Row, flag, not_negative
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.history.cohort_file import read_cohort_table
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.history.records import Person
    from ultrarare.stats.survival_of_few import SurvivalOfFew
    from ultrarare.stats.untreated_hazard import UntreatedHazard

_TREATED: Final = (
    Column("person", str),
    Column("entry", not_negative),
    Column("exit", not_negative),
    Column("event", flag),
    Column("until", not_negative, required=False, may_be_empty=True),
    Column("group", str, required=False, may_be_empty=True),
    Column("cause", str, required=False, may_be_empty=True),
    Column("ending", str, required=False, may_be_empty=True),
)
_CURVE: Final = (
    Column("time", not_negative),
    Column("survival", not_negative),
    Column("lower", not_negative, required=False, may_be_empty=True),
    Column("upper", not_negative, required=False, may_be_empty=True),
    Column("at_risk", not_negative, required=False, may_be_empty=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """One treated person, on the clock of the untreated.

    Attributes:
        entry: age at dosing; time before it is immortal and does not count.
        exit: age at the event, or when last seen event-free.
        event: whether it was seen.
        until: how long follow-up was planned, event or not; None where that is not known.
    """

    person: str
    entry: float
    exit: float
    event: bool
    until: float | None = None


def read_treated(path: Path, *, name: str) -> tuple[Treated, ...]:
    """Treated people, `person,entry,exit,event[,until]`, `entry` the age at dosing.

    Raises:
        InputErrors: see `read_table`; an exit at or before dosing, a person twice, or follow-up
            planned until before the exit.
    """
    rows = read_cohort_table(path, _TREATED, name=name)
    if problems := list(_problems(rows, name)):
        raise InputErrors(problems, where=name)
    names = ("person", "entry", "exit", "event", "until")
    return tuple(Treated(**{field: row.get(field) for field in names}) for row in rows)


def _problems(rows: Sequence[Row], name: str) -> Iterable[Problem]:
    times = Counter(row["person"] for row in rows)
    for row in rows:
        where = f"{name}:{row.line}"
        if times[row["person"]] > 1:
            yield Problem(where, f"{row['person']!r} stands {times[row['person']]} times")
        if row["exit"] <= row["entry"]:
            what = "the event" if row["event"] else "exit"
            yield Problem(
                where,
                f"{what} at {row['exit']:g} is not after dosing at {row['entry']:g}",
                "`entry` is the age at dosing: who had the event before was not treated",
            )
        until = row.get("until")
        if until is not None and until < row["exit"]:
            yield Problem(where, f"until {until:g} lies before exit {row['exit']:g}")


def read_published_curve(path: Path, *, people: float, name: str, level: float) -> UntreatedHazard:
    """A digitised curve, `time,survival[,lower,upper,at_risk]`.

    Raises:
        InputErrors: see `read_table`.
        InputError: the curve rises, leaves 0 to 1, or its limits are given by half.
    """
    from ultrarare.stats.untreated_hazard import hazard_of_published_curve

    rows = read_cohort_table(path, _CURVE, name=name)

    def column(field: str) -> list[float] | None:
        cells = [row.get(field) for row in rows]
        if all(cell is None for cell in cells):
            return None
        if field != "at_risk" and None in cells:
            raise InputError(f"column {field!r} is filled by half", where=name)
        return [nan if cell is None else float(cell) for cell in cells]

    lower, upper = column("lower"), column("upper")
    if (lower is None) != (upper is None):
        raise InputError("`lower` and `upper` go together: give both or neither", where=name)
    return hazard_of_published_curve(
        [row["time"] for row in rows], [row["survival"] for row in rows], people=people,
        at_risk=column("at_risk"), lower=lower, upper=upper, level=level,
    )  # fmt: skip


def hazard_of(people: Sequence[Person]) -> UntreatedHazard:
    """The untreated hazard of a cohort."""
    from ultrarare.stats.untreated_hazard import hazard_of_people

    return hazard_of_people(
        [p.exit for p in people], [p.event for p in people], entry=[p.entry for p in people]
    )


def pooled(people: Sequence[Person]) -> tuple[str, ...]:
    """What taking these people as one untreated curve assumes."""
    groups = sorted({person.group for person in people if person.group is not None})
    said = []
    if len(groups) > 1:
        said.append(f"the untreated groups {', '.join(groups)} are taken as one")
    if ends := sum(
        not p.event and (p.ending == "competing" or p.cause is not None) for p in people
    ):
        said.append(
            f"{counted(ends, 'untreated person')} had a competing end and are taken as censored "
            "then: hazards "
            "are compared, not the share of people who come to the event"
        )
    return tuple(said)


def given_at(
    treated: Sequence[Treated], age: float | None
) -> tuple[tuple[Treated, ...], tuple[str, ...]]:
    """Treated people compared from `age` on, or from dosing where that is later.

    Raises:
        NotComputable: nobody was event-free and followed beyond that age.
    """
    if age is None:
        return tuple(treated), ()
    kept = tuple(
        Treated(person=t.person, entry=max(t.entry, age), exit=t.exit, event=t.event, until=t.until)
        for t in treated
        if t.exit > age
    )
    if not kept:
        raise NotComputable(
            f"no treated person was followed beyond {age:g}", remedy="Ask from an earlier age on."
        )
    left = [t.person for t in treated if t.exit <= age]
    said = [f"compared from {age:g} on, or from dosing where that is later"]
    if left:
        said.append(f"{', '.join(left)} ended before {age:g} and do not count")
    return kept, tuple(said)


def compare(
    treated: Sequence[Treated],
    hazard: UntreatedHazard,
    *,
    alternative: Any = "two-sided",
    level: float = 0.95,
    seed: int = 1,
) -> SurvivalOfFew:
    """The exact comparison; see `stats.survival_of_few`."""
    import numpy as np

    from ultrarare.stats.survival_of_few import survival_of_few

    return survival_of_few(
        hazard,
        [t.entry for t in treated],
        [t.exit for t in treated],
        [t.event for t in treated],
        until=[nan if t.until is None else t.until for t in treated],
        alternative=alternative,
        level=level,
        rng=np.random.default_rng(seed),
    )


def comparison_rows(found: SurvivalOfFew, names: Sequence[str]) -> dict[str, Any]:
    """The comparison as plain JSON, the same for a command and for a finding."""
    one = found.one_sample
    return {
        "floor": found.floor,
        "p_value": found.p_value,
        "alternative": found.alternative,
        "p_fewer": found.p_better,
        "p_more": found.p_worse,
        "treated": found.treated,
        "event_free": found.treated - found.observed,
        "observed": found.observed,
        "expected": found.expected,
        "event_free_probability": found.alive_probability.tolist(),
        "hazard_ratio": {
            "value": None if one is None else one.ratio,
            "lower": found.hazard_ratio_lower,
            "upper": finite(found.hazard_ratio_upper),
            "level": found.level,
        },
        "people": [
            {"person": name, **row} for name, row in zip(names, found.to_rows(), strict=True)
        ],
        "one_sample_log_rank": None
        if one is None
        else {
            "z": one.z_corrected,
            "p_curve_uncertain": one.p_corrected,
            "p_curve_known": one.p_known,
            "z_wu": one.z_wu,
            "curve_variance": one.curve_variance,
            "p_poisson": one.p_poisson,
            "ratio_lower": one.ratio_lower,
            "ratio_upper": one.ratio_upper,
            "caveats": list(one.caveats),
        },
        "naive": {"p_curve_known": found.plug_in_p},
    }


def finite(value: float) -> float | None:
    """The value; None where it is none."""
    return float(value) if abs(value) < float("inf") else None
