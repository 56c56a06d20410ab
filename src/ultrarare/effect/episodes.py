"""Episodes after dosing against the number expected without treatment."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import CohortEpisodes, CourseEpisodes
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.table import Column, read_table
from ultrarare.case.unit import conversion, spoken
from ultrarare.effect.marks import dose_marks, intercurrent_spans
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.history.episodes import fit_episode_rates

if TYPE_CHECKING:
    from ultrarare.stats.episodes import EpisodePrediction


class EpisodeParameters(Parameters):
    """How the comparison is made.

    Attributes:
        level: coverage of the intervals.
        alpha: one-sided error rate for calling fewer episodes than expected.
        dwell_time: how long a quiet or active stretch lasts, in the cohort's unit of time, if the
            disease waxes and wanes; None if not known.
    """

    level: float = Field(default=0.95, ge=0.95, lt=1)
    alpha: float = Field(default=0.025, gt=0, le=0.025)
    dwell_time: float | None = Field(default=None, gt=0)


def read_patient_episodes(
    path: Path, dataset: CourseEpisodes, *, clock: Clock
) -> tuple[Moment, ...]:
    """When the patient had episodes, in order.

    Raises:
        InputErrors: see `read_table`; also an episode outside the observed span or on another
            clock.
    """
    columns = (
        Column("time", Moment.parse),
        Column("severity", str, required=False, may_be_empty=True),
    )
    rows = read_table(path, columns, name=dataset.file, rows_needed=False)
    first, last = observed_span(dataset, clock=clock)
    problems = []
    for row in rows:
        when, where = row["time"], f"{dataset.file}:{row.line}"
        if when.clock is not clock:
            text = f"found {when.text!r}, a {when.clock}; this case's clock is: {clock}"
            problems.append(Problem(where, text))
        elif not first.first <= when.middle <= last.middle:
            text = f"{when} lies outside the observed span, {first} to {last}"
            problems.append(Problem(where, text, "correct `observed`, or take the episode out"))
    if problems:
        raise InputErrors(problems, where=dataset.file)
    return tuple(sorted((row["time"] for row in rows), key=lambda when: when.middle))


def observed_span(dataset: CourseEpisodes, *, clock: Clock) -> tuple[Moment, Moment]:
    """First and last moment under observation.

    Raises:
        InputError: a bound cannot be read, is on another clock, or the two are in wrong order.
    """
    where = f"dataset {dataset.id}, observed"
    try:
        first, last = (Moment.parse(bound) for bound in dataset.observed)
    except ValueError as error:
        raise InputError(str(error), where=where) from None
    if first.clock is not clock or last.clock is not clock:
        raise InputError(f"found {first} and {last}; this case's clock is: {clock}", where=where)
    if last.first <= first.first:
        raise InputError(f"found {first} to {last}, which is no span", where=where)
    return first, last


def _compute(inputs: Inputs) -> Iterable[Finding]:
    from ultrarare.stats.episodes import predict_count

    dataset: CourseEpisodes = inputs.one("episodes")
    cohort: CohortEpisodes = inputs.one("history")
    clock = inputs.case.clock
    first, last = observed_span(dataset, clock=clock)
    episodes = read_patient_episodes(inputs.path(dataset.file), dataset, clock=clock)
    dose = inputs.first_dose
    if dose is None or not first.first < dose.first < last.first:
        raise NotComputable(
            "the first dose does not lie within the observed span, so there is no before and after",
            remedy="Record the doses, and observe the patient before and after the first one.",
        )
    unit = conversion("d", cohort.time_unit, where=f"dataset {cohort.id}, time unit")
    before = sum(when.middle <= dose.first for when in episodes)
    prediction = predict_count(
        fit_episode_rates(inputs, cohort),
        before,
        (dose.first - first.first) * unit,
        len(episodes) - before,
        (last.first - dose.first) * unit,
        inputs.parameters.level,
        dwell_time=inputs.parameters.dwell_time,
    )
    yield _finding(inputs, dataset, cohort, prediction, episodes, (first, last))


def _judge(prediction: EpisodePrediction, alpha: float) -> tuple[Direction, str]:
    if prediction.p_at_most <= alpha:
        return Direction.SUPPORTS, "fewer than expected without treatment"
    if prediction.y1 > prediction.upper:
        return Direction.CONTRADICTS, "more than expected without treatment"
    return Direction.INCONCLUSIVE, "not fewer than can be expected without treatment"


def _finding(
    inputs: Inputs,
    dataset: CourseEpisodes,
    cohort: CohortEpisodes,
    prediction: EpisodePrediction,
    episodes: tuple[Moment, ...],
    span: tuple[Moment, Moment],
) -> Finding:
    direction, words = _judge(prediction, inputs.parameters.alpha)
    unit = spoken(cohort.time_unit)
    return computed(
        name="episodes",
        kind="course.episodes",
        statement=f"{dataset.episode}: {prediction.y1} in {prediction.t2:.3g} {unit} after the "
        f"first dose, {prediction.y0} in {prediction.t1:.3g} {unit} before it; expected without "
        f"treatment were {prediction.expected:.3g} ({prediction.lower} to {prediction.upper}): "
        f"{words}.",
        direction=direction,
        estimate=Estimate(
            value=prediction.rate_ratio,
            lower=prediction.rate_ratio_lower,
            upper=prediction.rate_ratio_upper,
            level=prediction.level,
            unit="1",
        ),
        n=prediction.y0 + prediction.y1,
        n_unit="episodes",
        caveats=prediction.caveats,
        attributes={"p_benefit": prediction.p_at_most, "rate_ratio": prediction.rate_ratio},
        measure=dataset.episode,
        details={
            "observed": [span[0].first, span[1].first],
            "events": [{"time": when.middle, "label": str(when)} for when in episodes],
            "doses": dose_marks(inputs.timeline),
            "intercurrent": intercurrent_spans(inputs.timeline),
            "predicted": {
                "mean": prediction.expected,
                "lower": prediction.lower,
                "upper": prediction.upper,
            },
            "years": {"before": prediction.t1, "after": prediction.t2},
            "time_unit": cohort.time_unit,
            "naive_rate_ratio": prediction.naive_rate_ratio,
            "naive_p": prediction.naive_p,
            "p_none": prediction.p_none,
            "untreated": cohort.population,
        },
    )


EPISODES = Analysis(
    name="effect.episodes",
    summary="Episodes after dosing against the number predicted, without treatment, from the "
    "patient's own record and from untreated people (gamma-Poisson).",
    method="episodes",
    needs=(
        Need(role="episodes", kinds=("course-episodes",)),
        Need(role="history", kinds=("cohort-episodes",)),
    ),
    gives=("course.episodes",),
    parameters=EpisodeParameters,
    compute=_compute,
    references=("Cook and Lawless 2007",),
)
