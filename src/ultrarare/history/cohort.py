"""Cohorts of untreated people, read from their tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ultrarare.case.table import Column, Row, flag, not_negative, number, read_table
from ultrarare.errors import InputErrors, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One untreated person's time under observation, in the cohort's unit of time."""

    person: str
    entry: float
    exit: float
    event: bool
    group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One measurement of one untreated person."""

    person: str
    time: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRecord:
    """One untreated person's episodes within the spans of time under observation."""

    person: str
    spans: tuple[tuple[float, float], ...]
    times: tuple[float, ...]

    @property
    def events(self) -> int:
        """How many episodes."""
        return len(self.times)

    @property
    def person_time(self) -> float:
        """In how much time."""
        return sum(stop - start for start, stop in self.spans)


def read_people(path: Path, *, name: str) -> tuple[Person, ...]:
    """People of a survival cohort: `person,entry,exit,event[,group]`.

    Raises:
        InputErrors: see `read_table`; also an exit that is not after entry, or a person twice.
    """
    columns = (
        Column("person", str),
        Column("entry", not_negative),
        Column("exit", not_negative),
        Column("event", flag),
        Column("group", str, required=False),
    )
    rows = read_table(path, columns, name=name)
    problems = [*_backwards(rows, "entry", "exit", name), *_twice(rows, name)]
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(
        Person(
            person=row["person"],
            entry=row["entry"],
            exit=row["exit"],
            event=row["event"],
            group=row.get("group"),
        )
        for row in rows
    )


def read_visits(path: Path, *, name: str) -> tuple[Visit, ...]:
    """Measurements of a cohort: `person,time,value`.

    Raises:
        InputErrors: see `read_table`; also two measurements of a person at one time.
    """
    columns = (Column("person", str), Column("time", not_negative), Column("value", number))
    rows = read_table(path, columns, name=name)
    seen = Counter((row["person"], row["time"]) for row in rows)
    problems = [
        Problem(
            f"{name}:{row.line}",
            f"person {row['person']!r} has {seen[row['person'], row['time']]} values at time "
            f"{row['time']:g}; allowed is one",
            "average repeats of one day, or give each its own time",
        )
        for row in rows
        if seen[row["person"], row["time"]] > 1
    ]
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(Visit(person=row["person"], time=row["time"], value=row["value"]) for row in rows)


def read_episodes(
    events: Path, follow_up: Path, *, events_name: str, follow_up_name: str
) -> tuple[EpisodeRecord, ...]:
    """Episodes `person,time` counted within the observed spans `person,start,stop`.

    A person without an episode has a span and no row among the events, and counts as 0.

    Raises:
        InputErrors: see `read_table`; also an episode outside its person's spans, or a span that
            ends before it begins.
    """
    spans = read_table(
        follow_up,
        (Column("person", str), Column("start", not_negative), Column("stop", not_negative)),
        name=follow_up_name,
    )
    happened = read_table(
        events,
        (Column("person", str), Column("time", not_negative)),
        name=events_name,
        rows_needed=False,
    )
    problems = list(_backwards(spans, "start", "stop", follow_up_name))
    problems += [
        Problem(
            f"{events_name}:{row.line}",
            f"the episode of {row['person']!r} at {row['time']:g} lies outside the time under "
            f"observation in {follow_up_name}",
            "add the span, or take the episode out",
        )
        for row in happened
        if not _observed(row, spans)
    ]
    if problems:
        raise InputErrors(problems, where=events_name)
    return tuple(
        EpisodeRecord(
            person=person,
            spans=tuple((r["start"], r["stop"]) for r in spans if r["person"] == person),
            times=tuple(sorted(r["time"] for r in happened if r["person"] == person)),
        )
        for person in sorted({row["person"] for row in spans})
    )


def _observed(row: Row, spans: tuple[Row, ...]) -> bool:
    return any(
        span["person"] == row["person"] and span["start"] <= row["time"] <= span["stop"]
        for span in spans
    )


def _backwards(rows: tuple[Row, ...], start: str, stop: str, name: str) -> list[Problem]:
    return [
        Problem(
            f"{name}:{row.line}",
            f"{stop} {row[stop]:g} is not after {start} {row[start]:g}",
            "correct the two, or leave the person out and say so",
        )
        for row in rows
        if row[stop] <= row[start]
    ]


def _twice(rows: tuple[Row, ...], name: str) -> list[Problem]:
    seen = Counter(row["person"] for row in rows)
    return [
        Problem(
            f"{name}:{row.line}", f"person {row['person']!r} stands {seen[row['person']]} times"
        )
        for row in rows
        if seen[row["person"]] > 1
    ]
