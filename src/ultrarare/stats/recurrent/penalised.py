"""The penalised partial likelihood of log frailties and coefficients: terms, steps, errors."""

from __future__ import annotations

from typing import Final

import numpy as np

from ultrarare.stats.arrays import Counts, Flags, Floats
from ultrarare.stats.compiled import compiled
from ultrarare.stats.recurrent.risk import hazards, sums

_STEPS: Final = 200
_TIGHT: Final = 1e-11
"""Relative residual to which the information is solved for the standard error."""


@compiled
def _terms(
    beta: Floats,
    w: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> tuple[float, Floats, Floats, Floats, Floats, Floats]:
    """Partial likelihood and its derivatives.

    Returns:
        Log partial likelihood; score and information of the coefficients; for each person the
        expected events, the information of the log frailty, and that shared with the
        coefficients.
    """
    n, p = x.shape
    eta = x @ beta + w[person]
    risk = np.exp(eta)
    s0, s1, e0, e1, deaths = sums(risk, x, first, past, event, n_times)
    a0, a1, aa, b0, b1, bb, mean = hazards(s0, s1, e0, e1, deaths)
    t0, tt, t1 = np.zeros(n_times + 1), np.zeros(n_times + 1), np.zeros((n_times + 1, p))
    loglik = 0.0
    for m in range(n_times):
        t0[m + 1], tt[m + 1], t1[m + 1] = t0[m] + a0[m], tt[m] + aa[m], t1[m] + a1[m]
        for k in range(deaths[m]):
            loglik -= np.log(s0[m] - k / deaths[m] * e0[m])
    score, info = np.zeros(p), np.zeros((p, p))
    own, diagonal, cross = np.zeros(w.size), np.zeros(w.size), np.zeros((w.size, p))
    for i in range(n):
        h0, hh = t0[past[i]] - t0[first[i]], tt[past[i]] - tt[first[i]]
        h1 = t1[past[i]] - t1[first[i]]
        if event[i] and first[i] < past[i]:
            m = past[i] - 1
            h0 += b0[m] - a0[m]
            hh += bb[m] - aa[m]
            h1 = h1 + b1[m] - a1[m]
            loglik += eta[i]
            score += x[i] - mean[m]
        own[person[i]] += risk[i] * h0
        diagonal[person[i]] += risk[i] * h0 - risk[i] ** 2 * hh
        for a in range(p):
            cross[person[i], a] += risk[i] * (x[i, a] * h0 - h1[a])
            for b in range(p):
                info[a, b] += risk[i] * x[i, a] * (x[i, b] * h0 - h1[b])
    return loglik, score, info, own, diagonal, cross


@compiled
def _times_information(
    v: Floats,
    weight: Floats,
    risk: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> Floats:
    """The information of log frailties and, last, coefficients, times a vector.

    With the vector's change of each row's log intensity as its covariate, the product is the
    covariance of that covariate with the parameters, summed over events: one pass over the rows.
    `weight` is the penalty's share of the diagonal.
    """
    people, (n, p) = weight.size, x.shape
    u = np.empty((n, 1))
    for i in range(n):
        u[i, 0] = v[person[i]]
        for a in range(p):
            u[i, 0] += x[i, a] * v[people + a]
    s0, s1, e0, e1, deaths = sums(risk, u, first, past, event, n_times)
    a0, a1, _aa, b0, b1, _bb, _mean = hazards(s0, s1, e0, e1, deaths)
    t0, t1 = np.zeros(n_times + 1), np.zeros(n_times + 1)
    for m in range(n_times):
        t0[m + 1], t1[m + 1] = t0[m] + a0[m], t1[m] + a1[m, 0]
    out = np.zeros(people + p)
    for j in range(people):
        out[j] = weight[j] * v[j]
    for i in range(n):
        h0, h1 = t0[past[i]] - t0[first[i]], t1[past[i]] - t1[first[i]]
        if event[i] and first[i] < past[i]:
            m = past[i] - 1
            h0 += b0[m] - a0[m]
            h1 += b1[m, 0] - a1[m, 0]
        share = risk[i] * (u[i, 0] * h0 - h1)
        out[person[i]] += share
        for a in range(p):
            out[people + a] += x[i, a] * share
    return out


@compiled
def _solve(
    right: Floats,
    diagonal: Floats,
    tight: float,
    weight: Floats,
    risk: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> Floats:
    """The information's inverse times a vector, by conjugate gradients scaled by its diagonal."""
    out = np.zeros(right.size)
    left = right.copy()
    scaled = left / diagonal
    way, height = scaled.copy(), np.sum(left * scaled)
    goal = tight**2 * height
    for _ in range(4 * right.size):
        if height <= goal:
            break
        product = _times_information(way, weight, risk, x, person, first, past, event, n_times)
        bend = np.sum(way * product)
        if bend <= 0:
            break
        share = height / bend
        out += share * way
        left -= share * product
        scaled = left / diagonal
        new = np.sum(left * scaled)
        way = scaled + new / height * way
        height = new
    return out


@compiled
def penalised_fit(
    beta: Floats,
    w: Floats,
    nu: float,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
    counts: Floats,
) -> tuple[Floats, Floats, float, Floats]:
    """Coefficients, log frailties, partial likelihood, and information of the coefficients."""
    people, p = w.size, beta.size
    terms = _terms(beta, w, x, person, first, past, event, n_times)
    height = terms[0] + nu * np.sum(w - np.exp(w))
    for _ in range(_STEPS):
        _loglik, score, info, own, diagonal, _cross = terms
        weight = nu * np.exp(w)
        gradient = np.append(counts - own + nu - weight, score)
        if np.max(np.abs(gradient) / (1 + np.append(counts, np.zeros(p)))) < 1e-9:
            break
        scale = np.append(diagonal + weight, np.diag(info) + 1e-12)
        risk = np.exp(x @ beta + w[person])
        step = _solve(gradient, scale, 1e-4, weight, risk, x, person, first, past, event, n_times)
        largest = np.max(np.abs(step))
        share, accepted = min(1.0, 3.0 / largest), False
        for _half in range(40):
            new_w = w + share * step[:people]
            new_w -= np.log(np.mean(np.exp(new_w)))
            new_beta = beta + share * step[people:]
            new = _terms(new_beta, new_w, x, person, first, past, event, n_times)
            reached = new[0] + nu * np.sum(new_w - np.exp(new_w))
            if reached >= height - 1e-13 * abs(height):
                accepted = True
                break
            share /= 2
        if not accepted:
            break
        beta, w, terms, height = new_beta, new_w, new, reached
        if largest < 1e-10:
            break
    info, curvature, cross = terms[2], terms[4] + nu * np.exp(w), terms[5]
    schur = info.copy()
    for a in range(p):
        for b in range(p):
            schur[a, b] -= np.sum(cross[:, a] * cross[:, b] / curvature)
    return beta, w, terms[0], schur


@compiled
def whole_se(
    beta: Floats,
    w: Floats,
    nu: float,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> float:
    """Standard error of the last parameter: the root of the inverse information's last entry."""
    terms = _terms(beta, w, x, person, first, past, event, n_times)
    weight = nu * np.exp(w)
    scale = np.append(terms[4] + weight, np.diag(terms[2]) + 1e-12)
    right = np.zeros(scale.size)
    right[-1] = 1.0
    risk = np.exp(x @ beta + w[person])
    inverse = _solve(right, scale, _TIGHT, weight, risk, x, person, first, past, event, n_times)
    return float(inverse[-1] ** 0.5)
