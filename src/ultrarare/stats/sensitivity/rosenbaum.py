"""Rosenbaum's Γ: how far matched people may differ in their odds of treatment, unseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, require_positive
from ultrarare.stats.sensitivity.conclusion import SensitivityRow
from ultrarare.stats.sensitivity.matched_sets import ScoredSets

How = Literal["exact", "exact at the separable choice", "normal"]

_MOST_CHOICES: Final = 256
"""Patterns of the hidden covariate that are all tried; above, the separable one stands for them."""
_MOST_OUTCOMES: Final = 1 << 18
_MOST_SUM: Final = 2_000_000
_LARGEST_GAMMA: Final = 1e4
_CURVE: Final = 25

Pattern = tuple[int, ...]  # for each set, how many of its highest scores have the hidden covariate


def _sorted(sets: ScoredSets) -> list[Floats]:
    return [np.sort(score)[::-1] for score in sets.scores]


def _chances(size: int, favoured: int, gamma: float) -> Floats:
    """Chance of each place, from the highest score down, to be the one alone."""
    odds = np.where(np.arange(size) < favoured, gamma, 1.0)
    return np.asarray(odds / odds.sum(), dtype=np.float64)


def _separable(scores: Sequence[Floats], gamma: float) -> Pattern:
    """In each set the pattern of largest mean, among those of largest variance."""
    chosen = []
    for score in scores:
        best, key = 1, (-np.inf, -np.inf)
        for favoured in range(1, score.size):
            p = _chances(score.size, favoured, gamma)
            mean = float(p @ score)
            found = (round(mean, 12), float(p @ score**2) - mean**2)
            if found > key:
                best, key = favoured, found
        chosen.append(best)
    return tuple(chosen)


def _tail_whole(scores: Sequence[Floats], pattern: Pattern, gamma: float, observed: float) -> float:
    """P(sum ≥ observed), exact, by convolution over whole scores."""
    chance = np.ones(1)
    for score, favoured in zip(scores, pattern, strict=True):
        places = score.astype(np.int64)
        out = np.zeros(chance.size + int(places.max()))
        for place, p in zip(places, _chances(score.size, favoured, gamma), strict=True):
            out[place : place + chance.size] += p * chance
        chance = out
    return float(min(1.0, chance[round(observed) :].sum()))


def _tail_listed(
    scores: Sequence[Floats], pattern: Pattern, gamma: float, observed: float
) -> float:
    """P(sum ≥ observed), exact, over every outcome."""
    total, chance = np.zeros(1), np.ones(1)
    for score, favoured in zip(scores, pattern, strict=True):
        p = _chances(score.size, favoured, gamma)
        total = np.add.outer(total, score).ravel()
        chance = np.multiply.outer(chance, p).ravel()
    room = 1e-10 * max(1.0, float(np.abs(total).max()))
    return float(min(1.0, chance[total >= observed - room].sum()))


def _tail_normal(
    scores: Sequence[Floats], pattern: Pattern, gamma: float, observed: float
) -> float:
    """P(sum ≥ observed) of the normal distribution with the same mean and variance."""
    mean = variance = 0.0
    for score, favoured in zip(scores, pattern, strict=True):
        p = _chances(score.size, favoured, gamma)
        m = float(p @ score)
        mean, variance = mean + m, variance + float(p @ score**2) - m**2
    return float(ndtr((mean - observed) / np.sqrt(variance)))


def _way(sets: ScoredSets, *, normal: bool) -> How:
    if normal:
        return "normal"
    listed = prod(score.size for score in sets.scores) <= _MOST_OUTCOMES
    summed = sets.whole and sum(float(s.max()) for s in sets.scores) <= _MOST_SUM
    if not (listed or summed):
        return "normal"
    choices = prod(score.size - 1 for score in sets.scores)
    return "exact" if choices <= _MOST_CHOICES else "exact at the separable choice"


def largest_p(sets: ScoredSets, gamma: float, *, normal: bool = False) -> float:
    """The largest one-sided p over every hidden covariate of strength `gamma`.

    Args:
        sets: scored, higher for benefit.
        gamma: ≥ 1; two people of a set may differ by this factor in their odds of treatment.
        normal: take the normal approximation where the exact p is at hand too.

    Raises:
        InputError: a gamma below 1.

    Notes:
        The one alone in set s is person i with chance proportional to γ^uᵢ, uᵢ from 0 to 1. The sum
        of scores is largest in probability at u of zeros and ones that follow the order of scores
        (Rosenbaum 2002, §4.4), so that a set of k has k − 1 patterns. All are tried where there are
        at most 256; else in each set the pattern of largest mean and then variance stands
        (Gastwirth, Krieger and Rosenbaum 2000), which is the largest p as sets become many. Exact
        by convolution of whole scores, or over every outcome; normal where both are too long.
        Checked against every u of zeros and ones in tests/oracles/test_sensitivity_oracle.py.
    """
    if not (np.isfinite(gamma) and gamma >= 1):
        raise InputError(f"found {gamma:g}; allowed is 1 or more", where="gamma")
    scores, way = _sorted(sets), _way(sets, normal=normal)
    if way == "normal":
        return _tail_normal(scores, _separable(scores, gamma), gamma, sets.observed)
    tail = _tail_whole if sets.whole else _tail_listed
    patterns: Iterable[Pattern] = (_separable(scores, gamma),)
    if way == "exact":
        patterns = product(*(range(1, score.size) for score in scores))
    return max(tail(scores, pattern, gamma, sets.observed) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenBias:
    """A matched comparison under hidden bias."""

    p_value: float  # without hidden bias, one-sided for benefit
    floor: float  # smallest p that the sets can reach
    alpha: float
    tips_at: float | None  # largest Γ at which p is at most alpha; None if it is not at Γ = 1
    curve: tuple[tuple[float, float], ...]  # Γ and its largest p
    how: How
    statistic: str
    sets: int
    dropped: int
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One sentence."""
        return f"one-sided p {self.p_value:.3g} without hidden bias; {self._tip()}"

    def _tip(self) -> str:
        if self.tips_at is None:
            return f"it is above {self.alpha:g}, so there is no conclusion to turn"
        return (
            f"it stays at or below {self.alpha:g} up to Γ = {self.tips_at:.3g}: matched people "
            "could differ by that factor in their odds of treatment"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "p_value": self.p_value,
            "floor": self.floor,
            "alpha": self.alpha,
            "gamma": self.tips_at,
            "statistic": self.statistic,
            "how": self.how,
            "sets": self.sets,
            "sets_without_difference": self.dropped,
            "curve": [{"gamma": g, "p_value": p} for g, p in self.curve],
            "caveats": list(self.caveats),
        }

    def to_row(
        self, *, observed: float | None = None, observed_what: str | None = None
    ) -> SensitivityRow:
        """As a row; the observed thing is a measured covariate's odds ratio with treatment."""
        tip = self.tips_at
        reading = self.summary()
        if tip is not None and tip > 1:
            like = amplified(tip, 2 * tip)
            reading += (
                f"; as by a covariate that multiplies the odds of treatment by {2 * tip:.3g} and "
                f"of the better outcome by {like:.3g}"
            )
        strength = None if observed is None else max(observed, 1 / observed)
        ratio = None
        if tip is not None and strength is not None and strength > 1:
            ratio = float(np.log(tip) / np.log(strength))
        return SensitivityRow(
            analysis="hidden bias in matched sets",
            changed="odds of treatment of matched people",
            tipping=tip,
            unit="Γ, a ratio of odds",
            observed=strength,
            observed_what=observed_what,
            flips_at=ratio,
            reading=reading[:1].upper() + reading[1:] + ".",
            caveats=self.caveats,
        )


