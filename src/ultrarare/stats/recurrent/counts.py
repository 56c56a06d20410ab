"""Counts with person-time: Poisson and negative binomial ratios of two groups' rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import bdtr, bdtrc, gammaln, ndtri, polygamma, stdtrit, xlogy

from ultrarare.errors import InputError
from ultrarare.stats.arrays import (
    Counts,
    Flags,
    Floats,
    count_vector,
    finite_vector,
    flag_vector,
    require_level,
    same_length,
)
from ultrarare.stats.recurrent.cox import jackknife_by_group, one_person_alone, two_sided
from ultrarare.stats.recurrent.ratio import ratio_words
from ultrarare.words import counted

_LOG_SHAPE: Final = (-6.0, 14.0)
"""Searched range of the log shape; above it rates are as good as equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonRates:
    """Ratio of the groups' rates, with three standard errors; None where undefined.

    Interval and p value rest on the jackknife and Student's t where it is defined, on the
    sandwich where it is not. `p_conditional` is exact if nobody's rate differs from their
    group's, which is seldom so.
    """

    level: float
    events: tuple[int, int]  # untreated, treated
    person_time: tuple[float, float]
    log_rate_ratio: float | None
    se: float | None  # the naive one: counts of a group are Poisson
    robust_se: float | None
    jackknife_se: float | None
    df: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    p_robust: float | None
    p_model: float | None
    p_conditional: float  # two-sided, twice the smaller tail of the binomial
    reason: str | None
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        if self.log_rate_ratio is None:
            return f"Poisson: undefined, {self.reason}"
        words = ratio_words(self.log_rate_ratio, self.lower, self.upper, self.p_value, self.level)
        return f"Poisson: {words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeBinomialRates:
    """Ratio of the groups' rates where people's rates are gamma; None where undefined.

    Interval and p value are Wald's with the model's standard error at the fitted shape.
    """

    level: float
    log_rate_ratio: float | None
    se: float | None
    robust_se: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    p_robust: float | None
    shape: float | None  # theta; None where it is infinite and counts are Poisson
    shape_se: float | None
    log_likelihood: float | None
    reason: str | None
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        if self.log_rate_ratio is None:
            return f"negative binomial: undefined, {self.reason}"
        spread = "infinite" if self.shape is None else f"{self.shape:.3g}"
        words = ratio_words(self.log_rate_ratio, self.lower, self.upper, self.p_value, self.level)
        return f"negative binomial: {words}, shape {spread}"


def fit_poisson(
    events: ArrayLike, person_time: ArrayLike, treated: ArrayLike, *, level: float = 0.95
) -> PoissonRates:
    """Compare two groups' rates as if counts were Poisson, then repair the standard error.

    Args:
        events: (n,) events of each person.
        person_time: (n,) time each was under observation, > 0.
        treated: (n,) group.
        level: coverage of the interval.

    Raises:
        InputError: arrays of unequal length, bad counts, times or level, an empty group.

    Notes:
        log(y₁/T₁) - log(y₀/T₀); naive variance 1/y₁ + 1/y₀; sandwich
        Σ over groups of Σ(y - rate·t)²/y²; jackknife as in `jackknife_by_group`. Conditional on
        all events, those of the treated are binomial with probability T₁/(T₁+T₀).
    """
    y, t, z = _read(events, person_time, treated, level)
    sums = [(int(y[z == g].sum()), float(t[z == g].sum())) for g in (False, True)]
    (y0, t0), (y1, t1) = sums
    share = t1 / (t0 + t1)
    tails = (
        float(bdtr(y1, y0 + y1, share)),
        1.0 if y1 == 0 else float(bdtrc(y1 - 1, y0 + y1, share)),
    )
    conditional = 1.0 if y0 + y1 == 0 else min(1.0, 2 * min(tails))
    reason = _undefined(y0, y1)
    alone = one_person_alone(z)
    value = se = robust = None
    jackknife = None
    lower = upper = p = None
    if reason is None:
        value, se = float(np.log(y1 / t1) - np.log(y0 / t0)), float((1 / y1 + 1 / y0) ** 0.5)
        off = [
            (y[z == g] - n / s * t[z == g]) / n
            for g, (n, s) in zip((False, True), sums, strict=True)
        ]
        robust = float(np.sqrt(sum(float(np.sum(each**2)) for each in off))) if alone is None else 0
        jackknife = jackknife_by_group(_left_out(y, t, z), z)
        lower, upper, p = _interval(value, robust, jackknife, level)
    return PoissonRates(
        level=level,
        events=(y0, y1),
        person_time=(t0, t1),
        log_rate_ratio=value,
        se=se,
        robust_se=robust or None,
        jackknife_se=None if jackknife is None else jackknife[0],
        df=None if jackknife is None else jackknife[1],
        lower=lower,
        upper=upper,
        p_value=p,
        p_robust=None if value is None or not robust else two_sided(value, robust),
        p_model=None if value is None or se is None else two_sided(value, se),
        p_conditional=conditional,
        reason=reason,
        caveats=(
            "the naive standard error and the conditional p take everyone's rate as that of "
            "their group; where people differ both are too small",
            *(() if alone is None else (alone,)),
        ),
    )


