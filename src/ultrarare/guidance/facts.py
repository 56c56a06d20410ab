"""What a predicate may read: the findings of a case in a fixed order, and the modality."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

from ultrarare.case.case import Modality
from ultrarare.case.finding import Finding


@dataclass(frozen=True, slots=True)
class Facts:
    """Findings, sorted by id, so that the order they came in never shows in a verdict."""

    findings: tuple[Finding, ...]
    modality: Modality

    @classmethod
    def of(cls, findings: Iterable[Finding], modality: Modality) -> Self:
        """Facts from findings in any order."""
        return cls(tuple(sorted(findings, key=lambda finding: finding.id)), modality)

    def of_kinds(self, kinds: Collection[str]) -> tuple[Finding, ...]:
        """The findings of any of these kinds."""
        return tuple(finding for finding in self.findings if finding.kind in kinds)

    def without(self, ids: Collection[str]) -> Self:
        """The same facts but for the findings of these ids."""
        kept = tuple(finding for finding in self.findings if finding.id not in ids)
        return type(self)(kept, self.modality)

    def with_only(self, finding: Finding, kinds: Collection[str]) -> Self:
        """The same facts, where of these kinds only this one finding is left."""
        return self.without({f.id for f in self.of_kinds(kinds)} - {finding.id})
