"""From findings to verdicts: one pack, one case, both readings. Pure; it reads no clock or file."""

from __future__ import annotations

from collections.abc import Iterable

from ultrarare.case.case import Modality, Phase
from ultrarare.case.finding import Finding
from ultrarare.case.judgement import Judgement, Judgements
from ultrarare.guidance.answer import Answer
from ultrarare.guidance.assessment import (
    Element,
    GuidanceAssessment,
    Reading,
    Readings,
    RequirementVerdict,
    Verdict,
)
from ultrarare.guidance.decision import with_decisions
from ultrarare.guidance.element import as_written, open_elements, strict
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.gap import gaps as gaps  # noqa: PLC0414 -- given on to callers
from ultrarare.guidance.pack import Pack
from ultrarare.guidance.requirement import Requirement
from ultrarare.guidance.wording import clause, sentence


def assess_pack(
    pack: Pack,
    findings: Iterable[Finding],
    *,
    phase: Phase,
    modality: Modality,
    judgements: Iterable[Judgement] = (),
    record: Judgements | None = None,
) -> GuidanceAssessment:
    """The verdicts of one document on one case.

    Args:
        pack: the document's requirements.
        findings: every finding of the case, in any order, each id once.
        phase: how far the case is; what is due later is not held against it.
        modality: the kind of therapy.
        judgements: human decisions of any document; those of this pack stand beside its verdicts.
        record: the whole log of decisions, with reviews, revocations and advice, in their place.

    Notes:
        The rules stand in docs/methods/verdicts.md; checked in tests/unit/guidance/test_engine.py
        and tests/laws/test_guidance_laws.py.
    """
    facts = Facts.of(findings, modality)
    log = record or Judgements.empty().model_copy(update={"judgements": tuple(judgements)})
    rows = tuple(
        with_decisions(_assess(pack, row, facts, phase), pack.id, log, facts.findings)
        for row in pack.requirements
    )
    by_id = {finding.id: finding for finding in facts.findings}
    deciding = {e: frozenset(row.id for row in pack.deciding(e)) for e in Element}
    asked = tuple(Element) if any(deciding.values()) else ()
    written = tuple(as_written(e, rows, deciding[e], by_id) for e in asked)
    tight = tuple(strict(e, rows, deciding[e], by_id, phase) for e in asked)
    about = pack.readings
    return GuidanceAssessment(
        id=pack.id,
        title=pack.title,
        status=pack.status,
        date=pack.date,
        version=pack.version,
        sha256=pack.sha256,
        readings=Readings(
            strict=Reading(
                about=about.strict.about,
                open_elements=open_elements(tight),
                elements=tight,
                requirements=rows,
            ),
            as_written=Reading(
                about=about.as_written.about,
                open_elements=open_elements(written),
                elements=written,
                requirements=rows,
            ),
        ),
        elements=written,
        requirements=rows,
    )


def _assess(
    pack: Pack,
    row: Requirement,
    facts: Facts,
    phase: Phase,
) -> RequirementVerdict:
    answer = _answer(row, facts)
    verdict, reason = _in_phase(row, answer, phase)
    is_open = verdict not in {Verdict.SUPPORTED, Verdict.NOT_APPLICABLE}
    return RequirementVerdict(
        id=row.id,
        element=row.element,
        question=row.question,
        verdict=verdict,
        reason=sentence(reason, None if verdict is Verdict.NOT_APPLICABLE else row.note),
        brief=sentence(reason if verdict is Verdict.NOT_YET_DUE else answer.in_brief),
        tag=row.tag,
        ours=row.ours,
        due=row.due.value,
        findings=tuple(answer.roles),
        roles=dict(answer.roles),
        remedy=_remedy(row, verdict) if is_open else "",
        source=pack.cite(row),
        dispute=row.dispute,
        fail_closed=row.fail_closed,
        reads=tuple(sorted(row.kinds)),
        declared_only=not row.computed,
        waits_for=answer.waits_for if is_open else (),
        explanation=answer.explain(),
    )


def _remedy(row: Requirement, verdict: Verdict) -> str:
    """What would close the gap; evidence against is answered first, more of the same will not."""
    if verdict is Verdict.CONTRADICTED:
        return f"Answer the evidence that speaks against it first. {row.remedy}"
    return row.remedy


def _answer(row: Requirement, facts: Facts) -> Answer:
    if not row.modality or facts.modality in row.modality:
        return row.predicate.answer(facts)
    asked = " or ".join(modality.value for modality in row.modality)
    return Answer(
        ask="modality",
        verdict=Verdict.NOT_APPLICABLE,
        reason=f"this is asked of {asked}, and the therapy is {facts.modality.value}",
        speaks=False,
    )


def _in_phase(row: Requirement, answer: Answer, phase: Phase) -> tuple[Verdict, str]:
    """What is missing before its phase is not yet due, unless the row fails closed."""
    silent = answer.verdict is Verdict.NEEDS_JUDGEMENT and not answer.speaks
    early = row.due.order > phase.order
    if not early or not (answer.verdict is Verdict.MISSING or silent):
        return answer.verdict, answer.reason
    if row.fail_closed:
        text = f"due from {row.due.value}, and already open now: this row fails closed"
        return answer.verdict, clause(answer.reason, text)
    return Verdict.NOT_YET_DUE, clause(f"due from {row.due.value}", answer.reason)
