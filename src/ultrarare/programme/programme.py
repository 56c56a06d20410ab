"""A programme: products that share components, for variants of one gene or of a pathway."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from ultrarare.case.case import Modality
from ultrarare.case.value import Curie, Id, Place, Text, Value, repeated_ids
from ultrarare.programme.component import NONE, ROLES, Component, Dose, Range
from ultrarare.programme.record import Record

Status = Literal["planned", "investigational", "approved"]


class Disease(Value):
    """A disease by id and name."""

    id: Curie
    name: Text


class Gene(Value):
    """A gene of the programme by its HGNC symbol, with its place in the pathway."""

    symbol: Text
    name: Text | None = None
    source: Text | None = None


class ProgrammeVariant(Value):
    """A variant that a product is made for.

    Attributes:
        id: of the variant.
        gene: HGNC symbol.
        hgvs, protein: names; left out where not known.
        consequence: class by what it does to the protein, in the programme's own words.
        disease: CURIE.
        data: `made` where it exists in an example only.
        source: citation.
    """

    id: Id
    gene: Text
    hgvs: Text | None = None
    protein: Text | None = None
    consequence: Text | None = None
    disease: Curie | None = None
    data: Literal["published", "made"] | None = None
    source: Text | None = None


class ProgrammeProduct(Value):
    """A product: its variant, its components by role, and how it is given.

    Attributes:
        id: of the product.
        name: of the product.
        modality: kind of therapy.
        variant: id.
        components: role to id of a component; null where not known, `none` where there is no such
            part, as for a role that the modality does not need and that is left out.
        dose: range of doses.
        route, tissue: how it is given and where it acts.
        endpoint: primary endpoint, as a phrase that is the same where the endpoint is the same.
        status: planned, investigational or approved.
        application: number or name of the approved application, for reliance.
        data: `made` in an example.
        source: citation.
    """

    id: Id
    name: Text
    modality: Modality
    variant: Id
    components: dict[Literal["guide", "oligo", "editor", "vehicle", "process", "site"], Id | None]
    dose: Dose | None = None
    route: Text | None = None
    tissue: Text | None = None
    endpoint: Text | None = None
    status: Status
    application: Text | None = None
    data: Literal["published", "made"] | None = None
    source: Text | None = None


class ProgrammePatient(Value):
    """A person by pseudonym, and the product that they are given or are to be given."""

    id: Id
    product: Id
    dosed: bool | None = None


class Programme(Value):
    """What `programme.yaml` holds.

    Attributes:
        id: of the programme.
        title: what it is.
        data: whether its products exist: `sponsor`, `published` or `made`.
        date: the day on which it stands so; consents are held against it.
        holder: who runs it, as letters of reference name them.
        commercial: whether the use is commercial; null where not known.
        designated: whether the platform is designated under 506K; null where not known.
        rare_and_serious: whether the diseases are; null where not stated.
        technology: for 360ff-1, whether the products are non-replicating nucleic acid of common
            chemistry; null where nobody has settled it.
        pathway: that the genes share.
        notes: what a reader must know.
        ranges: within which versions are alike.
    """

    schema_: Literal["ultrarare/programme/1"] = Field(alias="schema")
    id: Id
    title: Text
    data: Literal["sponsor", "published", "made"]
    date: date
    holder: Text
    commercial: bool | None = None
    designated: bool | None = None
    rare_and_serious: bool | None = None
    technology: bool | None = None
    pathway: Text | None = None
    notes: tuple[Text, ...] = ()
    diseases: tuple[Disease, ...] = ()
    genes: Annotated[tuple[Gene, ...], Field(min_length=1)]
    variants: Annotated[tuple[ProgrammeVariant, ...], Field(min_length=1)]
    components: Annotated[tuple[Component, ...], Field(min_length=1)]
    ranges: tuple[Range, ...] = ()
    products: Annotated[tuple[ProgrammeProduct, ...], Field(min_length=1)]
    records: tuple[Record, ...] = ()
    patients: tuple[ProgrammePatient, ...] = ()

    def product(self, name: str) -> ProgrammeProduct | None:
        """A product by its id."""
        return next((one for one in self.products if one.id == name), None)

    def variant(self, name: str) -> ProgrammeVariant:
        """A variant by its id, which `dangling` has checked."""
        return next(one for one in self.variants if one.id == name)

    def component(self, name: str | None) -> Component | None:
        """A component by its id; None for one that is not known."""
        return next((one for one in self.components if one.id == name), None)

    def dangling(self, attributes: Iterable[str]) -> Iterable[Place]:
        """Each place where something is named that the programme does not hold.

        Args:
            attributes: ids of the dependence table.
        """
        for key in ("diseases", "variants", "components", "products", "records", "patients"):
            yield from repeated_ids(key, getattr(self, key))
        yield from self._variants()
        yield from self._products()
        yield from self._records(frozenset(attributes))
        products = frozenset(one.id for one in self.products)
        for i, patient in enumerate(self.patients):
            yield from _absent(("patients", i, "product"), patient.product, products)

    def _variants(self) -> Iterable[Place]:
        genes = frozenset(one.symbol for one in self.genes)
        diseases = frozenset(one.id for one in self.diseases)
        for i, variant in enumerate(self.variants):
            yield from _absent(("variants", i, "gene"), variant.gene, genes)
            yield from _absent(("variants", i, "disease"), variant.disease, diseases)

    def _products(self) -> Iterable[Place]:
        variants = frozenset(one.id for one in self.variants)
        for i, product in enumerate(self.products):
            yield from _absent(("products", i, "variant"), product.variant, variants)
            for role, name in product.components.items():
                yield from self._in_role(("products", i, "components", role), role, name)

    def _in_role(
        self, place: tuple[str | int, ...], role: str, name: str | None
    ) -> Iterable[Place]:
        known = frozenset(one.id for one in self.components if one.role == role)
        yield from _absent(place, None if name == NONE else name, known)

    def _records(self, attributes: frozenset[str]) -> Iterable[Place]:
        variants = frozenset(one.id for one in self.variants)
        products = frozenset(one.id for one in self.products)
        records = {one.id: one.product for one in self.records}
        for i, record in enumerate(self.records):
            yield from _absent(("records", i, "product"), record.product, products)
            for name in record.attributes:
                yield from _absent(("records", i, "attributes"), name, attributes)
            for role in ROLES:
                name = getattr(record.rests_on, role)
                yield from self._in_role(("records", i, "rests_on", role), role, name)
            yield from _absent(
                ("records", i, "rests_on", "variant"), record.rests_on.variant, variants
            )
            for j, bridge in enumerate(record.bridges):
                place = ("records", i, "bridges", j)
                yield from _absent((*place, "to"), bridge.to, products)
                yield from _absent((*place, "record"), bridge.record, frozenset(records))
                if records.get(bridge.record, bridge.to) != bridge.to:
                    yield place, f"bridges to {bridge.to!r} with a record of another product"
            for j, argument in enumerate(record.arguments):
                yield from _absent(("records", i, "arguments", j, "to"), argument.to, products)


def _absent(
    place: tuple[str | int, ...], name: str | None, known: frozenset[str]
) -> Iterable[Place]:
    if name is not None and name not in known:
        yield place, f"names {name!r}; there are: {', '.join(sorted(known)) or 'none'}"
