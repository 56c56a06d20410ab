"""Who was under observation when, and when they had events; cut into rows at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import (
    Counts,
    Flags,
    Floats,
    count_vector,
    finite_vector,
    flag_vector,
    freeze,
    same_length,
)
from ultrarare.stats.compiled import compiled

_GRID: Final = 2.0**-40
"""Times that differ by less than this share of the longest one are the same time."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Records:
    """People, their spans under observation, their events.

    Spans are in order of person and time and touch nobody else's; touching spans of one person
    are joined. Each event lies in a span (start, stop] of its person.
    """

    treated: Flags  # (people,)
    span_person: Counts  # (spans,)
    span_start: Floats
    span_stop: Floats
    event_person: Counts  # (events,)
    event_time: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n_people(self) -> int:
        """How many people."""
        return int(self.treated.size)

    @property
    def counts(self) -> Counts:
        """(people,) events of each person."""
        return np.bincount(self.event_person, minlength=self.n_people).astype(np.int64)

    @property
    def person_time(self) -> Floats:
        """(people,) time under observation of each person."""
        length = self.span_stop - self.span_start
        total = np.bincount(self.span_person, length, minlength=self.n_people)
        return np.asarray(total, dtype=np.float64)

    @property
    def has_gaps(self) -> bool:
        """Whether somebody was out of observation for a while."""
        return self.span_person.size > self.n_people

    def relabelled(self, treated: Flags) -> Records:
        """The same people with other group labels."""
        return Records(
            treated=treated,
            span_person=self.span_person,
            span_start=self.span_start,
            span_stop=self.span_stop,
            event_person=self.event_person,
            event_time=self.event_time,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """Rows at risk: person, (start, stop], whether an event ends the row, and which one.

    `number` is 1 until the person's first event, 2 until the second, and so on; `origin` is the
    time of the event before, or of first observation.
    """

    person: Counts
    start: Floats
    stop: Floats
    event: Flags
    number: Counts
    origin: Floats


def records(
    span_person: ArrayLike,
    span_start: ArrayLike,
    span_stop: ArrayLike,
    event_person: ArrayLike,
    event_time: ArrayLike,
    *,
    treated: ArrayLike,
) -> Records:
    """Check and sort people's spans and events.

    Args:
        span_person: (spans,) index of the person, 0 to people - 1; everyone has a span.
        span_start: (spans,) start of observation; not itself under observation.
        span_stop: (spans,) end of observation, after `span_start`; under observation.
        event_person: (events,) index of the person; may be empty.
        event_time: (events,) when.
        treated: (people,) whether the person is in the treated group.

    Raises:
        InputError: unequal lengths, a person without a span, overlapping or backward spans, an
            event outside its person's spans, or two events of a person at one time.
    """
    flags = flag_vector(treated, "treated")
    who, start, stop = _spans(span_person, span_start, span_stop, flags.size)
    whose, when = _events(event_person, event_time, flags.size)
    start, stop, when = np.split(
        same_times(np.concatenate((start, stop, when))), (start.size, 2 * start.size)
    )
    who, start, stop = _joined(who, start, stop)
    order = np.lexsort((when, whose))
    whose, when = whose[order], when[order]
    _require_distinct(whose, when)
    _require_observed(who, start, stop, whose, when)
    return Records(
        treated=flags,
        span_person=who,
        span_start=start,
        span_stop=stop,
        event_person=whose,
        event_time=when,
    )


def rows_at_risk(found: Records) -> Rows:
    """Spans cut at each event, in order of person and time."""
    cut = _cut(
        found.n_people,
        found.span_person,
        found.span_start,
        found.span_stop,
        found.event_person,
        found.event_time,
    )
    person, start, stop, event, number, origin = cut
    return Rows(
        person=person,
        start=start,
        stop=stop,
        event=event.astype(np.bool_),
        number=number,
        origin=origin,
    )


def same_times(values: Floats) -> Floats:
    """The values, those that differ by no more than rounding set to the smallest of them."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    limit = float(np.abs(values).max()) * _GRID
    new = np.concatenate(([True], np.diff(ordered) > limit))
    out = np.empty_like(values)
    out[order] = ordered[np.flatnonzero(new)[np.cumsum(new) - 1]]
    return out


def _spans(
    person: ArrayLike, start: ArrayLike, stop: ArrayLike, people: int
) -> tuple[Counts, Floats, Floats]:
    who = count_vector(person, "span_person")
    begin, end = finite_vector(start, "span_start"), finite_vector(stop, "span_stop")
    same_length(span_person=who, span_start=begin, span_stop=end)
    if (bad := np.flatnonzero(end <= begin)).size:
        text = f"{end[bad[0]]:g} is not after the start {begin[bad[0]]:g}"
        raise InputError(text, where=f"span_stop[{bad[0]}]")
    if who.max() >= people:
        raise InputError(f"person {who.max()} of {people}", where="span_person")
    if (missing := np.flatnonzero(np.bincount(who, minlength=people) == 0)).size:
        raise InputError(f"person {missing[0]} was never under observation", where="span_person")
    order = np.lexsort((begin, who))
    return who[order], begin[order], end[order]


def _events(person: ArrayLike, time: ArrayLike, people: int) -> tuple[Counts, Floats]:
    if np.size(person) == 0 and np.size(time) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    whose, when = count_vector(person, "event_person"), finite_vector(time, "event_time")
    same_length(event_person=whose, event_time=when)
    if whose.max() >= people:
        raise InputError(f"person {whose.max()} of {people}", where="event_person")
    return whose, when


def _joined(who: Counts, start: Floats, stop: Floats) -> tuple[Counts, Floats, Floats]:
    """Touching spans of a person as one; overlapping ones are an error."""
    same = who[1:] == who[:-1]
    if (bad := np.flatnonzero(same & (start[1:] < stop[:-1]))).size:
        first = bad[0]
        raise InputError(
            f"person {who[first]} has two spans that overlap at {start[first + 1]:g}",
            where="span_start",
            remedy="Join them: nobody is observed twice at one time.",
        )
    touching = same & (start[1:] == stop[:-1])
    first_of = np.concatenate(([True], ~touching))
    last_of = np.concatenate((~touching, [True]))
    return who[first_of], start[first_of], stop[last_of]


def _require_distinct(whose: Counts, when: Floats) -> None:
    twice = np.flatnonzero((whose[1:] == whose[:-1]) & (when[1:] == when[:-1]))
    if twice.size:
        first = twice[0]
        raise InputError(
            f"person {whose[first]} has two events at {when[first]:g}; allowed is one at a time",
            where="event_time",
            remedy="Count what happened at once as one event, or give each its own time.",
        )


def _require_observed(
    who: Counts, start: Floats, stop: Floats, whose: Counts, when: Floats
) -> None:
    if when.size == 0:
        return
    span = _last_span_before(who, start, whose, when)
    inside = (span >= 0) & (who[span] == whose) & (when <= stop[span])
    if (bad := np.flatnonzero(~inside)).size:
        first = bad[0]
        raise InputError(
            f"the event of person {whose[first]} at {when[first]:g} lies outside the spans "
            "(start, stop] under observation",
            where="event_time",
        )


def _last_span_before(who: Counts, start: Floats, whose: Counts, when: Floats) -> Counts:
    """Index of the last span in order of person and start that begins before each event; or -1."""
    person = np.concatenate((who, whose))
    time = np.concatenate((start, when))
    is_span = np.concatenate((np.ones(who.size), np.zeros(whose.size)))
    order = np.lexsort((is_span, time, person))  # an event comes before a span that starts then
    so_far = np.cumsum(is_span[order]).astype(np.int64) - 1
    out = np.empty(order.size, np.int64)
    out[order] = so_far
    return out[who.size :]


@compiled
def _cut(
    people: int,
    span_person: Counts,
    span_start: Floats,
    span_stop: Floats,
    event_person: Counts,
    event_time: Floats,
) -> tuple[Counts, Floats, Floats, Counts, Counts, Floats]:
    most = span_person.size + event_person.size
    person, number = np.empty(most, np.int64), np.empty(most, np.int64)
    event = np.zeros(most, np.int64)
    start, stop, origin = np.empty(most), np.empty(most), np.empty(most)
    seen = np.zeros(people, np.int64)
    last = np.empty(people)
    rows = 0
    e = 0
    for s in range(span_person.size):
        p = span_person[s]
        if s == 0 or span_person[s - 1] != p:
            last[p] = span_start[s]
        now = span_start[s]
        while e < event_person.size and event_person[e] == p and event_time[e] <= span_stop[s]:
            person[rows], start[rows], stop[rows] = p, now, event_time[e]
            event[rows], number[rows], origin[rows] = 1, seen[p] + 1, last[p]
            now = event_time[e]
            last[p] = now
            seen[p] += 1
            rows += 1
            e += 1
        if now < span_stop[s]:
            person[rows], start[rows], stop[rows] = p, now, span_stop[s]
            event[rows], number[rows], origin[rows] = 0, seen[p] + 1, last[p]
            rows += 1
    return (
        person[:rows],
        start[:rows],
        stop[:rows],
        event[:rows],
        number[:rows],
        origin[:rows],
    )
