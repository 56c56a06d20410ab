"""Two published summaries against each other: a rate ratio, or a difference of means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, stdtr, stdtrit
from scipy.stats import binom

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import require_level, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """Rate of the treated over rate of the untreated."""

    treated_rate: float
    untreated_rate: float
    ratio: float | None  # None: no event among the untreated
    lower: float
    upper: float | None  # None: no upper limit
    level: float
    p_lower: float  # one-sided: as few events among the treated, were the rates equal
    p_higher: float
    p_two_sided: float

    def summary(self) -> str:
        """One line."""
        ratio, upper = ("undefined" if x is None else f"{x:.4g}" for x in (self.ratio, self.upper))
        return (
            f"rate ratio {ratio} ({100 * self.level:g}% interval {self.lower:.4g} to {upper}), "
            f"two-sided p {self.p_two_sided:.3g}"
        )


def rate_ratio(
    treated_events: int,
    treated_time: float,
    untreated_events: int,
    untreated_time: float,
    *,
    level: float = 0.95,
) -> RateRatio:
    """Compare two event counts exactly, given their sum.

    Args:
        treated_events: whole number ≥ 0.
        treated_time: person-time, above 0.
        untreated_events: whole number ≥ 0.
        untreated_time: person-time in the same unit.
        level: coverage of the interval.

    Raises:
        InputError: a negative count or a person-time that is not above 0.
        NotComputable: no event in either arm.

    Notes:
        Under Poisson counts the treated events, given all events, are binomial; the interval is
        that of Clopper and Pearson carried over to the ratio, and the two-sided p doubles the
        smaller tail, so that both agree (Przyborowski and Wilenski 1940). Checked in
        tests/reference/test_external_weights.py.
    """
    require_level(level)
    for value, where in (
        (treated_events, "treated_events"),
        (untreated_events, "untreated_events"),
    ):
        if value < 0 or value != int(value):
            raise InputError(f"{value:g} is no count of events", where=where)
    require_positive(treated_time, "treated_time")
    require_positive(untreated_time, "untreated_time")
    x, total = int(treated_events), int(treated_events) + int(untreated_events)
    if total == 0:
        raise NotComputable(
            "no event in either arm, so there is no ratio of rates",
            remedy="Follow for longer; the untreated rate alone bounds what could be shown.",
        )
    alpha = (1 - level) / 2
    odds = treated_time / untreated_time
    low = float(betaincinv(x, total - x + 1, alpha)) if x > 0 else 0.0
    high = float(betaincinv(x + 1, total - x, 1 - alpha)) if x < total else None
    share = treated_time / (treated_time + untreated_time)
    less, more = float(binom.cdf(x, total, share)), float(binom.sf(x - 1, total, share))
    other = untreated_events / untreated_time
    return RateRatio(
        treated_rate=x / treated_time,
        untreated_rate=other,
        ratio=x / treated_time / other if untreated_events else None,
        lower=low / (1 - low) / odds,
        upper=None if high is None else high / (1 - high) / odds,
        level=level,
        p_lower=less,
        p_higher=more,
        p_two_sided=min(1.0, 2 * min(less, more)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """Mean of the treated minus mean of the untreated."""

    difference: float
    lower: float
    upper: float
    level: float
    df: float
    p_lower: float
    p_higher: float

    @property
    def p_two_sided(self) -> float:
        """Twice the smaller tail."""
        return min(1.0, 2 * min(self.p_lower, self.p_higher))

    def summary(self) -> str:
        """One line."""
        return (
            f"difference {self.difference:.4g} ({100 * self.level:g}% interval {self.lower:.4g} "
            f"to {self.upper:.4g}), two-sided p {self.p_two_sided:.3g}"
        )


def mean_difference(
    treated: tuple[float, float, int], untreated: tuple[float, float, int], *, level: float = 0.95
) -> MeanDifference:
    """Compare two means by their standard deviations and counts of people.

    Args:
        treated: mean, standard deviation of single people (not standard error), people.
        untreated: likewise.
        level: coverage of the interval.

    Raises:
        InputError: a negative standard deviation, or fewer than one person.
        NotComputable: an arm of one person, or no variation in either.

    Notes:
        Welch 1947. Checked in tests/reference/test_external_weights.py against R's t.test.
    """
    require_level(level)
    for (mean, sd, n), where in ((treated, "treated"), (untreated, "untreated")):
        if not (np.isfinite(mean) and np.isfinite(sd) and sd >= 0 and n >= 1):
            raise InputError(f"mean {mean:g}, sd {sd:g}, n {n:g} is no summary", where=where)
        if n < 2:
            raise NotComputable(
                f"the {where} arm is one person, whose spread is not known",
                remedy="Bring the people's own values, and use the randomisation test.",
            )
    a, b = treated[1] ** 2 / treated[2], untreated[1] ** 2 / untreated[2]
    if not a + b > 0:
        raise NotComputable(
            "neither arm varies, so there is nothing to judge a difference by",
            remedy="Bring the people's own values.",
        )
    df = (a + b) ** 2 / (a * a / (treated[2] - 1) + b * b / (untreated[2] - 1))
    gap, sd = treated[0] - untreated[0], float(np.sqrt(a + b))
    half = float(stdtrit(df, (1 + level) / 2)) * sd
    return MeanDifference(
        difference=gap,
        lower=gap - half,
        upper=gap + half,
        level=level,
        df=float(df),
        p_lower=float(stdtr(df, gap / sd)),
        p_higher=float(stdtr(df, -gap / sd)),
    )
