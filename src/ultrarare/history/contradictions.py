"""What the tables of one cohort, or two cohorts of the same people, say against each other."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite
from typing import Final

from ultrarare.case.unit import conversion
from ultrarare.errors import InputError, Problem
from ultrarare.history.ages import day_range
from ultrarare.history.records import Cohort, Person, Visit

_SLACK = 1e-9
_MONTH: Final = 31.0
_HALF_A_DAY: Final = 0.5
_PART: Final = 0.01
_DEATH: Final = re.compile(r"\b(death|died|dead|mortality)\b")


def contradictions(
    cohort: Cohort,
    *,
    terminal: bool,
    people: str = "people",
    visits: str = "visits",
    events: str = "events",
    follow_up: str = "follow-up",
) -> tuple[Problem, ...]:
    """Every visit and event that the table of people rules out.

    Args:
        cohort: the cohort; without people there is nothing to hold against.
        terminal: whether nobody is seen after the endpoint, as after death.
        people: how a problem names the table of people.
        visits: how it names the visits.
        events: how it names the events.
        follow_up: how it names the spans under observation.
    """
    if not cohort.people:
        return ()
    own = {person.person: person for person in cohort.people}
    found: list[Problem] = []
    for visit in cohort.visits:
        at = _place(visits, visit.line)
        found += _against(own.get(visit.person), visit.person, visit.time, "visit", at, people)
        found += _late(own.get(visit.person), visit.time, "visit", at, terminal=terminal)
        found += _two_arms(own.get(visit.person), visit.group, at, people)
    for item in cohort.happenings:
        at = _place(events, item.line)
        found += _against(own.get(item.person), item.person, item.time, "event", at, people)
        found += _late(own.get(item.person), item.time, "event", at, terminal=terminal)
    for name, spans in cohort.spans.items():
        at = _place(follow_up, cohort.lines.get(name))
        found += _against(own.get(name), name, spans[0][0], "follow-up", at, people)
        end = max(stop for _, stop in spans)
        found += _late(own.get(name), end, "follow-up", at, terminal=terminal)
    once: dict[tuple[str, str], Problem] = {}
    for problem in found:  # a person who is nobody's is told at their first row
        once.setdefault((problem.where.partition(":")[0], problem.problem), problem)
    return tuple(once.values())


def _place(name: str, line: int | None) -> str:
    return name if line is None else f"{name}:{line}"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One cohort of several, its name, and what its people's endpoint is."""

    name: str
    cohort: Cohort
    endpoint: str | None = None

    @property
    def day(self) -> float:
        """Days in its unit of time."""
        return conversion(self.cohort.time_unit, "d", where=f"dataset {self.name}, time unit")

    @property
    def deadly(self) -> bool:
        """Whether nobody can be seen after the endpoint."""
        return self.endpoint is not None and _DEATH.search(self.endpoint.casefold()) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """What two cohorts say differently of one person."""

    person: str
    what: str
    first: str
    second: str


def disagreements(a: Told, b: Told) -> tuple[Disagreement, ...]:
    """Everything that two cohorts say differently of the people who stand in both, by name.

    Sex, year or day of birth, age at onset and at diagnosis (ranges that do not meet), the end of
    observation where both follow one endpoint (events more than a month apart; free of it more than
    a month after it), visits more than a month after death, and values of one measure on one day
    that differ by more than one part in a hundred. Silence of one of them is no disagreement.
    """
    mine, theirs = ({p.person: p for p in told.cohort.people} for told in (a, b))
    found: list[Disagreement] = []
    for name in sorted(set(mine) & set(theirs)):
        found += _of_person(mine[name], theirs[name], a, b)
    found += _after_death(a, b, swapped=False)
    found += _after_death(b, a, swapped=True)
    found += _values(a, b)
    return tuple(dict.fromkeys(found))


