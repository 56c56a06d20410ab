"""One pass over the risk sets of a Cox model, from the last event time to the first."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Counts, Flags, Floats
from ultrarare.stats.compiled import compiled


@compiled
def _add(x: Floats, w: float, sign: float, s0: Floats, s1: Floats, s2: Floats, s3: Floats) -> None:
    """Put one person's moments into the sums, or take them out; s3 of size 0 is left alone."""
    w = sign * w
    s0[0] += w
    third = s3.size > 0
    for j in range(x.size):
        s1[j] += w * x[j]
        for k in range(j + 1):
            s2[j, k] += w * x[j] * x[k]
            if third:
                for r in range(k + 1):
                    s3[j, k, r] += w * x[j] * x[k] * x[r]


@compiled
def _term(
    share: float,
    wt: float,
    s0: Floats,
    s1: Floats,
    s2: Floats,
    s3: Floats,
    d0: Floats,
    d1: Floats,
    d2: Floats,
    d3: Floats,
    mean: Floats,
    score: Floats,
    info: Floats,
    slope: Floats,
) -> float:
    """One factor of the partial likelihood; the dead count with 1 − share. Returns its sum."""
    total = s0[0] - share * d0[0]
    p = s1.size
    for j in range(p):
        mean[j] = (s1[j] - share * d1[j]) / total
        score[j] -= wt * mean[j]
    for j in range(p):
        for k in range(j + 1):
            info[j, k] += wt * ((s2[j, k] - share * d2[j, k]) / total - mean[j] * mean[k])
    if slope.size > 0:  # third central moment = derivative of the information
        for j in range(p):
            for k in range(j + 1):
                for r in range(k + 1):
                    raw = (s3[j, k, r] - share * d3[j, k, r]) / total
                    jk = (s2[j, k] - share * d2[j, k]) / total
                    jr = (s2[j, r] - share * d2[j, r]) / total
                    kr = (s2[k, r] - share * d2[k, r]) / total
                    slope[j, k, r] += wt * (
                        raw
                        - jk * mean[r]
                        - jr * mean[k]
                        - kr * mean[j]
                        + 2 * mean[j] * mean[k] * mean[r]
                    )
    return float(total)


@compiled
def _clear(s0: Floats, s1: Floats, s2: Floats, s3: Floats) -> None:
    s0[:] = 0.0
    s1[:] = 0.0
    s2[:] = 0.0
    s3[:] = 0.0


@compiled
def _factors(
    deaths: int,
    dead_weight: float,
    efron: bool,  # noqa: FBT001 -- a kernel's arguments go by place
    row: int,
    s: tuple[Floats, Floats, Floats, Floats],
    d: tuple[Floats, Floats, Floats, Floats],
    mean: Floats,
    out: tuple[Floats, Floats, Floats],
    tables: tuple[Floats, Floats, Floats, Floats, Floats],
) -> float:
    """All factors of one event time; returns what they take from the log likelihood."""
    hazard, hazard_x, held, held_x, mean_x = tables
    factors = deaths if efron else 1
    wt = dead_weight / factors
    taken = 0.0
    for turn in range(factors):
        share = turn / factors
        total = _term(
            share, wt, s[0], s[1], s[2], s[3], d[0], d[1], d[2], d[3], mean, out[0], out[1], out[2]
        )
        taken += wt * np.log(total)
        step = wt / total
        hazard[row] += step
        held[row] += share * step
        for j in range(mean.size):
            hazard_x[row, j] += step * mean[j]
            held_x[row, j] += share * step * mean[j]
            mean_x[row, j] += mean[j] / factors
    return taken


@compiled
def risk_sets(
    x: Floats,
    eta: Floats,
    weight: Floats,
    event: Flags,
    start: Floats,
    stop: Floats,
    first: Counts,
    by_stop: Counts,
    by_start: Counts,
    efron: bool,  # noqa: FBT001 -- a kernel's arguments go by place
    score: Floats,
    info: Floats,
    slope: Floats,
    tables: tuple[Floats, Floats, Floats, Floats, Floats],
) -> float:
    """Log partial likelihood; score (p,), information (p, p) and its slope (p, p, p) are filled.

    Only j ≥ k ≥ r of `info` and `slope` are filled. `first` (strata + 1,) says where each stratum
    begins in `by_stop` and `by_start`, which go from late to early; an empty `by_start` means that
    nobody entered late. `tables` get one row an event time, in that order: the hazard step, its
    product with the mean of x, both again weighted with the share by which a tied death counts
    less (Efron), and the mean of x. A `slope` of size 0 is not computed.
    """
    p = x.shape[1]
    q = p if slope.size > 0 else 0
    s = (np.zeros(1), np.zeros(p), np.zeros((p, p)), np.zeros((q, q, q)))
    d = (np.zeros(1), np.zeros(p), np.zeros((p, p)), np.zeros((q, q, q)))
    mean = np.zeros(p)
    log_likelihood, row = 0.0, 0
    for stratum in range(first.size - 1):
        a, gone, end = first[stratum], first[stratum], first[stratum + 1]
        _clear(s[0], s[1], s[2], s[3])
        while a < end:
            t = stop[by_stop[a]]
            deaths, dead_weight = 0, 0.0
            _clear(d[0], d[1], d[2], d[3])
            while a < end and stop[by_stop[a]] == t:
                i = by_stop[a]
                w = weight[i] * np.exp(eta[i])
                _add(x[i], w, 1.0, s[0], s[1], s[2], s[3])
                if event[i] and weight[i] > 0:
                    _add(x[i], w, 1.0, d[0], d[1], d[2], d[3])
                    deaths += 1
                    dead_weight += weight[i]
                    log_likelihood += weight[i] * eta[i]
                    for j in range(p):
                        score[j] += weight[i] * x[i, j]
                a += 1
            if deaths == 0:
                continue
            while by_start.size > 0 and gone < end and start[by_start[gone]] >= t:
                i = by_start[gone]
                _add(x[i], weight[i] * np.exp(eta[i]), -1.0, s[0], s[1], s[2], s[3])
                gone += 1
            log_likelihood -= _factors(
                deaths, dead_weight, efron, row, s, d, mean, (score, info, slope), tables
            )
            row += 1
    return log_likelihood
