"""A continuous course against the prediction from the patient's own past and the untreated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters
from ultrarare.case.dataset import CohortVisits, CourseSeries, CourseSummary
from ultrarare.case.finding import Finding
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import conversion
from ultrarare.effect.comparison import Comparison, findings
from ultrarare.effect.corners import Corner, Reading, at_the_corners
from ultrarare.effect.series import Measurement, Split, read_series, split_at_first_dose
from ultrarare.effect.untreated_rank import Beside, misfit_of, rank_beside
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.age import age
from ultrarare.history.course_visits import cohort_course, course_columns
from ultrarare.history.population import Shape, fit_visits, shape_of
from ultrarare.history.records import Visit

if TYPE_CHECKING:
    from ultrarare.stats.mixed import PopulationModel
    from ultrarare.stats.own_control import OwnControl

CourseModel = Literal["auto", "plain", "serial", "change-point"]

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
        model: of the untreated course: `auto` takes serial correlation in where untreated
            people's visits show it, `plain` leaves it out, `serial` takes it in, `change-point`
            bends the mean course once.
        level: coverage of the intervals.
        entry_threshold: dosing was decided on a baseline mean beyond this value; reports the
            regression to the mean that the entry rule alone would bring.
        from_days_after_dose: measurements this many days after the first dose or later count as
            treated; earlier ones are left out and said so.
        to_days_after_dose: later measurements are left out too; None leaves the end open, and the
            finding says that nothing fixed it.
        population: the untreated population, where no cohort's visits are at hand.
    """

    course: Shape | None = None
    model: CourseModel = "auto"
    level: float = Field(default=0.95, ge=0.95, lt=1)
    entry_threshold: float | None = None
    from_days_after_dose: float = Field(default=0, ge=0)
    to_days_after_dose: float | None = Field(default=None, gt=0)
    population: Population | None = None

    @model_validator(mode="after")
    def _stable_summary(self) -> Self:
        if self.population is not None and self.course == "progressive":
            raise ValueError("a published mean and spread describe a stable course only")
        return self


def _compute(inputs: Inputs) -> Iterable[Finding]:
    parameters: OwnControlParameters = inputs.parameters
    endpoint = inputs.served
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
    population = _population(inputs, series)
    split = split_at_first_dose(measurements, inputs.first_dose)
    after, left_out = _in_window(split, inputs, time_unit)
    least, most = _compare(population.model, split, after, endpoint, parameters)
    rank = None
    if isinstance(population, Cohort):
        rank = _rank(inputs, population, split, after, least, time_unit)
    yield from findings(
        Comparison(
            inputs=inputs,
            endpoint=endpoint,
            series=series,
            split=split,
            after=after,
            left_out=left_out,
            model=population.model,
            time_unit=time_unit,
            least=least,
            most=most,
            untreated=population.who,
            rank=rank,
        )
    )


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
    if not inputs.datasets.get("history") and not inputs.absent.get("history"):
        raise NotComputable(
            "no untreated people are declared whose visits could say what to expect",
            remedy="Declare their visits (cohort-visits) and name them under inputs.history, or "
            "give a published population; medians and quartiles of the patient alone cannot do it."
            if inputs.datasets.get("summary")
            else "Declare their visits (cohort-visits) and name them under inputs.history, or give "
            "a published population.",
        )
    cohort: CohortVisits = inputs.one("history")
    return cohort.time_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Untreated:
    """The untreated course, and whose it is."""

    model: PopulationModel
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort(Untreated):
    """An untreated course that was fitted to visits."""

    visits: tuple[Visit, ...]
    slopes: bool


