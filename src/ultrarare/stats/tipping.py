"""How unreliable the measurement would have to be for a person's change to be explained away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.optimize import brentq

from ultrarare.stats.arrays import Floats
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.untreated import personal_course
from ultrarare.stats.variance_nodes import VarianceNodes

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

    def clearance(rho: float) -> float:
        scaled = with_reliability(population, at, rho)
        return _clearance(scaled, pre_time, pre_value, post_time, post_value, level)

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
    gaps = np.diff(np.unique(np.concatenate((pre_time, post_time))))
    gap = float(np.median(gaps))
    fitted = population.correlation**gap

    def clearance(phi: float) -> float:
        moved = population if phi == fitted else with_correlation(population, gap, phi)
        return _clearance(moved, pre_time, pre_value, post_time, post_value, level)

    if clearance(fitted) <= 0:
        return None
    grid = np.linspace(0.01, 0.99, 99)
    return _first_crossing(clearance, fitted, grid[grid > fitted])


def with_correlation(population: PopulationModel, gap: float, phi: float) -> PopulationModel:
    """The same population with residuals that correlate otherwise, all variances as they are.

    Args:
        population: the untreated course.
        gap: distance in time.
        phi: correlation of two residuals so far apart.
    """
    memory = phi ** (1 / gap) if phi > 0 else 0.0

    def moved(nodes: VarianceNodes | None) -> VarianceNodes | None:
        if nodes is None:
            return None
        flat = np.zeros_like(nodes.weight)
        return replace(nodes, correlation=flat + memory, nugget=flat)

    return replace(
        population,
        correlation=memory,
        nugget=0.0,
        nodes=moved(population.nodes),
        coarse=moved(population.coarse),
    )


def with_reliability(population: PopulationModel, at: float, rho: float) -> PopulationModel:
    """The same population with another share of its variance between people.

    Args:
        population: the untreated course.
        at: time at which the total variance of one measurement is kept.
        rho: the reliability wanted there, strictly between 0 and 1.
    """
    between = population.between_sd(at) ** 2
    total = between + population.residual_sd**2
    more, less = rho * total / between, (1 - rho) * total / population.residual_sd**2

    def scaled(nodes: VarianceNodes | None) -> VarianceNodes | None:
        if nodes is None:
            return None
        return replace(
            nodes, random_cov=nodes.random_cov * more, residual_var=nodes.residual_var * less
        )

    return replace(
        population,
        random_cov=population.random_cov * more,
        residual_sd=float(np.sqrt((1 - rho) * total)),
        nodes=scaled(population.nodes),
        coarse=scaled(population.coarse),
    )


def _clearance(
    population: PopulationModel,
    pre_time: Floats,
    pre_value: Floats,
    post_time: Floats,
    post_value: Floats,
    level: float,
) -> float:
    """How far the interval is from 0, in probability: above 0 where it excludes 0."""
    course = personal_course(population, pre_time, pre_value, nodes=population.coarse)
    below = float(course.window(post_time).cdf(float(post_value.mean()))[0])
    return (1 - level) / 2 - min(below, 1 - below)


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
