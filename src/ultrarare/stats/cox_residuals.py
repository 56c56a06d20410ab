"""Score and martingale residuals of a fitted Cox model, by cumulative sums over event times."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Counts, Floats
from ultrarare.stats.cox_fit import Pass, RiskData


def event_times(data: RiskData, groups: Counts) -> tuple[Floats, Counts]:
    """Time and stratum of each row of the kernel's tables, late to early within a stratum."""
    counted = data.event & (data.weight > 0)
    pairs = np.unique(np.column_stack((groups[counted], data.stop[counted])), axis=0)
    order = np.lexsort((-pairs[:, 1], pairs[:, 0]))
    return pairs[order, 1], pairs[order, 0].astype(np.int64)


def residuals(data: RiskData, fitted: Pass, groups: Counts) -> tuple[Floats, Floats]:
    """Score residuals (n, p), unweighted and for standardised x, and martingale residuals (n,).

    A row's score residual is x − x̄ at its event less the integral of x − x̄ over its own hazard;
    under Efron's ties a dying row carries the hazard of its time only in part (Therneau and
    Grambsch 2000, §4).
    """
    hazard, hazard_x, held, held_x, mean_x = fitted.tables
    when, stratum = event_times(data, groups)
    n, p = data.x.shape
    score, martingale = np.zeros((n, p)), np.zeros(n)
    risk = np.exp(data.x @ fitted.beta + data.offset)
    for label in range(data.first.size - 1):
        rows = np.flatnonzero(groups == label)
        mine = np.flatnonzero(stratum == label)[::-1]  # ascending time
        if mine.size == 0:
            continue
        sums = np.concatenate(([0.0], np.cumsum(hazard[mine])))
        sums_x = np.concatenate((np.zeros((1, p)), np.cumsum(hazard_x[mine], axis=0)))
        end = np.searchsorted(when[mine], data.stop[rows], side="right")
        begin = np.searchsorted(when[mine], data.start[rows], side="right")
        total, total_x = sums[end] - sums[begin], sums_x[end] - sums_x[begin]
        died = data.event[rows] & (data.weight[rows] > 0)
        place = mine[end[died] - 1]
        total[died] -= held[place]
        total_x[died] -= held_x[place]
        score[rows] = -risk[rows, None] * (data.x[rows] * total[:, None] - total_x)
        martingale[rows] = data.event[rows] - risk[rows] * total
        score[rows[died]] += data.x[rows[died]] - mean_x[place]
    return score, martingale
