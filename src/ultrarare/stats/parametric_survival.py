"""Parametric survival with delayed entry: exponential, Weibull, log-normal, log-logistic, gamma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import chdtrc, gammainc, gammaincc, gammaln, log_ndtr, ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Flags, Floats, freeze, require_level
from ultrarare.stats.survival import kaplan_meier, read_follow_up
from ultrarare.stats.survival_extras import exact_limits
from ultrarare.stats.untreated_hazard import hazard_of_people

Family = Literal["exponential", "weibull", "log-normal", "log-logistic", "generalised gamma"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
_NAMES: Final = ("location", "log_scale", "shape")
_LOG_NORMAL: Final = 1e-3  # |shape| below: the generalised gamma is the log-normal
_NESTED: Final = ("exponential", "weibull", "log-normal")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ParametricSurvival:
    """log T = location + exp(log_scale)·W, W of the family; `shape` is the generalised gamma's."""

    family: Family
    names: tuple[str, ...]
    estimate: Floats  # (p,)
    covariance: Floats  # (p, p)
    log_likelihood: float
    n: int
    events: int
    level: float
    farthest: float  # greatest distance from the product limit
    farthest_at: float
    outside: int  # event times at which the fit lies outside the exact limits of the product limit
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def aic(self) -> float:
        """Akaike's criterion; lower is closer."""
        return 2 * self.estimate.size - 2 * self.log_likelihood

    def survival(self, t: ArrayLike, *, given: float = 0.0) -> tuple[Floats, Floats, Floats]:
        """S(t | given) with delta-method limits on the log(−log) scale, each of the shape of t."""
        when = np.atleast_1d(np.asarray(t, dtype=np.float64))
        value = _conditional(self.family, self.estimate, when, given)
        slope = np.empty((self.estimate.size, when.size))
        for j in range(self.estimate.size):
            step = np.zeros_like(self.estimate)
            step[j] = 1e-5
            up = _conditional(self.family, self.estimate + step, when, given)
            down = _conditional(self.family, self.estimate - step, when, given)
            slope[j] = (up - down) / 2e-5
        sd = np.sqrt(np.einsum("jt,jk,kt->t", slope, self.covariance, slope))
        with np.errstate(divide="ignore", invalid="ignore"):
            half = ndtri((1 + self.level) / 2) * sd / np.abs(value * np.log(value))
            lower, upper = value ** np.exp(half), value ** np.exp(-half)
        return value, np.nan_to_num(lower, nan=0.0), np.nan_to_num(upper, nan=1.0)

    def summary(self) -> str:
        """One line, then the caveats."""
        numbers = ", ".join(
            f"{name} {value:.4g}" for name, value in zip(self.names, self.estimate, strict=True)
        )
        return "\n".join((f"{self.family}: {numbers}; AIC {self.aic:.4g}", *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a parameter."""
        return [
            {
                "name": name,
                "estimate": float(self.estimate[j]),
                "se": float(np.sqrt(self.covariance[j, j])),
            }
            for j, name in enumerate(self.names)
        ]


def fit_parametric(
    time: ArrayLike,
    event: ArrayLike,
    family: Family,
    *,
    entry: ArrayLike | None = None,
    level: float = 0.95,
) -> ParametricSurvival:
    """Fit by maximum likelihood, each person conditional on being event-free at entry.

    Args:
        time: (n,) end of follow-up.
        event: (n,) whether the event was seen then.
        family: of the distribution.
        entry: (n,) start of observation; None for 0.
        level: coverage of the limits.

    Raises:
        InputError: as `kaplan_meier`, or an unknown family.
        NotComputable: fewer events than parameters and one more, all events at one time, or no
            maximum found.

    Notes:
        Kalbfleisch and Prentice 2002, ch. 3; generalised gamma after Prentice 1974. Checked in
        tests/reference/test_survival_extras.py (R survreg) and
        tests/oracles/test_parametric_survival_oracle.py (lifelines, with entry).
    """
    require_level(level)
    if family not in FAMILIES:
        raise InputError(f"found {family!r}; allowed: {', '.join(FAMILIES)}", where="family")
    stop, seen, begin = read_follow_up(time, event, entry)
    p = {"exponential": 1, "generalised gamma": 3}.get(family, 2)
    if seen.sum() <= p or (p > 1 and np.unique(stop[seen]).size < 2):
        raise NotComputable(
            f"{int(seen.sum())} events do not carry the {p} parameters of the {family}",
            remedy="Bring more events, or read the product limit alone.",
        )
    best, value, hessian = _maximise(family, p, stop, seen, begin)
    covariance: Floats = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    far, where, outside = _distance(family, best, stop, seen, begin, level)
    caveats = ["beyond the last follow-up the curve is the family's and not the data's"]
    if seen.sum() < 10 * p:
        caveats.append(
            f"{int(seen.sum())} events carry {p} parameter{'s' if p > 1 else ''}: "
            "the limits may be too short"
        )
    if outside:
        caveats.append(
            f"the fit lies outside the exact limits of the product limit at {outside} event times"
        )
    return ParametricSurvival(
        family=family, names=_NAMES[:p], estimate=best, covariance=covariance,
        log_likelihood=value, n=stop.size, events=int(seen.sum()), level=level,
        farthest=far, farthest_at=where, outside=outside, caveats=tuple(caveats),
    )  # fmt: skip


def lack_of_fit(fit: ParametricSurvival, wider: ParametricSurvival) -> float | None:
    """P of the likelihood ratio test of `fit` within the generalised gamma; None if not nested."""
    if wider.family != "generalised gamma" or fit.family not in _NESTED:
        return None
    gain = max(0.0, 2 * (wider.log_likelihood - fit.log_likelihood))
    return float(chdtrc(3 - fit.estimate.size, gain))


def _maximise(
    family: Family, p: int, stop: Floats, seen: Flags, begin: Floats
) -> tuple[Floats, float, Floats]:
    def loss(beta: Floats) -> float:
        with np.errstate(all="ignore"):
            value = -_log_likelihood(family, beta, stop, seen, begin)
        return value if np.isfinite(value) else 1e12

    logs = np.log(stop[seen])
    first = np.array([np.log(stop.sum() - begin.sum()) - np.log(seen.sum()), 0.0, 0.5])[:p]
    other = np.array([logs.mean(), np.log(max(logs.std(), 0.05)), 0.5])[:p]
    tries = [
        minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9,
                                                             "maxiter": 4000})
        for start in (first, other)
    ]  # fmt: skip
    best = np.asarray(min(tries, key=lambda found: found.fun).x)
    for _ in range(20):  # Newton's steps from there
        gradient, hessian = _derivatives(loss, best)
        try:
            np.linalg.cholesky(hessian)
        except np.linalg.LinAlgError:
            break
        step = np.linalg.solve(hessian, gradient)
        best = best - step
        if np.abs(step).max() < 1e-8:
            return best, -loss(best), hessian
    raise NotComputable(
        f"no maximum of the {family}'s likelihood was found",
        remedy="Read the product limit, or a family with fewer parameters.",
    )


def _derivatives(loss: Any, at: Floats) -> tuple[Floats, Floats]:
    """Gradient and Hessian by central differences."""
    p, h = at.size, 1e-4
    basis = h * np.eye(p)
    gradient = np.array(
        [(8 * (loss(at + e) - loss(at - e)) - loss(at + 2 * e) + loss(at - 2 * e)) / (12 * h)
         for e in basis]
    )  # fmt: skip
    hessian = np.empty((p, p))
    for j in range(p):
        for k in range(p):
            a, b = basis[j], basis[k]
            hessian[j, k] = (
                loss(at + a + b) - loss(at + a - b) - loss(at - a + b) + loss(at - a - b)
            ) / (4 * h * h)
    return gradient, (hessian + hessian.T) / 2


def _log_likelihood(
    family: Family, beta: Floats, stop: Floats, seen: Flags, begin: Floats
) -> float:
    late = begin > 0
    total = _log_density(family, beta, stop[seen]).sum()
    total += _log_survival(family, beta, stop[~seen]).sum()
    return float(total - _log_survival(family, beta, begin[late]).sum())


def _standard(family: Family, beta: Floats, t: Floats) -> tuple[Floats, float, float]:
    """W of log T = location + scale·W, the log scale, and the generalised gamma's shape."""
    log_scale = 0.0 if family == "exponential" else float(beta[1])
    shape = float(beta[2]) if family == "generalised gamma" else 1.0
    if family == "log-normal" or abs(shape) < _LOG_NORMAL:
        shape = 0.0
    return (np.log(t) - beta[0]) / np.exp(log_scale), log_scale, shape


def _log_survival(family: Family, beta: Floats, t: Floats) -> Floats:
    w, _, shape = _standard(family, beta, t)
    if family == "log-logistic":
        return np.asarray(-np.logaddexp(0.0, w))
    if shape == 0:
        return np.asarray(log_ndtr(-w))
    if shape == 1:
        return np.asarray(-np.exp(w))
    k = shape**-2
    tail = gammaincc if shape > 0 else gammainc
    return np.asarray(np.log(tail(k, k * np.exp(shape * w))))


def _log_density(family: Family, beta: Floats, t: Floats) -> Floats:
    w, log_scale, shape = _standard(family, beta, t)
    jacobian = -log_scale - np.log(t)
    if family == "log-logistic":
        return np.asarray(w - 2 * np.logaddexp(0.0, w) + jacobian)
    if shape == 0:
        return np.asarray(-0.5 * w**2 - 0.5 * np.log(2 * np.pi) + jacobian)
    k = shape**-2
    own = np.log(abs(shape)) + k * np.log(k) - gammaln(k) + k * (shape * w - np.exp(shape * w))
    return np.asarray(own + jacobian)


def _conditional(family: Family, beta: Floats, t: Floats, given: float) -> Floats:
    with np.errstate(divide="ignore"):
        before = _log_survival(family, beta, np.array([given]))[0] if given > 0 else 0.0
        return np.asarray(np.exp(np.minimum(0.0, _log_survival(family, beta, t) - before)))


def _distance(
    family: Family, beta: Floats, stop: Floats, seen: Flags, begin: Floats, level: float
) -> tuple[float, float, int]:
    """Greatest distance from the product limit, where, and how often beyond its exact limits."""
    curve = kaplan_meier(stop, seen, entry=begin, level=level)
    fitted = _conditional(family, beta, curve.time, curve.start)
    before = np.concatenate(([1.0], curve.survival[:-1]))
    gaps = np.maximum(np.abs(fitted - curve.survival), np.abs(fitted - before))
    worst = int(np.argmax(gaps))
    hazard = hazard_of_people(stop, seen, entry=begin)
    lower, upper = exact_limits(hazard, curve.time, start=curve.start, level=level)
    beyond = (fitted < lower) | (fitted > np.concatenate(([1.0], upper[:-1])))
    counts: Counts = beyond.astype(np.int64)
    return float(gaps[worst]), float(curve.time[worst]), int(counts.sum())
