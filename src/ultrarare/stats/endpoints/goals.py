"""Goal attainment: each person's own goals on one scale, and several people together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, finite_vector
from ultrarare.stats.endpoints.permutation import DRAWS

RHO: Final = 0.3
"""Correlation between a person's goals that Kiresuk and Sherman suppose."""
_ALL: Final = 20  # up to this many people every flip of signs is gone through
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GoalScore:
    """One person's T score: 50 where goals are met as expected."""

    score: float | None  # None where a goal's level is not known
    known_only: float | None  # over goals that are known; None where none is
    lower: float  # unknown goals at −2
    upper: float  # … and at +2
    goals: int
    unknown: int
    rho: float
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line, then caveats."""
        found = (
            f"between {self.lower:.1f} and {self.upper:.1f}, as {self.unknown} of {self.goals} "
            "levels are not known"
            if self.score is None
            else f"{self.score:.1f}"
        )
        line = f"goal attainment T {found} ({self.goals} goals, ρ {self.rho:g})"
        return "\n".join((line, *self.caveats))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "score": self.score,
            "known_only": self.known_only,
            "lower": self.lower,
            "upper": self.upper,
            "goals": self.goals,
            "unknown": self.unknown,
            "rho": self.rho,
        }


def goal_attainment(
    weight: ArrayLike, level: Sequence[float | None] | Floats, *, rho: float = RHO
) -> GoalScore:
    """The T score of one person.

    Args:
        weight: (G,) above 0.
        level: (G,) attained, −2 … +2 with 0 as expected; None or NaN where it is not known.
        rho: correlation between goals, 0 … 1.

    Raises:
        InputError: no goal, unequal lengths, a weight not above 0, a level or ρ out of range.

    Notes:
        Kiresuk and Sherman 1968: 50 + 10 Σwx / √((1 − ρ)Σw² + ρ(Σw)²). A goal whose level is
        unknown is not taken as 0: the score is then bounded, not computed.
    """
    w = finite_vector(weight, "weight")
    x = np.array([np.nan if v is None else v for v in level], dtype=np.float64)
    if x.shape != w.shape:
        raise InputError(
            f"{w.size} weights and {x.size} levels; allowed are as many", where="level"
        )
    if (w <= 0).any():
        raise InputError("every weight must be above 0", where="weight")
    if not 0 <= rho <= 1:
        raise InputError(f"must lie between 0 and 1, not {rho:g}", where="rho")
    known = ~np.isnan(x)
    if (np.abs(x[known]) > 2).any():
        raise InputError("a level lies between −2 and +2", where="level")
    unknown = int((~known).sum())
    return GoalScore(
        score=None if unknown else _t_score(w, x, rho),
        known_only=_t_score(w[known], x[known], rho) if known.any() else None,
        lower=_t_score(w, np.where(known, x, -2.0), rho),
        upper=_t_score(w, np.where(known, x, 2.0), rho),
        goals=w.size,
        unknown=unknown,
        rho=rho,
        caveats=("a single goal: T is its level in other units",) if w.size == 1 else (),
    )


def _t_score(w: Floats, x: Floats, rho: float) -> float:
    spread = np.sqrt((1 - rho) * (w**2).sum() + rho * w.sum() ** 2)
    return float(50 + 10 * (w @ x) / spread)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SignFlip:
    """Mean change of several people, its sign exchangeable without an effect."""

    mean_lower: float  # equal where every change is known
    mean_upper: float
    p_benefit_lower: float  # one-sided, unknown changes at their best …
    p_benefit_upper: float  # … and at their worst
    p_value_lower: float  # two-sided, at least …
    p_value_upper: float  # … and at most
    floor: float  # smallest two-sided p
    people: int
    exact: bool
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line, then caveats."""
        mean = f"{self.mean_lower:+.3g}"
        p = f"{self.p_benefit_lower:.3g}"
        if self.mean_lower != self.mean_upper:
            mean += f" to {self.mean_upper:+.3g}"
            p += f" to {self.p_benefit_upper:.3g}"
        line = (
            f"mean change {mean} in {self.people} people, one-sided p {p} (smallest two-sided p "
            f"{self.floor:.3g})"
        )
        return "\n".join((line, *self.caveats))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "mean": [self.mean_lower, self.mean_upper],
            "p_benefit": [self.p_benefit_lower, self.p_benefit_upper],
            "p_value": [self.p_value_lower, self.p_value_upper],
            "floor": self.floor,
            "people": self.people,
            "exact": self.exact,
        }


def sign_flip(
    lower: ArrayLike,
    upper: ArrayLike | None = None,
    *,
    draws: int = DRAWS,
    rng: np.random.Generator,
) -> SignFlip:
    """Test whether changes lie about 0.

    Args:
        lower: (n,) change of each person, or its lowest possible value.
        upper: (n,) its highest; not given where every change is known.
        draws: flips drawn for more than twenty people.
        rng: used for these only.

    Raises:
        InputError: unequal lengths or an upper end below the lower one.
        NotComputable: nobody moved and nothing is unknown.

    Notes:
        Exact where a change is as likely of either sign without an effect: who was chosen because
        of a bad moment moves up without one (regression to the mean). p towards benefit falls as
        any change rises, so its ends are attained at the ends of the unknown changes; the two-sided
        p is the smaller and larger of those two.
    """
    low = finite_vector(lower, "lower")
    high = low if upper is None else finite_vector(upper, "upper")
    if low.size != high.size or (high < low).any():
        raise InputError("allowed is one upper end for each lower end, not below it", where="upper")
    if not low.any() and not high.any():
        raise NotComputable(
            "nobody changed, so there is no sign to flip", remedy="Report the scores themselves."
        )
    exact = low.size <= _ALL
    signs = _flips(low.size) if exact else _drawn_flips(draws, low.size, rng)
    worst, best = _flip_p(low, signs, exact=exact), _flip_p(high, signs, exact=exact)
    said = ("one person: the p of a sign says next to nothing",) if low.size == 1 else ()
    return SignFlip(
        mean_lower=float(low.mean()),
        mean_upper=float(high.mean()),
        p_benefit_lower=best[0],
        p_benefit_upper=worst[0],
        p_value_lower=min(1.0, 2 * min(best[0], worst[1])),
        p_value_upper=min(1.0, 2 * min(worst[0], best[1])),
        floor=min(1.0, 2 / 2**low.size if exact else 2 / (draws + 1)),
        people=low.size,
        exact=exact,
        caveats=said,
    )


def _flips(n: int) -> Floats:
    """(2ⁿ, n) every choice of signs."""
    return np.asarray(1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1))


def _drawn_flips(draws: int, n: int, rng: np.random.Generator) -> Floats:
    """(draws, n) signs."""
    return np.asarray(rng.integers(0, 2, (draws, n)) * 2.0 - 1)


def _flip_p(change: Floats, signs: Floats, *, exact: bool) -> tuple[float, float]:
    """One-sided p towards benefit and towards harm."""
    sums = signs @ change
    slack = _NOTHING * float(np.abs(change).sum())
    seen, extra = float(change.sum()), 0 if exact else 1
    size = sums.size + extra
    return (
        (int((sums >= seen - slack).sum()) + extra) / size,
        (int((sums <= seen + slack).sum()) + extra) / size,
    )
