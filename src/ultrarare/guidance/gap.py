"""What is open, in the order in which closing it helps most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ultrarare.case.case import Phase
from ultrarare.guidance.assessment import Gap, GuidanceAssessment, RequirementVerdict, Verdict

OPEN = frozenset({Verdict.MISSING, Verdict.CONTRADICTED, Verdict.PARTLY, Verdict.NEEDS_JUDGEMENT})


def gaps(assessments: Iterable[GuidanceAssessment]) -> tuple[Gap, ...]:
    """Every open row of every document, the most pressing first.

    Order: rows that decide an element; rows that fail closed; the number of open rows that wait
    for the same kinds of finding; the phase from which the row is due; document and id. A row that
    needs judgement stays open until a person judged it supported or not applicable and a second
    one agreed (`reviewed`).
    """
    asked = [
        (assessment, row)
        for assessment in assessments
        for row in assessment.requirements
        if row.verdict in OPEN and not _judged(row)
    ]
    rows = [row for _assessment, row in asked]
    ranked = []
    for assessment, row in asked:
        gap = _gap(assessment, row, rows)
        decides = any(row.id in element.deciding for element in assessment.elements)
        rank = (not decides, not row.fail_closed, -gap.blocks, Phase(gap.due).order)
        ranked.append(((*rank, gap.guidance, gap.requirement), gap))
    return tuple(gap for _rank, gap in sorted(ranked, key=lambda pair: pair[0]))


def _judged(row: RequirementVerdict) -> bool:
    """Whether two people closed a row that waits for people, and nobody holds otherwise."""
    standing = [one for one in row.judgements if one.standing != "revoked"]
    return (
        row.verdict is Verdict.NEEDS_JUDGEMENT
        and bool(standing)
        and all(one.standing == "reviewed" for one in standing)
        and all(one.verdict in {"supported", "not applicable"} for one in standing)
    )


def _gap(
    assessment: GuidanceAssessment, row: RequirementVerdict, rows: Sequence[RequirementVerdict]
) -> Gap:
    kinds = set(row.waits_for)
    waiting = sum(1 for other in rows if kinds & set(other.waits_for))
    return Gap(
        guidance=assessment.id,
        requirement=row.id,
        element=row.element,
        verdict=row.verdict,
        due=row.due,
        blocks=max(1, waiting),
        reason=row.reason,
        remedy=row.remedy,
        tag=row.tag,
    )