def _population(inputs: Inputs, series: CourseSeries) -> Untreated:
    """The untreated population, and who they are."""
    parameters: OwnControlParameters = inputs.parameters
    if parameters.population is not None:
        from ultrarare.stats.mixed import population_from_summary

        if shape_of(inputs.case.disease.course, parameters.course) == "progressive":
            raise NotComputable(
                "a published mean and spread describe a stable course, and this one is declared "
                f"{inputs.case.disease.course}",
                remedy="Bring visits of untreated people, from which their course can be fitted.",
            )
        p = parameters.population
        model = population_from_summary(p.mean, p.between_sd, p.within_sd, p.people)
        return Untreated(model=model, who=f"{p.people} people as published ({p.source})")
    cohort: CohortVisits = inputs.one("history")
    if conversion(cohort.unit, series.unit, where=f"dataset {cohort.id}, unit") != 1:
        raise InputError(
            f"cohort {cohort.id} is in {cohort.unit}, the patient's series in {series.unit}; "
            "allowed is one unit for both",
            where=f"dataset {cohort.id}",
            remedy="convert one of the two tables",
        )
    declared = shape_of(inputs.case.disease.course, None)
    shape = shape_of(inputs.case.disease.course, parameters.course)
    if declared == "progressive" and shape == "stable":
        raise InputError(
            f"plans a stable course, and the case declares a {inputs.case.disease.course} one",
            where="plan.yaml, parameters.course",
            remedy="leave the parameter out, or correct the declared course",
        )
    visits, slopes = cohort_course(inputs, cohort), shape == "progressive"
    return Cohort(
        model=fit_visits(visits, slopes=slopes, model=parameters.model),
        who=cohort.population,
        visits=visits,
        slopes=slopes,
    )


def _in_window(
    split: Split, inputs: Inputs, time_unit: str
) -> tuple[tuple[Measurement, ...], tuple[Measurement, ...]]:
    """Measurements inside the planned window after the first dose, and those left out."""
    parameters = inputs.parameters
    if inputs.first_dose is None:
        return split.after, ()
    dose = age(inputs.first_dose, inputs.case, unit=time_unit)
    day = conversion("d", time_unit, where="time unit")
    begin = dose + parameters.from_days_after_dose * day
    end = inf
    if parameters.to_days_after_dose is not None:
        end = dose + parameters.to_days_after_dose * day
    kept = tuple(m for m in split.after if begin <= m.age <= end)
    if not kept:
        raise NotComputable(
            "no measurement lies in the planned window after the first dose",
            remedy="Follow the patient for as long as the plan says.",
        )
    return kept, tuple(m for m in split.after if m not in kept)


def _readings(measurements: Sequence[Measurement]) -> list[Reading]:
    return [
        Reading(time=m.age, low=m.ends[0], high=m.ends[1], name=f"{m.amount} at {m.when}")
        for m in measurements
    ]


def _compare(
    model: PopulationModel,
    split: Split,
    after: Sequence[Measurement],
    endpoint: Endpoint,
    parameters: OwnControlParameters,
) -> tuple[Corner, Corner]:
    """The comparison at the ends that favour benefit least, and most."""
    from ultrarare.stats.own_control import own_control

    def compared(before_values: Sequence[float], after_values: Sequence[float]) -> OwnControl:
        return own_control(
            model,
            [m.age for m in split.before],
            list(before_values),
            [m.age for m in after],
            list(after_values),
            direction=endpoint.improves,
            level=parameters.level,
            margin=endpoint.relevant_difference,
            entry_threshold=parameters.entry_threshold,
        )

    return at_the_corners(_readings(split.before), _readings(after), compared)


def _rank(
    inputs: Inputs,
    cohort: Cohort,
    split: Split,
    after: Sequence[Measurement],
    least: Corner,
    time_unit: str,
) -> Beside:
    """The patient's rank among untreated people, at the end that favours benefit least."""
    from ultrarare.stats.untreated_course import choose_course

    columns = course_columns(cohort.visits)
    before_times = [m.age for m in split.before]
    dosed = inputs.first_dose
    tails, lack = misfit_of(cohort.model, columns, 1 if inputs.seed is None else inputs.seed)
    return rank_beside(
        columns,
        (before_times, least.before),
        ([m.age for m in after], least.after),
        dosed_at=before_times[-1] if dosed is None else age(dosed, inputs.case, unit=time_unit),
        direction=least.result.direction,
        fit=partial(choose_course, slopes=cohort.slopes, model=inputs.parameters.model, grid=False),
        tails=tails,
        lack=lack,
    )


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
    gives=(
        "course.own-control",
        "course.conformal",
        "course.naive-change",
        "course.regression-to-mean",
    ),
    parameters=OwnControlParameters,
    compute=_compute,
    references=(
        "Laird and Ware 1982",
        "Robinson 1991",
        "Diggle 1988",
        "Davis 1976",
        "Vovk, Gammerman and Shafer 2005",
    ),
)
