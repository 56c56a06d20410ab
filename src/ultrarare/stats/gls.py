"""Compiled kernels of the restricted likelihood with correlated residuals, and its search.

A person's visits have covariance V = σ²(XDX' + R), R = (1−ν)·c^|Δt| off the diagonal and 1 on it.
People seen at the same times share one Cholesky factor. Everything is relative to σ².
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.compiled import compiled
from ultrarare.stats.gls_visits import Visits


class Parameters(NamedTuple):
    """Variance parameters, relative to σ²."""

    root: Floats  # (q, q) lower triangular, of the random-effect covariance
    d: Floats  # (p, p) random-effect covariance, root·root' and zeros
    log_c: float  # log of the correlation one unit of time apart; −inf for none
    nugget: float  # share of the residual variance without memory
    jacobian: float  # log density of psi where the parameters' own is flat


class Pieces(NamedTuple):
    """Generalised least squares at one value of the variance parameters."""

    log_det: float
    xvx: Floats  # (p, p)
    xvy: Floats  # (p,)
    yvy: float


class Nodes(NamedTuple):
    """What follows from each of Q values of the variance parameters."""

    log_post: Floats  # (Q,) log posterior density of psi up to a constant
    beta: Floats  # (Q, p)
    beta_cov: Floats  # (Q, p, p)
    random_cov: Floats  # (Q, p, p)
    sigma2: Floats  # (Q,)
    log_c: Floats  # (Q,)
    nugget: Floats  # (Q,)


@compiled
def fill_covariance(
    x: Floats, time: Floats, d: Floats, log_c: float, nugget: float, v: Floats
) -> None:
    """Lower half of XDX' + R of one person's visits, written into `v`.

    Args:
        x: (k, p) design.
        time: (k,) times.
        d: (p, p) random-effect covariance.
        log_c: as in `Parameters`.
        nugget: as in `Parameters`.
        v: (k, k) to write into.
    """
    k, p = x.shape
    for a in range(k):
        for b in range(a + 1):
            s = 0.0
            for i in range(p):
                for j in range(p):
                    s += x[a, i] * d[i, j] * x[b, j]
            if a == b:
                s += 1.0
            elif log_c > -np.inf:
                s += (1 - nugget) * np.exp(log_c * abs(time[a] - time[b]))
            v[a, b] = s


@compiled
def cholesky(v: Floats) -> float:
    """Replace the lower half of `v` by its Cholesky factor; log|v|, or inf if it has none."""
    log_det = 0.0
    for a in range(v.shape[0]):
        for b in range(a + 1):
            s = v[a, b]
            for c in range(b):
                s -= v[a, c] * v[b, c]
            if a > b:
                v[a, b] = s / v[b, b]
                continue
            if s <= 0:
                return np.inf
            v[a, a] = np.sqrt(s)
            log_det += 2 * np.log(v[a, a])
    return log_det


@compiled
def forward(lower: Floats, b: Floats) -> None:
    """Replace b (k, r) by L⁻¹b."""
    for i in range(b.shape[1]):
        for a in range(b.shape[0]):
            s = b[a, i]
            for c in range(a):
                s -= lower[a, c] * b[c, i]
            b[a, i] = s / lower[a, a]


@compiled
def dense_pieces(data: Visits, at: Parameters) -> Pieces:
    """As `pieces`, by a Cholesky factor of each V; for residuals with a nugget."""
    p = data.x.shape[1]
    log_det, yvy = 0.0, 0.0
    xvx, xvy = np.zeros((p, p)), np.zeros(p)
    for g in range(data.people.size):
        o, end = data.start[g], data.start[g + 1]
        k, n = end - o, data.people[g]
        v = np.empty((k, k))
        fill_covariance(data.x[o:end], data.time[o:end], at.d, at.log_c, at.nugget, v)
        log_det += n * cholesky(v)
        if not np.isfinite(log_det):
            return Pieces(np.inf, xvx, xvy, yvy)
        w = np.empty((k, p + 1))
        w[:, :p] = data.x[o:end]
        w[:, p] = data.total[o:end]
        forward(v, w)
        f0, f1 = data.factor_start[g], data.factor_start[g + 1]
        f = data.factor[f0:f1].copy().reshape((k, (f1 - f0) // k))
        forward(v, f)
        yvy += np.sum(f * f)
        for i in range(p):
            for a in range(k):
                xvy[i] += w[a, i] * w[a, p]
                for j in range(p):
                    xvx[i, j] += n * w[a, i] * w[a, j]
    return Pieces(log_det, xvx, xvy, yvy)


@compiled
def gram(data: Visits, g: int, log_c: float, w: Floats, out: Floats) -> float:
    """Products of pattern `g`'s rows with R⁻¹ between them, and log|R|.

    Args:
        data: the visits, those of a person in order.
        g: which pattern.
        log_c: log of the correlation one unit of time apart; −inf for none.
        w: (r,) to work in.
        out: (r, r) to write into. Rows are the p columns of the design, the sum of values, and,
            with two people or more, the columns of the factor; filled are i ≤ j, i < p + 1, and the
            factor's squares.

    Notes:
        R⁻¹ is tridiagonal where R = c^|Δt|: each visit less what the one before it says, divided by
        the variance that is left.
    """
    o, p, r = data.start[g], data.x.shape[1], w.size
    width = r - p - 1
    out[:] = 0.0
    log_det, left_product = 0.0, 1.0
    for a in range(data.start[g + 1] - o):
        c, weight = 0.0, 1.0
        if a > 0 and log_c > -np.inf:
            c = np.exp(log_c * (data.time[o + a] - data.time[o + a - 1]))
            left = 1 - c * c
            if left <= 0:
                return np.inf
            weight = 1 / left
            left_product *= left
            if left_product < 1e-200:
                log_det += np.log(left_product)
                left_product = 1.0
        for i in range(p):
            w[i] = data.x[o + a, i] - (c * data.x[o + a - 1, i] if a > 0 else 0.0)
        w[p] = data.total[o + a] - (c * data.total[o + a - 1] if a > 0 else 0.0)
        for i in range(width):
            at = data.factor_start[g] + a * width + i
            w[p + 1 + i] = data.factor[at] - (c * data.factor[at - width] if a > 0 else 0.0)
        for i in range(p):
            scaled = w[i] * weight
            for j in range(i, r):
                out[i, j] += scaled * w[j]
        for i in range(p, r):
            out[i, i] += w[i] * w[i] * weight
    return float(log_det + np.log(left_product))


@compiled
def project(products: Floats, root: Floats, b: Floats, m: Floats) -> None:
    """Write Λ'A'R⁻¹ times the rows into b (q, r), the lower half of I + Λ'A'R⁻¹AΛ into m (q, q)."""
    q = root.shape[0]
    for i in range(b.shape[1]):
        for j in range(q):
            s = 0.0
            for h in range(j, q):
                s += root[h, j] * products[min(h, i), max(h, i)]
            b[j, i] = s
    for i in range(q):
        for j in range(i + 1):
            s = 1.0 if i == j else 0.0
            for h in range(j, q):
                s += b[i, h] * root[h, j]
            m[i, j] = s


@compiled
def inner(products: Floats, b: Floats, i: int, j: int) -> float:
    """Rows i ≤ j with V⁻¹ between them, `b` being `project`'s times C⁻¹."""
    s = products[i, j]
    for a in range(b.shape[0]):
        s -= b[a, i] * b[a, j]
    return float(s)