def fit_negative_binomial(
    events: ArrayLike, person_time: ArrayLike, treated: ArrayLike, *, level: float = 0.95
) -> NegativeBinomialRates:
    """Compare two groups' rates where each person's rate is gamma with a common shape.

    Args:
        events: (n,) events of each person.
        person_time: (n,) time each was under observation, > 0.
        treated: (n,) group.
        level: coverage of the interval.

    Raises:
        InputError: arrays of unequal length, bad counts, times or level, an empty group.

    Notes:
        At a given shape θ the groups' rates are fitted apart, Σ(y - m)/(1 + m/θ) = 0; θ
        maximises the profile likelihood, and is infinite where counts vary no more than Poisson
        counts. Variance Σ over groups of 1/Σ m/(1 + m/θ), θ taken as known (Lawless 1987).
        Checked against R's glm.nb in tests/reference/test_recurrent_events.py.
    """
    y, t, z = _read(events, person_time, treated, level)
    reason = _undefined(int(y[~z].sum()), int(y[z].sum()))
    if reason is not None:
        return _no_binomial(level, reason)
    theta = _shape(y, t, z)
    rates = [_rate(theta, y[z == g], t[z == g]) for g in (False, True)]
    m = np.where(z, rates[1], rates[0]) * t
    weight = 1 / (1 + m / theta)
    info = [float(np.sum((m * weight)[z == g])) for g in (False, True)]
    meat = [float(np.sum((((y - m) * weight)[z == g]) ** 2)) for g in (False, True)]
    value = float(np.log(rates[1] / rates[0]))
    se = float(np.sqrt(sum(1 / each for each in info)))
    robust = float(np.sqrt(sum(b / a**2 for a, b in zip(info, meat, strict=True))))
    half = float(ndtri((1 + level) / 2)) * se
    return NegativeBinomialRates(
        level=level,
        log_rate_ratio=value,
        se=se,
        robust_se=robust if robust > 0 else None,
        lower=value - half,
        upper=value + half,
        p_value=two_sided(value, se),
        p_robust=two_sided(value, robust),
        shape=None if np.isinf(theta) else theta,
        shape_se=None if np.isinf(theta) else _shape_se(theta, y, m),
        log_likelihood=_loglik(theta, y, m),
        reason=None,
        caveats=_caveats(theta, z),
    )


def _caveats(theta: float, z: Flags) -> tuple[str, ...]:
    said = ["the standard error takes the shape as known"]
    if np.isinf(theta):
        said.append(
            "counts vary no more than chance explains: the shape is infinite and the model is "
            "Poisson's"
        )
    fewest = int(min(z.sum(), (~z).sum()))
    if fewest < 20:
        said.append(
            f"{counted(fewest, 'person')} in the smaller group: the normal distribution of the "
            "estimate is "
            "not to be relied on"
        )
    return tuple(said)


