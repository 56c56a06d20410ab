"""Exact test of two groups by relabelling: the sum of the treated people's scores.

Many statistics are such a sum with scores that labels do not change: the score of a log-rank test,
rank sums, net benefit of pairwise comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import comb
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Flags, Floats, finite_vector, flag_vector, same_length
from ultrarare.stats.blocks import in_blocks
from ultrarare.stats.compiled import compiled

MOST_ENUMERATED: Final = 1_000_000
"""With more relabellings than this they are drawn at random, unless scores are whole numbers."""
DRAWS: Final = 99_999
_BLOCK: Final = 10_000
_MOST_STEPS: Final = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabelling:
    """Where the sum of the treated scores lies among all relabellings of the people.

    p values count the labels as they are. Exact ones are shares of all relabellings; drawn ones
    are (b + 1)/(draws + 1). No p value below `floor` can come of these scores, whatever is found.
    """

    n_treated: int
    n_untreated: int
    excess: float  # sum of treated scores minus its mean over relabellings
    z: float | None  # excess by its sd over relabellings; None where scores are all alike
    p_less: float
    p_greater: float
    p_two_sided: float  # as far from the mean or farther, either way
    floor: float  # smallest two-sided p these scores allow
    floor_one_sided: float  # smallest one-sided p, of the two directions
    exact: bool
    relabellings: int  # all of them, or how many were drawn

    def summary(self) -> str:
        """One line for a log or a terminal."""
        how = "all" if self.exact else "randomly drawn"
        return (
            f"p {self.p_two_sided:.4g} two-sided (smallest attainable {self.floor:.3g}; "
            f"{self.relabellings} {how} relabellings)"
        )


def relabel(
    scores: ArrayLike, treated: ArrayLike, *, seed: int = 1, draws: int = DRAWS
) -> Relabelling:
    """Test whether treated people's scores differ from the others'.

    Args:
        scores: (n,) one score a person, the same whatever the labels.
        treated: (n,) labels, both groups present.
        seed: of random relabellings; not used where all are counted.
        draws: how many, where not all are counted.

    Raises:
        InputError: unequal lengths, scores that are not finite, or no draw.
        NotComputable: a group is empty.

    Notes:
        Exact under the hypothesis that labels say nothing: neither of the outcome nor of how
        long or how closely people were observed. Whole-number or half-number scores: the
        distribution by recursion over people, exact at any n. Others: enumeration to 1,000,000
        relabellings, beyond that drawn in seeded blocks. Sums within 1e-9 of the observed one,
        relatively, count as equal.
        Oracle: tests/oracles/test_relabel_oracle.py.
    """
    s, z = finite_vector(scores, "scores"), flag_vector(treated, "treated")
    same_length(scores=s, treated=z)
    if draws < 1:
        raise InputError("at least one draw is needed", where="draws")
    n, size = z.size, int(z.sum())
    if size in {0, n}:
        raise NotComputable("one of the two groups is empty", remedy="Give people of both groups.")
    few = z if 2 * size <= n else ~z
    centred = s - s.mean()
    excess = float(centred[z].sum())
    tails, exact, count = _tails(s, centred, few, seed, draws)
    less, greater, both = tails if few is z else (tails[1], tails[0], tails[2])
    floor, one = _floors(centred, int(few.sum()))
    sd = float(np.sqrt(size * (n - size) / n * centred.var(ddof=1))) if n > 1 else 0.0
    flat = sd <= 1e-12 * max(1.0, float(np.abs(s).max()))
    return Relabelling(
        n_treated=size,
        n_untreated=n - size,
        excess=excess,
        z=None if flat else excess / sd,
        p_less=1.0 if flat else min(1.0, less),
        p_greater=1.0 if flat else min(1.0, greater),
        p_two_sided=1.0 if flat else min(1.0, both),
        floor=floor if exact else max(floor, 1 / (draws + 1)),
        floor_one_sided=one if exact else max(one, 1 / (draws + 1)),
        exact=exact,
        relabellings=count,
    )


def design_floor(n_treated: int, n_untreated: int) -> float:
    """Smallest one-sided p that any scores allow: known before the data are seen."""
    return 1 / comb(n_treated + n_untreated, n_treated)


def _tails(
    scores: Floats, centred: Floats, few: Flags, seed: int, draws: int
) -> tuple[tuple[float, float, float], bool, int]:
    """P(sum ≤ observed), P(≥), P(as far or farther) of the smaller group's centred sum."""
    n, size = few.size, int(few.sum())
    total = comb(n, size)
    observed = float(centred[few].sum())
    slack = 1e-9 * max(1e-300, float(np.abs(centred).sum()))
    if (whole := _whole(scores, size)) is not None and total < 1e300:
        sums, weight = _distribution(whole, size)
        sums = sums / 2 - size * float(scores.mean())
        weight = weight / weight.sum()
        tails = (
            float(weight[sums <= observed + slack].sum()),
            float(weight[sums >= observed - slack].sum()),
            float(weight[np.abs(sums) >= abs(observed) - slack].sum()),
        )
        return tails, True, total
    if total <= MOST_ENUMERATED:
        counts = _enumerate(centred, size, observed, slack)
        less, greater, both = (counts / total).tolist()
        return (less, greater, both), True, total
    task = partial(_draw, centred, size, observed, slack)
    drawn = np.sum(in_blocks(task, draws, seed=seed, size=_BLOCK), axis=0)
    less, greater, both = ((drawn + 1) / (draws + 1)).tolist()
    return (less, greater, both), False, draws


