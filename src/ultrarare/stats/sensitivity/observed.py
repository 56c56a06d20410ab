"""How much untreated populations differ from each other: the unit in which a shift is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import chdtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Floats,
    finite_vector,
    non_negative_vector,
    require_level,
    require_positive,
    same_length,
)

FEW_COHORTS: Final = 5
"""Below this many, the sd between cohorts is too uncertain to stand without its upper limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedScale:
    """A standard deviation that somebody observed.

    Attributes:
        sd: between populations, beyond what sampling explains.
        lower: lower limit of it; None if it was given and not computed.
        upper: upper limit of it.
        n: populations; None if not told.
        smallest: smallest estimate of a population; None if not told.
        largest: largest one.
        what: what differs between what.
        caveats: what a reader must know.
    """

    sd: float
    what: str
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    smallest: float | None = None
    largest: float | None = None
    caveats: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "sd": self.sd,
            "lower": self.lower,
            "upper": self.upper,
            "n": self.n,
            "smallest": self.smallest,
            "largest": self.largest,
            "what": self.what,
            "caveats": list(self.caveats),
        }


def given_scale(sd: float, what: str) -> ObservedScale:
    """A published standard deviation.

    Raises:
        InputError: it is not above 0.
    """
    require_positive(sd, "between_sd")
    return ObservedScale(
        sd=sd,
        what=what,
        caveats=("the observed standard deviation was given, not computed from data",),
    )


def between_populations(
    values: ArrayLike, standard_errors: ArrayLike, *, what: str, level: float = 0.95
) -> ObservedScale:
    """Standard deviation of true values between populations, from one estimate each.

    Args:
        values: (k,) one estimate a population, k ≥ 2.
        standard_errors: (k,) its standard error, > 0.
        what: what differs between what, in words.
        level: coverage of the interval of the standard deviation.

    Raises:
        InputError: unequal lengths, values that are not finite, a standard error of 0.
        NotComputable: fewer than two populations.

    Notes:
        Paule and Mandel 1982: τ² at which Σ wᵢ(yᵢ − ȳ_w)² with wᵢ = 1/(seᵢ² + τ²) is k − 1; limits
        where the same sum is a quantile of χ² on k − 1 (Viechtbauer 2007). Checked against R's
        metafor in tests/reference/test_sensitivity.py.
    """
    require_level(level)
    y, se = finite_vector(values, "values"), non_negative_vector(standard_errors, "se")
    same_length(values=y, standard_errors=se)
    if (se == 0).any():
        raise InputError("a standard error is above 0", where="se")
    if y.size < 2:
        raise NotComputable(
            "one population cannot show how populations differ",
            remedy="Bring another cohort, or a published standard deviation between registries.",
        )
    df = float(y.size - 1)
    root = _tau_at(y, se, df)
    caveats = []
    upper = _tau_at(y, se, float(chdtri(df, (1 + level) / 2)))
    if root == 0:
        stands = "their upper limit stands for the scale" if upper else "they give no scale"
        caveats.append(f"the populations differ by no more than sampling explains; {stands}")
    if y.size < FEW_COHORTS:
        caveats.append(
            f"{y.size} populations only: the standard deviation between them is very uncertain"
        )
    return ObservedScale(
        sd=root,
        lower=_tau_at(y, se, float(chdtri(df, (1 - level) / 2))),
        upper=upper,
        n=int(y.size),
        smallest=float(y.min()),
        largest=float(y.max()),
        what=what,
        caveats=tuple(caveats),
    )


def _tau_at(y: Floats, se: Floats, target: float) -> float:
    """τ at which the weighted sum of squares is `target`; 0 where it is below it at once."""

    def excess(tau2: float) -> float:
        weight = 1 / (se**2 + tau2)
        mean = float((weight * y).sum() / weight.sum())
        return float((weight * (y - mean) ** 2).sum()) - target

    if excess(0.0) <= 0:
        return 0.0
    high = float(np.ptp(y) ** 2 + se.max() ** 2)
    while excess(high) > 0:
        high *= 4
    return float(np.sqrt(brentq(excess, 0.0, high, xtol=1e-300, rtol=1e-13)))
