"""Kernels of the bootstrap: resampled arms, the score fitted anew, weighted means and survival."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Counts, Flags, Floats
from ultrarare.stats.compiled import compiled
from ultrarare.stats.external.newton import balance_entropy, fit_logistic, solve

ODDS, OVERLAP, ENTROPY, AUGMENTED = 0, 1, 2, 3


@compiled
def restricted_mean(time: Floats, event: Flags, weight: Floats, horizon: float) -> float:
    """Area under the weighted Kaplan–Meier curve up to `horizon`.

    Args:
        time: (m,) ascending.
        event: (m,) whether it was seen at `time`.
        weight: (m,) at least 0, not all 0.
        horizon: at most the last time, or the curve is carried on as it ends.
    """
    risk = weight.sum()
    curve, area, last = 1.0, 0.0, 0.0
    i = 0
    while i < time.size and time[i] <= horizon:
        here, died, gone = time[i], 0.0, 0.0
        while i < time.size and time[i] == here:
            gone += weight[i]
            if event[i]:
                died += weight[i]
            i += 1
        if died > 0 and risk > 0:
            area += curve * (here - last)
            last = here
            curve *= max(0.0, 1 - died / risk)
        risk -= gone
    return area + curve * (horizon - last)


@compiled
def weights_for(
    method: int, design: Floats, treated: Floats, count: Floats, start: Floats
) -> tuple[Floats, Floats, bool]:
    """Weights of everybody under one method in one resample; the second value warms up the next.

    Args:
        method: ODDS, OVERLAP, ENTROPY or AUGMENTED.
        design: (m, p + 1) with a column of ones, covariates scaled.
        treated: (m,) 0 or 1.
        count: (m,) how often each person was drawn.
        start: (p + 1,) coefficients to begin at.
    """
    m, q = design.shape
    out = np.zeros(m)
    if method == ENTROPY:
        target, total = np.zeros(q - 1), 0.0
        for i in range(m):
            if treated[i] == 1:
                total += count[i]
                for j in range(q - 1):
                    target[j] += count[i] * design[i, j + 1]
        distance = np.empty((m, q - 1))
        base = np.zeros(m)
        for i in range(m):
            for j in range(q - 1):
                distance[i, j] = design[i, j + 1] - target[j] / total
            if treated[i] == 0:
                base[i] = count[i]
        weight, beta, met = balance_entropy(distance, base, start[1:], 60)
        for i in range(m):
            out[i] = count[i] / total if treated[i] == 1 else weight[i]
        warm = start.copy()
        warm[1:] = beta
        return out, warm, met
    beta, met = fit_logistic(design, treated, count, start, 0.0, 12)
    if not met:
        beta, met = fit_logistic(design, treated, count, start, 0.5, 60)
    for i in range(m):
        eta = 0.0
        for j in range(q):
            eta += design[i, j] * beta[j]
        eta = min(max(eta, -300.0), 300.0)
        if method == OVERLAP:
            e = 1 / (1 + np.exp(-eta))
            out[i] = count[i] * (1 - e if treated[i] == 1 else e)
        else:
            out[i] = count[i] if treated[i] == 1 else count[i] * np.exp(eta)
    return out, beta, met


@compiled
def arm_means(values: Floats, treated: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted mean of the treated and of the untreated."""
    a = b = wa = wb = 0.0
    for i in range(values.size):
        if treated[i] == 1:
            a += weight[i] * values[i]
            wa += weight[i]
        else:
            b += weight[i] * values[i]
            wb += weight[i]
    return a / wa, b / wb


@compiled
def without_regression(values: Floats, design: Floats, treated: Floats, count: Floats) -> Floats:
    """Values minus what least squares on untreated people predicts."""
    m, q = design.shape
    cross, right = np.zeros((q, q)), np.zeros(q)
    for i in range(m):
        if treated[i] == 0 and count[i] > 0:
            for j in range(q):
                right[j] += count[i] * design[i, j] * values[i]
                for k in range(q):
                    cross[j, k] += count[i] * design[i, j] * design[i, k]
    beta = solve(cross, right)
    out = values.copy()
    for i in range(m):
        for j in range(q):
            out[i] -= design[i, j] * beta[j]
    return out


@compiled
def resampled(
    method: int,
    design: Floats,
    treated: Floats,
    values: Floats,
    event: Flags,
    horizon: float,
    start: Floats,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, Counts]:
    """Differences in resamples of people drawn inside arms, with the weights fitted anew in each.

    Args:
        method: ODDS, OVERLAP, ENTROPY or AUGMENTED.
        design: (m, p + 1), rows sorted by `values` where these are times.
        treated: (m,) 0 or 1.
        values: (m,) outcomes, or times.
        event: (m,) whether the event was seen; of no length where values are outcomes.
        horizon: of the restricted mean.
        start: (p + 1,) coefficients of the whole sample.
        draws: how many resamples.
        rng: source of randomness.

    Returns:
        (draws,) differences, NaN where the weights could not be had; (1,) how many of these.
    """
    m = treated.size
    own = np.flatnonzero(treated == 1)
    other = np.flatnonzero(treated == 0)
    out = np.empty(draws)
    failed = np.zeros(1, np.int64)
    count = np.empty(m)
    for draw in range(draws):
        count[:] = 0.0
        for _ in range(own.size):
            count[own[min(int(rng.random() * own.size), own.size - 1)]] += 1
        for _ in range(other.size):
            count[other[min(int(rng.random() * other.size), other.size - 1)]] += 1
        weight, _, met = weights_for(method, design, treated, count, start)
        if not met:
            out[draw] = np.nan
            failed[0] += 1
            continue
        if event.size:
            first = restricted_mean(values, event, weight * treated, horizon)
            second = restricted_mean(values, event, weight * (1 - treated), horizon)
        elif method == AUGMENTED:
            rest = without_regression(values, design, treated, count)
            first, second = arm_means(rest, treated, weight)
        else:
            first, second = arm_means(values, treated, weight)
        out[draw] = first - second
    return out, failed
