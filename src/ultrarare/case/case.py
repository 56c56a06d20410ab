"""The case: one patient, one therapy. What people write in `case.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.dataset import Dataset
from ultrarare.case.finding import Attribute, Direction, Estimate, Ladder, Tier
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.value import Curie, Id, Place, Text, Value, repeated_ids
from ultrarare.case.vocabulary import why_not_stated


class Phase(StrEnum):
    """How far the case is; requirements are due from a phase on."""

    DISCOVERY = "discovery"
    NONCLINICAL = "nonclinical"
    CMC = "cmc"
    FIRST_IN_HUMAN = "first-in-human"
    PIVOTAL = "pivotal"
    VARIANT_EXTENSION = "variant-extension"
    POST_MARKET = "post-market"

    @property
    def order(self) -> int:
        """Position on the way; CMC and nonclinical work run side by side."""
        return {"discovery": 0, "nonclinical": 1, "cmc": 1, "first-in-human": 2}.get(
            self.value, 3 if self is Phase.PIVOTAL else 4
        )


class Course(StrEnum):
    """The untreated course, declared in advance; it selects the comparison."""

    PROGRESSIVE = "progressive"
    EPISODIC = "episodic"
    STATIC = "static"
    DEVELOPMENTAL = "developmental"
    SUDDEN = "sudden"


class Modality(StrEnum):
    """The kind of therapy."""

    GENOME_EDITING = "genome editing"
    ASO = "antisense oligonucleotide"
    SIRNA = "small interfering RNA"
    OTHER = "other"


class Source(Value):
    """A document that values are cited from. Grade A: primary text; B: secondary."""

    id: Id
    citation: Text
    doi: str | None = None
    grade: Literal["A", "B"]


class Cited(Value):
    """A place in a source."""

    source: Id
    locator: str | None = None
    grade: Literal["A", "B"] | None = None


class Consent(Value):
    """What the patient or family agreed to, as GA4GH Data Use Ontology codes."""

    duo: Annotated[tuple[Curie, ...], Field(min_length=1)]
    statement: Text


class Patient(Value):
    """The person, by pseudonym only; names and addresses have no place here."""

    pseudonym: Text
    sex: Literal["female", "male", "other", "unknown"] = "unknown"
    born: Moment | None = None
    diagnosed: Moment | None = None
    consent: Consent | None = None


Inheritance = Literal[
    "autosomal recessive",
    "autosomal dominant",
    "X-linked",
    "mitochondrial",
    "unknown",
]


class Disease(Value):
    """The disease and its declared course."""

    name: Text
    id: Curie
    gene: Text
    inheritance: Inheritance = "unknown"
    course: Course
    course_reason: Text


class AcmgCriterion(Value):
    """An ACMG/AMP criterion as applied to this variant, with who says so and why."""

    code: Annotated[str, Field(pattern=r"^(PVS1|PS[1-4]|PM[1-6]|PP[1-5]|BA1|BS[1-4]|BP[1-7])$")]
    strength: Literal["supporting", "moderate", "strong", "very strong", "stand-alone"]
    reason: Text
    by: Text
    sources: tuple[Id, ...] = ()


class Variant(Value):
    """An alteration of the patient, as written; checked against the supplied reference."""

    id: Id
    role: Literal["targeted", "other allele"]
    hgvs: Text
    genomic: str | None = None
    protein: str | None = None
    zygosity: Literal["heterozygous", "homozygous", "hemizygous", "mosaic", "unknown"] = "unknown"
    phase: Text = "unknown"
    reference: Id | None = None
    clinvar: str | None = None
    acmg: tuple[AcmgCriterion, ...] = ()
    sources: tuple[Id, ...] = ()


class Guide(Value):
    """The guide's spacer as DNA, 5' to 3', and the PAM beside it."""

    spacer: Annotated[str, Field(pattern=r"^[ACGTUacgtu]{15,30}$")]
    pam: Annotated[str, Field(pattern=r"^[ACGTRYSWKMBDHVNacgtryswkmbdhvn]{0,8}$")]
    target_position: Annotated[int, Field(ge=-5, le=35, description="protospacer position, from 1")]


class Component(Value):
    """A part of the product that may be shared by other products."""

    role: Literal["guide", "oligo", "editor", "vehicle", "process", "site"]
    name: Text
    version: str | None = None
    detail: Mapping[str, Any] = {}


class Product(Value):
    """The therapy. `editor` is a name of the editor table, or an editor given in full."""

    name: Text
    modality: Modality
    editor: str | Mapping[str, Any] | None = None
    guide: Guide | None = None
    reference: Id | None = None
    components: tuple[Component, ...] = ()
    sources: tuple[Id, ...] = ()


_FRACTIONS = frozenset(
    {
        "engagement.any-edit",
        "engagement.target-base",
        "engagement.intended-protein",
        "engagement.intended-only",
        "engagement.tissue",
    }
)


