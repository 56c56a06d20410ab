"""People, visits and episodes of any declared cohort: a table, or records that play its part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.cohort_dataset import (
    CohortEpisodes,
    CohortPeople,
    CohortPhenopackets,
    CohortRecords,
    CohortVisits,
    EpisodesOfRecords,
    PeopleOfRecords,
    VisitsOfRecords,
)
from ultrarare.case.data_path import digest_of
from ultrarare.case.unit import conversion
from ultrarare.errors import InputErrors, Problem
from ultrarare.history.cohort import read_episodes, read_people, read_visits
from ultrarare.history.harmonise import in_unit
from ultrarare.history.records import Cohort, EpisodeRecord, Happening, Person, Visit
from ultrarare.history.tables import Tables, read_tables
from ultrarare.words import filled

Part = Literal["people", "visits", "episodes"]
Table = CohortPeople | CohortVisits | CohortEpisodes
_DEATH: Final = "death"
_BESIDE: Final = {
    "people": re.compile(r"\bmeasurements?\b"),
    "visits": re.compile(r"\b(events|features|conditions|survival|whether they live)\b"),
    "episodes": re.compile(r"\bmeasurements?\b"),
}
"""Notes on reading that say nothing of an endpoint of the kind."""


def people_of(inputs: Inputs, cohort: CohortPeople) -> tuple[Person, ...]:
    """People with their time under observation and whether they reached the cohort's endpoint.

    Raises:
        InputErrors: the table or a record is wrong, or no record has the endpoint.
    """
    if isinstance(cohort, PeopleOfRecords):
        read = _say(inputs, cohort.records, records_of(inputs, cohort.records), "people")
        return _reaching(inputs, cohort.records, read, cohort.endpoint)
    return read_people(inputs.path(cohort.file), name=cohort.file)


def visits_of(inputs: Inputs, cohort: CohortVisits) -> tuple[Visit, ...]:
    """Visits, values beyond an assay limit among them; of records, in the declared unit.

    Raises:
        InputErrors: the table or a record is wrong, no record has the measure, or its unit does not
            convert to the declared one.
    """
    if isinstance(cohort, VisitsOfRecords):
        read = _say(inputs, cohort.records, records_of(inputs, cohort.records), "visits")
        return _measured(cohort, read)
    return read_visits(inputs.path(cohort.file), name=cohort.file, censored=True)


def episodes_of(inputs: Inputs, cohort: CohortEpisodes) -> tuple[EpisodeRecord, ...]:
    """Episodes person by person, within the time under observation.

    Raises:
        InputErrors: a table or a record is wrong, or no record has the episode.
    """
    if isinstance(cohort, EpisodesOfRecords):
        read = _say(inputs, cohort.records, records_of(inputs, cohort.records), "episodes")
        _named(cohort.records, read, cohort.episode)
        return read.episodes_of(cohort.episode)
    return read_episodes(
        inputs.path(cohort.file),
        inputs.path(cohort.follow_up),
        events_name=cohort.file,
        follow_up_name=cohort.follow_up,
    )


def part_of(cohort: Table) -> Part:
    """Which part of a cohort carries the endpoint."""
    if isinstance(cohort, CohortPeople):
        return "people"
    return "visits" if isinstance(cohort, CohortVisits) else "episodes"


def named_of(cohort: Table) -> str:
    """The endpoint, measure or episode."""
    if isinstance(cohort, CohortPeople):
        return cohort.endpoint
    return cohort.measure if isinstance(cohort, CohortVisits) else cohort.episode


def cohort_of(inputs: Inputs, cohort: Table) -> Cohort:
    """All that is known of the people of one endpoint.

    Raises:
        InputErrors: as the reader of its part; tables that contradict each other.
    """
    if isinstance(cohort, PeopleOfRecords):
        read = records_of(inputs, cohort.records)
        return replace(read, people=people_of(inputs, cohort), visits=(), happenings=())
    if isinstance(cohort, VisitsOfRecords):
        visits = visits_of(inputs, cohort)
        return replace(records_of(inputs, cohort.records), visits=visits, happenings=())
    if isinstance(cohort, EpisodesOfRecords):
        records = episodes_of(inputs, cohort)
        happened = tuple(item for record in records for item in record.happenings)
        return replace(records_of(inputs, cohort.records), visits=(), happenings=happened)
    if isinstance(cohort, CohortPeople):
        tables, names = Tables(people=inputs.path(cohort.file)), {"people": cohort.file}
    elif isinstance(cohort, CohortVisits):
        tables, names = Tables(visits=inputs.path(cohort.file)), {"visits": cohort.file}
    else:
        tables = Tables(events=inputs.path(cohort.file), follow_up=inputs.path(cohort.follow_up))
        names = {"events": cohort.file, "follow_up": cohort.follow_up}
    return read_tables(tables, time_unit=cohort.time_unit, terminal=True, names=names)


def records_of(inputs: Inputs, records: CohortRecords) -> Cohort:
    """Everything that the records hold, under the names of the declaration.

    Raises:
        InputErrors: see `read_phenopackets` and `read_fhir`.
    """
    path = inputs.path(records.place)
    return _read(path, records, digest_of(path))


@lru_cache(maxsize=4)
def _read(path: Path, records: CohortRecords, _content: str) -> Cohort:
    """Read once for all the analyses of a run; `_content` is what makes it the same again."""
    from ultrarare.history.import_fhir import read_fhir
    from ultrarare.history.import_phenopackets import read_phenopackets

    read = read_phenopackets if isinstance(records, CohortPhenopackets) else read_fhir
    return read(
        path,
        name=records.place,
        time_unit=records.time_unit,
        entry=records.begins,
        names=dict(records.names),
        disease=records.disease_code,
    )


def _say(inputs: Inputs, records: CohortRecords, read: Cohort, part: Part) -> Cohort:
    """Hand on what was left out or assumed on reading, as far as it touches the part."""
    for note in read.notes:
        if not _BESIDE[part].search(note):
            _tell(inputs, records, note)
    return read


def _tell(inputs: Inputs, records: CohortRecords, note: str) -> None:
    text = f"{records.id}: {note}"
    if text not in inputs.said:
        inputs.said.append(text)


def _named(records: CohortRecords, read: Cohort, event: str) -> tuple[Happening, ...]:
    found = tuple(item for item in read.happenings if item.type == event)
    if found:
        return found
    there = Counter(item.type or "unnamed" for item in read.happenings)
    raise _absent(records, "event", event, there)


def _absent(records: CohortRecords, what: str, name: str, there: Counter[str]) -> InputErrors:
    shown = [text for text, _ in there.most_common(12)]
    left = f", and {len(there) - 12} more" if len(there) > 12 else ""
    problem = Problem(
        records.place,
        f"holds no {what} {name!r} of dataset {records.id}; there are: "
        f"{', '.join(shown) or 'none'}{left}",
        "say under the field that ends in _code which code or label the records use",
    )
    return InputErrors([problem], where=records.place)


def _measured(cohort: VisitsOfRecords, read: Cohort) -> tuple[Visit, ...]:
    visits = read.visits_of(cohort.measure)
    if not visits:
        there = Counter(visit.measure or "unnamed" for visit in read.visits)
        raise _absent(cohort.records, "measure", cohort.measure, there)
    unit = visits[0].unit or cohort.unit  # one unit a measure, since it was read
    where = f"dataset {cohort.id}, unit of {cohort.measure}"
    factor = conversion(unit, cohort.unit, where=where)
    if factor == 1:
        return tuple(replace(visit, unit=cohort.unit) for visit in visits)
    return tuple(in_unit(visit, factor, cohort.unit) for visit in visits)


def _reaching(
    inputs: Inputs, records: CohortRecords, read: Cohort, endpoint: str
) -> tuple[Person, ...]:
    """The people until death, or until an event of the endpoint's name."""
    if not read.people:
        problem = Problem(records.place, "holds nobody with time under observation")
        raise InputErrors([problem], where=records.place)
    if endpoint.casefold() == _DEATH and records.endpoint_code is None:
        return read.people
    said: Counter[str] = Counter()
    first: dict[str, Happening] = {}
    for item in _named(records, read, endpoint):
        before = first.get(item.person)
        if before is None or item.time < before.time:
            first[item.person] = item
    people = list(_until(read.people, first, endpoint, said))
    for text, n in sorted(said.items()):
        _tell(inputs, records, filled(text, n))
    if not people:
        problem = Problem(records.place, f"holds nobody at risk of {endpoint!r}")
        raise InputErrors([problem], where=records.place)
    return tuple(people)


def _until(
    people: Sequence[Person], first: dict[str, Happening], endpoint: str, said: Counter[str]
) -> Iterable[Person]:
    for person in people:
        item = first.get(person.person)
        if item is None:
            said[
                f"Of {{n}} people no {endpoint} is on record; they are taken as free of it until "
                "last seen, and a record may be silent."
            ] += 1
            yield _free(person)
            continue
        begin = item.time if item.dated or item.when is None else item.when.low or 0.0
        if begin <= person.entry:
            said[f"{{n}} people had come to {endpoint} before observation began; left out."] += 1
        elif item.dated:
            yield replace(
                person, exit=min(item.time, person.exit), event=True, ending="event", cause=None
            )
        else:
            said[
                f"Of {{n}} people only a range of ages is known for {endpoint}; they are taken as "
                "censored at its lower end."
            ] += 1
            yield replace(
                person, exit=min(begin, person.exit), event=False, ending="unknown", cause=None
            )


def _free(person: Person) -> Person:
    """Without the endpoint: a death is another end of observation, which made it impossible."""
    if not person.event:
        return person
    return replace(person, event=False, ending="competing", cause=person.cause or _DEATH)
