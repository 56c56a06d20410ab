"""Exact p of statistics that are functions of sums over the treated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any, Final

import numpy as np

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Flags, Floats
from ultrarare.stats.external.permute import all_assignments, drawn_assignments

MOST_ENUMERATED: Final = 200_000
"""Up to this many choices of the treated all are gone through; beyond, they are drawn."""
DRAWS: Final = 19_999
_NOTHING: Final = 1e-9  # differences this small, relative to the largest, are rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Permuted:
    """P of one statistic, higher being better for the treated."""

    statistic: float
    p_benefit: float  # one-sided: share of choices of the treated that look at least as good
    p_harm: float
    p_value: float  # two-sided: twice the smaller, at most 1
    floor: float  # the smallest two-sided p by counts alone
    floor_given_ties: float | None  # the same, ties counted; None where choices were drawn
    assignments: int
    exact: bool

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "statistic": self.statistic,
            "p_value": self.p_value,
            "p_benefit": self.p_benefit,
            "floor": self.floor,
            "floor_given_ties": self.floor_given_ties,
            "assignments": self.assignments if self.assignments < 2**53 else None,
            "exact": self.exact,
        }

    @property
    def caveats(self) -> tuple[str, ...]:
        """What ties take away."""
        if self.floor_given_ties is None or self.floor_given_ties <= self.floor * (1 + _NOTHING):
            return ()
        return (
            f"ties raise the smallest attainable p from {self.floor:.3g} to "
            f"{self.floor_given_ties:.3g}",
        )


def floor_of(treated: int, untreated: int, *, draws: int = DRAWS) -> float:
    """The smallest two-sided p that so many people can give; known before any data."""
    ways = comb(treated + untreated, treated)
    return min(1.0, 2 / ways if ways <= MOST_ENUMERATED else 2 / (draws + 1))


def permuted(
    columns: Floats,
    treated: Flags,
    statistics: Callable[[Floats], Floats],
    *,
    draws: int = DRAWS,
    rng: np.random.Generator,
) -> tuple[Permuted, ...]:
    """Compare the treated with every choice of as many people.

    Args:
        columns: (N, c) what is summed over the chosen.
        treated: (N,) flags.
        statistics: takes (B, c) sums and gives (B, q) statistics, higher is better.
        draws: choices drawn where there are more than `MOST_ENUMERATED`.
        rng: used for these only.

    Raises:
        InputError: no draw.

    Notes:
        Exact where, without an effect, any of the people could as well have been the treated. Drawn
        choices count the one that was seen: (b + 1) / (B + 1), which keeps the size.
    """
    if draws < 1:
        raise InputError(f"{draws} draws; allowed is at least 1", where="draws")
    n, people = int(treated.sum()), treated.size
    ways = comb(people, n)
    exact = ways <= MOST_ENUMERATED
    columns = np.ascontiguousarray(columns, dtype=np.float64)
    starts, picks = np.array([0, people], np.int64), np.array([n], np.int64)
    seen = statistics(columns[treated].sum(axis=0)[None, :])[0]
    sums = (
        all_assignments(columns, starts, picks, ways)
        if exact
        else drawn_assignments(columns, starts, picks, draws, rng)
    )
    found = statistics(sums)
    floor = floor_of(n, people - n, draws=draws)
    return tuple(
        _one(float(seen[q]), found[:, q], floor, ways, exact=exact) for q in range(found.shape[1])
    )


def _one(seen: float, found: Floats, floor: float, ways: int, *, exact: bool) -> Permuted:
    slack = _NOTHING * max(float(np.abs(found).max()), abs(seen))
    extra = 0 if exact else 1
    size = found.size + extra
    better = (int((found >= seen - slack).sum()) + extra) / size
    worse = (int((found <= seen + slack).sum()) + extra) / size
    with_ties = None
    if exact:
        top = (found >= found.max() - slack).mean()
        bottom = (found <= found.min() + slack).mean()
        with_ties = min(1.0, 2 * float(min(top, bottom)))
    return Permuted(
        statistic=seen,
        p_benefit=better,
        p_harm=worse,
        p_value=min(1.0, 2 * min(better, worse)),
        floor=floor,
        floor_given_ties=with_ties,
        assignments=ways,
        exact=exact,
    )
