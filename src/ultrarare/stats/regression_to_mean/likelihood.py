"""The normal likelihood of untreated and treated visits together, conditional on entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import log_ndtr, ndtr, stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.regression_to_mean.entry import Entrant, EntryRule
from ultrarare.stats.regression_to_mean.route import Route, Trial, judged, upper_tail
from ultrarare.stats.regression_to_mean.untreated import Untreated

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_NEEDS: Final = "visits of untreated people, or their mean, sd and reliability"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sums:
    """All that the likelihood needs: sums for each of g people, the treated last."""

    count: Floats  # (g,)
    x: Floats  # (g, 3) sums of intercept, time, treated
    y: Floats  # (g,)
    xx: Floats  # (3, 3) over all visits
    xy: Floats  # (3,)
    yy: float
    deciding_time: Floats  # (treated,) mean time of the deciding visits
    rule: EntryRule
    drift: bool  # whether a slope is estimated

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """Maximum for one treatment effect: beta, log sds, and twice the negative log likelihood."""

    at: Floats  # (4,) level, slope, log sd between, log sd within
    deviance: float

    def __post_init__(self) -> None:
        freeze(self)


def likelihood(trial: Trial) -> Route:
    """Test the treatment effect by the likelihood that conditions on having entered.

    Raises:
        NotComputable: no untreated population, or the search does not settle.

    Notes:
        Random-intercept normal model; each treated person's density is divided by the chance of
        meeting the entry rule. Signed root of the likelihood ratio against Student's t with one
        degree of freedom (df) fewer than untreated people seen repeatedly, shrunk by
        √(df/(df+1)) since maximum likelihood understates the variances; limits by the profile.
    """
    untreated = trial.need_untreated()
    sums = sums_of(untreated, trial.people, trial.rule)
    start = start_of(untreated)
    best, effect = free_fit(sums, start, guess=_by_prediction(trial, untreated))
    null = fit(sums, 0.0, best.at)
    root = float(np.sign(effect) * np.sqrt(max(0.0, null.deviance - best.deviance)))
    df = untreated.df
    p = upper_tail(root * np.sqrt(df / (df + 1)), df)
    critical = float(stdtrit(df, 1 - trial.alpha)) * np.sqrt((df + 1) / df)
    verdict, why = judged(p, trial.alpha)
    return Route(
        name="likelihood",
        verdict=verdict,
        reason=f"given entry, the effect has {why}",
        needs=_NEEDS,
        expected_change=trial.change - effect,
        p_value=p,
        lower=_limit(sums, best, effect, critical, -1.0) if trial.limits else None,
        upper=_limit(sums, best, effect, critical, 1.0) if trial.limits else None,
        n=untreated.n_people + len(trial.people),
    )


def sums_of(untreated: Untreated, people: tuple[Entrant, ...], rule: EntryRule) -> Sums:
    """Sums over each untreated person's visits and each treated person's."""
    rows = [np.column_stack((np.ones_like(untreated.time), untreated.time, 0 * untreated.time))]
    who, values = [untreated.person.astype(np.int64)], [untreated.value]
    for index, person in enumerate(people):
        time = np.concatenate((person.deciding_time, person.fresh_time, person.after_time))
        treated = np.zeros(time.size)
        treated[time.size - person.after.size :] = 1.0
        rows.append(np.column_stack((np.ones_like(time), time, treated)))
        who.append(np.full(time.size, untreated.n_people + index))
        values.append(np.concatenate((person.deciding, person.fresh, person.after)))
    x, person_of, y = np.concatenate(rows), np.concatenate(who), np.concatenate(values)
    g = untreated.n_people + len(people)
    return Sums(
        count=np.bincount(person_of, minlength=g).astype(np.float64),
        x=np.column_stack([np.bincount(person_of, x[:, j], g) for j in range(3)]),
        y=np.bincount(person_of, y, g).astype(np.float64),
        xx=x.T @ x,
        xy=x.T @ y,
        yy=float(y @ y),
        deciding_time=np.array([p.deciding_time.mean() for p in people]),
        rule=rule,
        drift=untreated.observed,
    )


def start_of(untreated: Untreated) -> Floats:
    """Where the search begins: the untreated people's own fit."""
    between = max(untreated.between_sd, 1e-3 * untreated.within_sd)
    return np.array([*untreated.beta, np.log(between), np.log(untreated.within_sd)])


def deviance(sums: Sums, at: Floats, effect: float) -> float:
    """Twice the negative log likelihood, given entry; `at` as in `Fit`."""
    b = np.array([at[0], at[1], effect])
    between, within = np.exp(2 * at[2]), np.exp(2 * at[3])
    one = within + sums.count * between
    rest = sums.y - sums.x @ b
    squares = sums.yy - 2 * float(b @ sums.xy) + float(b @ sums.xx @ b)
    gain = float((between / one * rest**2).sum())
    whole = float(((sums.count - 1) * np.log(within) + np.log(one)).sum())
    mean = at[0] + at[1] * sums.deciding_time
    entered = log_chance(sums.rule, mean, between, within)
    return float(whole + (squares - gain) / within + 2 * float(entered.sum()))


