"""Questions to the agency, made from what is open, by kind of meeting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ultrarare.case.case import Phase
from ultrarare.guidance.assessment import Assessment, Gap, RequirementVerdict, Verdict
from ultrarare.guidance.meeting import Meeting

_DUE: Mapping[Meeting, frozenset[Phase]] = {
    Meeting.INTERACT: frozenset({Phase.DISCOVERY, Phase.NONCLINICAL, Phase.CMC}),
    Meeting.PRE_IND: frozenset(
        {Phase.DISCOVERY, Phase.NONCLINICAL, Phase.CMC, Phase.FIRST_IN_HUMAN}
    ),
    Meeting.TYPE_B: frozenset(Phase),
    Meeting.TYPE_C: frozenset(Phase),
    Meeting.TYPE_D: frozenset(Phase),
}
_MOST: Mapping[Meeting, int | None] = {
    Meeting.INTERACT: 10,
    Meeting.PRE_IND: 10,
    Meeting.TYPE_B: 10,
    Meeting.TYPE_C: 10,
    Meeting.TYPE_D: 2,
}
"""Ours: more questions than this are not answered well in one meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, with what stands behind it.

    Attributes:
        guidance: id of the document.
        requirement: id of the row.
        asks: the row's question.
        position: what the findings say, and what the sponsor proposes.
        question: the question to the agency.
        tag: how well the row's wording is known.
        source: document and place.
        dispute: the open question behind it, if there is one.
        blocks: how many open rows wait for the same.
    """

    guidance: str
    requirement: str
    asks: str
    position: str
    question: str
    tag: str
    source: str
    dispute: str | None
    blocks: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "guidance": self.guidance, "requirement": self.requirement, "asks": self.asks,
            "position": self.position, "question": self.question, "tag": self.tag,
            "source": self.source, "dispute": self.dispute, "blocks": self.blocks,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """Questions for a meeting, and how many more are open.

    Attributes:
        meeting: kind of meeting.
        questions: in the order to be asked.
        left_out: ids of open rows that fall to the meeting and found no room.
    """

    meeting: Meeting
    questions: tuple[Question, ...]
    left_out: tuple[str, ...]


def agenda(
    assessment: Assessment, meeting: Meeting, *, rows: Sequence[str] = (), all_of_them: bool = False
) -> Agenda:
    """The questions of a meeting.

    Args:
        assessment: the case's verdicts.
        meeting: kind of meeting; it says which phases are asked about, and how many questions.
        rows: ids of requirements to ask about, in place of the most pressing.
        all_of_them: leave nothing out for want of room.

    Notes:
        Rows with an open dispute and rows that a person must judge come first, for there the
        documents themselves do not answer; then the rest in the order of the gaps. One question a
        row, whichever documents ask it. Rows that our makers only deduced are asked as such.
    """
    wanted = [gap for gap in assessment.gaps if _falls_to(gap, meeting, rows)]
    by_key = {
        (document.id, row.id): row
        for document in assessment.guidance
        for row in document.requirements
    }
    seen: set[str] = set()
    asked: list[tuple[Gap, RequirementVerdict]] = []
    for gap in wanted:
        if gap.requirement not in seen:
            seen.add(gap.requirement)
            asked.append((gap, by_key[gap.guidance, gap.requirement]))
    if rows:
        asked.sort(key=lambda pair: list(rows).index(pair[0].requirement))
    else:
        asked.sort(key=lambda pair: _answered(*pair))
    if not rows:
        asked = list(_once_a_dispute(asked))
    most = None if all_of_them or rows else _MOST[meeting]
    kept = asked if most is None else asked[:most]
    return Agenda(
        meeting=meeting,
        questions=tuple(_question(gap, row) for gap, row in kept),
        left_out=tuple(gap.requirement for gap, _row in asked[len(kept) :]),
    )


def _once_a_dispute(
    asked: Sequence[tuple[Gap, RequirementVerdict]],
) -> Iterator[tuple[Gap, RequirementVerdict]]:
    """A dispute is asked once, at its most pressing row; its other rows go to the end."""
    seen: set[str] = set()
    later: list[tuple[Gap, RequirementVerdict]] = []
    for gap, row in asked:
        if row.dispute is not None and row.dispute in seen:
            later.append((gap, row))
            continue
        if row.dispute is not None:
            seen.add(row.dispute)
        yield gap, row
    yield from later


def _falls_to(gap: Gap, meeting: Meeting, rows: Sequence[str]) -> bool:
    return gap.requirement in rows if rows else Phase(gap.due) in _DUE[meeting]


def _answered(gap: Gap, row: RequirementVerdict) -> bool:
    """Whether the documents themselves answer, so that the question is about the case."""
    return row.dispute is None and gap.verdict is not Verdict.NEEDS_JUDGEMENT


def _question(gap: Gap, row: RequirementVerdict) -> Question:
    return Question(
        guidance=gap.guidance,
        requirement=gap.requirement,
        asks=row.question,
        position=f"{_state(gap)} {_sentence(row.brief)} We propose: {_sentence(gap.remedy)}",
        question=_wording(gap, row),
        tag=gap.tag,
        source=row.source,
        dispute=row.dispute,
        blocks=gap.blocks,
    )


def _state(gap: Gap) -> str:
    return {
        Verdict.MISSING: "Nothing at hand shows this yet.",
        Verdict.PARTLY: "This is shown in part.",
        Verdict.CONTRADICTED: "Evidence speaks against this.",
        Verdict.NEEDS_JUDGEMENT: "This is a matter of judgement.",
    }[gap.verdict]


def _wording(gap: Gap, row: RequirementVerdict) -> str:
    if row.dispute is not None:
        return f"{row.dispute} How does the division see it for this product?"
    if gap.verdict is Verdict.NEEDS_JUDGEMENT:
        return f"{row.question} Does the division share our reading?"
    if gap.verdict is Verdict.CONTRADICTED:
        return "Does the division see a way to answer this evidence, and is our proposal one?"
    if gap.verdict is Verdict.PARTLY:
        return "Does the division consider what is at hand enough for this stage, or our proposal?"
    return "Does the division agree that our proposal would answer this?"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
