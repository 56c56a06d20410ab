"""Linear mixed models of an untreated course, by REML: visits of many people in, a model out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Floats,
    count_vector,
    finite_vector,
    freeze,
    require_positive,
    same_length,
)
from ultrarare.stats.reml import PersonSums, Solution, profile, solution, sums_by_person
from ultrarare.stats.variance_nodes import VarianceNodes
from ultrarare.stats.variance_search import LARGEST, best_intercept, best_slope
from ultrarare.words import counted

_AT_ZERO: Final = 1e-4
"""A random-effect sd below this share of the residual sd counts as estimated at 0."""
_NO_RESIDUAL: Final = 1e-14
"""Residual variance, as a share of the total, that is rounding and not measurement."""
_NO_SPREAD_OF_LEVELS: Final = (
    "the variance between people is estimated at 0, the edge of what is possible: "
    "the visits do not show that people differ"
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PopulationModel:
    """y = (β₀+u₀) + (β₁+u₁)·t + (β₂+u₂)·(t−knot)₊ + e for an untreated population; p is 2 or 3.

    `u` is normal with covariance `random_cov`, `e` normal with sd `residual_sd`; two residuals of
    one person correlate (1 − `nugget`)·`correlation`^|Δt|.
    """

    beta: Floats  # (p,) level at t = 0, slope per unit of t, change of slope at the knot
    beta_cov: Floats  # (p, p) sampling covariance of beta
    random_cov: Floats  # (p, p) covariance of u; zeros where a part is not random
    residual_sd: float
    n_people: int
    n_repeated: int  # of these, people with two visits or more; three where slopes differ
    n_visits: int
    time_range: tuple[float, float] | None  # of the visits; None if only a summary is known
    converged: bool
    loglik: float | None  # restricted; None for a model from a summary
    method: str
    caveats: tuple[str, ...]
    knot: float | None = None  # time at which the mean slope changes; then p is 3
    correlation: float = 0.0  # of residuals one unit of time apart; 0 without serial part
    nugget: float = 0.0  # share of the residual variance without memory
    nodes: VarianceNodes | None = None  # uncertainty of the variance parameters
    coarse: VarianceNodes | None = None  # the same on half the grid, for the self-check
    serial: Literal["modelled", "not seen", "not looked for"] = "not looked for"  # correlation

    def __post_init__(self) -> None:
        freeze(self)

    def design(self, times: ArrayLike) -> Floats:
        """(k, p) rows of the course at `times`: 1, t and, past a change point, the time since."""
        t = np.asarray(times, dtype=np.float64)
        columns = [np.ones_like(t), t]
        if self.knot is not None:
            columns.append(np.maximum(0.0, t - self.knot))
        return np.column_stack(columns)

    @property
    def n_informing(self) -> int:
        """How many people show how people vary: those with repeated visits."""
        return min(self.n_people, self.n_repeated)

    @property
    def df(self) -> int:
        """Degrees of freedom of Student's t that stands in for uncertain variances, ≥ 1."""
        return max(1, self.n_informing - 1)

    def between_sd(self, t: float) -> float:
        """Sd between people of the true value at time `t`."""
        z = self.design([t])[0]
        return float(np.sqrt(max(0.0, z @ self.random_cov @ z)))

    def reliability(self, t: float) -> float:
        """Share of the variance of one measurement at `t` that is between people (the ICC)."""
        between = self.between_sd(t) ** 2
        return between / (between + self.residual_sd**2)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        sd = np.sqrt(np.diag(self.random_cov))
        line = (
            f"{counted(self.n_people, 'person')} ({self.n_repeated} with repeats), "
            f"{counted(self.n_visits, 'visit')}; "
            f"level {self.beta[0]:.4g} at time 0, slope {self.beta[1]:.4g} for each unit of time; "
            f"sd between people {sd[0]:.4g} (level), {sd[1]:.4g} (slope); "
            f"residual sd {self.residual_sd:.4g}{self._more()}; {self.method}"
        )
        return "; ".join((line, *self.caveats))

    def _more(self) -> str:
        """Memory and bend, where the model has them."""
        memory = f", correlating {self.correlation:.3g} a unit of time apart"
        bend = (
            "" if self.knot is None else f"; slope changes by {self.beta[2]:.4g} at {self.knot:.4g}"
        )
        return (memory if self.correlation > 0 else "") + bend


