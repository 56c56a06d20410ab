"""What a verdict stands on: the part of a finding that a predicate can read, and its digest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ultrarare import digest
from ultrarare.case.finding import Finding
from ultrarare.guidance.assessment import RequirementVerdict

Ground = tuple[tuple[str, str], ...]
"""What one finding says, as far as a predicate can read it: names and values in a fixed order."""


def ground(finding: Finding) -> Ground:
    """What a finding says, as far as a predicate can read it."""
    estimate = finding.estimate
    said: dict[str, Any] = {
        "kind": finding.kind,
        "direction": finding.direction.value,
        "origin": finding.origin.value,
        "planned": finding.planned.value,
        "rung": finding.ladder and finding.ladder.value,
        "tier": finding.tier and finding.tier.value,
        "n": finding.n,
        "estimate": estimate and (estimate.value, estimate.lower, estimate.upper, estimate.unit),
        **{f"attribute {name}": value for name, value in sorted(finding.attributes.items())},
    }
    return tuple((name, _plain(value)) for name, value in said.items() if value is not None)


def basis(guidance: str, row: RequirementVerdict, findings: Iterable[Finding]) -> str:
    """Digest of what a person judges who judges this row: question, verdict, and its findings.

    It changes where the row asks something else, its verdict changes, or a finding of a kind that
    it reads says something else; not where software is updated and nothing of this changes.
    """
    reads = frozenset(row.reads)
    said = sorted([list(pair) for pair in ground(f)] for f in findings if f.kind in reads)
    return digest.of_value(
        {
            "guidance": guidance,
            "requirement": row.id,
            "question": row.question,
            "verdict": row.verdict.value,
            "findings": said,
        }
    )


def _plain(value: Any) -> str:
    """A value in words, numbers to six digits."""
    if isinstance(value, tuple):
        return " ".join(_plain(one) for one in value if one is not None)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
