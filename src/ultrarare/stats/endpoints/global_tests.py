"""One test of several endpoints: O'Brien's rank sums and Wei and Lachin's average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import norm, t

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Flags, Floats, freeze
from ultrarare.stats.endpoints.kernel import endpoint_scores
from ultrarare.stats.endpoints.outcomes import Outcomes
from ultrarare.stats.endpoints.permutation import DRAWS, Permuted, permuted
from ultrarare.words import counted

ENOUGH: Final = 10
"""People of the smaller arm from which on z is given a p."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OBrien:
    """Mean relative rank over endpoints, treated minus untreated."""

    score: Floats  # (N,) mean over known endpoints of (midrank − ½)/number known, in 0 … 1
    difference: float  # of means, treated minus untreated; above 0 is better
    permutation: Permuted
    t: float | None  # of the two-sample t test on the scores
    p_t: float | None  # two-sided
    treated: int
    untreated: int
    complete: bool  # whether people with an unknown endpoint were left out
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line, then caveats."""
        p = self.permutation
        line = (
            f"O'Brien, {'complete' if self.complete else 'available'} cases: mean relative rank "
            f"{self.difference:+.3f}, p {p.p_value:.3g} two-sided, {p.p_benefit:.3g} towards "
            f"benefit (smallest attainable {p.floor:.3g})"
        )
        return "\n".join((line, *self.caveats))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            **self.permutation.to_json(),
            "difference": self.difference,
            "t": self.t,
            "p_t": self.p_t,
            "treated": self.treated,
            "untreated": self.untreated,
        }


def obrien(
    outcomes: Outcomes,
    *,
    complete: bool = False,
    draws: int = DRAWS,
    rng: np.random.Generator,
) -> OBrien:
    """Test the mean rank over endpoints.

    Args:
        outcomes: people by endpoints.
        complete: leave out people with an unknown endpoint; else each counts with what is known.
        draws: see `permuted`.
        rng: see `permuted`.

    Raises:
        NotComputable: `complete`, and an arm without anybody of whom everything is known.

    Notes:
        O'Brien 1984. Midranks are among all people known in that endpoint; a censored time takes
        half of the comparisons that it leaves open (Gehan 1965). The t test is the one of the
        paper; the exact p comes from every choice of the treated. Endpoints unknown in a whole
        arm are left out. Checked in tests/oracles/test_endpoints_oracle.py.
    """
    use = outcomes.usable()
    score, kept, a = relative_ranks(outcomes, complete=complete)
    n, m = int(a.sum()), int((~a).sum())
    if n == 0 or m == 0:
        raise NotComputable(
            f"{n} treated and {counted(m, 'untreated person')} have every endpoint known",
            remedy="Use what is known of each person (available cases).",
        )
    mean = float(score[a].mean() - score[~a].mean())

    def statistic(sums: Floats) -> Floats:
        return np.asarray(sums / n - (score.sum() - sums) / m)

    found = permuted(score[:, None], a, statistic, draws=draws, rng=rng)[0]
    said = list(found.caveats)
    if complete and (gone := int((~kept).sum())):
        said.append(f"people left out for an unknown endpoint: {gone}")
    elif not complete and not outcomes.known[:, use].all():
        said.append("people count with the endpoints that are known of them, which vary")
    value, p = _t_test(score, a)
    return OBrien(
        score=score, difference=mean, permutation=found, t=value, p_t=p, treated=n, untreated=m,
        complete=complete, caveats=tuple(said),
    )  # fmt: skip


def relative_ranks(o: Outcomes, *, complete: bool = False) -> tuple[Floats, Flags, Flags]:
    """Mean relative rank of each person kept, who is kept, and the arms of these."""
    use = o.usable()
    known = o.known[:, use]
    kept = known.all(axis=1) if complete else known.any(axis=1)
    values, event = o.values[kept][:, use], o.event[kept][:, use]
    known = known[kept]
    size = known.sum(axis=0)
    scores = endpoint_scores(
        np.ascontiguousarray(values), np.ascontiguousarray(event), o.timed[use], o.sign[use]
    )
    rank = (scores + size) / (2 * np.maximum(size, 1))  # (midrank − ½) / size
    mean = np.where(known, rank, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.asarray(mean), np.asarray(kept), o.treated[kept]


def _t_test(score: Floats, a: Flags) -> tuple[float | None, float | None]:
    """Pooled two-sample t; None where people are too few or all alike."""
    n, m = int(a.sum()), int((~a).sum())
    if n + m < 3:
        return None, None
    within = ((score[a] - score[a].mean()) ** 2).sum() + ((score[~a] - score[~a].mean()) ** 2).sum()
    spread = float(np.sqrt(within / (n + m - 2) * (1 / n + 1 / m)))
    if spread < 1e-12:
        return None, None
    value = float((score[a].mean() - score[~a].mean()) / spread)
    return value, float(2 * t.sf(abs(value), n + m - 2))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WeiLachin:
    """Weighted average over endpoints of P(treated better) − P(treated worse)."""

    names: tuple[str, ...]  # (K,) endpoints known in both arms
    effect: Floats  # (K,) in −1 … 1
    weight: Floats  # (K,) adding up to 1
    average: float
    permutation: Permuted
    by_endpoint: tuple[Permuted, ...]  # each endpoint alone
    se: float | None  # large-sample
    z: float | None
    p_z: float | None  # two-sided; None where an arm has fewer than `ENOUGH` people
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line, then caveats."""
        p = self.permutation
        line = (
            f"Wei–Lachin: better minus worse {self.average:+.3f} over {len(self.names)} endpoints, "
            f"p {p.p_value:.3g} two-sided, {p.p_benefit:.3g} towards benefit (smallest attainable "
            f"{p.floor:.3g})"
        )
        return "\n".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row an endpoint."""
        return [
            {
                "endpoint": name,
                "effect": float(self.effect[k]),
                "weight": float(self.weight[k]),
                "p_value": self.by_endpoint[k].p_value,
                "p_benefit": self.by_endpoint[k].p_benefit,
            }
            for k, name in enumerate(self.names)
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            **self.permutation.to_json(),
            "average": self.average,
            "se": self.se,
            "z": self.z,
            "p_z": self.p_z,
            "endpoints": self.to_rows(),
        }


def wei_lachin(outcomes: Outcomes, *, draws: int = DRAWS, rng: np.random.Generator) -> WeiLachin:
    """Test the weighted average of pairwise comparisons.

    Args:
        outcomes: people by endpoints; weights are the rules'.
        draws: see `permuted`.
        rng: see `permuted`.

    Notes:
        Wei and Lachin 1984; Lachin 1992. Each endpoint compares the pairs in which both are known.
        The exact p permutes whole records, so that correlation and missing cells stay with their
        person. z takes the variance of the U statistic from people's own means and is a
        large-sample number: below `ENOUGH` people of an arm it rejects too often and is given no p
        (docs/validation/endpoints.md). Checked in tests/oracles/test_endpoints_oracle.py.
    """
    use = outcomes.usable()
    a = outcomes.treated
    known = outcomes.known[:, use].astype(np.float64)
    scores = endpoint_scores(
        np.ascontiguousarray(outcomes.values[:, use]),
        np.ascontiguousarray(outcomes.event[:, use]),
        outcomes.timed[use],
        outcomes.sign[use],
    )
    weight = np.array([r.weight for r, keep in zip(outcomes.rules, use, strict=True) if keep])
    weight = weight / weight.sum()
    width, total = int(use.sum()), known.sum(axis=0)

    def statistics(sums: Floats) -> Floats:
        pairs = sums[:, width:] * (total - sums[:, width:])
        effect = np.where(pairs > 0, sums[:, :width] / np.maximum(pairs, 1), 0.0)
        return np.column_stack((effect @ weight, effect))

    columns = np.column_stack((scores, known))
    average, *single = permuted(columns, a, statistics, draws=draws, rng=rng)
    effect = np.array([p.statistic for p in single])
    se, said = _standard_error(outcomes, use, effect, weight)
    z = None if se is None else average.statistic / se
    few = min(outcomes.counts) < ENOUGH
    if z is not None and few:
        said = (f"z has no p: an arm has fewer than {ENOUGH} people",)
    names = tuple(r.name for r, keep in zip(outcomes.rules, use, strict=True) if keep)
    return WeiLachin(
        names=names, effect=effect, weight=weight, average=average.statistic,
        permutation=average, by_endpoint=tuple(single), se=se, z=z,
        p_z=None if z is None or few else float(2 * norm.sf(abs(z))),
        caveats=(*average.caveats, *said),
    )  # fmt: skip


def _standard_error(
    o: Outcomes, use: Flags, effect: Floats, weight: Floats
) -> tuple[float | None, tuple[str, ...]]:
    """Of the average, from the spread of people's mean comparisons with the other arm."""
    n, m = o.counts
    if min(n, m) < 2:
        return None, ("no z: a single person in an arm has no spread",)
    variance = 0.0
    for arm in (o.treated, ~o.treated):
        own = _against(o, use, arm)  # (people of the arm, K), for the treated
        known = o.known[arm][:, use]
        share = known.mean(axis=0)
        part = np.where(known, own - effect, 0.0) / np.where(share > 0, share, 1.0)
        variance += float(np.var(part @ weight, ddof=1)) / int(arm.sum())
    if variance < 1e-12:
        return None, ("no z: nobody of an arm differs from another",)
    return float(np.sqrt(variance)), ()


def _against(o: Outcomes, use: Flags, arm: Flags) -> Floats:
    """Mean comparison of each person of an arm with the other, in favour of the treated.

    Better minus worse against everybody, less that against the own arm.
    """
    everybody = endpoint_scores(
        np.ascontiguousarray(o.values[:, use]), np.ascontiguousarray(o.event[:, use]),
        o.timed[use], o.sign[use],
    )[arm]  # fmt: skip
    among = endpoint_scores(
        np.ascontiguousarray(o.values[arm][:, use]), np.ascontiguousarray(o.event[arm][:, use]),
        o.timed[use], o.sign[use],
    )  # fmt: skip
    others = o.known[~arm][:, use].sum(axis=0)
    side = 1.0 if bool(o.treated[arm][0]) else -1.0
    return np.asarray(side * (everybody - among) / np.maximum(others, 1))
