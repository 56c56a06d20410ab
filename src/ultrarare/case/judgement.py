"""What people decide on a case: judgements, their reviews and revocations, advice of an agency.

`judgements.yaml` is a log: entries are added and none is changed. A judgement is reviewed by a
second person and may be revoked; each of these is an entry of its own with name, day and reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ultrarare.case.value import FilePath, Id, Place, Text, Value, repeated_ids

VerdictWord = Literal[
    "supported",
    "partly supported",
    "contradicted",
    "missing",
    "not yet due",
    "not applicable",
    "needs judgement",
]

_NOBODY = frozenset(
    "anonymous anyone nobody none n/a na no-one noone somebody someone tbd unknown".split()
) | {"no one", "to be decided"}


def _person(text: str) -> str:
    name = " ".join(text.split())
    if not name or name.casefold().strip(".-") in _NOBODY or name.startswith("<"):
        raise ValueError(f"found {text!r}, which names nobody; allowed is a name and a role")
    return name


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"found {text!r}; allowed is a day such as 2026-03-01")
    return text


Person = Annotated[Text, AfterValidator(_person)]
Day = Annotated[str, AfterValidator(_day)]
Basis = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
NO_INTERESTS = "none"


class Judgement(Value):
    """Who decided what on which requirement, when and why; interests are stated, never assumed.

    Attributes:
        id: needed where somebody reviews, revokes or signs it.
        guidance: id of the pack.
        requirement: id of its row.
        verdict: what the person holds; it stands beside the computed verdict.
        by: name and role.
        on: day.
        reason: why.
        interests: `none`, or what the person has at stake.
        basis: digest of what was judged, as `ultrarare judgement show` prints it; with it, a
            judgement whose ground has changed since is seen to be stale.
    """

    id: Id | None = None
    guidance: Text
    requirement: Text
    verdict: VerdictWord
    by: Person
    on: Day
    reason: Text
    interests: Text
    basis: Basis | None = None


class Review(Value):
    """What a second person holds of a judgement."""

    judgement: Id
    by: Person
    on: Day
    outcome: Literal["agrees", "disagrees"]
    reason: Text
    interests: Text


class Revocation(Value):
    """A judgement taken back; it stays in the log."""

    judgement: Id
    by: Person
    on: Day
    reason: Text


class Advice(Value):
    """What an agency advised on one row for this case: an entry of the decision log.

    Attributes:
        id: of the entry.
        guidance: id of the pack whose row it is on.
        requirement: id of the row.
        agency: which agency and office.
        on: day of the advice.
        meeting: what kind of meeting or letter it was given in.
        effect: `confirms` leaves the row as it is; `waives` says it is not asked of this case;
            `replaces` puts `asks` in its place.
        advice: what was advised, in our words.
        asks: what is asked in place of the row; needed with `replaces` and only there.
        source: where it is written, with a locator.
        file: the minutes or letter, in the case folder.
        recorded_by: who wrote the entry.
        supersedes: id of an earlier entry on the same row that this one takes the place of.
    """

    id: Id
    guidance: Text
    requirement: Text
    agency: Text
    on: Day
    meeting: Text
    effect: Literal["confirms", "waives", "replaces"]
    advice: Text
    asks: Text | None = None
    source: Text
    file: FilePath | None = None
    recorded_by: Person
    supersedes: Id | None = None


class Judgements(Value):
    """What `judgements.yaml` holds."""

    schema_: Literal["ultrarare/judgements/1"] = Field(alias="schema")
    judgements: tuple[Judgement, ...] = ()
    reviews: tuple[Review, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    advice: tuple[Advice, ...] = ()

    @classmethod
    def empty(cls) -> Judgements:
        """A log without entries."""
        return cls(schema="ultrarare/judgements/1")

    def in_force(self) -> tuple[Advice, ...]:
        """The advice that no later entry takes the place of."""
        gone = {entry.supersedes for entry in self.advice}
        return tuple(entry for entry in self.advice if entry.id not in gone)

    def dangling(self, known: frozenset[str] = frozenset()) -> Iterable[Place]:
        """What is wrong between entries, as (path, text).

        Args:
            known: ids that may be named although their entries could not be read.
        """
        yield from _repeated(self.judgements)
        yield from repeated_ids("advice", self.advice)
        by_id: dict[str | None, Judgement] = {
            one.id: one for one in self.judgements if one.id is not None
        }
        seen: Counter[tuple[str, str]] = Counter()
        for index, review in enumerate(self.reviews):
            at = ("reviews", index)
            yield from _named(at, review.judgement, review.on, by_id, known)
            judgement = by_id.get(review.judgement)
            if judgement is not None and same_person(judgement.by, review.by):
                yield (*at, "by"), f"{review.by} made the judgement; a review is a second person's"
            seen[review.judgement, _key(review.by)] += 1
            if seen[review.judgement, _key(review.by)] > 1:
                yield (*at, "by"), f"{review.by} has reviewed {review.judgement} already"
        for index, item in enumerate(self.revocations):
            yield from _named(("revocations", index), item.judgement, item.on, by_id, known)
        yield from self._advice(known)

    def _advice(self, known: frozenset[str]) -> Iterable[Place]:
        by_id = {entry.id: entry for entry in self.advice}
        rows = Counter((entry.guidance, entry.requirement) for entry in self.in_force())
        for index, entry in enumerate(self.advice):
            at = ("advice", index)
            if (entry.asks is not None) != (entry.effect == "replaces"):
                yield (
                    (*at, "asks"),
                    "is needed where the effect is `replaces`, and allowed only there",
                )
            earlier = by_id.get(entry.supersedes or "")
            if entry.supersedes is not None and entry.supersedes not in known:
                yield from _superseded(at, entry, earlier)
            if rows[entry.guidance, entry.requirement] > 1 and entry in self.in_force():
                yield (
                    (*at, "requirement"),
                    f"more than one advice is in force on {entry.requirement} of {entry.guidance}; "
                    "say with `supersedes` which takes the place of which",
                )


def _repeated(judgements: Iterable[Judgement]) -> Iterable[Place]:
    """Ids that stand twice; a judgement may have none."""
    entries = tuple(judgements)
    counts = Counter(one.id for one in entries)
    for index, one in enumerate(entries):
        if one.id is not None and counts[one.id] > 1:
            yield ("judgements", index, "id"), f"id {one.id!r} stands {counts[one.id]} times"


def _superseded(
    at: tuple[str | int, ...], entry: Advice, earlier: Advice | None
) -> Iterable[Place]:
    if earlier is None or earlier.id == entry.id:
        yield (*at, "supersedes"), f"names {entry.supersedes!r}; allowed is the id of another entry"
    elif (earlier.guidance, earlier.requirement) != (entry.guidance, entry.requirement):
        yield (*at, "supersedes"), f"{earlier.id} is on {earlier.requirement}, another row"
    elif earlier.on > entry.on:
        yield (*at, "on"), f"is before {earlier.on}, the day of {earlier.id}, which it supersedes"


def same_person(one: str, other: str) -> bool:
    """Whether two signatures name one person: case, spaces and the role after a comma aside."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return " ".join(name.partition(",")[0].split()).casefold()


def _named(
    at: tuple[str | int, ...],
    judgement: str,
    day: str,
    by_id: Mapping[str | None, Judgement],
    known: frozenset[str],
) -> Iterable[Place]:
    found = by_id.get(judgement)
    if found is None:
        if judgement not in known:
            ids = ", ".join(sorted(str(name) for name in by_id)) or "none has an id"
            yield (*at, "judgement"), f"names {judgement!r}; judgements with an id are: {ids}"
    elif day < found.on:
        yield (*at, "on"), f"found {day}, before the judgement itself ({found.on})"
