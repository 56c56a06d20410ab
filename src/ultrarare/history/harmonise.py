"""From the records of single people to one cohort: units made one, doubles found, notes written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ultrarare.case.amount import Amount
from ultrarare.case.unit import conversion, why_not_ucum
from ultrarare.errors import InputError, InputErrors, Problem
from ultrarare.history.ages import AgeRange
from ultrarare.history.records import Cohort, Happening, Person, Visit, midpoint
from ultrarare.words import filled

Entry = Literal["birth", "first record"]
_HALF_A_DAY = 0.5
_YEAR_AND_DAY = 367.0  # a calendar year of birth or of death, no more


@dataclass(slots=True, kw_only=True)
class Draft:
    """One person while their record is read; ages in days."""

    person: str
    where: str
    sex: str | None = None
    born: str | None = None
    onset: AgeRange | None = None
    diagnosis: AgeRange | None = None
    last_seen: AgeRange | None = None
    died: AgeRange | None = None
    dead: bool = False
    alive: bool = False
    cause: str | None = None
    visits: list[tuple[str, AgeRange, Amount, str | None]] = field(default_factory=list)
    events: list[tuple[str, AgeRange, str | None, AgeRange | None]] = field(default_factory=list)
    seen: list[AgeRange] = field(default_factory=list)

    def observed(self) -> list[AgeRange]:
        """Ages at which somebody saw the person, known to a month.

        An onset told later is a history and no observation; it counts where there is nothing else.
        """
        seen = [*self.seen, *(age for _, age, _, _ in self.visits)]
        return [age for age in seen if age.known] or self.records()

    def records(self) -> list[AgeRange]:
        """Every age at which the person was seen, known to a month."""
        found = [*self.seen, *(age for _, age, _, _ in self.visits)]
        found += [age for _, age, _, _ in self.events]
        return [age for age in found if age.known]


def make_cohort(
    drafts: Sequence[Draft],
    *,
    source: str,
    time_unit: str,
    entry: Entry,
    said: Counter[str],
    name: str,
) -> Cohort:
    """Join what was read.

    Args:
        drafts: one for each person.
        source: kind of source.
        time_unit: UCUM code of the cohort's times.
        entry: when observation is taken to begin.
        said: sentences with `{n}`, and how often each holds; added to.
        name: how problems name the source.

    Raises:
        InputErrors: a person twice, units of one measure that do not convert, two values of one
            measure at one moment.
    """
    per_day = conversion("d", time_unit, where="time unit")
    problems = list(_repeated(drafts))
    problems += [problem for draft in drafts for problem in _after_death(draft)]
    people = [p for d in drafts if (p := _person(d, per_day, entry, said)) is not None]
    visits = [visit for draft in drafts for visit in _visits(draft, per_day, said)]
    places = {draft.person: draft.where for draft in drafts}
    visits, more = _one_unit(visits, places, said)
    kept, again = _no_doubles(visits, places, said)
    if problems := [*problems, *more, *again]:
        raise InputErrors(problems, where=name)
    if entry == "birth" and people:
        said[
            "Observation is taken to begin at birth: who died before they could be recorded is not "
            "among the {n} people, so survival reads too long."
        ] += len(people)
    happenings = [item for draft in drafts for item in _happenings(draft, per_day, said)]
    return Cohort(
        source=source,
        time_unit=time_unit,
        people=tuple(sorted(people, key=lambda p: p.person)),
        visits=tuple(kept),
        happenings=tuple(happenings),
        notes=tuple(filled(text, n) for text, n in sorted(said.items())),
        counts=dict(sorted(said.items())),
    )


def joined(
    drafts: Sequence[Draft],
    problems: Sequence[Problem],
    *,
    source: str,
    time_unit: str,
    entry: Entry,
    said: Counter[str],
    name: str,
) -> Cohort:
    """`make_cohort`, its problems told together with those of reading.

    Raises:
        InputErrors: any problem of either.
    """
    found = list(problems)
    try:
        cohort = make_cohort(
            drafts, source=source, time_unit=time_unit, entry=entry, said=said, name=name
        )
    except InputErrors as error:
        found += error.problems
    if found:
        raise InputErrors(tuple(dict.fromkeys(found)), where=name)
    return cohort


def _repeated(drafts: Sequence[Draft]) -> Iterable[Problem]:
    places: dict[str, list[str]] = defaultdict(list)
    for draft in drafts:
        places[draft.person].append(draft.where)
    for draft in drafts:
        others = [place for place in places[draft.person] if place != draft.where]
        if others:
            text = f"person {draft.person!r} stands in another record too: {others[0]}"
            yield Problem(draft.where, text, "keep one of them, or give each a pseudonym")


def _after_death(draft: Draft) -> Iterable[Problem]:
    died = draft.died
    if died is None or died.high is None:
        return
    late = [age.low for age in draft.records() if age.low > died.high]
    if late:
        yield Problem(
            draft.where,
            f"person {draft.person!r} has a record {max(late) - died.high:.0f} days after death",
            "correct one of the two",
        )
    if draft.onset is not None and draft.onset.low > died.high:
        yield Problem(
            draft.where,
            f"person {draft.person!r} has an onset {draft.onset.low - died.high:.0f} days after "
            "death",
            "correct one of the two",
        )


def _person(draft: Draft, per_day: float, entry: Entry, said: Counter[str]) -> Person | None:
    end, ending = _end(draft, said)
    if end is None:
        said["{n} people have no age at which they were last seen, and no time at risk."] += 1
        return None
    if end <= 0:
        said["{n} people were last seen on the day of birth; it counts as half a day."] += 1
        end = _HALF_A_DAY
    begin = 0.0
    if entry == "first record":
        begin = min((age.middle for age in draft.observed()), default=0.0)
        if begin >= end:
            said["{n} people were seen at one time only, and have no time at risk."] += 1
            return None
    return Person(
        person=draft.person,
        entry=begin * per_day,
        exit=end * per_day,
        event=ending == "event",
        sex=draft.sex,
        onset=None if draft.onset is None else draft.onset.amount(per_day),
        diagnosis=None if draft.diagnosis is None else draft.diagnosis.amount(per_day),
        cause=draft.cause,
        ending=ending,
        born=draft.born,
    )


def _end(draft: Draft, said: Counter[str]) -> tuple[float | None, str]:
    """Age in days at the end of observation, and how it ended."""
    died = draft.died
    if died is not None and died.high is not None and died.high - died.low <= _YEAR_AND_DAY:
        if not died.known:
            said["Of {n} people the age at death is known to a year; its middle is taken."] += 1
        return died.middle, "event"
    ages = [age.middle for age in draft.records()]
    if draft.last_seen is not None:
        ages.append(draft.last_seen.low)
        if not draft.last_seen.known:
            said[
                "Of {n} people the age when last seen is a range; the lower end is taken, up to "
                "which they were surely under observation."
            ] += 1
    last = max(ages, default=None)
    if draft.dead:
        said[
            "{n} people died at an age that is not stated; they are taken as censored when last "
            "seen, which makes survival read too long."
        ] += 1
        return last, "unknown"
    if draft.alive:
        return last, "alive"
    said[
        "Of {n} people it is not stated whether they live; they are taken as censored when last "
        "seen, not as alive."
    ] += 1
    return last, "unknown"


def _visits(draft: Draft, per_day: float, said: Counter[str]) -> Iterable[Visit]:
    for measure, age, amount, unit in draft.visits:
        if not age.known:
            said["{n} measurements have no age to within a month, and are left out."] += 1
            continue
        if unit is None or why_not_ucum(unit) is not None:
            said["{n} measurements have no UCUM unit, and are left out."] += 1
            continue
        yield Visit(
            person=draft.person,
            time=age.middle * per_day,
            value=midpoint(amount),
            amount=amount,
            unit=unit,
            measure=measure,
        )


def _happenings(draft: Draft, per_day: float, said: Counter[str]) -> Iterable[Happening]:
    for kind, age, severity, stop in draft.events:
        if not age.known:
            said["Of {n} events only a range of ages is known; they count for no rate."] += 1
        yield Happening(
            person=draft.person,
            time=age.middle * per_day,
            type=kind,
            severity=severity,
            stop=stop.middle * per_day if stop is not None and stop.known else None,
            when=None if age.known else age.amount(per_day),
        )


def _one_unit(
    visits: list[Visit], places: Mapping[str, str], said: Counter[str]
) -> tuple[list[Visit], list[Problem]]:
    """Every measure in its most frequent unit."""
    units: dict[str | None, Counter[str]] = defaultdict(Counter)
    for visit in visits:
        if visit.unit is not None:
            units[visit.measure][visit.unit] += 1
    target = {
        measure: min(count.items(), key=lambda item: (-item[1], item[0]))[0]
        for measure, count in units.items()
    }
    out, problems = [], []
    for visit in visits:
        wanted = target.get(visit.measure)
        if wanted is None or visit.unit is None or visit.unit == wanted:
            out.append(visit)
            continue
        try:
            where = f"{places[visit.person]} {visit.measure}"
            factor = conversion(visit.unit, wanted, where=where)
        except InputError as error:
            problems.append(
                Problem(error.where, f"two units for one measure: {error.problem}", error.remedy)
            )
            continue
        said["{n} measurements were converted to the unit that is usual for their measure."] += 1
        out.append(in_unit(visit, factor, wanted))
    return out, list(dict.fromkeys(problems))


def in_unit(visit: Visit, factor: float, unit: str) -> Visit:
    """The same visit in another unit, its bounds with it."""
    found = visit.amount or Amount(visit.value, visit.value, f"{visit.value:g}")
    low, high = (None if x is None else x * factor for x in (found.low, found.high))
    amount = Amount(low, high, f"{found.text} {visit.unit}")
    return replace(visit, amount=amount, value=visit.value * factor, unit=unit)


def _no_doubles(
    visits: Sequence[Visit], places: Mapping[str, str], said: Counter[str]
) -> tuple[list[Visit], list[Problem]]:
    first: dict[tuple[str, str | None, float], Visit] = {}
    problems = []
    for visit in visits:
        key = (visit.person, visit.measure, visit.time)
        before = first.setdefault(key, visit)
        if before is visit:
            continue
        if before.bounds == visit.bounds:
            said["{n} measurements stand twice, and count once."] += 1
            continue
        problems.append(
            Problem(
                f"{places[visit.person]} {visit.measure}",
                f"person {visit.person!r} has two values at time {visit.time:g}: {before.amount} "
                f"and {visit.amount}; allowed is one",
                "keep one of them, or give each its own time of day",
            )
        )
    return list(first.values()), problems
