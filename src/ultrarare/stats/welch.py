"""Welch's t interval for two means: the comparison that takes a person's visits at face value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from ultrarare.stats.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Welch:
    """Mean of the second sample minus mean of the first."""

    difference: float
    lower: float
    upper: float
    p: float  # two-sided
    df: float
    level: float


def welch(first: Floats, second: Floats, *, level: float) -> Welch | None:
    """Compare two means with unequal variances; None if there is no variance to go by.

    Args:
        first: (n,) values, finite.
        second: (k,) values, finite.
        level: coverage, between 0 and 1.

    Notes:
        Welch (1947), degrees of freedom by Satterthwaite. Needs two values in each sample
        and some variation. Checked in tests/reference/test_welch.py against R's t.test.
    """
    if first.size < 2 or second.size < 2:
        return None
    a, b = first.var(ddof=1) / first.size, second.var(ddof=1) / second.size
    if not a + b > 0:
        return None
    df = float((a + b) ** 2 / (a * a / (first.size - 1) + b * b / (second.size - 1)))
    sd, difference = float(np.sqrt(a + b)), float(second.mean() - first.mean())
    half = float(stdtrit(df, (1 + level) / 2)) * sd
    return Welch(
        difference=difference,
        lower=difference - half,
        upper=difference + half,
        p=float(2 * stdtr(df, -abs(difference) / sd)),
        df=df,
        level=level,
    )
