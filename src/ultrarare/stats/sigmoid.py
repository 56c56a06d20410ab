"""Untreated courses that fall (or rise) from one plateau to another, each person at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, freeze
from ultrarare.stats.bounded import BoundedVisits, bounded_visits, bounds
from ultrarare.stats.maximise import Maximum, hessian, maximum
from ultrarare.stats.sigmoid_kernel import person_shifts, sigmoid_log_likelihood
from ultrarare.stats.untreated import Prediction
from ultrarare.words import counted

NAMES: Final = ("first", "last", "midpoint", "scale", "shift_sd", "residual_sd")
_POINTS: Final = 16
_PANELS: Final = 4
_STRUCTURE: Final = 4
"""The first so many parameters are the mean course; the two others are variances."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SigmoidModel:
    """y = first + (last − first)/(1 + exp(−(t − midpoint − u)/scale)) + e, u ~ N(0, shift_sd²)."""

    theta: Floats  # (6,) in the order of NAMES
    cov: Floats  # (6, 6) of first, last, midpoint and the logarithms of the three others
    n_people: int
    n_repeated: int
    n_visits: int
    n_censored: int
    time_range: tuple[float, float]
    converged: bool
    loglik: float
    method: str
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def df(self) -> int:
        """Degrees of freedom of Student's t that stands in for uncertain variances, ≥ 1."""
        return max(1, self.n_repeated - 1)

    @property
    def residual_sd(self) -> float:
        """Sd of one measurement around the person's own curve."""
        return float(self.theta[5])

    def parameters(self) -> dict[str, float]:
        """Estimates by name."""
        return {name: float(value) for name, value in zip(NAMES, self.theta, strict=True)}

    def curve(self, times: ArrayLike, shift: ArrayLike = 0.0) -> Floats:
        """Course at `times` of people shifted by `shift`; the two are broadcast."""
        return _curve(self.theta, np.asarray(times, dtype=np.float64), np.asarray(shift))

    def summary(self) -> str:
        """One line for a log or a terminal."""
        p = self.parameters()
        line = (
            f"{counted(self.n_people, 'person')}, {counted(self.n_visits, 'visit')}; from "
            f"{p['first']:.4g} to "
            f"{p['last']:.4g}, half-way at {p['midpoint']:.4g} (sd between people "
            f"{p['shift_sd']:.4g}); residual sd {p['residual_sd']:.4g}; {self.method}"
        )
        return "; ".join((line, *self.caveats))


def fit_sigmoid(
    person: ArrayLike, time: ArrayLike, low: ArrayLike, high: ArrayLike | None = None
) -> SigmoidModel:
    """Fit a sigmoid course in which people differ in when it happens to them.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is; any order.
        time: (n,) when.
        low: (n,) value, or its lower bound.
        high: (n,) upper bound where values are censored; None if all are exact.

    Raises:
        InputError: unequal lengths, values that are not finite, or bounds that are none.
        NotComputable: too few people or visits, no variation, or a curve that the visits do not
            fix.

    Notes:
        Maximum likelihood; the integral over each person's shift by quadrature that follows its
        peak. Several starts, quasi-Newton, then a simplex. Standard errors from the observed
        information. Oracle: tests/oracles/test_sigmoid_oracle.py (dense quadrature); R:
        tests/reference/test_censored.py (`integrate` and `optim`). nlme linearises this integral
        and gives other numbers.
    """
    visits = bounded_visits(person, time, low, low if high is None else high, repeats=3)
    rule = _legendre()
    at = partial(_log_likelihood, visits=visits, rule=rule)
    found = maximum(at, _starts(visits))
    return _model(visits, found, hessian(at, found.at))


