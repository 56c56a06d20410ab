"""Declared cohorts of one population, held against each other person by person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.cohort_dataset import (
    CohortEpisodes,
    CohortPeople,
    CohortVisits,
    VisitsOfRecords,
)
from ultrarare.case.finding import Direction, Finding
from ultrarare.history.cohort_reader import Table, cohort_of
from ultrarare.history.contradictions import Told, disagreements

_MOST_ROWS = 200


def _compute(inputs: Inputs) -> Iterable[Finding]:
    """One finding for each two cohorts of one population that contradict each other.

    Raises:
        InputErrors: a table or a record is wrong.
    """
    parts = [
        part
        for part in inputs.datasets.get("cohorts", ())
        if isinstance(part, CohortPeople | CohortVisits | CohortEpisodes)
    ]
    populations: dict[str, dict[str, list[Table]]] = {}
    for part in parts:
        own = populations.setdefault(part.population.casefold(), {})
        own.setdefault(part.id, []).append(part)
    apart = replace(inputs, said=[])  # what was assumed on reading is told by each cohort's own
    for cohorts in populations.values():
        if len(cohorts) < 2:
            continue
        told = {name: [_told(apart, part) for part in own] for name, own in cohorts.items()}
        for a, b in combinations(told, 2):
            yield from _between(told[a], told[b], cohorts[a][0].population)


def _told(inputs: Inputs, part: Table) -> Told:
    cohort = cohort_of(inputs, part)
    endpoint = None
    if isinstance(part, CohortPeople):
        endpoint = part.endpoint
    elif isinstance(part, VisitsOfRecords):
        endpoint = "death"  # what ends observation in records
    if isinstance(part, CohortVisits):
        visits = (
            replace(v, measure=v.measure or part.measure, unit=v.unit or part.unit)
            for v in cohort.visits
        )
        cohort = replace(cohort, visits=tuple(visits))
    return Told(name=part.id, cohort=cohort, endpoint=endpoint)


def _between(own: list[Told], other: list[Told], population: str) -> Iterable[Finding]:
    each = {said for a in own for b in other for said in disagreements(a, b)}
    found = sorted(each, key=lambda item: (item.person, item.what, item.first, item.second))
    if not found:
        return
    shared = _persons(own) & _persons(other)
    kinds = Counter(item.what for item in found)
    people = len({item.person for item in found})
    first, second = own[0].name, other[0].name
    yield computed(
        name=f"{first}-{second}",
        kind="history.cohort-conflict",
        statement=f"The cohorts {first} and {second}, both of {population}, say different things "
        f"of {people} of {len(shared)} people who stand in both: "
        f"{', '.join(f'{what} ({n})' for what, n in kinds.most_common())}.",
        direction=Direction.DESCRIBES,
        n=len(shared),
        n_unit="people",
        caveats=(
            "Which of the two is right is not known here; either one file is wrong, or one "
            "pseudonym stands for two people.",
            "Results from the two cohorts are not independent: some people stand in both.",
        ),
        attributes={"people": len(shared), "conflicts": len(found)},
        details={
            "first": first,
            "second": second,
            "rows": [
                {"what": item.what, "first": item.first, "second": item.second}
                for item in found[:_MOST_ROWS]
            ],
            "rows_left_out": max(0, len(found) - _MOST_ROWS),
            "population": population,
        },
    )


def _persons(told: list[Told]) -> set[str]:
    return {name for each in told for name in each.cohort.persons}


COHORT_CONFLICTS = Analysis(
    name="history.cohort-conflict",
    summary="Cohorts of one population held against each other on the people who stand in both.",
    method="cohorts",
    needs=(
        Need(
            role="cohorts",
            kinds=("cohort-people", "cohort-visits", "cohort-episodes"),
            required=False,
            many=True,
        ),
    ),
    gives=("history.cohort-conflict",),
    compute=_compute,
    by_itself=True,
    plannable=False,
)
