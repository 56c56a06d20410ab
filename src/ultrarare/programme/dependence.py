"""Which attribute of a product depends on what: the table, as data with its citations."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field

from ultrarare.case.case import Modality
from ultrarare.case.value import Id, Text, Value
from ultrarare.case.yaml_model import read_model
from ultrarare.programme.programme import Status

Factor = Literal[
    "guide",
    "oligo",
    "chemistry",
    "editor",
    "vehicle",
    "process",
    "site",
    "variant",
    "gene",
    "consequence",
    "disease",
    "tissue",
    "route",
    "dose",
    "endpoint",
]
FACTORS: tuple[Factor, ...] = get_args(Factor)
Group = Literal["nonclinical", "quality", "clinical", "natural history"]
GROUPS: tuple[Group, ...] = get_args(Group)
RowId = Annotated[str, Field(pattern=r"^[A-Z]{2,4}-\d{1,2}$")]


class Dependence(Value):
    """One cell: on what the attribute depends, who says so, and what a change asks for.

    Attributes:
        on: what it depends on.
        row: of the catalogue.
        tag: how well that row's wording is known.
        if_changed: `new`, evidence for the new product; `bridge`, bridging data; `judge`, people
            weigh it and no rule does.
    """

    on: Factor
    row: RowId
    tag: Text
    if_changed: Literal["new", "bridge", "judge"]


class Attribute(Value):
    """Something that is shown of a product.

    Attributes:
        id: by which records name it.
        title: what it is.
        about: in a few words.
        group: for order.
        modality: of which kinds of therapy; of all where left out.
        people: whether its evidence is about people, and so needs their consent.
        rows: of the catalogue.
        tag: how well those rows' wording is known.
        always_new: where one of these differs, or is not known, nothing is carried over.
        depends: its cells.
    """

    id: Id
    title: Text
    about: Text
    group: Group
    modality: tuple[Modality, ...] = ()
    people: bool = False
    rows: Annotated[tuple[RowId, ...], Field(min_length=1)]
    tag: Text
    always_new: tuple[Factor, ...] = ()
    depends: Annotated[tuple[Dependence, ...], Field(min_length=1)]

    def of(self, modality: Modality) -> bool:
        """Whether a product of this modality has the attribute."""
        return not self.modality or modality in self.modality


class Reading(Value):
    """One reading of an open question, with its row and how well that is known."""

    text: Text
    row: RowId
    tag: Text


class When(Value):
    """Where a question arises; each part that is given must hold.

    Attributes:
        modality: of the new product.
        changed: one of these differs, or may.
        same: each of these is identical.
        reference_status: of the reference product.
    """

    modality: tuple[Modality, ...] = ()
    changed: tuple[Factor, ...] = ()
    same: tuple[Factor, ...] = ()
    reference_status: tuple[Status, ...] = ()


class Question(Value):
    """A question on the way to the agency that sources leave open, with a cautious default."""

    id: Id
    asks: Text
    when: When
    answer: Literal["unresolved", "new product"]
    default: Text
    readings: Annotated[tuple[Reading, ...], Field(min_length=1)]


class DependenceTable(Value):
    """The table as it ships."""

    schema_: Literal["ultrarare/dependence/1"] = Field(alias="schema")
    attributes: tuple[Attribute, ...]
    questions: tuple[Question, ...]

    def of(self, modality: Modality) -> Iterable[Attribute]:
        """The attributes of a modality: by group, in the table's order within one."""
        found = [one for one in self.attributes if one.of(modality)]
        return sorted(found, key=lambda one: GROUPS.index(one.group))


@cache
def dependence_table() -> DependenceTable:
    """The table that ships with the package."""
    path = Path(str(resources.files("ultrarare.programme").joinpath("dependence.yaml")))
    return read_model(path, DependenceTable, name=path.name, whole="the table")
