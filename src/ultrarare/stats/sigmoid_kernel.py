"""Compiled kernels of a sigmoid course in which people are shifted in time.

y = a + (b−a)/(1 + exp(−(t − m − u)/s)) + e. One person's likelihood is an integral over u; it is
taken by Gauss–Legendre on both sides of its peak, as far as the integrand carries weight.
"""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Counts, Floats
from ultrarare.stats.censored_kernel import visit_bounds
from ultrarare.stats.compiled import compiled

_LOG_2PI = 1.8378770664093453
_DROP = 32.0
"""The integrand is left aside where it lies e⁻³² below its peak."""


@compiled
def curve(t: float, theta: Floats, u: float) -> float:
    """The course at time t of a person shifted by u; theta is a, b, m, s, τ, σ."""
    z = (t - theta[2] - u) / theta[3]
    share = 1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z))
    return float(theta[0] + (theta[1] - theta[0]) * share)


@compiled
def integrand(u: float, t: Floats, low: Floats, high: Floats, theta: Floats) -> float:
    """Log of the density of the visits given u, times the density of u."""
    tau, sd = theta[4], theta[5]
    out = -_LOG_2PI / 2 - np.log(tau) - u * u / (2 * tau * tau)
    for j in range(t.size):
        mean = curve(t[j], theta, u)
        if low[j] == high[j]:
            r = (low[j] - mean) / sd
            out -= _LOG_2PI / 2 + np.log(sd) + r * r / 2
        else:
            out += visit_bounds(low[j], high[j], mean, sd)[0]
    return float(out)


@compiled
def peak(t: Floats, low: Floats, high: Floats, theta: Floats) -> float:
    """Where the integrand is largest: a scan, then golden sections."""
    tau = theta[4]
    best, top = 0.0, -np.inf
    for i in range(61):
        u = tau * (i - 30) / 5
        value = integrand(u, t, low, high, theta)
        if value > top:
            best, top = u, value
    left, right = best - tau / 5, best + tau / 5
    ratio = 0.6180339887498949
    for _ in range(40):
        c, d = right - ratio * (right - left), left + ratio * (right - left)
        if integrand(c, t, low, high, theta) > integrand(d, t, low, high, theta):
            right = d
        else:
            left = c
    return float((left + right) / 2)


@compiled
def edge(mode: float, side: float, t: Floats, low: Floats, high: Floats, theta: Floats) -> float:
    """How far from the mode the integrand matters, to one side."""
    tau = theta[4]
    top = integrand(mode, t, low, high, theta)
    near, far = 0.0, tau / 100
    while far < 10 * tau and top - integrand(mode + side * far, t, low, high, theta) < _DROP:
        near, far = far, far * 1.6
    for _ in range(8):
        middle = (near + far) / 2
        if top - integrand(mode + side * middle, t, low, high, theta) < _DROP:
            near = middle
        else:
            far = middle
    return float(side * far)


@compiled
def person_shifts(
    t: Floats, low: Floats, high: Floats, theta: Floats, rule: Floats
) -> tuple[Floats, Floats]:
    """(Q,) log weights, which sum to the person's likelihood, and (Q,) shifts.

    Args:
        t: (k,) times.
        low: (k,) lower bounds of the values, equal to `high` where exact.
        high: (k,) upper bounds.
        theta: (6,) a, b, m, s, τ, σ.
        rule: (m, 2) Gauss–Legendre nodes on (0, 1) and their weights.
    """
    mode = peak(t, low, high, theta)
    n = rule.shape[0]
    weights, shifts = np.empty(2 * n), np.empty(2 * n)
    for side in range(2):
        width = edge(mode, 2.0 * side - 1, t, low, high, theta)
        for i in range(n):
            u = mode + width * rule[i, 0]
            shifts[side * n + i] = u
            weights[side * n + i] = np.log(abs(width) * rule[i, 1]) + integrand(
                u, t, low, high, theta
            )
    return weights, shifts


@compiled
def sigmoid_log_likelihood(
    start: Counts, t: Floats, low: Floats, high: Floats, theta: Floats, rule: Floats
) -> float:
    """Log likelihood of all people; rows of person i are start[i] to start[i + 1]."""
    total = 0.0
    for i in range(start.size - 1):
        o, e = start[i], start[i + 1]
        weights, _ = person_shifts(t[o:e], low[o:e], high[o:e], theta, rule)
        top = np.max(weights)
        if not np.isfinite(top):
            return -np.inf
        total += top + np.log(np.sum(np.exp(weights - top)))
    return total
