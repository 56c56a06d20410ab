"""What else a survival curve answers: from an age on, its mean to a horizon, exact limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, require_level, require_positive
from ultrarare.stats.survival import SurvivalCurve, kaplan_meier, read_follow_up
from ultrarare.stats.untreated_hazard import UntreatedHazard


def conditional_kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    given: float,
    entry: ArrayLike | None = None,
    level: float = 0.95,
) -> SurvivalCurve:
    """S(t | event-free at `given`): the product limit from `given` on.

    Args:
        time: (n,) end of follow-up.
        event: (n,) whether the event was seen then.
        given: the age, or time, from which on the curve is asked for.
        entry: (n,) start of observation; None for 0.
        level: coverage of the pointwise intervals.

    Raises:
        InputError: as `kaplan_meier`, or `given` negative or not finite.
        NotComputable: nobody was under observation at `given`.
    """
    stop, seen, begin = read_follow_up(time, event, entry)
    if not (np.isfinite(given) and given >= 0):
        raise InputError(f"must be finite and ≥ 0, not {given:g}", where="given")
    if not np.any((begin <= given) & (stop > given)):
        raise NotComputable(
            f"nobody was under observation and event-free at {given:g}",
            where="given",
            remedy=f"Ask between {begin.min():g} and {stop.max():g}.",
        )
    later = stop > given
    return kaplan_meier(
        stop[later], seen[later], entry=np.maximum(begin[later], given), level=level
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """Mean event-free time from the curve's start to a horizon, in the unit of the input."""

    value: float
    std_error: float
    lower: float
    upper: float
    start: float
    horizon: float
    level: float

    def summary(self) -> str:
        """One line."""
        return (
            f"from {self.start:g} to {self.horizon:g}, {self.value:.4g} event-free on average "
            f"({self.lower:.4g} to {self.upper:.4g})"
        )


def restricted_mean(curve: SurvivalCurve, horizon: float) -> RestrictedMean:
    """Area under S from the curve's start to `horizon`, with Greenwood's variance.

    Raises:
        InputError: a horizon that is not positive.
        NotComputable: the horizon lies at or before the start, or beyond the last follow-up.
    """
    require_positive(horizon, "horizon")
    curve.at(horizon)
    if horizon <= curve.start:
        raise NotComputable(f"the curve begins at {curve.start:g} only", where="horizon")
    inside = curve.time < horizon
    steps = np.concatenate(([curve.start], curve.time[inside], [horizon]))
    heights = np.concatenate(([1.0], curve.survival[inside]))
    areas = heights * np.diff(steps)
    left = np.cumsum(areas[::-1])[::-1][1:]  # area beyond each event time
    n, d = curve.at_risk[inside].astype(float), curve.events[inside].astype(float)
    live = n > d
    variance = float(np.sum(left[live] ** 2 * d[live] / (n[live] * (n[live] - d[live]))))
    value, se = float(areas.sum()), float(np.sqrt(variance))
    half = float(ndtri((1 + curve.level) / 2)) * se
    return RestrictedMean(
        value=value,
        std_error=se,
        lower=max(0.0, value - half),
        upper=min(horizon - curve.start, value + half),
        start=curve.start,
        horizon=horizon,
        level=curve.level,
    )


def exact_limits(
    hazard: UntreatedHazard, times: Floats, *, start: float, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Beta-product limits of S(t | start) at each of `times`: (k,) and (k,).

    They exist where the log(−log) interval does not, at S = 1 and S = 0, and hold their level with
    few events (Fay, Brittain and Proschan 2013).
    """
    require_level(level)
    lower, upper = hazard.limits_at(start, times, level=level)
    # The fit of a beta to a product may break the order by a hair; S cannot rise.
    return np.minimum.accumulate(lower), np.minimum.accumulate(upper)


def median_reported(time: ArrayLike, event: ArrayLike) -> float:
    """Median time among those with the event: not median survival. NaN without an event.

    People still event-free are left out, so it is too low by as much as they are many.
    """
    stop, seen, _ = read_follow_up(time, event, None)
    return float(np.median(stop[seen])) if seen.any() else float("nan")
