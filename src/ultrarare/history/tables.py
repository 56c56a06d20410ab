"""One cohort from its tables: each read by itself, then held against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ultrarare.errors import InputErrors, Problem
from ultrarare.history.cohort import read_episodes, read_events, read_people, read_visits
from ultrarare.history.contradictions import contradictions
from ultrarare.history.records import Cohort, EpisodeRecord, Happening, Person, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where the tables of one cohort lie, CSV or Parquet; None for one that it has not."""

    people: Path | None = None
    visits: Path | None = None
    events: Path | None = None
    follow_up: Path | None = None

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return not any((self.people, self.visits, self.events, self.follow_up))


def read_tables(
    tables: Tables,
    *,
    time_unit: str,
    terminal: bool = True,
    names: Mapping[str, str] | None = None,
) -> Cohort:
    """Read every table that is there, and report the problems of all of them at once.

    Args:
        tables: where they lie.
        time_unit: UCUM code of their times.
        terminal: whether the endpoint of the people ends observation, as death does.
        names: how problems name the tables; the file's name where not given.

    Raises:
        InputErrors: see `read_people`, `read_visits`, `read_episodes`, `contradictions`; follow-up
            without events.
    """
    called = {
        field: (names or {}).get(field, path.name)
        for field in ("people", "visits", "events", "follow_up")
        if (path := getattr(tables, field)) is not None
    }
    problems: list[Problem] = []
    people: tuple[Person, ...] = ()
    visits: tuple[Visit, ...] = ()
    happenings: tuple[Happening, ...] = ()
    records: tuple[EpisodeRecord, ...] = ()
    try:
        if tables.people is not None:
            people = read_people(tables.people, name=called["people"])
    except InputErrors as error:
        problems += error.problems
    try:
        if tables.visits is not None:
            visits = read_visits(tables.visits, name=called["visits"], censored=True)
    except InputErrors as error:
        problems += error.problems
    try:
        happenings, records = _episodes(tables, called)
    except InputErrors as error:
        problems += error.problems
    if problems:
        raise InputErrors.of_files(problems)
    cohort = Cohort(
        source="tables",
        time_unit=time_unit,
        people=people,
        visits=visits,
        happenings=happenings,
        spans={record.person: record.spans for record in records},
        lines={record.person: record.line for record in records if record.line is not None},
    )
    found = contradictions(
        cohort,
        terminal=terminal,
        people=called.get("people", "people"),
        visits=called.get("visits", "visits"),
        events=called.get("events", "events"),
        follow_up=called.get("follow_up", "follow-up"),
    )
    if found:
        raise InputErrors.of_files(found)
    return cohort


def _episodes(
    tables: Tables, called: Mapping[str, str]
) -> tuple[tuple[Happening, ...], tuple[EpisodeRecord, ...]]:
    if tables.follow_up is not None and tables.events is None:
        problem = Problem(
            called["follow_up"], "stands without a table of events", "give the events too"
        )
        raise InputErrors([problem], where=called["follow_up"])
    if tables.events is None:
        return (), ()
    if tables.follow_up is None:
        return read_events(tables.events, name=called["events"]), ()
    records = read_episodes(
        tables.events,
        tables.follow_up,
        events_name=called["events"],
        follow_up_name=called["follow_up"],
    )
    return tuple(item for record in records for item in record.happenings), records
