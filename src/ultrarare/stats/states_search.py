"""The maximum of a likelihood of states: many starts looked at, a few followed to their top."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy.optimize import minimize

from ultrarare.stats.arrays import Floats
from ultrarare.stats.states_likelihood import Likelihood

_FOLLOWED: Final = 2
_STEP: Final = 1e-6  # of the forward differences, on the log scale
_POLISH: Final = 3
_HESSIAN_STEP: Final = 1e-3
_TOLERANCE: Final = 1e-11


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Optimum:
    """Where a search came to rest."""

    theta: Floats
    value: float
    hessian: Floats
    at_bound: bool


def search(model: Likelihood, *, penalised: bool, start: Floats | None = None) -> Optimum:
    """The highest of the tops that were found.

    Args:
        model: the likelihood.
        penalised: whether the priors count.
        start: where to begin, in place of the list of starts.
    """
    low, high = model.bounds
    begins = _starts(model) if start is None else model.clipped(start[None, :])
    if start is None:
        seen = model.value(begins, penalised=penalised)
        begins = begins[np.argsort(-seen, kind="stable")[:_FOLLOWED]]
    elif penalised:
        begins = np.vstack((begins, model.clipped(model.prior[0][None, :])))
        seen = model.value(begins, penalised=True)
        begins = begins[[int(np.argmax(seen))]]
    tops = [_climb(model, begin, penalised=penalised) for begin in begins]
    theta, value, hessian = _polished(model, max(tops, key=lambda top: top[1]), penalised=penalised)
    edge = np.isclose(theta, low, atol=1e-6) | np.isclose(theta, high, atol=1e-6)
    # No event at all in the quiet state, and rates that do not differ, are answers, not failures.
    edge[0] = np.isclose(theta[0], high[0], atol=1e-6)
    if model.layout.heterogeneity:
        edge[-1] = np.isclose(theta[-1], low[-1], atol=1e-6)
    return Optimum(
        theta=theta,
        value=value,
        hessian=hessian,
        at_bound=bool(edge.any()),
    )


def _starts(model: Likelihood) -> Floats:
    """Guesses: how often people change state, how unlike the states are, how they share time."""
    k, rate, time = model.layout.states, model.mean_rate, model.mean_time
    out = []
    for cycles, contrast, active in product((1.0, 4.0, 16.0), (0.02, 0.2), (0.3, 0.6)):
        quiet = contrast * rate
        added = (rate - quiet) / active * np.ones(k - 1) / (k - 1)
        up = np.full(k - 1, cycles / time / (1 - active))
        down = np.full(k - 1, cycles / time / active)
        shape = [2.0] * model.layout.heterogeneity
        out.append(np.log(np.concatenate(([quiet], added, up, down, shape))))
    return model.clipped(np.array(out))


def _climb(model: Likelihood, begin: Floats, *, penalised: bool) -> tuple[Floats, float]:
    low, high = model.bounds
    size = begin.size
    steps = _STEP * np.eye(size)

    def downhill(theta: Floats) -> tuple[float, Floats]:
        values = model.value(np.vstack((theta, theta + steps)), penalised=penalised)
        return -float(values[0]), -(values[1:] - values[0]) / _STEP

    found = minimize(
        downhill,
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low.tolist(), high.tolist(), strict=True)),
        options={"maxiter": 150, "ftol": _TOLERANCE, "gtol": 1e-6},
    )
    return np.asarray(found.x, dtype=np.float64), -float(found.fun)


def _polished(
    model: Likelihood, top: tuple[Floats, float], *, penalised: bool
) -> tuple[Floats, float, Floats]:
    """A few Newton steps with central differences, where the top is a strict one."""
    theta, value = top
    hessian = _hessian(model, theta, penalised=penalised)
    low, high = model.bounds
    for _ in range(_POLISH):
        covariance = curvature(hessian)
        inside = np.all((theta > low + 1e-6) & (theta < high - 1e-6))
        if covariance is None or not inside:
            break
        steps = 1e-4 * np.eye(theta.size)
        values = model.value(np.vstack((theta + steps, theta - steps)), penalised=penalised)
        slope = (values[: theta.size] - values[theta.size :]) / 2e-4
        moved = model.clipped(theta + covariance @ slope)
        reached = float(model.value(moved[None, :], penalised=penalised)[0])
        if not reached > value:
            break
        theta, value = moved, reached
        hessian = _hessian(model, theta, penalised=penalised)
    return theta, value, hessian


def _hessian(model: Likelihood, theta: Floats, *, penalised: bool) -> Floats:
    """Second differences, all points in one call."""
    size, h = theta.size, _HESSIAN_STEP
    unit = h * np.eye(size)
    pairs = [(i, j) for i in range(size) for j in range(i, size)]
    corners = [
        theta + a * unit[i] + b * unit[j]
        for i, j in pairs
        for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
    ]
    value = model.value(np.array(corners), penalised=penalised).reshape(-1, 4)
    out = np.empty((size, size))
    for (i, j), (pp, pm, mp, mm) in zip(pairs, value, strict=True):
        out[i, j] = out[j, i] = (pp - pm - mp + mm) / (4 * h * h)
    return out


def curvature(hessian: Floats) -> Floats | None:
    """The covariance that a Hessian implies; None where the top is not a strict one."""
    try:
        np.linalg.cholesky(-hessian)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.inv(-hessian), dtype=np.float64)
