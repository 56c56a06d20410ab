"""What untreated people say: level, drift, spread between and within, and shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import kurtosis, skewtest

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Counts, Floats, count_vector, finite_vector, freeze
from ultrarare.stats.mixed import fit_random_intercept
from ultrarare.words import counted

_SHAPE_LEVEL: Final = 0.05
_FLAT: Final = 1.96
"""Standard deviations below a normal's kurtosis at which levels count as flat."""
_FEW_FOR_SHAPE: Final = 20


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Untreated:
    """y = b0 + b1·t + u + e: people differ in level by `between_sd`, visits by `within_sd`."""

    beta: Floats  # (2,)
    beta_cov: Floats  # (2, 2)
    between_sd: float
    within_sd: float
    n_people: int
    n_repeated: int
    n_visits: int
    person: Counts  # (n,) whose visit, 0 to n_people - 1; made up to fit where only a summary is
    time: Floats
    value: Floats
    observed: bool  # whether the visits are people's, and not made up from a summary
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def df(self) -> int:
        """Degrees of freedom of Student's t that stands in for uncertain variances."""
        return max(1, self.n_repeated - 1)

    @property
    def visits_each(self) -> float:
        """Visits a person, on average."""
        return self.n_visits / self.n_people

    @property
    def reliability(self) -> float:
        """Share of the variance of one visit that is between people."""
        return self.between_sd**2 / (self.between_sd**2 + self.within_sd**2)

    def mean_at(self, time: Floats) -> float:
        """Population mean over these times."""
        return float(self.beta[0] + self.beta[1] * time.mean())

    def mean_se(self, time: Floats) -> float:
        """Standard error of it."""
        x = np.array([1.0, time.mean()])
        return float(np.sqrt(x @ self.beta_cov @ x))

    def turned(self, sign: float) -> Untreated:
        """The same people with values where higher is better."""
        return replace(self, beta=sign * self.beta, value=sign * self.value)

    def residuals(self) -> tuple[Floats, Floats]:
        """(n_people,) means of people's visits about the line, (n,) visits about their mean."""
        rest = self.value - self.beta[0] - self.beta[1] * self.time
        count = np.bincount(self.person, minlength=self.n_people)
        means = np.bincount(self.person, rest, self.n_people) / count
        return means, rest - means[self.person]


def untreated_from_visits(person: ArrayLike, time: ArrayLike, value: ArrayLike) -> Untreated:
    """Fit level, drift and both spreads to visits of untreated people who were not selected.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is.
        time: (n,) times on the treated people's clock.
        value: (n,) values, finite.

    Raises:
        InputError: unequal lengths, or a value that is not finite.
        NotComputable: too few people or repeated visits; see `fit_random_intercept`.

    Notes:
        Restricted maximum likelihood. A caveat where people's mean levels are skewed or flatter
        than normal (D'Agostino's test, kurtosis 1.96 sd too low; from 20 people).
    """
    fit = fit_random_intercept(person, time, value)
    who = np.unique(count_vector(person, "person"), return_inverse=True)[1].astype(np.int64)
    out = Untreated(
        beta=fit.beta,
        beta_cov=fit.beta_cov,
        between_sd=float(np.sqrt(fit.random_cov[0, 0])),
        within_sd=fit.residual_sd,
        n_people=fit.n_people,
        n_repeated=fit.n_repeated,
        n_visits=fit.n_visits,
        person=who,
        time=finite_vector(time, "time"),
        value=finite_vector(value, "value"),
        observed=True,
    )
    return replace(out, caveats=_shape(out.residuals()[0]))


def untreated_from_summary(
    mean: float, sd: float, reliability: float, people: int, *, visits: int = 2
) -> Untreated:
    """A published mean, sd of single measurements and reliability, of a course without drift.

    Args:
        mean: population mean.
        sd: sd of single measurements of different people, > 0.
        reliability: correlation of two measurements of one person, above 0 and below 1.
        people: on whom the numbers rest, ≥ 3.
        visits: of each, ≥ 2.

    Raises:
        InputError: a number outside these bounds.

    Notes:
        Visits with exactly these moments are made up, so that the likelihood of the summary is
        that of a balanced cohort. They are never taken for anybody's course.
    """
    if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0 and 0 < reliability < 1):
        raise InputError(
            f"found mean {mean:g}, sd {sd:g}, reliability {reliability:g}; needed are finite "
            "numbers, an sd above 0 and a reliability between 0 and 1",
            where="summary",
        )
    if people < 3 or visits < 2:
        raise InputError(
            f"{counted(people, 'person')} with {counted(visits, 'visit')}; at least 3 with 2 are "
            "needed",
            where="people",
        )
    between, within = sd**2 * reliability, sd**2 * (1 - reliability)
    levels = np.linspace(-1.0, 1.0, people)
    levels *= np.sqrt((between + within / visits) / levels.var(ddof=1))
    rest = np.linspace(-1.0, 1.0, visits)
    rest *= np.sqrt(within / rest.var(ddof=1))
    se2 = (between + within / visits) / people
    return Untreated(
        beta=np.array([mean, 0.0]),
        beta_cov=np.array([[se2, 0.0], [0.0, 0.0]]),
        between_sd=float(np.sqrt(between)),
        within_sd=float(np.sqrt(within)),
        n_people=people,
        n_repeated=people,
        n_visits=people * visits,
        person=np.repeat(np.arange(people), visits),
        time=np.zeros(people * visits),
        value=mean + (levels[:, None] + rest[None, :]).ravel(),
        observed=False,
        caveats=("the untreated are a published summary: a course without drift, normal levels",),
    )


def _shape(levels: Floats) -> tuple[str, ...]:
    if levels.size < _FEW_FOR_SHAPE or np.ptp(levels) == 0:
        return ()
    out: list[str] = []
    skew = skewtest(levels)
    if skew.pvalue < _SHAPE_LEVEL:
        out.append(
            f"{SKEWED} (p {float(skew.pvalue):.2g}): formula and likelihood take them as normal "
            "and can understate or overstate the regression"
        )
    flat = float(kurtosis(levels))
    if flat < -_FLAT * _kurtosis_sd(levels.size) - 6 / (levels.size + 1):
        out.append(
            f"{FLAT} (excess kurtosis {flat:.2f}), as where two groups are mixed: people can then "
            "regress to a mean of their own group"
        )
    return tuple(out)


def _kurtosis_sd(n: int) -> float:
    """Sd of the excess kurtosis of n normal values."""
    return float(np.sqrt(24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))))


SKEWED: Final = "untreated people's levels are skewed"
FLAT: Final = "untreated people's levels are flatter than normal"
