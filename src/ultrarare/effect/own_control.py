"""A continuous course against the prediction from the patient's own past and the untreated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters
from ultrarare.case.amount import Censoring
from ultrarare.case.dataset import CohortVisits, CourseSeries, CourseSummary
from ultrarare.case.finding import Finding
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import conversion
from ultrarare.effect.comparison import Comparison, findings
from ultrarare.effect.series import Measurement, Split, read_series, split_at_first_dose
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.age import age
from ultrarare.history.population import Shape, fit_population, shape_of

if TYPE_CHECKING:
    from ultrarare.stats.mixed import PopulationModel
    from ultrarare.stats.own_control import OwnControl

_NEEDED = (
    "Individual dated values of the patient before and after dosing (the periods' medians and "
    "quartiles do not give them), and the mean and the spread between and within untreated people."
)


class Population(Parameters):
    """An untreated population of a stable course, known from a publication only."""

    mean: float
    between_sd: float = Field(gt=0)
    within_sd: float = Field(gt=0)
    people: int = Field(ge=2)
    source: str = Field(min_length=1)


class OwnControlParameters(Parameters):
    """How the comparison is made.

    Attributes:
        course: `stable` (people differ in level) or `progressive` (and in slope); by the case's
            declared course where not given.
        level: coverage of the intervals.
        entry_threshold: dosing was decided on a baseline mean beyond this value; reports the
            regression to the mean that the entry rule alone would bring.
        from_days_after_dose: measurements this many days after the first dose or later count as
            treated; earlier ones are left out and said so.
        population: the untreated population, where no cohort's visits are at hand.
    """

    course: Shape | None = None
    level: float = Field(default=0.95, gt=0, lt=1)
    entry_threshold: float | None = None
    from_days_after_dose: float = Field(default=0, ge=0)
    population: Population | None = None

    @model_validator(mode="after")
    def _stable_summary(self) -> Self:
        if self.population is not None and self.course == "progressive":
            raise ValueError("a published mean and spread describe a stable course only")
        return self


def _compute(inputs: Inputs) -> Iterable[Finding]:
    parameters: OwnControlParameters = inputs.parameters
    endpoint = _endpoint(inputs)
    if not inputs.datasets.get("series") and not inputs.absent.get("series"):
        _refuse_summary(inputs)
    series: CourseSeries = inputs.one("series")
    factor = conversion(series.unit, endpoint.unit, where=f"dataset {series.id}, unit")
    if factor != 1:
        raise InputError(
            f"series {series.id} is in {series.unit}, its endpoint in {endpoint.unit}; "
            "allowed is one unit for both",
            where="plan.yaml",
            remedy=f"write the endpoint in {series.unit}",
        )
    # The series before the cohort: what is wrong with the cohort is told by its own analysis too.
    time_unit = _time_unit(inputs)
    measurements = read_series(inputs, series, unit=time_unit)
    model, untreated = _population(inputs, series)
    split = split_at_first_dose(measurements, inputs.first_dose)
    after, left_out = _washed(split, inputs, time_unit)
    result = _least_favourable(model, split, after, endpoint, parameters)
    yield from findings(
        Comparison(
            inputs=inputs,
            endpoint=endpoint,
            series=series,
            split=split,
            after=after,
            left_out=left_out,
            model=model,
            time_unit=time_unit,
            result=result,
            untreated=untreated,
        )
    )


def _endpoint(inputs: Inputs) -> Endpoint:
    if inputs.endpoint is None:
        raise InputError(
            "the analysis names no endpoint, so it is not known which direction is better",
            where="plan.yaml",
            remedy="add `endpoint:` to the analysis",
        )
    return inputs.endpoint


def _refuse_summary(inputs: Inputs) -> None:
    """Say why a course known only by its summaries cannot be compared, where there is one."""
    if not inputs.datasets.get("summary") and not inputs.absent.get("summary"):
        return
    summary: CourseSummary = inputs.one("summary")
    raise NotComputable(
        f"of {summary.measure} only medians and quartiles by period are known", remedy=_NEEDED
    )


def _time_unit(inputs: Inputs) -> str:
    """The unit of time of the untreated population; a published one has none, and days serve."""
    if inputs.parameters.population is not None:
        return "d"
    cohort: CohortVisits = inputs.one("history")
    return cohort.time_unit


def _population(inputs: Inputs, series: CourseSeries) -> tuple[PopulationModel, str]:
    """The untreated population, and who they are."""
    parameters: OwnControlParameters = inputs.parameters
    if parameters.population is not None:
        from ultrarare.stats.mixed import population_from_summary

        p = parameters.population
        model = population_from_summary(p.mean, p.between_sd, p.within_sd, p.people)
        return model, f"{p.people} people as published ({p.source})"
    cohort: CohortVisits = inputs.one("history")
    if conversion(cohort.unit, series.unit, where=f"dataset {cohort.id}, unit") != 1:
        raise InputError(
            f"cohort {cohort.id} is in {cohort.unit}, the patient's series in {series.unit}; "
            "allowed is one unit for both",
            where=f"dataset {cohort.id}",
            remedy="convert one of the two tables",
        )
    shape = shape_of(inputs.case.disease.course, parameters.course)
    return fit_population(inputs, cohort, shape), cohort.population


def _washed(
    split: Split, inputs: Inputs, time_unit: str
) -> tuple[tuple[Measurement, ...], tuple[Measurement, ...]]:
    """Measurements that count as treated, and those left out as too early."""
    wait = inputs.parameters.from_days_after_dose
    if inputs.first_dose is None or wait == 0:
        return split.after, ()
    begin = age(inputs.first_dose, inputs.case, unit=time_unit)
    begin += wait * conversion("d", time_unit, where="time unit")
    kept = tuple(m for m in split.after if m.age >= begin)
    if not kept:
        raise NotComputable(
            f"no measurement was taken {wait:g} days or more after the first dose",
            remedy="Follow the patient for longer.",
        )
    return kept, tuple(m for m in split.after if m.age < begin)


def _least_favourable(
    model: PopulationModel,
    split: Split,
    after: tuple[Measurement, ...],
    endpoint: Endpoint,
    parameters: OwnControlParameters,
) -> OwnControl:
    """The comparison with values below the assay floor at whichever end favours benefit least.

    Raises:
        NotComputable: a value lies above the assay's range where putting it on the limit would
            flatter the treatment: after dosing if lower is better, before it if higher is.
    """
    from ultrarare.stats.own_control import own_control

    for item in after if endpoint.improves == "lower" else split.before:
        if item.amount.censoring is Censoring.RIGHT:
            raise NotComputable(
                f"the value {item.amount} at {item.when} is above the assay's range",
                remedy="Measure the sample diluted, or plan a comparison of ranks.",
            )
    results = [
        own_control(
            model,
            [m.age for m in split.before],
            split.filled(split.before, floor=before),
            [m.age for m in after],
            split.filled(after, floor=later),
            direction=endpoint.improves,
            level=parameters.level,
            margin=endpoint.relevant_difference,
            entry_threshold=parameters.entry_threshold,
        )
        for before in _fills(split.before)
        for later in _fills(after)
    ]
    return max(results, key=lambda result: result.p_one_sided)


def _fills(part: tuple[Measurement, ...]) -> tuple[float, ...]:
    below = any(m.amount.censoring is Censoring.LEFT for m in part)
    return (1.0, 0.0) if below else (1.0,)


OWN_CONTROL = Analysis(
    name="effect.own-control",
    summary="The patient's measurements after dosing against the course predicted, without "
    "treatment, from their own measurements before it and from untreated people.",
    method="own-control",
    needs=(
        Need(role="series", kinds=("course-series",), required=False),
        Need(role="summary", kinds=("course-summary",), required=False),
        Need(role="history", kinds=("cohort-visits",), required=False),
    ),
    gives=("course.own-control", "course.naive-change", "course.regression-to-mean"),
    parameters=OwnControlParameters,
    compute=_compute,
    references=("Laird and Ware 1982", "Robinson 1991", "Davis 1976"),
)
