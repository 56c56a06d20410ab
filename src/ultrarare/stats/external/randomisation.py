"""Exact tests: would another choice of who was treated have looked as good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, prod
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Counts,
    Flags,
    Floats,
    finite_vector,
    flag_vector,
    freeze,
    require_level,
    same_length,
)
from ultrarare.words import counted

MOST_ENUMERATED: Final = 1_000_000
"""Below this many assignments all are gone through; from here on they are drawn."""
_SPARE: Final = 3
"""People left over, beyond strata, covariates and the effect, before outcomes are adjusted."""
_NOTHING: Final = 1e-9
"""Differences this small, relative to the scores, are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attainable:
    """What a randomisation test can reach at best; known before any outcome is read."""

    treated: int
    untreated: int
    assignments: int  # how many there are
    exact: bool  # whether all are gone through
    floor: float  # smallest one-sided p
    floor_two_sided: float

    def can_reach(self, alpha: float) -> bool:
        """Whether a two-sided p of at most `alpha` is possible."""
        return self.floor_two_sided <= alpha

    def summary(self) -> str:
        """One line, to be printed before outcomes are read."""
        how = "all gone through" if self.exact else "drawn at random"
        return (
            f"{self.treated} treated and {counted(self.untreated, 'untreated person')} can be "
            "arranged in "
            f"{self.assignments:.6g} ways ({how}); the smallest attainable p is {self.floor:.3g} "
            f"one-sided and {self.floor_two_sided:.3g} two-sided"
        )


