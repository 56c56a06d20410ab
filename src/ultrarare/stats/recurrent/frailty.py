"""Gamma frailty: each person's events come at a rate of their own, on a common baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import chdtrc, gammaln, ndtri

from ultrarare.stats.arrays import Counts, Flags, Floats, freeze, require_level
from ultrarare.stats.compiled import compiled
from ultrarare.stats.recurrent.cox import fit_intensity, two_sided
from ultrarare.stats.recurrent.record import Records, rows_at_risk
from ultrarare.stats.recurrent.risk import RiskSets, hazards, risk_sets, sums

_LOG_VARIANCE: Final = (-7.0, 3.0)
"""Searched range of the log frailty variance; below it people are as good as alike."""
_STEPS: Final = 200
_TIGHT: Final = 1e-11
"""Relative residual to which the information is solved for the standard error."""


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
        return (
            f"gamma frailty: log rate ratio {self.log_rate_ratio:.4g} (se {self.se:.3g}), "
            f"frailty variance {self.variance:.3g}"
        )


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
            f"{fewest} people in the smaller group: the normal distribution of the estimate is "
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
    beta, w, loglik, info = _penalised(
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
        _whole_se(
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


@compiled
def _terms(
    beta: Floats,
    w: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> tuple[float, Floats, Floats, Floats, Floats, Floats]:
    """Partial likelihood and its derivatives.

    Returns:
        Log partial likelihood; score and information of the coefficients; for each person the
        expected events, the information of the log frailty, and that shared with the
        coefficients.
    """
    n, p = x.shape
    eta = x @ beta + w[person]
    risk = np.exp(eta)
    s0, s1, e0, e1, deaths = sums(risk, x, first, past, event, n_times)
    a0, a1, aa, b0, b1, bb, mean = hazards(s0, s1, e0, e1, deaths)
    t0, tt, t1 = np.zeros(n_times + 1), np.zeros(n_times + 1), np.zeros((n_times + 1, p))
    loglik = 0.0
    for m in range(n_times):
        t0[m + 1], tt[m + 1], t1[m + 1] = t0[m] + a0[m], tt[m] + aa[m], t1[m] + a1[m]
        for k in range(deaths[m]):
            loglik -= np.log(s0[m] - k / deaths[m] * e0[m])
    score, info = np.zeros(p), np.zeros((p, p))
    own, diagonal, cross = np.zeros(w.size), np.zeros(w.size), np.zeros((w.size, p))
    for i in range(n):
        h0, hh = t0[past[i]] - t0[first[i]], tt[past[i]] - tt[first[i]]
        h1 = t1[past[i]] - t1[first[i]]
        if event[i] and first[i] < past[i]:
            m = past[i] - 1
            h0 += b0[m] - a0[m]
            hh += bb[m] - aa[m]
            h1 = h1 + b1[m] - a1[m]
            loglik += eta[i]
            score += x[i] - mean[m]
        own[person[i]] += risk[i] * h0
        diagonal[person[i]] += risk[i] * h0 - risk[i] ** 2 * hh
        for a in range(p):
            cross[person[i], a] += risk[i] * (x[i, a] * h0 - h1[a])
            for b in range(p):
                info[a, b] += risk[i] * x[i, a] * (x[i, b] * h0 - h1[b])
    return loglik, score, info, own, diagonal, cross


@compiled
def _times_information(
    v: Floats,
    weight: Floats,
    risk: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> Floats:
    """The information of log frailties and, last, coefficients, times a vector.

    With the vector's change of each row's log intensity as its covariate, the product is the
    covariance of that covariate with the parameters, summed over events: one pass over the rows.
    `weight` is the penalty's share of the diagonal.
    """
    people, (n, p) = weight.size, x.shape
    u = np.empty((n, 1))
    for i in range(n):
        u[i, 0] = v[person[i]]
        for a in range(p):
            u[i, 0] += x[i, a] * v[people + a]
    s0, s1, e0, e1, deaths = sums(risk, u, first, past, event, n_times)
    a0, a1, _aa, b0, b1, _bb, _mean = hazards(s0, s1, e0, e1, deaths)
    t0, t1 = np.zeros(n_times + 1), np.zeros(n_times + 1)
    for m in range(n_times):
        t0[m + 1], t1[m + 1] = t0[m] + a0[m], t1[m] + a1[m, 0]
    out = np.zeros(people + p)
    for j in range(people):
        out[j] = weight[j] * v[j]
    for i in range(n):
        h0, h1 = t0[past[i]] - t0[first[i]], t1[past[i]] - t1[first[i]]
        if event[i] and first[i] < past[i]:
            m = past[i] - 1
            h0 += b0[m] - a0[m]
            h1 += b1[m, 0] - a1[m, 0]
        share = risk[i] * (u[i, 0] * h0 - h1)
        out[person[i]] += share
        for a in range(p):
            out[people + a] += x[i, a] * share
    return out


@compiled
def _solve(
    right: Floats,
    diagonal: Floats,
    tight: float,
    weight: Floats,
    risk: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> Floats:
    """The information's inverse times a vector, by conjugate gradients scaled by its diagonal."""
    out = np.zeros(right.size)
    left = right.copy()
    scaled = left / diagonal
    way, height = scaled.copy(), np.sum(left * scaled)
    goal = tight**2 * height
    for _ in range(4 * right.size):
        if height <= goal:
            break
        product = _times_information(way, weight, risk, x, person, first, past, event, n_times)
        bend = np.sum(way * product)
        if bend <= 0:
            break
        share = height / bend
        out += share * way
        left -= share * product
        scaled = left / diagonal
        new = np.sum(left * scaled)
        way = scaled + new / height * way
        height = new
    return out


