"""The restricted likelihood of two correlated effects per variant, over a grid of covariances."""

from __future__ import annotations

import math

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.compiled import compiled


@compiled
def restricted_likelihood(
    x: Floats, y: Floats, xx: Floats, yy: Floats, xy: Floats,
    psi: Floats, sigma: Floats, rho: Floats,
) -> Floats:  # fmt: skip
    """Log restricted likelihood and the two means at each covariance of the true effects.

    Args:
        x: (n,) effects on the marker.
        y: (n,) effects on the outcome.
        xx: (n,) error variances of `x`.
        yy: (n,) error variances of `y`.
        xy: (n,) error covariances.
        psi: (k,) standard deviation of the true effects on the marker.
        sigma: (k,) of the true effects on the outcome.
        rho: (k,) their correlation.

    Returns:
        (k, 6): log likelihood without its constant, mean of x, mean of y, and the variance,
        variance and covariance of these two.
    """
    out = np.empty((psi.size, 6))
    for k in range(psi.size):
        p2, s2, c0 = psi[k] ** 2, sigma[k] ** 2, rho[k] * psi[k] * sigma[k]
        log_det = s11 = s12 = s22 = b1 = b2 = q = 0.0
        for i in range(x.size):
            a, b, c = p2 + xx[i], s2 + yy[i], c0 + xy[i]
            det = a * b - c * c
            log_det += math.log(det)
            w11, w12, w22 = b / det, -c / det, a / det
            u, v = w11 * x[i] + w12 * y[i], w12 * x[i] + w22 * y[i]
            s11 += w11
            s12 += w12
            s22 += w22
            b1 += u
            b2 += v
            q += u * x[i] + v * y[i]
        det = s11 * s22 - s12 * s12
        mean_x, mean_y = (s22 * b1 - s12 * b2) / det, (s11 * b2 - s12 * b1) / det
        fit = q - b1 * mean_x - b2 * mean_y
        out[k, 0] = -0.5 * (log_det + math.log(det) + fit)
        out[k, 1], out[k, 2] = mean_x, mean_y
        out[k, 3], out[k, 4], out[k, 5] = s22 / det, s11 / det, -s12 / det
    return out