def fit_random_intercept(person: ArrayLike, time: ArrayLike, value: ArrayLike) -> PopulationModel:
    """Fit y = (β₀+u₀) + β₁·t + e by REML: people differ in level and share one slope.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is; any order.
        time: (n,) time of the visit, finite, at least two different times.
        value: (n,) measurement, finite. A missed visit has no row.

    Raises:
        InputError: unequal lengths, values that are not finite, or persons that are no indices.
        NotComputable: fewer than three people, fewer than two with repeated visits, one time
            only, or data without residual variation.

    Notes:
        Profiled restricted likelihood (Harville 1977) on the ratio of the two sds, maximised
        over its logarithm and compared with 0. Checked in tests/reference/test_mixed_models.py
        against R's nlme and against the closed form for balanced visits.
    """
    sums, scale = _prepare(person, time, value)
    repeated = _require_repeats(sums, visits=2, people=2)
    theta, converged = best_intercept(lambda ratio: profile(np.array([ratio, 0.0, 0.0]), sums))
    _require_residual(np.array([theta]), sums)
    caveats = _caveats(sums.n_people, repeated, converged=converged)
    if theta < _AT_ZERO:
        theta = 0.0
        caveats += (_NO_SPREAD_OF_LEVELS,)
    return _model(
        solution(np.array([theta, 0.0, 0.0]), sums),
        sums,
        scale,
        converged=converged,
        n_repeated=repeated,
        caveats=caveats,
        method="REML, random intercept",
    )


def fit_random_slope(person: ArrayLike, time: ArrayLike, value: ArrayLike) -> PopulationModel:
    """Fit y = (β₀+u₀) + (β₁+u₁)·t + e by REML: people differ in level and in slope.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is; any order.
        time: (n,) time of the visit, finite, at least two different times.
        value: (n,) measurement, finite. A missed visit has no row.

    Raises:
        InputError: unequal lengths, values that are not finite, or persons that are no indices.
        NotComputable: fewer than four people, fewer than two with three visits at different
            times, or data without residual variation.

    Notes:
        Relative covariance ΛΛ' with Λ lower triangular (Bates et al. 2015), so that it stays
        positive semidefinite; profiled restricted likelihood from the two best of several starts,
        polished by a simplex search. Checked in tests/reference/test_mixed_models.py and
        tests/oracles/test_mixed_oracle.py.
    """
    sums, scale = _prepare(person, time, value)
    repeated = _require_repeats(sums, visits=3, people=2)
    if sums.n_people < 4:
        raise NotComputable(
            f"{counted(sums.n_people, 'person')} cannot show how slopes differ; at least 4 are "
            "needed",
            where="person",
            remedy="Add people, or use fit_random_intercept and say that slopes are equal.",
        )
    theta, converged = best_slope(lambda guess: profile(guess, sums))
    _require_residual(theta, sums)
    caveats = _caveats(sums.n_people, repeated, converged=converged) + _edge(theta)
    return _model(
        solution(theta, sums),
        sums,
        scale,
        converged=converged,
        n_repeated=repeated,
        caveats=caveats,
        method="REML, random intercept and slope",
    )


