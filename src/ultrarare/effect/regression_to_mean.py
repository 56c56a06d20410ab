"""Regression to the mean after the rule by which the patient was chosen, route by route."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isinf
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import CohortVisits
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.unit import conversion, spoken
from ultrarare.effect.patient_course import PatientCourse, patient_course
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.course_visits import cohort_course, course_columns
from ultrarare.history.population import shape_of

if TYPE_CHECKING:
    from ultrarare.stats.regression_to_mean import RegressionJudgement, Route, Untreated

_DIRECTIONS: Mapping[str, Direction] = {
    "excluded": Direction.SUPPORTS,
    "not excluded": Direction.INCONCLUSIVE,
    "cannot be judged": Direction.NOT_COMPUTABLE,
}
_DIFFERING = (
    "The course is declared one that progresses: all routes but the natural history take the drift "
    "as the same in everybody; the comparison with the own past lets it differ.",
)


class PublishedUntreated(Parameters):
    """Untreated people of a stable course, known from a publication only."""

    mean: float
    between_sd: float = Field(gt=0)
    within_sd: float = Field(gt=0)
    people: int = Field(ge=3)
    source: str = Field(min_length=1)


class RegressionParameters(Parameters):
    """How the patient was chosen, and how the routes judge.

    Attributes:
        threshold: the value at or beyond which, on the bad side, the patient could be dosed;
            without it nothing is computed.
        visits: how many measurements in a row decided.
        entry_on: their mean, all of them, or any of them.
        alpha: one-sided level of each route.
        draws: of permutations and simulated trials.
        seed: of these, where the plan's entry gives none.
        from_days_after_dose: earlier measurements after the first dose are left out.
        to_days_after_dose: later ones are left out; None leaves the end open, and is told.
        population: untreated people, where no cohort's visits are at hand.
    """

    threshold: float | None = None
    visits: int = Field(default=1, ge=1)
    entry_on: Literal["mean", "all", "any"] = "mean"
    alpha: float = Field(default=0.025, gt=0, le=0.025)
    draws: int = Field(default=4000, ge=1000, le=100_000)
    seed: int = Field(default=1, ge=0)
    from_days_after_dose: float = Field(default=0, ge=0)
    to_days_after_dose: float | None = Field(default=None, gt=0)
    population: PublishedUntreated | None = None


def _compute(inputs: Inputs) -> Iterable[Finding]:
    import numpy as np

    from ultrarare.stats.regression_to_mean import EntryRule, entrant, judge_regression

    p: RegressionParameters = inputs.parameters
    if p.threshold is None:
        raise NotComputable(
            "the plan gives no threshold, so the rule by which the patient was chosen is not known",
            remedy="Add parameters.threshold, or rely on the comparison with the own past, which "
            "needs no rule.",
        )
    drifting = shape_of(inputs.case.disease.course, None) == "progressive"
    if drifting and p.population is not None:
        raise NotComputable(
            "a published mean and spread describe a stable course, and this one is declared "
            f"{inputs.case.disease.course}",
            remedy="Bring visits of untreated people, from which their course can be fitted.",
        )
    cohort: CohortVisits | None = None if p.population is not None else inputs.one("history")
    course = patient_course(
        inputs,
        unit="d" if cohort is None else cohort.time_unit,
        from_days=p.from_days_after_dose,
        to_days=p.to_days_after_dose,
    )
    rule = EntryRule(
        threshold=p.threshold, direction=course.endpoint.improves, visits=p.visits,
        statistic=p.entry_on,
    )  # fmt: skip
    person = entrant(
        rule,
        [m.age for m in course.before],
        course.before_value,
        [m.age for m in course.after],
        course.after_value,
    )
    seed = p.seed if inputs.seed is None else inputs.seed
    untreated, about = _untreated(inputs, cohort, course)
    result = judge_regression(
        rule,
        [person],
        untreated,
        rng=np.random.default_rng(seed),
        alpha=p.alpha,
        draws=p.draws,
    )
    about += _DIFFERING if drifting else ()
    told = replace(course, caveats=(*course.caveats, *about))
    yield _verdict(told, result, seed=seed, threshold=p.threshold)
    for route in result.routes:
        yield _route(course, route)


def _untreated(
    inputs: Inputs, cohort: CohortVisits | None, course: PatientCourse
) -> tuple[Untreated, tuple[str, ...]]:
    """The untreated people, and what was taken in place of values that are not exact."""
    from ultrarare.stats.regression_to_mean import untreated_from_summary, untreated_from_visits

    published: PublishedUntreated | None = inputs.parameters.population
    if published is not None:
        total = published.between_sd**2 + published.within_sd**2
        made = untreated_from_summary(
            published.mean, total**0.5, published.between_sd**2 / total, published.people
        )
        return made, (
            f"The untreated are {published.people} people as published ({published.source}).",
        )
    if cohort is None:
        raise InputError("there is neither a cohort nor a population", where="plan.yaml")
    if conversion(cohort.unit, course.series.unit, where=f"dataset {cohort.id}, unit") != 1:
        raise InputError(
            f"cohort {cohort.id} is in {cohort.unit}, the patient's series in "
            f"{course.series.unit}; allowed is one unit for both",
            where=f"dataset {cohort.id}",
            remedy="convert one of the two tables",
        )
    person, time, low, high = course_columns(cohort_course(inputs, cohort))
    values = [_middle(a, b) for a, b in zip(low, high, strict=True)]
    inexact = sum(a != b for a, b in zip(low, high, strict=True))
    about = (
        f"{inexact} values of untreated people are not exact; each stands in the middle of its "
        "bounds, or at the one it has.",
    )
    return untreated_from_visits(person, time, values), about if inexact else ()


def _middle(low: float, high: float) -> float:
    if isinf(low):
        return high
    return low if isinf(high) else (low + high) / 2


def _verdict(
    course: PatientCourse, result: RegressionJudgement, *, seed: int, threshold: float
) -> Finding:
    endpoint = course.endpoint
    unit = spoken(endpoint.unit)
    expected = (
        "no route could say what was expected"
        if result.expected_change is None
        else f"up to {result.expected_change:.3g} was expected without treatment"
    )
    return computed(
        name="regression-to-mean",
        kind="course.regression-to-mean",
        statement=f"{endpoint.measure} changed by {result.observed_change:.3g} {unit} from the "
        f"measurements that decided on treatment; {expected}. Whether regression to the mean "
        f"explains the change: {result.verdict}, {result.reason}.",
        direction=_DIRECTIONS[result.verdict],
        estimate=None
        if result.expected_change is None
        else Estimate(value=result.expected_change, unit=endpoint.unit),
        n=result.n,
        n_unit="treated people",
        caveats=(*course.caveats, *result.caveats),
        attributes={
            "verdict": result.verdict,
            "expected_change": result.expected_change,
            "tipping_reliability": result.tipping_reliability,
        },
        measure=endpoint.measure,
        details=_details(course, result, seed=seed, threshold=threshold),
    )


def _details(
    course: PatientCourse, result: RegressionJudgement, *, seed: int, threshold: float
) -> dict[str, Any]:
    """Routes, and the change beyond each route's expectation for a figure of methods."""
    return {
        "unit": course.endpoint.unit,
        "measure": course.endpoint.measure,
        "improves": course.endpoint.improves,
        "threshold": threshold,
        "observed_change": result.observed_change,
        "reliability": result.reliability,
        "alpha": result.alpha,
        "seed": seed,
        "routes": result.to_rows(),
        "methods": [_method(result, route) for route in result.routes],
    }


