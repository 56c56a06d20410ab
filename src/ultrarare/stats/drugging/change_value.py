"""Whether a marker changed by more than the assay and the person vary: reference change value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtr, chdtri, ndtr, ndtri

from ultrarare.errors import InputError, NotComputable

Floats = npt.NDArray[np.float64]
Sides = Literal["two-sided", "lower", "higher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVariation:
    """Variation of a person's own values before dosing.

    Attributes:
        cv: coefficient of variation, of the logarithms.
        lower: limit, chi-square.
        upper: limit.
        values: how many.
        p_stated: chance of so much scatter, or more, under the stated CVs.
    """

    cv: float
    lower: float
    upper: float
    values: int
    p_stated: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeValue:
    """One value after dosing against the mean before.

    Attributes:
        baseline: geometric mean of the values before.
        values: how many values before.
        after: the value after; the bound where it is one.
        bounded: whether the true value lies at or below `after` (below the limit of detection).
        change: relative, after / baseline − 1; the least fall where bounded.
        rise: relative change above which a rise exceeds noise.
        fall: relative change below which a fall exceeds noise; negative.
        symmetrical: the classical limit, either way.
        p_value: chance of a change at least so large by noise alone; the largest it can be where
            bounded.
        exceeds: whether it exceeds noise at the level.
        level: of the limits.
        sides: which changes are looked for.
    """

    baseline: float
    values: int
    after: float
    bounded: bool
    change: float
    rise: float
    fall: float
    symmetrical: float
    p_value: float
    exceeds: bool
    level: float
    sides: Sides


def change_value(
    before: Floats,
    after: float,
    *,
    cv_analytical: float,
    cv_within: float,
    bounded: bool = False,
    sides: Sides = "two-sided",
    level: float = 0.95,
) -> ChangeValue:
    """Compare one value with the geometric mean of those before.

    Args:
        before: (values,) above 0, at least one.
        after: above 0.
        cv_analytical: coefficient of variation of the assay, as a share.
        cv_within: of the person from day to day, as a share.
        bounded: whether `after` is the limit of detection that the value lies below.
        sides: which changes count.
        level: of the limits.

    Raises:
        InputError: a value or CV that is not above 0.

    Notes:
        Logarithms are normal with variance ln(1 + CVa²) + ln(1 + CVi²), and a mean of n has an
        nth of it; limits are asymmetrical, exp(±zσ√(1 + 1/n)) − 1 (Fokkema et al. 2006). The
        symmetrical limit is z√(1 + 1/n)√(CVa² + CVi²) (Harris and Yasaka 1983). Values of a person
        are taken as independent. Checked in tests/unit/stats/test_drugging.py.
    """
    if not before.size or (before <= 0).any() or after <= 0 or min(cv_analytical, cv_within) < 0:
        raise InputError("values and CVs must be above 0, with at least one value before")
    if cv_analytical == 0 and cv_within == 0:
        raise InputError("both CVs are 0; a change would always exceed noise")
    n = before.size
    sigma = log_sd(cv_analytical, cv_within) * math.sqrt(1 + 1 / n)
    z = float(ndtri(0.5 + level / 2 if sides == "two-sided" else level))
    baseline = float(np.exp(np.log(before).mean()))
    score = math.log(after / baseline) / sigma
    if sides == "two-sided":
        # a bound above the baseline may hide any fall, and no rise
        p = float(2 * ndtr(-abs(score))) if not bounded or score < 0 else 1.0
    else:
        p = float(ndtr(score if sides == "lower" else -score))
        if bounded and sides == "higher":
            p = 1.0
    return ChangeValue(
        baseline=baseline, values=n, after=after, bounded=bounded, change=after / baseline - 1,
        rise=math.expm1(z * sigma), fall=math.expm1(-z * sigma),
        symmetrical=z * math.sqrt((1 + 1 / n) * (cv_analytical**2 + cv_within**2)),
        p_value=p, exceeds=p <= 1 - level, level=level, sides=sides,
    )  # fmt: skip


def log_sd(cv_analytical: float, cv_within: float) -> float:
    """Standard deviation of the logarithm of one value."""
    return math.sqrt(math.log1p(cv_analytical**2) + math.log1p(cv_within**2))


def seen_variation(
    before: Floats, cv_analytical: float, cv_within: float, level: float = 0.95
) -> SeenVariation | None:
    """A person's own scatter before dosing, and whether the stated CVs allow it.

    Returns:
        None with fewer than three values.

    Raises:
        NotComputable: the values are all equal.
    """
    if before.size < 3:
        return None
    df = before.size - 1
    variance = float(np.log(before).var(ddof=1))
    if variance == 0:
        raise NotComputable("the values before dosing are all equal: they are not independent")
    low, high = (
        df * variance / float(chdtri(df, tail)) for tail in ((1 - level) / 2, (1 + level) / 2)
    )
    stated = log_sd(cv_analytical, cv_within) ** 2
    return SeenVariation(
        cv=math.sqrt(math.expm1(variance)), lower=math.sqrt(math.expm1(low)),
        upper=math.sqrt(math.expm1(high)), values=int(before.size),
        p_stated=float(1 - chdtr(df, df * variance / stated)),
    )  # fmt: skip
