"""Did one person change more than they would have untreated: the person as their own control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats import tipping
from ultrarare.stats.arrays import (
    Floats,
    finite_vector,
    non_negative_vector,
    require_level,
    same_length,
)
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.own_control_caveats import entry_caveat, prediction_caveats, unjudged
from ultrarare.stats.own_control_size import SizeRow, nearest
from ultrarare.stats.regression import Direction, davis_regression
from ultrarare.stats.untreated import (
    PersonalCourse,
    Prediction,
    PredictionBand,
    personal_course,
    predict_untreated,
)
from ultrarare.stats.welch import Welch, welch

RegressionVerdict = Literal["excluded", "not excluded", "cannot be judged"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OwnControl:
    """Observed minus expected-untreated, and everything a reader needs to doubt it.

    Differences are in the unit of the values; negative means that values fell.
    """

    direction: Direction
    level: float
    n_pre: int
    n_post: int
    n_people: int
    n_repeated: int  # of these, with the repeated visits that show how people vary
    pre_mean: float
    post_mean: float
    naive: Welch | None  # post minus pre, as if visits were independent; None if undefined
    expected_untreated: float  # mean of the post-dosing window had the person stayed untreated
    sd_residual: float  # the four parts of the sd of that mean
    sd_random: float
    sd_fixed: float
    sd_variance: float | None  # what uncertain variances add; None on 2 degrees of freedom or less
    df: int  # of Student's t: for the uncertain variances, or at each node of a grid of them
    grid_change: float | None  # of p, and of the limits in sds, on half the grid; None without one
    model: str  # how the untreated course was fitted
    regression_to_the_mean: float  # this and the trend are the change expected untreated
    trend: float
    lower: float  # of the contrast
    upper: float
    p_one_sided: float  # in the direction of benefit
    margin: float | None
    p_exceeds_margin: float | None  # probability that the benefit is larger than `margin`
    band: PredictionBand  # at each post-dosing visit
    reliability: float  # of one measurement, at the mean pre-dosing time
    baseline_reliability: float  # of the mean of the pre-dosing visits
    baseline_p: float  # small: this person's baseline is unlike the population
    tipping_reliability: float | None  # of one measurement, at which the interval reaches 0
    tipping_autocorrelation: float | None  # of residuals, visit to visit, likewise
    davis_regression: float | None  # expected regression from the entry rule alone
    size: SizeRow  # simulated error rates in the setting nearest to this one
    regression_verdict: RegressionVerdict
    reason: str
    caveats: tuple[str, ...]

    @property
    def naive_difference(self) -> float:
        """Post-dosing mean minus pre-dosing mean, with nothing taken into account."""
        return self.post_mean - self.pre_mean

    @property
    def expected_sd(self) -> float:
        """Sd of the expected mean, from all sources but the uncertain variances."""
        return float(np.hypot(np.hypot(self.sd_residual, self.sd_random), self.sd_fixed))

    @property
    def expected_change_untreated(self) -> float:
        """Expected untreated mean minus pre-dosing mean: regression to the mean and trend."""
        return self.expected_untreated - self.pre_mean

    @property
    def contrast(self) -> float:
        """Observed post-dosing mean minus the one expected untreated."""
        return self.post_mean - self.expected_untreated

    @property
    def p_two_sided(self) -> float:
        """Probability of a contrast at least as large, either way, had nothing changed."""
        return 2 * min(self.p_one_sided, 1 - self.p_one_sided)

    def summary(self) -> str:
        """A few sentences for a log or a terminal; the fields hold the rest."""
        line = (
            f"observed {self.post_mean:.4g} after dosing, expected untreated "
            f"{self.expected_untreated:.4g} (sd {self.expected_sd:.3g}); contrast "
            f"{self.contrast:.4g} ({100 * self.level:g}% interval {self.lower:.4g} to "
            f"{self.upper:.4g}), two-sided p {self.p_two_sided:.3g}; regression to the mean and "
            f"trend {self.regression_verdict}: {self.reason}"
        )
        return "; ".join((line, *self.caveats))

    def margin_summary(self) -> tuple[str, ...]:
        """What the data say of the smallest benefit that matters; nothing where none was given."""
        if self.margin is None or self.p_exceeds_margin is None:
            return ()
        low, high = self.lower, self.upper
        if self.direction == "lower":
            low, high = -high, -low
        where = "holds it, so a benefit of that size is neither shown nor excluded"
        if low > self.margin:
            where = "lies beyond it, so a benefit of that size is shown"
        elif high < self.margin:
            where = "ends before it, so a benefit of that size is excluded"
        return (
            f"margin {self.margin:g}: the benefit is larger with probability "
            f"{self.p_exceeds_margin:.3g}; the interval of the contrast {where}",
        )

    def to_rows(self) -> list[dict[str, float]]:
        """The band for each post-dosing visit, in the order given."""
        return self.band.to_rows()


def own_control(
    population: PopulationModel,
    pre_time: ArrayLike,
    pre_value: ArrayLike,
    post_time: ArrayLike,
    post_value: ArrayLike,
    *,
    direction: Direction,
    level: float = 0.95,
    margin: float | None = None,
    entry_threshold: float | None = None,
) -> OwnControl:
    """Compare post-dosing visits with this person's predicted untreated course.

    Args:
        population: untreated course of comparable people; this person is not among them.
        pre_time: (m,) times of the visits before dosing, m ≥ 1, on the population's clock.
        pre_value: (m,) values at these visits, finite. All of them, the bad one included.
        post_time: (k,) times of the visits after dosing, k ≥ 1, all later than `pre_time`.
        post_value: (k,) values at these visits, finite.
        direction: which values are better.
        level: coverage of the intervals, between 0 and 1.
        margin: smallest benefit that matters, ≥ 0 and in the unit of the values.
        entry_threshold: dosing required the baseline mean to be beyond this value, on the bad
            side; only then is Davis's regression reported.

    Raises:
        InputError: no visit, unequal lengths, a value that is not finite, a visit "before" at or
            after one "after", an unknown direction, a bad level or a negative margin.
        NotComputable: the population shows no variance between people or none within them.

    Notes:
        Prediction: the normal distribution of the post-dosing mean given the person's own
        pre-dosing values (Laird and Ware 1982; Robinson 1991), with residual, random-effect
        and fixed-effect uncertainty. Uncertain variances: where the population has a grid of
        them (`fit_trajectory`), the prediction is a mixture over the grid. Else Student's t
        stands in, on one degree of freedom less than there are people with repeated visits
        (`PopulationModel.df`): who was seen once tells nothing of how one person's visits
        scatter.

        Entry because the baseline was bad needs no correction here: given the pre-dosing
        values, the entry rule is a fixed yes, so it says nothing more about later untreated
        visits (selection on what is conditioned on is ignorable). That holds only if every value
        that decided on entry is in `pre_value`; tests/laws/test_stats_own_control.py and
        validation/own_control.py show both sides. The naive difference has no such protection.

        Davis (1976) gives, from the entry rule alone, the mean regression of people so
        selected: a cross-check of size, not an input. Tipping values: see
        `ultrarare.stats.tipping`. Checked in tests/oracles/test_own_control_oracle.py.
    """
    t0, y0, t1, y1 = _read(pre_time, pre_value, post_time, post_value)
    _require_options(direction, level, margin, entry_threshold)
    course = personal_course(population, t0, y0)
    sds = np.sqrt(course.variances(t1)).tolist()
    window, observed = course.window(t1), float(y1.mean())
    expected, fitted = float(window.mean[0]), course.at(float(t0.mean()))
    lower, upper = _limits(window, observed, level)
    size = _nearest_setting(population, t0)
    verdict, reason = _verdict(
        unjudged(population, course, float(t1.mean())),
        improved=(observed < expected) if direction == "lower" else (observed > expected),
        clear=upper < 0 if direction == "lower" else lower > 0,
    )
    return OwnControl(
        direction=direction,
        level=level,
        n_pre=t0.size,
        n_post=t1.size,
        n_people=population.n_people,
        n_repeated=population.n_repeated,
        pre_mean=float(y0.mean()),
        post_mean=observed,
        naive=welch(y0, y1, level=level),
        expected_untreated=expected,
        sd_residual=sds[0],
        sd_random=sds[1],
        sd_fixed=sds[2],
        sd_variance=_sd_variance(window, sds),
        df=course.df,
        grid_change=_grid_change(population, course, t1, observed, level),
        model=population.method,
        regression_to_the_mean=fitted - float(y0.mean()),
        trend=expected - fitted,
        lower=lower,
        upper=upper,
        p_one_sided=_p_beyond(window, observed, direction),
        margin=margin,
        p_exceeds_margin=_p_exceeds(window, observed, margin, direction),
        band=predict_untreated(population, t0, y0, t1, level=level),
        reliability=population.reliability(float(t0.mean())),
        baseline_reliability=_mean_reliability(population, t0),
        baseline_p=course.baseline_p,
        tipping_reliability=tipping.reliability(population, t0, y0, t1, y1, level=level),
        tipping_autocorrelation=tipping.autocorrelation(population, t0, y0, t1, y1, level=level),
        davis_regression=davis_regression(population, t0, entry_threshold, direction=direction),
        size=size,
        regression_verdict=verdict,
        reason=reason,
        caveats=(
            *population.caveats,
            *prediction_caveats(population, course, t0, t1, size=size),
            *entry_caveat(y0, entry_threshold, direction),
        ),
    )


def _read(
    pre_time: ArrayLike, pre_value: ArrayLike, post_time: ArrayLike, post_value: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    """Visits before and after dosing, checked."""
    t0, y0 = finite_vector(pre_time, "pre_time"), finite_vector(pre_value, "pre_value")
    t1, y1 = finite_vector(post_time, "post_time"), finite_vector(post_value, "post_value")
    same_length(pre_time=t0, pre_value=y0)
    same_length(post_time=t1, post_value=y1)
    if t0.max() >= t1.min():
        raise InputError(
            f"the last visit before dosing is at {t0.max():g} and the first after it at "
            f"{t1.min():g}; every pre-dosing visit must be earlier",
            where="pre_time",
        )
    return t0, y0, t1, y1


def _require_options(
    direction: str, level: float, margin: float | None, entry_threshold: float | None
) -> None:
    require_level(level)
    if direction not in {"lower", "higher"}:
        raise InputError(
            f"{direction!r} is no direction; allowed are 'lower' and 'higher'", where="direction"
        )
    if margin is not None:
        non_negative_vector([margin], "margin")
    if entry_threshold is not None:
        finite_vector([entry_threshold], "entry_threshold")


def _limits(window: Prediction, observed: float, level: float) -> tuple[float, float]:
    """Limits of the contrast: observed minus the quantiles of what was expected."""
    low, high = (float(window.quantile((1 + side * level) / 2)[0]) for side in (-1, 1))
    return observed - high, observed - low


def _p_beyond(window: Prediction, observed: float, direction: Direction) -> float:
    """Probability of a mean at least as good as the observed one, had nothing changed."""
    below = float(window.cdf(observed)[0])
    return below if direction == "lower" else 1 - below


def _p_exceeds(
    window: Prediction, observed: float, margin: float | None, direction: Direction
) -> float | None:
    """Probability that the benefit is larger than `margin`; None where no margin was set."""
    if margin is None:
        return None
    if direction == "lower":
        return 1 - float(window.cdf(observed + margin)[0])
    return float(window.cdf(observed - margin)[0])


def _sd_variance(window: Prediction, sds: list[float]) -> float | None:
    """What the uncertain variances add to the three other parts, as an sd."""
    total = window.variance
    if total is None:
        return None
    return float(np.sqrt(max(0.0, float(total[0]) - float(np.square(sds).sum()))))


def _grid_change(
    population: PopulationModel,
    course: PersonalCourse,
    post_time: Floats,
    observed: float,
    level: float,
) -> float | None:
    """Largest change of p, and of the limits in sds, when the grid of variances is halved."""
    if population.nodes is None or population.coarse is None:
        return None
    fine = course.window(post_time)
    other = personal_course(
        population, course.pre_time, course.pre_value, nodes=population.coarse
    ).window(post_time)
    sd = float(fine.scale.mean())
    limits = np.subtract(_limits(fine, observed, level), _limits(other, observed, level)) / sd
    p = float(fine.cdf(observed)[0] - other.cdf(observed)[0])
    return float(max(abs(p), np.abs(limits).max()))


def _verdict(unjudged: str | None, *, improved: bool, clear: bool) -> tuple[RegressionVerdict, str]:
    """Whether regression to the mean and trend can still explain the change."""
    if unjudged is not None:
        return "cannot be judged", unjudged
    if not improved:
        return "not excluded", "there is no improvement over the expected untreated course"
    if not clear:
        return "not excluded", "the interval of the contrast holds 0"
    return "excluded", "the interval of the contrast lies on the side of benefit"


def _nearest_setting(population: PopulationModel, pre_time: Floats) -> SizeRow:
    """Simulated error rates in the setting most like this population and baseline."""
    return nearest(
        population.reliability(float(pre_time.mean())),
        population.n_informing,
        pre_time.size,
        course="progressive" if population.random_cov[1, 1] > 0 else "stable",
    )


def _mean_reliability(population: PopulationModel, pre_time: Floats) -> float:
    between = population.between_sd(float(pre_time.mean())) ** 2
    return between / (between + population.residual_sd**2 / pre_time.size)
