"""Cohorts of untreated people, read from their tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ultrarare.case.finding import Tier
from ultrarare.case.table import Column, Row, flag, not_negative, number, repeated_rows
from ultrarare.case.unit import why_not_ucum
from ultrarare.errors import InputErrors, Problem
from ultrarare.history.cohort_file import age_amount, amount, one_of, read_cohort_table
from ultrarare.history.records import (
    ENDINGS,
    EpisodeRecord,
    Happening,
    Person,
    Visit,
    episode_records,
    inside,
    midpoint,
)

_ENDING = one_of(*ENDINGS)
_TIER = one_of(*(str(tier) for tier in Tier))


def _unit(text: str) -> str:
    if (why := why_not_ucum(text)) is not None:
        raise ValueError(why)
    return text


def _may(name: str, read: Callable[[str], Any] = str) -> Column:
    """A column that need not stand, and whose cells may be empty."""
    return Column(name, read, required=False, may_be_empty=True)


_PEOPLE = (
    Column("person", str),
    Column("entry", not_negative),
    Column("exit", not_negative),
    Column("event", flag),
    Column("group", str, required=False),
    _may("tier", _TIER),
    _may("sex"),
    _may("era"),
    _may("region"),
    _may("care"),
    _may("onset", age_amount),
    _may("diagnosis", age_amount),
    _may("cause"),
    _may("ending", _ENDING),
)
_VISIT_NOTES = (
    _may("unit", _unit),
    _may("measure"),
    _may("assessor"),
    _may("instrument"),
    _may("group"),
)
_SPANS = (
    Column("person", str),
    Column("start", not_negative),
    Column("stop", not_negative),
    Column("group", str, required=False),
    _may("ending", _ENDING),
)
_EVENTS = (
    Column("person", str),
    Column("time", not_negative),
    _may("type"),
    _may("severity"),
    _may("stop", not_negative),
)


def read_people(path: Path, *, name: str) -> tuple[Person, ...]:
    """People of a survival cohort: `person,entry,exit,event[,group]`.

    Further columns that may stand: `tier`, `sex`, `era`, `region`, `care`, `onset`, `diagnosis`,
    `cause`, `ending`; see `Person`.

    Raises:
        InputErrors: see `read_table`; an exit that is not after entry; a person twice or in two
            groups; onset or diagnosis after exit; an ending that contradicts the event.
    """
    rows = read_cohort_table(path, _PEOPLE, name=name)
    problems = [*_backwards(rows, "entry", "exit", name), *_twice(rows, name)]
    problems += [*_after_exit(rows, name), *_endings(rows, name)]
    if problems:
        raise InputErrors(problems, where=name)
    names = [column.name for column in _PEOPLE]
    return tuple(Person(**{field: row.get(field) for field in names}) for row in rows)


def read_visits(path: Path, *, name: str, censored: bool = False) -> tuple[Visit, ...]:
    """Measurements of a cohort: `person,time,value`.

    Further columns that may stand: `unit`, `measure`, `assessor`, `instrument`, `group`.

    Args:
        path: CSV or Parquet.
        name: how problems name it.
        censored: whether values beyond an assay limit (`<9`) and ranges (`9–19`) are taken. An
            analysis that takes every value for exact leaves this off, and such a cell is an error.

    Raises:
        InputErrors: see `read_table`; also two measurements of a person at one time, two units for
            one measure, or a person in two groups.
    """
    value = Column("value", amount if censored else number)
    columns = (Column("person", str), Column("time", not_negative), value, *_VISIT_NOTES)
    rows = read_cohort_table(path, columns, name=name)
    problems = [*_repeated(rows, name), *_two_units(rows, name), *_two_groups(rows, name)]
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(_visit(row, censored=censored) for row in rows)


def _visit(row: Row, *, censored: bool) -> Visit:
    found = row["value"]
    return Visit(
        person=row["person"],
        time=row["time"],
        value=midpoint(found) if censored else found,
        amount=found if censored else None,
        line=row.line,
        **{column.name: row.get(column.name) for column in _VISIT_NOTES},
    )


def read_episodes(
    events: Path, follow_up: Path, *, events_name: str, follow_up_name: str
) -> tuple[EpisodeRecord, ...]:
    """Episodes `person,time[,type]` counted within the observed spans `person,start,stop[,group]`.

    A person without an episode has a span and no row among the events, and counts as 0. Further
    columns that may stand: `severity` and `stop` of events, `ending` of spans.

    Raises:
        InputErrors: see `read_table`; also an episode outside its person's spans, one that stops
            before it begins, a row that stands twice, a span that ends before it begins, spans of
            a person that overlap, or a person in two groups.
    """
    spans = read_cohort_table(follow_up, _SPANS, name=follow_up_name)
    happened = read_cohort_table(events, _EVENTS, name=events_name, rows_needed=False)
    observed = _by_person(spans)
    problems = [*_backwards(spans, "start", "stop", follow_up_name)]
    problems += [*_overlapping(observed, follow_up_name), *_two_groups(spans, follow_up_name)]
    problems += [*_stopped_before(happened, events_name), *_copied(happened, events_name)]
    problems += _unobserved(happened, observed, events_name, follow_up_name)
    if problems:
        raise InputErrors.of_files(problems)
    records = episode_records(
        {person: tuple((r["start"], r["stop"]) for r in rows) for person, rows in observed.items()},
        [_happening(row) for row in happened],
        {person: rows[0].get("group") for person, rows in observed.items()},
        {person: tuple(r.get("ending") for r in rows) for person, rows in observed.items()},
    )
    return tuple(replace(each, line=observed[each.person][-1].line) for each in records)


def read_events(path: Path, *, name: str) -> tuple[Happening, ...]:
    """Events `person,time[,type,severity,stop]` without a table of follow-up.

    Raises:
        InputErrors: see `read_table`; an event that stops before it begins, a row that stands
            twice.
    """
    rows = read_cohort_table(path, _EVENTS, name=name, rows_needed=False)
    if problems := [*_stopped_before(rows, name), *_copied(rows, name)]:
        raise InputErrors(problems, where=name)
    return tuple(_happening(row) for row in rows)


def _happening(row: Row) -> Happening:
    return Happening(line=row.line, **{column.name: row.get(column.name) for column in _EVENTS})


def _by_person(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["person"]].append(row)
    return dict(found)


def _unobserved(
    happened: Iterable[Row], observed: Mapping[str, list[Row]], name: str, follow_up: str
) -> Iterable[Problem]:
    for row in happened:
        own = observed.get(row["person"])
        if own is not None and inside(row["time"], ((r["start"], r["stop"]) for r in own)):
            continue
        last = None if own is None else max(r["stop"] for r in own)
        more = (
            f"; {row['person']!r} has no span there"
            if last is None
            else f", which ends at {last:g}"
            if row["time"] > last
            else ""
        )
        yield Problem(
            f"{name}:{row.line}",
            f"the episode of {row['person']!r} at {row['time']:g} lies outside the time under "
            f"observation in {follow_up}{more}",
            "add the span, or take the episode out",
        )


def _copied(rows: Iterable[Row], name: str) -> Iterable[Problem]:
    return repeated_rows(rows, name, way="give two events of one day times of their own")


def _stopped_before(rows: Iterable[Row], name: str) -> Iterable[Problem]:
    for row in rows:
        stop = row.get("stop")
        if stop is not None and stop < row["time"]:
            yield Problem(f"{name}:{row.line}", f"stops at {stop:g}, before it begins")


def _overlapping(observed: Mapping[str, list[Row]], name: str) -> Iterable[Problem]:
    for person, rows in observed.items():
        ordered = sorted(rows, key=lambda row: (row["start"], row["stop"]))
        for before, after in pairwise(ordered):
            if after["start"] < before["stop"]:
                yield Problem(
                    f"{name}:{after.line}",
                    f"the span of {person!r} from {after['start']:g} overlaps the one of line "
                    f"{before.line} to {before['stop']:g}",
                    "join the two: time under observation counts once",
                )


def _two_groups(rows: Iterable[Row], name: str) -> Iterable[Problem]:
    first: dict[str, str | None] = {}
    for row in rows:
        before = first.setdefault(row["person"], row.get("group"))
        if row.get("group") != before:
            yield Problem(
                f"{name}:{row.line}",
                f"person {row['person']!r} stands in group {row.get('group')!r} and in {before!r}; "
                "allowed is one",
            )


def _two_units(rows: Iterable[Row], name: str) -> Iterable[Problem]:
    first: dict[str | None, tuple[str, int]] = {}
    for row in rows:
        unit, measure = row.get("unit"), row.get("measure")
        if unit is None:
            continue
        before, line = first.setdefault(measure, (unit, row.line))
        if unit != before:
            what = "the measure" if measure is None else measure
            yield Problem(
                f"{name}:{row.line} unit",
                f"found {unit!r} for {what}, which has {before!r} in line {line}; allowed is one",
                "convert the values to one unit",
            )


def _repeated(rows: Sequence[Row], name: str) -> Iterable[Problem]:
    seen = Counter((row["person"], row.get("measure"), row["time"]) for row in rows)
    for row in rows:
        count = seen[row["person"], row.get("measure"), row["time"]]
        if count > 1:
            yield Problem(
                f"{name}:{row.line}",
                f"person {row['person']!r} has {count} values at time {row['time']:g}; allowed is "
                "one",
                "average repeats of one day, or give each its own time",
            )


def _after_exit(rows: Iterable[Row], name: str) -> Iterable[Problem]:
    for row in rows:
        for field in ("onset", "diagnosis"):
            found = row.get(field)
            if found is not None and found.low is not None and found.low > row["exit"]:
                yield Problem(
                    f"{name}:{row.line} {field}",
                    f"found {found}, after exit {row['exit']:g}",
                    "correct the two; what was seen later belongs under observation",
                )


def _endings(rows: Iterable[Row], name: str) -> Iterable[Problem]:
    for row in rows:
        ending = row.get("ending")
        if ending is not None and row["event"] != (ending == "event"):
            yield Problem(
                f"{name}:{row.line} ending",
                f"found {ending!r} with event {int(row['event'])}; the two contradict each other",
                "`event` goes with event 1, every other ending with event 0",
            )


def _backwards(rows: Iterable[Row], start: str, stop: str, name: str) -> Iterable[Problem]:
    for row in rows:
        if row[stop] <= row[start]:
            yield Problem(
                f"{name}:{row.line}",
                f"{stop} {row[stop]:g} is not after {start} {row[start]:g}",
                "correct the two, or leave the person out and say so",
            )


def _twice(rows: Sequence[Row], name: str) -> Iterable[Problem]:
    seen = Counter(row["person"] for row in rows)
    groups: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.get("group") is not None:
            groups[row["person"]].add(row["group"])
    for row in rows:
        if seen[row["person"]] > 1:
            both = groups[row["person"]]
            more = f", in groups {' and '.join(sorted(both))}" if len(both) > 1 else ""
            yield Problem(
                f"{name}:{row.line}",
                f"person {row['person']!r} stands {seen[row['person']]} times{more}",
            )
