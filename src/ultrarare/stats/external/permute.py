"""Kernels that go through assignments of treatment and sum columns over the people picked."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Counts, Floats
from ultrarare.stats.compiled import compiled


@compiled
def all_assignments(columns: Floats, starts: Counts, picks: Counts, total: int) -> Floats:
    """Sums over each possible assignment, the strata turning like an odometer.

    Args:
        columns: (m, c) what is summed; rows sorted by stratum.
        starts: (s + 1,) first row of each stratum, then m.
        picks: (s,) how many are picked in each stratum, at least 1.
        total: the number of assignments, the product of the binomial coefficients.

    Returns:
        (total, c) sums.
    """
    strata, width = picks.size, columns.shape[1]
    out = np.zeros((total, width))
    first = np.zeros(strata + 1, np.int64)
    for s in range(strata):
        first[s + 1] = first[s] + picks[s]
    chosen = np.empty(first[strata], np.int64)
    for s in range(strata):
        for j in range(picks[s]):
            chosen[first[s] + j] = starts[s] + j
    for row in range(total):
        for j in range(chosen.size):
            for c in range(width):
                out[row, c] += columns[chosen[j], c]
        s = 0
        while s < strata:
            # The next combination of this stratum; where there is none, start it over and carry.
            j = picks[s] - 1
            while j >= 0 and chosen[first[s] + j] == starts[s + 1] - picks[s] + j:
                j -= 1
            if j >= 0:
                chosen[first[s] + j] += 1
                for k in range(j + 1, picks[s]):
                    chosen[first[s] + k] = chosen[first[s] + k - 1] + 1
                break
            for k in range(picks[s]):
                chosen[first[s] + k] = starts[s] + k
            s += 1
    return out


@compiled
def drawn_assignments(
    columns: Floats, starts: Counts, picks: Counts, draws: int, rng: np.random.Generator
) -> Floats:
    """Sums over assignments drawn at random, each possible one equally likely.

    Args:
        columns: (m, c) what is summed; rows sorted by stratum.
        starts: (s + 1,) first row of each stratum, then m.
        picks: (s,) how many are picked in each stratum.
        draws: how many assignments.
        rng: the source of randomness.

    Returns:
        (draws, c) sums.
    """
    width = columns.shape[1]
    out = np.zeros((draws, width))
    order = np.arange(columns.shape[0])
    for row in range(draws):
        for s in range(picks.size):
            size = starts[s + 1] - starts[s]
            for j in range(picks[s]):
                here = starts[s] + j
                there = here + min(int(rng.random() * (size - j)), size - j - 1)
                order[here], order[there] = order[there], order[here]
                for c in range(width):
                    out[row, c] += columns[order[here], c]
    return out