def attainable(
    set_sizes: Sequence[int], treated: Sequence[int] | None = None, *, draws: int = 99_999
) -> Attainable:
    """The smallest p of a randomisation test, from the design alone.

    Args:
        set_sizes: people in each set, treated and untreated together; one entry where everybody
            can be exchanged with everybody.
        treated: how many of each set are treated; one each where not given.
        draws: assignments drawn where there are too many to go through.

    Raises:
        InputError: no set, a set without a treated or without an untreated person, no draw.
    """
    picked = [1] * len(set_sizes) if treated is None else list(treated)
    if not set_sizes or len(picked) != len(set_sizes):
        raise InputError(
            f"{len(set_sizes)} sets and {len(picked)} counts of treated; allowed are as many, at "
            "least one",
            where="set_sizes",
        )
    for size, n in zip(set_sizes, picked, strict=True):
        if not 1 <= n < size:
            raise InputError(
                f"a set of {size} with {n} treated; needed are a treated and an untreated person",
                where="set_sizes",
            )
    if draws < 1:
        raise InputError(f"{draws} draws; allowed is at least 1", where="draws")
    ways = prod(comb(size, n) for size, n in zip(set_sizes, picked, strict=True))
    exact = ways < MOST_ENUMERATED
    floor = 1 / ways if exact else 1 / (draws + 1)
    return Attainable(
        treated=sum(picked),
        untreated=sum(set_sizes) - sum(picked),
        assignments=ways,
        exact=exact,
        floor=floor,
        floor_two_sided=min(1.0, 2 * floor),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Randomisation:
    """Treated minus untreated, with the p that other assignments of treatment give."""

    estimate: float  # in the unit of the outcome
    lower: float | None  # None: no limit at this level can be had from so few assignments
    upper: float | None
    level: float
    p_lower: float  # share of assignments with a difference at least as low
    p_higher: float
    attainable: Attainable
    adjusted: int  # covariates taken out of the outcome
    statistics: Floats  # (assignments,) standardised difference under each assignment
    observed: float  # the standardised difference that was seen
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def p_two_sided(self) -> float:
        """Twice the smaller of the two."""
        return min(1.0, 2 * min(self.p_lower, self.p_higher))

    def p_benefit(self, improves: str) -> float:
        """One-sided p in the direction of benefit."""
        return self.p_lower if improves == "lower" else self.p_higher

    def summary(self) -> str:
        """One line for a log or a terminal."""
        low, high = (("unbounded" if x is None else f"{x:.4g}") for x in (self.lower, self.upper))
        line = (
            f"difference {self.estimate:.4g} ({100 * self.level:g}% interval {low} to {high}), "
            f"p {self.p_two_sided:.3g} two-sided; {self.attainable.summary()}"
        )
        return "; ".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """The distribution of the standardised difference, in at most 40 bins."""
        counts, edges = np.histogram(self.statistics, bins=40)
        return [
            {"from": float(edges[i]), "to": float(edges[i + 1]), "assignments": int(counts[i])}
            for i in range(counts.size)
        ]


def randomisation_test(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
    covariates: Floats | None = None,
    level: float = 0.95,
    draws: int = 99_999,
    rng: np.random.Generator,
) -> Randomisation:
    """Compare the treated with everyone who could have been treated in their place.

    Args:
        outcome: (m,) outcomes of treated and untreated people, finite.
        treated: (m,) flags.
        stratum: (m,) labels of matched sets; treatment is reassigned inside a set only. Without
            it any subset of as many people could have been the treated.
        covariates: (m, p) what is taken out of the outcome first; None for nothing.
        level: coverage of the interval.
        draws: assignments drawn where there are a million or more.
        rng: used for these draws only.

    Raises:
        InputError: unequal lengths, values that are not finite, a set without both arms.
        NotComputable: no treated or no untreated person, or covariates tell the arms apart.

    Notes:
        The statistic is the mean over sets of (treated mean − untreated mean) of the outcome's
        residuals from a regression on the covariates with one intercept a set, divided by its
        standard deviation under that assignment; residuals are of all people under the
        hypothesis, so the test is exact where treatment was as good as random inside sets
        (Fisher; Rosenbaum 2002), whatever the regression. Both the statistic and the hypothesis
        "the effect is τ" are linear in τ, so each assignment has one τ at which it overtakes
        the observed one, and the interval is read from the order of these. The estimate sets the
        statistic to its mean under reassignment; without sets it is the coefficient of analysis
        of covariance. Checked in tests/oracles/test_external_oracle.py.
    """
    require_level(level)
    y, a = finite_vector(outcome, "outcome"), flag_vector(treated, "treated")
    same_length(outcome=y, treated=a)
    order, starts, picks = _strata(a, stratum)
    y, a = y[order], a[order]
    x, said = _adjustable(covariates, order, starts)
    parts = _columns(y, a, x, starts, picks)
    reach = attainable(np.diff(starts).tolist(), picks.tolist(), draws=draws)
    observed = parts[a].sum(axis=0)
    sums = _assignments(parts, starts, picks, reach, observed, draws, rng)
    spread = _spread(starts, picks)
    gap, slope, statistics, seen = _gaps(observed, sums, spread)
    if np.ptp(y) == 0:
        said = (*said, "all outcomes are identical: the interval has no width and means nothing")
    return Randomisation(
        estimate=float(observed[0] / observed[1]),
        lower=_limit(gap, slope, (1 - level) / 2),
        upper=_negative(_limit(-gap, slope, (1 - level) / 2)),
        level=level,
        p_lower=float(np.mean(gap >= 0)),
        p_higher=float(np.mean(gap <= 0)),
        attainable=reach,
        adjusted=x.shape[1],
        statistics=statistics,
        observed=seen,
        caveats=(*said, *_reach_caveats(reach, level)),
    )


def _strata(a: Flags, stratum: ArrayLike | None) -> tuple[Counts, Counts, Counts]:
    """Order that sorts by set, first row of each set and the end, treated of each set."""
    if not a.any() or a.all():
        raise NotComputable(
            f"{int(a.sum())} treated and {counted(int((~a).sum()), 'untreated person')}",
            remedy="Bring at least one person of each arm with an outcome.",
        )
    labels = np.zeros(a.size, np.int64) if stratum is None else np.asarray(stratum)
    same_length(treated=a, stratum=labels)
    _, code = np.unique(labels, return_inverse=True)
    order = np.argsort(code, kind="stable").astype(np.int64)
    sizes = np.bincount(code)
    picks = np.bincount(code, weights=a).astype(np.int64)
    if (bad := np.flatnonzero((picks == 0) | (picks == sizes))).size:
        raise InputError(
            f"{bad.size} of {sizes.size} sets hold people of one arm only", where="stratum"
        )
    return order, np.concatenate(([0], np.cumsum(sizes))).astype(np.int64), picks


def _adjustable(
    covariates: Floats | None, order: Counts, starts: Counts
) -> tuple[Floats, tuple[str, ...]]:
    """Orthonormal basis of the covariates inside sets; none where people are too few."""
    m, sets = order.size, starts.size - 1
    if covariates is None or covariates.shape[1] == 0:
        return np.empty((m, 0)), ()
    x = _centred(np.asarray(covariates, dtype=np.float64)[order], starts)
    left, size, _ = np.linalg.svd(x, full_matrices=False)
    basis = left[:, size > 1e-8 * max(1.0, float(size.max(initial=0.0)))]
    if m - sets - basis.shape[1] - 1 < _SPARE:
        return np.empty((m, 0)), (
            f"{counted(m, 'person')} in {sets} sets are too few to take "
            f"{counted(basis.shape[1], 'covariate')} out of "
            "the outcome: differences left inside sets are not adjusted for",
        )
    return np.ascontiguousarray(basis), ()


def _centred(values: Floats, starts: Counts) -> Floats:
    """Values minus the mean of their set."""
    sizes = np.diff(starts)
    means = np.add.reduceat(values, starts[:-1], axis=0) / sizes.reshape(
        (-1,) + (1,) * (values.ndim - 1)
    )
    return np.asarray(values - np.repeat(means, sizes, axis=0), dtype=np.float64)


def _unit_weights(starts: Counts, picks: Counts) -> Floats:
    """What a picked person counts, so that sums of centred values are differences of means."""
    sizes = np.diff(starts)
    share = picks / picks.sum()
    return np.repeat(share * sizes / (picks * (sizes - picks)), sizes)


def _columns(y: Floats, a: Flags, basis: Floats, starts: Counts, picks: Counts) -> Floats:
    """Columns to sum: residual outcome, residual treatment, then the basis, all weighted."""
    weight = _unit_weights(starts, picks)
    both = _centred(np.column_stack((y, a.astype(np.float64))), starts)
    rest = both - basis @ (basis.T @ both)
    # The contrast of an assignment has this part along the basis: the weights differ by set, and
    # the basis is centred inside sets, so the sum over the picked is the whole product.
    parts = np.column_stack((rest, basis)) * weight[:, None]
    if float(parts[a, 1].sum()) < 1e-6:
        raise NotComputable(
            "the covariates tell treated and untreated people apart, so the effect cannot be "
            "told from theirs",
            remedy="Take fewer covariates, or bring untreated people like the treated.",
        )
    return np.ascontiguousarray(parts)


def _spread(starts: Counts, picks: Counts) -> float:
    """Squared length of the contrast of any assignment, before the basis is taken out."""
    sizes, share = np.diff(starts), picks / picks.sum()
    return float(np.sum(share**2 * (1 / picks + 1 / (sizes - picks))))


def _assignments(
    parts: Floats,
    starts: Counts,
    picks: Counts,
    reach: Attainable,
    observed: Floats,
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    from ultrarare.stats.external.permute import all_assignments, drawn_assignments

    if reach.exact:
        return all_assignments(parts, starts, picks, reach.assignments)
    drawn = drawn_assignments(parts, starts, picks, draws, rng)
    return np.vstack((drawn, observed))  # the observed assignment is one of the possible ones


def _gaps(observed: Floats, sums: Floats, spread: float) -> tuple[Floats, Floats, Floats, float]:
    """Observed minus each assignment, of outcome and of treatment, both standardised."""

    def standard(rows: Floats) -> Floats:
        left = np.maximum(spread - (rows[:, 2:] ** 2).sum(axis=1), 1e-9 * spread)
        return np.asarray(rows[:, :2] / np.sqrt(left)[:, None], dtype=np.float64)

    seen, each = standard(observed[None])[0], standard(sums)
    gap, slope = seen[0] - each[:, 0], seen[1] - each[:, 1]
    gap[np.abs(gap) <= _NOTHING * max(float(np.abs(each[:, 0]).max()), 1e-300)] = 0.0
    slope[np.abs(slope) <= _NOTHING * float(np.abs(each[:, 1]).max())] = 0.0
    return gap, slope, each[:, 0], float(seen[0])


def _limit(gap: Floats, slope: Floats, alpha: float) -> float | None:
    """Smallest effect τ at which more than `alpha` of assignments reach the observed statistic.

    An assignment reaches it where gap ≤ τ·slope. Negative slopes, which only unequal sets bring,
    count up to their τ; the hull of what is not rejected is given.
    """
    total = gap.size
    count = int(np.sum((slope == 0) & (gap <= 0))) + int(np.sum(slope < 0))
    if count > alpha * total:
        return None
    moving = slope != 0
    at = gap[moving] / slope[moving]
    step = np.where(slope[moving] > 0, 1, -1)
    order = np.lexsort((-step, at))
    reached = np.flatnonzero(count + np.cumsum(step[order]) > alpha * total)
    return None if reached.size == 0 else float(at[order][reached[0]])


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _reach_caveats(reach: Attainable, level: float) -> tuple[str, ...]:
    alpha = 1 - level
    if reach.can_reach(alpha):
        return ()
    return (
        f"so few people cannot reach a two-sided p of {alpha:.2g}: the floor is "
        f"{reach.floor_two_sided:.3g}, and the {100 * level:g}% interval has no end",
    )
