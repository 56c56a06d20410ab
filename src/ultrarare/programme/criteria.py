"""Criteria of eligibility as data, versioned, with the estimand and the control they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.value import Id, Place, Text, Unit, Value, repeated_ids
from ultrarare.programme.clause import Bound, Clause, FactName, Flag, Is, names_of

_READS = {"number": Bound, "flag": Flag, "text": Is}


class FactKind(Value):
    """What is to be known of a patient.

    Attributes:
        type: number, flag or text.
        about: what it is.
        unit: UCUM, of a number.
        allowed: the words that a text may be; any where left out.
        by_person: whether it is a judgement, which counts only with who made it and when.
    """

    type: Literal["number", "flag", "text"]
    about: Text
    unit: Unit | None = None
    allowed: tuple[Text, ...] = ()
    by_person: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.type == "number") != (self.unit is not None):
            raise ValueError("a number has a unit (1 for none), and nothing else has one")
        if self.allowed and self.type != "text":
            raise ValueError(f"found allowed words of a {self.type}; a text has them")
        return self


class Criterion(Value):
    """One criterion.

    Attributes:
        id: as the protocol numbers it.
        kind: an inclusion is met where its clause is true, an exclusion where it is false.
        text: what it asks, in our words.
        clause: over the patient's facts.
        exceptions: whether one may be granted.
        source: where it is written.
        tag: how well its wording is known.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,15}$")]
    kind: Literal["inclusion", "exclusion"]
    text: Text
    clause: Clause
    exceptions: Literal["never", "allowed"] = "never"
    source: Text | None = None
    tag: Text | None = None


class Estimand(Value):
    """The five attributes of an estimand, after ICH E9(R1)."""

    population: Text
    treatment: Text
    variable: Text
    intercurrent_events: Text
    summary: Text


class Control(Value):
    """What the treated are compared with."""

    kind: Text
    people: Text
    source: Text | None = None


class Amends(Value):
    """Which version this one amends, why, by whom and when."""

    version: Annotated[int, Field(ge=1)]
    reason: Text
    by: Text
    on: date


class Criteria(Value):
    """What an eligibility file holds.

    Attributes:
        id: of the protocol's criteria, the same in all versions.
        title: of the protocol.
        version: from 1.
        date: of the version.
        data: whether the criteria are a protocol's, a registry's or made.
        notes: what a reader must know.
        amends: left out in version 1.
        estimand: null where it is not known.
        control: null where it is not known.
        facts: what is to be known of a patient.
        criteria: one or more.
    """

    schema_: Literal["ultrarare/eligibility/1"] = Field(alias="schema")
    id: Id
    title: Text
    version: Annotated[int, Field(ge=1)]
    date: date
    data: Literal["protocol", "published", "made"]
    notes: tuple[Text, ...] = ()
    amends: Amends | None = None
    estimand: Estimand | None = None
    control: Control | None = None
    facts: Annotated[dict[FactName, FactKind], Field(min_length=1)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    def dangling(self) -> Iterable[Place]:
        """Each place where a criterion reads what is not declared, or reads it the wrong way."""
        yield from repeated_ids("criteria", self.criteria)
        for i, criterion in enumerate(self.criteria):
            place = ("criteria", i, "clause")
            for name, reader in names_of(criterion.clause):
                kind = self.facts.get(name)
                if kind is None:
                    allowed = ", ".join(self.facts)
                    yield place, f"reads {name!r}, which is no declared fact; there are: {allowed}"
                elif _READS[kind.type] is not reader:
                    yield place, f"reads {name!r} as if it were no {kind.type}"
            yield from self._words(place, criterion.clause)

    def _words(self, place: tuple[str | int, ...], clause: Clause) -> Iterable[Place]:
        for one in _leaves(clause):
            kind = self.facts.get(one.fact)
            if kind is None or not kind.allowed:
                continue
            for word in one.allowed:
                if word not in kind.allowed:
                    allowed = ", ".join(kind.allowed)
                    yield place, f"asks for {word!r}; {one.fact} is one of: {allowed}"


def _leaves(clause: Clause) -> Iterable[Is]:
    if isinstance(clause, Is):
        yield clause
    inner = getattr(clause, "of", None)
    parts = inner if isinstance(inner, tuple) else (inner,)
    for part in (*parts, getattr(clause, "when", None), getattr(clause, "otherwise", None)):
        if part is not None:
            yield from _leaves(part)
