"""Andersen–Gill and Prentice–Williams–Peterson: proportional intensities of recurrent events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Counts, Flags, Floats, freeze, require_level
from ultrarare.stats.compiled import compiled
from ultrarare.stats.recurrent.ratio import ratio_words
from ultrarare.stats.recurrent.record import Records, Rows, rows_at_risk, same_times
from ultrarare.stats.recurrent.risk import RiskSets, newton, risk_sets, score_residuals
from ultrarare.words import counted

CoxName = Literal["andersen-gill", "pwp-total", "pwp-gap"]

_FEW: Final = 20
"""With fewer people in a group the sandwich standard error is known to be too small."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Intensity:
    """Log ratio of intensities, treated to untreated, with three standard errors.

    Interval and p value rest on the jackknife and Student's t where it is defined, on the
    sandwich and the normal distribution where it is not. None where a number is undefined;
    `reason` then says why.
    """

    name: CoxName
    level: float
    log_rate_ratio: float | None
    se: float | None  # model-based: the events of one person are taken as independent
    robust_se: float | None  # sandwich over people
    jackknife_se: float | None  # leaving out one person at a time
    df: float | None  # of Student's t beside the jackknife, after Satterthwaite
    lower: float | None
    upper: float | None
    p_value: float | None
    p_robust: float | None  # two-sided normal, sandwich
    p_model: float | None  # two-sided normal, model-based
    log_likelihood: float | None
    martingale: Floats  # (people,) residuals with both groups alike: events minus expected
    reason: str | None
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        if self.log_rate_ratio is None:
            return f"{self.name}: undefined, {self.reason}"
        words = ratio_words(self.log_rate_ratio, self.lower, self.upper, self.p_value, self.level)
        return f"{self.name}: {words}"


def fit_intensity(
    found: Records, name: CoxName, *, level: float = 0.95, jackknifed: bool = True
) -> Intensity:
    """Fit a proportional intensity model with the treated group as its one covariate.

    Args:
        found: people, spans and events.
        name: `andersen-gill`, all events alike on the clock of the record; `pwp-total`, the same
            with a baseline of its own for each event number; `pwp-gap`, likewise on the clock
            that starts anew at each event.
        level: coverage of the interval.
        jackknifed: whether to leave out one person at a time; without it interval and p value
            rest on the sandwich.

    Raises:
        InputError: an unknown name or a bad level.

    Notes:
        Partial likelihood with Efron's handling of ties, rows at risk as (start, stop]; Newton
        steps. Sandwich over people as in Lin and Wei 1989. Jackknife variance by group, Σ over
        groups of (n - 1)/n Σ (θ₍ᵢ₎ - mean)², with Satterthwaite's degrees of freedom. Andersen
        and Gill 1982; Prentice, Williams and Peterson 1981. Checked against R's coxph in
        tests/reference/test_recurrent_events.py.
    """
    require_level(level)
    rows = rows_at_risk(found)
    risk = _risk(rows, name)
    x = found.treated[rows.person].astype(np.float64)[:, None]
    everyone = np.ones(rows.person.size)
    ranges = (risk.first, risk.past, risk.event, risk.n_times)
    _, residual = score_residuals(everyone, x, rows.person, *ranges, found.n_people)
    if (reason := _undefined(found)) is not None:
        return _without(name, level, residual, reason, _caveats(found, name))
    beta, info, loglik, converged = newton(x, everyone, np.zeros(1), *ranges)
    if not converged:
        reason = "the groups are not at risk together often enough to be compared"
        return _without(name, level, residual, reason, _caveats(found, name))
    score, _ = score_residuals(np.exp(x @ beta), x, rows.person, *ranges, found.n_people)
    value, se = float(beta[0]), float(info[0, 0] ** -0.5)
    robust = float(np.sqrt(np.sum(score[:, 0] ** 2)) / info[0, 0])
    jackknife = None
    if jackknifed:
        left_out = _leave_one_out(x, beta, rows.person, *ranges, found.n_people)
        jackknife = jackknife_by_group(left_out, found.treated)
    alone = one_person_alone(found.treated)
    if alone is not None:
        robust = 0.0
    lower, upper, p = _interval(value, robust, jackknife, level)
    said = _caveats(found, name)
    return Intensity(
        name=name,
        level=level,
        log_rate_ratio=value,
        se=se,
        robust_se=robust if robust > 0 else None,
        jackknife_se=None if jackknife is None else jackknife[0],
        df=None if jackknife is None else jackknife[1],
        lower=lower,
        upper=upper,
        p_value=p,
        p_robust=two_sided(value, robust),
        p_model=two_sided(value, se),
        log_likelihood=float(loglik),
        martingale=residual,
        reason=None,
        caveats=said if alone is None else (*said, alone),
    )