def hidden_bias(sets: ScoredSets, *, alpha: float = 0.025, normal: bool = False) -> HiddenBias:
    """The largest Γ at which the matched comparison still shows benefit.

    Args:
        sets: scored, higher for benefit.
        alpha: one-sided level, between 0 and 1/2.
        normal: take the normal approximation throughout.

    Raises:
        InputError: a level outside 0 to 1/2.

    Notes:
        The largest p rises with Γ, so the crossing is one; found by Brent's method on log Γ.
    """
    if not 0 < alpha < 0.5:
        raise InputError(f"found {alpha:g}; allowed is between 0 and 0.5", where="alpha")
    plain, way = largest_p(sets, 1.0, normal=normal), _way(sets, normal=normal)
    tip = _crossing(sets, alpha, normal=normal) if plain <= alpha else None
    reach = max(3.0, 1.5 * min(tip or 1.0, 50.0))
    gammas = np.exp(np.linspace(0.0, np.log(reach), _CURVE)).tolist()
    return HiddenBias(
        p_value=plain,
        floor=sets.floor,
        alpha=alpha,
        tips_at=tip,
        curve=tuple((g, largest_p(sets, max(1.0, g), normal=normal)) for g in gammas),
        how=way,
        statistic=sets.statistic,
        sets=sets.sets,
        dropped=sets.dropped,
        caveats=_caveats(sets, way, alpha),
    )


def _crossing(sets: ScoredSets, alpha: float, *, normal: bool) -> float:
    def excess(log_gamma: float) -> float:
        return largest_p(sets, float(np.exp(max(0.0, log_gamma))), normal=normal) - alpha

    high = np.log(2.0)
    while excess(high) <= 0:
        high *= 2
        if high > np.log(_LARGEST_GAMMA):
            return _LARGEST_GAMMA
    return float(np.exp(brentq(excess, 0.0, high, xtol=1e-10, rtol=1e-12)))


def _caveats(sets: ScoredSets, way: How, alpha: float) -> tuple[str, ...]:
    out = []
    if sets.floor > alpha:
        out.append(
            f"{sets.sets} sets with a difference can reach no p below {sets.floor:.2g}, so that "
            f"nothing can be shown at {alpha:g}"
        )
    if way == "exact at the separable choice":
        out.append(
            "not every pattern of the hidden covariate was tried; the one that is worst as sets "
            "become many stands for them"
        )
    if way == "normal":
        out.append("p values are by normal approximation")
    if sets.dropped:
        out.append(f"{sets.dropped} sets without a difference between their people are left out")
    return tuple(out)


def amplified(gamma: float, treatment: float) -> float:
    """The odds ratio with the outcome that, with one with treatment, makes Γ.

    Args:
        gamma: > 1.
        treatment: the hidden covariate's odds ratio with treatment, above `gamma`.

    Raises:
        InputError: a treatment ratio that is not above gamma.

    Notes:
        Γ = (ΛΔ + 1) / (Λ + Δ): Rosenbaum and Silber 2009.
    """
    require_positive(gamma, "gamma")
    if not treatment > gamma >= 1:
        raise InputError(
            f"found {treatment:g} for gamma {gamma:g}; allowed is more than gamma",
            where="treatment",
        )
    return (gamma * treatment - 1) / (treatment - gamma)
