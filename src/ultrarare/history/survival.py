"""Survival of untreated people, with the patient beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortPeople
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.moment import Moment
from ultrarare.case.unit import spoken
from ultrarare.errors import NotComputable
from ultrarare.history.age import age
from ultrarare.history.cohort import Person, read_people

if TYPE_CHECKING:
    from ultrarare.stats.survival import SurvivalCurve

FEWEST_PEOPLE, FEWEST_EVENTS = 10, 5
"""Below these a curve is shown and not counted as a characterised course. No source gives a number;
these are ours, low on purpose, and said beside the finding."""


def _enough(people: Sequence[Person], events: int) -> bool:
    return len(people) >= FEWEST_PEOPLE and events >= FEWEST_EVENTS


def _compute(inputs: Inputs) -> Iterable[Finding]:
    cohort: CohortPeople = inputs.one("people")
    people = read_people(inputs.path(cohort.file), name=cohort.file)
    groups = sorted({person.group for person in people if person.group is not None})
    wanted: list[str | None] = [*groups] or [None]
    for group in wanted:
        chosen = [person for person in people if group is None or person.group == group]
        yield from _of_group(inputs, cohort, chosen, group)


def _of_group(
    inputs: Inputs, cohort: CohortPeople, people: list[Person], group: str | None
) -> Iterable[Finding]:
    from ultrarare.stats.survival import kaplan_meier

    curve = kaplan_meier(
        [person.exit for person in people],
        [person.event for person in people],
        entry=[person.entry for person in people],
    )
    median = _or_none(curve.median())
    limits = tuple(_or_none(limit) for limit in curve.median_interval())
    events = sum(person.event for person in people)
    now = inputs.timeline[-1].when if inputs.timeline else None
    patient = _patient(inputs, cohort, now)
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
    if now is not None and patient is not None:
        yield from _overlay(curve, cohort, patient, f"{name}-at-patient-age")


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
        f"{events} of {len(people)} untreated people ({who}) were seen to reach the endpoint "
        f"{cohort.endpoint}; {reached}."
    )


def _cohort_caveats(cohort: CohortPeople, people: list[Person]) -> Iterable[str]:
    late = sum(person.entry > 0 for person in people)
    if late:
        yield (
            f"{late} of {len(people)} came under observation late; they count as at risk from then "
            "on only."
        )
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
        "population": cohort.population,
        "era": cohort.era,
        "patient": None
        if patient is None
        else {"time": patient, "label": "this patient, last seen"},
    }


def _overlay(
    curve: SurvivalCurve, cohort: CohortPeople, patient: float, name: str
) -> Iterable[Finding]:
    try:
        value, lower, upper = curve.at(patient)
    except NotComputable as error:
        yield computed(
            name=name,
            kind="history.patient-overlay",
            statement=f"Untreated survival at the patient's age is not known: {error.problem}.",
            direction=Direction.INCONCLUSIVE,
            tier=cohort.tier,
            measure=cohort.endpoint,
        )
        return
    yield computed(
        name=name,
        kind="history.patient-overlay",
        statement=f"At the patient's age when last seen, {patient:.3g} "
        f"{spoken(cohort.time_unit)}, an estimated {100 * value:.0f} % of untreated people have "
        f"not reached {cohort.endpoint}.",
        estimate=Estimate(
            value=value, lower=_or_none(lower), upper=_or_none(upper), level=curve.level, unit="1"
        ),
        attributes={"survival_at_age": value},
        caveats=("A place on a curve, no comparison: one survivor shows nothing by itself.",),
        tier=cohort.tier,
        measure=cohort.endpoint,
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
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=("Kaplan and Meier 1958", "Greenwood 1926", "Kalbfleisch and Prentice 1980"),
)
