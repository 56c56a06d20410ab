"""One untreated course fitted by a named model, with its fan and a person's prediction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, require_level
from ultrarare.stats.bounded import bounds
from ultrarare.stats.censored import CensoredModel, fit_censored, predict_censored
from ultrarare.stats.heavy_tails import HeavyTails, heavy_tailed, standardised_residuals
from ultrarare.stats.lack_of_fit import LackOfFit, lack_of_fit
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.sigmoid import SigmoidModel, fit_sigmoid, predict_sigmoid
from ultrarare.stats.trajectory import fit_trajectory
from ultrarare.stats.untreated import Prediction, personal_course
from ultrarare.stats.untreated_course import choose_course

ModelName = Literal["auto", "intercept", "slope", "serial", "change-point", "sigmoid"]
MODELS: Final[tuple[ModelName, ...]] = (
    "auto", "intercept", "slope", "serial", "change-point", "sigmoid",
)  # fmt: skip

_ENOUGH: Final = 8
"""People with three visits from whom slopes that differ can be told from noise."""
_GAIN: Final = 2.0
"""Log-likelihood that two parameters more must bring (AIC)."""
_FAN: Final = 25
_UNLIKE: Final = 1e-3
"""Below this p the person's own visits are said to be unlike the population's."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CourseFit:
    """A fitted course: one of the two models, and what was seen on the way."""

    name: ModelName
    linear: PopulationModel | None
    sigmoid: SigmoidModel | None
    n_censored: int
    loglik: float | None
    tails: HeavyTails | None  # None where values are censored or the course is no line
    lack: LackOfFit | None = None  # the same

    @property
    def model(self) -> PopulationModel | SigmoidModel:
        """The one that was fitted."""
        found = self.sigmoid or self.linear
        assert found is not None  # noqa: S101 -- fit_course gives one
        return found

    @property
    def time_range(self) -> tuple[float, float]:
        """First and last visit."""
        return self.model.time_range or (0.0, 0.0)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Of the model, of its tails, and of bends that it leaves out."""
        checks = (each.caveats for each in (self.tails, self.lack) if each is not None)
        return (*self.model.caveats, *(text for said in checks for text in said))

    def parameters(self) -> dict[str, float | None]:
        """Estimates by name; None where the model has no such part."""
        if self.sigmoid is not None:
            errors = np.sqrt(np.diag(self.sigmoid.cov))
            return {
                **self.sigmoid.parameters(),
                "first_se": float(errors[0]),
                "last_se": float(errors[1]),
                "midpoint_se": float(errors[2]),
            }
        assert self.linear is not None  # noqa: S101
        return _linear_parameters(self.linear)

    def fan(self, *, level: float = 0.95, points: int = _FAN) -> list[dict[str, float]]:
        """Where single visits of a person not yet seen are expected, over the visits' range.

        Args:
            level: coverage of each single prediction.
            points: how many times.
        """
        at = np.linspace(*self.time_range, points)
        if self.sigmoid is not None:
            none = np.empty(0)
            found = predict_sigmoid(self.sigmoid, none, none, none, at).prediction
        else:
            assert self.linear is not None  # noqa: S101
            found = _unseen(self.linear, at)
        return _rows(at, found, level)

    def predict(
        self,
        pre_time: ArrayLike,
        pre_low: ArrayLike,
        pre_high: ArrayLike,
        times: ArrayLike,
        *,
        level: float = 0.95,
    ) -> tuple[list[dict[str, float | None]], tuple[str, ...]]:
        """Single untreated visits of one person given their own, and what limits that.

        Args:
            pre_time: (m,) the person's visits, m ≥ 1.
            pre_low: (m,) lower bounds of their values.
            pre_high: (m,) upper bounds, equal to the lower where exact.
            times: (k,) where to predict.
            level: coverage of each single prediction.

        Returns:
            A row for each time: expected, lower, upper, and the sd that each of the four sources
            brings; then caveats.

        Raises:
            InputError: no visit, unequal lengths, bounds that are none, or a bad level.
            NotComputable: the model cannot take the person's censored values.
        """
        require_level(level)
        t, at = finite_vector(pre_time, "pre_time"), finite_vector(times, "times")
        low, high = bounds(pre_low, pre_high)
        found, parts, unlike = self._predicted(t, low, high, at)
        total = found.variance
        rows: list[dict[str, float | None]] = []
        for i, row in enumerate(_rows(at, found, level)):
            known = float(np.sum(parts[:, i] ** 2))
            rest = None if total is None else float(np.sqrt(max(0.0, total[i] - known)))
            residual, random, fixed = (float(sd) for sd in parts[:, i])
            rows.append(
                {
                    **row,
                    "sd_residual": residual,
                    "sd_random": random,
                    "sd_fixed": fixed,
                    "sd_variance": rest,
                }
            )
        return rows, (*self._limits(at), *unlike)

    def _predicted(
        self, t: Floats, low: Floats, high: Floats, at: Floats
    ) -> tuple[Prediction, Floats, tuple[str, ...]]:
        """Prediction, (3, k) sds of residual, random and fixed effects, caveats."""
        if self.sigmoid is not None:
            found = predict_sigmoid(self.sigmoid, t, low, high, at)
            return (
                found.prediction,
                np.array([found.sd_residual, found.sd_random, found.sd_fixed]),
                (),
            )
        model = self.linear
        assert model is not None  # noqa: S101
        if np.all(low == high):
            course = personal_course(model, t, low)
            parts = np.array([course.variances(at[i : i + 1]) for i in range(at.size)]).T
            unlike = _unlike(course.baseline_p)
            return course.visits(at), np.sqrt(parts), unlike
        if model.correlation > 0 or model.knot is not None:
            raise NotComputable(
                f"the model {self.name!r} takes exact values of the person only",
                where="patient",
                remedy="Choose --model intercept, slope or sigmoid.",
            )
        return _with_bounds(model, t, low, high, at)

    def _limits(self, at: Floats) -> tuple[str, ...]:
        first, last = self.time_range
        out = [float(x) for x in at if not first <= x <= last]
        if not out:
            return ()
        return (
            f"{', '.join(f'{x:g}' for x in out)}: outside the times at which untreated people were "
            f"seen, {first:g} to {last:g}",
        )


def fit_course(
    person: ArrayLike,
    time: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    model: ModelName = "auto",
    rng: np.random.Generator,
    grid: bool = True,
) -> CourseFit:
    """Fit the untreated course by a named model, or by one that a rule chooses.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is; any order.
        time: (n,) when.
        low: (n,) lower bound of each value; −inf for `<9`.
        high: (n,) upper bound; equal to `low` where the value is exact.
        model: `intercept`, people differ in level; `slope`, and in slope; `serial`, levels with
            residuals that have memory; `change-point`, slopes and one bend; `sigmoid`, between
            two plateaus, people shifted in time; `auto`, by the rule below.
        rng: of the check for heavy tails.
        grid: carry the uncertainty of the variances, where values are exact and the course linear.

    Raises:
        InputError: no such model; else as the model's own fit.
        NotComputable: as the model's own fit; also a serial or bent course of censored values.

    Notes:
        `auto`: slopes differ if eight people have three visits and the log-likelihood is higher by
        more than 2 for the two parameters; then memory by the rule of `choose_course`, where
        all values are exact. `auto` takes neither a change point nor a sigmoid.
    """
    if model not in MODELS:
        raise InputError(f"found {model!r}; allowed are {', '.join(MODELS)}", where="model")
    a, b = bounds(low, high)
    if model == "sigmoid":
        curve = fit_sigmoid(person, time, a, b)
        return CourseFit(
            name=model, linear=None, sigmoid=curve, n_censored=curve.n_censored,
            loglik=curve.loglik, tails=None,
        )  # fmt: skip
    if np.any(a != b):
        return _censored(person, time, a, b, model)
    return _exact(person, time, a, model, rng, grid=grid)


def half_width(error: float, df: int, level: float = 0.95) -> float:
    """Half the width of Student's interval.

    Args:
        error: standard error.
        df: degrees of freedom.
        level: coverage.
    """
    return error * float(stdtrit(df, (1 + level) / 2))


def _censored(
    person: ArrayLike, time: ArrayLike, low: Floats, high: Floats, model: ModelName
) -> CourseFit:
    if model in {"serial", "change-point"}:
        raise NotComputable(
            f"{int(np.sum(low != high))} values are bounds, which the model {model!r} cannot take",
            where="value",
            remedy="Choose --model intercept, slope or sigmoid.",
        )
    found: CensoredModel | None = None
    name: ModelName = "slope" if model == "slope" else "intercept"
    if name == "intercept":
        found = fit_censored(person, time, low, high)
    if model == "slope" or (model == "auto" and _with_three_visits(person, time) >= _ENOUGH):
        other = fit_censored(person, time, low, high, slopes=True)
        if found is None or other.loglik - found.loglik > _GAIN:
            found, name = other, "slope"
    assert found is not None  # noqa: S101
    return CourseFit(
        name=name, linear=found.population, sigmoid=None, n_censored=found.n_censored,
        loglik=found.loglik, tails=None,
    )  # fmt: skip


def _exact(
    person: ArrayLike,
    time: ArrayLike,
    value: Floats,
    model: ModelName,
    rng: np.random.Generator,
    *,
    grid: bool,
) -> CourseFit:
    name = model
    if model == "auto":
        slopes = _slopes_differ(person, time, value)
        found = choose_course(person, time, value, slopes=slopes, grid=grid)
        name = "slope" if slopes else "serial" if found.correlation > 0 else "intercept"
    elif model == "change-point":
        found = choose_course(person, time, value, slopes=True, model="change-point", grid=grid)
    elif model == "serial":
        found = choose_course(person, time, value, slopes=False, model="serial", grid=grid)
    else:
        found = choose_course(
            person, time, value, slopes=model == "slope", model="plain", grid=grid
        )
    tails = lack = None
    with suppress(NotComputable):
        tails = heavy_tailed(standardised_residuals(found, person, time, value), rng)
    with suppress(NotComputable):
        lack = lack_of_fit(found, person, time, value)
    return CourseFit(
        name=name, linear=found, sigmoid=None, n_censored=0, loglik=found.loglik, tails=tails,
        lack=lack,
    )  # fmt: skip


def _slopes_differ(person: ArrayLike, time: ArrayLike, value: Floats) -> bool:
    if _with_three_visits(person, time) < _ENOUGH:
        return False
    plain = fit_trajectory(person, time, value, grid=False)
    other = fit_trajectory(person, time, value, shape="slope", grid=False)
    if plain.loglik is None or other.loglik is None:
        return False
    return other.loglik - plain.loglik > _GAIN


def _with_three_visits(person: ArrayLike, time: ArrayLike) -> int:
    pairs = np.unique(np.column_stack((np.asarray(person), np.asarray(time))), axis=0)
    _, visits = np.unique(pairs[:, 0], return_counts=True)
    return int(np.sum(visits >= 3))


def _linear_parameters(model: PopulationModel) -> dict[str, float | None]:
    sds = np.sqrt(np.maximum(0.0, np.diag(model.random_cov)))
    errors = np.sqrt(np.maximum(0.0, np.diag(model.beta_cov)))
    bend = model.knot is not None
    product = float(sds[0] * sds[1])
    return {
        "level": float(model.beta[0]),
        "level_se": float(errors[0]),
        "slope": float(model.beta[1]),
        "slope_se": float(errors[1]),
        "change_of_slope": float(model.beta[2]) if bend else None,
        "change_of_slope_se": float(errors[2]) if bend else None,
        "change_point": model.knot,
        "sd_level": float(sds[0]),
        "sd_slope": float(sds[1]),
        "correlation_level_slope": float(model.random_cov[0, 1]) / product if product > 0 else None,
        "residual_sd": model.residual_sd,
        "serial_correlation": model.correlation if model.correlation > 0 else None,
    }


def _unseen(model: PopulationModel, at: Floats) -> Prediction:
    x = model.design(at)
    cov = model.random_cov + model.beta_cov
    spread = np.einsum("kp,pq,kq->k", x, cov, x) + model.residual_sd**2
    return Prediction(
        weight=np.ones(1),
        centre=(x @ model.beta)[None],
        scale=np.sqrt(spread)[None],
        df=model.df,
    )


def _with_bounds(
    model: PopulationModel, t: Floats, low: Floats, high: Floats, at: Floats
) -> tuple[Prediction, Floats, tuple[str, ...]]:
    """A person with censored values, by quadrature over their level and slope."""
    as_is = CensoredModel(
        population=replace(model, nodes=None, coarse=None), root=np.eye(2), n_censored=0, loglik=0.0
    )
    full = predict_censored(as_is, t, low, high, at)
    known = predict_censored(as_is, t, low, high, at, fixed=False)
    random = known.weight @ (known.centre - known.weight @ known.centre) ** 2
    x = model.design(at)
    parts = np.array(
        [
            np.full(at.size, model.residual_sd),
            np.sqrt(random),
            np.sqrt(np.einsum("kp,pq,kq->k", x, model.beta_cov, x)),
        ]
    )
    bounded = int(np.sum(low != high))
    return full, parts, (f"{bounded} of the person's own {low.size} values are bounds",)


def _unlike(p: float) -> tuple[str, ...]:
    if p >= _UNLIKE:
        return ()
    return (
        f"the person's own visits are unlike the untreated people's (p = {p:.1g}): their course "
        "may not say what this person's will be",
    )


def _rows(at: Floats, found: Prediction, level: float) -> list[dict[str, float]]:
    mean = found.mean
    lower, upper = found.quantile((1 - level) / 2), found.quantile((1 + level) / 2)
    return [
        {
            "time": float(at[i]),
            "expected": float(mean[i]),
            "lower": float(lower[i]),
            "upper": float(upper[i]),
        }
        for i in range(at.size)
    ]
