"""Gamma frailty: each person's events come at a rate of their own, on a common baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import chdtrc, gammaln, ndtri

from ultrarare.stats.arrays import Counts, Floats, freeze, require_level
from ultrarare.stats.recurrent.cox import fit_intensity, two_sided
from ultrarare.stats.recurrent.penalised import penalised_fit, whole_se
from ultrarare.stats.recurrent.ratio import ratio_words
from ultrarare.stats.recurrent.record import Records, rows_at_risk
from ultrarare.stats.recurrent.risk import RiskSets, risk_sets
from ultrarare.words import counted

_LOG_VARIANCE: Final = (-7.0, 3.0)
"""Searched range of the log frailty variance; below it people are as good as alike."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GammaFrailty:
    """Log rate ratio within people of one frailty; None where undefined, `reason` says why.

    Standard errors take the frailty variance as known. `se` leaves out the small covariances
    between people's frailties, as R's coxph does by default; `se_full` has them, and interval and
    p value rest on it.
    """

    level: float
    log_rate_ratio: float | None
    se: float | None
    se_full: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    variance: float | None  # of frailty, whose mean is 1; 0 where people are alike
    p_variance: float | None  # likelihood ratio against 0, on its boundary
    log_likelihood: float | None  # integrated over frailties
    frailty: Floats  # (people,) predicted; 1 where people are alike
    reason: str | None
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        if self.log_rate_ratio is None:
            return f"gamma frailty: undefined, {self.reason}"
        words = ratio_words(self.log_rate_ratio, self.lower, self.upper, self.p_value, self.level)
        return f"gamma frailty: {words}, frailty variance {self.variance:.3g}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Fit:
    beta: float
    log_frailty: Floats
    integrated: float
    se: float | None  # None where uncorrelated frailties leave no information


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Problem:
    """Rows in the form that the kernels take."""

    x: Floats
    person: Counts
    risk: RiskSets
    counts: Counts


def fit_gamma_frailty(
    found: Records, *, variance: float | None = None, level: float = 0.95
) -> GammaFrailty:
    """Fit a shared gamma frailty by its integrated likelihood.

    Args:
        found: people, spans and events.
        variance: variance of frailty if known; None to estimate it.
        level: coverage of the interval.

    Raises:
        InputError: a bad level.

    Notes:
        At a fixed variance θ the estimates maximise the partial likelihood plus
        (1/θ) Σ(w - exp w), w the log frailty of a person (Therneau and Grambsch 2000, section
        9.6). Steps are Newton's, solved by conjugate gradients, and are halved until they rise;
        after each the mean frailty is set to 1, which is exact. θ
        maximises the integrated likelihood, of which the penalised one differs by
        Σ[ν + d - (ν+d) log(ν+d) + ν log ν + log Γ(ν+d) - log Γ(ν)], with ν = 1/θ and d a
        person's events; the d makes it the partial likelihood at θ = 0. A
        maximum there is the Andersen–Gill model. Checked against R's coxph in
        tests/reference/test_recurrent_events.py, and against the likelihood with every jump of
        the baseline a parameter in tests/oracles/test_recurrent_oracle.py.
    """
    require_level(level)
    plain = fit_intensity(found, "andersen-gill", level=level, jackknifed=False)
    alike = np.ones(found.n_people)
    if plain.log_rate_ratio is None or plain.log_likelihood is None:
        return _result(level, None, None, None, None, None, alike, plain.reason)
    problem = _problem(found)
    start = _Fit(
        beta=plain.log_rate_ratio,
        log_frailty=np.zeros(found.n_people),
        integrated=plain.log_likelihood,
        se=plain.se,
    )
    theta, fit = (
        _estimate(problem, start) if variance is None else (variance, _at(problem, variance, start))
    )
    full = start.se if theta == 0 else _full_se(problem, theta, fit)
    gain = 2 * (fit.integrated - start.integrated)
    at_least = 1.0 if gain <= 0 else 0.5 * float(chdtrc(1, gain))
    p_variance = at_least if variance is None else None
    frailty = np.exp(fit.log_frailty)
    return _result(level, fit, theta, full, p_variance, found, frailty, None)


