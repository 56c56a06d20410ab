"""Posterior densities of single variants, for intervals and figures."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.borrowing.prior import quantiles
from ultrarare.stats.compiled import compiled
from ultrarare.stats.exchangeable.model import Rows
from ultrarare.stats.exchangeable.posterior import Posterior
from ultrarare.stats.exchangeable.table import WIDTH, tabulate

_REACH: Final = 12.0
_COARSE: Final = 801
_FINE: Final = 1601
_NEGLIGIBLE: Final = 1e-9


def densities(rows: Rows, found: Posterior) -> tuple[Floats, Floats]:
    """Density of θ of each row of one trial.

    Args:
        rows: (u,) the trial's rows, each once.
        found: its posterior, with the nodes kept.

    Returns:
        (u, n) even grids of θ, each its own, and (u, n) densities that add to 1 over the grid.
    """
    nodes, weight = found.nodes, found.node_weight[0]
    table = tabulate(rows, nodes, np.empty(0))
    thetas = np.empty((rows.outcomes.n, _FINE))
    out = np.empty_like(thetas)
    heavy = weight > _NEGLIGIBLE * weight.max()
    spread = rows.outcomes.spread()
    for i in range(rows.outcomes.n):
        one = rows.outcomes.take([i])
        centre, reach = _likely(rows, i), _REACH * float(spread[i])
        low, high = _prior_range(rows, i, found)
        if math.isfinite(centre):
            low, high = max(low, centre - reach), min(high, centre + reach)
        # what the trial's other variants leave of each node, before this row speaks
        left = np.where(
            heavy, weight * np.exp(-table.log_term[i] + table.log_term[i][heavy].min()), 0
        )
        scaled = left / left[heavy].sum()
        for points in (_COARSE, _FINE):
            theta = np.linspace(low, high, points)
            prior = np.zeros(points)
            sd = np.maximum(nodes.tau[heavy], WIDTH * nodes.step)
            bend = 0.5 * (1 - (nodes.tau[heavy] / sd) ** 2)
            _mixture(theta, nodes.mu[heavy], sd, bend, scaled[heavy], prior)
            own = np.exp(-0.5 * ((theta - rows.own_mean[i]) / rows.own_sd[i]) ** 2)
            own /= rows.own_sd[i] * math.sqrt(2 * math.pi)
            w = float(rows.weight[i])
            log = one.log_likelihood(theta)[0]
            density = (w * np.maximum(prior, 0.0) + (1 - w) * own) * np.exp(log - log.max())
            held = np.flatnonzero(density > 1e-12 * density.max())
            step = theta[1] - theta[0]
            low, high = float(theta[held[0]] - step), float(theta[held[-1]] + step)
        thetas[i], out[i] = theta, density / (density.sum() * step)
    return thetas, out


def interval(theta: Floats, density: Floats, level: float) -> tuple[float, float]:
    """Equal-tailed interval of θ."""
    low, high = quantiles(theta, density, ((1 - level) / 2, (1 + level) / 2))
    return low, high


def _likely(rows: Rows, i: int) -> float:
    """Where a row's likelihood has its top; infinite where none or all had the event."""
    y, size = float(rows.outcomes.y[i]), float(rows.outcomes.size[i])
    if rows.outcomes.kind == "binary":
        return math.inf if y in (0, size) else math.log(y / (size - y))
    if rows.outcomes.kind == "count":
        return math.inf if y == 0 else math.log(y / size)
    return math.inf if rows.outcomes.kind == "student" else y


def _prior_range(rows: Rows, i: int, found: Posterior) -> tuple[float, float]:
    nodes, weight = found.nodes, found.node_weight[0]
    kept = weight > _NEGLIGIBLE * weight.max()
    low = float((nodes.mu - 6 * nodes.tau)[kept].min()) - 2 * nodes.step
    high = float((nodes.mu + 6 * nodes.tau)[kept].max()) + 2 * nodes.step
    if rows.weight[i] < 1:
        low = min(low, float(rows.own_mean[i] - 6 * rows.own_sd[i]))
        high = max(high, float(rows.own_mean[i] + 6 * rows.own_sd[i]))
    return low, high


@compiled
def _mixture(theta: Any, mu: Any, sd: Any, bend: Any, weight: Any, out: Any) -> None:
    """Sum of normals, each bent so that its second moment is τ² where the grid is too coarse."""
    root = math.sqrt(2 * math.pi)
    for g in range(mu.size):
        scale = weight[g] / (sd[g] * root)
        for i in range(theta.size):
            z = (theta[i] - mu[g]) / sd[g]
            if abs(z) < 8.0:
                out[i] += scale * (1 - bend[g] * (z * z - 1)) * math.exp(-0.5 * z * z)
