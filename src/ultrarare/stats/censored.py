"""Untreated courses when some values lie beyond an assay limit: no value is put in their place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, freeze
from ultrarare.stats.bounded import BoundedVisits, bounded_visits, bounds
from ultrarare.stats.censored_kernel import log_likelihood, person_nodes
from ultrarare.stats.maximise import Maximum, hessian, maximum
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.untreated import Prediction
from ultrarare.words import counted

_POINTS: Final = {1: 15, 2: 12}
"""Gauss–Hermite nodes along each random effect, fitting."""
_COARSE: Final = 5
"""With slopes, until the maximum is near."""
_FINE: Final = {1: 31, 2: 21}
"""The same for one person's prediction."""
_AT_ZERO: Final = 1e-3
"""A random-effect sd below this share of the residual sd counts as estimated at 0."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CensoredModel:
    """A linear mixed model fitted by maximum likelihood to exact and censored values."""

    population: PopulationModel
    root: Floats  # (q, q) Λ: the random effects' covariance is ΛΛ'
    n_censored: int
    loglik: float

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        return f"{self.population.summary()}; {self.n_censored} values known as bounds only"


def fit_censored(
    person: ArrayLike,
    time: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    slopes: bool = False,
) -> CensoredModel:
    """Fit y = (β₀+u₀) + (β₁+u₁)·t + e where some y are known as bounds only.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is; any order.
        time: (n,) when, at least two different times.
        low: (n,) lower bound of each value; −inf for `<9`.
        high: (n,) upper bound; equal to `low` where the value is exact.
        slopes: whether people differ in slope too.

    Raises:
        InputError: unequal lengths, or bounds that are none.
        NotComputable: too few people, visits or exact values, no variation, or a likelihood
            without a maximum.

    Notes:
        A person's likelihood is the integral over u of the product of normal densities (exact
        values) and normal probabilities (bounds); Tobin 1958, Hughes 1999. Exact values are
        integrated in closed form, so that without censoring this is the ordinary likelihood; the
        rest by adaptive Gauss–Hermite, 15 nodes for levels, 12 × 12 with slopes. Censoring must not
        depend on anything but the value. Oracle: tests/oracles/test_censored_oracle.py; R:
        tests/reference/test_censored.py.
    """
    visits = bounded_visits(person, time, low, high, repeats=3 if slopes else 2)
    q = 2 if slopes else 1
    starts = _starts(visits, q)
    if q == 2:
        coarse = partial(_log_likelihood, visits=visits, q=q, points=_COARSE)
        starts = [maximum(coarse, starts).at]
    found = maximum(partial(_log_likelihood, visits=visits, q=q), starts)
    return _model(visits, found, q)


def censored_log_likelihood(
    person: ArrayLike,
    time: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    beta: ArrayLike,
    root: ArrayLike,
    residual_sd: float,
    points: int | None = None,
) -> float:
    """Log likelihood at given parameters, in the units of the data.

    Args:
        person: (n,) whose visit it is.
        time: (n,) when.
        low: (n,) lower bounds.
        high: (n,) upper bounds.
        beta: (2,) level at time 0 and slope.
        root: (q, q) Λ, q 1 or 2.
        residual_sd: > 0.
        points: Gauss–Hermite nodes along each random effect; None takes those of the fit.
    """
    visits = bounded_visits(person, time, low, high)
    scale = np.asarray(root, dtype=np.float64)
    t = visits.shift + visits.unit * visits.time
    at = visits.mean + visits.sd * visits.low, visits.mean + visits.sd * visits.high
    return log_likelihood(
        visits.start,
        np.column_stack((np.ones_like(t), t)),
        at[0],
        at[1],
        np.asarray(beta, dtype=np.float64),
        scale,
        float(residual_sd),
        _rule(_POINTS[scale.shape[0]] if points is None else points),
    )


def predict_censored(
    model: CensoredModel,
    pre_time: ArrayLike,
    pre_low: ArrayLike,
    pre_high: ArrayLike,
    times: ArrayLike,
    *,
    fixed: bool = True,
) -> Prediction:
    """Predictive distribution of new visits of a person whose own values may be bounds.

    Args:
        model: from `fit_censored`.
        pre_time: (m,) the person's untreated visits.
        pre_low: (m,) lower bounds of their values.
        pre_high: (m,) upper bounds.
        times: (k,) where to predict.
        fixed: whether the uncertainty of the mean course, and of the variances, is in it.

    Raises:
        InputError: no visit, unequal lengths, or bounds that are none.

    Notes:
        Prior covariance of the person's level and slope: ΛΛ' + cov β̂, as in `personal_course`.
        Given a node of the quadrature a visit is Student's t around the person's line. The lines
        lie apart by as much more as Student's t is wider than the normal distribution, at 95 %, so
        that without censoring the whole is Student's t to within half a per cent.
    """
    t, at = finite_vector(pre_time, "pre_time"), finite_vector(times, "times")
    low, high = bounds(pre_low, pre_high)
    population = model.population
    cov = population.random_cov + (population.beta_cov if fixed else 0.0)
    values, vectors = np.linalg.eigh(cov)
    root = np.ascontiguousarray(vectors * np.sqrt(np.maximum(values, 0.0)))
    log_weight, z = person_nodes(
        population.design(t), low, high, population.beta, root, population.residual_sd,
        _rule(_FINE[root.shape[0]]),
    )  # fmt: skip
    weight = np.exp(log_weight - log_weight.max())
    keep = weight > 1e-12
    weight = weight[keep] / weight[keep].sum()
    line = (population.beta + z[keep] @ root.T) @ population.design(at).T
    wider = float(stdtrit(population.df, 0.975) / ndtri(0.975)) if fixed else 1.0
    centre = weight @ line + wider * (line - weight @ line)
    return Prediction(
        weight=weight,
        centre=centre,
        scale=np.full(centre.shape, population.residual_sd),
        df=population.df,
    )


@cache
def _rule(points: int) -> Floats:
    x, w = np.polynomial.hermite.hermgauss(points)
    return np.column_stack((x, np.log(w)))


def _unpacked(psi: Floats, q: int) -> tuple[Floats, Floats, float]:
    """Mean course, Λ and residual sd from their unconstrained form."""
    root = np.zeros((q, q))
    root[0, 0] = np.exp(np.clip(psi[2], -12, 5))
    if q == 2:
        root[1] = psi[4], np.exp(np.clip(psi[5], -12, 5))
    return psi[:2], root, float(np.exp(np.clip(psi[3], -12, 5)))


def _log_likelihood(psi: Floats, visits: BoundedVisits, q: int, points: int | None = None) -> float:
    beta, root, sd = _unpacked(psi, q)
    x = np.column_stack((np.ones_like(visits.time), visits.time))
    rule = _rule(_POINTS[q] if points is None else points)
    return log_likelihood(visits.start, x, visits.low, visits.high, beta, root, sd, rule)


def _starts(visits: BoundedVisits, q: int) -> list[Floats]:
    """From least squares with every bound in place of its value: half the spread to each part."""
    x = np.column_stack((np.ones_like(visits.time), visits.time))
    beta, *_ = np.linalg.lstsq(x, visits.guess, rcond=None)
    spread = float(np.log(max(1e-3, (visits.guess - x @ beta).std())))
    shares = ((-0.35, -0.35), (0.0, -1.0), (-1.5, 0.0))
    more = [0.0, spread - 1.0] if q == 2 else []
    return [np.array([*beta, spread + a, spread + b, *more]) for a, b in shares]


def _model(visits: BoundedVisits, found: Maximum, q: int) -> CensoredModel:
    beta, root, sd = _unpacked(found.at, q)
    if sd < 1e-6 or float(np.abs(root).max()) > 1e3 * sd:
        raise NotComputable(
            "the visits leave no residual variation, or less than a thousandth of that between "
            "people, so no prediction has a spread",
            where="value",
            remedy="Check the export: repeated visits of one person lie as good as on a line.",
        )
    back = visits.sd * np.array([[1.0, -visits.shift / visits.unit], [0.0, 1.0 / visits.unit]])
    level = back @ beta
    level[0] += visits.mean
    full = np.zeros((2, 2))
    full[:q, :q] = root @ root.T
    caveats = _caveats(visits, np.sqrt(np.diag(full)[:q]) / sd, converged=found.converged)
    loglik = found.value - float(np.sum(visits.exact)) * float(np.log(visits.sd))
    population = PopulationModel(
        beta=level,
        beta_cov=back @ _beta_cov(visits, found, q) @ back.T,
        random_cov=back @ full @ back.T,
        residual_sd=sd * visits.sd,
        n_people=visits.n_people,
        n_repeated=visits.n_repeated,
        n_visits=visits.time.size,
        time_range=visits.time_range,
        converged=found.converged,
        loglik=None,
        method=f"ML for censored values, random intercept{' and slope' if q == 2 else ''}",
        caveats=caveats,
    )
    return CensoredModel(
        population=population, root=root, n_censored=visits.n_censored, loglik=loglik
    )


def _beta_cov(visits: BoundedVisits, found: Maximum, q: int) -> Floats:
    """Covariance of β̂ from the observed information; a variance at 0 is held there."""
    free = [0, 1, 3]
    _, root, sd = _unpacked(found.at, q)
    if root[0, 0] > _AT_ZERO * sd:
        free.append(2)
    if q == 2 and float(np.abs(root[1]).max()) > _AT_ZERO * sd:
        free += [4, 5] if root[1, 1] > _AT_ZERO * sd else [4]

    def at(part: Floats) -> float:
        psi = found.at.copy()
        psi[free] = part
        return _log_likelihood(psi, visits, q)

    information = hessian(at, found.at[free])
    if np.linalg.eigvalsh(information).min() <= 0:
        raise NotComputable(
            "the likelihood has no maximum that fixes the course",
            where="value",
            remedy="Add people or exact values, or fit a simpler course.",
        )
    return np.asarray(np.linalg.inv(information)[:2, :2], dtype=np.float64)


def _caveats(visits: BoundedVisits, sds: Floats, *, converged: bool) -> tuple[str, ...]:
    said: list[str] = []
    if not converged:
        said.append("the likelihood search did not settle")
    share = visits.n_censored / visits.time.size
    if share > 0.5:
        said.append(
            f"{100 * share:.0f} % of the values are bounds: the course rests on the assumption "
            "that values beyond the limit are normal too"
        )
    if visits.n_repeated < 20:
        said.append(
            f"variances rest on only {counted(visits.n_repeated, 'person')} and are by maximum "
            "likelihood, "
            "which takes them a little too small"
        )
    said += [
        f"the variance of {name} is estimated at 0: the visits do not show that they differ"
        for name, sd in zip(("levels", "slopes"), sds, strict=False)
        if sd < _AT_ZERO
    ]
    return tuple(said)
