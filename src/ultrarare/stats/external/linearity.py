"""Whether the untreated outcome is a straight line in the covariates, as adjustment takes it."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import fdtrc

from ultrarare.stats.arrays import Floats

SUSPECT: Final = 0.1
"""A p of the squares below this is told as a caveat."""
_FEWEST: Final = 8
"""People left over below which bends cannot be seen."""


def bend_p(outcome: Floats, covariates: Floats) -> float | None:
    """P of the F test that squares of the covariates add nothing to a linear fit.

    Args:
        outcome: (N,) outcomes of untreated people, finite.
        covariates: (N, p) finite.

    Returns:
        None where fewer than eight people are left over, or squares add no column, or the outcome
        is explained without rest.
    """
    scaled = covariates - covariates.mean(axis=0)
    plain = np.column_stack((np.ones(outcome.size), scaled))
    bent = np.column_stack((plain, scaled**2))
    rank0, rank1 = (int(np.linalg.matrix_rank(m)) for m in (plain, bent))
    df = outcome.size - rank1
    if rank1 == rank0 or df < _FEWEST:
        return None
    rest0, rest1 = (_rest(outcome, m) for m in (plain, bent))
    if rest1 <= 1e-12 * float(((outcome - outcome.mean()) ** 2).sum()):
        return None
    extra = rank1 - rank0
    return float(fdtrc(extra, df, max(0.0, (rest0 - rest1) / extra / (rest1 / df))))


def _rest(outcome: Floats, design: Floats) -> float:
    fitted = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return float(((outcome - fitted) ** 2).sum())
