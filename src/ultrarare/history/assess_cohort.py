"""Each declared cohort graded for the planned endpoint it serves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortEpisodes, CohortPeople, CohortVisits
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import conversion, spoken
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.adequacy import Adequacy, Kind, judge_adequacy
from ultrarare.history.adequacy_data import RARE
from ultrarare.history.age import age
from ultrarare.history.grade import DOMAINS, Domain, Grade
from ultrarare.history.question import Question, Setting
from ultrarare.history.records import Cohort
from ultrarare.history.tables import Tables, read_tables

if TYPE_CHECKING:
    Declared = CohortPeople | CohortVisits | CohortEpisodes


def _compute(inputs: Inputs) -> Iterable[Finding]:
    cohort: Declared = inputs.one("cohort")
    kind, measure, tables, names = _parts(inputs, cohort)
    read = read_tables(tables, time_unit=cohort.time_unit, terminal=True, names=names)
    endpoint = next((e for e in inputs.endpoints if e.measure == measure), None)
    found = judge_adequacy(
        read,
        kind=kind,
        setting=_setting(cohort, measure),
        question=_question(inputs, cohort, measure, endpoint),
        seed=inputs.seed if inputs.seed is not None else 1,
    )
    yield _graded(cohort, measure, read, found)
    if endpoint is not None and "upper" in found["spontaneous_improvement"].numbers:
        yield _improved(cohort, measure, found["spontaneous_improvement"], endpoint)


def _parts(inputs: Inputs, cohort: Declared) -> tuple[Kind, str, Tables, dict[str, str]]:
    if isinstance(cohort, CohortPeople):
        tables = Tables(people=inputs.path(cohort.file))
        return "people", cohort.endpoint, tables, {"people": cohort.file}
    if isinstance(cohort, CohortVisits):
        tables = Tables(visits=inputs.path(cohort.file))
        return "visits", cohort.measure, tables, {"visits": cohort.file}
    tables = Tables(events=inputs.path(cohort.file), follow_up=inputs.path(cohort.follow_up))
    names = {"events": cohort.file, "follow_up": cohort.follow_up}
    return "episodes", cohort.episode, tables, names


def _setting(cohort: Declared, measure: str) -> Setting:
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


def _question(
    inputs: Inputs, cohort: Declared, measure: str, endpoint: Endpoint | None
) -> Question:
    """The planned endpoint on this cohort's scales; what is not known stays open."""
    if endpoint is None:
        return Question(window=_window(inputs, cohort))
    difference = endpoint.relevant_difference
    if difference is not None and isinstance(cohort, CohortVisits):
        try:
            difference *= conversion(endpoint.unit, cohort.unit, where=f"endpoint {endpoint.id}")
        except InputError:
            difference = None  # the side `endpoint` says that the units do not convert
    return Question(
        endpoint=measure,
        unit=endpoint.unit,
        improves=endpoint.improves,
        relevant_difference=difference,
        window=_window(inputs, cohort),
    )


def _window(inputs: Inputs, cohort: Declared) -> tuple[float, float] | None:
    """Ages from the first dose to the last entry of the timeline."""
    if inputs.first_dose is None or not inputs.timeline:
        return None
    last = max((event.when for event in inputs.timeline), key=lambda when: when.middle)
    try:
        begin, end = (
            age(when, inputs.case, unit=cohort.time_unit) for when in (inputs.first_dose, last)
        )
    except NotComputable:
        return None
    return (begin, end) if 0 <= begin < end else None


def _graded(cohort: Declared, measure: str, read: Cohort, found: Adequacy) -> Finding:
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
        name="adequacy",
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


def _improved(cohort: Declared, measure: str, side: Domain, endpoint: Endpoint) -> Finding:
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
        name="spontaneous-improvement",
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
    needs=(Need(role="cohort", kinds=("cohort-people", "cohort-visits", "cohort-episodes")),),
    gives=("history.adequacy", "history.spontaneous-improvement"),
    compute=_compute,
    by_itself=True,
    plannable=False,
)
