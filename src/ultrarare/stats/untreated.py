"""One person's course had they stayed untreated, from a population and their own visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, gammaln, stdtr, stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import (
    Floats,
    finite_vector,
    freeze,
    require_level,
    same_length,
)
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.variance_nodes import VarianceNodes

_STEPS: Final = 200
"""Most steps of a search for a quantile; Newton's need some six, halving alone sixty."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prediction:
    """Predictive distribution of k quantities: a mixture over Q nodes of Student's t.

    One node without a grid: Student's t then stands in for the uncertain variances.
    """

    weight: Floats  # (Q,)
    centre: Floats  # (Q, k)
    scale: Floats  # (Q, k)
    df: int

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def mean(self) -> Floats:
        """(k,) expected values."""
        mean: Floats = self.weight @ self.centre
        return mean

    @property
    def variance(self) -> Floats | None:
        """(k,) variances from all sources; None on two degrees of freedom or less."""
        if self.df <= 2:
            return None
        spread = self.scale**2 * self.df / (self.df - 2) + (self.centre - self.mean) ** 2
        return np.asarray(self.weight @ spread, dtype=np.float64)

    def cdf(self, x: ArrayLike) -> Floats:
        """(k,) probability of each quantity being at most `x`."""
        each = stdtr(self.df, (np.asarray(x, dtype=np.float64) - self.centre) / self.scale)
        out: Floats = self.weight @ each
        return out

    def quantile(self, probability: float) -> Floats:
        """(k,) values not exceeded with this probability."""
        ends = self.centre + float(stdtrit(self.df, probability)) * self.scale
        if self.weight.size == 1:
            only: Floats = ends[0]
            return only
        low, high = ends.min(axis=0), ends.max(axis=0)
        x, before = self.weight @ ends, high - low
        for _ in range(_STEPS):
            excess = self.cdf(x) - probability
            low, high = np.where(excess < 0, x, low), np.where(excess < 0, high, x)
            with np.errstate(all="ignore"):  # no density between far nodes: halve
                newton = x - excess / self._density(x)
                good = (low <= newton) & (newton <= high) & (2 * np.abs(newton - x) <= before)
            step = np.where(good, newton, (low + high) / 2) - x
            x, before = x + step, np.abs(step)
            if np.all(np.abs(step) <= 1e-13 * (high - low + np.abs(x))):
                break
        found: Floats = np.asarray(x, dtype=np.float64)
        return found

    def _density(self, x: Floats) -> Floats:
        df = self.df
        constant = np.exp(gammaln((df + 1) / 2) - gammaln(df / 2)) / np.sqrt(df * np.pi)
        z = (x - self.centre) / self.scale
        out: Floats = self.weight @ (constant * (1 + z * z / df) ** (-(df + 1) / 2) / self.scale)
        return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PersonalCourse:
    """One person given their own visits, at every node of the population's grid."""

    population: PopulationModel
    nodes: VarianceNodes
    pre_time: Floats
    pre_value: Floats
    df: int
    baseline_p: float  # how unlike the population these visits are

    def __post_init__(self) -> None:
        freeze(self)

    def at(self, t: float) -> float:
        """Expected true value at time `t`, the residual's memory left aside."""
        return float(self.true_at(np.array([t]))[0])

    def true_at(self, times: Floats) -> Floats:
        """(k,) expected true values: the person's own curve."""
        mean, _ = _conditional(self, times, memory=False)
        out: Floats = self.nodes.weight @ mean
        return out

    def variances(self, times: Floats) -> tuple[float, float, float]:
        """Variance of the mean of new visits at `times`: residual, random and fixed effects.

        With the variance parameters at their estimates.
        """
        single = _estimates(self.population)
        known = _joint(single, self.pre_time, times, fixed=False, random=True)
        full = _joint(single, self.pre_time, times, fixed=True, random=True)
        noise = _joint(single, self.pre_time, times, fixed=False, random=False)
        average = np.full(times.size, 1 / times.size)
        parts = [
            float((average @ _update(v, self.pre_time.size)[1] @ average)[0])
            for v in (noise, known, full)
        ]
        return parts[0], max(0.0, parts[1] - parts[0]), max(0.0, parts[2] - parts[1])

    def window(self, times: Floats) -> Prediction:
        """Predictive distribution of the mean of new visits at `times`."""
        mean, cov = _conditional(self, times)
        average = np.full(times.size, 1 / times.size)
        variance = np.einsum("i,qij,j->q", average, cov, average)
        return Prediction(
            weight=self.nodes.weight,
            centre=(mean @ average)[:, None],
            scale=np.sqrt(variance)[:, None],
            df=self.df,
        )

    def visits(self, times: Floats) -> Prediction:
        """Predictive distribution of each single new visit at `times`."""
        mean, cov = _conditional(self, times)
        # at the time of a visit that is known, memory leaves nothing but rounding
        least = 1e-12 * self.nodes.residual_var[:, None]
        return Prediction(
            weight=self.nodes.weight,
            centre=mean,
            scale=np.sqrt(np.maximum(least, np.diagonal(cov, axis1=1, axis2=2))),
            df=self.df,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PredictionBand:
    """Where single untreated visits of this person are expected; arrays of shape (k,)."""

    time: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    level: float

    def __post_init__(self) -> None:
        freeze(self)

    def to_rows(self) -> list[dict[str, float]]:
        """One row for each time, in the order given."""
        return [
            {
                "time": float(self.time[i]),
                "expected": float(self.expected[i]),
                "lower": float(self.lower[i]),
                "upper": float(self.upper[i]),
            }
            for i in range(self.time.size)
        ]


def personal_course(
    population: PopulationModel,
    pre_time: Floats,
    pre_value: Floats,
    *,
    nodes: VarianceNodes | None = None,
) -> PersonalCourse:
    """Update the population by one person's own visits (best linear unbiased prediction).

    Args:
        population: the untreated course of comparable people.
        pre_time: (m,) times of the person's untreated visits, on the population's clock.
        pre_value: (m,) values at these visits, finite.
        nodes: other nodes than the population's own, for checks of the grid.

    Raises:
        InputError: no visit, unequal lengths, or a value that is not finite.
        NotComputable: the population shows no variance between people or none within them.

    Notes:
        At each node the visits before and after have a joint normal distribution with covariance
        X(D + cov β̂)X' + σ²R, X the course's design; the later ones are taken given the earlier.
        Robinson (1991); Laird and Ware (1982). Without nodes the estimates are the only one,
        and Student's t on `PopulationModel.df` stands in for the uncertain variances.
    """
    t, y = finite_vector(pre_time, "pre_time"), finite_vector(pre_value, "pre_value")
    same_length(pre_time=t, pre_value=y)
    _require_spread(population, float(t.mean()))
    single = _estimates(population)
    chosen = nodes or population.nodes
    v = _joint(single, t, t[:0], fixed=True, random=True)[0]
    surprise = y - population.design(t) @ population.beta
    return PersonalCourse(
        population=population,
        nodes=chosen or single,
        pre_time=t,
        pre_value=y,
        df=population.df if chosen is None else chosen.df,
        baseline_p=float(chdtrc(t.size, surprise @ _solved(v, surprise))),
    )


def predict_untreated(
    population: PopulationModel,
    pre_time: ArrayLike,
    pre_value: ArrayLike,
    times: ArrayLike,
    *,
    level: float = 0.95,
) -> PredictionBand:
    """Band for single untreated visits of this person at `times`: the fan of a figure.

    Args:
        population: the untreated course of comparable people.
        pre_time: (m,) times of the person's untreated visits, on the population's clock.
        pre_value: (m,) values at these visits.
        times: (k,) where to predict, any order.
        level: coverage of each single prediction, not of the band as a whole.

    Raises:
        InputError: no visit, unequal lengths, a value that is not finite, or a bad level.
        NotComputable: the population shows no variance between people or none within them.
    """
    require_level(level)
    at = finite_vector(times, "times")
    course = personal_course(
        population, finite_vector(pre_time, "pre_time"), finite_vector(pre_value, "pre_value")
    )
    found = course.visits(at)
    return PredictionBand(
        time=at,
        expected=found.mean,
        lower=found.quantile((1 - level) / 2),
        upper=found.quantile((1 + level) / 2),
        level=level,
    )


def _estimates(population: PopulationModel) -> VarianceNodes:
    """The estimates themselves, as the only node."""
    return VarianceNodes(
        weight=np.ones(1),
        beta=population.beta[None],
        beta_cov=population.beta_cov[None],
        random_cov=population.random_cov[None],
        residual_var=np.array([population.residual_sd**2]),
        correlation=np.array([population.correlation]),
        nugget=np.array([population.nugget]),
        knot=np.array([np.nan if population.knot is None else population.knot]),
        df=population.df,
        points=1,
    )


def _design(nodes: VarianceNodes, times: Floats) -> Floats:
    """(Q, k, p) rows of the course at every node."""
    q, p = nodes.beta.shape
    x = np.ones((q, times.size, p))
    x[:, :, 1] = times
    if p > 2:
        x[:, :, 2] = np.maximum(0.0, times - nodes.knot[:, None])
    return x


def _joint(
    nodes: VarianceNodes,
    old: Floats,
    new: Floats,
    *,
    fixed: bool,
    random: bool,
    memory: bool = True,
) -> Floats:
    """(Q, m+k, m+k) covariance of visits at `old` and `new`."""
    times = np.concatenate((old, new))
    x = _design(nodes, times)
    between = nodes.random_cov if random else np.zeros_like(nodes.random_cov)
    if fixed:
        between = between + nodes.beta_cov
    v = x @ between @ x.transpose(0, 2, 1)
    r = np.broadcast_to(np.eye(times.size), v.shape).copy()
    if np.any(nodes.correlation > 0):
        distance = np.abs(np.subtract.outer(times, times))
        shared = (1 - nodes.nugget)[:, None, None] * nodes.correlation[:, None, None] ** distance
        r = np.where(np.eye(times.size, dtype=bool), 1.0, shared)
    if not memory:
        r[:, old.size :, : old.size] = r[:, : old.size, old.size :] = 0.0
    out: Floats = v + nodes.residual_var[:, None, None] * r
    return out


def _solved(v: Floats, right: Floats) -> Floats:
    """v⁻¹ · right."""
    try:
        return np.asarray(np.linalg.solve(v, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise NotComputable(
            "the person's own visits lie so far from the untreated people's times that their "
            "residual is lost beside the spread of the slopes",
            where="time",
            remedy="Check that both tables count time in one unit and from one origin.",
        ) from None


def _update(v: Floats, m: int) -> tuple[Floats, Floats]:
    """(Q, m, k) gains and (Q, k, k) covariance left after the first m visits are known."""
    gain = _solved(v[:, :m, :m], v[:, :m, m:])
    return gain, v[:, m:, m:] - v[:, m:, :m] @ gain


def _conditional(
    course: PersonalCourse, times: Floats, *, memory: bool = True
) -> tuple[Floats, Floats]:
    """(Q, k) means and (Q, k, k) covariance of new visits at every node."""
    nodes, m = course.nodes, course.pre_time.size
    v = _joint(nodes, course.pre_time, times, fixed=True, random=True, memory=memory)
    gain, cov = _update(v, m)
    x = _design(nodes, np.concatenate((course.pre_time, times)))
    mean = np.einsum("qkp,qp->qk", x, nodes.beta)
    surprise = course.pre_value - mean[:, :m]
    return mean[:, m:] + np.einsum("qmk,qm->qk", gain, surprise), cov


def _require_spread(population: PopulationModel, at: float) -> None:
    if not population.residual_sd > 0:
        raise NotComputable(
            "the population's residual sd is 0, so every difference would count as an effect",
            where="population",
            remedy="Give repeated untreated visits of the same people, or a published within sd.",
        )
    if not population.between_sd(at) > 0:
        raise NotComputable(
            "the population shows no variance between people, so a person's own baseline cannot be "
            "told from chance",
            where="population",
            remedy="Add people or repeated visits, or give a published sd between people.",
        )
