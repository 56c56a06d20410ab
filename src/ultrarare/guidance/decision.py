"""What people decided on a row, beside its verdict: how judgements stand, what advice changes.

A judgement never changes a verdict. Advice of an agency on this case overrides the generic row:
the row says so, and keeps the verdict it had without the advice. Advice takes no evidence away:
what findings contradict stays contradicted. A row that fails closed is waived only where the
minutes or the letter lie in the case folder.
"""

from __future__ import annotations

from collections.abc import Iterable

from ultrarare.case.finding import Finding
from ultrarare.case.judgement import (
    NO_INTERESTS,
    Advice,
    Judgement,
    Judgements,
    Review,
    same_person,
)
from ultrarare.guidance.assessment import (
    RequirementVerdict,
    Standing,
    StandingJudgement,
    Verdict,
)
from ultrarare.guidance.ground import basis
from ultrarare.guidance.wording import clause, sentence


def with_decisions(
    row: RequirementVerdict, guidance: str, record: Judgements, findings: Iterable[Finding]
) -> RequirementVerdict:
    """A row with the advice and the judgements of the case on it.

    Args:
        row: as computed from findings alone.
        guidance: id of its document.
        record: every decision of the case.
        findings: of the case; they tell whether a judgement's ground has changed.
    """
    advised = _advised(row, _on(row, guidance, record.in_force()))
    found = basis(guidance, advised, findings)
    return advised.model_copy(
        update={
            "basis": found,
            "judgements": tuple(
                _standing(one, record, found)
                for one in record.judgements
                if (one.guidance, one.requirement) == (guidance, row.id)
            ),
        }
    )


def _on(row: RequirementVerdict, guidance: str, advice: Iterable[Advice]) -> Advice | None:
    return next((a for a in advice if (a.guidance, a.requirement) == (guidance, row.id)), None)


def _advised(row: RequirementVerdict, advice: Advice | None) -> RequirementVerdict:
    if advice is None:
        return row
    said = f"{advice.agency} advised on {advice.on} ({advice.meeting}; {advice.source})"
    if advice.effect == "confirms":
        return row.model_copy(update={"advice": advice})
    if row.verdict is Verdict.NOT_APPLICABLE:
        return row.model_copy(update={"advice": advice})
    stays = _why_not(row, advice)
    if stays:
        reason = sentence(row.reason, f"{said}: {advice.advice}; {stays}")
        return row.model_copy(update={"advice": advice, "reason": reason})
    without = f"without this advice the row is {row.verdict.value}"
    if advice.effect == "waives":
        verdict, text = (
            Verdict.NOT_APPLICABLE,
            f"that this is not asked of this case: {advice.advice}",
        )
    else:
        verdict, text = Verdict.NEEDS_JUDGEMENT, f"to ask this case instead: {advice.asks}"
    reason = sentence(clause(f"{said} {text.rstrip('.')}", without))
    return row.model_copy(
        update={
            "advice": advice,
            "generic": row.verdict,
            "verdict": verdict,
            "reason": reason,
            "brief": reason,
            "remedy": ""
            if verdict is Verdict.NOT_APPLICABLE
            else f"Answer what was asked: {advice.asks}",
        }
    )


def _why_not(row: RequirementVerdict, advice: Advice) -> str:
    """Why advice leaves the verdict as it is; empty where it does not."""
    if row.verdict is Verdict.CONTRADICTED:
        return "the evidence against stays, whatever is asked"
    if row.fail_closed and advice.file is None:
        return (
            "this row fails closed, and the minutes or the letter are not in the case folder "
            "(`file`), so the verdict stays"
        )
    return ""


def _standing(one: Judgement, record: Judgements, found: str) -> StandingJudgement:
    reviews = tuple(r for r in record.reviews if one.id is not None and r.judgement == one.id)
    revocation = next(
        (r for r in record.revocations if one.id is not None and r.judgement == one.id), None
    )
    word: Standing
    if revocation is not None:
        word = "revoked"
        why = f"taken back by {revocation.by} on {revocation.on}: {revocation.reason}"
    elif one.basis is not None and one.basis != found:
        word, why = "stale", "what it was made on has changed since"
    else:
        word, why = _reviewed(one, reviews)
        if one.basis is None:
            why = clause(
                why, "it does not say on what it was made, so that a change would not show"
            )
    return StandingJudgement(
        **one.model_dump(), standing=word, why=sentence(why), reviews=reviews, revocation=revocation
    )


def _reviewed(one: Judgement, reviews: tuple[Review, ...]) -> tuple[Standing, str]:
    """A second person with nothing at stake agrees; one who disagrees is heard first."""
    against = [r for r in reviews if r.outcome == "disagrees"]
    if against:
        said = "; ".join(f"{r.by} on {r.on}: {r.reason.rstrip('.')}" for r in against)
        return "disputed", f"a second person disagrees ({said})"
    free = [r for r in reviews if _free(r.interests) and not same_person(r.by, one.by)]
    if free:
        return "reviewed", f"{free[0].by} agreed on {free[0].on}"
    if reviews:
        names = "; ".join(f"{r.by}: {r.interests.rstrip('.')}" for r in reviews)
        return "not reviewed", f"those who agreed have stated interests ({names})"
    return "not reviewed", "one person's alone"


def _free(interests: str) -> bool:
    return interests.strip().rstrip(".").casefold() == NO_INTERESTS
