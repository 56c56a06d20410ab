"""Kernels that compare people in pairs. 1: the first is better, −1: worse, 0: tied or unknown."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Flags, Floats
from ultrarare.stats.compiled import compiled


@compiled
def later(a: float, b: float, seen_a: bool, seen_b: bool, margin: float) -> int:  # noqa: FBT001
    """1 where a is known to come later than b by the margin, −1 where sooner; times ≥ 0."""
    tol = 1e-9 * max(abs(a), abs(b))
    if margin > 0:
        if seen_b and a - b >= margin - tol:
            return 1
        if seen_a and b - a >= margin - tol:
            return -1
        return 0
    if seen_b and (a - b > tol or (abs(a - b) <= tol and not seen_a)):
        return 1
    if seen_a and (b - a > tol or (abs(a - b) <= tol and not seen_b)):
        return -1
    return 0


@compiled
def more(a: float, b: float, margin: float) -> int:
    """1 where a is above b by at least the margin (by anything, at 0), −1 where below."""
    tol = 1e-9 * max(abs(a), abs(b))
    gap = a - b
    if margin > 0:
        if gap >= margin - tol:
            return 1
        return -1 if -gap >= margin - tol else 0
    if gap > tol:
        return 1
    return -1 if -gap > tol else 0


@compiled
def endpoint_scores(values: Floats, event: Flags, timed: Flags, sign: Floats) -> Floats:
    """For each person and endpoint, better minus worse comparisons with everybody known.

    Args:
        values: (N, K), NaN where it is not known.
        event: (N, K).
        timed: (K,).
        sign: (K,) 1 where higher is better.

    Returns:
        (N, K) sums; 0 where it is not known.
    """
    people, width = values.shape
    out = np.zeros((people, width))
    for k in range(width):
        for i in range(people):
            if np.isnan(values[i, k]):
                continue
            for j in range(i):
                if np.isnan(values[j, k]):
                    continue
                if timed[k]:
                    found = later(values[i, k], values[j, k], event[i, k], event[j, k], 0.0)
                else:
                    found = more(values[i, k], values[j, k], 0.0)
                out[i, k] += sign[k] * found
                out[j, k] -= sign[k] * found
    return out


@compiled
def decide(
    values: Floats, event: Flags, timed: Flags, sign: Floats, margin: Floats, i: int, j: int
) -> int:
    """The first endpoint that tells i and j apart: ±(k + 1), or 0 where none does."""
    for k in range(values.shape[1]):
        a, b = values[i, k], values[j, k]
        if np.isnan(a) or np.isnan(b):
            continue
        if timed[k]:
            found = later(a, b, event[i, k], event[j, k], margin[k])
        else:
            found = more(a, b, margin[k])
        if found != 0:
            return (k + 1) if sign[k] * found > 0 else -(k + 1)
    return 0


@compiled
def prioritised_scores(
    values: Floats, event: Flags, timed: Flags, sign: Floats, margin: Floats
) -> Floats:
    """For each person, pairs won minus pairs lost against everybody."""
    people = values.shape[0]
    out = np.zeros(people)
    for i in range(people):
        for j in range(i):
            found = decide(values, event, timed, sign, margin, i, j)
            if found > 0:
                out[i] += 1.0
                out[j] -= 1.0
            elif found < 0:
                out[i] -= 1.0
                out[j] += 1.0
    return out


@compiled
def contest(
    values: Floats, event: Flags, timed: Flags, sign: Floats, margin: Floats, treated: Flags
) -> tuple[Floats, Floats]:
    """Wins and losses of the treated in pairs with the untreated.

    Returns:
        (N, 2) pairs in which the treated one won and lost, by either person of the pair; and
        (K, 2) by the endpoint that decided.
    """
    people, width = values.shape
    person = np.zeros((people, 2))
    level = np.zeros((width, 2))
    for i in range(people):
        if not treated[i]:
            continue
        for j in range(people):
            if treated[j]:
                continue
            found = decide(values, event, timed, sign, margin, i, j)
            if found == 0:
                continue
            side = 0 if found > 0 else 1
            person[i, side] += 1.0
            person[j, side] += 1.0
            level[abs(found) - 1, side] += 1.0
    return person, level
