"""Sensitivity of the own-control comparison, as an analysis of the plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters
from ultrarare.case.dataset import CohortVisits, MatchedSets
from ultrarare.case.finding import Finding
from ultrarare.case.unit import conversion
from ultrarare.effect.own_control import CourseModel, Population
from ultrarare.effect.patient_course import PatientCourse, patient_course
from ultrarare.effect.sensitivity_answers import of_confounder, of_e_value, of_pairs, of_prior
from ultrarare.effect.sensitivity_course import (
    Estimated,
    Situation,
    Source,
    Told,
    missed_visits,
    missing_told,
    recomputed,
    shift_told,
    sources_told,
    value_bounds,
)
from ultrarare.effect.sensitivity_findings import findings
from ultrarare.effect.sensitivity_spec import (
    ConfounderSpec,
    CovariateSpec,
    PairsSpec,
    PriorSpec,
    ScaleSpec,
    read_sets,
)
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.age import age
from ultrarare.history.course_visits import cohort_course
from ultrarare.history.population import Shape, fit_visits, shape_of

if TYPE_CHECKING:
    from ultrarare.stats.mixed import PopulationModel
    from ultrarare.stats.sensitivity.e_value import Association


class Scales(Parameters):
    """How much each assumption is seen to differ, where it is known from elsewhere.

    `slope` is per unit of the cohort's time, `level` and `assessment` in the unit of the values,
    `clock` in the unit of time.
    """

    slope: ScaleSpec | None = None
    level: ScaleSpec | None = None
    clock: ScaleSpec | None = None
    assessment: ScaleSpec | None = None


class SensitivityParameters(Parameters):
    """What is varied, around a comparison made as `effect.own-control` makes it.

    Attributes:
        course: see `effect.own-control`, as are model, level, the window and population.
        observed: how much assumptions are seen to differ; slopes and levels come from the declared
            cohorts where this is silent.
        planned_days: days after the first dose at which a measurement was planned.
        visit_tolerance_days: how far from its day a measurement still is the planned one.
        lowest: lowest value a visit can have; the cohort's floor where not given.
        highest: highest value; the cohort's ceiling where not given.
        confounder: an unmeasured yes or no.
        covariate: a measured covariate's strength, beside the E-value.
        prior: an earlier estimate of the same difference.
        pairs: how matched sets are read, where a dataset plays that role.
    """

    course: Shape | None = None
    model: CourseModel = "auto"
    level: float = Field(default=0.95, ge=0.95, lt=1)
    from_days_after_dose: float = Field(default=0, ge=0)
    to_days_after_dose: float | None = Field(default=None, gt=0)
    population: Population | None = None
    observed: Scales = Scales()
    planned_days: tuple[float, ...] = ()
    visit_tolerance_days: float = Field(default=45, gt=0)
    lowest: float | None = None
    highest: float | None = None
    confounder: ConfounderSpec | None = None
    covariate: CovariateSpec | None = None
    prior: PriorSpec | None = None
    pairs: PairsSpec = PairsSpec()


def _compute(inputs: Inputs) -> Iterable[Finding]:
    situation, caveats = _situation(inputs)
    seed = 1 if inputs.seed is None else inputs.seed
    told = [*_shifts(situation, inputs.parameters), *_others(situation, inputs, seed)]
    planned = recomputed(situation, "level")(0.0)
    first = Estimated(label="as planned", contrast=planned, primary=True)
    yield from findings(situation, planned, first, told, caveats=caveats, seed=seed)


def _situation(inputs: Inputs) -> tuple[Situation, tuple[str, ...]]:
    p: SensitivityParameters = inputs.parameters
    cohort: CohortVisits | None = None if p.population is not None else inputs.one("history")
    course = patient_course(
        inputs,
        unit="d" if cohort is None else cohort.time_unit,
        from_days=p.from_days_after_dose,
        to_days=p.to_days_after_dose,
    )
    slopes = shape_of(inputs.case.disease.course, p.course) == "progressive"
    if cohort is None:
        return _published(p, course, slopes=slopes), course.caveats
    sources, said = _sources(inputs, cohort, course, slopes=slopes)
    model = sources[0].model
    if model is None:
        raise NotComputable(sources[0].reason)
    situation = Situation(
        course=course,
        model=model,
        sources=sources,
        slopes=slopes,
        fitted_as=p.model,
        time_unit=cohort.time_unit,
        level=p.level,
    )
    return situation, (*course.caveats, *model.caveats, *said)


def _published(p: SensitivityParameters, course: PatientCourse, *, slopes: bool) -> Situation:
    from ultrarare.stats.mixed import population_from_summary

    if p.population is None:
        raise InputError("there is neither a cohort nor a population", where="plan.yaml")
    if slopes:
        raise NotComputable(
            "a published mean and spread describe a stable course, and this one is progressive",
            remedy="Bring visits of untreated people, from which their course can be fitted.",
        )
    found = p.population
    return Situation(
        course=course,
        model=population_from_summary(found.mean, found.between_sd, found.within_sd, found.people),
        sources=(),
        slopes=False,
        fitted_as=p.model,
        time_unit="d",
        level=p.level,
    )


def _sources(
    inputs: Inputs, planned: CohortVisits, course: PatientCourse, *, slopes: bool
) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """The planned cohort first, then each declared one of the same measure and units."""
    if conversion(planned.unit, course.series.unit, where=f"dataset {planned.id}, unit") != 1:
        raise InputError(
            f"cohort {planned.id} is in {planned.unit}, the patient's series in "
            f"{course.series.unit}; allowed is one unit for both",
            where=f"dataset {planned.id}",
            remedy="convert one of the two tables",
        )
    found, said = [_source(inputs, planned, slopes=slopes)], []
    for other in inputs.datasets.get("others", ()):
        if not isinstance(other, CohortVisits) or other.id == planned.id:
            continue
        if other.measure != planned.measure:
            continue
        if (other.unit, other.time_unit) != (planned.unit, planned.time_unit):
            said.append(
                f"the cohort {other.id} is in other units than {planned.id}, and is left out"
            )
            continue
        source = _source(inputs, other, slopes=slopes)
        found.append(source)
        if source.model is None:
            said.append(f"the cohort {other.id} cannot be fitted alone: {source.reason}")
    return tuple(found), tuple(said)


def _source(inputs: Inputs, cohort: CohortVisits, *, slopes: bool) -> Source:
    visits = cohort_course(inputs, cohort)
    model: PopulationModel | None = None
    reason = ""
    try:
        model = fit_visits(visits, slopes=slopes, model=inputs.parameters.model)
    except NotComputable as error:
        reason = error.problem
    return Source(cohort=cohort, visits=visits, model=model, reason=reason)


def _shifts(situation: Situation, p: SensitivityParameters) -> Iterable[Told]:
    """The four shifts; the one that the course makes the first question comes first."""
    seen = p.observed
    slope = shift_told(
        situation, "slope", None if seen.slope is None else seen.slope.scale("mean slopes")
    )
    level = shift_told(
        situation, "level", None if seen.level is None else seen.level.scale("mean levels")
    )
    yield from (slope, level) if situation.slopes else (level, slope)
    yield shift_told(situation, "clock", None if seen.clock is None else seen.clock.scale("clocks"))
    yield shift_told(
        situation,
        "assessment",
        None if seen.assessment is None else seen.assessment.scale("readings"),
    )


def _others(situation: Situation, inputs: Inputs, seed: int) -> Iterable[Told]:
    """Sources, missed visits, an unmeasured confounder, a prior, matched sets."""
    import numpy as np

    p: SensitivityParameters = inputs.parameters
    improves = situation.course.endpoint.improves
    if (sources := sources_told(situation)) is not None:
        yield sources
    yield from _missed(situation, inputs)
    association = _association(situation)
    found = [of_e_value(association, p.covariate)]
    if p.confounder is not None:
        rng = np.random.default_rng(seed)
        found.append(of_confounder(association, p.confounder, unit=situation.unit, rng=rng))
    if p.prior is not None:
        found.append(of_prior(association, p.prior, improves=improves))
    if inputs.datasets.get("matched") or inputs.absent.get("matched"):
        sets: MatchedSets = inputs.one("matched")
        read = read_sets(
            inputs.path(sets.file), name=sets.file, asked=p.pairs,
            improves=p.pairs.improves or improves,
        )  # fmt: skip
        found.append(of_pairs(read, p.pairs))
    for each in found:
        yield Told(row=each.rows[0], more=each.behind)


def _association(situation: Situation) -> Association:
    """The contrast in sds of one untreated measurement at the time after dosing."""
    from ultrarare.stats.sensitivity.e_value import Association

    planned = recomputed(situation, "level")(0.0)
    after = situation.visits[2]
    between = situation.model.between_sd(sum(after) / len(after))
    return Association(
        measure="mean difference",
        value=planned.value,
        lower=planned.lower,
        upper=planned.upper,
        level=situation.level,
        sd=float((between**2 + situation.model.residual_sd**2) ** 0.5),
    )


def _missed(situation: Situation, inputs: Inputs) -> Iterable[Told]:
    p: SensitivityParameters = inputs.parameters
    if not p.planned_days:
        return
    if inputs.first_dose is None:
        raise InputError(
            "plans measurements after the first dose, and no dose is recorded",
            where="plan.yaml, parameters.planned_days",
        )
    first = inputs.first_dose.first
    end = p.to_days_after_dose
    planned = [
        day
        for day in p.planned_days
        if day >= p.from_days_after_dose and (end is None or day <= end)
    ]
    taken = [m.when.first - first for m in situation.course.after]
    days = missed_visits(taken, planned, p.visit_tolerance_days)
    if not days:
        return
    dose = age(inputs.first_dose, inputs.case, unit=situation.time_unit)
    day = conversion("d", situation.time_unit, where="time unit")
    bounds, about = value_bounds(situation, p.lowest, p.highest)
    yield missing_told(situation, [dose + d * day for d in days], bounds, about)


SENSITIVITY = Analysis(
    name="effect.sensitivity",
    summary="What would have to be wrong for the own-control comparison to say something else: the "
    "untreated slope, level or clock, the assessment, the cohorts, missed visits, an unmeasured "
    "confounder, a prior, hidden bias in matched sets; in units of an observed thing.",
    method="sensitivity",
    needs=(
        Need(role="series", kinds=("course-series",), required=False),
        Need(role="history", kinds=("cohort-visits",), required=False),
        Need(role="others", kinds=("cohort-visits",), required=False, many=True),
        Need(role="matched", kinds=("matched-sets",), required=False),
    ),
    gives=("course.sensitivity", "course.sensitivity-row"),
    parameters=SensitivityParameters,
    compute=_compute,
    judged=False,
    references=(
        "VanderWeele and Ding 2017",
        "Rosenbaum 2002",
        "Lash, Fox and Fink 2009",
        "Viechtbauer 2007",
    ),
)
