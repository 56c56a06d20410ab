"""Visits after dosing that were planned and missed: what they would have to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import finite_vector, same_length
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.sensitivity.conclusion import (
    Contrast,
    Direction,
    Recompute,
    SensitivityRow,
    shown,
)
from ultrarare.stats.sensitivity.shift import ShiftCurve, shift_curve
from ultrarare.stats.sensitivity.untreated_shift import contrast_under


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MissingVisits:
    """The contrast with missed visits at the worst and at the best value they can have."""

    missed: int
    seen: int
    worst_value: float
    best_value: float
    worst: Contrast
    best: Contrast
    as_seen: Contrast
    holds: bool  # whether the conclusion as seen stands at the worst end
    tips_at: float | None  # mean of the missed visits at which it turns; None if inside no bounds
    curve: ShiftCurve  # along the mean of the missed visits minus the mean of those seen
    seen_mean: float

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "missed": self.missed,
            "seen": self.seen,
            "worst": {"value": self.worst_value, **_plain(self.worst)},
            "best": {"value": self.best_value, **_plain(self.best)},
            "holds": self.holds,
            "tips_at": self.tips_at,
        }

    def to_row(self, unit: str) -> SensitivityRow:
        """As a row; the observed thing is the distance from what was seen to the worst value."""
        room = abs(self.worst_value - self.seen_mean)
        if self.curve.concluded == "none":
            reading = "The interval already holds no difference; there is no conclusion to turn."
        elif self.tips_at is None:
            reading = (
                f"Even if all {self.missed} missed visits had shown {self.worst_value:.3g} {unit}, "
                "the worst possible, the conclusion would stand."
            )
        else:
            reading = (
                f"The conclusion turns if the {self.missed} missed visits averaged "
                f"{self.tips_at:.3g} {unit}; the {self.seen} seen averaged {self.seen_mean:.3g}."
            )
        tip = self.tips_at
        return SensitivityRow(
            analysis="missing visits",
            changed=f"the mean of {self.missed} planned visits that were missed",
            tipping=tip,
            unit=unit,
            observed=room or None,
            observed_what="the distance from the mean of visits seen to the worst possible value",
            flips_at=None if tip is None or room == 0 else abs(tip - self.seen_mean) / room,
            reading=reading,
        )


def _plain(contrast: Contrast) -> dict[str, float]:
    return {
        "difference": contrast.value,
        "lower": contrast.lower,
        "upper": contrast.upper,
    }


def missing_visits(
    population: PopulationModel,
    pre: tuple[ArrayLike, ArrayLike],
    post: tuple[ArrayLike, ArrayLike],
    missed_time: ArrayLike,
    *,
    direction: Direction,
    low: float,
    high: float,
    level: float = 0.95,
) -> MissingVisits:
    """Own control with the missed visits filled in at their extremes.

    Args:
        population: untreated course of comparable people.
        pre: times and values before dosing.
        post: times and values after dosing.
        missed_time: (m,) times of planned visits after dosing that have no value.
        direction: which values are better.
        low: lowest value a visit can have: the scale's floor, or a plausible one.
        high: highest value.
        level: coverage of the interval.

    Raises:
        InputError: bounds that do not hold the values seen, a missed visit before dosing.

    Notes:
        Filled-in visits are visits: they lie in the window, and the untreated mean is predicted at
        all times together. The contrast rises with every value after dosing, so that the two ends
        are the extremes over all ways of filling in (Manski's bounds for one person); only their
        mean matters for the tipping value.
    """
    t1, y1 = finite_vector(post[0], "post_time"), finite_vector(post[1], "post_value")
    same_length(post_time=t1, post_value=y1)
    gone = finite_vector(missed_time, "missed_time")
    before = finite_vector(pre[0], "pre_time")
    if not low < high or y1.min() < low or y1.max() > high:
        raise InputError(
            f"found {low:g} to {high:g}, and values seen from {y1.min():g} to {y1.max():g}; "
            "allowed are bounds that hold every value",
            where="low",
        )
    if gone.min() <= before.max():
        raise InputError(
            f"a missed visit at {gone.min():g} is not after dosing", where="missed_time"
        )
    filled = _filled(population, pre, (t1, float(y1.mean())), gone, level)
    seen = contrast_under(population, pre[0], pre[1], t1, y1, changed="assessment", level=level)(
        0.0
    )
    mean = float(y1.mean())
    worst, best = (high, low) if direction == "lower" else (low, high)
    concluded = shown(seen, direction)
    curve, tips = _along(filled, seen, direction, mean, (low, high))
    return MissingVisits(
        missed=gone.size,
        seen=t1.size,
        worst_value=worst,
        best_value=best,
        worst=filled(worst - mean),
        best=filled(best - mean),
        as_seen=seen,
        holds=concluded != "none" and tips is None,
        tips_at=tips,
        curve=curve,
        seen_mean=mean,
    )


def _filled(
    population: PopulationModel,
    pre: tuple[ArrayLike, ArrayLike],
    post: tuple[np.ndarray, float],
    gone: np.ndarray,
    level: float,
) -> Recompute:
    """The contrast with the missed visits so far from the mean of those seen."""
    times = np.concatenate((post[0], gone))
    share = gone.size / times.size
    flat = np.full(times.size, post[1])
    base = contrast_under(
        population, pre[0], pre[1], times, flat, changed="assessment", level=level
    )
    return lambda shift: base(-share * shift)


def _along(
    filled: Recompute,
    seen: Contrast,
    direction: Direction,
    mean: float,
    bounds: tuple[float, float],
) -> tuple[ShiftCurve, float | None]:
    """The curve, and the mean of the missed visits at which what was seen is shown no more."""
    concluded = shown(seen, direction)
    # a conclusion of benefit is lost towards the bad end, one of harm towards the good end
    up = (direction == "lower") == (concluded != "worse")
    room = bounds[1] - mean if up else mean - bounds[0]
    sign = 1.0 if up else -1.0
    room = max(room, 1e-12)
    curve = shift_curve(
        filled, direction=direction, scale=room, ends="up" if up else "down", farthest=room
    )
    if concluded == "none":
        return curve, None
    if curve.concluded != concluded:  # the filled-in visits at the mean of those seen are enough
        return curve, mean
    tip = curve.tips_at
    if tip is None or abs(tip) > room:
        return curve, None
    return curve, mean + sign * abs(tip)
