"""How long an editor or a drug stays: one exponential, on the logarithm of what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from ultrarare.errors import InputErrors, NotComputable, Problem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """A fitted decline.

    Attributes:
        half_life: in the unit of time.
        lower: limit; None where the decline could be endless.
        upper: limit; None where no decline is shown.
        start: amount at time 0.
        residual: standard deviation of the logarithms.
        points: values fitted.
        level: coverage.
        bends: p of a quadratic term: small where one exponential does not do; None with few points.
    """

    half_life: float
    lower: float | None
    upper: float | None
    start: float
    residual: float
    points: int
    level: float
    bends: float | None


def fit_decay(time: Floats, amount: Floats, level: float = 0.95) -> Decay:
    """Fit ln(amount) = a − kt by least squares; the half-life is ln 2 / k.

    Raises:
        InputErrors: fewer than three values, one time only, or an amount that is not above 0.
        NotComputable: the amount does not fall.

    Notes:
        Limits are those of k (t, residual degrees of freedom) turned over; an upper limit is
        missing where k may be 0. Checked in tests/unit/stats/test_dose_response.py.
    """
    problems = []
    if time.size < 3:
        problems.append(Problem("time", f"has {time.size} values; at least 3 are needed"))
    elif np.unique(time).size < 2:
        problems.append(Problem("time", "has one time only"))
    if (amount <= 0).any():
        problems.append(
            Problem("value", "holds 0 or less", "leave what is below its limit out, and say so")
        )
    if problems:
        raise InputErrors(problems, where="time course")
    y = np.log(amount)
    middle = time - time.mean()
    spread = float((middle**2).sum())
    k = -float((middle * y).sum()) / spread
    if k <= 0:
        raise NotComputable("the amount does not fall with time: it has no half-life")
    start = float(y.mean() + k * time.mean())
    left = y - (start - k * time)
    df = time.size - 2
    variance = float((left**2).sum()) / df
    reach = float(stdtrit(df, 0.5 + level / 2)) * math.sqrt(variance / spread)
    return Decay(
        half_life=math.log(2) / k,
        lower=math.log(2) / (k + reach),
        upper=math.log(2) / (k - reach) if k > reach else None,
        start=math.exp(start), residual=math.sqrt(variance), points=int(time.size), level=level,
        bends=_bends(time, y),
    )  # fmt: skip


def _bends(time: Floats, y: Floats) -> float | None:
    """Two-sided p of a quadratic term."""
    if np.unique(time).size < 4 or time.size < 5:
        return None
    from scipy.special import stdtr

    x = (time - time.mean()) / (float(np.ptp(time)) or 1.0)
    design = np.column_stack((np.ones_like(x), x, x**2))
    found, *_ = np.linalg.lstsq(design, y, rcond=None)
    left = y - design @ found
    df = y.size - 3
    variance = float((left**2).sum()) / df
    error = math.sqrt(variance * float(np.linalg.inv(design.T @ design)[2, 2]))
    return float(2 * stdtr(df, -abs(float(found[2])) / error)) if error > 0 else None
