"""Densities of the treated parameter and of its difference from the control's, on grids."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.prior import probability_below


def treated_density(treated: Evidence, step: float) -> tuple[Floats, Floats]:
    """Posterior of the treated θ on a grid with the control's step: flat or Jeffreys prior."""
    y, size = float(treated.y[0]), float(treated.size[0])
    centre, sd = (float(part[0]) for part in treated.approximation())
    if treated.kind == "normal":
        low, high = centre - 9 * sd, centre + 9 * sd
    else:  # half an event or less leaves a tail that falls like exp(−(y+½)|θ|)
        low = centre - 9 * sd - 14 / (y + 0.5)
        high = centre + 9 * sd + (14 / (size - y + 0.5) if treated.kind == "binary" else 0.0)
    if not high - low > 4 * step or low + step / 2 in (low, low + step):
        raise NotComputable(
            "the treated people's mean lies so far from the history that no grid holds both",
            where="treated",
            remedy="Check that both are in one unit.",
        )
    theta = np.arange(low, high + step, step)
    if treated.kind == "normal":
        log = treated.log_likelihood(theta)[0]
    elif treated.kind == "binary":
        log = (y + 0.5) * theta - (size + 1) * np.logaddexp(0.0, theta)
    else:
        log = (y + 0.5) * theta - size * np.exp(theta)
    out = np.exp(log - log.max())
    return theta, out / (out.sum() * step)


def difference(
    control_theta: Floats, control: Floats, treated_theta: Floats, treated: Floats
) -> tuple[Floats, Floats]:
    """Grid and density of θ_treated − θ_control."""
    step = control_theta[1] - control_theta[0]
    out = np.maximum(fftconvolve(treated, control[::-1]), 0.0)
    start = treated_theta[0] - control_theta[-1]
    at = start + step * np.arange(out.size)
    return at, out / (out.sum() * step)


def probability_above(at: Floats, density: Floats, sign: float) -> float:
    """P(sign · effect > 0)."""
    below = probability_below(at, density, 0.0)
    return 1 - below if sign > 0 else below
