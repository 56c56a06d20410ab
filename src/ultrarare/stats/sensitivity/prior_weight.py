"""How much a prior estimate has to weigh, or has to be disbelieved, for the conclusion to turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from ultrarare.stats.arrays import require_level, require_positive
from ultrarare.stats.sensitivity.conclusion import Contrast, Direction, SensitivityRow
from ultrarare.stats.sensitivity.shift import ShiftCurve, shift_curve

_FIXED: Final = (
    "the prior's weight is fixed here and does not react to conflict; robust and commensurate "
    "weights are the business of borrowing"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalPrior:
    """A prior estimate of the same contrast, with its standard error."""

    value: float
    se: float

    def __post_init__(self) -> None:
        require_positive(self.se, "prior.se")


def weighted(own: Contrast, prior: NormalPrior, weight: float, *, level: float = 0.95) -> Contrast:
    """The contrast with the prior at a power of `weight`, 0 (own data only) to 1 (taken in full).

    Notes:
        Power prior of a normal mean with known standard errors (Ibrahim and Chen 2000): precision
        1/se² + weight/se₀². The own standard error is read from the interval.
    """
    z = float(ndtri((1 + level) / 2))
    own_precision = (2 * z / (own.upper - own.lower)) ** 2
    precision = own_precision + weight / prior.se**2
    value = (own_precision * own.value + weight / prior.se**2 * prior.value) / precision
    half = z / float(np.sqrt(precision))
    return Contrast(value=value, lower=value - half, upper=value + half)


def weight_curve(
    own: Contrast,
    prior: NormalPrior,
    *,
    direction: Direction,
    null: float = 0.0,
    level: float = 0.95,
) -> ShiftCurve:
    """The contrast along the weight that is taken away from a prior taken in full.

    Args:
        own: the contrast without the prior; an interval of some width.
        prior: the prior estimate.
        direction: which values are better.
        null: no difference.
        level: coverage of the interval.

    Raises:
        InputError: an interval without width.
    """
    require_level(level)
    require_positive(own.upper - own.lower, "estimate")
    return shift_curve(
        lambda taken: weighted(own, prior, 1 + taken, level=level),
        direction=direction,
        scale=1.0,
        null=null,
        ends="down",
        farthest=1.0,
    )


def weight_row(curve: ShiftCurve) -> SensitivityRow:
    """The weight of the prior at which what is concluded with all of it is concluded no more."""
    tip = None if curve.tips_at is None else 1 + curve.tips_at
    if curve.concluded == "none":
        reading = "Even with the prior in full nothing is shown; there is no conclusion to turn."
    elif tip is None:
        reading = "The conclusion stands at every weight of the prior, at 0 too."
    else:
        reading = (
            f"The conclusion needs the prior: it turns where the prior weighs {tip:.2g} or less "
            "of its full weight."
        )
    return SensitivityRow(
        analysis="prior weight",
        changed="the weight of the prior",
        tipping=tip,
        unit="share of the prior's full weight",
        observed=1.0,
        observed_what="the prior in full",
        flips_at=tip,
        reading=reading,
        caveats=(_FIXED,),
    )
