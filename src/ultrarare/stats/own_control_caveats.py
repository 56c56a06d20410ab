"""What an own-control comparison cannot judge, and what its reader must be told."""

from __future__ import annotations

from typing import Final

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.own_control_size import SizeRow, stresses
from ultrarare.stats.regression import Direction
from ultrarare.stats.untreated import PersonalCourse
from ultrarare.words import counted

_FEWEST_PEOPLE: Final = 8
"""The smallest cohort in the simulations: below it nothing shows that the error rate holds."""
_UNLIKE: Final = 0.001
"""A baseline rarer than this among untreated people is no ground to predict from."""
_SERIAL: Final = (
    "serial correlation between visits is not modelled; where it exists, the interval is too narrow"
)
_SEES_STRESS: Final = 20
"""People from whom correlated or heavy-tailed visits are mostly seen."""
_TOLERATED: Final = 0.06
"""A simulated error rate above this, at nominal 0.05, is told as a caveat."""


def unjudged(population: PopulationModel, course: PersonalCourse, centre: float) -> str | None:
    """Why the prediction says nothing about this person; None if it does."""
    if population.n_people < _FEWEST_PEOPLE:
        return (
            f"the untreated course rests on {counted(population.n_people, 'person')}, needed are "
            "at least "
            f"{_FEWEST_PEOPLE}"
        )
    if population.n_informing < _FEWEST_PEOPLE:
        return (
            f"{population.n_repeated} of {counted(population.n_people, 'untreated person')} have "
            "the repeated "
            "visits (two to tell levels from noise, three where slopes differ) that show how "
            f"people vary, needed are at least {_FEWEST_PEOPLE}"
        )
    if not population.converged:
        return "the model of the untreated course did not converge"
    if population.time_range is not None:
        first, last = population.time_range
        if not first <= centre <= last:
            return (
                f"the post-dosing window is centred at {centre:g}, outside the times {first:g} to "
                f"{last:g} at which untreated people were seen"
            )
    if course.baseline_p < _UNLIKE:
        return (
            f"the pre-dosing values are unlike the untreated population (p = "
            f"{course.baseline_p:.2g}, below {_UNLIKE:g}), so its course does not say what this "
            "person's would have been"
        )
    return None


def prediction_caveats(
    population: PopulationModel,
    course: PersonalCourse,
    pre_time: Floats,
    post_time: Floats,
    *,
    size: SizeRow,
) -> tuple[str, ...]:
    """What the contrast does not account for."""
    said = [_SERIAL] if population.serial == "not looked for" else []
    if pre_time.size == 1:
        said.append("one visit before dosing: the baseline rests on a single measurement")
    if course.baseline_p < 0.01:
        said.append(
            f"the pre-dosing values are unlike the population (p = {course.baseline_p:.2g}): "
            "this person may not belong to it, and the prediction leans on its tails"
        )
    if population.time_range is not None:
        first, last = population.time_range
        outside = int(np.sum((post_time < first) | (post_time > last)))
        if outside:
            said.append(
                f"{outside} of {post_time.size} post-dosing visits lie outside the times at which "
                "untreated people were seen: the line is extrapolated there"
            )
    if size.ours_type1 > _TOLERATED:
        said.append(
            f"on data like this (a {size.course} course, reliability {size.reliability:g}, "
            f"{counted(size.n_people, 'person')}, {size.n_pre} pre-dosing visits) the interval "
            "missed in "
            f"{100 * size.ours_type1:.1f}% of simulated untreated courses, nominally 5%"
        )
    return (*said, *_worst_corner(population, size))


def _worst_corner(population: PopulationModel, size: SizeRow) -> tuple[str, ...]:
    """What a small cohort cannot show is wrong with it, and what that would cost."""
    if population.n_informing >= _SEES_STRESS:
        return ()
    return tuple(
        f"{counted(population.n_informing, 'person')} do not show whether visits correlate or "
        "have heavy "
        f"tails; where both are so, visits are missed and everyone has times of their own, the "
        f"interval missed in {100 * row.ours_type1:.1f}% of simulated untreated courses"
        for row in stresses(size)
        if row.noise == "worst" and row.ours_type1 > _TOLERATED
    )


def entry_caveat(
    pre_value: Floats, entry_threshold: float | None, direction: Direction
) -> tuple[str, ...]:
    """A baseline that its own entry rule would have turned away."""
    if entry_threshold is None:
        return ()
    mean = float(pre_value.mean())
    beyond = mean > entry_threshold if direction == "lower" else mean < entry_threshold
    if beyond:
        return ()
    caveat = (
        f"the baseline mean {mean:g} does not meet the entry threshold {entry_threshold:g}: the "
        "values that decided on entry may not all be among the pre-dosing visits"
    )
    return (caveat,)
