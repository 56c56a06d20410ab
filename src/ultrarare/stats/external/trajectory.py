"""Where each person stood and where they were heading before time zero, to be matched on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Counts, Floats, finite_vector, freeze


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trajectory:
    """Level at time zero and slope before it, one row a person in the order asked for."""

    level: Floats  # (m,) of the person's own line at time 0; NaN without a visit
    slope: Floats  # (m,) NaN with fewer than two visits
    visits: Counts  # (m,)

    def __post_init__(self) -> None:
        freeze(self)


def trajectories(
    people: Sequence[str], person: Sequence[str], time: ArrayLike, value: ArrayLike
) -> Trajectory:
    """Least-squares line of each person's visits up to time zero.

    Args:
        people: (m,) whose rows are wanted.
        person: (v,) whose visit it is.
        time: (v,) from index: negative before, 0 at it. A later visit is an error, since what
            happened after the start of treatment must not decide on who is compared.
        value: (v,) what was measured.

    Raises:
        InputError: a visit after time zero, of an unknown person, or unequal lengths.

    Notes:
        A person with one visit has that value as level and no slope.
    """
    t, y = finite_vector(time, "time"), finite_vector(value, "value")
    if not len(person) == t.size == y.size:
        raise InputError(
            f"lengths must be equal, but person has {len(person)}, time {t.size}, value {y.size}",
            where="person",
        )
    if (bad := np.flatnonzero(t > 0)).size:
        raise InputError(
            f"{bad.size} visits lie after time zero; allowed are visits up to it",
            where=f"time[{bad[0]}]",
        )
    place = {name: i for i, name in enumerate(people)}
    if unknown := sorted(set(person) - set(place)):
        raise InputError(f"visits of people in no arm: {', '.join(unknown[:5])}", where="person")
    level, slope = np.full(len(people), np.nan), np.full(len(people), np.nan)
    where = np.array([place[name] for name in person])
    for i in np.unique(where):
        mine, own = t[where == i], y[where == i]
        centred = mine - mine.mean()
        level[i] = own.mean()
        if (spread := float(centred @ centred)) > 0:
            slope[i] = centred @ own / spread
            level[i] -= slope[i] * mine.mean()
    return Trajectory(level=level, slope=slope, visits=np.bincount(where, minlength=len(people)))
