"""Do the treated scatter more than the untreated, and would a test that allows for it agree?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from ultrarare.stats.arrays import Flags, Floats

SUSPECT: Final = 0.2
"""Below this p the scatter of the treated is doubted.

Chosen by simulation, docs/methods/randomisation.md: with a few treated people the test sees little,
so a small threshold would miss most of what inflates the randomisation test."""
_FEWEST: Final = 5
"""Untreated people left over below which their scatter is not known well enough to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Spread of the outcome about its mean given the covariates, treated against untreated."""

    ratio: float  # standard deviation of the treated over that of the untreated
    p: float  # one-sided F test that the treated scatter more
    difference: float  # treated minus untreated at equal covariates, in the unit of the outcome
    se: float  # of the difference, each arm with its own variance
    df: float

    @property
    def suspect(self) -> bool:
        """Whether the treated may scatter more than the untreated."""
        return self.p < SUSPECT

    @property
    def p_lower(self) -> float:
        """One-sided p that the treated stand lower, each arm with its own variance."""
        return float(stdtr(self.df, self.difference / self.se))

    @property
    def p_higher(self) -> float:
        """One-sided p that the treated stand higher."""
        return float(stdtr(self.df, -self.difference / self.se))

    @property
    def p_value(self) -> float:
        """Two-sided: twice the smaller."""
        return min(1.0, 2 * min(self.p_lower, self.p_higher))

    def interval(self, level: float) -> tuple[float, float]:
        """Limits of the difference, each arm with its own variance."""
        half = float(stdtrit(self.df, (1 + level) / 2)) * self.se
        return self.difference - half, self.difference + half

    def to_json(self, level: float) -> dict[str, float | bool]:
        """Plain values; the limits are those of `interval`."""
        low, high = self.interval(level)
        return {
            "ratio": self.ratio,
            "p": self.p,
            "suspect": self.suspect,
            "difference": self.difference,
            "lower": low,
            "upper": high,
            "p_value": self.p_value,
        }


def scatter(outcome: Floats, treated: Flags, covariates: Floats) -> Scatter | None:
    """Compare the spread of both arms after a regression with one line for both.

    Args:
        outcome: (m,) finite.
        treated: (m,) flags.
        covariates: (m, p) taken out with slopes common to the arms.

    Returns:
        None with fewer than two treated, fewer than five untreated left over beyond the
        regression, or no spread among the untreated: then nothing can be said.

    Notes:
        Slopes come nearly all from the untreated where these are many, so their residual variance
        has the untreated less one less the covariates as degrees of freedom, and that of the
        treated the treated less one. The second test is Welch's with these variances and
        Satterthwaite's degrees of freedom.
    """
    own, other = int(treated.sum()), int((~treated).sum())
    x = covariates - covariates.mean(axis=0)
    width = int(np.linalg.matrix_rank(x)) if x.shape[1] else 0
    left = other - 1 - width
    if own < 2 or left < _FEWEST:
        return None
    design = np.column_stack((treated, ~treated, x)).astype(np.float64)
    beta = np.linalg.lstsq(design, outcome, rcond=None)[0]
    rest = outcome - x @ beta[2:]
    first, second = rest[treated], rest[~treated]
    mine = float(((first - first.mean()) ** 2).sum()) / (own - 1)
    theirs = float(((second - second.mean()) ** 2).sum()) / left
    if theirs <= 1e-12 * float(np.mean(outcome**2)):
        return None
    a, b = mine / own, theirs / other
    df = (a + b) ** 2 / (a * a / (own - 1) + b * b / left)
    return Scatter(
        ratio=float(np.sqrt(mine / theirs)),
        p=float(fdtrc(own - 1, left, mine / theirs)),
        difference=float(first.mean() - second.mean()),
        se=float(np.sqrt(a + b)),
        df=float(df),
    )
