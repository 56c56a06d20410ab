"""A finding: one claim with its estimate, its caveats, and where it came from.

The origin is *computed*, *cited* or *declared*; the three never mix. What bears on a guidance
requirement is read from `kind`, `direction`, `attributes`, `ladder` and `tier`, all of which the
vocabulary declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Attribute = str | int | float | bool | None


class Origin(StrEnum):
    """Who says so: a computation, the literature, or a named person."""

    COMPUTED = "computed"
    CITED = "cited"
    DECLARED = "declared"


class Planned(StrEnum):
    """Whether the analysis was fixed by a locked plan before the first dose."""

    LOCKED = "locked"
    POST_HOC = "post hoc"
    NOT_APPLICABLE = "not applicable"


class Direction(StrEnum):
    """What a finding says about its claim."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    INCONCLUSIVE = "inconclusive"
    DESCRIBES = "describes"
    NOT_COMPUTABLE = "not computable"


class Ladder(StrEnum):
    """How close the confirmation of engagement is to the patient (DESIGN §2); A is closest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def meaning(self) -> str:
        """The rung in words."""
        return {
            "A": "tissue of this patient",
            "B": "another patient, same product",
            "C": "same platform and a matched model",
            "D": "accessible surrogate",
            "E": "model only",
        }[self.value]


class Tier(StrEnum):
    """How close a natural history is to this patient's variant."""

    SAME_VARIANT = "same variant"
    SAME_CLASS = "same functional class"
    SAME_GENE = "same gene"
    PATHWAY = "pathway"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Estimate(_Value):
    """A number with its interval; what is not known is null.

    Attributes:
        value: point estimate, in `unit`.
        lower: lower limit at `level`.
        upper: upper limit at `level`.
        level: coverage of the interval, between 0 and 1; null where no interval is given.
        unit: UCUM code; `1` for a fraction.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    level: Annotated[float, Field(gt=0, lt=1)] | None = None
    unit: str = "1"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(
                f"found lower {self.lower:g} and upper {self.upper:g}; allowed is lower ≤ upper"
            )
        return self


class Input(_Value):
    """One file that went into a computation."""

    dataset: str
    path: str
    sha256: str


class Citation(_Value):
    """Where a cited value stands, and how well it was read (A primary text, B secondary)."""

    source: str
    locator: str | None = None
    grade: str | None = None


class Provenance(_Value):
    """How a finding came about; enough to do it again.

    Attributes:
        analysis: registry name of the computation; null for cited and declared findings.
        version: package version and the analysis's own version.
        parameters: the values the computation ran with.
        inputs: the files it read.
        seed: seed of its random numbers; null where it drew none.
        digest: sha256 over analysis, version, parameters and input digests.
        citations: sources of a cited finding, or of the inputs.
        declared_by: who said so, for a declared finding.
        declared_on: when, as written.
    """

    analysis: str | None = None
    version: str | None = None
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    seed: int | None = None
    digest: str | None = None
    citations: tuple[Citation, ...] = ()
    declared_by: str | None = None
    declared_on: str | None = None


class Finding(_Value):
    """One claim, traceable.

    Attributes:
        id: unique within the case, `analysis-or-statement/subject`.
        kind: a word of the vocabulary, such as `engagement.target-base`.
        origin: computed, cited or declared.
        statement: the claim in one sentence that can stand on a page by itself.
        direction: whether it supports its claim.
        estimate: the number, where there is one.
        n: how many units the estimate rests on.
        n_unit: what `n` counts (reads, people, visits).
        planned: locked before the first dose, or post hoc.
        caveats: what a reader must know beside the number.
        attributes: further facts that predicates may read; declared in the vocabulary.
        ladder: for engagement, how close to the patient.
        tier: for natural history, how close to the variant.
        measure: what was measured, so that findings on one quantity can be held together.
        would_need: for a finding that is not computable, what would make it so.
        provenance: how it came about.
        details: JSON data for tables and figures; nothing that a predicate reads.
    """

    id: str
    kind: str
    origin: Origin
    statement: str
    direction: Direction = Direction.DESCRIBES
    estimate: Estimate | None = None
    n: int | None = None
    n_unit: str | None = None
    planned: Planned = Planned.NOT_APPLICABLE
    caveats: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = Field(default_factory=dict)
    ladder: Ladder | None = None
    tier: Tier | None = None
    measure: str | None = None
    would_need: str | None = None
    provenance: Provenance = Field(default_factory=Provenance)
    details: Mapping[str, Any] = Field(default_factory=dict)

    @property
    def datasets(self) -> frozenset[str]:
        """The datasets this finding rests on."""
        return frozenset(item.dataset for item in self.provenance.inputs)