def _of_person(p: Person, q: Person, a: Told, b: Told) -> Iterable[Disagreement]:
    if p.sex and q.sex and p.sex.casefold()[:1] != q.sex.casefold()[:1]:
        yield Disagreement(person=p.person, what="sex", first=p.sex, second=q.sex)
    if p.born and q.born and _apart(day_range(p.born), day_range(q.born)):
        yield Disagreement(person=p.person, what="birth", first=p.born, second=q.born)
    for what in ("onset", "diagnosis"):
        own, other = getattr(p, what), getattr(q, what)
        if own is not None and other is not None:
            ends = tuple(
                (-inf if x.low is None else x.low * d - _MONTH / 2,
                 inf if x.high is None else x.high * d + _MONTH / 2)
                for x, d in ((own, a.day), (other, b.day))
            )  # fmt: skip
            if _apart(*ends):
                yield Disagreement(
                    person=p.person, what=f"age at {what}", first=str(own), second=str(other)
                )
    if a.endpoint and b.endpoint and a.endpoint.casefold() == b.endpoint.casefold():
        yield from _ends(p, q, a, b)


def _ends(p: Person, q: Person, a: Told, b: Told) -> Iterable[Disagreement]:
    first, second = p.exit * a.day, q.exit * b.day
    two = p.event and q.event and abs(first - second) > _MONTH
    later = (p.event and not q.event and second > first + _MONTH) or (
        q.event and not p.event and first > second + _MONTH
    )
    if two or later:
        words = [
            f"{a.endpoint if x.event else 'free of it'} at {x.exit:g} {told.cohort.time_unit}"
            for x, told in ((p, a), (q, b))
        ]
        yield Disagreement(
            person=p.person, what="end of observation", first=words[0], second=words[1]
        )


def _after_death(a: Told, b: Told, *, swapped: bool) -> Iterable[Disagreement]:
    """Visits of `b` later than a death in `a`."""
    if not a.deadly:
        return
    died = {p.person: p.exit * a.day for p in a.cohort.people if p.event}
    for visit in b.cohort.visits:
        if visit.person in died and visit.time * b.day > died[visit.person] + _MONTH:
            told = (
                f"dead at {died[visit.person] / a.day:g} {a.cohort.time_unit}",
                f"a visit at {visit.time:g} {b.cohort.time_unit}",
            )
            first, second = reversed(told) if swapped else told
            yield Disagreement(
                person=visit.person, what="visit after death", first=first, second=second
            )


def _values(a: Told, b: Told) -> Iterable[Disagreement]:
    other: dict[tuple[str, str], list[tuple[float, Visit]]] = defaultdict(list)
    for visit in b.cohort.visits:
        other[visit.person, (visit.measure or "").casefold()].append((visit.time * b.day, visit))
    for own in other.values():
        own.sort(key=lambda item: item[0])
    for visit in a.cohort.visits:
        listed = other.get((visit.person, (visit.measure or "").casefold()), [])
        time = visit.time * a.day
        begin = bisect_left(listed, time - _HALF_A_DAY, key=lambda item: item[0])
        end = bisect_right(listed, time + _HALF_A_DAY, key=lambda item: item[0])
        same_day = [item for _, item in listed[begin:end]]
        if same_day and all(_differ(visit, item) for item in same_day):
            yield Disagreement(
                person=visit.person,
                what="value on one day",
                first=_shown(visit),
                second=" and ".join(_shown(item) for item in same_day),
            )


def _differ(v: Visit, w: Visit) -> bool:
    factor = 1.0
    if v.unit is not None and w.unit is not None and v.unit != w.unit:
        try:
            factor = conversion(w.unit, v.unit, where="unit")
        except InputError:
            return False  # two units of different things are no two values of one
    low, high = (x * factor for x in w.bounds)
    slack = _PART * max((abs(x) for x in (*v.bounds, low, high) if isfinite(x)), default=0.0)
    return _apart((v.bounds[0] - slack, v.bounds[1]), (low - slack, high))


def _shown(visit: Visit) -> str:
    text = f"{visit.value:g}" if visit.amount is None else str(visit.amount)
    return text if visit.unit is None or visit.unit in text else f"{text} {visit.unit}"


def _apart(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[1] < b[0] or b[1] < a[0]
