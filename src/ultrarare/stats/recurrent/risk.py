"""Rows at risk as ranges of event times, and the compiled partial likelihood over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrarare.stats.arrays import Counts, Flags, Floats
from ultrarare.stats.compiled import compiled


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RiskSets:
    """Each row is at risk at the event times `first` to `past` - 1 of its stratum.

    Event times of all strata stand in one list; a row that ends in an event has it at `past` - 1.
    """

    first: Counts
    past: Counts
    event: Flags
    n_times: int


def risk_sets(start: Floats, stop: Floats, event: Flags, stratum: Counts) -> RiskSets:
    """Index rows (start, stop] by the distinct event times of their stratum."""
    first, past = np.zeros(start.size, np.int64), np.zeros(start.size, np.int64)
    base = 0
    for each in np.unique(stratum).tolist():
        own = stratum == each
        times = np.unique(stop[own & event])
        first[own] = base + np.searchsorted(times, start[own], side="right")
        past[own] = base + np.searchsorted(times, stop[own], side="right")
        base += times.size
    return RiskSets(first=first, past=past, event=event, n_times=base)


@compiled
def sums(
    risk: Floats,
    x: Floats,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> tuple[Floats, Floats, Floats, Floats, Counts]:
    """Sums of risk and of risk times x over who is at risk, and over who has the event.

    Returns:
        s0 (times,), s1 (times, p), e0 (times,), e1 (times, p), deaths (times,).
    """
    p = x.shape[1]
    s0, s1 = np.zeros(n_times + 1), np.zeros((n_times + 1, p))
    e0, e1 = np.zeros(n_times), np.zeros((n_times, p))
    deaths = np.zeros(n_times, np.int64)
    for i in range(risk.size):
        if first[i] == past[i] or risk[i] == 0.0:
            continue
        s0[first[i]] += risk[i]
        s0[past[i]] -= risk[i]
        for a in range(p):
            s1[first[i], a] += risk[i] * x[i, a]
            s1[past[i], a] -= risk[i] * x[i, a]
        if event[i]:
            m = past[i] - 1
            deaths[m] += 1
            e0[m] += risk[i]
            for a in range(p):
                e1[m, a] += risk[i] * x[i, a]
    for m in range(1, n_times):
        s0[m] += s0[m - 1]
        for a in range(p):
            s1[m, a] += s1[m - 1, a]
    return s0[:n_times], s1[:n_times], e0, e1, deaths


@compiled
def hazards(
    s0: Floats, s1: Floats, e0: Floats, e1: Floats, deaths: Counts
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats]:
    """Efron's increments at each event time, for who is at risk and for who has the event.

    With d events at a time and k = 0, …, d - 1, the denominators are s0 - (k/d) e0. Who is at
    risk gets Σ 1/den; who has the event gets Σ (1 - k/d)/den.

    Returns:
        a0, a1, aa: sums over k of 1/den, mean/den, 1/den²; b0, b1, bb: the same with the
        event's share; mean: (times, p) average over k of the mean of x.
    """
    n, p = s1.shape
    a0, b0, aa, bb = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    a1, b1, mean = np.zeros((n, p)), np.zeros((n, p)), np.zeros((n, p))
    for m in range(n):
        for k in range(deaths[m]):
            share = k / deaths[m]
            den = s0[m] - share * e0[m]
            a0[m] += 1 / den
            b0[m] += (1 - share) / den
            aa[m] += 1 / den**2
            bb[m] += (1 - share) ** 2 / den**2
            for a in range(p):
                z = (s1[m, a] - share * e1[m, a]) / den
                mean[m, a] += z / deaths[m]
                a1[m, a] += z / den
                b1[m, a] += (1 - share) * z / den
    return a0, a1, aa, b0, b1, bb, mean


@compiled
def score_and_information(
    risk: Floats,
    x: Floats,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> tuple[float, Floats, Floats]:
    """Σ log denominators, Σ of the means of x, and the information, by Efron's rule."""
    p = x.shape[1]
    s0, s1, e0, e1, deaths = sums(risk, x, first, past, event, n_times)
    s2, e2 = np.zeros((n_times + 1, p, p)), np.zeros((n_times, p, p))
    for i in range(risk.size):
        if first[i] == past[i] or risk[i] == 0.0:
            continue
        for a in range(p):
            for b in range(p):
                value = risk[i] * x[i, a] * x[i, b]
                s2[first[i], a, b] += value
                s2[past[i], a, b] -= value
                if event[i]:
                    e2[past[i] - 1, a, b] += value
    log_den, mean, info = 0.0, np.zeros(p), np.zeros((p, p))
    for m in range(n_times):
        if m > 0:
            s2[m] += s2[m - 1]
        for k in range(deaths[m]):
            share = k / deaths[m]
            den = s0[m] - share * e0[m]
            log_den += np.log(den)
            for a in range(p):
                za = (s1[m, a] - share * e1[m, a]) / den
                mean[a] += za
                for b in range(p):
                    zb = (s1[m, b] - share * e1[m, b]) / den
                    info[a, b] += (s2[m, a, b] - share * e2[m, a, b]) / den - za * zb
    return log_den, mean, info


