"""Trials of untreated people drawn from what the cohort shows, let in by the same rule."""

from __future__ import annotations

from typing import Final

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats
from ultrarare.stats.regression_to_mean.route import Route, Trial, judged
from ultrarare.stats.regression_to_mean.untreated import Untreated

_CHUNK: Final = 250
_FEWEST_TRIALS: Final = 0.8  # of the draws, in which enough people met the rule
_RAREST: Final = 0.005
_FEW_RESIDUALS: Final = 20
_NEEDS: Final = "visits of untreated people, or their mean, sd and reliability; a seed"


def simulation(trial: Trial) -> Route:
    """Simulate the same number of untreated people, let in by the same rule, many times.

    Raises:
        NotComputable: no untreated population, or one that hardly ever meets the rule.

    Notes:
        Each trial draws its own variances (scaled chi-squared) and mean, then people's levels
        from the standardised levels of the cohort and their visits from its residuals, so that
        skew and mixtures stay; from a summary both are normal. p = (b + 1)/(B + 1).
    """
    untreated = trial.need_untreated()
    changes = simulated_changes(trial, untreated)
    p = float((np.sum(changes >= trial.change) + 1) / (changes.size + 1))
    verdict, why = judged(p, trial.alpha)
    return Route(
        name="simulation",
        verdict=verdict,
        reason=f"among simulated trials of untreated people the change has {why}",
        needs=_NEEDS,
        expected_change=float(changes.mean()),
        p_value=p,
        floor=1 / (changes.size + 1),
        n=untreated.n_people,
    )


def simulated_changes(trial: Trial, untreated: Untreated) -> Floats:
    """Mean change of each simulated trial in which enough people met the rule.

    Raises:
        NotComputable: they hardly ever do.
    """
    shape = _Shape(untreated)
    pool = _pool(trial, untreated, shape)
    sizes = [min(_CHUNK, trial.draws - start) for start in range(0, trial.draws, _CHUNK)]
    out = np.concatenate([_some(size, pool, trial, untreated, shape) for size in sizes])
    if out.size < _FEWEST_TRIALS * trial.draws:
        raise NotComputable("simulated untreated people hardly ever meet the entry rule")
    return out


class _Shape:
    """Standardised levels and residuals to draw from; None for a normal."""

    def __init__(self, untreated: Untreated) -> None:
        self.levels: Floats | None = None
        self.rest: Floats | None = None
        if not untreated.observed:
            return
        means, rest = untreated.residuals()
        count = np.bincount(untreated.person, minlength=untreated.n_people)
        repeated = count[untreated.person] > 1
        rest = rest[repeated] * np.sqrt(
            count[untreated.person][repeated] / (count[untreated.person][repeated] - 1)
        )
        if np.ptp(means) > 0:
            self.levels = (means - means.mean()) / means.std()
        if rest.size >= _FEW_RESIDUALS and np.ptp(rest) > 0:
            self.rest = rest / np.sqrt(np.mean(rest**2))

    def draw_levels(self, rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
        return _drawn(rng, self.levels, size)

    def draw_rest(self, rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
        return _drawn(rng, self.rest, size)


def _drawn(rng: np.random.Generator, values: Floats | None, size: tuple[int, ...]) -> Floats:
    """Normal, or values at random, each with a little of a normal so that they are no few points.

    The kernel takes a tenth of the variance and the whole stays 1.
    """
    if values is None:
        return rng.standard_normal(size)
    picked = values[rng.integers(values.size, size=size)]
    out: Floats = np.sqrt(0.9) * picked + np.sqrt(0.1) * rng.standard_normal(size)
    return out


def _pool(trial: Trial, untreated: Untreated, shape: _Shape) -> int:
    """How many people to draw for each who is to enter."""
    m = trial.rule.visits
    level = untreated.mean_at(trial.people[0].deciding_time)
    y = level + untreated.between_sd * shape.draw_levels(trial.rng, (4000, 1))
    y = y + untreated.within_sd * shape.draw_rest(trial.rng, (4000, m))
    chance = float(np.mean(trial.rule.admits(y)))
    if chance < _RAREST:
        raise NotComputable(
            f"of simulated untreated people {100 * chance:.2g} % meet the entry rule, too few to "
            "say what becomes of them"
        )
    return int(np.clip(np.ceil(8 / chance), 16, 1600))


def _some(size: int, pool: int, trial: Trial, untreated: Untreated, shape: _Shape) -> Floats:
    """(≤ size,) mean changes of simulated trials."""
    rng, n, m = trial.rng, len(trial.people), trial.rule.visits
    mean_shift, between, within = _parameters(size, untreated, trial)
    total = np.zeros(size)
    enough = np.ones(size, dtype=bool)
    for person in trial.people:
        level = between[:, None] * shape.draw_levels(rng, (size, pool))
        start = untreated.mean_at(person.deciding_time) + mean_shift[:, None] + level
        deciding = start[..., None] + within[:, None, None] * shape.draw_rest(rng, (size, pool, m))
        ok = trial.rule.admits(deciding)
        first = np.argmax(ok, axis=1)
        rows = np.arange(size)
        enough &= ok[rows, first]
        rest = shape.draw_rest(rng, (size, person.after.size)).mean(axis=1)
        later = start[rows, first] + float(untreated.beta[1]) * person.gap + within * rest
        total += later - deciding[rows, first].mean(axis=1)
    return total[enough] / n


def _parameters(size: int, untreated: Untreated, trial: Trial) -> tuple[Floats, Floats, Floats]:
    """Shift of the mean, sd between and sd within, drawn for each trial."""
    rng, each = trial.rng, untreated.visits_each
    df_within = max(1, untreated.n_visits - untreated.n_people)
    df_between = max(1, untreated.n_people - 1)
    within = untreated.within_sd**2 * df_within / rng.chisquare(df_within, size)
    means = untreated.between_sd**2 + untreated.within_sd**2 / each
    drawn = means * df_between / rng.chisquare(df_between, size)
    between = np.maximum(drawn - within / each, 1e-6 * means)
    time = np.concatenate([p.deciding_time for p in trial.people])
    shift = untreated.mean_se(time) * np.sqrt(drawn / means) * rng.standard_normal(size)
    return shift, np.sqrt(between), np.sqrt(within)