@compiled
def pieces(data: Visits, at: Parameters) -> Pieces:
    """log|V|, X'V⁻¹X, X'V⁻¹y and y'V⁻¹y over all people, relative to σ².

    With A the first q columns of X, V⁻¹ = R⁻¹ − R⁻¹AΛM⁻¹Λ'A'R⁻¹ with M = I + Λ'A'R⁻¹AΛ = CC',
    ΛΛ' = D, and log|V| = log|R| + log|M|.
    """
    if at.nugget > 0:
        return dense_pieces(data, at)
    p, q = data.x.shape[1], data.q
    log_det, yvy = 0.0, 0.0
    xvx, xvy = np.zeros((p, p)), np.zeros(p)
    m = np.empty((q, q))
    w, products, b = np.empty(p + 1), np.empty((p + 1, p + 1)), np.empty((q, p + 1))
    log_c = at.log_c if data.serial else -np.inf
    for g in range(data.people.size):
        n = data.people[g]
        rows = p + 1
        if n > 1:  # one person's sum of values is the factor
            k = data.start[g + 1] - data.start[g]
            rows += (data.factor_start[g + 1] - data.factor_start[g]) // k
        if w.size != rows:
            w, products, b = np.empty(rows), np.empty((rows, rows)), np.empty((q, rows))
        log_r = gram(data, g, log_c, w, products)
        project(products, at.root, b, m)
        log_det += n * (log_r + cholesky(m))
        if not np.isfinite(log_det):
            return Pieces(np.inf, xvx, xvy, yvy)
        forward(m, b)
        for i in range(p):
            xvy[i] += inner(products, b, i, p)
            for j in range(i, p):
                xvx[i, j] += n * inner(products, b, i, j)
        for i in range(p if n == 1 else p + 1, rows):
            yvy += inner(products, b, i, i)
    for i in range(p):
        for j in range(i):
            xvx[i, j] = xvx[j, i]
    return Pieces(log_det, xvx, xvy, yvy)


