"""One person's course had they stayed untreated, from a population and their own visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import (
    Floats,
    finite_vector,
    freeze,
    require_level,
    same_length,
)
from ultrarare.stats.mixed import PopulationModel


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PersonalCourse:
    """Level and slope of one person given their own visits: normal, with its parts."""

    mean: Floats  # (2,) level at t = 0 and slope
    cov: Floats  # (2, 2) with the uncertainty of the population's mean course
    cov_random: Floats  # (2, 2) with the population's mean course taken as known
    residual_sd: float
    df: int  # of Student's t that stands in for uncertain variances
    baseline_p: float  # how unlike the population these visits are; 1 if there are none

    def __post_init__(self) -> None:
        freeze(self)

    def at(self, t: float) -> float:
        """Expected true value at time `t`."""
        return float(self.mean @ np.array([1.0, t]))

    def variances(self, times: Floats) -> tuple[float, float, float]:
        """Variance of the mean of new visits at `times`: residual, random and fixed effects."""
        z = np.array([1.0, float(times.mean())])
        random = float(z @ self.cov_random @ z)
        total = float(z @ self.cov @ z)
        return self.residual_sd**2 / times.size, random, max(0.0, total - random)


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
    population: PopulationModel, pre_time: Floats, pre_value: Floats
) -> PersonalCourse:
    """Update the population by one person's own visits (best linear unbiased prediction).

    Args:
        population: the untreated course of comparable people.
        pre_time: (m,) times of the person's untreated visits, on the population's clock.
        pre_value: (m,) values at these visits, finite.

    Raises:
        InputError: no visit, unequal lengths, or a value that is not finite.
        NotComputable: the population shows no variance between people or none within them.

    Notes:
        The person's (level, slope) has prior mean β̂ and covariance D + cov(β̂); the visits add
        Z(level, slope) + e. Robinson (1991); Laird and Ware (1982).
    """
    t, y = finite_vector(pre_time, "pre_time"), finite_vector(pre_value, "pre_value")
    same_length(pre_time=t, pre_value=y)
    _require_spread(population, float(t.mean()))
    sigma2 = population.residual_sd**2
    z = np.column_stack((np.ones_like(t), t))
    prior = population.random_cov + population.beta_cov
    v = z @ prior @ z.T + sigma2 * np.eye(t.size)
    surprise = y - z @ population.beta
    return PersonalCourse(
        mean=population.beta + prior @ z.T @ np.linalg.solve(v, surprise),
        cov=_remaining(prior, z, sigma2),
        cov_random=_remaining(population.random_cov, z, sigma2),
        residual_sd=population.residual_sd,
        df=population.df,
        baseline_p=float(chdtrc(t.size, surprise @ np.linalg.solve(v, surprise))),
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
    z = np.column_stack((np.ones_like(at), at))
    sd = np.sqrt(np.sum((z @ course.cov) * z, axis=1) + course.residual_sd**2)
    half = float(stdtrit(course.df, (1 + level) / 2)) * sd
    expected = z @ course.mean
    return PredictionBand(
        time=at, expected=expected, lower=expected - half, upper=expected + half, level=level
    )


def _remaining(prior: Floats, z: Floats, sigma2: float) -> Floats:
    """Covariance of (level, slope) left after visits at the rows of `z`."""
    gain = prior @ z.T @ np.linalg.inv(z @ prior @ z.T + sigma2 * np.eye(z.shape[0]))
    left: Floats = prior - gain @ z @ prior
    return (left + left.T) / 2


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
