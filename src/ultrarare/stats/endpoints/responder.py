"""Multi-domain responder index: domains improved minus domains worsened, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    same_length,
)
from ultrarare.stats.endpoints.permutation import DRAWS, Permuted, permuted


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Responders:
    """The index of each person, as the lowest and highest it can be."""

    domains: tuple[str, ...]
    low: Counts  # (N, D) −1, 0 or 1; equal to `high` where the domain is known
    high: Counts  # (N, D)

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def lower(self) -> Counts:
        """(N,) index with unknown domains at their worst."""
        return np.asarray(self.low.sum(axis=1))

    @property
    def upper(self) -> Counts:
        """(N,) index with unknown domains at their best."""
        return np.asarray(self.high.sum(axis=1))

    def summary(self) -> str:
        """One line."""
        known = int((self.lower == self.upper).sum())
        return (
            f"responder index over {len(self.domains)} domains, known of {known} of "
            f"{self.lower.size} people"
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a person; a domain is None where it is not known."""
        return [
            {
                "lower": int(self.lower[i]),
                "upper": int(self.upper[i]),
                "domains": {
                    name: int(self.low[i, d]) if self.low[i, d] == self.high[i, d] else None
                    for d, name in enumerate(self.domains)
                },
            }
            for i in range(self.lower.size)
        ]


def responder_index(
    change: ArrayLike,
    relevant: Sequence[float],
    improves: Sequence[str],
    domains: Sequence[str],
) -> Responders:
    """Domains improved minus domains worsened.

    Args:
        change: (N, K) from baseline, NaN where it is not known.
        relevant: (K,) smallest difference that counts, above 0.
        improves: (K,) `lower` or `higher`.
        domains: (K,) to which each measure belongs. A domain with several is improved where one of
            them is and none is worse, worse where one is and none is improved, else neither.

    Raises:
        InputError: shapes, or a relevant difference that is not above 0.

    Notes:
        Tandon and Kakkis 2021. A change of exactly the relevant difference counts. Unknown is not
        "no response": the index is then given by its two ends.
    """
    x = np.asarray(change, dtype=np.float64)
    margin = np.asarray(relevant, dtype=np.float64)
    if x.ndim != 2 or not x.shape[1] == margin.size == len(improves) == len(domains) or not x.size:
        raise InputError(
            f"change has shape {x.shape} for {margin.size} differences, {len(improves)} directions "
            f"and {len(domains)} domains; allowed is a column each",
            where="change",
        )
    if not (np.isfinite(margin) & (margin > 0)).all():
        raise InputError("a response needs a difference above 0", where="relevant_difference")
    sign = np.array([1.0 if way == "higher" else -1.0 for way in improves])
    good = sign * x
    tol = 1e-9 * margin
    with np.errstate(invalid="ignore"):
        step = np.where(good >= margin - tol, 1, np.where(good <= -margin + tol, -1, 0))
    low = np.where(np.isnan(x), -1, step).astype(np.int64)
    high = np.where(np.isnan(x), 1, step).astype(np.int64)
    names = tuple(dict.fromkeys(domains))
    columns = [[k for k, name in enumerate(domains) if name == domain] for domain in names]
    return Responders(
        domains=names,
        low=np.column_stack([_domain(low[:, c], low[:, c] != high[:, c], -1) for c in columns]),
        high=np.column_stack([_domain(high[:, c], low[:, c] != high[:, c], 1) for c in columns]),
    )


def _domain(step: Counts, unknown: Flags, end: int) -> Counts:
    """The end of a domain: the sign of its measures where they do not disagree.

    An unknown measure stands at `end`, or at no change where that pulls the domain further.
    """
    sure = np.where(unknown, 0, step)
    ways = [_agree(sure), _agree(step)]
    return np.minimum(*ways) if end < 0 else np.maximum(*ways)


def _agree(step: Counts) -> Counts:
    up, down = (step > 0).any(axis=1), (step < 0).any(axis=1)
    return np.where(up & ~down, 1, np.where(down & ~up, -1, 0)).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedTest:
    """Difference of means between the arms, what is not known at either end."""

    difference: tuple[float, float]  # least and most favourable to the treated
    p_benefit: tuple[float, float]  # one-sided: at the best and at the worst
    p_value: tuple[float, float]  # two-sided, at least and at most
    floor: float  # two-sided

    def summary(self) -> str:
        """One line."""
        (low, high), (least, most) = self.difference, self.p_value
        return (
            f"treated minus untreated {low:+.3g} to {high:+.3g}, p {least:.3g} to {most:.3g} "
            f"two-sided (smallest attainable {self.floor:.3g})"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "difference": list(self.difference),
            "p_benefit": list(self.p_benefit),
            "p_value": list(self.p_value),
            "floor": self.floor,
        }


def compare_responders(
    found: Responders, treated: ArrayLike, *, draws: int = DRAWS, rng: np.random.Generator
) -> BoundedTest:
    """Exact comparison of the index; see `compare_bounded`."""
    return compare_bounded(found.lower, found.upper, treated, draws=draws, rng=rng)


def compare_bounded(
    lower: ArrayLike,
    upper: ArrayLike,
    treated: ArrayLike,
    *,
    draws: int = DRAWS,
    rng: np.random.Generator,
) -> BoundedTest:
    """Compare scores of which some are known as an interval only, higher being better.

    Args:
        lower: (N,) scores, or their lowest possible values.
        upper: (N,) their highest.
        treated: (N,) flags.
        draws: see `permuted`.
        rng: see `permuted`.

    Raises:
        InputError: unequal lengths, or values that are not finite.
        NotComputable: an arm is empty.

    Notes:
        p towards benefit falls as a treated person's score rises and rises with an untreated
        one's, so its ends are attained with what is not known at its ends.
    """
    low, high = finite_vector(lower, "lower"), finite_vector(upper, "upper")
    a = flag_vector(treated, "treated")
    same_length(lower=low, upper=high, treated=a)
    if not a.any() or a.all():
        raise NotComputable("an arm is empty", remedy="Bring people of both arms.")
    n, m = int(a.sum()), int((~a).sum())
    seed = int(rng.integers(2**63))  # both ends see the same draws

    def test(score: Floats) -> Permuted:
        def mean(sums: Floats) -> Floats:
            return np.asarray(sums / n - (score.sum() - sums) / m)

        own = np.random.default_rng(seed)
        return permuted(score[:, None], a, mean, draws=draws, rng=own)[0]

    worst, best = test(np.where(a, low, high)), test(np.where(a, high, low))
    return BoundedTest(
        difference=(worst.statistic, best.statistic),
        p_benefit=(best.p_benefit, worst.p_benefit),
        p_value=(
            min(1.0, 2 * min(best.p_benefit, worst.p_harm)),
            min(1.0, 2 * min(worst.p_benefit, best.p_harm)),
        ),
        floor=worst.floor,
    )
