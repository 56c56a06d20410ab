"""What is known of untreated people: persons, visits, happenings and time under observation.

Times are ages, or times since one stated origin, in the cohort's unit. What a source does not say
is None, never a default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ultrarare.case.amount import Amount, Censoring

ENDINGS: Final = (
    "event", "alive", "administrative", "withdrawn", "competing", "lost", "unknown",
)  # fmt: skip
"""How observation ended: the endpoint, seen well, end of the study, own wish, another end that
makes the endpoint impossible, out of sight, stated as not known."""
_SILENT: Final = (None, "lost", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One untreated person's time under observation, in the cohort's unit of time.

    Attributes:
        person: pseudonym.
        entry: when observation began; later than 0 is delayed entry.
        exit: when it ended.
        event: whether the endpoint was seen at `exit`.
        group: any grouping of the source.
        tier: how close the genotype is to the patient's, in the words of `Tier`.
        sex: as the source has it.
        era: calendar time of observation, as the source has it.
        region: where.
        care: standard of care.
        onset: age at onset; a range where only that is known.
        diagnosis: age at diagnosis.
        cause: of the event, or of a competing end.
        ending: how observation ended, see `ENDINGS`; None where the source does not say.
        born: date of birth, or its year, where a record has one; only to tell people apart.
    """

    person: str
    entry: float
    exit: float
    event: bool
    group: str | None = None
    tier: str | None = None
    sex: str | None = None
    era: str | None = None
    region: str | None = None
    care: str | None = None
    onset: Amount | None = None
    diagnosis: Amount | None = None
    cause: str | None = None
    ending: str | None = None
    born: str | None = None

    @property
    def follow_up(self) -> float:
        """Time under observation."""
        return self.exit - self.entry

    @property
    def unexplained(self) -> bool:
        """Taken as censored, while the endpoint may have come unseen: no reason, unknown, lost."""
        return not self.event and self.ending in _SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One measurement of one untreated person.

    Attributes:
        value: the number; for `<9` and `>1000` the limit, for a range its middle. Whoever reads it
            without looking at `censored` takes a limit for a measurement.
        amount: the value as it stands in the file.
        line: in that file; None where it is no table.
    """

    person: str
    time: float
    value: float
    amount: Amount | None = None
    unit: str | None = None
    measure: str | None = None
    assessor: str | None = None
    instrument: str | None = None
    group: str | None = None
    line: int | None = field(default=None, compare=False, repr=False)

    @property
    def censored(self) -> bool:
        """Whether the value is known as a bound or a range only."""
        return self.amount is not None and self.amount.exact is None

    @property
    def censoring(self) -> Censoring:
        """On which side."""
        return Censoring.NONE if self.amount is None else self.amount.censoring

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest the true value can be; infinite on an open side."""
        if self.amount is None:
            return self.value, self.value
        low, high = self.amount.low, self.amount.high
        return (
            float("-inf") if low is None else low,
            float("inf") if high is None else high,
        )


