"""Visits whose values may be known as bounds only, checked and put in order of person and time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Flags, Floats, count_vector, finite_vector, freeze
from ultrarare.words import counted


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoundedVisits:
    """n visits, unit-free: t = shift + unit·τ, y = mean + sd·η; people one after the other."""

    start: Counts  # (people + 1,)
    time: Floats  # (n,)
    low: Floats  # (n,) equal to `high` where exact
    high: Floats
    shift: float
    unit: float
    mean: float
    sd: float
    n_repeated: int  # people seen at two times or more (three where slopes differ)
    time_range: tuple[float, float]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n_people(self) -> int:
        """How many people."""
        return self.start.size - 1

    @property
    def exact(self) -> Flags:
        """(n,) where the value is exact."""
        out: Flags = self.low == self.high
        return out

    @property
    def n_censored(self) -> int:
        """How many values are bounds."""
        return int(np.sum(~self.exact))

    @property
    def guess(self) -> Floats:
        """(n,) each value, its limit, or the middle of its range: where a search begins."""
        low = np.where(np.isinf(self.low), self.high, self.low)
        high = np.where(np.isinf(self.high), self.low, self.high)
        out: Floats = (low + high) / 2
        return out


def bounds(low: ArrayLike, high: ArrayLike) -> tuple[Floats, Floats]:
    """Lower and upper bounds as arrays; infinite on an open side, equal where exact.

    Raises:
        InputError: not one-dimensional, NaN, unequal lengths, both sides open, or low above high.
    """
    a, b = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError("low and high must be of one length", where="low")
    bad = np.flatnonzero(~(a <= b) | (np.isinf(a) & np.isinf(b)))
    if bad.size:
        i = bad[0]
        raise InputError(
            f"found {a[i]:g} to {b[i]:g}; allowed is a number, a bound or a range from low to high",
            where=f"low[{i}]",
        )
    return a, b


def bounded_visits(
    person: ArrayLike, time: ArrayLike, low: ArrayLike, high: ArrayLike, *, repeats: int = 2
) -> BoundedVisits:
    """Check visits and make them unit-free.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is; any order.
        time: (n,) when.
        low: (n,) lower bound of the value; −inf for `<9`.
        high: (n,) upper bound; equal to `low` where the value is exact.
        repeats: visits at different times that make a person count as repeated.

    Raises:
        InputError: see `bounds`; unequal lengths.
        NotComputable: one time only, too few people, too few exact values, or no variation.
    """
    who, t = count_vector(person, "person"), finite_vector(time, "time")
    a, b = bounds(low, high)
    if not who.size == t.size == a.size:
        raise InputError(
            f"lengths must be equal, but person has {who.size}, time {t.size}, low {a.size}",
            where="person",
        )
    order = np.lexsort((t, who))
    who, t, a, b = who[order], t[order], a[order], b[order]
    pairs = np.unique(np.column_stack((who.astype(np.float64), t)), axis=0)[:, 0]
    _, distinct = np.unique(pairs, return_counts=True)
    repeated = int(np.sum(distinct >= repeats))
    exact = a == b
    _require(who, t, a[exact], repeated, repeats)
    shift, unit = float(t.mean()), float(t.std())
    mean, sd = float(a[exact].mean()), float(a[exact].std())
    return BoundedVisits(
        start=np.concatenate(([0], np.flatnonzero(np.diff(who)) + 1, [who.size])).astype(np.int64),
        time=(t - shift) / unit,
        low=(a - mean) / sd,
        high=(b - mean) / sd,
        shift=shift,
        unit=unit,
        mean=mean,
        sd=sd,
        n_repeated=repeated,
        time_range=(float(t[0]) if t.size == 1 else float(t.min()), float(t.max())),
    )


def _require(who: Counts, t: Floats, exact: Floats, repeated: int, repeats: int) -> None:
    people, needed = int(np.unique(who).size), 3 if repeats == 2 else 4
    if people < needed or repeated < 2:
        raise NotComputable(
            f"{counted(people, 'person')}, {repeated} of them with {repeats} or more visits; "
            "needed are "
            f"{needed} people and 2 with so many visits",
            where="person",
            remedy="Add people with repeated untreated visits, or fit a simpler course.",
        )
    if np.ptp(t) == 0:
        raise NotComputable(
            f"every visit is at time {t[0]:g}, so no course can be fitted",
            where="time",
            remedy="Add visits at other times.",
        )
    if exact.size < max(5, 0.2 * who.size):
        raise NotComputable(
            f"{exact.size} of {who.size} values are exact; needed are 5, and a fifth of them",
            where="value",
            remedy="A measure that lies beyond its limit this often needs another assay, or an "
            "endpoint that asks only whether it is beyond.",
        )
    if np.ptp(exact) == 0:
        raise NotComputable(
            f"every exact value is {exact[0]:g}, so nothing varies",
            where="value",
            remedy="Check the export: a course without any variation is mostly a filled-in column.",
        )
