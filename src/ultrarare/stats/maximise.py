"""Maximum of a smooth log likelihood in a few unconstrained parameters, with its curvature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from ultrarare.stats.arrays import Floats, freeze

_FAR: Final = 1e300
_FLAT: Final = 1e-4
"""Largest slope at which the quasi-Newton search counts as settled."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Maximum:
    """Where the likelihood is largest."""

    at: Floats  # (d,)
    value: float
    converged: bool

    def __post_init__(self) -> None:
        freeze(self)


def maximum(log_likelihood: Callable[[Floats], float], starts: Sequence[Floats]) -> Maximum:
    """Best of the two most promising starts, by quasi-Newton steps with a simplex to settle.

    Args:
        log_likelihood: of (d,) parameters; −inf where impossible.
        starts: where to begin.
    """

    def cost(psi: Floats) -> float:
        value = log_likelihood(psi)
        return -value if np.isfinite(value) else _FAR

    ranked = sorted(starts, key=cost)[:2]
    tries = [minimize(cost, start, method="BFGS", options={"gtol": 1e-6}) for start in ranked]
    best = min(tries, key=lambda found: float(found.fun))
    if float(np.max(np.abs(best.jac))) < _FLAT and best.fun < _FAR:
        return Maximum(at=best.x, value=-float(best.fun), converged=True)
    polished = minimize(
        cost,
        best.x,
        method="Nelder-Mead",
        options={
            "initial_simplex": best.x + 0.01 * np.vstack((0 * best.x, np.eye(best.x.size))),
            "xatol": 1e-7,
            "fatol": 1e-10,
            "maxiter": 300 * best.x.size,
        },
    )  # fmt: skip
    at = polished.x if polished.fun <= best.fun else best.x
    settled = bool(polished.success) and float(best.fun) - float(polished.fun) < 1e-2
    return Maximum(at=at, value=-cost(at), converged=settled)


def hessian(log_likelihood: Callable[[Floats], float], at: Floats, step: float = 1e-3) -> Floats:
    """(d, d) second derivatives with sign reversed, by central differences.

    Args:
        log_likelihood: as in `maximum`.
        at: (d,) the maximum.
        step: of each parameter.
    """
    d = at.size
    out = np.empty((d, d))
    unit = step * np.eye(d)
    middle = log_likelihood(at)
    for i in range(d):
        ahead, behind = log_likelihood(at + unit[i]), log_likelihood(at - unit[i])
        out[i, i] = -(ahead - 2 * middle + behind) / step**2
        for j in range(i):
            corners = (
                log_likelihood(at + unit[i] + unit[j])
                - log_likelihood(at + unit[i] - unit[j])
                - log_likelihood(at - unit[i] + unit[j])
                + log_likelihood(at - unit[i] - unit[j])
            )
            out[i, j] = out[j, i] = -corners / (4 * step**2)
    return out
