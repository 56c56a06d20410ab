"""How unreliable the measurement would have to be for a person's change to be explained away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtrit

from ultrarare.stats.arrays import Floats
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.untreated import personal_course

_GRID: Final = np.linspace(0.001, 0.999, 100)


def reliability(
    population: PopulationModel,
    pre_time: Floats,
    pre_value: Floats,
    post_time: Floats,
    post_value: Floats,
    *,
    level: float,
) -> float | None:
    """Reliability nearest to the fitted one at which the contrast's interval reaches 0.

    Args:
        population: the untreated course, as fitted.
        pre_time: (m,) times before dosing.
        pre_value: (m,) values before dosing.
        post_time: (k,) times after dosing.
        post_value: (k,) values after dosing.
        level: coverage of the interval.

    Returns:
        The reliability of one measurement; None if the interval holds 0 already, or at no
        reliability between 0.001 and 0.999.

    Notes:
        The total variance of one measurement at the mean pre-dosing time is kept: the
        random-effect covariance is scaled and the residual variance takes the rest. The
        population's mean course and its uncertainty stay as fitted. Nearest crossing on a grid of
        100, refined by root finding.
    """
    at = float(pre_time.mean())
    fitted = population.reliability(at)
    t = float(stdtrit(population.df, (1 + level) / 2))

    def clearance(rho: float) -> float:
        course = personal_course(with_reliability(population, at, rho), pre_time, pre_value)
        contrast = float(post_value.mean()) - course.at(float(post_time.mean()))
        return abs(contrast) - t * float(np.sqrt(sum(course.variances(post_time))))

    if clearance(fitted) <= 0:
        return None
    below = _first_crossing(clearance, fitted, _GRID[fitted > _GRID][::-1])
    above = _first_crossing(clearance, fitted, _GRID[fitted < _GRID])
    found = [rho for rho in (below, above) if rho is not None]
    return min(found, key=lambda rho: abs(rho - fitted)) if found else None


def autocorrelation(
    population: PopulationModel,
    pre_time: Floats,
    pre_value: Floats,
    post_time: Floats,
    post_value: Floats,
    *,
    level: float,
) -> float | None:
    """Smallest correlation of residuals, visit to visit, at which the interval reaches 0.

    Args:
        population: the untreated course, as fitted.
        pre_time: (m,) times before dosing.
        pre_value: (m,) values before dosing.
        post_time: (k,) times after dosing.
        post_value: (k,) values after dosing.
        level: coverage of the interval.

    Returns:
        The correlation at the person's median gap between visits; None if the interval holds 0
        already, or at no correlation up to 0.99.

    Notes:
        Residuals of one person correlate φ to the power of their distance over the median gap
        (first-order autoregression in continuous time); all variances stay as fitted.
    """
    t = float(stdtrit(population.df, (1 + level) / 2))
    times = np.concatenate((pre_time, post_time))
    distance = np.abs(np.subtract.outer(times, times))
    gaps = np.diff(np.unique(times))
    lag = distance / float(np.median(gaps))
    design = np.column_stack((np.ones_like(times), times))
    prior = design @ (population.random_cov + population.beta_cov) @ design.T
    surprise = pre_value - (design @ population.beta)[: pre_time.size]
    new = np.repeat((0.0, 1 / post_time.size), (pre_time.size, post_time.size))
    shift = float(post_value.mean() - new @ design @ population.beta)

    def clearance(phi: float) -> float:
        v = prior + population.residual_sd**2 * phi**lag
        old, cross = v[: pre_time.size, : pre_time.size], (v @ new)[: pre_time.size]
        gain = np.linalg.solve(old, cross)
        contrast = shift - float(gain @ surprise)
        return abs(contrast) - t * float(np.sqrt(new @ v @ new - gain @ cross))

    if clearance(0.0) <= 0:
        return None
    return _first_crossing(clearance, 0.0, np.linspace(0.01, 0.99, 99))


def with_reliability(population: PopulationModel, at: float, rho: float) -> PopulationModel:
    """The same population with another share of its variance between people.

    Args:
        population: the untreated course.
        at: time at which the total variance of one measurement is kept.
        rho: the reliability wanted there, strictly between 0 and 1.
    """
    between = population.between_sd(at) ** 2
    total = between + population.residual_sd**2
    return replace(
        population,
        random_cov=population.random_cov * (rho * total / between),
        residual_sd=float(np.sqrt((1 - rho) * total)),
    )


def _first_crossing(
    clearance: Callable[[float], float], start: float, grid: Floats
) -> float | None:
    """Where `clearance`, positive at `start`, first falls to 0 on the way along `grid`."""
    last = start
    for rho in grid.tolist():
        if clearance(rho) <= 0:
            return float(brentq(clearance, min(last, rho), max(last, rho), xtol=1e-10))
        last = rho
    return None
