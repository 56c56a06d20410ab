"""Bias analysis for one unmeasured binary confounder: given values, a grid of them, or a prior."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, finite_vector, freeze, require_level
from ultrarare.stats.sensitivity.conclusion import Contrast, SensitivityRow
from ultrarare.stats.sensitivity.e_value import Association

_FEWEST_DRAWS: Final = 1000
_AS_GOOD: Final = (
    "the interval is as good as the prior of the confounder: with one half as wide as the truth it "
    "covers about six times in ten"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confounder:
    """An unmeasured yes or no.

    Attributes:
        treated: share of the treated who have it.
        untreated: share of the untreated.
        effect: what it does to the outcome: a risk ratio on ratio scales, a difference otherwise.
    """

    treated: float
    untreated: float
    effect: float

    def __post_init__(self) -> None:
        for name, share in (("treated", self.treated), ("untreated", self.untreated)):
            if not 0 <= share <= 1:
                raise InputError(f"found {share:g}; a share lies between 0 and 1", where=name)
        if not np.isfinite(self.effect):
            raise InputError("the confounder's effect must be finite", where="effect")


def bias(association: Association, confounder: Confounder) -> float:
    """What the confounder alone would show: a factor on ratio scales, a difference otherwise.

    Raises:
        InputError: an effect of 0 or below on a ratio scale.

    Notes:
        (1 + (e − 1)·p₁) / (1 + (e − 1)·p₀) (Bross 1966), and e·(p₁ − p₀); the effect is the same in
        treated and untreated.
    """
    p1, p0, e = confounder.treated, confounder.untreated, confounder.effect
    if not association.is_ratio:
        return e * (p1 - p0)
    if e <= 0:
        raise InputError(f"found {e:g}; a risk ratio is above 0", where="effect")
    return (1 + (e - 1) * p1) / (1 + (e - 1) * p0)


def adjusted(association: Association, confounder: Confounder) -> Contrast:
    """The association without what the confounder shows.

    On ratio scales the confounder works on the association read as a risk ratio.
    """
    amount = bias(association, confounder)
    if not association.is_ratio:
        return association.contrast.moved(-amount)
    ratio, _ = association.as_risk_ratio()
    return Contrast(
        value=ratio.value / amount, lower=ratio.lower / amount, upper=ratio.upper / amount
    )


def tipping_effect(association: Association, *, treated: float, untreated: float) -> float | None:
    """Effect of a confounder with these shares at which the interval reaches no difference.

    Returns:
        None if the interval holds no difference already, or if no effect gets there.

    Notes:
        With K the limit nearer to 1: e = 1 + (K − 1) / (p₁ − K·p₀), where that is above 0. For a
        difference e = limit / (p₁ − p₀).
    """
    Confounder(treated=treated, untreated=untreated, effect=1.0)
    if not association.is_ratio:
        limit = association.contrast.nearer(0.0)
        return None if limit == 0 or treated == untreated else limit / (treated - untreated)
    limit = association.as_risk_ratio()[0].nearer(1.0)
    gap = treated - limit * untreated
    if limit == 1 or gap == 0:
        return None
    effect = 1 + (limit - 1) / gap
    return effect if effect > 0 else None


def tipping_row(
    association: Association,
    *,
    treated: float,
    untreated: float,
    unit: str,
    observed: float | None = None,
    observed_what: str | None = None,
) -> SensitivityRow:
    """The tipping effect as a row, beside the effect of something that was measured.

    Args:
        association: the estimate.
        treated: share of the treated with the confounder.
        untreated: share of the untreated.
        unit: of the confounder's effect.
        observed: a measured covariate's effect, on the same scale.
        observed_what: which covariate.
    """
    found = tipping_effect(association, treated=treated, untreated=untreated)
    shares = f"{100 * treated:.3g}% of the treated and {100 * untreated:.3g}% of the untreated"
    if found is None:
        reading = f"No effect of a confounder in {shares} moves the interval to no difference."
        if association.contrast.side(association.null) == "none":
            reading = "The interval already holds no difference; there is no conclusion to turn."
    else:
        reading = f"A confounder in {shares} would need an effect of {found:.3g} {unit}."
    return SensitivityRow(
        analysis="unmeasured confounder",
        changed=f"a yes-or-no confounder in {shares}",
        tipping=found,
        unit=unit,
        observed=observed,
        observed_what=observed_what,
        flips_at=_in_observed(found, observed, ratio=association.is_ratio),
        reading=reading,
    )


def _in_observed(found: float | None, observed: float | None, *, ratio: bool) -> float | None:
    if found is None or observed is None:
        return None
    if not ratio:
        return None if observed == 0 else found / observed
    if observed <= 0 or observed == 1:
        return None
    return float(np.log(found) / np.log(observed))


def bias_array(
    association: Association,
    *,
    treated: ArrayLike,
    untreated: ArrayLike,
    effect: ArrayLike,
) -> list[dict[str, Any]]:
    """Every combination of shares and effect, with the adjusted estimate.

    Args:
        association: the estimate.
        treated: shares to try among the treated.
        untreated: shares to try among the untreated.
        effect: effects to try.

    Returns:
        One row a combination, in the order of the arguments; `holds` tells whether the interval
        stays on its side of no difference.
    """
    grids = [
        finite_vector(values, name).tolist()
        for values, name in ((treated, "treated"), (untreated, "untreated"), (effect, "effect"))
    ]
    side = association.contrast.side(association.null)
    rows = []
    for p1, p0, e in product(*grids):
        left = adjusted(association, Confounder(treated=p1, untreated=p0, effect=e))
        rows.append(
            {
                "treated": p1,
                "untreated": p0,
                "effect": e,
                "value": left.value,
                "lower": left.lower,
                "upper": left.upper,
                "holds": side != "none" and left.side(association.null) == side,
            }
        )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Trapezoid:
    """A prior: flat between `low_mode` and `high_mode`, falling to nothing at `low` and `high`."""

    low: float
    low_mode: float
    high_mode: float
    high: float

    def __post_init__(self) -> None:
        corners = (self.low, self.low_mode, self.high_mode, self.high)
        if not all(np.isfinite(corners)) or list(corners) != sorted(corners):
            raise InputError(
                f"found {corners}; allowed are four numbers that do not fall", where="prior"
            )

    @classmethod
    def between(cls, low: float, high: float) -> Trapezoid:
        """The uniform prior."""
        return cls(low=low, low_mode=low, high_mode=high, high=high)

    def draw(self, uniform: Floats) -> Floats:
        """Values at these probabilities: the quantile function, (n,) to (n,)."""
        a, b, c, d = self.low, self.low_mode, self.high_mode, self.high
        height = 2 / (d + c - a - b) if d > a else 0.0
        if height == 0:
            return np.full(uniform.size, a)
        left, right = height * (b - a) / 2, 1 - height * (d - c) / 2
        rising = a + np.sqrt(np.maximum(0.0, 2 * (b - a) * uniform / height))
        falling = d - np.sqrt(np.maximum(0.0, 2 * (d - c) * (1 - uniform) / height))
        flat = b + (uniform - left) / height
        return np.where(uniform < left, rising, np.where(uniform > right, falling, flat))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ProbabilisticBias:
    """What is left of an association over a prior of the confounder.

    `systematic` has the confounder's uncertainty only, `total` chance as well.
    """

    systematic: Contrast
    total: Contrast
    crosses: float  # share of the total draws at or beyond no difference
    crosses_se: float  # of the simulation
    draws: int
    level: float
    values: Floats  # (draws,) of the total, sorted
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One sentence."""
        return (
            f"over the prior of the confounder the estimate is {self.total.value:.3g} "
            f"({self.total.lower:.3g} to {self.total.upper:.3g}, chance included); "
            f"{100 * self.crosses:.2g}% of draws show no difference or the opposite"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "systematic": _plain(self.systematic),
            "total": _plain(self.total),
            "crosses": self.crosses,
            "crosses_se": self.crosses_se,
            "draws": self.draws,
            "caveats": list(self.caveats),
        }