def _draw(
    centred: Floats,
    size: int,
    observed: float,
    slack: float,
    block: tuple[int, np.random.SeedSequence],
) -> Counts:
    runs, seed = block
    uniform = np.random.default_rng(seed).random((runs, size))
    return _shuffle(centred, uniform, observed, slack)


def _whole(scores: Floats, size: int) -> Counts | None:
    """Twice the scores above their least one as whole numbers, if that is what they are."""
    doubled = 2 * (scores - scores.min())
    whole = np.rint(doubled)
    if np.abs(doubled - whole).max() > 1e-9 or abs(2 * scores.min() % 1) > 1e-9:
        return None
    if scores.size * size * (whole.max() * size + 1) > _MOST_STEPS:
        return None
    out: Counts = whole.astype(np.int64) + round(2 * float(scores.min()))
    return out


def _distribution(doubled: Counts, size: int) -> tuple[Floats, Floats]:
    """Possible doubled sums of `size` people and how many relabellings give each."""
    base = int(doubled.min())
    above = doubled - base
    most = int(np.sort(above)[-size:].sum())
    sums: Floats = size * base + np.arange(most + 1.0)
    return sums, _recursion(above, size, most)


def _floors(centred: Floats, size: int) -> tuple[float, float]:
    """Smallest two-sided and one-sided p over all relabellings."""
    total = comb(centred.size, size)
    slack = 1e-9 * max(1e-300, float(np.abs(centred).sum()))
    ends = []
    for sign in (1.0, -1.0):
        ordered = np.sort(sign * centred)
        edge = ordered[size - 1]
        alike = int(np.sum(np.abs(ordered - edge) <= slack))
        inside = int(np.sum(ordered < edge - slack))
        ends.append((abs(float(ordered[:size].sum())), comb(alike, size - inside)))
    (low, n_low), (high, n_high) = ends
    one = min(n_low, n_high) / total
    if abs(low - high) <= slack:
        return min(1.0, (n_low + n_high) / total), min(1.0, one)
    return (n_low if low > high else n_high) / total, one


@compiled
def _recursion(above: Counts, size: int, most: int) -> Floats:
    """Number of subsets of `size` people by the sum of their scores, 0 to `most`."""
    ways = np.zeros((size + 1, most + 1))
    ways[0, 0] = 1.0
    for i in range(above.size):
        for k in range(min(i + 1, size), 0, -1):
            for total in range(above[i], most + 1):
                ways[k, total] += ways[k - 1, total - above[i]]
    return np.asarray(ways[size])


@compiled
def _enumerate(centred: Floats, size: int, observed: float, slack: float) -> Counts:
    """How many subsets have a sum ≤, ≥, and at least as far from 0 as, the observed one."""
    n = centred.size
    chosen, partial_sum = np.arange(size), np.zeros(size + 1)
    counts = np.zeros(3, np.int64)
    for k in range(size):
        partial_sum[k + 1] = partial_sum[k] + centred[chosen[k]]
    while True:
        value = partial_sum[size]
        counts[0] += value <= observed + slack
        counts[1] += value >= observed - slack
        counts[2] += abs(value) >= abs(observed) - slack
        k = size - 1
        while k >= 0 and chosen[k] == n - size + k:
            k -= 1
        if k < 0:
            return counts
        chosen[k] += 1
        partial_sum[k + 1] = partial_sum[k] + centred[chosen[k]]
        for later in range(k + 1, size):
            chosen[later] = chosen[later - 1] + 1
            partial_sum[later + 1] = partial_sum[later] + centred[chosen[later]]


@compiled
def _shuffle(centred: Floats, uniform: Floats, observed: float, slack: float) -> Counts:
    """The same counts over random subsets, one for each row of `uniform`."""
    n = centred.size
    pool = np.arange(n)
    counts = np.zeros(3, np.int64)
    for run in range(uniform.shape[0]):
        value = 0.0
        for k in range(uniform.shape[1]):
            other = k + int(uniform[run, k] * (n - k))
            pool[k], pool[other] = pool[other], pool[k]
            value += centred[pool[k]]
        counts[0] += value <= observed + slack
        counts[1] += value >= observed - slack
        counts[2] += abs(value) >= abs(observed) - slack
    return counts
