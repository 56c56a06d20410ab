"""Kernels of the weights: logistic regression and entropy balancing by Newton's method."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.compiled import compiled


@compiled
def solve(matrix: Floats, vector: Floats) -> Floats:
    """The solution of a small symmetric system by Cholesky, a little ridge where it is singular."""
    q = vector.size
    root = np.zeros((q, q))
    top = 0.0
    for i in range(q):
        top = max(top, matrix[i, i])
    for i in range(q):
        for j in range(i + 1):
            part = matrix[i, j]
            for k in range(j):
                part -= root[i, k] * root[j, k]
            if i == j:
                root[i, i] = np.sqrt(max(part, 1e-12 * top + 1e-300))
            else:
                root[i, j] = part / root[j, j]
    out = vector.copy()
    for i in range(q):
        for k in range(i):
            out[i] -= root[i, k] * out[k]
        out[i] /= root[i, i]
    for i in range(q - 1, -1, -1):
        for k in range(i + 1, q):
            out[i] -= root[k, i] * out[k]
        out[i] /= root[i, i]
    return out


@compiled
def log_determinant(matrix: Floats) -> float:
    """Log-determinant of a small positive definite matrix."""
    q = matrix.shape[0]
    root = np.zeros((q, q))
    out = 0.0
    for i in range(q):
        for j in range(i + 1):
            part = matrix[i, j]
            for k in range(j):
                part -= root[i, k] * root[j, k]
            if i == j:
                root[i, i] = np.sqrt(max(part, 1e-300))
                out += 2 * np.log(root[i, i])
            else:
                root[i, j] = part / root[j, j]
    return out


@compiled
def fit_logistic(
    design: Floats, y: Floats, weight: Floats, start: Floats, penalty: float, steps: int
) -> tuple[Floats, bool]:
    """Coefficients that maximise the (penalised) weighted log-likelihood, and whether they do.

    Args:
        design: (m, q) with a column of ones.
        y: (m,) 0 or 1.
        weight: (m,) case weights, such as bootstrap counts; 0 leaves a row out.
        start: (q,) coefficients to begin at.
        penalty: of the log-determinant of the information: 0 for none, 0.5 for Firth's.
        steps: Newton steps at most.
    """
    m, q = design.shape
    beta, last = start.copy(), start.copy()
    best = -np.inf
    halved = 0
    prob, var = np.empty(m), np.empty(m)
    for _ in range(steps):
        info, grad = np.zeros((q, q)), np.zeros(q)
        fit = 0.0
        for i in range(m):
            if weight[i] == 0:
                continue
            eta = 0.0
            for j in range(q):
                eta += design[i, j] * beta[j]
            small = np.exp(-abs(eta))
            p = 1 / (1 + small) if eta >= 0 else small / (1 + small)
            fit += weight[i] * (y[i] * eta - max(eta, 0.0) - np.log1p(small))
            prob[i], var[i] = p, p * (1 - p)
            for j in range(q):
                grad[j] += weight[i] * (y[i] - p) * design[i, j]
                scaled = weight[i] * var[i] * design[i, j]
                for k in range(j + 1):
                    info[j, k] += scaled * design[i, k]
        for j in range(q):
            for k in range(j):
                info[k, j] = info[j, k]
        if penalty > 0:
            fit += penalty * log_determinant(info)
            for i in range(m):
                if weight[i] == 0:
                    continue
                row = solve(info, design[i])
                hat = 0.0
                for j in range(q):
                    hat += row[j] * design[i, j]
                hat *= weight[i] * var[i]
                for j in range(q):
                    grad[j] += 2 * penalty * hat * (0.5 - prob[i]) * design[i, j]
        if fit < best - 1e-10 * abs(best) and halved < 20:
            halved += 1
            beta = (beta + last) / 2
            continue
        best, halved, last = fit, 0, beta.copy()
        step = solve(info, grad)
        largest = 0.0
        for j in range(q):
            largest = max(largest, abs(step[j]))
        if largest > 5:
            step *= 5 / largest
        beta = beta + step
        if largest < 1e-9:
            return beta, True
    return beta, False


@compiled
def balance_entropy(
    distance: Floats, base: Floats, start: Floats, steps: int
) -> tuple[Floats, Floats, bool]:
    """Weights closest to `base` under which each column of `distance` has mean 0.

    Args:
        distance: (m, p) covariates of controls minus the treated mean.
        base: (m,) weights to stay close to; 0 leaves a row out.
        start: (p,) multipliers to begin at.
        steps: Newton steps at most.

    Returns:
        Weights that sum to 1, the multipliers, and whether the means are met to 1e-10.
    """
    m, p = distance.shape
    beta, last = start.copy(), start.copy()
    best = np.inf
    halved = 0
    weight = np.zeros(m)
    for _ in range(steps):
        top = -np.inf
        for i in range(m):
            eta = 0.0
            for j in range(p):
                eta += distance[i, j] * beta[j]
            weight[i] = eta
            if base[i] > 0:
                top = max(top, eta)
        total = 0.0
        for i in range(m):
            weight[i] = base[i] * np.exp(weight[i] - top) if base[i] > 0 else 0.0
            total += weight[i]
        value = np.log(total) + top
        if value > best + 1e-12 * abs(best) and halved < 30:
            halved += 1
            beta = (beta + last) / 2
            continue
        best, halved, last = value, 0, beta.copy()
        grad, info = np.zeros(p), np.zeros((p, p))
        for i in range(m):
            weight[i] /= total
            for j in range(p):
                grad[j] += weight[i] * distance[i, j]
                scaled = weight[i] * distance[i, j]
                for k in range(j + 1):
                    info[j, k] += scaled * distance[i, k]
        worst = 0.0
        for j in range(p):
            worst = max(worst, abs(grad[j]))
            for k in range(j + 1):
                info[j, k] -= grad[j] * grad[k]
                info[k, j] = info[j, k]
        if worst < 1e-10:
            return weight, beta, True
        step = solve(info, grad)
        largest = 0.0
        for j in range(p):
            largest = max(largest, abs(step[j]))
        if largest > 5:
            step *= 5 / largest
        beta = beta - step
    return weight, beta, False
