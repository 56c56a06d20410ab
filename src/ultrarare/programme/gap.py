"""What is missing for a new product, and why: one line a thing to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ultrarare.programme.dependence import Attribute
from ultrarare.programme.difference import Difference, Sameness
from ultrarare.programme.leverage import Answer, Need, RecordAnswer

Kind = Literal["new evidence", "unknown", "bridging", "argument", "record", "judgement"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that is missing.

    Attributes:
        attribute: id and `title` of what it is missing for.
        kind: of the gap.
        what: that would close it, a sentence.
        why: it is a gap, a sentence.
        rows, tag: of the catalogue.
    """

    attribute: str
    title: str
    kind: Kind
    what: str
    why: str
    rows: tuple[str, ...]
    tag: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "attribute": self.attribute,
            "title": self.title,
            "kind": self.kind,
            "what": self.what,
            "why": self.why,
            "rows": list(self.rows),
            "tag": self.tag,
        }


def gaps_of(
    attribute: Attribute,
    need: Need,
    bearing: Sequence[Difference],
    records: Sequence[RecordAnswer],
) -> tuple[Gap, ...]:
    """What is missing for an attribute; nothing where evidence is there or may be leveraged.

    Args:
        attribute: row of the table.
        need: what it asks for, product against product.
        bearing: the things it depends on, product against product.
        records: every record that speaks to it.
    """
    if any(one.answer in (Answer.OWN, Answer.LEVERAGED) for one in records):
        return ()
    return tuple(
        Gap(
            attribute=attribute.id,
            title=attribute.title,
            kind=kind,
            what=what,
            why=why,
            rows=attribute.rows,
            tag=attribute.tag,
        )
        for kind, what, why in _missing(attribute, need, bearing, records)
    )


def _missing(
    attribute: Attribute,
    need: Need,
    bearing: Sequence[Difference],
    records: Sequence[RecordAnswer],
) -> Iterable[tuple[Kind, str, str]]:
    told = _because(need, bearing)
    if need is Need.NEW:
        yield "new evidence", f"Evidence of the new product: {attribute.about}.", told
        return
    if need is Need.SETTLE:
        unknown = ", ".join(one.on for one in bearing if one.status is Sameness.UNKNOWN)
        yield "unknown", f"State, with version: {unknown}.", told
        return
    if not records:
        yield "record", "A record that shows it, or new evidence.", "No record speaks to it."
    for one in records:
        yield _of_record(one)


def _because(need: Need, bearing: Sequence[Difference]) -> str:
    status = Sameness.CHANGED if need is Need.NEW else Sameness.UNKNOWN
    named = ", ".join(one.on for one in bearing if one.status is status)
    return f"{'Changed' if need is Need.NEW else 'Not known to be the same'}: {named}."


def _of_record(one: RecordAnswer) -> tuple[Kind, str, str]:
    name = one.record.title
    why = f"{name}: {'; '.join(one.reasons)}."
    if one.answer is Answer.BRIDGING:
        return "bridging", f"Bridging data from the record {one.record.id} to the new product.", why
    if one.answer is Answer.ARGUMENT:
        return "argument", f"A written argument why {one.record.id} holds here.", why
    if one.answer is Answer.JUDGED:
        return "judgement", "People who judge whether the variants are exchangeable.", why
    return "record", f"What stands against {one.record.id} removed, or new evidence.", why