def midpoint(amount: Amount) -> float:
    """A number to place an amount by: itself, its limit, or the middle of its range."""
    if amount.low is None or amount.high is None:
        limit = amount.high if amount.low is None else amount.low
        return float("nan") if limit is None else limit
    return (amount.low + amount.high) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of one person: when it began, what it was, how severe, when it stopped.

    `when` is given where only a range of ages is known; `time` is then its middle, and the event
    counts for no rate. `line` is that of a table, where it stands in one.
    """

    person: str
    time: float
    type: str | None = None
    severity: str | None = None
    stop: float | None = None
    when: Amount | None = None
    line: int | None = field(default=None, compare=False, repr=False)

    @property
    def dated(self) -> bool:
        """Whether its age is known, not a range of ages."""
        return self.when is None or self.when.exact is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRecord:
    """One untreated person's episodes within the spans of time under observation.

    `happenings` are in the order of `times`, and so are `types`, `severities` and `stops`. `line`
    is that of their last span, where it stands in a table.
    """

    person: str
    spans: tuple[tuple[float, float], ...]
    times: tuple[float, ...]
    group: str | None = None
    happenings: tuple[Happening, ...] = ()
    endings: tuple[str | None, ...] = ()
    line: int | None = field(default=None, compare=False, repr=False)

    @property
    def events(self) -> int:
        """How many episodes."""
        return len(self.times)

    @property
    def person_time(self) -> float:
        """In how much time."""
        return sum(stop - start for start, stop in self.spans)

    @property
    def types(self) -> tuple[str | None, ...]:
        """What each episode was; None where the source does not say."""
        return tuple(h.type for h in self.happenings) or (None,) * len(self.times)

    @property
    def severities(self) -> tuple[str | None, ...]:
        """How severe each was."""
        return tuple(h.severity for h in self.happenings) or (None,) * len(self.times)

    @property
    def stops(self) -> tuple[float | None, ...]:
        """When each ended."""
        return tuple(h.stop for h in self.happenings) or (None,) * len(self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Untreated people as far as one source knows them.

    Attributes:
        source: what kind of source: tables, phenopackets, FHIR.
        time_unit: UCUM code of every time in it.
        people: persons with time under observation.
        visits: measurements, of one measure or of several.
        happenings: dated events.
        spans: person to the spans under observation; where a source has none, entry to exit.
        lines: person to the line of their last span, where the spans are of a table.
        notes: what was left out or assumed on reading, in sentences.
        counts: how often, by a short name, for a program.
    """

    source: str
    time_unit: str
    people: tuple[Person, ...] = ()
    visits: tuple[Visit, ...] = ()
    happenings: tuple[Happening, ...] = ()
    spans: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    notes: tuple[str, ...] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def persons(self) -> tuple[str, ...]:
        """Everybody who stands anywhere in it, in order of name."""
        names = {p.person for p in self.people} | {v.person for v in self.visits}
        return tuple(sorted(names | {h.person for h in self.happenings} | set(self.spans)))

    @property
    def measures(self) -> tuple[str, ...]:
        """The named measures among the visits."""
        return tuple(sorted({v.measure for v in self.visits if v.measure is not None}))

    def visits_of(self, measure: str | None) -> tuple[Visit, ...]:
        """The visits of one measure; all of them where `measure` is None."""
        if measure is None:
            return self.visits
        return tuple(visit for visit in self.visits if visit.measure == measure)

    def episodes_of(self, kind: str | None) -> tuple[EpisodeRecord, ...]:
        """Episodes of one type, person by person, within the time under observation.

        A person without one counts as none over their time; what happened outside the observed
        spans does not count.
        """
        spans = dict(self.spans) or {p.person: ((p.entry, p.exit),) for p in self.people}
        groups = {p.person: p.group for p in self.people}
        wanted = [h for h in self.happenings if h.dated and (kind is None or h.type == kind)]
        return episode_records(spans, wanted, groups)


def episode_records(
    spans: Mapping[str, tuple[tuple[float, float], ...]],
    happenings: Iterable[Happening],
    groups: Mapping[str, str | None],
    endings: Mapping[str, tuple[str | None, ...]] | None = None,
) -> tuple[EpisodeRecord, ...]:
    """One record a person that has spans, in order of name; linear in people and events."""
    found: dict[str, list[Happening]] = {person: [] for person in spans}
    for item in happenings:
        if item.person in found and inside(item.time, spans[item.person]):
            found[item.person].append(item)
    records = []
    for person in sorted(spans):
        own = tuple(sorted(found[person], key=lambda h: h.time))
        records.append(
            EpisodeRecord(
                person=person,
                spans=spans[person],
                times=tuple(h.time for h in own),
                group=groups.get(person),
                happenings=own,
                endings=() if endings is None else endings.get(person, ()),
            )
        )
    return tuple(records)


def inside(time: float, spans: Iterable[tuple[float, float]]) -> bool:
    """Whether a time lies within one of the spans, their edges among them."""
    return any(start <= time <= stop for start, stop in spans)
