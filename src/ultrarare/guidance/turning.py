"""Where the verdicts on one case turn on which of two documents, or versions, is asked."""

from __future__ import annotations

from collections.abc import Sequence

from ultrarare.guidance.assessment import (
    GuidanceAssessment,
    RequirementVerdict,
    Turn,
    Turning,
    Verdict,
)

_CLOSED = {Verdict.SUPPORTED, Verdict.NOT_APPLICABLE, Verdict.NOT_YET_DUE}


def turns(a: GuidanceAssessment, b: GuidanceAssessment) -> tuple[Turn, ...]:
    """What of one case turns on whether `a` or `b` is asked.

    Args:
        a: the case's verdicts by the first document.
        b: by the second.

    Returns:
        Elements in either reading whose verdicts differ, then rows of both that differ, then rows
        of one side only that are open. Rows of one side that are closed turn nothing.
    """
    found: list[Turn] = []
    for name, one, other in (
        ("as written", a.readings.as_written, b.readings.as_written),
        ("strict", a.readings.strict, b.readings.strict),
    ):
        theirs = {element.id: element for element in other.elements}
        for element in one.elements:
            beside = theirs.get(element.id)
            if beside is not None and beside.verdict is not element.verdict:
                open_side = element if element.verdict not in _CLOSED else beside
                found.append(
                    Turn(
                        what=element.id.value,
                        sort=f"element, {name}",
                        a=element.verdict,
                        b=beside.verdict,
                        question=element.id.heading,
                        reason=open_side.reason,
                    )
                )
    left = {row.id: row for row in a.requirements}
    right = {row.id: row for row in b.requirements}
    for key in dict.fromkeys((*left, *right)):
        turn = _of_row(left.get(key), right.get(key))
        if turn is not None:
            found.append(turn)
    return tuple(found)


def turning(documents: Sequence[GuidanceAssessment]) -> tuple[Turning, ...]:
    """The first document against each of the others."""
    return tuple(
        Turning(a=documents[0].id, b=other.id, turns=turns(documents[0], other))
        for other in documents[1:]
    )


def _of_row(a: RequirementVerdict | None, b: RequirementVerdict | None) -> Turn | None:
    shown = [row for row in (a, b) if row is not None]
    if len(shown) == 2 and shown[0].verdict is shown[1].verdict:
        return None
    if len(shown) == 1 and shown[0].verdict in _CLOSED:
        return None
    telling = next((row for row in shown if row.verdict not in _CLOSED), shown[-1])
    return Turn(
        what=telling.id,
        sort="requirement",
        a=None if a is None else a.verdict,
        b=None if b is None else b.verdict,
        question=telling.question,
        reason=telling.reason,
    )
