"""Compiled kernels of a mixed model's likelihood when some values are known as bounds only.

A visit is a pair (low, high): equal where the value is exact, infinite on an open side. A person's
random effects are u = Λz, z standard normal of q dimensions. Exact visits are taken in closed form;
what is left, an integral over z, by adaptive Gauss–Hermite.
"""

from __future__ import annotations

from math import erfc

import numpy as np

from ultrarare.stats.arrays import Counts, Floats
from ultrarare.stats.compiled import compiled

_LOG_2PI = 1.8378770664093453
_ROOT_2 = 1.4142135623730951


@compiled
def log_below(z: float) -> float:
    """Logarithm of the standard normal distribution function."""
    if z > -20.0:
        return float(np.log(0.5 * erfc(-z / _ROOT_2)))
    s = 1 / (z * z)
    series = 1 - s * (1 - 3 * s * (1 - 5 * s * (1 - 7 * s)))
    return float(-z * z / 2 - np.log(-z) - _LOG_2PI / 2 + np.log(series))


@compiled
def log_between(a: float, b: float) -> float:
    """Logarithm of the standard normal probability of (a, b), a < b, either end infinite."""
    if a == -np.inf:
        return log_below(b)
    if b == np.inf:
        return log_below(-a)
    if a > 0:
        a, b = -b, -a
    top, bottom = log_below(b), log_below(a)
    return float(top + np.log1p(-np.exp(bottom - top)))


@compiled
def _density_share(z: float, log_p: float) -> float:
    """φ(z)/P, 0 at an infinite end."""
    if np.isinf(z):
        return 0.0
    return float(np.exp(-z * z / 2 - _LOG_2PI / 2 - log_p))


@compiled
def visit_bounds(low: float, high: float, mean: float, sd: float) -> tuple[float, float, float]:
    """Log probability of a bounded visit, and its first two derivatives in `mean`."""
    a, b = (low - mean) / sd, (high - mean) / sd
    log_p = log_between(a, b)
    fa, fb = _density_share(a, log_p), _density_share(b, log_p)
    first = (fa - fb) / sd
    second = -first * first
    if not np.isinf(a):
        second += a * fa / (sd * sd)
    if not np.isinf(b):
        second -= b * fb / (sd * sd)
    return log_p, first, second


@compiled
def given_exact(
    z: Floats, residual: Floats, exact: Counts, sd: float
) -> tuple[float, Floats, Floats]:
    """Log density of a person's exact visits; mean and root covariance of z given them.

    Args:
        z: (k, q) rows ZΛ.
        residual: (k,) value less its mean, read where exact.
        exact: (k,) 1 where the value is exact.
        sd: residual sd.
    """
    k, q = z.shape
    precision, pull = np.eye(q), np.zeros(q)
    log_density = 0.0
    for j in range(k):
        if exact[j] == 0:
            continue
        log_density -= _LOG_2PI / 2 + np.log(sd) + residual[j] ** 2 / (2 * sd * sd)
        for a in range(q):
            pull[a] += z[j, a] * residual[j] / (sd * sd)
            for b in range(q):
                precision[a, b] += z[j, a] * z[j, b] / (sd * sd)
    cov = np.linalg.inv(precision)
    mean = cov @ pull
    log_density += pull @ mean / 2 + np.log(np.linalg.det(cov)) / 2
    return log_density, mean, np.linalg.cholesky(cov)


@compiled
def bounded_part(
    w: Floats, z: Floats, offset: Floats, low: Floats, high: Floats, exact: Counts, sd: float
) -> tuple[float, Floats, Floats]:
    """Log integrand −w'w/2 + Σ log P at w, its gradient and its Hessian with sign reversed."""
    q = w.size
    value, gradient, curvature = 0.0, -w.copy(), np.eye(q)
    for a in range(q):
        value -= w[a] * w[a] / 2
    for j in range(low.size):
        if exact[j] == 1:
            continue
        mean = offset[j]
        for a in range(q):
            mean += z[j, a] * w[a]
        log_p, first, second = visit_bounds(low[j], high[j], mean, sd)
        value += log_p
        for a in range(q):
            gradient[a] += first * z[j, a]
            for b in range(q):
                curvature[a, b] -= second * z[j, a] * z[j, b]
    return value, gradient, curvature


