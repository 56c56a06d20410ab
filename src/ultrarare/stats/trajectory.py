"""Untreated courses with serial correlation and change points, by REML with a grid of variances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Floats, count_vector, finite_vector, same_length
from ultrarare.stats.gls import at_nodes, deviance, search, unpack
from ultrarare.stats.gls_visits import Visits, grouped
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.variance_grid import Found, Problem, variance_grid
from ultrarare.words import counted

Shape = Literal["intercept", "slope", "change-point"]

_TOLERANCE: Final = 1e-10
_AT_ZERO: Final = 1e-4
"""A random-effect sd below this share of the residual sd counts as estimated at 0."""
_NO_RESIDUAL: Final = 1e-7
"""Residual sd, as a share of the total, that is rounding and not measurement."""


def fit_trajectory(
    person: ArrayLike,
    time: ArrayLike,
    value: ArrayLike,
    *,
    shape: Shape = "intercept",
    serial: bool = False,
    nugget: bool = False,
    knot: float | None = None,
    random_change: bool = False,
    grid: bool = True,
    restricted: bool = True,
) -> PopulationModel:
    """Fit an untreated course by REML; residuals may correlate, and the mean may bend.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is; any order.
        time: (n,) time of the visit, finite, at least two different times.
        value: (n,) measurement, finite. A missed visit has no row.
        shape: `intercept`, people differ in level; `slope`, and in slope; `change-point`, and the
            mean slope changes once.
        serial: residuals of one person correlate c^|Δt| (continuous first-order autoregression).
        nugget: part of the residual variance has no memory; only with `serial`.
        knot: time of the change; None searches it over a grid and carries its uncertainty.
        random_change: people also differ in the change of slope.
        grid: carry the uncertainty of the variance parameters as a grid of nodes.
        restricted: REML; False gives maximum likelihood (for comparisons of likelihoods).

    Raises:
        InputError: unequal lengths, values that are not finite, persons that are no indices, a
            nugget without serial part, or a knot outside the visits.
        NotComputable: too few people or visits for the shape, one time only, or data without
            residual variation.

    Notes:
        y = Xβ + Zu + e, e with covariance σ²R, R = (1−ν)c^|Δt| off the diagonal (Diggle 1988; in
        nlme corCAR1, with a nugget corExp). β and σ² are profiled out; the rest is searched by a
        simplex from several starts. Grid: adaptive Gauss–Hermite on the posterior under flat
        densities of the Cholesky factor of D/σ², of the correlation at the median gap, of ν and
        of log σ². A searched knot is uniform over its grid; each knot has nodes of its own.
        Checked in tests/reference/test_trajectories.py (nlme) and
        tests/oracles/test_trajectory_oracle.py (dense likelihood, dense quadrature).
    """
    found = find_trajectory(
        person, time, value, shape=shape, serial=serial, nugget=nugget, knot=knot,
        random_change=random_change, restricted=restricted,
    )  # fmt: skip
    return found.with_grid() if grid else found.model


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTrajectory:
    """A fit, and what the grid of its variance parameters is made from."""

    model: PopulationModel
    problem: Problem
    tried: list[Found]

    def with_grid(self) -> PopulationModel:
        """The model with the uncertainty of its variance parameters."""
        fine, coarse = variance_grid(self.problem, self.tried)
        return replace(self.model, nodes=fine, coarse=coarse)


def find_trajectory(
    person: ArrayLike,
    time: ArrayLike,
    value: ArrayLike,
    *,
    shape: Shape = "intercept",
    serial: bool = False,
    nugget: bool = False,
    knot: float | None = None,
    random_change: bool = False,
    restricted: bool = True,
) -> FoundTrajectory:
    """As `fit_trajectory`, the grid left for later.

    Args:
        person: as there.
        time: as there.
        value: as there.
        shape: as there.
        serial: as there.
        nugget: as there.
        knot: as there.
        random_change: as there.
        restricted: as there.

    Raises:
        InputError: as there.
        NotComputable: as there.
    """
    if nugget and not serial:
        raise InputError("a nugget needs the serial part beside it", where="nugget")
    who, t, y = _read(person, time, value)
    if serial and not nugget:
        _require_different_times(who, t)
    repeated = _require_repeats(who, t, visits=2 if shape == "intercept" else 3)
    problem = _problem(
        who, t, y, shape=shape, serial=serial, nugget=nugget, knot=knot,
        random_change=random_change, restricted=restricted,
    )  # fmt: skip
    knots: tuple[float | None, ...] = problem.knots or (None,)
    tried = [_best(problem, knots[0])]
    for each in knots[1:]:
        tried.append(_best(problem, each, near=tried[-1].psi))
    best = min(tried, key=lambda found: found.deviance)
    _require_residual(problem, best)
    model = _model(problem, best, who=who, t=t, repeated=repeated, shape=shape)
    return FoundTrajectory(model=model, problem=problem, tried=tried)


def median_gap(person: ArrayLike, time: ArrayLike) -> float:
    """Median distance between a person's neighbouring visits, in the unit of `time`.

    Args:
        person: (n,) whose visit it is.
        time: (n,) time of the visit.
    """
    who, t = np.asarray(person), np.asarray(time, dtype=np.float64)
    order = np.lexsort((t, who))
    steps = np.diff(t[order])[np.diff(who[order]) == 0]
    steps = steps[steps > 0]
    return float(np.median(steps)) if steps.size else float(np.ptp(t))


def _read(person: ArrayLike, time: ArrayLike, value: ArrayLike) -> tuple[Counts, Floats, Floats]:
    who, t, y = (
        count_vector(person, "person"),
        finite_vector(time, "time"),
        finite_vector(value, "value"),
    )
    same_length(person=who, time=t, value=y)
    if t.std() == 0:
        raise NotComputable(
            f"every visit is at time {t[0]:g}, so no slope can be fitted",
            where="time",
            remedy="Add visits at other times, or use population_from_summary.",
        )
    if y.std() == 0:
        raise NotComputable(
            f"every value is {y[0]:g}, so nothing varies",
            where="value",
            remedy="Check the export: a course without any variation is mostly a filled-in column.",
        )
    return who, t, y


def _require_different_times(who: Counts, t: Floats) -> None:
    """Two visits of one person at one time would have to be equal, if memory were all there is."""
    order = np.lexsort((t, who))
    same = (np.diff(who[order]) == 0) & (np.diff(t[order]) == 0)
    if np.any(same):
        raise NotComputable(
            f"{counted(int(same.sum()), 'visit', 'is')} at the time of another visit of the same "
            "person, which "
            "serial correlation alone does not allow to differ",
            where="time",
            remedy="Average them, give their times exactly, or leave serial correlation out.",
        )


def _require_repeats(who: Counts, t: Floats, *, visits: int) -> int:
    """How many people have visits enough; refused if too few to tell the variances apart."""
    pairs = np.unique(np.column_stack((who.astype(np.float64), t)), axis=0)[:, 0]
    _, distinct = np.unique(pairs, return_counts=True)
    people = distinct.size
    repeated = int(np.sum(distinct >= visits))
    needed = 3 if visits == 2 else 4
    if people < needed or repeated < 2:
        raise NotComputable(
            f"{counted(people, 'person')}, {repeated} of them with {visits} or more visits; "
            "needed are "
            f"{needed} people and 2 with so many visits",
            where="person",
            remedy="Add people with repeated untreated visits, or fit a simpler course.",
        )
    return repeated


def _problem(
    who: Counts,
    t: Floats,
    y: Floats,
    *,
    shape: Shape,
    serial: bool,
    nugget: bool,
    knot: float | None,
    random_change: bool,
    restricted: bool,
) -> Problem:
    shift, unit = float(t.mean()), float(t.std())
    knots: tuple[float, ...] = ()
    if shape == "change-point":
        knots = ((knot - shift) / unit,) if knot is not None else _candidates((t - shift) / unit)
        if knot is not None and not t.min() < knot < t.max():
            raise InputError(
                f"{knot:g} lies outside the visits, {t.min():g} to {t.max():g}", where="knot"
            )
    q = {"intercept": 1, "slope": 2, "change-point": 3 if random_change else 2}[shape]
    return Problem(
        visits=grouped(
            who,
            (t - shift) / unit,
            (y - y.mean()) / y.std(),
            q=q,
            gap=median_gap(who, t) / unit,
            serial=serial,
            nugget=nugget,
            restricted=restricted,
        ),
        shift=shift,
        unit=unit,
        mean=float(y.mean()),
        sd=float(y.std()),
        knots=knots,
    )


def _candidates(t: Floats) -> tuple[float, ...]:
    """Fifteen knots between the tenth and the ninetieth part of the visits, inside all of them."""
    times = np.unique(t)
    low, high = np.quantile(t, (0.1, 0.9))
    if times.size > 2:  # a knot on the first or last visit bends nothing
        low = max(low, (times[0] + times[1]) / 2)
        high = min(high, (times[-2] + times[-1]) / 2)
    if times.size < 3 or not high > low:
        raise NotComputable(
            "the visits lie at too few times to look for a change of slope",
            where="time",
            remedy="Give the change point, or fit a straight course.",
        )
    return tuple(np.linspace(low, high, 15).tolist())


def _starts(data: Visits) -> list[Floats]:
    """Where searches begin: strong and weak random effects, strong and weak memory."""
    diagonals = {1: ((0.0,), (1.5,), (-2.0,))}.get(data.q, ((0.0, 0.0), (1.0, -1.0), (-1.0, 1.0)))
    memory = ((-1.5,), (1.0,)) if data.serial else ((),)
    out = []
    for diagonal, serial in product(diagonals, memory):
        full = (*diagonal, *([-1.0] * (data.q - len(diagonal))))
        lower: list[float] = []
        for row in range(data.q):
            lower += [0.0] * row + [full[row]]
        out.append(np.array([*lower, *serial, *([-1.0] if data.nugget else [])]))
    return out


def _best(problem: Problem, knot: float | None, *, near: Floats | None = None) -> Found:
    """The lowest deviance, polished: from the two best starts, or from `near` if it beats them all.

    `near` is where the deviance of the neighbouring knot is lowest, which lies close.
    """
    data = problem.at_knot(knot)
    starts = sorted(_starts(data), key=lambda psi: deviance(psi, data, 0))[:2]
    if near is None or deviance(starts[0], data, 0) < deviance(near, data, 0):
        found = (search(psi, 0.7, 1e-3, data, 0) for psi in starts)
        near = min(found, key=lambda each: each[1])[0]
    tolerance = _TOLERANCE * (1 + abs(deviance(near, data, 0)))
    psi, value, converged = search(near, 0.05, tolerance, data, 0)
    return Found(psi=psi, deviance=value, converged=converged, knot=knot)


def _require_residual(problem: Problem, best: Found) -> None:
    data = problem.at_knot(best.knot)
    ratio = float(np.diag(unpack(best.psi, data).d).max())
    sigma2 = float(at_nodes(best.psi[None], data).sigma2[0])
    if ratio > 1e6 or np.sqrt(sigma2) < _NO_RESIDUAL:
        raise NotComputable(
            "the visits leave no residual variation, or less than a thousandth of that between "
            "people, so no prediction has a spread",
            where="value",
            remedy="Check the export: repeated visits of one person lie as good as on a line.",
        )


def _model(
    problem: Problem, best: Found, *, who: Counts, t: Floats, repeated: int, shape: Shape
) -> PopulationModel:
    """The fitted model in the units of the input."""
    data = problem.at_knot(best.knot)
    n, p = data.n_visits, data.x.shape[1]
    found = at_nodes(best.psi[None], data)
    back = problem.back(p)
    level = back @ found.beta[0]
    level[0] += problem.mean
    people = int(np.unique(who).size)
    sds = np.sqrt(np.diag(found.random_cov[0])[: data.q] / found.sigma2[0])
    at_zero = bool(sds.max() < _AT_ZERO)
    share = 1.0 if data.restricted else (n - p) / n  # of the unbiased σ² that ML estimates
    return PopulationModel(
        beta=level,
        beta_cov=share * back @ found.beta_cov[0] @ back.T,
        random_cov=(0.0 if at_zero else share) * back @ found.random_cov[0] @ back.T,
        residual_sd=float(np.sqrt(share * found.sigma2[0])) * problem.sd,
        n_people=people,
        n_repeated=repeated,
        n_visits=n,
        time_range=(float(t.min()), float(t.max())),
        converged=best.converged,
        loglik=-best.deviance / 2 - _log_scale(problem, p),
        method=_method(problem, shape),
        caveats=_caveats(people, repeated, sds, converged=best.converged),
        knot=problem.time_of(best.knot),
        correlation=float(np.exp(found.log_c[0] / problem.unit)),
        nugget=float(found.nugget[0]),
    )


def _log_scale(problem: Problem, p: int) -> float:
    """What the change of units adds to the log-likelihood."""
    n = problem.visits.n_visits
    if not problem.visits.restricted:
        return n * float(np.log(problem.sd))
    return (n - p) * float(np.log(problem.sd)) + (p - 1) * float(np.log(problem.unit))


def _method(problem: Problem, shape: Shape) -> str:
    data = problem.visits
    name = "REML" if data.restricted else "ML"
    effects = {1: "random intercept", 2: "random intercept and slope"}.get(
        data.q, "random intercept, slope and change"
    )
    bend = (
        ""
        if shape != "change-point"
        else ", one change point"
        if len(problem.knots) == 1
        else ", a change point searched over a grid"
    )
    memory = "" if not data.serial else ", serial correlation"
    return f"{name}, {effects}{bend}{memory}{' and a nugget' if data.nugget else ''}"


def _caveats(people: int, repeated: int, sds: Floats, *, converged: bool) -> tuple[str, ...]:
    said: list[str] = []
    if not converged:
        said.append("the likelihood search did not settle")
    if repeated < 20:
        who = "people" if repeated == people else f"of {people} people, those with repeated visits"
        said.append(f"variances rest on only {repeated} {who}")
    names = ("levels", "slopes", "changes of slope")
    said += [
        f"the variance of {name} is estimated at 0: the visits do not show that they differ"
        for name, sd in zip(names, sds, strict=False)
        if sd < _AT_ZERO
    ]
    return tuple(said)
