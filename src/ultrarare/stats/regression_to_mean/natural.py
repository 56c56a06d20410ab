"""Untreated people put through the same entry rule: what happened to them next?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.regression_to_mean.entry import EntryRule
from ultrarare.stats.regression_to_mean.route import Route, Trial, judged
from ultrarare.stats.regression_to_mean.untreated import Untreated
from ultrarare.words import counted

_ENUMERATED: Final = 20_000
_ROOM: Final = 1e-10
_NEEDS: Final = "trajectories of untreated people, enough of whom meet the entry rule"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Qualified:
    """Untreated people who met the rule: baseline, mean of the next visits, and the gap."""

    baseline: Floats  # (q,)
    after: Floats
    gap: Floats
    visits: int  # of the next ones

    def __post_init__(self) -> None:
        freeze(self)


def qualified(untreated: Untreated, rule: EntryRule, visits: int) -> Qualified:
    """Everyone's first row of visits that meets the rule, if so many visits follow it."""
    rows = []
    for index in range(untreated.n_people):
        own = np.flatnonzero(untreated.person == index)
        own = own[np.argsort(untreated.time[own], kind="stable")]
        at = rule.first(untreated.value[own])
        if at is None or own.size - at - rule.visits < visits:
            continue
        deciding = own[at : at + rule.visits]
        after = own[at + rule.visits : at + rule.visits + visits]
        rows.append(
            (
                untreated.value[deciding].mean(),
                untreated.value[after].mean(),
                untreated.time[after].mean() - untreated.time[deciding].mean(),
            )
        )
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Qualified(baseline=table[:, 0], after=table[:, 1], gap=table[:, 2], visits=visits)


def natural_history(trial: Trial) -> Route:
    """Rank the treated people's mean change among those of untreated people who met the rule.

    Raises:
        NotComputable: no trajectories, or too few people qualify for any p as small as alpha.

    Notes:
        Exact if treated and qualifying untreated people are exchangeable: all ways to call so
        many of them treated, or random ones with (b + 1)/(B + 1). Twice: changes as they are, and
        later means about their common regression on the baseline (standardised residuals);
        the larger p stands, since the first misses that the treated entered with worse values
        than the others.
    """
    untreated = trial.untreated
    if untreated is None or not untreated.observed:
        raise NotComputable("no trajectories of untreated people are given")
    found, floor = _enough(trial, untreated)
    n, k = len(trial.people), found.visits
    own = np.array([[p.baseline, p.after[:k].mean()] for p in trial.people])
    change = np.append(own[:, 1] - own[:, 0], found.after - found.baseline)
    rest = about_line(np.append(own[:, 0], found.baseline), np.append(own[:, 1], found.after))
    p = max(rank(change, n, trial), rank(rest, n, trial))
    verdict, why = judged(p, trial.alpha)
    expected = float(np.mean(found.after - found.baseline))
    return Route(
        name="natural history",
        verdict=verdict,
        reason=f"among {counted(found.gap.size, 'untreated person')} who met the entry rule the "
        "change has "
        f"{why}",
        needs=_NEEDS,
        expected_change=expected,
        p_value=p,
        floor=floor,
        n=found.gap.size,
        caveats=_caveats(trial, found),
    )


def rank(score: Floats, n: int, trial: Trial) -> float:
    """One-sided p of the mean score of the first `n` among all choices of `n`."""
    total = score.size
    seen = float(score[:n].mean()) - _ROOM * float(np.abs(score).max())
    if n == 1:
        return float(np.mean(score >= seen))
    if comb(total, n) <= _ENUMERATED:
        means = score[np.array(list(combinations(range(total), n)))].mean(axis=1)
        return float(np.mean(means >= seen))
    keys = trial.rng.random((trial.draws, total))
    chosen = np.argpartition(keys, n - 1, axis=1)[:, :n]
    return float((np.sum(score[chosen].mean(axis=1) >= seen) + 1) / (trial.draws + 1))


def about_line(x: Floats, y: Floats) -> Floats:
    """Standardised residuals of y about its least-squares line on x, people taken together."""
    centred = x - x.mean()
    squares = float(centred @ centred)
    slope = 0.0 if squares == 0 else float(centred @ y) / squares
    rest = y - y.mean() - slope * centred
    leverage = 1 / x.size + (centred**2 / squares if squares > 0 else 0.0)
    free = 1 - leverage
    out: Floats = np.where(free > _ROOM, rest / np.sqrt(np.maximum(free, _ROOM)), 0.0)
    return out


def smallest_p(n: int, others: int, draws: int) -> float:
    """The smallest p that so many treated and untreated people can give."""
    ways = comb(n + others, n)
    return 1 / ways if n == 1 or ways <= _ENUMERATED else max(1 / ways, 1 / (draws + 1))


def _enough(trial: Trial, untreated: Untreated) -> tuple[Qualified, float]:
    """As many next visits as the treated have, fewer if too few people were seen that long."""
    most, n = min(person.after.size for person in trial.people), len(trial.people)
    floor = 1.0
    for visits in range(most, 0, -1):
        found = qualified(untreated, trial.rule, visits)
        floor = smallest_p(n, found.gap.size, trial.draws)
        if floor <= trial.alpha and found.gap.size >= 3:
            return found, floor
    raise NotComputable(
        f"{counted(found.gap.size, 'untreated person')} met the entry rule and were seen again: "
        "the smallest one-sided p "
        f"is {floor:.2g}, and {trial.alpha:g} is needed"
    )


def _caveats(trial: Trial, found: Qualified) -> tuple[str, ...]:
    own, theirs = float(np.mean([p.gap for p in trial.people])), float(np.median(found.gap))
    out = []
    if max(own, theirs) > 2 * min(own, theirs):
        out.append(
            f"untreated people were seen again after {theirs:.3g}, the treated after {own:.3g}"
        )
    if any(p.after.size > found.visits for p in trial.people):
        out.append(f"only the first {found.visits} visits after dosing are ranked")
    return tuple(out)
