"""A single-case series from a table: `phase,time,value`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.case.table import number
from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.stats.single_case import SingleCase
    from ultrarare.stats.single_case.start import Direction, Statistic

_MOST_STARTS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleCaseReport:
    """The numbers, and what was said about reading them."""

    result: SingleCase
    reading: tuple[str, ...]

    def summary(self) -> str:
        """The numbers, then every caveat."""
        return "\n".join((self.result.summary(), *(f"- {text}" for text in self.reading)))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; null where one is undefined."""
        found = self.result.to_json()
        return {**found, "caveats": [*found["caveats"], *self.reading]}


def describe_series(
    path: Path,
    *,
    direction: Direction | None = None,
    possible_starts: str | None = None,
    statistic: Statistic = "mean",
) -> SingleCaseReport:
    """Read a series and describe it.

    Args:
        path: CSV with `phase,time,value`; the first phase in time is the baseline.
        direction: which values are better; higher, with a caveat, where it is not said.
        possible_starts: see `parse_starts`; None if the start was not drawn by lot.
        statistic: what the randomisation test compares.

    Raises:
        InputErrors: the table is wrong.
        InputError: the starts cannot be read or do not fit.
        NotComputable: no baseline is followed by treatment.
    """
    from ultrarare.effect.single_case_series import least_favourable, read_phases
    from ultrarare.stats.single_case import phase_family, single_case

    rows = read_phases(path, name=path.name)
    better: Direction = "higher" if direction is None else direction
    baseline = phase_family(rows[0].phase)
    treated = [phase_family(row.phase) != baseline for row in rows]
    values, reading = least_favourable([row.amount for row in rows], treated, better)
    if direction is None:
        reading += ("no direction was given, so higher values are read as better",)
    result = single_case(
        [row.phase for row in rows],
        [row.time for row in rows],
        values,
        direction=better,
        possible_starts=None if possible_starts is None else parse_starts(possible_starts),
        statistic=statistic,
    )
    return SingleCaseReport(result=result, reading=reading)


def parse_starts(text: str) -> Sequence[float]:
    """Possible starts from `5,6,8` or from `5:12` (every whole step) or `5:12:0.5`.

    Raises:
        InputError: neither form, or a range without an end.
    """
    try:
        if ":" not in text:
            return [number(part.strip()) for part in text.split(",")]
        first, last, step = (*(number(part.strip()) for part in text.split(":")), 1.0)[:3]
    except ValueError:
        first, last, step = 0.0, 0.0, 0.0
    if not (step > 0 and first <= last and (last - first) / step < _MOST_STARTS):
        raise InputError(
            f"found {text!r}; allowed is a list (5,6,8) or a range (5:12 or 5:12:0.5)",
            where="possible starts",
        )
    return [first + step * i for i in range(int((last - first) / step + 1e-9) + 1)]
