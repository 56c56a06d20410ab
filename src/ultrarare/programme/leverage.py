"""Whether a record may serve a new product: what it rests on, whose it is, how fine, what consent.

Every reason against is given, not the first. What is not known is a reason against.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ultrarare.programme.consent import IntendedUse, consent_allows
from ultrarare.programme.dependence import Attribute, Dependence, Factor
from ultrarare.programme.difference import Difference, Sameness, worst
from ultrarare.programme.programme import Programme, ProgrammeProduct
from ultrarare.programme.record import Argument, Record, Use

FINE_ENOUGH = ("individual data", "full report")


class Need(StrEnum):
    """What an attribute asks for, least first."""

    CARRY = "carry over"
    ARGUE = "argue"
    BRIDGE = "bridge"
    JUDGE = "people judge"
    SETTLE = "settle what is unknown"
    NEW = "new evidence"


class Answer(StrEnum):
    """What a record is to the new product."""

    OWN = "own evidence"
    LEVERAGED = "may be leveraged"
    BRIDGING = "bridging needed"
    ARGUMENT = "argument needed"
    JUDGED = "needs judgement"
    NOT = "not leveraged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """One record held against one attribute of the new product.

    Attributes:
        record: the record.
        answer: what it is to the new product.
        reasons: every reason against, sentences without a full stop.
        right: by what right it is used, in words.
        likeness: why it holds: what is identical, or the written argument.
        differences: what differs between what it rests on and the new product, of what matters.
        bridging: what bridges are on file.
        conditions: on which its consent allows the use.
    """

    record: Record
    answer: Answer
    reasons: tuple[str, ...]
    right: str
    likeness: str | None
    differences: tuple[Difference, ...]
    bridging: tuple[str, ...]
    conditions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "record": self.record.id,
            "title": self.record.title,
            "answer": self.answer.value,
            "reasons": list(self.reasons),
            "holder": self.record.holder,
            "right_of_reference": self.right,
            "granularity": self.record.granularity,
            "likeness": self.likeness,
            "differences": [one.to_json() for one in self.differences],
            "bridging": list(self.bridging),
            "conditions": list(self.conditions),
            "source": self.record.source,
        }


def cells_of(attribute: Attribute, found: Mapping[Factor, Difference]) -> list[Dependence]:
    """The cells of an attribute that a product of this modality has."""
    return [cell for cell in attribute.depends if cell.on in found]


def need_of(attribute: Attribute, found: Mapping[Factor, Difference]) -> Need:
    """What the attribute asks for, given what differs.

    Args:
        attribute: row of the table.
        found: thing to difference.
    """
    for factor in attribute.always_new:
        status = found[factor].status if factor in found else Sameness.IDENTICAL
        if status is not Sameness.IDENTICAL:
            return Need.SETTLE if status is Sameness.UNKNOWN else Need.NEW
    cells = cells_of(attribute, found)
    changed = [cell for cell in cells if found[cell.on].status is Sameness.CHANGED]
    if any(cell.if_changed == "new" for cell in changed):
        return Need.NEW
    rest = worst(found[cell.on].status for cell in cells if cell not in changed)
    if rest is Sameness.UNKNOWN:
        return Need.SETTLE
    if any(cell.if_changed == "judge" for cell in changed):
        return Need.JUDGE
    if changed:
        return Need.BRIDGE
    return Need.ARGUE if rest is Sameness.WITHIN else Need.CARRY


def hold(
    record: Record,
    attribute: Attribute,
    found: Mapping[Factor, Difference],
    *,
    programme: Programme,
    product: ProgrammeProduct,
    disease: str | None,
) -> RecordAnswer:
    """Hold a record against an attribute of a new product.

    Args:
        record: that speaks to the attribute.
        attribute: row of the table.
        found: what differs between what the record rests on and the new product.
        programme: whose products they are.
        product: the new product.
        disease: that the new product is for.
    """
    need = need_of(attribute, found)
    bearing = [found[cell.on] for cell in cells_of(attribute, found)]
    differing = tuple(one for one in bearing if one.status is not Sameness.IDENTICAL)
    own = record.product == product.id
    right, no_right = _right(record, attribute, programme)
    use = _use(programme, attribute, disease, own=own)
    published = record.public and record.granularity != "individual data"
    about_people = attribute.people or record.consent is not None
    asked = about_people and not published  # a published summary names nobody
    consented = consent_allows(record.consent, use) if asked else None
    against = [
        *_of_need(need, differing),
        *no_right,
        *([] if own else _granularity(record)),
        *(() if consented is None else consented.reasons),
    ]
    bridges, unbridged = _bridges(record, attribute, found, product)
    argument = next((one for one in record.arguments if one.to == product.id), None)
    answer = _answer(need, against, unbridged, own=own, argued=argument)
    wanting = [f"no bridging data over {factor} on file" for factor in unbridged]
    if answer is Answer.ARGUMENT:
        wanting.append("no argument of likeness is on file")
    if answer is Answer.JUDGED:
        wanting.append("whether variants are exchangeable is for people to judge")
    return RecordAnswer(
        record=record,
        answer=answer,
        reasons=(*against, *wanting),
        right=right,
        likeness=_likeness(need, bearing, argument),
        differences=differing,
        bridging=bridges,
        conditions=() if consented is None else consented.conditions,
    )


def _answer(
    need: Need,
    against: Sequence[str],
    unbridged: Sequence[str],
    *,
    own: bool,
    argued: Argument | None,
) -> Answer:
    if against:
        return Answer.NOT
    if own and need is Need.CARRY:
        return Answer.OWN
    if need is Need.JUDGE:
        return Answer.JUDGED
    if unbridged:
        return Answer.BRIDGING
    if need is not Need.CARRY and argued is None:
        return Answer.ARGUMENT
    return Answer.LEVERAGED


def _of_need(need: Need, differing: Iterable[Difference]) -> list[str]:
    if need is Need.NEW:
        changed = [one.on for one in differing if one.status is Sameness.CHANGED]
        return [f"it follows what differs: {', '.join(changed)}"]
    if need is Need.SETTLE:
        unknown = [one.on for one in differing if one.status is Sameness.UNKNOWN]
        return [f"it is not known whether these are the same: {', '.join(unknown)}"]
    return []


def _right(
    record: Record, attribute: Attribute, programme: Programme
) -> tuple[str, tuple[str, ...]]:
    """By what right the record is used, and what stands against it."""
    if record.public:
        return "public knowledge", ()
    if record.holder == programme.holder:
        return "the programme's own", ()
    letter = record.right_of_reference
    if letter is None:
        return "none on file", (f"no right of reference from {record.holder} is on file",)
    told = f"{letter.letter}, {letter.on.isoformat()}"
    if letter.to != programme.holder:
        return told, (f"{letter.letter} is made out to {letter.to}",)
    if letter.on > programme.date:
        return told, (f"{letter.letter} is dated after the programme's date",)
    if letter.covers and attribute.id not in letter.covers:
        return told, (f"{letter.letter} does not cover this",)
    return told, ()


def _granularity(record: Record) -> list[str]:
    if record.granularity is None:
        return ["it is not known how much of it can be seen"]
    if record.granularity not in FINE_ENOUGH:
        return [f"only a {record.granularity} of it can be seen"]
    return []


def _use(
    programme: Programme, attribute: Attribute, disease: str | None, *, own: bool
) -> IntendedUse:
    uses: set[Use] = set() if own else {"another product"}
    if attribute.group == "natural history":
        uses.add("external control")
    return IntendedUse(
        programme=programme.id,
        holder=programme.holder,
        disease=disease,
        commercial=programme.commercial,
        on=programme.date,
        uses=frozenset(uses),
    )


def _bridges(
    record: Record,
    attribute: Attribute,
    found: Mapping[Factor, Difference],
    product: ProgrammeProduct,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Bridges on file over what changed, and what is not bridged."""
    changed = [
        cell.on
        for cell in cells_of(attribute, found)
        if cell.if_changed == "bridge" and found[cell.on].status is Sameness.CHANGED
    ]
    mine = {one.over: one for one in record.bridges if one.to == product.id}
    there = tuple(f"{f}: {mine[f].record} ({mine[f].about})" for f in changed if f in mine)
    return there, tuple(factor for factor in changed if factor not in mine)


def _likeness(need: Need, bearing: Sequence[Difference], argument: Argument | None) -> str | None:
    if need is Need.CARRY:
        named = ", ".join(one.on for one in bearing)
        return f"identical in all that it depends on: {named}"
    return None if argument is None else f"{argument.text} ({argument.by}, {argument.on})"