def population_from_summary(
    mean: float, between_sd: float, within_sd: float, n_people: int
) -> PopulationModel:
    """A stable untreated course from published numbers: no trend, people differ in level.

    Args:
        mean: population mean, finite.
        between_sd: sd of the people's true levels, > 0; not the sd of single measurements,
            which is √(between² + within²).
        within_sd: sd of repeated measurements in one person, > 0.
        n_people: people behind the summary, ≥ 3.

    Raises:
        InputError: a number that is not finite, an sd that is not above 0, or fewer than three
            people.

    Notes:
        Everyone behind a published within sd is taken to have been seen repeatedly. The mean's
        standard error assumes one visit a person, √((between²+within²)/n_people),
        which is the larger one if there were more.
    """
    finite_vector([mean], "mean")
    require_positive(between_sd, "between_sd")
    require_positive(within_sd, "within_sd")
    if count_vector([n_people], "n_people")[0] < 3:
        raise InputError(f"{counted(n_people, 'person')}, at least 3 are needed", where="n_people")
    return PopulationModel(
        beta=np.array([mean, 0.0]),
        beta_cov=np.array([[(between_sd**2 + within_sd**2) / n_people, 0.0], [0.0, 0.0]]),
        random_cov=np.array([[between_sd**2, 0.0], [0.0, 0.0]]),
        residual_sd=float(within_sd),
        n_people=int(n_people),
        n_repeated=int(n_people),
        n_visits=int(n_people),
        time_range=None,
        converged=True,
        loglik=None,
        method="published mean and sds of a stable course",
        caveats=(
            "the population is a published summary: a course without trend is assumed, not fitted",
            *_caveats(int(n_people), int(n_people), converged=True),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """How time and value were made unit-free: t = shift + unit·τ, y = mean + sd·η."""

    shift: float
    unit: float
    mean: float
    sd: float
    time_range: tuple[float, float]

    def back(self) -> Floats:
        """(2, 2) matrix that turns unit-free coefficients into those of t and y."""
        return self.sd * np.array([[1.0, -self.shift / self.unit], [0.0, 1.0 / self.unit]])


def _prepare(person: ArrayLike, time: ArrayLike, value: ArrayLike) -> tuple[PersonSums, _Scale]:
    """Per-person sums of unit-free visits; refuses what has no answer."""
    who, t, y = (
        count_vector(person, "person"),
        finite_vector(time, "time"),
        finite_vector(value, "value"),
    )
    same_length(person=who, time=t, value=y)
    unit, sd = float(t.std()), float(y.std())
    if unit == 0:
        raise NotComputable(
            f"every visit is at time {t[0]:g}, so no slope can be fitted",
            where="time",
            remedy="Add visits at other times, or use population_from_summary.",
        )
    if sd == 0:
        raise NotComputable(
            f"every value is {y[0]:g}, so nothing varies",
            where="value",
            remedy="Check the export: a course without any variation is mostly a filled-in column.",
        )
    scale = _Scale(
        shift=float(t.mean()),
        unit=unit,
        mean=float(y.mean()),
        sd=sd,
        time_range=(float(t.min()), float(t.max())),
    )
    return sums_by_person(who, (t - scale.shift) / unit, (y - scale.mean) / sd), scale


def _require_repeats(sums: PersonSums, *, visits: int, people: int) -> int:
    """How many have repeated visits; refused if too few to tell the variances apart."""
    repeated = (
        int(np.sum(sums.distinct_times >= visits)) if visits > 2 else int(np.sum(sums.visits >= 2))
    )
    if sums.n_people < 3 or repeated < people:
        raise NotComputable(
            f"{counted(sums.n_people, 'person')}, {repeated} of them with {visits} or more visits; "
            f"needed are 3 people and {people} with so many visits",
            where="person",
            remedy="Add people with repeated untreated visits, or use published sds through "
            "population_from_summary.",
        )
    return repeated


def _require_residual(theta: Floats, sums: PersonSums) -> None:
    """Visits of one person must scatter, or no prediction has a spread."""
    full = np.zeros(3)
    full[: theta.size] = theta
    if np.abs(theta).max() > 0.99 * LARGEST or solution(full, sums).sigma2 < _NO_RESIDUAL:
        raise NotComputable(
            "the visits leave no residual variation, or less than a thousandth of that between "
            "people, so no prediction has a spread",
            where="value",
            remedy="Check the export: repeated visits of one person lie as good as on a line.",
        )


def _edge(theta: Floats) -> tuple[str, ...]:
    """Which part of the covariance lies at the edge of what is possible."""
    level, slope = theta[0], float(np.hypot(theta[1], theta[2]))
    if slope < _AT_ZERO:
        return (
            "the variance of slopes is estimated at 0: the visits do not show that they differ",
        )
    if level < _AT_ZERO:
        return ("the variance of levels is estimated at 0 at the mean time of the visits",)
    if theta[2] < _AT_ZERO * slope:
        return ("level and slope are estimated to correlate fully: the edge of what is possible",)
    return ()


def _caveats(n_people: int, n_repeated: int, *, converged: bool) -> tuple[str, ...]:
    said: list[str] = []
    if not converged:
        said.append("the likelihood search did not settle")
    if n_repeated < 20:
        all_of_them = n_repeated == n_people
        who = "people" if all_of_them else f"of {n_people} people, those with repeated visits"
        said.append(f"variances rest on only {n_repeated} {who}")
    return tuple(said)


def _model(
    found: Solution,
    sums: PersonSums,
    scale: _Scale,
    *,
    n_repeated: int,
    converged: bool,
    caveats: tuple[str, ...],
    method: str,
) -> PopulationModel:
    """The fitted model in the units of the input."""
    back = scale.back()
    beta = back @ found.beta
    beta[0] += scale.mean
    return PopulationModel(
        beta=beta,
        beta_cov=back @ found.beta_cov @ back.T,
        random_cov=back @ found.random_cov @ back.T,
        residual_sd=float(np.sqrt(found.sigma2)) * scale.sd,
        n_people=sums.n_people,
        n_repeated=n_repeated,
        n_visits=sums.n_visits,
        time_range=scale.time_range,
        converged=converged,
        loglik=found.loglik
        - (sums.n_visits - 2) * float(np.log(scale.sd))
        - float(np.log(scale.unit)),
        method=method,
        caveats=caveats,
    )
