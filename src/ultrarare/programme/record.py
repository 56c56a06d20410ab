"""An evidence record: what it shows, on what it rests, who holds it, what consent it carries."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.value import Curie, Id, Text, Value
from ultrarare.programme.component import Dose

Granularity = Literal["individual data", "full report", "summary", "mention"]
Use = Literal["another product", "external control", "commercial"]


class Setting(Value):
    """In what a record was made: ids of components, and what holds beside them; null is unknown.

    Attributes:
        guide, oligo, editor, vehicle, process, site: ids of components, and so their versions.
        variant: id of the variant.
        gene: HGNC symbol.
        consequence: class of the variants' consequence.
        disease: CURIE.
        tissue, route, endpoint: as the products write them.
        dose: that was studied.
    """

    guide: Id | None = None
    oligo: Id | None = None
    editor: Id | None = None
    vehicle: Id | None = None
    process: Id | None = None
    site: Id | None = None
    variant: Id | None = None
    gene: Text | None = None
    consequence: Text | None = None
    disease: Curie | None = None
    tissue: Text | None = None
    route: Text | None = None
    endpoint: Text | None = None
    dose: Dose | None = None


class RightOfReference(Value):
    """A letter by which the holder lets somebody refer to what is theirs.

    Attributes:
        letter: name or number of the letter or master file.
        to: who may refer.
        on: day of the letter.
        covers: attributes that it covers; all of the record where left out.
    """

    letter: Text
    to: Text
    on: date
    covers: tuple[Id, ...] = ()


class ConsentScope(Value):
    """What people agreed to, as GA4GH Data Use Ontology codes, and the details these need.

    Attributes:
        duo: codes; one that permits and those that restrict.
        diseases: for DUO:0000007, the diseases.
        projects: for DUO:0000027, ids of programmes.
        institutions: for DUO:0000028, who.
        until: for DUO:0000025, the last day.
        excludes: uses that the form excludes in words.
        statement: what the form says, in short.
    """

    duo: Annotated[tuple[Curie, ...], Field(min_length=1)]
    diseases: tuple[Curie, ...] = ()
    projects: tuple[Id, ...] = ()
    institutions: tuple[Text, ...] = ()
    until: date | None = None
    excludes: tuple[Use, ...] = ()
    statement: Text


class Bridge(Value):
    """Bridging data on file: over which thing that differs, shown by which record.

    Attributes:
        over: factor that differs, such as `process`.
        to: for which product it was made.
        record: id of the record that shows it.
        about: what it shows.
    """

    over: Text
    to: Id
    record: Id
    about: Text


class Argument(Value):
    """Why what is there holds for another product although something is not identical.

    Attributes:
        to: product.
        text: the argument.
        by: who makes it.
        on: when.
    """

    to: Id
    text: Text
    by: Text
    on: date


class Record(Value):
    """One piece of evidence, of the programme or of somebody else.

    Attributes:
        id: of the record.
        title: what it is.
        attributes: ids of the dependence table that it speaks to.
        product: id of the product it was made with; left out for platform or public knowledge.
        rests_on: in what it was made; what is left out is not known.
        holder: whose it is.
        public: whether it is accepted public knowledge, which needs no letter.
        right_of_reference: the letter; left out where there is none.
        granularity: how much of it can be seen; left out where not known.
        consent: of the people it is about.
        bridges: bridging data on file.
        arguments: of likeness.
        data: `made` in an example.
        source: citation.
    """

    id: Id
    title: Text
    attributes: Annotated[tuple[Id, ...], Field(min_length=1)]
    product: Id | None = None
    rests_on: Setting = Setting()
    holder: Text
    public: bool = False
    right_of_reference: RightOfReference | None = None
    granularity: Granularity | None = None
    consent: ConsentScope | None = None
    bridges: tuple[Bridge, ...] = ()
    arguments: tuple[Argument, ...] = ()
    data: Literal["published", "made"] | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _public_is_cited(self) -> Self:
        if self.public and self.source is None:
            raise ValueError("public knowledge has a source; give the citation")
        return self
