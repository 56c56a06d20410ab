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
_FULL_STEPS: Final = 40
"""Up to so many people steps are Newton's own; beyond, frailties are taken as uncorrelated."""
_DENSE: Final = 1500
"""With more people the full information is not inverted, and `se_full` is left out."""


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
        9.6). Steps are Newton's, with many people those that take frailties as uncorrelated, and
        are halved until they rise; after each the mean frailty is set to 1, which is exact. θ
        maximises the integrated likelihood, of which the penalised one differs by
        Σ[ν + d - (ν+d) log(ν+d) + ν log ν + log Γ(ν+d) - log Γ(ν)], with ν = 1/θ and d a
        person's events; the d makes it the partial likelihood at θ = 0. A
        maximum there is the Andersen–Gill model. Checked against R's coxph in
        tests/reference/test_recurrent_events.py, and against the likelihood with every jump of
        the baseline a parameter in tests/oracles/test_recurrent_oracle.py.
    """
    require_level(level)
    plain = fit_intensity(found, "andersen-gill", level=level)
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
        minus, bounds=_LOG_VARIANCE, method="bounded", options={"xatol": 1e-8, "maxiter": 60}
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


def _full_se(problem: _Problem, theta: float, fit: _Fit) -> float | None:
    """Standard error from the inverse of the whole penalised information."""
    n = fit.log_frailty.size
    if n > _DENSE:
        return None
    risk = problem.risk
    weight = np.exp(problem.x[:, 0] * fit.beta + fit.log_frailty[problem.person])
    cross = _frailty_information(
        weight, problem.x[:, 0], problem.person, risk.first, risk.past, risk.event, risk.n_times, n
    )
    cross[np.arange(n), np.arange(n)] += np.exp(fit.log_frailty) / theta
    inverse = np.linalg.solve(cross[:n, :n], cross[:n, n])
    return float((cross[n, n] - cross[n, :n] @ inverse) ** -0.5)


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
def _direction(
    score: Floats,
    info: Floats,
    gradient: Floats,
    curvature: Floats,
    cross: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Step of the coefficients and of log frailties, and the information of the former.

    Where frailties taken as uncorrelated leave the coefficients no information, both are moved
    apart from each other, which still leads upwards.
    """
    p = score.size
    schur, right = info.copy(), score.copy()
    for a in range(p):
        right[a] -= np.sum(cross[:, a] * gradient / curvature)
        for b in range(p):
            schur[a, b] -= np.sum(cross[:, a] * cross[:, b] / curvature)
    sound = True
    for a in range(p):
        sound = sound and schur[a, a] > 1e-6 * info[a, a]
    move = gradient.copy()
    if sound:
        step = np.linalg.solve(schur, right)
        for a in range(p):
            move -= cross[:, a] * step[a]
    else:
        step = score.copy()
        for a in range(p):
            step[a] /= info[a, a] + 1e-8
    move = np.minimum(2.0, np.maximum(-2.0, move / curvature))
    return np.minimum(2.0, np.maximum(-2.0, step)), move, schur


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
    terms = _terms(beta, w, x, person, first, past, event, n_times)
    height = terms[0] + nu * np.sum(w - np.exp(w))
    schur = np.zeros((beta.size, beta.size))
    for _ in range(2000):
        _loglik, score, info, own, diagonal, cross = terms
        gradient = counts - own + nu * (1 - np.exp(w))
        step, move, schur = _direction(score, info, gradient, diagonal + nu * np.exp(w), cross)
        if max(np.max(np.abs(step)), np.max(np.abs(gradient) / (1 + counts))) < 1e-9:
            break
        if w.size <= _FULL_STEPS:
            risk = np.exp(x @ beta + w[person])
            whole = _frailty_information(risk, x[:, 0], person, first, past, event, n_times, w.size)
            for i in range(w.size):
                whole[i, i] += nu * np.exp(w[i])
            both = np.linalg.solve(whole, np.append(gradient, score))
            step, move = both[w.size :], both[: w.size]
        share, accepted = 1.0, False
        for _half in range(40):
            new_w = w + share * move
            new_w -= np.log(np.mean(np.exp(new_w)))
            new_beta = beta + share * step
            new = _terms(new_beta, new_w, x, person, first, past, event, n_times)
            reached = new[0] + nu * np.sum(new_w - np.exp(new_w))
            if reached >= height - 1e-13 * abs(height):
                accepted = True
                break
            share /= 2
        if not accepted:
            break
        beta, w, terms, height = new_beta, new_w, new, reached
    return beta, w, terms[0], schur


@compiled
def _frailty_information(
    risk: Floats,
    x: Floats,
    person: Counts,
    first: Counts,
    past: Counts,
    event: Flags,
    n_times: int,
    people: int,
) -> Floats:
    """(people + 1, people + 1) information of log frailties and, last, the one coefficient."""
    out = np.zeros((people + 1, people + 1))
    n = risk.size
    for m in range(n_times):
        at, value = np.empty(people + 1, np.int64), np.empty(people + 1)
        dead, covariate = np.zeros(people + 1), np.empty(people + 1)
        size, deaths = 0, 0
        for i in range(n):
            if first[i] <= m < past[i]:
                at[size], value[size], covariate[size] = person[i], risk[i], x[i]
                if event[i] and past[i] - 1 == m:
                    dead[size] = 1.0
                    deaths += 1
                size += 1
        for k in range(deaths):
            share, den, mean = k / deaths, 0.0, 0.0
            for a in range(size):
                den += value[a] * (1 - share * dead[a])
            for a in range(size):
                mean += value[a] * (1 - share * dead[a]) / den * covariate[a]
            for a in range(size):
                pa = value[a] * (1 - share * dead[a]) / den
                out[at[a], at[a]] += pa
                out[people, people] += pa * (covariate[a] - mean) ** 2
                out[at[a], people] += pa * (covariate[a] - mean)
                out[people, at[a]] += pa * (covariate[a] - mean)
                for b in range(size):
                    out[at[a], at[b]] -= pa * value[b] * (1 - share * dead[b]) / den
    return out
