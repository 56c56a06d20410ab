"""What happened when: doses, intercurrent events, milestones, on the clock of the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ultrarare.case.moment import Moment
from ultrarare.case.table import Column, read_table
from ultrarare.case.unit import why_not_ucum


class EventKind(StrEnum):
    """What an event is, for the figure and for the analyses."""

    BIRTH = "birth"
    SYMPTOM = "symptom"
    DIAGNOSIS = "diagnosis"
    DESIGN = "design"
    REGULATORY = "regulatory"
    DOSE = "dose"
    INTERCURRENT = "intercurrent"
    MEASUREMENT = "measurement"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a timeline.

    `grade` is how well it is known: A primary text, B secondary; None where the case is the source.
    `line` is where it stands in its table.
    """

    when: Moment
    event: str
    kind: EventKind
    value: str | None
    unit: str | None
    grade: str | None
    note: str | None
    line: int | None = None


def _kind(text: str) -> EventKind:
    try:
        return EventKind(text)
    except ValueError:
        allowed = ", ".join(EventKind)
        raise ValueError(f"found {text!r}; allowed: {allowed}") from None


def _grade(text: str) -> str:
    if text not in ("A", "B"):
        raise ValueError(f"found {text!r}; allowed: A (primary text) or B (secondary)")
    return text


def read_unit(text: str) -> str:
    """A UCUM code, for a table's cell."""
    if (why := why_not_ucum(text)) is not None:
        raise ValueError(why)
    return text


COLUMNS = (
    Column("time", Moment.parse),
    Column("event", str),
    Column("kind", _kind),
    Column("value", str, required=False, may_be_empty=True),
    Column("unit", read_unit, required=False, may_be_empty=True),
    Column("grade", _grade, required=False, may_be_empty=True),
    Column("note", str, required=False, may_be_empty=True),
)


def read_timeline(path: Path, *, name: str) -> tuple[Event, ...]:
    """The events of a timeline table in order of time.

    Raises:
        InputErrors: see `read_table`; also a time, kind, unit or grade that is not allowed.
    """
    rows = read_table(path, COLUMNS, name=name)
    events = [
        Event(
            when=row["time"],
            event=row["event"],
            kind=row["kind"],
            value=row.get("value"),
            unit=row.get("unit"),
            grade=row.get("grade"),
            note=row.get("note"),
            line=row.line,
        )
        for row in rows
    ]
    return tuple(sorted(events, key=lambda event: (event.when.first, event.when.middle)))


def first_dose(events: Sequence[Event]) -> Moment | None:
    """When the first dose was given; None where no dose is recorded."""
    doses = [event.when for event in events if event.kind is EventKind.DOSE]
    return min(doses, key=lambda when: when.first) if doses else None
