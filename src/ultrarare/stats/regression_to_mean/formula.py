"""The regression that entry on a bad mean makes among normal people (Davis 1976)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfcx, log_ndtr, stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats
from ultrarare.stats.regression_to_mean.route import Route, Trial, judged, upper_tail

_NEEDS: Final = "mean, sd and reliability of the measure in untreated people; entry on a mean"
_GRID: Final = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenEntry:
    """Mean and variance of one untreated person's change, given that they entered."""

    mean: float
    variance: float


def given_entry(
    mean: float, between: float, within: float, threshold: float, *, deciding: int, after: int
) -> GivenEntry:
    """Untreated change, mean of later visits minus mean of the deciding ones, higher is better.

    Args:
        mean: population mean.
        between: variance between people's true levels, ≥ 0.
        within: variance between visits of one person, > 0.
        threshold: entry at a mean of the deciding visits at or below it.
        deciding: number of deciding visits.
        after: number of later visits.

    Notes:
        Mean: within/m / s · φ(z)/Φ(z), s² = between + within/m, z = (threshold − mean)/s (Davis
        1976; Barnett, van der Pols and Dobson 2005). Variance: that of the truncated baseline
        times the squared share it regresses, and what is left of level and visits.
    """
    noise = within / deciding
    s2 = between + noise
    s = np.sqrt(s2)
    z = (threshold - mean) / s
    mills = float(np.sqrt(2 / np.pi) / erfcx(-z / np.sqrt(2)))  # φ(z)/Φ(z), also far below 0
    spread = max(0.0, 1 - z * mills - mills**2)  # of the truncated baseline, in s²
    share = noise / s2  # how much of a baseline's distance regresses
    variance = share**2 * s2 * spread + between * share + within / after
    return GivenEntry(mean=float(noise / s * mills), variance=float(variance))


def formula(trial: Trial) -> Route:
    """Compare the mean change with Davis's regression, its uncertainty included.

    Raises:
        NotComputable: no untreated population, or a rule that is not about a mean.
    """
    untreated = trial.need_untreated()
    _need_mean(trial)
    expected, variance = _expected(
        trial, _mix(trial), untreated.between_sd**2, untreated.within_sd**2
    )
    se = float(np.sqrt(variance + _parameter_variance(trial)))
    beyond = trial.change - expected
    p = upper_tail(beyond / se, untreated.df)
    half = float(stdtrit(untreated.df, 1 - trial.alpha)) * se
    verdict, why = judged(p, trial.alpha)
    return Route(
        name="formula",
        verdict=verdict,
        reason=f"the change beyond the formula's regression has {why}",
        needs=_NEEDS,
        expected_change=expected,
        p_value=p,
        lower=beyond - half,
        upper=beyond + half,
        n=untreated.n_people,
        caveats=_deeper(trial),
    )


def tipping_reliability(trial: Trial) -> float | None:
    """Reliability of one visit nearest to the fitted one at which the formula's verdict turns.

    The sd of single visits stays as it is. None: at no reliability from 0.01 to 0.99.

    Raises:
        NotComputable: as `formula`.
    """
    untreated = trial.need_untreated()
    _need_mean(trial)
    total = untreated.between_sd**2 + untreated.within_sd**2
    critical = float(stdtrit(untreated.df, 1 - trial.alpha))
    extra, mix, change = _parameter_variance(trial), _mix(trial), trial.change

    def room(reliability: float) -> float:
        mean, variance = _expected(trial, mix, total * reliability, total * (1 - reliability))
        return change - mean - critical * float(np.sqrt(variance + extra))

    here = untreated.reliability
    grid = np.unique(np.append(np.linspace(0.01, 0.99, _GRID), here))
    signs = np.sign([room(float(r)) for r in grid])
    turns = np.flatnonzero(signs[:-1] * signs[1:] <= 0)
    if turns.size == 0:
        return None
    found = [float(brentq(room, grid[i], grid[i + 1])) for i in turns]
    return min(found, key=lambda r: abs(r - here))


def _need_mean(trial: Trial) -> None:
    if trial.rule.statistic != "mean" and trial.rule.visits > 1:
        raise NotComputable(
            f"entry was on {trial.rule.statistic} of {trial.rule.visits} visits, and the formula "
            "is for a mean"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mix:
    """The treated people by what the formula tells them apart by, and their mean drift."""

    kinds: tuple[tuple[float, int, int], ...]  # population mean, visits after, how many people
    people: int
    drift: float


def _mix(trial: Trial) -> _Mix:
    untreated = trial.need_untreated()
    levels = [(untreated.mean_at(p.deciding_time), p.after.size) for p in trial.people]
    return _Mix(
        kinds=tuple((*kind, count) for kind, count in Counter(levels).items()),
        people=len(levels),
        drift=float(untreated.beta[1]) * float(np.mean([p.gap for p in trial.people])),
    )


def _expected(trial: Trial, mix: _Mix, between: float, within: float) -> tuple[float, float]:
    """Expected mean change and its variance between trials, population mean and drift as fitted."""
    n, mean, variance = mix.people, 0.0, 0.0
    for level, after, count in mix.kinds:
        found = _one(trial, after, level, between, within)
        mean += count * found.mean / n
        variance += count * found.variance / n**2
    return mean + mix.drift, variance


def _one(trial: Trial, after: int, mean: float, between: float, within: float) -> GivenEntry:
    rule = trial.rule
    return given_entry(mean, between, within, rule.threshold, deciding=rule.visits, after=after)


def _parameter_variance(trial: Trial) -> float:
    """Variance of the expected change from that of the population's parameters (delta method)."""
    untreated = trial.need_untreated()
    within, between = untreated.within_sd**2, untreated.between_sd**2
    each = untreated.visits_each
    var_within = 2 * within**2 / max(1, untreated.n_visits - untreated.n_people)
    of_means = between + within / each
    var_between = 2 * of_means**2 / max(1, untreated.n_people - 1) + var_within / each**2
    first = trial.people[0]
    at = untreated.mean_at(first.deciding_time)

    def mean(level: float, b: float, w: float) -> float:
        return _one(trial, 1, level, b, w).mean

    step = 1e-4
    by_level = (mean(at + step * np.sqrt(within), between, within) - mean(at, between, within)) / (
        step * np.sqrt(within)
    )
    by_between = (mean(at, between * (1 + step), within) - mean(at, between, within)) / (
        step * between
    )
    by_within = (mean(at, between, within * (1 + step)) - mean(at, between, within)) / (
        step * within
    )
    gap = float(np.mean([p.gap for p in trial.people]))
    x = by_level * np.array([1.0, first.deciding_time.mean()]) + np.array([0.0, gap])
    return float(
        x @ untreated.beta_cov @ x + by_between**2 * var_between + by_within**2 * var_within
        - 2 * by_between * by_within * var_within / each
    )  # fmt: skip


def _deeper(trial: Trial) -> tuple[str, ...]:
    """A caveat where people entered far worse than the rule alone would have them."""
    untreated = trial.need_untreated()
    baselines: Floats = np.array([p.baseline for p in trial.people])
    noise = untreated.within_sd**2 / trial.rule.visits
    s = float(np.sqrt(untreated.between_sd**2 + noise))
    at = np.array([untreated.mean_at(p.deciding_time) for p in trial.people])
    as_bad = np.exp(log_ndtr((baselines - at) / s) - log_ndtr((trial.rule.threshold - at) / s))
    if float(np.mean(as_bad)) >= 0.1:
        return ()
    return (
        "the baselines are worse than nine in ten that the entry rule would let in, so the formula "
        "understates what such people regress",
    )