@compiled
def bounded_value(
    w: Floats, z: Floats, offset: Floats, low: Floats, high: Floats, exact: Counts, sd: float
) -> float:
    """The log integrand of `bounded_part` alone."""
    value = 0.0
    for a in range(w.size):
        value -= w[a] * w[a] / 2
    for j in range(low.size):
        if exact[j] == 1:
            continue
        mean = offset[j]
        for a in range(w.size):
            mean += z[j, a] * w[a]
        value += log_between((low[j] - mean) / sd, (high[j] - mean) / sd)
    return float(value)


@compiled
def person_nodes(
    x: Floats, low: Floats, high: Floats, beta: Floats, root: Floats, sd: float, rule: Floats
) -> tuple[Floats, Floats]:
    """(Q,) log weights, which sum to the person's likelihood, and (Q, q) values of z.

    Args:
        x: (k, p) design; its first q columns are the random effects'.
        low: (k,) lower bound of each visit.
        high: (k,) upper bound.
        beta: (p,) mean course.
        root: (q, q) Λ.
        sd: residual sd.
        rule: (m, 2) Gauss–Hermite nodes and log weights for exp(−x²).
    """
    k, q = x.shape[0], root.shape[0]
    exact = np.zeros(k, dtype=np.int64)
    residual = np.zeros(k)
    centre = np.zeros(k)
    z = np.zeros((k, q))
    for j in range(k):
        for a in range(beta.size):
            centre[j] += x[j, a] * beta[a]
        for a in range(q):
            for b in range(q):
                z[j, a] += x[j, b] * root[b, a]
        if low[j] == high[j]:
            exact[j] = 1
            residual[j] = low[j] - centre[j]
    log_density, mean, spread = given_exact(z, residual, exact, sd)
    if exact.sum() == k and rule.shape[0] == 1:
        return np.full(1, log_density), mean.copy().reshape((1, q))
    offset = centre + z @ mean
    along = z @ spread
    w = np.zeros(q)
    value, gradient, curvature = bounded_part(w, along, offset, low, high, exact, sd)
    for _ in range(60):
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-6:
            tried = bounded_value(w + size * step, along, offset, low, high, exact, sd)
            if tried >= value:
                break
            size /= 2
        w = w + size * step
        moved = np.max(np.abs(size * step))
        value, gradient, curvature = bounded_part(w, along, offset, low, high, exact, sd)
        if moved < 1e-9:
            break
    local = np.linalg.cholesky(np.linalg.inv(curvature))
    log_scale = q * np.log(_ROOT_2)
    for a in range(q):
        log_scale += np.log(local[a, a])
    m = rule.shape[0]
    total = m**q
    weights, nodes = np.empty(total), np.empty((total, q))
    at, here = np.empty(q), np.empty(q)
    for i in range(total):
        rest, log_weight = i, log_scale - q * _LOG_2PI / 2
        for a in range(q):
            n = rest % m
            rest //= m
            at[a] = rule[n, 0]
            log_weight += rule[n, 1] + rule[n, 0] ** 2
        for a in range(q):
            here[a] = w[a]
            for b in range(a + 1):
                here[a] += _ROOT_2 * local[a, b] * at[b]
        found = bounded_value(here, along, offset, low, high, exact, sd)
        weights[i] = log_density + log_weight + found
        nodes[i] = mean + spread @ here
    return weights, nodes


@compiled
def log_likelihood(
    start: Counts, x: Floats, low: Floats, high: Floats, beta: Floats, root: Floats, sd: float,
    rule: Floats,
) -> float:  # fmt: skip
    """Log likelihood of all people; rows of person i are start[i] to start[i + 1]."""
    total = 0.0
    single = np.zeros((1, 2))
    for i in range(start.size - 1):
        o, e = start[i], start[i + 1]
        all_exact = True
        for j in range(o, e):
            if low[j] != high[j]:
                all_exact = False
        chosen = single if all_exact else rule
        weights, _ = person_nodes(x[o:e], low[o:e], high[o:e], beta, root, sd, chosen)
        top = np.max(weights)
        if not np.isfinite(top):
            return -np.inf
        total += top + np.log(np.sum(np.exp(weights - top)))
    return total
