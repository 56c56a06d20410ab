"""Visits grouped by the times at which people were seen, for the likelihood of `gls`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ultrarare.stats.arrays import Counts, Floats


class Visits(NamedTuple):
    """Unit-free visits grouped by the times at which people were seen, and what is fitted to them.

    A pattern with k visits and n people keeps k rows of times, design and sums, and a factor F of
    shape (k, min(n, k)) with FF' = YY', Y being (k, n).
    """

    start: Counts  # (groups + 1,) first row of each pattern
    people: Counts  # (groups,)
    time: Floats  # (rows,)
    total: Floats  # (rows,) sum of the values of the pattern's people
    factor: Floats  # all factors, one after the other, row by row
    factor_start: Counts  # (groups + 1,)
    x: Floats  # (rows, p) design
    n_visits: int
    q: int  # random effects, the first q columns of the design
    gap: float  # distance in time at which the correlation is searched
    serial: int  # 1 if residuals correlate
    nugget: int  # 1 if part of them does not
    restricted: int  # 1 for REML


def grouped(
    person: Counts,
    time: Floats,
    value: Floats,
    *,
    q: int,
    gap: float,
    serial: bool,
    nugget: bool,
    restricted: bool,
) -> Visits:
    """Visits grouped by pattern of times, any order of rows; the design is 1 and t.

    Args:
        person: (n,) whose visit it is.
        time: (n,) time, unit-free.
        value: (n,) value, unit-free.
        q: how many random effects.
        gap: distance in time at which the correlation is searched.
        serial: whether residuals correlate.
        nugget: whether part of them does not.
        restricted: REML, not maximum likelihood.
    """
    order = np.lexsort((time, person))
    who, t, y = person[order], time[order], value[order]
    cuts = np.flatnonzero(np.diff(who)) + 1
    groups: dict[bytes, tuple[Floats, list[Floats]]] = {}
    for when, what in zip(np.split(t, cuts), np.split(y, cuts), strict=True):
        groups.setdefault(when.tobytes(), (when, []))[1].append(what)
    factors = [_factor(np.array(rows)) for _, rows in groups.values()]
    times = np.concatenate([when for when, _ in groups.values()])
    return Visits(
        start=_starts([when.size for when, _ in groups.values()]),
        people=np.array([len(rows) for _, rows in groups.values()], dtype=np.int64),
        time=times,
        total=np.concatenate([np.sum(rows, axis=0) for _, rows in groups.values()]),
        factor=np.concatenate([f.ravel() for f in factors]),
        factor_start=_starts([f.size for f in factors]),
        x=np.column_stack((np.ones_like(times), times)),
        n_visits=int(t.size),
        q=q,
        gap=gap,
        serial=int(serial),
        nugget=int(nugget),
        restricted=int(restricted),
    )


def _factor(rows: Floats) -> Floats:
    """(k, r) factor of the sum of squares and products of (n, k) rows, r = min(n, k)."""
    if rows.shape[0] <= rows.shape[1]:
        return np.ascontiguousarray(rows.T)
    _, upper = np.linalg.qr(rows)
    return np.ascontiguousarray(upper.T)


def _starts(sizes: list[int]) -> Counts:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
