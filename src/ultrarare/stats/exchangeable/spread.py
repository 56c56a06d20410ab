"""Priors of τ, the sd between variants, and the nodes at which it is summed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats

Family = Literal["half-normal", "half-cauchy", "exponential", "uniform", "log-normal", "fixed"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
_HALF_NORMAL_REACH: Final = 5.5
_EXPONENTIAL_REACH: Final = 20.0
_LOG_NORMAL_REACH: Final = 5.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadPrior:
    """Prior of τ on the scale of θ.

    Attributes:
        family: shape of the prior.
        scale: half-normal and half-Cauchy: scale; exponential: mean; uniform: upper end;
            log-normal: median; fixed: the value, which may be 0 (then all variants are one).
        log_sd: sd of log τ, for the log-normal.
    """

    family: Family = "half-normal"
    scale: float = 1.0
    log_sd: float = 1.0

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            allowed = ", ".join(FAMILIES)
            raise InputError(f"{self.family!r} is no prior of τ; allowed: {allowed}", where="tau")
        if not (math.isfinite(self.scale) and self.scale >= 0):
            raise InputError(f"must be 0 or more and finite, not {self.scale:g}", where="tau.scale")
        if self.scale == 0 and self.family != "fixed":
            raise InputError(
                "must be > 0; a τ of 0 is `family: fixed` and pools all", where="tau.scale"
            )
        if self.family == "log-normal" and not 0 < self.log_sd < math.inf:
            raise InputError(f"must be > 0 and finite, not {self.log_sd:g}", where="tau.log_sd")

    def nodes(self, n: int) -> tuple[Floats, Floats]:
        """(n,) values of τ and their prior probabilities, which add to 1.

        Notes:
            Gauss–Legendre in x with τ growing as x² (denser towards 0, where borrowing turns), in
            the angle for the half-Cauchy, and in log τ for the log-normal.
        """
        if self.family == "fixed":
            return np.array([self.scale]), np.ones(1)
        x, weight = np.polynomial.legendre.leggauss(n)
        x = (x + 1) / 2
        s = self.scale
        if self.family == "half-normal":
            tau = _HALF_NORMAL_REACH * s * x**2
            weight = weight * x * np.exp(-0.5 * (tau / s) ** 2)
        elif self.family == "exponential":
            tau = _EXPONENTIAL_REACH * s * x**2
            weight = weight * x * np.exp(-tau / s)
        elif self.family == "uniform":
            tau = s * x**2
            weight = weight * x
        elif self.family == "half-cauchy":
            tau = s * np.tan(0.5 * np.pi * x**2)
            weight = weight * x
        else:
            z = _LOG_NORMAL_REACH * (2 * x - 1)
            tau = s * np.exp(self.log_sd * z)
            weight = weight * np.exp(-0.5 * z**2)
        return tau, weight / weight.sum()

    def summary(self) -> str:
        """The prior in words."""
        if self.family == "fixed":
            return f"τ fixed at {self.scale:g}"
        said = {
            "half-normal": "half-normal, scale",
            "half-cauchy": "half-Cauchy, scale",
            "exponential": "exponential, mean",
            "uniform": "uniform from 0 to",
            "log-normal": "log-normal, median",
        }[self.family]
        more = f", log sd {self.log_sd:g}" if self.family == "log-normal" else ""
        return f"τ {said} {self.scale:g}{more}"
