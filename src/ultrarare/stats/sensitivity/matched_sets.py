"""Matched sets and their scores, each set with one person who stands alone in their arm."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Flags, Floats, finite_vector, flag_vector, same_length
from ultrarare.stats.sensitivity.conclusion import Direction

Statistic = Literal["signed-rank", "aligned-rank", "mean"]
STATISTICS: Final[tuple[str, ...]] = get_args(Statistic)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoredSets:
    """Sets as scores: what the statistic gains if this or that person is the one alone.

    Higher sums speak for benefit. `scores[s][0]` is what was observed.
    """

    scores: tuple[Floats, ...]
    whole: bool  # whether all scores are whole numbers
    statistic: Statistic
    sets: int  # that carry information
    dropped: int  # sets without a difference
    people: int

    @property
    def observed(self) -> float:
        """The statistic."""
        return float(sum(score[0] for score in self.scores))

    @property
    def floor(self) -> float:
        """Smallest p that these sets can reach without hidden bias."""
        return float(np.prod([((s == s.max()).sum()) / s.size for s in self.scores]))


def scored_sets(
    matched: Sequence[Hashable],
    treated: ArrayLike,
    value: ArrayLike,
    *,
    direction: Direction,
    statistic: Statistic | None = None,
) -> ScoredSets:
    """Scores of matched sets.

    Args:
        matched: (n,) whose set it is.
        treated: (n,) flags.
        value: (n,) outcomes, finite.
        direction: which values are better.
        statistic: `signed-rank` (Wilcoxon, pairs only), `aligned-rank` (Hodges and Lehmann), or
            `mean` (the permutational t test); signed ranks for pairs and aligned ranks otherwise if
            none is named.

    Raises:
        InputError: unequal lengths, a set without a treated or an untreated person or with two or
            more of both, signed ranks for sets that are no pairs, an unknown statistic.
        NotComputable: no set shows a difference.

    Notes:
        Sets without any difference between their people are left out: they say nothing. In a set
        with one untreated and several treated people the untreated one is the one alone
        (Rosenbaum 2002, §4.2; Hansen 2004).
    """
    flags, y = flag_vector(treated, "treated"), finite_vector(value, "value")
    same_length(treated=flags, value=y)
    if len(matched) != y.size:
        raise InputError(f"{len(matched)} sets for {y.size} values", where="set")
    y = y if direction == "higher" else -y
    groups = [_one_first(*_members(matched, name, flags, y)) for name in dict.fromkeys(matched)]
    pairs = all(values.size == 2 for values, _ in groups)
    chosen = statistic or ("signed-rank" if pairs else "aligned-rank")
    if chosen not in STATISTICS:
        raise InputError(
            f"found {chosen!r}; allowed are {', '.join(STATISTICS)}", where="statistic"
        )
    if chosen == "signed-rank" and not pairs:
        raise InputError(
            "signed ranks are for pairs, and some sets are larger",
            where="statistic",
            remedy="Take aligned-rank or mean.",
        )
    kept = [group for group in groups if np.ptp(group[0]) > 0]
    if not kept:
        raise NotComputable("no set shows a difference between its people", where="value")
    scores = {"signed-rank": _signed, "aligned-rank": _aligned, "mean": _mean}[chosen](kept)
    return ScoredSets(
        scores=tuple(scores),
        whole=chosen != "mean",
        statistic=chosen,
        sets=len(kept),
        dropped=len(groups) - len(kept),
        people=sum(values.size for values, _ in kept),
    )


Group = tuple[Floats, bool]  # values with the one alone first, and whether that one is treated


def _members(
    matched: Sequence[Hashable], name: Hashable, flags: Flags, y: Floats
) -> tuple[Hashable, Flags, Floats]:
    at = np.array([m == name for m in matched])
    return name, flags[at], y[at]


def _one_first(name: Hashable, flags: Flags, y: Floats) -> Group:
    treated, untreated = y[flags], y[~flags]
    if min(treated.size, untreated.size) != 1:
        raise InputError(
            f"set {name} has {treated.size} treated and {untreated.size} untreated; allowed is "
            "one of either with one or more of the other",
            where="set",
        )
    if treated.size == 1:
        return np.concatenate((treated, untreated)), True
    return np.concatenate((untreated, treated)), False


def _signed(groups: list[Group]) -> list[Floats]:
    """Twice the rank of the pair's difference if positive, else 0: whole even with ties."""
    difference = np.array([v[0] - v[1] if alone else v[1] - v[0] for v, alone in groups])
    ranks = 2 * rankdata(np.abs(difference))
    return [
        np.array([r, 0.0]) if d > 0 else np.array([0.0, r])
        for d, r in zip(difference, ranks, strict=True)
    ]


def _aligned(groups: list[Group]) -> list[Floats]:
    """Twice the rank, over everybody, of the value minus the mean of its set."""
    aligned = np.concatenate([v - v.mean() for v, _ in groups])
    # differences that are rounding would break ties
    ranks = 2 * rankdata(np.round(aligned, 12 - _digits(aligned)))
    ends = np.cumsum([v.size for v, _ in groups])[:-1]
    return _of_the_one(np.split(ranks, ends), groups)


def _digits(values: Floats) -> int:
    return int(np.ceil(np.log10(np.abs(values).max())))


def _mean(groups: list[Group]) -> list[Floats]:
    """The treated mean minus the untreated one, for each who could be the one alone."""
    out = []
    for values, alone in groups:
        others = (values.sum() - values) / (values.size - 1)
        out.append(values - others if alone else others - values)
    return out


def _of_the_one(ranks: list[Floats], groups: list[Group]) -> list[Floats]:
    """Sum of the treated's ranks, for each who could be the one alone."""
    return [r if alone else r.sum() - r for r, (_, alone) in zip(ranks, groups, strict=True)]
