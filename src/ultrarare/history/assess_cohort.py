"""Each declared cohort graded for the planned endpoint it serves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.cohort_dataset import CohortEpisodes, CohortPeople, CohortVisits
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import spoken
from ultrarare.history.adequacy import Adequacy, judge_adequacy
from ultrarare.history.adequacy_data import RARE
from ultrarare.history.cohort_reader import Table, cohort_of, named_of, part_of
from ultrarare.history.grade import DOMAINS, Domain, Grade
from ultrarare.history.patient_question import AdequacyParameters, question_of
from ultrarare.history.question import Setting
from ultrarare.history.records import Cohort


def _compute(inputs: Inputs) -> Iterable[Finding]:
    inputs.one("cohort")
    parts: Sequence[Table] = [
        part
        for part in inputs.datasets["cohort"]
        if isinstance(part, CohortPeople | CohortVisits | CohortEpisodes)
    ]
    for part in parts:
        yield from _of_part(inputs, part, "" if len(parts) == 1 else f"-{part_of(part)}")


def _of_part(inputs: Inputs, cohort: Table, name: str) -> Iterable[Finding]:
    """The endpoint that one part of a cohort carries; `name` tells several apart."""
    measure = named_of(cohort)
    read = cohort_of(inputs, cohort)
    endpoint = next((e for e in inputs.endpoints if e.measure == measure), None)
    found = judge_adequacy(
        read,
        kind=part_of(cohort),
        setting=_setting(cohort, measure),
        question=question_of(inputs, cohort, measure, endpoint),
        seed=inputs.seed if inputs.seed is not None else 1,
    )
    yield _graded(cohort, measure, read, found, name)
    if endpoint is not None and "upper" in found["spontaneous_improvement"].numbers:
        yield _improved(cohort, measure, found["spontaneous_improvement"], endpoint, name)


def _setting(cohort: Table, measure: str) -> Setting:
    visits = cohort if isinstance(cohort, CohortVisits) else None
    return Setting(
        measure=measure,
        unit=None if visits is None else visits.unit,
        tier=str(cohort.tier),
        era=cohort.era,
        collected=cohort.collected,
        ascertainment=cohort.ascertainment,
        floor=None if visits is None else visits.floor,
        ceiling=None if visits is None else visits.ceiling,
        schedule=None if visits is None else visits.schedule,
    )


def _graded(cohort: Table, measure: str, read: Cohort, found: Adequacy, name: str) -> Finding:
    people = found["people"].numbers
    said = [
        f"{grade}: {', '.join(found.named(grade)).lower()}" for grade in Grade if found.named(grade)
    ]
    attributes: dict[str, Any] = {
        "people": people["people"],
        "person_time": people["person_time"],
        **found.grades_of(),
    }
    return computed(
        name=f"adequacy{name}",
        kind="history.adequacy",
        statement=f"The cohort {cohort.id} ({cohort.population}) held against what is asked of "
        f"{measure}: {'; '.join(said)}.",
        direction=Direction.DESCRIBES,
        n=len(read.persons),
        n_unit="people",
        caveats=(
            *(c for domain in found.domains for c in domain.caveats),
            *(
                f"{DOMAINS[d.name]}: {d.reason}"
                for d in found.domains
                if d.grade is Grade.INADEQUATE
            ),
        ),
        attributes=attributes,
        tier=cohort.tier,
        measure=measure,
        details={**found.to_json(), "population": cohort.population, "era": cohort.era},
    )


def _improved(cohort: Table, measure: str, side: Domain, endpoint: Endpoint, name: str) -> Finding:
    """How often untreated people improve as the patient is hoped to."""
    from ultrarare.stats.improvement import upper_bound

    held = side.numbers
    people, improved = int(held["people"]), int(held["improved"])
    lowest = 1 - upper_bound(people - improved, people)
    direction = Direction.INCONCLUSIVE
    if held["upper"] <= RARE and held["upper_worst"] <= RARE:
        direction = Direction.SUPPORTS
    elif lowest > RARE:
        direction = Direction.CONTRADICTS
    return computed(
        name=f"spontaneous-improvement{name}",
        kind="history.spontaneous-improvement",
        statement=f"{side.reason} The measure is {measure}; better is {endpoint.improves}, times "
        f"are in {spoken(cohort.time_unit)}.",
        direction=direction,
        estimate=Estimate(
            value=held["rate"], lower=0.0, upper=held["upper"], level=held["level"], unit="1"
        ),
        n=people,
        n_unit="people",
        caveats=side.caveats,
        attributes={"people": people, "improved": improved},
        tier=cohort.tier,
        measure=measure,
        details=dict(held),
    )


ADEQUACY = Analysis(
    name="history.adequacy",
    summary="Each cohort graded side by side for the endpoint it serves, with every reason.",
    method="adequacy",
    needs=(
        Need(role="cohort", kinds=("cohort-people", "cohort-visits", "cohort-episodes")),
        Need(role="series", kinds=("course-series",), required=False, many=True),
    ),
    gives=("history.adequacy", "history.spontaneous-improvement"),
    parameters=AdequacyParameters,
    compute=_compute,
    version=2,
    by_itself=True,
    plannable=False,
)