def _result(
    level: float,
    fit: _Fit | None,
    theta: float | None,
    full: float | None,
    p_variance: float | None,
    found: Records | None,
    frailty: Floats,
    reason: str | None,
) -> GammaFrailty:
    wald = None if fit is None else (full if full is not None else fit.se)
    half = None if wald is None else float(ndtri((1 + level) / 2)) * wald
    return GammaFrailty(
        level=level,
        log_rate_ratio=None if fit is None else fit.beta,
        se=None if fit is None else fit.se,
        se_full=full,
        lower=None if fit is None or half is None else fit.beta - half,
        upper=None if fit is None or half is None else fit.beta + half,
        p_value=None if fit is None or wald is None else two_sided(fit.beta, wald),
        variance=theta,
        p_variance=p_variance,
        log_likelihood=None if fit is None else fit.integrated,
        frailty=frailty,
        reason=reason,
        caveats=() if found is None else _caveats(found, theta),
    )


def _caveats(found: Records, theta: float | None) -> tuple[str, ...]:
    said = ["the standard error takes the frailty variance as known"]
    if theta == 0:
        said.append(
            "people differ no more than chance explains: the frailty variance is 0 and the model "
            "is Andersen and Gill's"
        )
    fewest = int(min(found.treated.sum(), (~found.treated).sum()))
    if fewest < 20:
        said.append(
            f"{counted(fewest, 'person')} in the smaller group: the normal distribution of the "
            "estimate is "
            "not to be relied on"
        )
    return tuple(said)


def _problem(found: Records) -> _Problem:
    rows = rows_at_risk(found)
    alike = np.zeros(rows.person.size, np.int64)
    return _Problem(
        x=found.treated[rows.person].astype(np.float64)[:, None],
        person=rows.person,
        risk=risk_sets(rows.start, rows.stop, rows.event, alike),
        counts=found.counts,
    )


def _estimate(problem: _Problem, start: _Fit) -> tuple[float, _Fit]:
    """Variance at the maximum of the integrated likelihood, 0 included, and the fit there."""
    best = start

    def minus(log_theta: float) -> float:
        nonlocal best
        best = _at(problem, float(np.exp(log_theta)), best)
        return -best.integrated

    found = minimize_scalar(
        minus, bounds=_LOG_VARIANCE, method="bounded", options={"xatol": 1e-7, "maxiter": 60}
    )
    theta = float(np.exp(found.x))
    fit = _at(problem, theta, best)
    if fit.integrated <= start.integrated + 1e-9:
        return 0.0, start
    return theta, fit


def _at(problem: _Problem, theta: float, start: _Fit) -> _Fit:
    """The penalised fit at one variance."""
    if theta == 0:
        return start
    risk = problem.risk
    beta, w, loglik, info = penalised_fit(
        np.array([start.beta]),
        start.log_frailty.copy(),
        1 / theta,
        problem.x,
        problem.person,
        risk.first,
        risk.past,
        risk.event,
        risk.n_times,
        problem.counts.astype(np.float64),
    )
    nu, d = 1 / theta, problem.counts
    penalised = loglik + nu * float(np.sum(w - np.exp(w)))
    # - (ν+d) log(ν+d) + ν log ν, written so that large ν loses nothing
    correction = nu + d - d * np.log(nu + d) - nu * np.log1p(d * theta)
    correction += gammaln(nu + d) - gammaln(nu)
    return _Fit(
        beta=float(beta[0]),
        log_frailty=w,
        integrated=penalised + float(correction.sum()),
        se=float(info[0, 0] ** -0.5) if info[0, 0] > 0 else None,
    )


def _full_se(problem: _Problem, theta: float, fit: _Fit) -> float:
    """Standard error from the inverse of the whole penalised information."""
    risk = problem.risk
    return float(
        whole_se(
            np.array([fit.beta]),
            fit.log_frailty,
            1 / theta,
            problem.x,
            problem.person,
            risk.first,
            risk.past,
            risk.event,
            risk.n_times,
        )
    )
