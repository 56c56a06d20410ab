"""For which population means does a change beyond regression remain, after Mee and Chua (1991)?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, same_length
from ultrarare.stats.regression_to_mean.route import Route, Trial, upper_tail
from ultrarare.words import counted

FEWEST_FOR_SLOPE: Final = 6
"""From so many treated people on, their own slope is looked at beside the reliability."""
_NEEDS: Final = "a range for the population mean, and the reliability"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeeChua:
    """Regression of the later on the earlier value, about a population mean `centre`."""

    effect: float  # intercept at the population mean, minus it
    se: float
    df: int
    p_value: float  # one-sided, for a rise


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanRange:
    """Population means for which the effect stays significant; None where the end is open."""

    exists: bool
    lower: float | None
    upper: float | None

    def holds(self, low: float, high: float) -> bool:
        """Whether all means from `low` to `high` are in it."""
        return (
            self.exists
            and (self.lower is None or low > self.lower)
            and (self.upper is None or high < self.upper)
        )


def mee_chua(before: ArrayLike, after: ArrayLike, centre: float) -> MeeChua:
    """Test for a rise beyond regression, if the population mean is `centre`.

    Args:
        before: (n,) values before, n ≥ 3 and not all equal.
        after: (n,) values after, of the same people.
        centre: the population mean without treatment.

    Raises:
        InputError: unequal lengths, or a value that is not finite.
        NotComputable: fewer than three people, or equal values before.

    Notes:
        after − centre = effect + ρ·(before − centre) + error, by least squares; Student's t with
        n − 2 degrees of freedom. Selection on the earlier values does no harm.
    """
    d, fit = _line(before, after), float(centre)
    away = fit - d.x_mean
    effect = d.y_mean + d.slope * away - fit
    se = float(np.sqrt(d.s2 * (1 / d.n + away**2 / d.sxx)))
    p = upper_tail(effect / se, d.n - 2) if se > 0 else float(effect <= 0)
    return MeeChua(effect=effect, se=se, df=d.n - 2, p_value=p)


def mean_range(before: ArrayLike, after: ArrayLike, *, alpha: float) -> MeanRange:
    """All population means at which `mee_chua` is significant (Ostermann, Willich, Lüdtke 2008).

    Args:
        before: (n,) as in `mee_chua`.
        after: (n,) as there.
        alpha: one-sided.

    Raises:
        InputError: as `mee_chua`.
        NotComputable: as `mee_chua`.

    Notes:
        The effect is linear in the mean and its standard error convex, so the means form one
        interval; its ends solve a quadratic equation.
    """
    d = _line(before, after)
    rise, tilt = d.y_mean - d.x_mean, d.slope - 1
    critical2 = float(stdtrit(d.n - 2, 1 - alpha)) ** 2 * d.s2
    a, b, c = tilt**2 - critical2 / d.sxx, 2 * rise * tilt, rise**2 - critical2 / d.n
    roots = np.sort(np.roots([a, b, c])) if a != 0 else np.array([-c / b])
    roots = np.array([r.real for r in roots if abs(r.imag) < 1e-12 and rise + tilt * r.real >= 0])
    ends = [float(r) + d.x_mean for r in roots]
    if len(ends) == 2:
        return MeanRange(exists=True, lower=ends[0], upper=ends[1])
    if len(ends) == 1:  # open towards the side on which the effect grows
        return (
            MeanRange(exists=True, lower=None, upper=ends[0])
            if tilt < 0
            else MeanRange(exists=True, lower=ends[0], upper=None)
        )
    always = mee_chua(before, after, d.x_mean).p_value < alpha
    return MeanRange(exists=always, lower=None, upper=None)


def population_mean(trial: Trial) -> Route:
    """Whether an effect remains for every plausible population mean.

    Raises:
        NotComputable: nothing says where the population mean lies.

    Notes:
        Plausible: the two-sided interval of the untreated mean at level 1 − 2·alpha. The share
        that regresses is one minus the reliability of the deciding mean, and the effect is the
        mean change minus that share of the distance to the mean. `mean_range`, which takes the
        share from the treated themselves, stands beside it from six people on: among people who
        were all chosen as bad it mostly says little.
    """
    untreated = trial.need_untreated()
    slope = float(untreated.beta[1])
    before = np.array([p.baseline for p in trial.people])
    after = np.array([p.after.mean() - slope * p.gap for p in trial.people])
    found = _by_reliability(trial, before, after)
    time = np.concatenate([p.deciding_time for p in trial.people])
    centre = untreated.mean_at(time)
    half = float(stdtrit(untreated.df, 1 - trial.alpha)) * untreated.mean_se(time)
    inside = found.holds(centre - half, centre + half)
    word = "an effect remains for" if inside else "no effect remains for part of"
    drift = slope * float(np.mean([p.gap for p in trial.people]))
    return Route(
        name="population mean",
        verdict="excluded" if inside else "not excluded",
        reason=f"{word} the plausible population means ({half:.3g} about the untreated mean)",
        needs=_NEEDS,
        expected_change=(1 - _share(trial)) * (centre - float(before.mean())) + drift,
        lower=found.lower,
        upper=found.upper,
        n=untreated.n_people,
        caveats=_own_slope(trial, before, after, (centre - half, centre + half)),
    )


def _own_slope(
    trial: Trial, before: Floats, after: Floats, plausible: tuple[float, float]
) -> tuple[str, ...]:
    """What the treated people's own regression says, where there are enough of them."""
    if before.size < FEWEST_FOR_SLOPE or np.ptp(before) == 0:
        return ()
    if mean_range(before, after, alpha=trial.alpha).holds(*plausible):
        return ()
    return (
        "with the share that regresses taken from the treated people themselves (Mee and Chua), "
        "no effect remains for part of the plausible population means",
    )


def _by_reliability(trial: Trial, before: Floats, after: Floats) -> MeanRange:
    untreated = trial.need_untreated()
    share, n = _share(trial), before.size
    left = untreated.between_sd**2 * (1 - share)
    variance = sum(left + untreated.within_sd**2 / p.after.size for p in trial.people) / n**2
    need = float(stdtrit(untreated.df, 1 - trial.alpha) * np.sqrt(variance))
    rise = float(np.mean(after - before))
    return MeanRange(
        exists=True, lower=None, upper=float(before.mean()) + (rise - need) / (1 - share)
    )


def _share(trial: Trial) -> float:
    """Reliability of the mean of the deciding visits: what of a baseline's distance stays."""
    untreated = trial.need_untreated()
    between = untreated.between_sd**2
    return between / (between + untreated.within_sd**2 / trial.rule.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    n: int
    x_mean: float
    y_mean: float
    sxx: float
    slope: float
    s2: float


def _line(before: ArrayLike, after: ArrayLike) -> _Line:
    x, y = finite_vector(before, "before"), finite_vector(after, "after")
    same_length(before=x, after=y)
    if x.size < 3:
        raise NotComputable(
            f"{counted(x.size, 'person')}, at least 3 are needed for a slope", where="before"
        )
    centred = x - x.mean()
    sxx = float(centred @ centred)
    if sxx <= 1e-24 * float(x @ x):
        raise NotComputable("every value before is the same, so there is no slope", where="before")
    slope = float(centred @ y) / sxx
    rest = y - y.mean() - slope * centred
    s2 = float(rest @ rest) / (x.size - 2)
    if not np.isfinite(s2):
        raise InputError("values too large to square", where="after")
    return _Line(
        n=x.size, x_mean=float(x.mean()), y_mean=float(y.mean()), sxx=sxx, slope=slope, s2=s2
    )
