"""An example of a requirement: findings, and the verdict they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ultrarare.case.case import Modality
from ultrarare.case.finding import (
    Attribute,
    Citation,
    Direction,
    Estimate,
    Finding,
    Input,
    Ladder,
    Origin,
    Planned,
    Provenance,
    Tier,
)
from ultrarare.case.value import Value
from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.facts import Facts

if TYPE_CHECKING:
    from ultrarare.guidance.requirement import Requirement

_Words = Literal["supports", "contradicts", "inconclusive", "describes", "not computable"]


class ExampleFinding(Value):
    """A finding in short: only what a predicate may read.

    Attributes:
        kind: a word of the vocabulary.
        direction: what it says of its claim.
        attributes: those that matter here.
        estimate: `value`, `lower`, `upper`, `unit`.
        n: how many units it rests on.
        origin: who says so.
        planned: whether it was planned; not subject to planning where not told.
        ladder: rung of engagement.
        tier: tier of natural history.
        measure: what was measured.
        datasets: the datasets it rests on.
        sources: the sources it cites.
    """

    kind: str
    direction: _Words = "supports"
    attributes: Mapping[str, Attribute] = Field(default_factory=dict)
    estimate: Mapping[str, float | str | None] | None = None
    n: int | None = None
    origin: Literal["computed", "cited", "declared"] = "declared"
    planned: str | None = None
    ladder: str | None = None
    tier: str | None = None
    measure: str | None = None
    datasets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    def finding(self, name: str) -> Finding:
        """The finding in full, under that id."""
        return Finding(
            id=name,
            kind=self.kind,
            origin=Origin(self.origin),
            statement=f"example {name}",
            direction=Direction(self.direction),
            estimate=None if self.estimate is None else Estimate.model_validate(self.estimate),
            n=self.n,
            planned=Planned.NOT_APPLICABLE if self.planned is None else Planned(self.planned),
            attributes=self.attributes,
            ladder=None if self.ladder is None else Ladder(self.ladder),
            tier=None if self.tier is None else Tier(self.tier),
            measure=self.measure,
            provenance=Provenance(
                inputs=tuple(Input(dataset=d, path=d, sha256="0" * 64) for d in self.datasets),
                citations=tuple(Citation(source=s) for s in self.sources),
            ),
        )

    def short(self) -> dict[str, Any]:
        """Only what differs from the defaults, as it stands in a pack."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Example(Value):
    """Findings, and the verdict that the row they stand under gives on them.

    Attributes:
        verdict: what the row says, where its phase is due.
        findings: all that the case holds; none for a case that says nothing.
        modality: the kind of therapy; by default the first that the row is asked of.
    """

    verdict: Verdict
    findings: tuple[ExampleFinding, ...] = ()
    modality: str | None = None

    def answer(self, row: Requirement) -> Verdict:
        """What the row says of these findings."""
        held = (one.finding(f"{one.kind}/{k}") for k, one in enumerate(self.findings))
        return judge(row, asked_of(row, self.modality), held)

    def short(self) -> dict[str, Any]:
        """As it stands in a pack."""
        held: dict[str, Any] = {"verdict": self.verdict.value}
        if self.modality is not None:
            held["modality"] = self.modality
        if self.findings:
            held["findings"] = [one.short() for one in self.findings]
        return held


def asked_of(row: Requirement, modality: str | None) -> Modality:
    """The modality of that name, by default the first that the row is asked of."""
    if modality is not None:
        return Modality(modality)
    return row.modality[0] if row.modality else Modality.GENOME_EDITING


def judge(row: Requirement, modality: Modality, findings: Iterable[Finding]) -> Verdict:
    """What a row says of findings where its phase is due."""
    if row.modality and modality not in row.modality:
        return Verdict.NOT_APPLICABLE
    return row.predicate.answer(Facts.of(findings, modality)).verdict