def one_person_alone(treated: Flags) -> str | None:
    """Why no sandwich and no jackknife can be formed; None if both groups have two people."""
    if min(int(treated.sum()), int((~treated).sum())) >= 2:
        return None
    return (
        "a group of one person shows no scatter between people: no interval and no p beside the "
        "model's own, which takes that person's events as independent"
    )


def jackknife_by_group(left_out: Floats, treated: Flags) -> tuple[float, float] | None:
    """Standard error and degrees of freedom from estimates with one person left out.

    Args:
        left_out: (people,) estimates; NaN where leaving that person out leaves nothing to fit.
        treated: (people,) group of the person left out.

    Returns:
        None where an estimate is undefined, a group has one person, or nothing varies.
    """
    parts, total = [], 0.0
    for group in (False, True):
        own = left_out[treated == group]
        if own.size < 2 or not np.isfinite(own).all():
            return None
        part = (own.size - 1) / own.size * float(np.sum((own - own.mean()) ** 2))
        parts.append(part**2 / (own.size - 1))
        total += part
    if total <= 1e-20:
        return None
    return float(np.sqrt(total)), total**2 / sum(parts)


def two_sided(value: float, se: float, df: float | None = None) -> float | None:
    """Two-sided p of value/se; None where the standard error is 0."""
    if se <= 0:
        return None
    z = -abs(value) / se
    return float(2 * (ndtr(z) if df is None else stdtr(df, z)))


def _interval(
    value: float, robust: float, jackknife: tuple[float, float] | None, level: float
) -> tuple[float | None, float | None, float | None]:
    if jackknife is not None:
        se, df = jackknife
        half = float(stdtrit(df, (1 + level) / 2)) * se
        return value - half, value + half, two_sided(value, se, df)
    if robust <= 0:
        return None, None, None
    half = float(ndtri((1 + level) / 2)) * robust
    return value - half, value + half, two_sided(value, robust)


def _risk(rows: Rows, name: CoxName) -> RiskSets:
    if name == "andersen-gill":
        alike = np.zeros(rows.person.size, np.int64)
        return risk_sets(rows.start, rows.stop, rows.event, alike)
    if name == "pwp-total":
        return risk_sets(rows.start, rows.stop, rows.event, rows.number)
    if name == "pwp-gap":
        begin, end = same_times(rows.start - rows.origin), same_times(rows.stop - rows.origin)
        return risk_sets(begin, end, rows.event, rows.number)
    raise InputError(f"{name!r} is no model of this module", where="name")


def _undefined(found: Records) -> str | None:
    """Why no finite ratio exists; None if one may."""
    treated = int(found.counts[found.treated].sum())
    untreated = int(found.counts[~found.treated].sum())
    if treated + untreated == 0:
        return "there is no event in either group"
    if treated == 0:
        return "there is no event in the treated group, so the log ratio has no lower bound"
    if untreated == 0:
        return "there is no event in the untreated group, so the log ratio has no upper bound"
    return None


def _without(
    name: CoxName, level: float, residual: Floats, reason: str, caveats: tuple[str, ...]
) -> Intensity:
    return Intensity(
        name=name,
        level=level,
        log_rate_ratio=None,
        se=None,
        robust_se=None,
        jackknife_se=None,
        df=None,
        lower=None,
        upper=None,
        p_value=None,
        p_robust=None,
        p_model=None,
        log_likelihood=None,
        martingale=residual,
        reason=reason,
        caveats=caveats,
    )


def _caveats(found: Records, name: CoxName) -> tuple[str, ...]:
    said = []
    fewest = int(min(found.treated.sum(), (~found.treated).sum()))
    if fewest < _FEW:
        said.append(
            f"{counted(fewest, 'person')} in the smaller group: below {_FEW} the sandwich "
            "standard error is "
            "too small, so its p value is not to be read alone"
        )
    if found.has_gaps and name != "andersen-gill":
        said.append(
            "somebody was out of observation for a while: events then are not counted, so event "
            "numbers and gap times may be wrong"
        )
    if name != "andersen-gill":
        said.append(
            "people are compared only with those who had as many events: after the first event "
            "the groups are no longer those that were formed"
        )
    return tuple(said)


@compiled
def _leave_one_out(
    x: Floats,
    begin: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
    n_people: int,
) -> Floats:
    """(people,) coefficient of the one covariate without each person; NaN where undefined."""
    out = np.full(n_people, np.nan)
    for left in range(n_people):
        active = np.ones(person.size)
        for i in range(person.size):
            if person[i] == left:
                active[i] = 0.0
        beta, _info, _loglik, converged = newton(x, active, begin, first, past, event, n_times)
        if converged:
            out[left] = beta[0]
    return out
