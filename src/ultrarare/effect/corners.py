"""The comparison with values that are not exact at the ends that favour benefit least, and most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ultrarare.errors import NotComputable

if TYPE_CHECKING:
    from ultrarare.stats.own_control import OwnControl


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value between two numbers, the same where it is exact; None where it has no limit."""

    time: float
    low: float | None
    high: float | None
    name: str  # how problems name it

    @property
    def known_end(self) -> float:
        """A number that the value may have: its lower end, or the upper where it has none."""
        return self.low if self.low is not None else self.high if self.high is not None else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """The comparison with values that are not exact at one end each, and these values."""

    result: OwnControl
    before: tuple[float, ...]
    after: tuple[float, ...]


def at_the_corners(
    before: Sequence[Reading],
    after: Sequence[Reading],
    compare: Callable[[Sequence[float], Sequence[float]], OwnControl],
) -> tuple[Corner, Corner]:
    """The comparison where values that are not exact favour benefit least, and most.

    The contrast is linear in the values, so each of them is worst at one of its ends; which one
    is found by moving it alone.

    Args:
        before: values before dosing.
        after: values after it.
        compare: the comparison, from the values before and after.

    Raises:
        NotComputable: a value has no end on the side that matters (`>1000`, where more is worse
            after dosing, or better before it).
    """
    readings, n = (*before, *after), len(before)

    def corner(values: Sequence[float]) -> Corner:
        first, rest = tuple(values[:n]), tuple(values[n:])
        return Corner(result=compare(first, rest), before=first, after=rest)

    known = [reading.known_end for reading in readings]
    still = corner(known)
    if all(reading.low == reading.high for reading in readings):
        return still, still
    sign = -1.0 if still.result.direction == "lower" else 1.0
    worst, best = list(known), list(known)
    for index, reading in enumerate(readings):
        if reading.low == reading.high:
            continue
        moved = list(known)
        moved[index] += 1.0
        rises = sign * (corner(moved).result.contrast - still.result.contrast) > 0
        bad, good = (reading.low, reading.high) if rises else (reading.high, reading.low)
        if bad is None:
            raise NotComputable(
                f"the value {reading.name} has no limit on the side that matters",
                remedy="Measure the sample diluted, or plan a comparison of ranks.",
            )
        worst[index] = bad
        best[index] = bad if good is None else good
    return corner(worst), corner(best)
