"""Survival of untreated people, with the patient beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import CohortPeople
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.moment import Moment
from ultrarare.case.timeline import Event, EventKind
from ultrarare.case.unit import spoken
from ultrarare.errors import NotComputable
from ultrarare.history.age import age
from ultrarare.history.cohort_reader import people_of
from ultrarare.history.records import Person
from ultrarare.history.survival_models import curve_of, from_age
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.survival import SurvivalCurve

FEWEST_PEOPLE, FEWEST_EVENTS = 10, 5
"""Below these a curve is shown and not counted as a characterised course. No source gives a number;
these are ours, low on purpose, and said beside the finding."""
_SEEN = {EventKind.MEASUREMENT, EventKind.DOSE, EventKind.INTERCURRENT, EventKind.FOLLOW_UP}
"""Events at which somebody saw the patient; a regulatory step or a design goes on without them."""


class SurvivalParameters(Parameters):
    """What is asked for.

    Attributes:
        given_age: the curve of people event-free at this age, in the cohort's unit, from it on.
    """

    given_age: float | None = Field(default=None, ge=0)


def _enough(people: Sequence[Person], events: int) -> bool:
    return len(people) >= FEWEST_PEOPLE and events >= FEWEST_EVENTS


def _compute(inputs: Inputs) -> Iterable[Finding]:
    cohort: CohortPeople = inputs.one("people")
    people = people_of(inputs, cohort)
    groups = sorted({person.group for person in people if person.group is not None})
    wanted: list[str | None] = [*groups] or [None]
    for group in wanted:
        chosen = [person for person in people if group is None or person.group == group]
        yield from _of_group(inputs, cohort, chosen, group)


def _of_group(
    inputs: Inputs, cohort: CohortPeople, people: list[Person], group: str | None
) -> Iterable[Finding]:
    curve = curve_of(people, given=inputs.parameters.given_age)
    people = from_age(people, inputs.parameters.given_age)
    median = _or_none(curve.median())
    limits = tuple(_or_none(limit) for limit in curve.median_interval())
    events = sum(person.event for person in people)
    patient = _patient(inputs, cohort, _last_seen(inputs.timeline))
    name = "survival" if group is None else f"survival-{group}"
    yield computed(
        name=name,
        kind="history.survival",
        statement=_sentence(cohort, people, events, median, limits, group),
        direction=Direction.SUPPORTS if _enough(people, events) else Direction.INCONCLUSIVE,
        estimate=Estimate(
            value=median, lower=limits[0], upper=limits[1], level=curve.level, unit=cohort.time_unit
        ),
        n=len(people),
        n_unit="people",
        caveats=(*curve.caveats, *_cohort_caveats(cohort, people)),
        attributes={"people": len(people), "events": events},
        tier=cohort.tier,
        measure=cohort.endpoint,
        details=_details(curve, people, cohort, group, patient),
    )
    if patient is not None:
        yield _overlay(curve, people, cohort, patient, f"{name}-at-patient-age")


def _last_seen(timeline: Sequence[Event]) -> Moment | None:
    seen = [event.when for event in timeline if event.kind in _SEEN]
    return max(seen, key=lambda when: when.middle) if seen else None


def _patient(inputs: Inputs, cohort: CohortPeople, now: Moment | None) -> float | None:
    if now is None:
        return None
    try:
        return age(now, inputs.case, unit=cohort.time_unit)
    except NotComputable:
        return None


def _sentence(
    cohort: CohortPeople,
    people: list[Person],
    events: int,
    median: float | None,
    limits: tuple[float | None, ...],
    group: str | None,
) -> str:
    who = cohort.population if group is None else f"{cohort.population}, group {group}"
    low, high = ("not reached" if limit is None else f"{limit:.3g}" for limit in limits)
    reached = (
        f"the median was not reached (lower limit {low})"
        if median is None
        else f"half are estimated to have reached it by {median:.3g} {spoken(cohort.time_unit)} "
        f"({low} to {high})"
    )
    return (
        f"{events} of {counted(len(people), 'untreated person')} ({who}) were seen to reach the "
        "endpoint "
        f"{cohort.endpoint}; {reached}."
    )


def _cohort_caveats(cohort: CohortPeople, people: list[Person]) -> Iterable[str]:
    late = sum(person.entry > 0 for person in people)
    if late:
        yield (
            f"{late} of {len(people)} came under observation late; they count as at risk from then "
            "on only."
        )
    if people and all(person.event for person in people):
        yield "Everybody's event was seen, as in a list of reports: who lives on may be missing."
    if cohort.era is None:
        yield "The calendar years of the cohort are not stated."
    if not _enough(people, sum(person.event for person in people)):
        yield (
            f"Fewer than {FEWEST_PEOPLE} people or {FEWEST_EVENTS} events: too few to call the "
            "course characterised (this software's own floor)."
        )
    if not any(person.event for person in people):
        yield f"No {cohort.endpoint} was seen, so the cohort does not show when it comes."


def _details(
    curve: SurvivalCurve,
    people: list[Person],
    cohort: CohortPeople,
    group: str | None,
    patient: float | None,
) -> dict[str, Any]:
    from ultrarare.stats.survival_extras import median_reported

    return {
        "curve": {
            "time": curve.time.tolist(),
            "survival": curve.survival.tolist(),
            "lower": [_or_none(x) for x in curve.lower.tolist()],
            "upper": [_or_none(x) for x in curve.upper.tolist()],
            "at_risk": curve.at_risk.tolist(),
            "events": curve.events.tolist(),
            "start": curve.start,
            "follow_up": curve.follow_up,
        },
        "censored_at": sorted(person.exit for person in people if not person.event),
        "entries": sorted(person.entry for person in people),
        "exits": sorted(person.exit for person in people),
        "unit": cohort.time_unit,
        "group": group,
        "endpoint": cohort.endpoint,
        "median_of_reported_events": _or_none(
            median_reported([p.exit for p in people], [p.event for p in people])
        ),
        "population": cohort.population,
        "era": cohort.era,
        "patient": None
        if patient is None
        else {"time": patient, "label": "this patient, last seen"},
    }


def _overlay(
    curve: SurvivalCurve, people: Sequence[Person], cohort: CohortPeople, patient: float, name: str
) -> Finding:
    at_risk = sum(person.entry < patient <= person.exit for person in people)
    if (reason := _unanswered(curve, cohort, patient, at_risk)) is not None:
        return computed(
            name=name,
            kind="history.patient-overlay",
            statement=f"Untreated survival at the patient's age is not known: {reason}.",
            direction=Direction.INCONCLUSIVE,
            n=at_risk,
            n_unit="people at risk",
            tier=cohort.tier,
            measure=cohort.endpoint,
        )
    value, lower, upper = curve.at(patient)
    unit = spoken(cohort.time_unit)
    given = f" and event-free at {curve.start:.3g} {unit}" if curve.start > 0 else ""
    return computed(
        name=name,
        kind="history.patient-overlay",
        statement=f"At the patient's age when last seen, {patient:.3g} {unit}, an estimated "
        f"{100 * value:.0f} % of people untreated{given} have not reached {cohort.endpoint}; "
        f"{at_risk} of {len(people)} were at risk then.",
        estimate=Estimate(
            value=value, lower=_or_none(lower), upper=_or_none(upper), level=curve.level, unit="1"
        ),
        n=at_risk,
        n_unit="people at risk",
        attributes={"survival_at_age": value},
        caveats=(
            "A place on a curve, no comparison: one survivor shows nothing by itself.",
            *_condition(curve, unit),
        ),
        tier=cohort.tier,
        measure=cohort.endpoint,
    )


def _unanswered(
    curve: SurvivalCurve, cohort: CohortPeople, patient: float, at_risk: int
) -> str | None:
    """Why the curve says nothing at the patient's age; None if it does."""
    unit = spoken(cohort.time_unit)
    if patient < curve.start:
        return (
            f"the patient was last seen at {patient:.3g} {unit}, and nobody was under observation "
            f"before {curve.start:.3g} {unit}"
        )
    if patient > curve.follow_up:
        return (
            f"the patient was last seen at {patient:.3g} {unit}, and no one was followed beyond "
            f"{curve.follow_up:.3g} {unit}"
        )
    if curve.time.size == 0:
        return f"no {cohort.endpoint} was seen in the cohort"
    if at_risk == 0:
        return f"no one was under observation at {patient:.3g} {unit}"
    if curve.at(patient)[0] == 0:
        return (
            "the curve had come to 0 before because everyone then at risk had reached "
            f"{cohort.endpoint}, although {counted(at_risk, 'person', 'was')} observed later"
        )
    return None


def _condition(curve: SurvivalCurve, unit: str) -> Iterable[str]:
    if curve.start > 0:
        yield (
            f"The curve is conditional on being event-free at {curve.start:.3g} {unit}, the "
            "earliest age at which anyone was under observation."
        )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


SURVIVAL = Analysis(
    name="history.survival",
    summary="Kaplan–Meier estimate of untreated survival, left truncation respected, "
    "log–log limits.",
    method="kaplan-meier",
    needs=(Need(role="people", kinds=("cohort-people",)),),
    gives=("history.survival", "history.patient-overlay"),
    parameters=SurvivalParameters,
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=("Kaplan and Meier 1958", "Greenwood 1926", "Kalbfleisch and Prentice 1980"),
)