def sigmoid_at(
    person: ArrayLike, time: ArrayLike, low: ArrayLike, high: ArrayLike, theta: ArrayLike
) -> float:
    """Log likelihood at given parameters, in the units of the data.

    Args:
        person: (n,) whose visit it is.
        time: (n,) when.
        low: (n,) lower bounds.
        high: (n,) upper bounds.
        theta: (6,) in the order of `NAMES`.
    """
    v = bounded_visits(person, time, low, high)
    return sigmoid_log_likelihood(
        v.start,
        v.shift + v.unit * v.time,
        v.mean + v.sd * v.low,
        v.mean + v.sd * v.high,
        np.asarray(theta, dtype=np.float64),
        _legendre(),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SigmoidPrediction:
    """Predictive distribution of new visits, and the sd of each source."""

    prediction: Prediction
    sd_residual: Floats  # (k,)
    sd_random: Floats
    sd_fixed: Floats

    def __post_init__(self) -> None:
        freeze(self)


def predict_sigmoid(
    model: SigmoidModel,
    pre_time: ArrayLike,
    pre_low: ArrayLike,
    pre_high: ArrayLike,
    times: ArrayLike,
) -> SigmoidPrediction:
    """Predictive distribution of new visits of one person given their own.

    Args:
        model: from `fit_sigmoid`.
        pre_time: (m,) the person's untreated visits; none gives a person not yet seen.
        pre_low: (m,) lower bounds of their values.
        pre_high: (m,) upper bounds, equal to the lower where exact.
        times: (k,) where to predict.

    Raises:
        InputError: unequal lengths, or bounds that are none.

    Notes:
        The person's shift is integrated over its posterior. Uncertainty of the parameters by the
        delta method: the gradient of the expected value, the shift's posterior moving along.
    """
    t = np.asarray(pre_time, dtype=np.float64)
    low, high = bounds(pre_low, pre_high)
    at = finite_vector(times, "times")
    weight, shift = _posterior(model.theta, t, low, high)
    centre = _curve(model.theta, at, shift[:, None])
    psi = _psi(model.theta)
    gradient = np.empty((at.size, psi.size))
    for i in range(psi.size):
        step = 1e-4 * np.sqrt(model.cov[i, i])
        ends = []
        for sign in (1.0, -1.0):
            moved = psi.copy()
            moved[i] += sign * step
            w, u = _posterior(_theta(moved), t, low, high)
            ends.append(w @ _curve(_theta(moved), at, u[:, None]))
        gradient[:, i] = (ends[0] - ends[1]) / (2 * step)
    total = np.einsum("ki,ij,kj->k", gradient, model.cov, gradient)
    part = gradient[:, :_STRUCTURE]
    fixed = np.einsum("ki,ij,kj->k", part, model.cov[:_STRUCTURE, :_STRUCTURE], part)
    mean = weight @ centre
    return SigmoidPrediction(
        prediction=Prediction(
            weight=weight,
            centre=centre,
            scale=np.broadcast_to(np.sqrt(model.residual_sd**2 + total), centre.shape),
            df=model.df,
        ),
        sd_residual=np.full(at.size, model.residual_sd),
        sd_random=np.sqrt(weight @ (centre - mean) ** 2),
        sd_fixed=np.sqrt(fixed),
    )


def _legendre() -> Floats:
    """Nodes and weights on (0, 1), four panels that double in width."""
    x, w = np.polynomial.legendre.leggauss(_POINTS)
    ends = np.concatenate(([0.0], 0.5 ** np.arange(_PANELS - 1, -1, -1.0)))
    parts = [
        np.column_stack((low + (high - low) * (x + 1) / 2, (high - low) * w / 2))
        for low, high in pairwise(ends)
    ]
    return np.concatenate(parts)


def _theta(psi: Floats) -> Floats:
    return np.concatenate((psi[:3], np.exp(np.clip(psi[3:], -9, 6))))


def _psi(theta: Floats) -> Floats:
    return np.concatenate((theta[:3], np.log(theta[3:])))


def _curve(theta: Floats, t: Floats, u: Floats) -> Floats:
    z = np.clip((t - theta[2] - u) / theta[3], -700, 700)
    return np.asarray(theta[0] + (theta[1] - theta[0]) / (1 + np.exp(-z)), dtype=np.float64)


def _posterior(theta: Floats, t: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    log_weight, shift = person_shifts(t, low, high, theta, _legendre())
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum(), shift


def _log_likelihood(psi: Floats, visits: BoundedVisits, rule: Floats) -> float:
    return sigmoid_log_likelihood(
        visits.start, visits.time, visits.low, visits.high, _theta(psi), rule
    )


def _starts(visits: BoundedVisits) -> list[Floats]:
    """Plateaus at the outer tenths of the values, the middle early, midway and late."""
    low, high = np.quantile(visits.guess, (0.05, 0.95))
    falls = float(np.corrcoef(visits.time, visits.guess)[0, 1]) < 0
    first, last = (high, low) if falls else (low, high)
    noise = np.log(max(0.05, 0.15 * (high - low)))
    middles = np.quantile(visits.time, (0.3, 0.5, 0.7))
    return [
        np.array([first, last, middle, np.log(scale), np.log(shift), noise])
        for middle, scale, shift in product(middles, (0.15, 0.5), (0.3, 1.0))
    ]


def _model(visits: BoundedVisits, found: Maximum, information: Floats) -> SigmoidModel:
    refusal = NotComputable(
        "the visits do not fix a curve between two plateaus",
        where="value",
        remedy="Add people seen before and after the change, or fit a straight course.",
    )
    if not np.all(np.isfinite(information)) or np.linalg.eigvalsh(information).min() <= 1e-6:
        raise refusal
    unit_free = np.linalg.inv(information)
    theta = _theta(found.at)
    rise = abs(theta[1] - theta[0])
    if rise < 1e-6 or np.sqrt(unit_free[[0, 1], [0, 1]]).max() > rise or theta[5] < 1e-6:
        raise refusal
    back = np.diag([visits.sd, visits.sd, visits.unit, 1.0, 1.0, 1.0])
    own = theta * np.array([visits.sd, visits.sd, visits.unit, visits.unit, visits.unit, visits.sd])
    own[:2] += visits.mean
    own[2] += visits.shift
    return SigmoidModel(
        theta=own,
        cov=back @ unit_free @ back,
        n_people=visits.n_people,
        n_repeated=visits.n_repeated,
        n_visits=visits.time.size,
        n_censored=visits.n_censored,
        time_range=visits.time_range,
        converged=found.converged,
        loglik=found.value - float(np.sum(visits.exact)) * float(np.log(visits.sd)),
        method="ML, sigmoid with a shift in time for each person",
        caveats=_caveats(visits, theta, np.sqrt(np.diag(unit_free)), converged=found.converged),
    )


def _caveats(
    visits: BoundedVisits, theta: Floats, errors: Floats, *, converged: bool
) -> tuple[str, ...]:
    said: list[str] = []
    if not converged:
        said.append("the likelihood search did not settle")
    if visits.n_repeated < 20:
        said.append(
            f"the curve rests on only {counted(visits.n_repeated, 'person')} with three visits "
            "or more"
        )
    rise = abs(theta[1] - theta[0])
    said += [
        f"the {name} plateau is hardly seen: its standard error is {100 * error / rise:.0f} % of "
        "the whole change"
        for name, error in zip(("first", "last"), errors, strict=False)
        if error > 0.1 * rise
    ]
    if errors[4] > 1:
        said.append("the visits hardly show that people differ in when the change comes")
    return tuple(said)
