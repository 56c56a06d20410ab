"""Compiled recursions for a process that moves between states and gives events in each.

A record is cut into segments of one of four kinds. Row vectors of probabilities run over the
states; `generator` has rows that sum to 0, `rates` are events per unit of time in each state.
Everything that is added is positive, so no cancellation is left but in the closed form for two
states, where the growth is taken out first.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ultrarare.stats.arrays import Counts, Floats
from ultrarare.stats.compiled import compiled

QUIET: Final = 0
"""Observed, no event; nothing at the end."""
EVENT: Final = 1
"""Observed, no event until the end, where one comes."""
UNSEEN: Final = 2
"""Not observed: the state moves on, events are not counted."""
COUNTED: Final = 3
"""Observed, with so many events at times that are not known."""

_LONGEST: Final = 64.0  # uniformised jumps expected in one piece; exp(−64) is no underflow


@compiled
def _multiply(left: Floats, right: Floats, out: Floats) -> None:
    """Product of small square matrices, without a call to a threaded library."""
    size = left.shape[0]
    for i in range(size):
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += left[i, k] * right[k, j]
            out[i, j] = total


@compiled
def propagate(matrix: Floats, time: float, vector: Floats) -> float:
    """Multiply `vector` by exp(matrix·time) in place, up to a factor whose log is returned.

    Two states: the closed form. More: uniformisation (Jensen 1953), in pieces.
    """
    size = vector.size
    if size == 2:
        middle = 0.5 * (matrix[0, 0] + matrix[1, 1])
        half = 0.5 * (matrix[0, 0] - matrix[1, 1])
        root = np.sqrt(half * half + matrix[0, 1] * matrix[1, 0])
        if root == 0.0:
            return float(middle * time)
        fade = np.exp(-2.0 * root * time)
        even, odd = 0.5 * (1.0 + fade), 0.5 * (1.0 - fade) / root
        first = vector[0] * (even + odd * half) + vector[1] * odd * matrix[1, 0]
        second = vector[0] * odd * matrix[0, 1] + vector[1] * (even - odd * half)
        vector[0], vector[1] = max(first, 0.0), max(second, 0.0)
        return float((middle + root) * time)
    fastest = 0.0
    for i in range(size):
        fastest = max(fastest, -matrix[i, i])
    if fastest * time == 0.0:
        return 0.0
    pieces = int(fastest * time / _LONGEST) + 1
    mean = fastest * time / pieces
    steps = int(mean + 9.0 * np.sqrt(mean) + 25.0)
    term, new, log_factor = np.empty(size), np.empty(size), 0.0
    for _ in range(pieces):
        weight = np.exp(-mean)
        for i in range(size):
            term[i] = vector[i]
            vector[i] = weight * term[i]
        for k in range(1, steps + 1):
            weight *= mean / k
            for j in range(size):
                total = term[j]
                for i in range(size):
                    total += term[i] * matrix[i, j] / fastest
                new[j] = total
            for j in range(size):
                term[j] = max(new[j], 0.0)
                vector[j] += weight * term[j]
        total = vector.sum()
        if total <= 0.0:
            return -np.inf
        vector /= total
        log_factor += np.log(total)
    return log_factor


@compiled
def exponentials(matrix: Floats, times: Floats) -> Floats:
    """exp(matrix·t) for each of several times: (n, k, k), by Taylor, scaling and squaring."""
    size = matrix.shape[0]
    out = np.empty((times.size, size, size))
    norm = np.max(np.sum(np.abs(matrix), axis=1))
    term, new = np.empty((size, size)), np.empty((size, size))
    for n in range(times.size):
        halvings = 0
        while norm * times[n] / 2.0**halvings > 0.25:
            halvings += 1
        step = times[n] / 2.0**halvings
        whole = np.eye(size)
        term[:] = whole
        for k in range(1, 15):
            _multiply(term, matrix, new)
            term[:] = new * (step / k)
            whole += term
        for _ in range(halvings):
            _multiply(whole, whole, new)
            whole[:] = new
        out[n] = whole
    return out


@compiled
def advance_counts(generator: Floats, rates: Floats, time: float, table: Floats) -> None:
    """Carry P(count, state) over observed time, in place; counts beyond the table are dropped.

    `table` is (most + 1, states). Uniformisation of the pair (count, state).
    """
    most, size = table.shape[0], table.shape[1]
    fastest = 0.0
    for i in range(size):
        fastest = max(fastest, rates[i] - generator[i, i])
    if fastest * time == 0.0:
        return
    pieces = int(fastest * time / _LONGEST) + 1
    mean = fastest * time / pieces
    steps = int(mean + 9.0 * np.sqrt(mean) + 25.0)
    jump, event = np.empty((size, size)), np.empty(size)
    for i in range(size):
        event[i] = rates[i] / fastest
        for j in range(size):
            jump[i, j] = generator[i, j] / fastest
        jump[i, i] = max(1.0 + jump[i, i] - event[i], 0.0)
    term, new = np.empty((most, size)), np.empty((most, size))
    for _ in range(pieces):
        weight = np.exp(-mean)
        for n in range(most):
            for j in range(size):
                term[n, j] = table[n, j]
                table[n, j] = weight * term[n, j]
        for k in range(1, steps + 1):
            weight *= mean / k
            for n in range(most):
                for j in range(size):
                    total = 0.0
                    for i in range(size):
                        total += term[n, i] * jump[i, j]
                    if n > 0:
                        total += term[n - 1, j] * event[j]
                    new[n, j] = total
            for n in range(most):
                for j in range(size):
                    term[n, j] = new[n, j]
                    table[n, j] += weight * new[n, j]


@compiled
def run_record(
    generator: Floats,
    rates: Floats,
    kind: Counts,
    length: Floats,
    count: Counts,
    state: Floats,
) -> float:
    """Forward recursion through one record; `state` becomes P(state at the end | record).

    Returns:
        The log-likelihood of the record, given the distribution in `state` at its beginning.
    """
    size = state.size
    quiet = generator.copy()
    for i in range(size):
        quiet[i, i] -= rates[i]
    loglik = 0.0
    for s in range(kind.size):
        if kind[s] == UNSEEN:
            loglik += propagate(generator, length[s], state)
        elif kind[s] == COUNTED:
            table = np.zeros((count[s] + 1, size))
            table[0] = state
            advance_counts(generator, rates, length[s], table)
            state[:] = table[count[s]]
        else:
            loglik += propagate(quiet, length[s], state)
            if kind[s] == EVENT:
                state *= rates
        total = state.sum()
        if not total > 0.0:
            return -np.inf
        state /= total
        loglik += np.log(total)
    return loglik


@compiled
def log_likelihoods(
    generators: Floats,
    rates: Floats,
    starts: Floats,
    multipliers: Floats,
    kind: Counts,
    length: Floats,
    count: Counts,
    first: Counts,
) -> Floats:
    """Log-likelihood of all records under each of several processes.

    Args:
        generators: (m, k, k).
        rates: (m, k).
        starts: (m, k) distribution of the state at the beginning of each record.
        multipliers: (m, c) equally likely factors on a person's rates.
        kind: (s,) kinds of the segments, person after person.
        length: (s,) their lengths.
        count: (s,) events of the COUNTED ones.
        first: (people + 1,) where each person's segments begin.

    Returns:
        (m,) log-likelihoods.
    """
    many, classes = multipliers.shape
    out = np.zeros(many)
    each = np.empty(classes)
    for m in range(many):
        for person in range(first.size - 1):
            a, b = first[person], first[person + 1]
            top = -np.inf
            for c in range(classes):
                state = starts[m].copy()
                each[c] = run_record(
                    generators[m],
                    rates[m] * multipliers[m, c],
                    kind[a:b],
                    length[a:b],
                    count[a:b],
                    state,
                )
                top = max(top, each[c])
            if top == -np.inf:
                out[m] = -np.inf
                break
            out[m] += top + np.log(np.mean(np.exp(each - top)))
    return out


@compiled
def filtered(
    generators: Floats,
    rates: Floats,
    starts: Floats,
    multipliers: Floats,
    kind: Counts,
    length: Floats,
    count: Counts,
) -> Floats:
    """P(class, state | one person's record) at its end, under each process: (m, c, k)."""
    many, classes = multipliers.shape
    out = np.empty((many, classes, rates.shape[1]))
    loglik = np.empty(classes)
    for m in range(many):
        for c in range(classes):
            state = starts[m].copy()
            loglik[c] = run_record(
                generators[m], rates[m] * multipliers[m, c], kind, length, count, state
            )
            out[m, c] = state
        weight = np.exp(loglik - loglik.max())
        weight /= weight.sum()
        for c in range(classes):
            out[m, c] *= weight[c]
    return out


@compiled
def later_counts(
    generators: Floats,
    rates: Floats,
    multipliers: Floats,
    now: Floats,
    kind: Counts,
    length: Floats,
    most: int,
) -> Floats:
    """P(n later events) for n = 0 … most under each process, from P(class, state) now: (m, n)."""
    many, classes = multipliers.shape
    size = rates.shape[1]
    out = np.zeros((many, most + 1))
    for m in range(many):
        for c in range(classes):
            table = np.zeros((most + 1, size))
            table[0] = now[m, c]
            own = rates[m] * multipliers[m, c]
            for s in range(kind.size):
                if most == 0:  # event-free: the generator restricted to that
                    quiet = generators[m].copy()
                    if kind[s] != UNSEEN:
                        for i in range(size):
                            quiet[i, i] -= own[i]
                    row = table[0].copy()
                    factor = propagate(quiet, length[s], row)
                    table[0] = row * np.exp(factor)
                elif kind[s] == UNSEEN:
                    for n in range(most + 1):
                        row = table[n].copy()
                        factor = propagate(generators[m], length[s], row)
                        table[n] = row * np.exp(factor)
                else:
                    advance_counts(generators[m], own, length[s], table)
            for n in range(most + 1):
                out[m, n] += table[n].sum()
    return out