@compiled
def _penalised(
    beta: Floats,
    w: Floats,
    nu: float,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
    counts: Floats,
) -> tuple[Floats, Floats, float, Floats]:
    """Coefficients, log frailties, partial likelihood, and information of the coefficients."""
    people, p = w.size, beta.size
    terms = _terms(beta, w, x, person, first, past, event, n_times)
    height = terms[0] + nu * np.sum(w - np.exp(w))
    for _ in range(_STEPS):
        _loglik, score, info, own, diagonal, _cross = terms
        weight = nu * np.exp(w)
        gradient = np.append(counts - own + nu - weight, score)
        if np.max(np.abs(gradient) / (1 + np.append(counts, np.zeros(p)))) < 1e-9:
            break
        scale = np.append(diagonal + weight, np.diag(info) + 1e-12)
        risk = np.exp(x @ beta + w[person])
        step = _solve(gradient, scale, 1e-4, weight, risk, x, person, first, past, event, n_times)
        largest = np.max(np.abs(step))
        share, accepted = min(1.0, 3.0 / largest), False
        for _half in range(40):
            new_w = w + share * step[:people]
            new_w -= np.log(np.mean(np.exp(new_w)))
            new_beta = beta + share * step[people:]
            new = _terms(new_beta, new_w, x, person, first, past, event, n_times)
            reached = new[0] + nu * np.sum(new_w - np.exp(new_w))
            if reached >= height - 1e-13 * abs(height):
                accepted = True
                break
            share /= 2
        if not accepted:
            break
        beta, w, terms, height = new_beta, new_w, new, reached
        if largest < 1e-10:
            break
    info, curvature, cross = terms[2], terms[4] + nu * np.exp(w), terms[5]
    schur = info.copy()
    for a in range(p):
        for b in range(p):
            schur[a, b] -= np.sum(cross[:, a] * cross[:, b] / curvature)
    return beta, w, terms[0], schur


@compiled
def _whole_se(
    beta: Floats,
    w: Floats,
    nu: float,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
) -> float:
    """Standard error of the last parameter: the root of the inverse information's last entry."""
    terms = _terms(beta, w, x, person, first, past, event, n_times)
    weight = nu * np.exp(w)
    scale = np.append(terms[4] + weight, np.diag(terms[2]) + 1e-12)
    right = np.zeros(scale.size)
    right[-1] = 1.0
    risk = np.exp(x @ beta + w[person])
    inverse = _solve(right, scale, _TIGHT, weight, risk, x, person, first, past, event, n_times)
    return float(inverse[-1] ** 0.5)