@compiled
def unpack(psi: Floats, data: Visits) -> Parameters:
    """Variance parameters from their unconstrained form.

    Args:
        psi: Cholesky factor of D/σ² row by row with the logarithm on its diagonal, logit of the
            correlation at `gap`, logit of the nugget.
        data: the visits, for what is fitted.

    Notes:
        The Jacobian makes a flat density of the Cholesky factor's entries, the correlation at `gap`
        and the nugget one of `psi`.
    """
    p, q = data.x.shape[1], data.q
    factor = np.zeros((q, q))
    jacobian = 0.0
    n = 0
    for a in range(q):
        for b in range(a + 1):
            factor[a, b] = psi[n]
            if a == b:
                factor[a, a] = np.exp(min(max(psi[n], -12.0), 7.0))
                jacobian += psi[n]
            n += 1
    d = np.zeros((p, p))
    d[:q, :q] = factor @ factor.T
    log_c, nugget = -np.inf, 0.0
    if data.serial:
        u = min(max(psi[n], -30.0), 30.0)
        log_c = -np.log1p(np.exp(-u)) / data.gap
        jacobian += -np.log1p(np.exp(-u)) - np.log1p(np.exp(u))
        n += 1
    if data.nugget:
        u = min(max(psi[n], -30.0), 30.0)
        nugget = 1 / (1 + np.exp(-u))
        jacobian += -np.log1p(np.exp(-u)) - np.log1p(np.exp(u))
    return Parameters(factor, d, log_c, nugget, jacobian)


@compiled
def deviance(psi: Floats, data: Visits, flat: int) -> float:
    """−2 × the (restricted) log-likelihood with β and σ² profiled out.

    Args:
        psi: as in `unpack`.
        data: the visits.
        flat: 1 adds the Jacobian, for the posterior density of `psi`.
    """
    at = unpack(psi, data)
    found = pieces(data, at)
    if not np.isfinite(found.log_det):
        return np.inf
    explained = float(found.xvy @ np.linalg.solve(found.xvx, found.xvy))
    rss = max(found.yvy - explained, 1e-300)
    df = data.n_visits - data.x.shape[1] * data.restricted
    out = df * (1 + np.log(2 * np.pi * rss / df)) + found.log_det
    if data.restricted:
        out += np.log(np.linalg.det(found.xvx))
    if flat:
        out -= 2 * at.jacobian
    return float(out)


@compiled
def replace_worst(points: Floats, values: Floats, data: Visits, flat: int) -> None:
    """One step of the simplex search on points (n + 1, n), which are in order of their values."""
    n = values.size - 1
    centre = np.zeros(n)
    for i in range(n):
        centre += points[i] / n
    reflected = 2 * centre - points[n]
    at = deviance(reflected, data, flat)
    if at < values[0]:
        expanded = 3 * centre - 2 * points[n]
        further = deviance(expanded, data, flat)
        if further < at:
            reflected, at = expanded, further
    if at < values[n - 1]:
        points[n], values[n] = reflected, at
        return
    towards = reflected if at < values[n] else points[n].copy()
    contracted = (towards + centre) / 2
    inner = deviance(contracted, data, flat)
    if inner < min(at, values[n]):
        points[n], values[n] = contracted, inner
        return
    for i in range(1, n + 1):
        points[i] = (points[0] + points[i]) / 2
        values[i] = deviance(points[i], data, flat)


@compiled
def search(
    first: Floats, size: float, tolerance: float, data: Visits, flat: int
) -> tuple[Floats, float, bool]:
    """Minimum of `deviance` by a simplex search (Nelder and Mead 1965), and whether it settled.

    Args:
        first: (d,) where the search begins.
        size: edge of the first simplex.
        tolerance: largest spread of the deviance over the last simplex.
        data: the visits.
        flat: as in `deviance`.
    """
    n = first.size
    points, values = np.empty((n + 1, n)), np.empty(n + 1)
    for i in range(n + 1):
        points[i] = first
        if i > 0:
            points[i, i - 1] += size
        values[i] = deviance(points[i], data, flat)
    for _ in range(400 * n):
        order = np.argsort(values)
        points, values = points[order], values[order]
        spread = values[n] - values[0]
        edge = np.max(np.abs(points[1:] - points[0]))
        # A variance at 0 leaves the deviance flat in its logarithm: the edge need not shrink.
        if spread <= tolerance and (edge <= 1e-6 or (spread <= tolerance / 100 and edge <= 1)):
            return points[0], values[0], True
        replace_worst(points, values, data, flat)
    return points[0], values[0], False


@compiled
def at_nodes(nodes: Floats, data: Visits) -> Nodes:
    """What follows from each of many variance parameters, nodes (Q, d)."""
    m, p = nodes.shape[0], data.x.shape[1]
    out = Nodes(
        np.full(m, -np.inf), np.zeros((m, p)), np.zeros((m, p, p)), np.zeros((m, p, p)),
        np.ones(m), np.full(m, -np.inf), np.zeros(m),
    )  # fmt: skip
    df = data.n_visits - p
    for i in range(m):
        at = unpack(nodes[i], data)
        found = pieces(data, at)
        if not np.isfinite(found.log_det):
            continue
        inverse = np.linalg.inv(found.xvx)
        out.beta[i] = inverse @ found.xvy
        rss = max(found.yvy - found.xvy @ out.beta[i], 1e-300)
        out.sigma2[i] = rss / df
        out.beta_cov[i] = inverse * out.sigma2[i]
        out.random_cov[i] = at.d * out.sigma2[i]
        out.log_c[i] = at.log_c
        out.nugget[i] = at.nugget
        determinant = np.log(np.linalg.det(found.xvx))
        out.log_post[i] = -(df * np.log(rss) + found.log_det + determinant) / 2 + at.jacobian
    return out