def _method(result: RegressionJudgement, route: Route) -> dict[str, Any]:
    of_effect = route.name != "population mean"  # whose limits are means of the population
    return {
        "method": route.name.replace(" ", "-"),
        "label": route.name,
        "estimate": None
        if route.expected_change is None
        else result.observed_change - route.expected_change,
        "lower": route.lower if of_effect else None,
        "upper": route.upper if of_effect else None,
        "p_value": route.p_value,
        "floor": route.floor,
        "refused": route.reason if route.verdict == "cannot be judged" else None,
        "primary": False,
    }


def _route(course: PatientCourse, route: Route) -> Finding:
    unit = spoken(course.endpoint.unit)
    expected = (
        ""
        if route.expected_change is None
        else f"; without treatment {route.expected_change:.3g} {unit} was expected"
    )
    return computed(
        name=f"route-{route.name.replace(' ', '-')}",
        kind="course.regression-route",
        statement=f"Regression to the mean by {route.name}: {route.verdict}, since "
        f"{route.reason}{expected}.",
        direction=Direction.NOT_COMPUTABLE
        if route.verdict == "cannot be judged"
        else Direction.DESCRIBES,
        estimate=None
        if route.expected_change is None
        else Estimate(value=route.expected_change, unit=course.endpoint.unit),
        n=route.n,
        n_unit=None if route.n is None else "people",
        caveats=(*route.caveats, f"This route needs {route.needs}."),
        attributes={
            "route": route.name,
            "verdict": route.verdict,
            "expected_change": route.expected_change,
            "p_value": route.p_value,
            "floor": route.floor,
        },
        measure=course.endpoint.measure,
    )


REGRESSION_TO_MEAN = Analysis(
    name="effect.regression-to-mean",
    summary="Whether regression to the mean, after the rule by which the patient was chosen, can "
    "explain the change: the design, untreated people under the same rule, the likelihood given "
    "entry, the formula, the population mean and simulation.",
    method="regression-to-the-mean",
    needs=(
        Need(role="series", kinds=("course-series",), required=False),
        Need(role="history", kinds=("cohort-visits",), required=False),
    ),
    gives=("course.regression-to-mean", "course.regression-route"),
    parameters=RegressionParameters,
    compute=_compute,
    judged=False,
    references=("Davis 1976", "Mee and Chua 1991", "Ostermann, Willich and Lüdtke 2008"),
)