class Statement(Value):
    """A cited or declared finding: what a source or a named person says, in the vocabulary."""

    id: Id
    kind: Text
    origin: Literal["cited", "declared"]
    statement: Text
    direction: Direction = Direction.SUPPORTS
    measure: str | None = None
    estimate: Estimate | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    n_unit: str | None = None
    attributes: Mapping[str, Attribute] = {}
    ladder: Ladder | None = None
    tier: Tier | None = None
    when: Moment | None = None
    population: str | None = None
    era: str | None = None
    caveats: tuple[str, ...] = ()
    cites: tuple[Cited, ...] = ()
    by: str | None = None
    on: str | None = None

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if self.origin == "cited" and not self.cites:
            raise ValueError("a cited statement names at least one source under `cites`")
        if self.origin == "declared" and (self.by is None or self.on is None):
            raise ValueError("a declared statement says who under `by` and when under `on`")
        return self

    @model_validator(mode="after")
    def _measured(self) -> Self:
        """A fraction of edited reads or tissue that supports is a number above zero."""
        if self.kind not in _FRACTIONS or self.direction is not Direction.SUPPORTS:
            return self
        lowest = None if self.estimate is None else self.estimate.lower
        value = None if self.estimate is None else self.estimate.value
        if value is None or value <= 0 or (lowest is not None and lowest <= 0):
            raise ValueError(
                f"{self.kind} supports only with an estimate above 0; give it, or another direction"
            )
        return self

    @model_validator(mode="after")
    def _in_vocabulary(self) -> Self:
        if (why := why_not_stated(self.kind, self.attributes)) is not None:
            raise ValueError(why)
        return self


class Case(Value):
    """What `case.yaml` holds."""

    schema_: Literal["ultrarare/case/1"] = Field(alias="schema")
    id: Id
    title: Text
    data: Literal["patient", "published", "made"]
    clock: Clock
    phase: Phase
    phase_reason: str | None = None
    patient: Patient
    disease: Disease
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    product: Product
    datasets: tuple[Dataset, ...] = ()
    statements: tuple[Statement, ...] = ()
    sources: tuple[Source, ...] = ()

    def dangling(self, there: frozenset[str] = frozenset()) -> Iterable[Place]:
        """Each place where the case names something it does not hold, and what is wrong there.

        `there` holds ids of entries that the file has and this value, for a fault, has not.
        """
        yield from repeated_ids("variants", self.variants)
        yield from repeated_ids("datasets", self.datasets)
        yield from repeated_ids("statements", self.statements)
        yield from repeated_ids("sources", self.sources)
        yield from self._unknown_sources(there)
        yield from self._unknown_references(there)
        yield from self._other_genes()

    def _unknown_sources(self, there: frozenset[str]) -> Iterable[Place]:
        known = {source.id for source in self.sources}
        named: list[Place] = []
        for i, variant in enumerate(self.variants):
            named += [(("variants", i, "sources"), name) for name in variant.sources]
            for j, criterion in enumerate(variant.acmg):
                named += [(("variants", i, "acmg", j, "sources"), s) for s in criterion.sources]
        named += [(("product", "sources"), name) for name in self.product.sources]
        for i, dataset in enumerate(self.datasets):
            named += [(("datasets", i, "sources"), name) for name in dataset.sources]
        for i, statement in enumerate(self.statements):
            named += [
                (("statements", i, "cites", j), c.source) for j, c in enumerate(statement.cites)
            ]
        allowed = ", ".join(sorted(known)) or "none"
        for path, name in named:
            if name not in known | there:
                yield path, f"names source {name!r}; the case lists: {allowed}"

    def _other_genes(self) -> Iterable[Place]:
        for i, dataset in enumerate(self.datasets):
            for j, transcript in enumerate(getattr(dataset, "transcripts", ())):
                if transcript.gene != self.disease.gene:
                    path = ("datasets", i, "transcripts", j, "gene")
                    yield path, f"is {transcript.gene}; the disease's gene is {self.disease.gene}"

    def _unknown_references(self, there: frozenset[str]) -> Iterable[Place]:
        left_out = there - {item.id for item in self.datasets}
        known = {item.id for item in self.datasets if item.kind == "reference-sequence"}
        named: list[tuple[tuple[str | int, ...], str | None]] = [
            (("variants", i, "reference"), item.reference) for i, item in enumerate(self.variants)
        ]
        named.append((("product", "reference"), self.product.reference))
        for i, dataset in enumerate(self.datasets):
            named.append((("datasets", i, "reference"), getattr(dataset, "reference", None)))
        allowed = ", ".join(sorted(known)) or "none"
        for path, name in named:
            if name is not None and name not in known | left_out:
                yield path, f"names reference {name!r}; the case's reference-sequences: {allowed}"
