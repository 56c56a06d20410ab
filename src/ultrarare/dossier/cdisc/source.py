"""What is mapped: a case with its course as read, and its findings. No file is opened here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ultrarare.case.amount import Amount, Summary
from ultrarare.case.case import Case
from ultrarare.case.dataset import CourseEpisodes, CourseSeries, CourseSummary
from ultrarare.case.finding import Finding
from ultrarare.case.moment import Moment
from ultrarare.case.plan import Endpoint
from ultrarare.case.timeline import Event, EventKind, first_dose
from ultrarare.dossier.cdisc.timing import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a series."""

    when: Moment
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode of the patient."""

    when: Moment
    severity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The case's course and safety data.

    Attributes:
        case: the case.
        timeline: events in order.
        endpoints: of the plan; they say in which domain a measure belongs.
        series: each course-series with its values in order of time.
        summaries: each course-summary with its periods in the order of the file.
        episodes: each course-episodes with its episodes in order.
        observed: by id of course-episodes, first and last moment under observation.
        findings: computed findings on variants and editing.
    """

    case: Case
    timeline: tuple[Event, ...]
    endpoints: tuple[Endpoint, ...] = ()
    series: tuple[tuple[CourseSeries, tuple[Value, ...]], ...] = ()
    summaries: tuple[tuple[CourseSummary, tuple[tuple[str, Summary], ...]], ...] = ()
    episodes: tuple[tuple[CourseEpisodes, tuple[Episode, ...]], ...] = ()
    observed: Mapping[str, tuple[Moment, Moment]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The case's clock with the first dose."""
        return Calendar(clock=self.case.clock, first_dose=first_dose(self.timeline))

    @property
    def doses(self) -> tuple[Event, ...]:
        """Doses in order."""
        return tuple(event for event in self.timeline if event.kind is EventKind.DOSE)

    @property
    def follow_up(self) -> Event | None:
        """The last follow-up of the timeline."""
        found = [event for event in self.timeline if event.kind is EventKind.FOLLOW_UP]
        return max(found, key=lambda event: event.when.first) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who the data are of: a study, and an identifier made from the case's id."""

    study: str
    id: str

    @property
    def unique(self) -> str:
        """The identifier that is unique over studies."""
        return f"{self.study}-{self.id}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the case that stands in no dataset, and why."""

    what: str
    why: str


Visits = Mapping[int, tuple[int, str]]
"""Day on the case's clock to number and description of the visit of that day."""


def visits(course: Course) -> Visits:
    """Days on which a dose, a follow-up or a value of a series is recorded, numbered in order."""
    said: dict[int, list[str]] = {}
    for day, text in _encounters(course):
        found = said.setdefault(day, [])
        if text not in found:
            found.append(text)
    return {day: (number, "; ".join(said[day])) for number, day in enumerate(sorted(said), start=1)}


def _encounters(course: Course) -> Iterable[tuple[int, str]]:
    for event in course.timeline:
        if event.kind in (EventKind.DOSE, EventKind.FOLLOW_UP) and not event.when.is_vague:
            yield math.floor(event.when.first), _told(event)
    for series, values in course.series:
        for value in values:
            if not value.when.is_vague:
                yield math.floor(value.when.first), series.measure


def _told(event: Event) -> str:
    """A dose by its name, since EX has the rest; a follow-up with all that stands in its row."""
    if event.kind is EventKind.DOSE:
        return event.event
    value = " ".join(part for part in (event.value, event.unit) if part)
    grade = f"grade {event.grade}" if event.grade else None
    aside = "; ".join(part for part in (event.note, grade) if part)
    return event.event + (f": {value}" if value else "") + (f" ({aside})" if aside else "")
