"""Intervals for a proportion: one count, or replicates that vary more than counting allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import betaincinv, ndtri, stdtrit

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Floats, count_vector, require_level, same_length

_SKEWED: Final = (
    "replicates scatter widely and the proportion lies near an edge: there the interval covers "
    "less than its level (0.89 at 0.95 in validation/replicates.py)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionInterval:
    """A proportion with its interval; `n` is the sum of trials that went in."""

    value: float
    lower: float
    upper: float
    level: float
    n: int
    method: str
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = (
            f"{self.value:.4g} ({100 * self.level:g}% interval {self.lower:.4g} to "
            f"{self.upper:.4g}; n = {self.n}; {self.method})"
        )
        return "; ".join((line, *self.caveats))


def wilson(successes: int, n: int, level: float = 0.95) -> ProportionInterval:
    """Wilson's score interval for one binomial proportion, without continuity correction.

    Args:
        successes: whole number from 0 to n.
        n: independent trials, ≥ 1.
        level: coverage, between 0 and 1.

    Raises:
        InputError: counts that are no counts, more successes than trials, or a bad level.

    Notes:
        Wilson (1927). Checked in tests/reference/test_binomial_intervals.py.
    """
    _require_counts(successes, n, level)
    z = float(ndtri((1 + level) / 2))
    lower, upper = score_limits(successes / n, n, z)
    return ProportionInterval(
        value=successes / n,
        lower=0.0 if successes == 0 else lower,
        upper=1.0 if successes == n else upper,
        level=level,
        n=n,
        method="Wilson score interval",
        caveats=(),
    )


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> ProportionInterval:
    """Clopper and Pearson's exact interval for one binomial proportion.

    Args:
        successes: whole number from 0 to n.
        n: independent trials, ≥ 1.
        level: least coverage, between 0 and 1.

    Raises:
        InputError: counts that are no counts, more successes than trials, or a bad level.

    Notes:
        Clopper and Pearson (1934); covers at least `level` and mostly more. Checked in
        tests/reference/test_binomial_intervals.py.
    """
    _require_counts(successes, n, level)
    tail = (1 - level) / 2
    lower = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    upper = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return ProportionInterval(
        value=successes / n,
        lower=lower,
        upper=upper,
        level=level,
        n=n,
        method="Clopper–Pearson exact interval",
        caveats=(),
    )


def beta_binomial(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> ProportionInterval:
    """Interval for the mean proportion over replicates, with the spread between them in it.

    Args:
        successes: (r,) successes in each replicate, whole numbers, 0 ≤ successes ≤ n.
        n: (r,) trials in each replicate, ≥ 1; for sequencing, the reads.
        level: coverage, between 0 and 1.

    Raises:
        InputError: unequal lengths, counts that are no counts, or a bad level.
        NotComputable: one replicate shows nothing of the spread between replicates.

    Notes:
        Beta-binomial variance p(1−p)[1/n + ρ(1−1/n)] for each replicate. ρ ≥ 0 by the moment
        equation Σwᵢ(pᵢ−p)²/(p(1−p)) = r−1 with wᵢ = nᵢ/(1+ρ(nᵢ−1)) (Williams 1982; Kleinman
        1973). The interval inverts the score (p̂−p)² ≤ t²p(1−p)/Σwᵢ with Student's t on r−1
        degrees of freedom, so it stays inside [0, 1] and pays for the few replicates. With
        equal n it is Wilson's interval at effective size Σn/φ. Coverage at three replicates
        is simulated in validation/replicates.py; checked in
        tests/reference/test_binomial_intervals.py.
    """
    require_level(level)
    k, size = _replicates(successes, n)
    rho, caveats = _overdispersion(k, size)
    weight = size / (1 + rho * (size - 1))
    p = float(np.sum(weight * k / size) / np.sum(weight))
    if rho > 0 and min(p, 1 - p) * (1 / rho - 1) < 1:
        caveats += (_SKEWED,)
    t = float(stdtrit(k.size - 1, (1 + level) / 2))
    lower, upper = score_limits(p, float(weight.sum()), t)
    return ProportionInterval(
        value=p,
        lower=0.0 if not k.any() else lower,
        upper=1.0 if np.array_equal(k, size) else upper,
        level=level,
        n=int(size.sum()),
        method=(
            f"beta-binomial, moment estimate of overdispersion ρ = {rho:.3g}, score interval with "
            f"t on {k.size - 1} degrees of freedom"
        ),
        caveats=caveats,
    )


def _require_counts(successes: int, n: int, level: float) -> None:
    require_level(level)
    count_vector([successes], "successes")
    count_vector([n], "n")
    if n < 1:
        raise InputError("no trial, at least one is needed", where="n")
    if successes > n:
        raise InputError(f"{successes} successes in {n} trials; allowed are 0 to {n}", where="n")


def _replicates(successes: ArrayLike, n: ArrayLike) -> tuple[Counts, Counts]:
    """Counts and sizes of at least two replicates, checked."""
    k, size = count_vector(successes, "successes"), count_vector(n, "n")
    same_length(successes=k, n=size)
    if (bad := np.flatnonzero((size < 1) | (k > size))).size:
        first = bad[0]
        raise InputError(
            f"{k[first]} successes in {size[first]} trials; n must be ≥ 1 and hold the successes",
            where=f"successes[{first}]",
        )
    if k.size == 1:
        raise NotComputable(
            "one replicate shows nothing of the spread between replicates",
            where="successes",
            remedy="Measure a second replicate, or use wilson and say that it counts reads only.",
        )
    return k, size


def _overdispersion(k: Counts, size: Counts) -> tuple[float, tuple[str, ...]]:
    """Moment estimate of ρ in [0, 1], and what to say about it."""
    few = (f"only {k.size} replicates",) if k.size < 5 else ()
    if not k.any() or np.array_equal(k, size):
        return 0.0, (
            *few,
            "all replicates are at the edge, so the spread between them cannot be estimated",
        )
    if _pearson(0.0, k, size) <= k.size - 1:
        return 0.0, (*few, "replicates vary no more than counting explains; ρ is set to 0")
    if _pearson(1.0, k, size) >= k.size - 1:
        return 1.0, (*few, "replicates disagree as much as is possible; ρ is set to 1")
    rho = brentq(lambda r: _pearson(r, k, size) - (k.size - 1), 0.0, 1.0, xtol=1e-15, rtol=1e-12)
    return float(rho), few


def _pearson(rho: float, k: Counts, size: Counts) -> float:
    """Σwᵢ(pᵢ−p)²/(p(1−p)), falling in ρ."""
    share: Floats = k / size
    weight = size / (1 + rho * (size - 1))
    p = np.sum(weight * share) / np.sum(weight)
    return float(np.sum(weight * (share - p) ** 2) / (p * (1 - p)))


def score_limits(p: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's limits: roots of (p̂−p)² = z²p(1−p)/n; `n` need not be whole."""
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))
