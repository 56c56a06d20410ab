"""The verdict on each element, in the as-written and in the strict reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ultrarare.case.case import Phase
from ultrarare.case.finding import Finding, Ladder, Tier
from ultrarare.guidance.answer import worst
from ultrarare.guidance.assessment import Element, ElementVerdict, RequirementVerdict, Verdict
from ultrarare.guidance.wording import closeness, remoteness, sentence

OUTSIDE = frozenset({Verdict.NOT_APPLICABLE, Verdict.NOT_YET_DUE})
"""Verdicts of rows that do not weigh on an element, as long as another row does."""

CLOSED = frozenset({Verdict.SUPPORTED, Verdict.NOT_APPLICABLE})


def as_written(
    element: Element,
    rows: Sequence[RequirementVerdict],
    deciding: frozenset[str],
    findings: Mapping[str, Finding],
) -> ElementVerdict:
    """The verdict of the element's deciding rows, the worst where there are several."""
    return _element(element, [row for row in rows if row.id in deciding], findings)


def strict(
    element: Element,
    rows: Sequence[RequirementVerdict],
    deciding: frozenset[str],
    findings: Mapping[str, Finding],
    phase: Phase,
) -> ElementVerdict:
    """The worst verdict among the element's deciding rows and all its rows that are due.

    A row that is not due weighs too where it fails closed, or where findings contradict it.
    """
    weighing = [
        row
        for row in rows
        if row.element is element
        and (
            row.id in deciding
            or row.fail_closed
            or row.verdict is Verdict.CONTRADICTED
            or Phase(row.due).order <= phase.order
        )
    ]
    return _element(element, weighing, findings)


def open_elements(elements: Iterable[ElementVerdict]) -> tuple[Element, ...]:
    """The elements that are not supported; those that do not apply are not open."""
    return tuple(element.id for element in elements if element.verdict not in CLOSED)


def _element(
    element: Element, rows: Sequence[RequirementVerdict], findings: Mapping[str, Finding]
) -> ElementVerdict:
    weighing = [row for row in rows if row.verdict not in OUTSIDE] or list(rows)
    verdict = worst(row.verdict for row in weighing)
    deciding = [row for row in weighing if row.verdict is verdict]
    ids = tuple(dict.fromkeys(i for row in (*deciding, *weighing) for i in row.findings))
    under = [findings[i] for i in ids if _counts(i, weighing)]
    return ElementVerdict(
        id=element,
        verdict=verdict,
        reason=_reason(verdict, [(r.id, r.brief) for r in deciding], alone=len(rows) == 1),
        detail=_reason(verdict, [(r.id, r.reason) for r in deciding], alone=len(rows) == 1),
        deciding=tuple(row.id for row in deciding),
        findings=ids,
        ladder=_closest_rung(under) if element is Element.ENGAGEMENT else None,
        tier=_closest_tier(under) if element is Element.NATURAL_HISTORY else None,
    )


def _reason(verdict: Verdict, deciding: Sequence[tuple[str, str]], *, alone: bool) -> str:
    if alone or verdict is Verdict.SUPPORTED:
        return deciding[0][1]
    return sentence(*(f"{row}: {reason}" for row, reason in deciding))


def _counts(finding_id: str, rows: Sequence[RequirementVerdict]) -> bool:
    roles = {row.roles.get(finding_id) for row in rows}
    return bool(roles & {"supports", "partly supports"})


def _closest_rung(findings: Sequence[Finding]) -> str | None:
    rungs = [f.ladder for f in findings if isinstance(f.ladder, Ladder)]
    return min(rungs, key=closeness).value if rungs else None


def _closest_tier(findings: Sequence[Finding]) -> str | None:
    tiers = [f.tier for f in findings if isinstance(f.tier, Tier)]
    return min(tiers, key=remoteness).value if tiers else None