def _plain(contrast: Contrast) -> dict[str, float]:
    return {"value": contrast.value, "lower": contrast.lower, "upper": contrast.upper}


def probabilistic(
    association: Association,
    *,
    treated: Trapezoid,
    untreated: Trapezoid,
    effect: Trapezoid,
    rng: np.random.Generator,
    draws: int = 20_000,
) -> ProbabilisticBias:
    """The association over a prior of an unmeasured binary confounder.

    Args:
        association: the estimate; its standard error is read from its limits, on the logarithmic
            scale for ratios.
        treated: prior of the share among the treated, inside 0 to 1.
        untreated: prior of the share among the untreated, inside 0 to 1.
        effect: prior of its effect; of its logarithm on ratio scales, so that 0 is no effect.
        rng: source of random numbers.
        draws: at least 1000.

    Raises:
        InputError: a share outside 0 to 1, or too few draws.

    Notes:
        Lash, Fox and Fink 2009; Greenland 2005. Priors are independent. Adjusted value = estimate −
        bias(draw) − se·z, on the logarithmic scale for ratios. Medians and percentiles.
    """
    require_level(association.level)
    if draws < _FEWEST_DRAWS:
        raise InputError(f"found {draws}; allowed is {_FEWEST_DRAWS} or more", where="draws")
    for name, prior in (("treated", treated), ("untreated", untreated)):
        if prior.low < 0 or prior.high > 1:
            raise InputError(
                f"found {prior.low:g} to {prior.high:g}; a share lies between 0 and 1", where=name
            )
    p1, p0, e = (prior.draw(rng.random(draws)) for prior in (treated, untreated, effect))
    estimate, se, caveats = _on_additive_scale(association)
    if association.is_ratio:
        shown = np.log1p(np.expm1(e) * p1) - np.log1p(np.expm1(e) * p0)
    else:
        shown = e * (p1 - p0)
    systematic = estimate - shown
    total = np.sort(systematic - se * rng.standard_normal(draws))
    beyond = float((total <= 0).mean() if estimate > 0 else (total >= 0).mean())
    back = np.exp if association.is_ratio else np.asarray
    return ProbabilisticBias(
        systematic=_percentiles(back(systematic), association.level),
        total=_percentiles(back(total), association.level),
        crosses=beyond,
        crosses_se=float(np.sqrt(beyond * (1 - beyond) / draws)),
        draws=draws,
        level=association.level,
        values=np.asarray(back(total), dtype=np.float64),
        caveats=(*caveats, _AS_GOOD),
    )


def _on_additive_scale(association: Association) -> tuple[float, float, tuple[str, ...]]:
    from scipy.special import ndtri

    wide = 2 * float(ndtri((1 + association.level) / 2))
    if not association.is_ratio:
        return association.value, (association.upper - association.lower) / wide, ()
    ratio, assumed = association.as_risk_ratio()
    se = float(np.log(ratio.upper / ratio.lower)) / wide
    return float(np.log(ratio.value)), se, () if assumed is None else (assumed,)


def _percentiles(values: Floats, level: float) -> Contrast:
    low, middle, high = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2]).tolist()
    return Contrast(value=middle, lower=low, upper=high)
