"""Searches of the restricted likelihood over the relative covariance of random effects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from ultrarare.stats.arrays import Floats

LARGEST: Final = 1e3
"""Largest ratio of a random-effect sd to the residual sd that is searched."""
_INTERCEPT_STARTS: Final = (0.05, 0.4, 3.0, 20.0, LARGEST * np.exp(-2.0))
_SLOPE_STARTS: Final = ((1.0, 0.0, 1.0), (3.0, 0.0, 0.3), (0.3, 0.0, 3.0), (1.0, -0.7, 0.7))


def best_intercept(deviance: Callable[[float], float]) -> tuple[float, bool]:
    """Ratio of the between-person sd to the residual sd that minimises the deviance."""
    found = [
        minimize_scalar(
            lambda log_ratio: deviance(float(np.exp(log_ratio))),
            bounds=(np.log(start) - 2.0, np.log(start) + 2.0),
            method="bounded",
            options={"xatol": 1e-10},
        )
        for start in _INTERCEPT_STARTS
    ]
    best = min(found, key=lambda result: float(result.fun))
    if deviance(0.0) <= float(best.fun):
        return 0.0, True
    ratio = float(np.exp(best.x))
    return ratio, bool(best.success)


def best_slope(deviance: Callable[[Floats], float]) -> tuple[Floats, bool]:
    """(λ₀₀, λ₁₀, λ₁₁) that minimises the deviance, and whether the search settled."""
    bounds = [(0.0, LARGEST), (-LARGEST, LARGEST), (0.0, LARGEST)]
    found = [
        minimize(deviance, np.array(start), method="L-BFGS-B", bounds=bounds)
        for start in sorted(_SLOPE_STARTS, key=lambda each: deviance(np.array(each)))[:2]
    ]
    best = min(found, key=lambda result: float(result.fun))
    polished = minimize(
        deviance,
        best.x,
        method="Nelder-Mead",
        bounds=bounds,
        options={
            "xatol": 1e-8,
            "fatol": 1e-10 * (1 + abs(float(best.fun))),  # rounding grows with the deviance
            "maxiter": 2000,
            "initial_simplex": _simplex(best.x),
        },
    )
    theta: Floats = np.asarray(polished.x, dtype=np.float64)
    return theta, bool(polished.success)


def _simplex(centre: NDArray[np.float64]) -> Floats:
    """A small first simplex, so that the polish stays in the basin."""
    step = 1e-3 * np.maximum(np.abs(centre), 0.1)
    return np.vstack((centre, centre + np.diag(step)))