def slope(sums: Sums, at: Floats, effect: float) -> Floats:
    """(5,) derivatives of `deviance` by level, slope, both log sds and the effect."""
    b = np.array([at[0], at[1], effect])
    between, within = np.exp(2 * at[2]), np.exp(2 * at[3])
    one = within + sums.count * between
    rest = sums.y - sums.x @ b
    squares = sums.yy - 2 * float(b @ sums.xy) + float(b @ sums.xx @ b)
    by_b = 2 * (sums.xx @ b - sums.xy) / within + 2 * between / within * (rest / one) @ sums.x
    by_between = float((sums.count / one - (rest / one) ** 2).sum())
    by_within = float(
        ((sums.count - 1) / within + 1 / one).sum()
        - squares / within**2
        + (rest**2 * between * (one + within) / (within * one) ** 2).sum()
    )
    mean = at[0] + at[1] * sums.deciding_time
    by_mean, chance_between, chance_within = _chance_slopes(sums.rule, mean, between, within)
    return np.array(
        [
            by_b[0] + 2 * by_mean.sum(),
            by_b[1] + 2 * float(by_mean @ sums.deciding_time),
            2 * between * (by_between + 2 * chance_between),
            2 * within * (by_within + 2 * chance_within),
            by_b[2],
        ]
    )


def _chance_slopes(
    rule: EntryRule, mean: Floats, between: float, within: float
) -> tuple[Floats, float, float]:
    """Derivatives of the log chance by each mean, and summed by both variances."""
    step = 1e-5
    sd = float(np.sqrt(between + within))

    def chance(shift: float, b: float, w: float) -> Floats:
        return log_chance(rule, mean + shift, b, w)

    return (
        (chance(step * sd, between, within) - chance(-step * sd, between, within))
        / (2 * step * sd),
        float(
            (
                chance(0, between * (1 + step), within) - chance(0, between * (1 - step), within)
            ).sum()
        )
        / (2 * step * between),
        float(
            (
                chance(0, between, within * (1 + step)) - chance(0, between, within * (1 - step))
            ).sum()
        )
        / (2 * step * within),
    )


def log_chance(rule: EntryRule, mean: Floats, between: float, within: float) -> Floats:
    """(k,) log chance that a person of a population with these means meets the rule."""
    m = rule.visits
    if rule.statistic == "mean" or m == 1:
        return np.asarray(log_ndtr((rule.threshold - mean) / np.sqrt(between + within / m)))
    level = mean[:, None] + np.sqrt(between) * _NODES[None, :]
    low = ndtr((rule.threshold - level) / np.sqrt(within))
    chance = low**m if rule.statistic == "all" else 1 - (1 - low) ** m
    out: Floats = np.log(np.maximum(chance @ _WEIGHTS / _WEIGHTS.sum(), 1e-300))
    return out


def fit(sums: Sums, effect: float, start: Floats) -> Fit:
    """Maximise over everything but the treatment effect.

    Raises:
        NotComputable: no finite maximum was found.
    """

    def cost(free: Floats) -> float:
        return deviance(sums, _whole(sums, free), effect)

    def by(free: Floats) -> Floats:
        return _free(sums, slope(sums, _whole(sums, free), effect))

    x, lowest = _lowest(cost, by, _free(sums, start))
    return _settled(Fit(at=_whole(sums, x), deviance=lowest))


def free_fit(sums: Sums, start: Floats, *, guess: float) -> tuple[Fit, float]:
    """Maximise over everything; the treatment effect stands second.

    Raises:
        NotComputable: no finite maximum was found.
    """

    def cost(free: Floats) -> float:
        return deviance(sums, _whole(sums, free[:-1]), float(free[-1]))

    def by(free: Floats) -> Floats:
        found = slope(sums, _whole(sums, free[:-1]), float(free[-1]))
        return np.append(_free(sums, found), found[-1])

    x, lowest = _lowest(cost, by, np.append(_free(sums, start), guess))
    return _settled(Fit(at=_whole(sums, x[:-1]), deviance=lowest)), float(x[-1])


def _lowest(
    cost: Callable[[Floats], float], by: Callable[[Floats], Floats], start: Floats
) -> tuple[Floats, float]:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # see _settled
        found = minimize(cost, start, jac=by, method="BFGS", options={"gtol": 1e-5})
    return np.asarray(found.x, dtype=np.float64), float(found.fun)


def _settled(found: Fit) -> Fit:
    if not (np.isfinite(found.deviance) and np.all(np.isfinite(found.at))):
        raise NotComputable("the likelihood has no finite maximum")
    return found


def _free(sums: Sums, at: Floats) -> Floats:
    return at[:4] if sums.drift else at[[0, 2, 3]]


def _whole(sums: Sums, free: Floats) -> Floats:
    return free if sums.drift else np.array([free[0], 0.0, free[1], free[2]])


def _by_prediction(trial: Trial, untreated: Untreated) -> float:
    """Effect by each person's level predicted from visits before dosing: where to begin."""
    out = []
    for person in trial.people:
        time = np.concatenate((person.deciding_time, person.fresh_time))
        value = np.concatenate((person.deciding, person.fresh))
        between = untreated.between_sd**2
        share = between / (between + untreated.within_sd**2 / value.size)
        level = share * (float(value.mean()) - untreated.mean_at(time))
        out.append(float(person.after.mean()) - untreated.mean_at(person.after_time) - level)
    return float(np.mean(out))


def _limit(sums: Sums, best: Fit, effect: float, critical: float, side: float) -> float | None:
    """Where the profile is `critical`² above its minimum; None if not within reach."""
    last = best

    def height(distance: float) -> float:
        nonlocal last
        last = fit(sums, effect + side * distance, last.at)
        return last.deviance - best.deviance - critical**2

    far = critical * float(np.exp(best.at[3]) + np.exp(best.at[2]))
    for _ in range(6):
        if height(far) > 0:
            return effect + side * float(brentq(height, 0.0, far, xtol=1e-5 * far))
        far *= 2
    return None