def _read(
    events: ArrayLike, person_time: ArrayLike, treated: ArrayLike, level: float
) -> tuple[Counts, Floats, Flags]:
    require_level(level)
    y, t = count_vector(events, "events"), finite_vector(person_time, "person_time")
    z = flag_vector(treated, "treated")
    same_length(events=y, person_time=t, treated=z)
    if (t <= 0).any():
        raise InputError("every time must be above 0", where="person_time")
    if z.all() or not z.any():
        raise InputError("one of the two groups is empty", where="treated")
    return y, t, z


def _undefined(y0: int, y1: int) -> str | None:
    if y0 + y1 == 0:
        return "there is no event in either group"
    if y1 == 0:
        return "there is no event in the treated group, so the log ratio has no lower bound"
    if y0 == 0:
        return "there is no event in the untreated group, so the log ratio has no upper bound"
    return None


def _left_out(y: Counts, t: Floats, z: Flags) -> Floats:
    """Log rate ratio without each person; NaN where an arm is then without an event or empty."""
    out = np.empty(y.size)
    other = {g: np.log(y[z != g].sum() / t[z != g].sum()) for g in (False, True)}
    for g in (False, True):
        own = z == g
        rest, time = y[own].sum() - y[own], t[own].sum() - t[own]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where((rest > 0) & (time > 0), np.log(rest / time), np.nan)
        out[own] = (logs - other[g]) if g else (other[g] - logs)
    return out


def _interval(
    value: float, robust: float, jackknife: tuple[float, float] | None, level: float
) -> tuple[float | None, float | None, float | None]:
    se, df = (robust, None) if jackknife is None else jackknife
    if se <= 0:
        return None, None, None
    tail = (1 + level) / 2
    half = se * float(ndtri(tail) if df is None else stdtrit(df, tail))
    return value - half, value + half, two_sided(value, se, df)


def _rate(theta: float, y: Counts, t: Floats) -> float:
    """The rate of one group at this shape."""
    crude = float(y.sum() / t.sum())
    if np.isinf(theta) or np.ptp(t) == 0:
        return crude

    def score(log_rate: float) -> float:
        m = np.exp(log_rate) * t
        return float(np.sum((y - m) / (1 + m / theta)))

    top = float(np.log((y / t).max()))
    return float(np.exp(brentq(score, np.log(crude) - 30, top + 1e-9, xtol=1e-13)))


def _loglik(theta: float, y: Counts, m: Floats) -> float:
    if np.isinf(theta):
        return float(np.sum(xlogy(y, m) - m - gammaln(y + 1)))
    terms = gammaln(theta + y) - gammaln(theta) - gammaln(y + 1)
    return float(np.sum(terms - theta * np.log1p(m / theta) + xlogy(y, m / (theta + m))))


def _profile(theta: float, y: Counts, t: Floats, z: Flags) -> float:
    rates = [_rate(theta, y[z == g], t[z == g]) for g in (False, True)]
    return _loglik(theta, y, np.where(z, rates[1], rates[0]) * t)


def _shape(y: Counts, t: Floats, z: Flags) -> float:
    """Shape at the maximum of the profile likelihood, the infinite one included."""
    found = minimize_scalar(
        lambda log_shape: -_profile(float(np.exp(log_shape)), y, t, z),
        bounds=_LOG_SHAPE,
        method="bounded",
        options={"xatol": 1e-9},
    )
    poisson = _profile(float("inf"), y, t, z)
    if -float(found.fun) <= poisson + 1e-10 or found.x > _LOG_SHAPE[1] - 1:
        return float("inf")
    return float(np.exp(found.x))


def _shape_se(theta: float, y: Counts, m: Floats) -> float | None:
    """From the curvature of the likelihood in the shape, rates held."""
    terms = (
        polygamma(1, theta)
        - polygamma(1, theta + y)
        - 1 / theta
        + 2 / (m + theta)
        - (y + theta) / (m + theta) ** 2
    )
    info = float(np.sum(terms))
    return info**-0.5 if info > 0 else None


def _no_binomial(level: float, reason: str) -> NegativeBinomialRates:
    return NegativeBinomialRates(
        level=level,
        log_rate_ratio=None,
        se=None,
        robust_se=None,
        lower=None,
        upper=None,
        p_value=None,
        p_robust=None,
        shape=None,
        shape_se=None,
        log_likelihood=None,
        reason=reason,
        caveats=(),
    )