@compiled
def newton(
    x: Floats,
    active: Floats,
    begin: Floats,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> tuple[Floats, Floats, float, bool]:
    """Maximise the partial likelihood over the rows with `active` 1, from coefficients `begin`.

    Returns:
        Coefficients (p,), information (p, p), log partial likelihood, whether it converged.
    """
    n, p = x.shape
    beta, info, loglik = begin.copy(), np.zeros((p, p)), -np.inf
    for _ in range(60):
        eta = x @ beta
        log_den, mean, info = score_and_information(
            np.exp(eta) * active, x, first, past, event, n_times
        )
        score, now = -mean, -log_den
        for i in range(n):
            if event[i] and active[i] > 0 and first[i] < past[i]:
                score += x[i]
                now += eta[i]
        loglik = now
        for a in range(p):
            if not info[a, a] > 1e-10:
                return beta, info, loglik, False
        step = np.linalg.solve(info, score)
        largest = np.max(np.abs(step))
        if largest > 2:
            step *= 2 / largest
        beta = beta + step
        if np.max(np.abs(beta)) > 25:
            return beta, info, loglik, False
        if largest < 1e-11:
            return beta, info, loglik, True
    return beta, info, loglik, False


@compiled
def score_residuals(
    risk: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
    n_people: int,
) -> tuple[Floats, Floats]:
    """Each person's share of the score, (people, p), and martingale residual, (people,)."""
    p = x.shape[1]
    s0, s1, e0, e1, deaths = sums(risk, x, first, past, event, n_times)
    a0, a1, _aa, b0, b1, _bb, mean = hazards(s0, s1, e0, e1, deaths)
    total0, total1 = np.zeros(n_times + 1), np.zeros((n_times + 1, p))
    for m in range(n_times):
        total0[m + 1] = total0[m] + a0[m]
        total1[m + 1] = total1[m] + a1[m]
    score, martingale = np.zeros((n_people, p)), np.zeros(n_people)
    for i in range(risk.size):
        if first[i] == past[i]:
            continue
        own = person[i]
        h0 = total0[past[i]] - total0[first[i]]
        for a in range(p):
            h1 = total1[past[i], a] - total1[first[i], a]
            if event[i]:
                m = past[i] - 1
                h1 += b1[m, a] - a1[m, a]
                change = h0 + b0[m] - a0[m]
                score[own, a] += x[i, a] - mean[m, a]
            else:
                change = h0
            score[own, a] -= risk[i] * (x[i, a] * change - h1)
        if event[i]:
            m = past[i] - 1
            martingale[own] += 1
            h0 += b0[m] - a0[m]
        martingale[own] -= risk[i] * h0
    return score, martingale
