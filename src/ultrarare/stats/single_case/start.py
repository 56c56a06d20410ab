"""The randomisation test of a treatment whose start was drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, finite_vector, freeze, same_length

Direction = Literal["lower", "higher"]
"""Which values are better."""
Statistic = Literal["mean", "median", "nap"]
"""What is compared between the phases: their means, their medians, or NAP."""

_EQUAL: Final = 1e-10
"""Statistics closer than this share of their range are tied: rounding is no order."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StartTest:
    """How extreme the comparison at the drawn start is among all that could have been drawn."""

    statistic: Statistic
    start: float  # the time that was drawn
    starts: Floats  # (k,) all that could have been, increasing
    values: Floats  # (k,) the statistic at each, positive for benefit
    p_value: float  # one-sided, for benefit
    p_worse: float  # one-sided, for the other side
    floor: float  # the smallest p these starts can give, known before any value

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def observed(self) -> float:
        """The statistic at the drawn start."""
        return float(self.values[np.searchsorted(self.starts, self.start)])


def start_test(
    time: ArrayLike,
    value: ArrayLike,
    start: float,
    possible_starts: ArrayLike,
    *,
    direction: Direction,
    statistic: Statistic = "mean",
) -> StartTest:
    """Compare the phases at the drawn start with the phases at every start that was possible.

    Args:
        time: (n,) increasing times of measurement, fixed before the draw.
        value: (n,) values, finite.
        start: the time at which treatment began; values at or after it are of treatment.
        possible_starts: (k,) the times among which it was drawn with equal chance, `start` among
            them; each must leave a value on both sides.
        direction: which values are better.
        statistic: what is compared.

    Raises:
        InputError: an empty or repeated list, `start` not in it, or a start without a value on
            one side.

    Notes:
        Edgington 1975; Bulté and Onghena 2008. If treatment does nothing the values are the same
        whatever the draw, so the p is exact: for any trend, serial correlation or distribution.
        p is the share of starts whose statistic is at least the drawn one's. Starts between which
        no value lies give the same phases and count together: that sets the floor.
    """
    t, y = finite_vector(time, "time"), finite_vector(value, "value")
    same_length(time=t, value=y)
    starts = _starts(t, start, possible_starts)
    better = -y if direction == "lower" else y
    first = np.searchsorted(t, starts, side="left")
    values = np.array([_compare(better[:i], better[i:], statistic) for i in first])
    at = int(np.searchsorted(starts, start))
    room = _EQUAL * float(np.ptp(values) + np.abs(values).max())
    return StartTest(
        statistic=statistic,
        start=float(start),
        starts=starts,
        values=values,
        p_value=float(np.mean(values >= values[at] - room)),
        p_worse=float(np.mean(values <= values[at] + room)),
        floor=float(np.mean(first == first[at])),
    )


def attainable_floor(n_starts: int) -> float:
    """The smallest p that a draw among so many starts can give, for planning: 1/n."""
    if n_starts < 1:
        raise InputError(f"{n_starts} possible starts, at least 1 is needed", where="n_starts")
    return 1 / n_starts


def _starts(time: Floats, start: float, possible: ArrayLike) -> Floats:
    starts = np.sort(finite_vector(possible, "possible_starts"))
    if np.any(np.diff(starts) == 0):
        raise InputError("a possible start is given twice", where="possible_starts")
    if start not in starts:
        raise InputError(
            f"treatment began at {start:g}, which is not among the possible starts "
            f"{', '.join(f'{s:g}' for s in starts)}",
            where="possible_starts",
            remedy="List every start that could have been drawn, the drawn one included.",
        )
    empty = (starts <= time[0]) | (starts > time[-1])
    if np.any(empty):
        raise InputError(
            f"a start at {starts[empty][0]:g} would leave a phase without a value; values were "
            f"taken from {time[0]:g} to {time[-1]:g}",
            where="possible_starts",
        )
    return starts


def _compare(before: Floats, after: Floats, statistic: Statistic) -> float:
    """The statistic of one division into phases, higher for benefit."""
    if statistic == "mean":
        return float(after.mean() - before.mean())
    if statistic == "median":
        return float(np.median(after) - np.median(before))
    return float(np.sign(after[None, :] - before[:, None]).mean() + 1) / 2
