"""What the tables of one cohort say against each other."""

from __future__ import annotations

from collections.abc import Iterable

from ultrarare.errors import Problem
from ultrarare.history.records import Cohort, Person

_SLACK = 1e-9


def contradictions(
    cohort: Cohort,
    *,
    terminal: bool,
    people: str = "people",
    visits: str = "visits",
    events: str = "events",
) -> tuple[Problem, ...]:
    """Every visit and event that the table of people rules out.

    Args:
        cohort: the cohort; without people there is nothing to hold against.
        terminal: whether nobody is seen after the endpoint, as after death.
        people: how a problem names the table of people.
        visits: how it names the visits.
        events: how it names the events.
    """
    if not cohort.people:
        return ()
    own = {person.person: person for person in cohort.people}
    found: list[Problem] = []
    for visit in cohort.visits:
        found += _against(own.get(visit.person), visit.person, visit.time, "visit", visits, people)
        found += _late(own.get(visit.person), visit.time, "visit", visits, terminal=terminal)
        found += _two_arms(own.get(visit.person), visit.group, visits, people)
    for item in cohort.happenings:
        found += _against(own.get(item.person), item.person, item.time, "event", events, people)
        found += _late(own.get(item.person), item.time, "event", events, terminal=terminal)
    for name, spans in cohort.spans.items():
        found += _against(own.get(name), name, spans[0][0], "follow-up", "follow-up", people)
        end = max(stop for _, stop in spans)
        found += _late(own.get(name), end, "follow-up", "follow-up", terminal=terminal)
    return tuple(dict.fromkeys(found))


def _two_arms(
    person: Person | None, group: str | None, where: str, people: str
) -> Iterable[Problem]:
    if person is None or group is None or person.group in (None, group):
        return
    yield Problem(
        where,
        f"person {person.person!r} stands in group {group!r} here and in {person.group!r} in "
        f"{people}; allowed is one",
    )


def _against(
    person: Person | None, name: str, time: float, what: str, where: str, people: str
) -> Iterable[Problem]:
    if person is None:
        yield Problem(
            where,
            f"the {what} of {name!r} belongs to nobody in {people}",
            "add the person, or correct the name",
        )
    elif time < 0:
        yield Problem(where, f"the {what} of {name!r} at {time:g} lies before birth")


def _late(
    person: Person | None, time: float, what: str, where: str, *, terminal: bool
) -> Iterable[Problem]:
    if person is None or time <= person.exit + _SLACK * max(1.0, person.exit):
        return
    if person.event and terminal:
        yield Problem(
            where,
            f"the {what} of {person.person!r} at {time:g} comes after death at {person.exit:g}",
            "correct one of the two",
        )
    elif not person.event:
        yield Problem(
            where,
            f"the {what} of {person.person!r} at {time:g} comes after the end of observation at "
            f"{person.exit:g}",
            "who was seen later was under observation until then: correct the exit",
        )
