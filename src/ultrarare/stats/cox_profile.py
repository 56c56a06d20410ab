"""Profile of Firth's penalised partial likelihood: limits and p of each coefficient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats
from ultrarare.stats.cox_fit import Pass, RiskData, maximise

_WIDEST = 60.0  # sds of a covariate; a limit beyond is no limit


def profile(data: RiskData, fitted: Pass, level: float) -> Floats:
    """Rows lower, upper and p, each (p,); NaN for a limit that the likelihood does not have.

    Heinze and Schemper 2001: the values at which twice the fall of the penalised log likelihood,
    maximised over the other coefficients, reaches the chi-square quantile of one degree.
    """
    out = np.full((3, fitted.beta.size), np.nan)
    allowed = float(chdtri(1, 1 - level))
    for j in range(fitted.beta.size):

        def fall(value: float, j: int = j) -> float:
            return 2 * (fitted.log_likelihood - _profiled(data, fitted, j, value))

        out[2, j] = chdtrc(1, max(0.0, fall(0.0)))
        for side, sign in ((0, -1.0), (1, 1.0)):
            out[side, j] = _limit(fall, fitted.beta[j], sign, allowed)
    return out


def _profiled(data: RiskData, fitted: Pass, j: int, value: float) -> float:
    start = fitted.beta.copy()
    start[j] = value
    free = np.arange(start.size) != j
    try:
        best, _ = maximise(data, start, penalised=True, free=free)
    except NotComputable:  # the others have no maximum there: as low as can be
        return -np.inf
    return best.log_likelihood


def _limit(fall: Callable[[float], float], centre: float, sign: float, allowed: float) -> float:
    reach = 0.5
    while reach < _WIDEST:
        if fall(centre + sign * reach) > allowed:
            found = brentq(
                lambda r: min(fall(centre + sign * r), 1e6) - allowed,
                0.0,
                reach,
                xtol=1e-8,
            )
            return float(centre + sign * found)
        reach *= 2
    return float("nan")
