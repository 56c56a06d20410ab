"""Nonparametric survival from left-truncated, right-censored times: arrays in, a curve out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Counts,
    Flags,
    Floats,
    flag_vector,
    freeze,
    non_negative_vector,
    require_level,
    same_length,
)
from ultrarare.words import counted

_FLAT: Final = 1e-9
"""S(t) this close to one half is one half: products of fractions carry rounding."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SurvivalCurve:
    """S(t) = P(T > t | T > start), a right-continuous step function.

    Every array has shape (k,): one entry for each distinct event time.
    """

    time: Floats  # ascending, in the unit of the input
    at_risk: Counts
    events: Counts
    survival: Floats
    std_error: Floats  # Greenwood; NaN where survival is 0
    lower: Floats  # NaN where survival is 0
    upper: Floats
    level: float
    n: int
    start: float  # earliest entry: nothing was observed before
    follow_up: float  # latest time seen, event or censored: nothing was observed after
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def median(self) -> float:
        """First time with S(t) ≤ 0.5, the middle of a stretch at 0.5; NaN if S stays above."""
        return _half_time(self.time, self.survival)

    def median_interval(self) -> tuple[float, float]:
        """Times at which the two limits of S reach 0.5 (Brookmeyer and Crowley 1982).

        NaN for a limit that never does: the data do not bound the median on that side.
        """
        return _half_time(self.time, self.lower), _half_time(self.time, self.upper)

    def at(self, t: float) -> tuple[float, float, float]:
        """(survival, lower, upper) at time `t`; limits are NaN where S is 1 or 0.

        Args:
            t: a time from `start` to `follow_up`, in the unit of the input. The curve is
                conditional on being event-free at `start` and says nothing of what came before.

        Raises:
            InputError: `t` is negative or not finite.
            NotComputable: `t` lies before the earliest entry, or after the last follow-up while
                some are still event-free.
        """
        if not (np.isfinite(t) and t >= 0):
            raise InputError(f"a time must be finite and ≥ 0, not {t:g}", where="t")
        if t < self.start:
            raise NotComputable(
                f"nobody was under observation before {self.start:g}, but S was asked at {t:g}",
                where="t",
                remedy=f"Ask at {self.start:g} or later, or add people observed from earlier on.",
            )
        if t > self.follow_up and not (self.survival.size and self.survival[-1] == 0):
            raise NotComputable(
                f"no one was followed beyond {self.follow_up:g}, but S was asked at {t:g}",
                where="t",
                remedy=f"Ask at {self.follow_up:g} or earlier, or follow the cohort for longer.",
            )
        step = int(np.searchsorted(self.time, t, side="right")) - 1
        if step < 0:
            return 1.0, float("nan"), float("nan")
        return float(self.survival[step]), float(self.lower[step]), float(self.upper[step])

    def summary(self) -> str:
        """One line for a log or a terminal; the fields hold the rest."""
        low, high = self.median_interval()
        line = (
            f"{counted(self.n, 'person')}, {counted(int(self.events.sum()), 'event')}, followed "
            f"to {self.follow_up:g}; "
            f"median {_or_not_reached(self.median())} "
            f"({100 * self.level:g}% interval {_or_not_reached(low)} to {_or_not_reached(high)})"
        )
        return "; ".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, float]]:
        """One row for each event time, in the order of time."""
        return [
            {
                "time": float(self.time[i]),
                "at_risk": int(self.at_risk[i]),
                "events": int(self.events[i]),
                "survival": float(self.survival[i]),
                "lower": float(self.lower[i]),
                "upper": float(self.upper[i]),
            }
            for i in range(self.time.size)
        ]


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None, level: float = 0.95
) -> SurvivalCurve:
    """Estimate S(t) by Kaplan and Meier's product limit, with delayed entry.

    Args:
        time: (n,) end of follow-up, finite and ≥ 0, all in one unit.
        event: (n,) True if the event was seen at `time`, False if censored then.
        entry: (n,) start of observation, 0 ≤ entry < time; None if all were observed from 0.
        level: coverage of the pointwise log(−log) interval, between 0 and 1.

    Raises:
        InputError: nothing to fit, unequal lengths, a time that is negative or not finite, an
            event that is neither True nor False, an entry at or after its end, or a level
            outside (0, 1).

    Notes:
        At risk at t is who entered before t and has not left before t: entry < t ≤ time.
        Variance: Greenwood (1926); interval: Kalbfleisch and Prentice (1980); delayed entry:
        Tsai, Jewell and Wang (1987). Independent entry and censoring are assumed. Checked in
        tests/reference/test_kaplan_meier.py and tests/oracles/test_kaplan_meier_oracle.py.
    """
    require_level(level)
    stop, seen, begin = read_follow_up(time, event, entry)
    when = np.unique(stop[seen])
    died = np.bincount(np.searchsorted(when, stop[seen]), minlength=when.size).astype(np.int64)
    # Sorted ends and starts: at risk = entered strictly before − left strictly before.
    entered = np.searchsorted(np.sort(begin), when, side="left") if entry is not None else stop.size
    at_risk = (entered - np.searchsorted(np.sort(stop), when, side="left")).astype(np.int64)

    survival: Floats = np.cumprod(1 - died / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # S = 0 has no log(−log) interval
        hazard_sd = np.sqrt(np.cumsum(died / (at_risk * (at_risk - died))))
        half = ndtri((1 + level) / 2) * hazard_sd / np.log(survival)
        lower, upper = survival ** np.exp(-half), survival ** np.exp(half)
        std_error: Floats = np.multiply(survival, hazard_sd, dtype=np.float64)
    gone = survival == 0
    lower[gone] = upper[gone] = std_error[gone] = np.nan
    return SurvivalCurve(
        time=when,
        at_risk=at_risk,
        events=died,
        survival=survival,
        std_error=std_error,
        lower=lower,
        upper=upper,
        level=level,
        n=stop.size,
        start=float(begin.min()),
        follow_up=float(stop.max()),
        caveats=_caveats(when, survival, at_risk, stop, begin),
    )


def read_follow_up(
    time: ArrayLike, event: ArrayLike, entry: ArrayLike | None
) -> tuple[Floats, Flags, Floats]:
    """Ends, event flags and starts, checked; see `kaplan_meier` for what is refused."""
    stop = non_negative_vector(time, "time")
    seen = flag_vector(event, "event")
    same_length(time=stop, event=seen)
    if entry is None:
        return stop, seen, np.zeros_like(stop)
    begin = non_negative_vector(entry, "entry")
    same_length(time=stop, entry=begin)
    if (bad := np.flatnonzero(begin >= stop)).size:
        first = bad[0]
        raise InputError(
            f"entry must lie before the end of follow-up, but {bad.size} of {stop.size} does not; "
            f"first: entry {begin[first]:g}, time {stop[first]:g}",
            where=f"entry[{first}]",
            remedy="Who was never under observation adds nothing: leave the row out and say so.",
        )
    return stop, seen, begin


def _caveats(
    when: Floats, survival: Floats, at_risk: Counts, stop: Floats, begin: Floats
) -> tuple[str, ...]:
    """What the reader of the curve must know beside it."""
    said: list[str] = []
    if when.size == 0:
        said.append("no event was seen, so the curve stays at 1 to the last follow-up")
    if begin.max() > 0:
        said.append("delayed entry is assumed to say nothing about the risk")
    if begin.min() > 0:
        said.append(f"the curve is conditional on being event-free at {begin.min():g}")
    peak = int(np.argmax(at_risk)) if when.size else 0
    early = when[:peak][at_risk[:peak] < 5]
    if early.size:
        said.append(
            f"fewer than 5 at risk at {early[0]:g}, early on: one event there moves the whole curve"
        )
    empty = when[survival == 0]
    if empty.size and (stop.max() > empty[0]):
        said.append(
            f"the curve reaches 0 at {empty[0]:g} because everyone then at risk had the event, "
            "although others were observed later; it is no estimate from there on"
        )
    return tuple(said)


def _half_time(time: Floats, curve: Floats) -> float:
    """Where a falling step function reaches 0.5; the middle if it stays exactly there."""
    reached = np.flatnonzero(curve <= 0.5 + _FLAT)
    if reached.size == 0:
        return float("nan")
    first = reached[0]
    below = np.flatnonzero(curve < 0.5 - _FLAT)
    if curve[first] >= 0.5 - _FLAT and below.size:
        return float((time[first] + time[below[0]]) / 2)
    return float(time[first])


def _or_not_reached(value: float) -> str:
    return "not reached" if np.isnan(value) else f"{value:g}"
