"""Episodes after dosing against the number expected without treatment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from ultrarare.history.age import age
from ultrarare.history.cohort import EpisodeRecord
from ultrarare.history.episodes import cohort_records, fit_episode_rates

if TYPE_CHECKING:
    from ultrarare.stats.episodes import EpisodePrediction


class EpisodeParameters(Parameters):
    """How the comparison is made.

    Attributes:
        level: coverage of the intervals.
        alpha: one-sided error rate for calling fewer episodes than expected.
        fewest_people: a smaller cohort carries no comparison.
        fewest_episodes: nor does an own record with fewer episodes before dosing.
        check_level: a check of the constant rate on the cohort that falls below this leaves the
            comparison inconclusive.
        check_seed: seed of the simulated check.
        dwell_time: how long a quiet or active stretch lasts, in the cohort's unit of time, if the
            disease waxes and wanes; None if not known.
    """

    level: float = Field(default=0.95, ge=0.95, lt=1)
    alpha: float = Field(default=0.025, gt=0, le=0.025)
    fewest_people: int = Field(default=10, ge=10)
    fewest_episodes: int = Field(default=3, ge=1)
    check_level: float = Field(default=0.05, ge=0.01, lt=1)
    check_seed: int = Field(default=20_260_101, ge=0)
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
    records = cohort_records(inputs, cohort)
    prediction = predict_count(
        fit_episode_rates(records),
        before,
        (dose.first - first.first) * unit,
        len(episodes) - before,
        (last.first - dose.first) * unit,
        inputs.parameters.level,
        dwell_time=inputs.parameters.dwell_time,
    )
    doubts = (
        *_record_doubts(inputs.parameters, prediction, records),
        *_rate_doubts(inputs, cohort, records, (first, last)),
    )
    yield _finding(inputs, dataset, cohort, prediction, episodes, (first, last), doubts)


def _record_doubts(
    parameters: EpisodeParameters,
    prediction: EpisodePrediction,
    records: Sequence[EpisodeRecord],
) -> Iterable[str]:
    """Records that are too short to carry a comparison; the floors are this software's own."""
    if len(records) < parameters.fewest_people:
        yield f"Fewer than {parameters.fewest_people} untreated people."
    if prediction.y0 < parameters.fewest_episodes:
        yield f"Fewer than {parameters.fewest_episodes} episodes before dosing."
    if prediction.y1 / prediction.t2 >= prediction.y0 / prediction.t1:
        yield "The patient's own rate did not fall."


def _rate_doubts(
    inputs: Inputs,
    cohort: CohortEpisodes,
    records: Sequence[EpisodeRecord],
    span: tuple[Moment, Moment],
) -> Iterable[str]:
    """Signs in the cohort that rates are not constant, and ages at which it was never seen."""
    import numpy as np

    from ultrarare.stats.episode_checks import age_trend, clustering

    parameters = inputs.parameters
    times, spans = [record.times for record in records], [record.spans for record in records]
    half_year = 182.625 * conversion("d", cohort.time_unit, where="time unit")
    rng = np.random.default_rng(parameters.check_seed)
    clusters = clustering(times, spans, bin_width=half_year, rng=rng)
    if clusters.p_value < parameters.check_level:
        yield (
            f"Untreated people's episodes come in clusters (p = {clusters.p_value:.2g}): a quiet "
            "time after an active one is then to be expected without treatment."
        )
    trend = age_trend(times, spans)  # its p is too small where episodes cluster
    if clusters.p_value >= parameters.check_level and trend.p_value < parameters.check_level:
        way = "rarer" if trend.statistic < 0 else "more frequent"
        yield f"Untreated people's episodes become {way} with age (p = {trend.p_value:.2g})."
    ages = [age(moment, inputs.case, unit=cohort.time_unit) for moment in span]
    seen = [edge for own in spans for bounds in own for edge in bounds]
    if ages[0] < min(seen) or ages[1] > max(seen):
        yield (
            f"The patient was observed at ages {ages[0]:.3g} to {ages[1]:.3g}, the cohort at "
            f"{min(seen):.3g} to {max(seen):.3g} {spoken(cohort.time_unit)}."
        )


def _judge(
    prediction: EpisodePrediction, alpha: float, doubts: Sequence[str]
) -> tuple[Direction, str]:
    if doubts and prediction.y1 <= prediction.upper:
        return Direction.INCONCLUSIVE, f"nothing is shown: {doubts[0].rstrip('.').lower()}"
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
    doubts: Sequence[str],
) -> Finding:
    direction, words = _judge(prediction, inputs.parameters.alpha, doubts)
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
        caveats=(*doubts, *prediction.caveats),
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
