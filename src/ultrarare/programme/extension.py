"""From a reference product to a new one: what differs, what is new, what may be leveraged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ultrarare.case.case import Modality
from ultrarare.errors import NotFound
from ultrarare.programme.dependence import (
    Attribute,
    Dependence,
    DependenceTable,
    Factor,
    Question,
    When,
    dependence_table,
)
from ultrarare.programme.difference import (
    Difference,
    Sameness,
    SettingOf,
    differences,
    setting_of_product,
    setting_of_record,
    worst,
)
from ultrarare.programme.gap import Gap, gaps_of
from ultrarare.programme.leverage import Answer, Need, RecordAnswer, cells_of, hold, need_of
from ultrarare.programme.programme import Programme, ProgrammeProduct
from ultrarare.programme.record import Record
from ultrarare.programme.reliance import Reliance, reliances

NEW_PRODUCT = (Modality.ASO, Modality.SIRNA)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeAnswer:
    """One attribute of the new product.

    Attributes:
        attribute: row of the dependence table.
        status: the worst of the things it depends on.
        need: what it asks for.
        cells: each thing it depends on, with how the two products stand in it.
        records: every record that speaks to it, held against the new product.
        gaps: what is missing; empty where evidence is there or may be leveraged.
    """

    attribute: Attribute
    status: Sameness
    need: Need
    cells: tuple[tuple[Dependence, Difference], ...]
    records: tuple[RecordAnswer, ...]
    gaps: tuple[Gap, ...]

    @property
    def leveraged(self) -> tuple[RecordAnswer, ...]:
        """The records that may serve."""
        return tuple(one for one in self.records if one.answer is Answer.LEVERAGED)

    @property
    def evidence(self) -> str:
        """What is there, in a word."""
        if any(one.answer is Answer.OWN for one in self.records):
            return "own evidence"
        return "may be leveraged" if self.leveraged else "gap"

    @property
    def always_new(self) -> bool:
        """Whether no argument carries it over, given what differs."""
        on = self.attribute.always_new
        return any(one.on in on and one.status is Sameness.CHANGED for _, one in self.cells)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.attribute.id,
            "title": self.attribute.title,
            "group": self.attribute.group,
            "status": self.status.value,
            "need": self.need.value,
            "always_new": self.always_new,
            "evidence": self.evidence,
            "rows": list(self.attribute.rows),
            "tag": self.attribute.tag,
            "depends": [
                {
                    "on": cell.on,
                    "status": difference.status.value,
                    "if_changed": cell.if_changed,
                    "row": cell.row,
                    "tag": cell.tag,
                }
                for cell, difference in self.cells
            ],
            "records": [one.to_json() for one in self.records],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """The whole comparison.

    Attributes:
        programme: whose products they are.
        reference, new: the two products.
        differences: thing by thing.
        attributes: row by row of the table.
        questions: what sources leave open here, with a cautious default.
        reliance: the two statutes, each by itself.
    """

    programme: Programme
    reference: ProgrammeProduct
    new: ProgrammeProduct
    differences: tuple[Difference, ...]
    attributes: tuple[AttributeAnswer, ...]
    questions: tuple[Question, ...]
    reliance: tuple[Reliance, ...]

    @property
    def new_product(self) -> bool:
        """Whether the new one is a product of its own by default: oligonucleotides are."""
        return self.new.id != self.reference.id and (
            self.new.modality in NEW_PRODUCT or self.new.modality != self.reference.modality
        )

    @property
    def submission(self) -> Question | None:
        """The question by which submission the product is added; None for the product itself."""
        asked = [one for one in self.questions if one.id.startswith(("submission", "one-product"))]
        return asked[-1] if asked else None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Every gap, in the order of the table."""
        return tuple(gap for one in self.attributes for gap in one.gaps)

    @property
    def leveraged(self) -> frozenset[tuple[str, str]]:
        """Attribute and record of all that may be leveraged."""
        return frozenset(
            (one.attribute.id, record.record.id)
            for one in self.attributes
            for record in one.leveraged
        )


def extend(
    programme: Programme,
    reference: str,
    new: str,
    *,
    table: DependenceTable | None = None,
) -> Extension:
    """Compare a new product with a reference product, attribute by attribute.

    Args:
        programme: that holds both.
        reference: id of the product that is compared with.
        new: id of the product that is asked about.
        table: of dependence; the shipped one where not given.

    Raises:
        NotFound: the programme has no such product.
    """
    first, second = _product(programme, reference), _product(programme, new)
    found = differences(
        setting_of_product(programme, first),
        setting_of_product(programme, second),
        modality=second.modality,
        ranges=programme.ranges,
    )
    the = table or dependence_table()
    return Extension(
        programme=programme,
        reference=first,
        new=second,
        differences=found,
        attributes=tuple(
            _attribute(programme, first, second, attribute, {one.on: one for one in found})
            for attribute in the.of(second.modality)
        ),
        questions=tuple(q for q in the.questions if _arises(q.when, first, second, found)),
        reliance=reliances(programme, first, found) if first.id != second.id else (),
    )


def _product(programme: Programme, name: str) -> ProgrammeProduct:
    product = programme.product(name)
    if product is None:
        known = ", ".join(one.id for one in programme.products)
        raise NotFound(f"no product {name!r}; there are: {known}", where=programme.id)
    return product


def _attribute(
    programme: Programme,
    reference: ProgrammeProduct,
    new: ProgrammeProduct,
    attribute: Attribute,
    found: Mapping[Factor, Difference],
) -> AttributeAnswer:
    cells = tuple((cell, found[cell.on]) for cell in cells_of(attribute, found))
    setting = setting_of_product(programme, new)
    records = tuple(
        _record(programme, record, attribute, new, setting)
        for record in programme.records
        if attribute.id in record.attributes and record.product in (None, reference.id, new.id)
    )
    need = need_of(attribute, found)
    status = worst(difference.status for _, difference in cells)
    return AttributeAnswer(
        attribute=attribute,
        status=status,
        need=need,
        cells=cells,
        records=records,
        gaps=gaps_of(attribute, need, [one for _, one in cells], records),
    )


def _record(
    programme: Programme,
    record: Record,
    attribute: Attribute,
    new: ProgrammeProduct,
    setting: SettingOf,
) -> RecordAnswer:
    found = differences(
        setting_of_record(programme, record, new.modality),
        setting,
        modality=new.modality,
        ranges=programme.ranges,
    )
    return hold(
        record,
        attribute,
        {one.on: one for one in found},
        programme=programme,
        product=new,
        disease=programme.variant(new.variant).disease,
    )


def _arises(
    when: When,
    reference: ProgrammeProduct,
    new: ProgrammeProduct,
    found: Sequence[Difference],
) -> bool:
    """Whether a question is to be shown; one that may arise is shown."""
    if reference.id == new.id:
        return False
    same = {one.on for one in found if one.status is Sameness.IDENTICAL}
    differing = {one.on for one in found if one.status in (Sameness.CHANGED, Sameness.UNKNOWN)}
    return (
        (not when.modality or new.modality in when.modality)
        and (not when.changed or bool(differing & set(when.changed)))
        and same.issuperset(when.same)
        and (not when.reference_status or reference.status in when.reference_status)
    )
