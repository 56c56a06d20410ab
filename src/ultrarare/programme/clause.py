"""What a criterion asks of a patient's facts, in three values: true, false, not known.

The tables are Kleene's: what is not known stays so unless the rest decides. Taking a fact away can
therefore turn true or false into not known, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from ultrarare.case.amount import Amount
from ultrarare.case.value import Text, Value

FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Truth(StrEnum):
    """Three values."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Known:
    """A fact as it is known of a patient: its value, and how it was found, in words.

    The value is None where something was found that does not count, such as a judgement that nobody
    signed.
    """

    value: Amount | bool | str | None
    told: str


Facts = Mapping[str, Known]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One clause with its answer.

    Attributes:
        asks: the clause in words.
        truth: its answer.
        found: the fact that it read, in words; None for a clause of clauses.
        why: why it is not known, where more is to be said than that the fact is.
        of: the clauses below.
    """

    asks: str
    truth: Truth
    found: str | None = None
    why: str | None = None
    of: tuple[Step, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "asks": self.asks,
            "truth": self.truth.value,
            "found": self.found,
            "why": self.why,
            "of": [one.to_json() for one in self.of],
        }


class Is(Value):
    """The fact is one of some words."""

    ask: Literal["is"]
    fact: FactName
    allowed: Annotated[tuple[Text, ...], Field(min_length=1)]


class Bound(Value):
    """The fact stands on one side of a number, in the unit that the fact is declared in."""

    ask: Literal["at least", "more than", "at most", "less than"]
    fact: FactName
    bound: float


class Flag(Value):
    """The fact is so, or is not so."""

    ask: Literal["yes", "no"]
    fact: FactName


class Several(Value):
    """All clauses hold, or any."""

    ask: Literal["all", "any"]
    of: Annotated[tuple[Clause, ...], Field(min_length=1)]


class Not(Value):
    """A clause does not hold."""

    ask: Literal["not"]
    of: Clause


class Unsettled(Value):
    """What the source leaves open: where `when` holds the answer is not known; `why` says so."""

    ask: Literal["unsettled"]
    when: Clause
    why: Text
    otherwise: Clause


Clause = Annotated[Is | Bound | Flag | Several | Not | Unsettled, Field(discriminator="ask")]
Several.model_rebuild()
Not.model_rebuild()
Unsettled.model_rebuild()


def names_of(clause: Clause) -> Iterable[tuple[str, type[Value]]]:
    """Each fact that a clause reads, with the kind of clause that reads it."""
    match clause:
        case Several():
            for one in clause.of:
                yield from names_of(one)
        case Not():
            yield from names_of(clause.of)
        case Unsettled():
            yield from names_of(clause.when)
            yield from names_of(clause.otherwise)
        case _:
            yield clause.fact, type(clause)


def ask(clause: Clause, facts: Facts) -> Step:
    """Put a clause to what is known of a patient.

    Args:
        clause: that only reads facts of its kind, as reading the criteria has checked.
        facts: known ones only; what is not there is not known.
    """
    match clause:
        case Several():
            return _several(clause, [ask(one, facts) for one in clause.of])
        case Not():
            inner = ask(clause.of, facts)
            return Step(asks="not", truth=_turned(inner.truth), of=(inner,))
        case Unsettled():
            return _unsettled(clause, facts)
        case _:
            return _leaf(clause, facts.get(clause.fact))


def _several(clause: Several, steps: list[Step]) -> Step:
    truths = {one.truth for one in steps}
    decides = Truth.FALSE if clause.ask == "all" else Truth.TRUE
    if decides in truths:
        truth = decides
    else:
        truth = Truth.UNKNOWN if Truth.UNKNOWN in truths else _turned(decides)
    return Step(asks=f"{clause.ask} of", truth=truth, of=tuple(steps))


def _turned(truth: Truth) -> Truth:
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(truth, Truth.UNKNOWN)


def _unsettled(clause: Unsettled, facts: Facts) -> Step:
    when, otherwise = ask(clause.when, facts), ask(clause.otherwise, facts)
    open_ = when.truth is not Truth.FALSE
    return Step(
        asks="left open where",
        truth=Truth.UNKNOWN if open_ else otherwise.truth,
        why=clause.why if when.truth is Truth.TRUE else None,
        of=(when, otherwise),
    )


def _leaf(clause: Is | Bound | Flag, known: Known | None) -> Step:
    asks = _words(clause)
    if known is None:
        return Step(asks=asks, truth=Truth.UNKNOWN)
    value = known.value
    if isinstance(clause, Bound) and isinstance(value, Amount):
        truth = _beyond(clause, value)
    elif isinstance(clause, Flag) and isinstance(value, bool):
        truth = Truth.TRUE if value is (clause.ask == "yes") else Truth.FALSE
    elif isinstance(clause, Is) and isinstance(value, str):
        truth = Truth.TRUE if value in clause.allowed else Truth.FALSE
    else:  # nothing that counts, or a kind of fact that this clause does not read
        truth = Truth.UNKNOWN
    return Step(asks=asks, truth=truth, found=known.told)


def _words(clause: Is | Bound | Flag) -> str:
    if isinstance(clause, Is):
        return f"{clause.fact} is {' or '.join(clause.allowed)}"
    if isinstance(clause, Bound):
        return f"{clause.fact} is {clause.ask} {clause.bound:g}"
    return clause.fact if clause.ask == "yes" else f"not {clause.fact}"


def _beyond(clause: Bound, value: Amount) -> Truth:
    """`>1000` is at least 400, `>300` may be; `<400` is not at least 400."""
    if clause.ask in ("at least", "less than"):
        truth = _reaches(value, clause.bound)
        return truth if clause.ask == "at least" else _turned(truth)
    truth = _passes(value, clause.bound)
    return truth if clause.ask == "more than" else _turned(truth)


def _reaches(value: Amount, bound: float) -> Truth:
    """Whether the true value is at least `bound`."""
    if value.low is not None and value.low >= bound:
        return Truth.TRUE
    below = value.high is not None and (
        value.high < bound or (value.high == bound and _strict(value, "<"))
    )
    return Truth.FALSE if below else Truth.UNKNOWN


def _passes(value: Amount, bound: float) -> Truth:
    """Whether the true value is more than `bound`."""
    if value.high is not None and value.high <= bound:
        return Truth.FALSE
    above = value.low is not None and (
        value.low > bound or (value.low == bound and _strict(value, ">"))
    )
    return Truth.TRUE if above else Truth.UNKNOWN


def _strict(value: Amount, sign: str) -> bool:
    return value.text.startswith(sign) and not value.text.startswith(f"{sign}=")
