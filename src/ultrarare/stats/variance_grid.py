"""The grid of variance parameters behind a prediction: adaptive Gauss–Hermite nodes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.gls import at_nodes, deviance, search
from ultrarare.stats.gls_visits import Visits
from ultrarare.stats.variance_nodes import VarianceNodes

_POINTS: Final = {1: 25, 2: 11, 3: 7, 4: 5, 5: 5, 6: 3, 7: 3, 8: 3}
"""Points of the grid along each parameter, by the number of parameters."""
_ENOUGH_FOR: Final = ((100, 1, 5), (500, 4, 3))
"""With so many people, and so many parameters or more, so many points are enough."""
_TOO_FAR: Final = 60.0
"""Knots that fit worse by so much deviance have a weight of some e⁻³⁰, and are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Unit-free visits and how they were made so: t = shift + unit·τ, y = mean + sd·η."""

    visits: Visits
    shift: float
    unit: float
    mean: float
    sd: float
    knots: tuple[float, ...]  # unit-free; empty without change point

    def at_knot(self, knot: float | None) -> Visits:
        """The visits with the design of one change point."""
        if knot is None:
            return self.visits
        t = self.visits.time
        x = np.column_stack((np.ones_like(t), t, np.maximum(0.0, t - knot)))
        return self.visits._replace(x=x)

    @property
    def size(self) -> int:
        """How many variance parameters there are, σ² not among them."""
        v = self.visits
        return v.q * (v.q + 1) // 2 + v.serial + v.nugget

    def back(self, p: int) -> Floats:
        """(p, p) matrix that turns unit-free coefficients into those of t and y."""
        out = np.eye(p) / self.unit
        out[0] = 0.0
        out[0, 0], out[0, 1] = 1.0, -self.shift / self.unit
        scaled: Floats = self.sd * out
        return scaled

    def time_of(self, knot: float | None) -> float | None:
        """A unit-free knot in the unit of the input."""
        return None if knot is None else self.shift + self.unit * knot


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where the likelihood of one change point, or of none, is highest."""

    psi: Floats
    deviance: float
    converged: bool
    knot: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Peak:
    """Where the posterior of one knot is highest, and a square root of its inverse curvature."""

    data: Visits
    knot: float | None
    mode: Floats
    spread: Floats


def variance_grid(problem: Problem, tried: list[Found]) -> tuple[VarianceNodes, VarianceNodes]:
    """Nodes over variance parameters, and over the knots where they are searched; on half of it.

    Args:
        problem: the visits.
        tried: the best fit at every knot, or the one fit without knots.
    """
    best = min(found.deviance for found in tried)
    peaks = [_peak(problem, found) for found in tried if found.deviance <= best + _TOO_FAR]
    points = _POINTS[problem.size]
    for people, size, enough in _ENOUGH_FOR:
        if problem.visits.people.sum() >= people and problem.size >= size:
            points = min(points, enough)
    every_other = peaks[::2] if len(peaks) > 2 else peaks
    return _joined(problem, peaks, points), _joined(problem, every_other, (points + 1) // 2)


def _joined(problem: Problem, peaks: list[_Peak], points: int) -> VarianceNodes:
    parts, evidence = zip(*(_nodes_at(problem, peak, points) for peak in peaks), strict=True)
    log_weights = np.array(evidence)
    return VarianceNodes.joined(list(parts), np.exp(log_weights - log_weights.max()))


def _peak(problem: Problem, found: Found) -> _Peak:
    data = problem.at_knot(found.knot)
    # A variance at 0 has its mode on the flat scale a little above it.
    mode, _, _ = search(np.maximum(found.psi, -3.0), 0.3, 1e-6, data, 1)
    return _Peak(data=data, knot=found.knot, mode=mode, spread=_spread(data, mode))


def _nodes_at(problem: Problem, peak: _Peak, points: int) -> tuple[VarianceNodes, float]:
    """Adaptive Gauss–Hermite nodes at one knot, and the log of their total weight."""
    data, mode, spread = peak.data, peak.mode, peak.spread
    z, w = np.polynomial.hermite_e.hermegauss(points)
    grid = np.array(list(product(z, repeat=problem.size)))
    base = np.log(np.array(list(product(w, repeat=problem.size)))).sum(axis=1)
    psi = mode + grid @ spread.T
    out = at_nodes(psi, data)
    log_weight = base + 0.5 * np.sum(grid**2, axis=1) + out.log_post
    top = float(log_weight.max())
    weight = np.exp(log_weight - top)
    _, log_volume = np.linalg.slogdet(spread)
    p = data.x.shape[1]
    back = problem.back(p)
    centre = np.zeros(p)
    centre[0] = problem.mean
    knot = problem.time_of(peak.knot)
    nodes = VarianceNodes(
        weight=weight / weight.sum(),
        beta=out.beta @ back.T + centre,
        beta_cov=back @ out.beta_cov @ back.T,
        random_cov=back @ out.random_cov @ back.T,
        residual_var=out.sigma2 * problem.sd**2,
        correlation=np.exp(out.log_c / problem.unit),
        nugget=out.nugget,
        knot=np.full(weight.size, np.nan if knot is None else knot),
        df=data.n_visits - p,
        points=points,
    )
    return nodes, top + float(np.log(weight.sum())) + float(log_volume)


def _spread(data: Visits, mode: Floats) -> Floats:
    """(d, d) square root of the inverse curvature of the log posterior at its mode."""
    d, h = mode.size, 0.05
    steps = h * np.eye(d)

    def f(psi: Floats) -> float:
        return deviance(psi, data, 1) / 2

    here = f(mode)
    hessian = np.zeros((d, d))
    for i in range(d):
        hessian[i, i] = (f(mode + steps[i]) - 2 * here + f(mode - steps[i])) / h**2
        for j in range(i):
            hessian[i, j] = hessian[j, i] = (
                f(mode + steps[i] + steps[j])
                - f(mode + steps[i] - steps[j])
                - f(mode - steps[i] + steps[j])
                + f(mode - steps[i] - steps[j])
            ) / (4 * h**2)
    values, vectors = np.linalg.eigh(hessian)
    scaled: Floats = vectors / np.sqrt(np.maximum(values, 0.1))
    return scaled
