"""What a dossier is made from: the assessment, and parts of the case that it shows as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from ultrarare.analysis.declaration import Analysis
from ultrarare.case.case import Source
from ultrarare.case.dataset import Dataset
from ultrarare.case.plan import Lock, Plan
from ultrarare.case.timeline import Event
from ultrarare.guidance.assessment import Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """An analysis as the methods section lists it.

    Attributes:
        name: registry name.
        summary: what it computes.
        page: path of its page in the documentation.
        error_rate: what its simulation found on data like the case's; None where it has none.
        references: papers.
    """

    name: str
    summary: str
    page: str
    error_rate: str | None = None
    references: tuple[str, ...] = ()

    @classmethod
    def of(cls, analysis: Analysis, *, error_rate: str | None = None) -> Self:
        """The entry of a registered analysis."""
        return cls(
            name=analysis.name,
            summary=analysis.summary,
            page=f"docs/methods/{analysis.method}.md",
            error_rate=error_rate,
            references=analysis.references,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierInput:
    """Everything that a dossier may show; it reads no file and no clock.

    Attributes:
        assessment: verdicts, findings, gaps.
        timeline: events of the case in order.
        sources: what the case cites.
        plan: endpoints, analyses, success criteria.
        lock_reason: whether the plan was locked before the first dose, in one sentence.
        datasets: declared raw inputs.
        methods: the analyses that ran.
        provenance: the manifest, as plain values.
        assessed_on: the date printed on the dossier.
        lock: the lock itself, for the timeline.
    """

    assessment: Assessment
    timeline: tuple[Event, ...]
    sources: tuple[Source, ...]
    plan: Plan
    lock_reason: str
    datasets: tuple[Dataset, ...]
    methods: tuple[Method, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    assessed_on: date
    lock: Lock | None = None
