"""Bounds on what confounding, selection and misclassification can do to a risk ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import brentq

from ultrarare.errors import InputError
from ultrarare.stats.arrays import require_positive
from ultrarare.stats.sensitivity.conclusion import Contrast

_LARGEST: Final = 1e12


def bounding_factor(exposure: float, outcome: float) -> float:
    """Largest factor by which a confounder can inflate a risk ratio.

    Args:
        exposure: RR_EU ≥ 1, the largest ratio, over levels of the confounder, of its frequency in
            the treated to that in the untreated.
        outcome: RR_UD ≥ 1, the largest ratio of risk between two levels of the confounder.

    Raises:
        InputError: one is below 1 or not finite; take the inverse of a ratio below 1.

    Notes:
        RR_EU·RR_UD / (RR_EU + RR_UD − 1): Ding and VanderWeele 2016. It is attained by a binary
        confounder that all treated have and 1/RR_EU of the untreated (tests/laws).
    """
    for name, value in (("exposure", exposure), ("outcome", outcome)):
        _at_least_one(value, name)
    return exposure * outcome / (exposure + outcome - 1)


def _at_least_one(value: float, where: str) -> None:
    if not (np.isfinite(value) and value >= 1):
        raise InputError(
            f"found {value:g}; allowed is 1 or more, the ratio taken upwards", where=where
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Biases:
    """How strong each bias may be; None for one that is ruled out.

    Attributes:
        confounding: RR_EU and RR_UD of an unmeasured confounder.
        selection: RR_UY and RR_SU among the treated, then among the untreated, of what decides who
            is seen (Smith and VanderWeele 2019).
        misclassification: ratio of the chances to record an outcome as such, treated to untreated
            (VanderWeele and Li 2019).
    """

    confounding: tuple[float, float] | None = None
    selection: tuple[float, float, float, float] | None = None
    misclassification: float | None = None

    def factor(self) -> float:
        """Largest joint factor: the product of each one's (Smith, Mathur and VanderWeele 2021).

        Raises:
            InputError: a ratio below 1.
        """
        product = 1.0
        if self.confounding is not None:
            product *= bounding_factor(*self.confounding)
        if self.selection is not None:
            product *= bounding_factor(*self.selection[:2]) * bounding_factor(*self.selection[2:])
        if self.misclassification is not None:
            _at_least_one(self.misclassification, "misclassification")
            product *= self.misclassification
        return product

    def joint(self, strength: float) -> float:
        """The factor where every parameter of every bias that is not ruled out is `strength`."""
        single = bounding_factor(strength, strength)
        product = 1.0 if self.confounding is None else single
        product *= 1.0 if self.selection is None else single**2
        return product * (1.0 if self.misclassification is None else strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """What is left of a risk ratio when biases of the given strength all work against it."""

    factor: float
    left: Contrast  # the risk ratio and its limits, moved towards 1 by the factor
    holds: bool  # whether the interval still lies on its side of 1
    joint: float | None  # strength at which the biases, all alike, reach 1; None if there is none

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "factor": self.factor,
            "value": self.left.value,
            "lower": self.left.lower,
            "upper": self.left.upper,
            "holds": self.holds,
            "joint_tipping": self.joint,
        }


def bounded(risk_ratio: Contrast, biases: Biases) -> Bounded:
    """The least favourable risk ratio under biases of a stated strength.

    Args:
        risk_ratio: with its interval; all above 0.
        biases: how strong each may be.

    Raises:
        InputError: a ratio of 0 or below, no bias named, or a strength below 1.

    Notes:
        A ratio above 1 is divided by the factor, one below 1 multiplied. The limits move with it:
        the strength is taken as known, so that only chance is in the interval.
    """
    require_positive(risk_ratio.lower, "lower")
    if biases == Biases():
        raise InputError("no bias is named", where="biases")
    factor = biases.factor()
    move = 1 / factor if risk_ratio.value >= 1 else factor
    left = Contrast(
        value=risk_ratio.value * move, lower=risk_ratio.lower * move, upper=risk_ratio.upper * move
    )
    side = risk_ratio.side(1.0)
    return Bounded(
        factor=factor,
        left=left,
        holds=side != "none" and left.side(1.0) == side,
        joint=joint_tipping(risk_ratio.nearer(1.0), biases),
    )


def joint_tipping(risk_ratio: float, biases: Biases) -> float | None:
    """Strength of all named biases alike at which they can explain `risk_ratio`.

    Args:
        risk_ratio: > 0; usually the limit nearer to 1.
        biases: which ones; their own strengths are not read.

    Returns:
        The strength, ≥ 1; with confounding alone it is the E-value. None if there is nothing to
        explain or no strength does.
    """
    require_positive(risk_ratio, "risk_ratio")
    target = max(risk_ratio, 1 / risk_ratio)
    if target == 1 or biases.joint(_LARGEST) < target:
        return None
    return float(brentq(lambda x: biases.joint(x) - target, 1.0, _LARGEST, xtol=1e-12, rtol=1e-14))
