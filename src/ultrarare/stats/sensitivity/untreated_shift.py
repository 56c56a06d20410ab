"""Own control under another untreated course: another slope, level, clock or assessment."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import stdtrit

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, finite_vector, require_level, same_length
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.sensitivity.conclusion import Contrast, Recompute
from ultrarare.stats.untreated import Prediction, personal_course
from ultrarare.stats.variance_nodes import VarianceNodes

Changed = Literal["slope", "level", "clock", "assessment"]

CHANGES: Final[tuple[str, ...]] = get_args(Changed)


def shifted_population(
    population: PopulationModel, *, slope: float = 0.0, level: float = 0.0, pivot: float = 0.0
) -> PopulationModel:
    """The untreated course with another mean slope or level; its variances stay.

    Args:
        population: as fitted.
        slope: added to the mean slope, per unit of time.
        level: added to the mean at every time.
        pivot: time at which another slope leaves the mean where it is.
    """
    by = np.zeros(population.beta.size)
    by[0], by[1] = level - slope * pivot, slope

    def moved(nodes: VarianceNodes | None) -> VarianceNodes | None:
        return None if nodes is None else replace(nodes, beta=nodes.beta + by)

    return replace(
        population,
        beta=population.beta + by,
        nodes=moved(population.nodes),
        coarse=moved(population.coarse),
    )


def contrast_under(
    population: PopulationModel,
    pre_time: ArrayLike,
    pre_value: ArrayLike,
    post_time: ArrayLike,
    post_value: ArrayLike,
    *,
    changed: Changed,
    level: float = 0.95,
) -> Recompute:
    """The own-control contrast as a function of a shift.

    Args:
        population: untreated course of comparable people.
        pre_time: (m,) times before dosing.
        pre_value: (m,) values before dosing.
        post_time: (k,) times after dosing, all later.
        post_value: (k,) values after dosing.
        changed: `slope`: the mean untreated slope, around the mean time before dosing; `level`: the
            mean untreated level; `clock`: the treated person's clock reads so much more than the
            untreated people's would (earlier or later detection, another time zero); `assessment`:
            values after dosing were read so much higher than they would have been before it.
        level: coverage of the interval.

    Raises:
        InputError: an unknown change, a bad level, unequal lengths, values that are not finite.
        NotComputable: on the first call, as `personal_course`.

    Notes:
        At 0 the contrast and its interval are those of `own_control`
        (tests/unit/stats/test_sensitivity.py).
    """
    require_level(level)
    if changed not in CHANGES:
        raise InputError(f"found {changed!r}; allowed are {', '.join(CHANGES)}", where="changed")
    t0, y0 = finite_vector(pre_time, "pre_time"), finite_vector(pre_value, "pre_value")
    t1, y1 = finite_vector(post_time, "post_time"), finite_vector(post_value, "post_value")
    same_length(pre_time=t0, pre_value=y0)
    same_length(post_time=t1, post_value=y1)
    pivot, seen = float(t0.mean()), float(y1.mean())

    def recompute(shift: float) -> Contrast:
        if changed == "slope":
            other = shifted_population(population, slope=shift, pivot=pivot)
            return _contrast(other, t0, y0, t1, seen, level)
        if changed == "level":
            other = shifted_population(population, level=shift)
            return _contrast(other, t0, y0, t1, seen, level)
        if changed == "clock":
            return _contrast(population, t0 - shift, y0, t1 - shift, seen, level)
        return _contrast(population, t0, y0, t1, seen - shift, level)

    return recompute


def _contrast(
    population: PopulationModel, t0: Floats, y0: Floats, t1: Floats, seen: float, level: float
) -> Contrast:
    window = personal_course(population, t0, y0).window(t1)
    low, high = (_quantile(window, (1 + side * level) / 2) for side in (-1, 1))
    return Contrast(value=seen - float(window.mean[0]), lower=seen - high, upper=seen - low)


def _quantile(window: Prediction, probability: float) -> float:
    """As `Prediction.quantile` of one quantity, by Brent's method: a curve asks for hundreds."""
    ends = window.centre + float(stdtrit(window.df, probability)) * window.scale
    low, high = float(ends.min()), float(ends.max())
    if low == high:
        return low

    def excess(x: float) -> float:
        return float(window.cdf(x)[0]) - probability

    if excess(low) >= 0:  # nodes that agree to rounding
        return low
    if excess(high) <= 0:
        return high
    return float(brentq(excess, low, high, xtol=1e-14 * max(1.0, high - low), rtol=1e-14))


def mean_course(population: PopulationModel, at: float) -> tuple[tuple[float, float], ...]:
    """Mean level at a time and mean slope, each with its standard error.

    Args:
        population: as fitted.
        at: time of the level; the slope is the one there.
    """
    row = population.design([at])[0]
    step = population.design([at])[0] - population.design([at - 1e-6])[0]
    slope = step / 1e-6
    return tuple(
        (float(x @ population.beta), float(np.sqrt(max(0.0, x @ population.beta_cov @ x))))
        for x in (row, slope)
    )
