"""How many of a few people have the event under the untreated hazard: its exact distribution."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, finite_vector, freeze
from ultrarare.stats.untreated_hazard import UntreatedHazard

MOST_ENUMERATED: Final = 10
"""Up to so many people all subsets are summed; beyond, survival curves are drawn."""
DRAWS: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AliveLaw:
    """The number of events among n people, each watched over a window of their own.

    `drawn` holds log survival over each window in drawn curves, (draws, n), where n is too large
    to enumerate; it is empty otherwise.
    """

    a: Floats  # (k,) first parameter of the share that goes on, at each point
    d: Floats  # (k,) second parameter
    cover: Floats  # (n, k) 1 where the point lies in the window
    known: Floats  # (n,) product-limit survival over each window
    drawn: Floats

    def __post_init__(self) -> None:
        freeze(self)

    def events(self, ratio: float = 1.0) -> Floats:
        """Probability of 0 … n events at a hazard `ratio` times the untreated: (n + 1,)."""
        n = self.cover.shape[0]
        if self.drawn.size:
            return np.asarray(poisson_binomial(-np.expm1(ratio * self.drawn)).mean(axis=0))
        return _from_subsets(_subset_sums(self.a, self.d, self.cover, ratio), n)

    def at_most(self, observed: int, ratio: float = 1.0) -> float:
        """P(events ≤ observed)."""
        return float(min(1.0, max(0.0, self.events(ratio)[: observed + 1].sum())))

    def at_least(self, observed: int, ratio: float = 1.0) -> float:
        """P(events ≥ observed)."""
        return float(min(1.0, max(0.0, self.events(ratio)[observed:].sum())))

    def known_at_most(self, observed: int) -> float:
        """P(events ≤ observed) with the curve taken as known: too small, for comparison."""
        law = poisson_binomial(1 - self.known[None, :])[0]
        return float(min(1.0, law[: observed + 1].sum()))


def alive_law(
    hazard: UntreatedHazard,
    begin: ArrayLike,
    end: ArrayLike,
    *,
    ends: bool,
    rng: np.random.Generator | None = None,
) -> AliveLaw:
    """The law over windows (begin, end].

    Args:
        hazard: of the untreated.
        begin: (n,) where each window begins.
        end: (n,) where it ends.
        ends: False for the upper distribution of survival, against which few events are judged;
            True for the lower one, with one factor more at each end, for many events.
        rng: needed for more than `MOST_ENUMERATED` people.

    Raises:
        InputError: no generator, and too many people to enumerate.
    """
    first, last = finite_vector(begin, "begin"), finite_vector(end, "end")
    time, a, d = hazard.time, hazard.at_risk - hazard.events + 1, hazard.events
    known = np.array([hazard.survival(x, y) for x, y in zip(first, last, strict=True)])
    if ends:
        stops = np.unique(last)
        time = np.concatenate((time, stops))
        a = np.concatenate((a, [hazard.after(t) for t in stops]))
        d = np.concatenate((d, np.ones(stops.size)))
    cover = ((time > first[:, None]) & (time <= last[:, None])).astype(np.float64)
    use = cover.any(axis=0)
    drawn = np.empty(0)
    if first.size > MOST_ENUMERATED:
        if rng is None:
            raise InputError(
                f"{first.size} treated people are too many to enumerate", where="rng",
                remedy="Give a seeded generator.",
            )  # fmt: skip
        drawn = _draw(a[use], d[use], cover[:, use], rng)
    return AliveLaw(a=a[use], d=d[use], cover=cover[:, use], known=known, drawn=drawn)


def _draw(a: Floats, d: Floats, cover: Floats, rng: np.random.Generator) -> Floats:
    """Log survival over each window in `DRAWS` curves (draws, n)."""
    total = np.zeros((DRAWS, cover.shape[0]))
    for k in range(a.size):
        share = rng.beta(a[k], d[k], DRAWS) if a[k] > 0 else np.zeros(DRAWS)
        step = np.log(np.maximum(share, 1e-300))
        total += step[:, None] * cover[:, k]
    return total


def _subset_sums(a: Floats, d: Floats, cover: Floats, ratio: float) -> Floats:
    """Σ over subsets of s people of P(all s event-free), s = 0 … n: (n + 1,).

    At a point with share B ~ Beta(a, d), m of the subset at risk go on together with probability
    E[B^(ratio·m)] = B(a + ratio·m, d)/B(a, d).
    """
    from scipy.special import betaln

    n = cover.shape[0]
    subsets = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.int64)
    size = subsets.sum(axis=1)
    moved = a[:, None] + ratio * np.arange(n + 1.0)
    with np.errstate(invalid="ignore"):
        table = betaln(moved, d[:, None]) - betaln(a, d)[:, None]
    table[:, 0] = 0.0
    table[np.ix_(a <= 0, np.arange(1, n + 1))] = -np.inf
    at_risk = subsets @ cover.astype(np.int64)  # (2**n, k)
    log_all = table[np.arange(a.size), at_risk].sum(axis=1)
    sums: Floats = np.zeros(n + 1)
    np.add.at(sums, size, np.exp(log_all))
    return sums


def _from_subsets(sums: Floats, n: int) -> Floats:
    """P(exactly e events), e = 0 … n, by inclusion and exclusion on the number event-free."""
    alive = np.zeros(n + 1)
    for r in range(n + 1):
        alive[r] = sum((-1) ** (s - r) * comb(s, r) * sums[s] for s in range(r, n + 1))
    return np.clip(alive[::-1], 0.0, 1.0)


def poisson_binomial(chance: Floats) -> Floats:
    """Law of the sum of independent events: chance (runs, n) to probability (runs, n + 1)."""
    runs, n = chance.shape
    law = np.zeros((runs, n + 1))
    law[:, 0] = 1.0
    for j in range(n):
        p = chance[:, j, None]
        law[:, 1:] = law[:, 1:] * (1 - p) + law[:, :-1] * p
        law[:, 0] *= 1 - chance[:, j]
    return law
