"""Prioritised pairs: every treated person against every untreated one, endpoint by endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, t

from ultrarare.stats.arrays import Counts, Floats, freeze, require_level
from ultrarare.stats.endpoints.kernel import contest, prioritised_scores
from ultrarare.stats.endpoints.outcomes import Outcomes
from ultrarare.stats.endpoints.permutation import DRAWS, Permuted, permuted

ENOUGH: Final = 10
"""People of the smaller arm from which on the interval is the U statistic's."""

IntervalKind = Literal["guaranteed", "U statistic"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WinStatistics:
    """Pairs won and lost by the treated."""

    names: tuple[str, ...]  # (K,) endpoints in order
    wins: Counts  # (K,) pairs decided by each for the treated
    losses: Counts  # (K,)
    ties: int  # pairs that no endpoint decides
    pairs: int
    win_ratio: float | None  # None where no pair was lost
    ratio_lower: float | None
    ratio_upper: float | None
    net_benefit: float
    lower: float  # of the net benefit
    upper: float
    interval: IntervalKind
    level: float
    permutation: Permuted  # of the net benefit
    treated: int
    untreated: int
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def odds(self) -> float | None:
        """Win odds: a tied pair counts half for each side; None where every pair was won."""
        return _odds(self.net_benefit)

    def summary(self) -> str:
        """Two lines, then caveats."""
        p = self.permutation
        ratio = "none, as no pair was lost" if self.win_ratio is None else f"{self.win_ratio:.3g}"
        lines = (
            f"of {self.pairs} pairs the treated won {int(self.wins.sum())} and lost "
            f"{int(self.losses.sum())}, {self.ties} are tied; win ratio {ratio}",
            f"net benefit {self.net_benefit:+.3f} ({100 * self.level:g} % {self.interval} interval "
            f"{self.lower:+.3f} to {self.upper:+.3f}), p {p.p_value:.3g} two-sided "
            f"(smallest attainable {p.floor:.3g})",
        )
        return "\n".join((*lines, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row an endpoint; `left` are the pairs that come to the next one."""
        left = self.pairs - np.cumsum(self.wins + self.losses)
        return [
            {
                "endpoint": name,
                "wins": int(self.wins[k]),
                "losses": int(self.losses[k]),
                "left": int(left[k]),
            }
            for k, name in enumerate(self.names)
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; `lower` and `upper` are of the net benefit."""
        return {
            **self.permutation.to_json(),
            "ratio": self.win_ratio,
            "ratio_lower": self.ratio_lower,
            "ratio_upper": self.ratio_upper,
            "odds": self.odds,
            "odds_lower": _odds(self.lower),
            "odds_upper": _odds(self.upper),
            "net_benefit": self.net_benefit,
            "lower": self.lower,
            "upper": self.upper,
            "interval": self.interval,
            "level": self.level,
            "pairs": self.pairs,
            "ties": self.ties,
            "levels": self.to_rows(),
        }


def _odds(net: float) -> float | None:
    return None if net >= 1 else (1 + net) / (1 - net)


def win_statistics(
    outcomes: Outcomes,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    rng: np.random.Generator,
) -> WinStatistics:
    """Compare all pairs on the first endpoint, those left undecided on the next, and so on.

    Args:
        outcomes: endpoints in order of priority; a difference below an endpoint's margin decides
            nothing, and an unknown or censored comparison goes to the next endpoint.
        level: coverage of the intervals.
        draws: see `permuted`.
        rng: see `permuted`.

    Raises:
        InputError: a level outside 0 … 1.

    Notes:
        Finkelstein and Schoenfeld 1999; Buyse 2010; Pocock et al. 2012. The net benefit is the sum
        over the treated of a score that does not depend on who was treated, so its permutation is
        exact. Variance of the U statistic by Bebu and Lachin 2016, with t quantiles and on
        the scale of atanh; where the smaller arm is below `ENOUGH` people the limits are
        those of Hoeffding 1963, that hold for any number of people, however the pairs depend on
        each other: KL(θ̂, θ) ≤ log(2/α) / min(n, m) with θ = (1 + net benefit)/2. Where every
        pair was won they are Clopper and Pearson's of min(n, m) people. Checked in
        tests/oracles/test_endpoints_oracle.py; error rates in docs/validation/endpoints.md.
    """
    require_level(level)
    o, (n, m) = outcomes, outcomes.counts
    person, by_level = contest(o.values, o.event, o.timed, o.sign, o.margin, o.treated)
    score = prioritised_scores(o.values, o.event, o.timed, o.sign, o.margin)
    found = permuted(score[:, None], o.treated, lambda s: s / (n * m), draws=draws, rng=rng)[0]
    wins, losses = by_level[:, 0].astype(np.int64), by_level[:, 1].astype(np.int64)
    won, lost, pairs = int(wins.sum()), int(losses.sum()), n * m
    lower, upper, kind = _net_limits(person, o, level)
    ratio = None if lost == 0 else won / lost
    low, high = _ratio_limits(person, o, level) if ratio else (None, None)
    return WinStatistics(
        names=tuple(rule.name for rule in o.rules), wins=wins, losses=losses,
        ties=pairs - won - lost, pairs=pairs, win_ratio=ratio, ratio_lower=low, ratio_upper=high,
        net_benefit=(won - lost) / pairs, lower=lower, upper=upper, interval=kind, level=level,
        permutation=found, treated=n, untreated=m,
        caveats=(*found.caveats, *_caveats(o, won, lost, pairs, low)),
    )  # fmt: skip


def _caveats(o: Outcomes, won: int, lost: int, pairs: int, low: float | None) -> list[str]:
    said = []
    if won + lost == 0:
        said.append("no endpoint decides a pair: everybody is tied")
    elif lost == 0:
        said.append("the treated lost no pair, so there is no win ratio")
    elif low is None:
        said.append(
            "no interval of the win ratio: one side won everything, or an arm has fewer than "
            f"{ENOUGH} people"
        )
    if pairs and won + lost < pairs / 2:
        said.append(
            f"{100 * (1 - (won + lost) / pairs):.0f} % of pairs are tied: the win ratio speaks of "
            "the others only"
        )
    if max(won, lost) == pairs:
        said.append("the arms do not overlap: one side won every pair")
    if o.timed.any():
        said.append("how many pairs a time to an event decides depends on how long people were "
                    "watched")  # fmt: skip
    return said


def _means(person: Floats, o: Outcomes) -> tuple[Floats, Floats]:
    """Share of pairs won and lost by each treated, and by the treated against each untreated."""
    n, m = o.counts
    return person[o.treated] / m, person[~o.treated] / n


def _net_limits(person: Floats, o: Outcomes, level: float) -> tuple[float, float, IntervalKind]:
    n, m = o.counts
    own, other = (rows[:, 0] - rows[:, 1] for rows in _means(person, o))
    net = float(own.mean())
    if min(n, m) >= ENOUGH and abs(net) < 1:
        parts = np.array([np.var(own, ddof=1) / n, np.var(other, ddof=1) / m])
        if (variance := float(parts.sum())) > 1e-12:
            df = variance**2 / float((parts**2 / np.array([n - 1, m - 1])).sum())
            half = float(t.ppf((1 + level) / 2, df)) * np.sqrt(variance) / (1 - net**2)
            centre = np.arctanh(net)
            return float(np.tanh(centre - half)), float(np.tanh(centre + half)), "U statistic"
    return (*guaranteed_limits(net, min(n, m), level=level), "guaranteed")


def guaranteed_limits(net: float, smaller: int, *, level: float) -> tuple[float, float]:
    """Limits of the net benefit that hold for any number of people.

    Args:
        net: the net benefit seen, −1 … 1.
        smaller: people of the smaller arm.
        level: coverage.

    Notes:
        A two-sample mean over pairs in 0 … 1 is an average of means over `smaller` pairs without a
        common person (Hoeffding 1963, section 5b), so that the bound on a mean of independent
        values holds for it.
    """
    reach = float(np.log(2 / (1 - level))) / smaller
    share = (1 + net) / 2

    def gap(theta: float) -> float:
        return _divergence(share, theta) - reach

    tiny = 1e-15
    low = 0.0 if share <= tiny else brentq(gap, tiny, share) if gap(tiny) > 0 else 0.0
    high = 1.0 if share >= 1 - tiny else brentq(gap, share, 1 - tiny) if gap(1 - tiny) > 0 else 1.0
    return 2 * float(low) - 1, 2 * float(high) - 1


def _divergence(p: float, q: float) -> float:
    """Kullback–Leibler divergence of two coins."""
    first = 0.0 if p <= 0 else p * float(np.log(p / q))
    return first + (0.0 if p >= 1 else (1 - p) * float(np.log((1 - p) / (1 - q))))


def _ratio_limits(person: Floats, o: Outcomes, level: float) -> tuple[float | None, float | None]:
    """Bebu and Lachin's limits of the win ratio, on the scale of its logarithm."""
    if min(o.counts) < ENOUGH:
        return None, None
    own, other = _means(person, o)
    won, lost = (float(x) for x in own.mean(axis=0))
    if won == 0 or lost == 0:
        return None, None
    variance = sum(
        float(np.var(rows[:, 0] / won - rows[:, 1] / lost, ddof=1)) / rows.shape[0]
        for rows in (own, other)
    )
    half = float(norm.ppf((1 + level) / 2)) * np.sqrt(variance)
    return float(won / lost * np.exp(-half)), float(won / lost * np.exp(half))
