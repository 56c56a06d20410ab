"""Two assessments side by side: where two cases were judged otherwise, and on what ground.

A verdict is a function of a requirement, the phase, the modality and what its findings say; so
cases that agree in these agree in the verdict (tests/laws/test_guidance_laws.py). What differs in
the verdict therefore has a difference in one of them, and it is named. People are no functions:
where two cases have the same ground and people judged them otherwise, that is named too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ultrarare.errors import InputError
from ultrarare.guidance.assessment import (
    Assessment,
    GuidanceAssessment,
    RequirementVerdict,
    StandingJudgement,
    Verdict,
)
from ultrarare.guidance.ground import Ground, ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One requirement that was judged otherwise.

    Attributes:
        guidance: id of the document.
        requirement: id of the row.
        question: what it asks.
        a: verdict on the first case, or what people decided there.
        b: the same of the second.
        judged_by: whether the computed verdicts differ, or decisions of people on equal grounds.
        because: what differs, one clause each.
    """

    guidance: str
    requirement: str
    question: str
    a: str
    b: str
    judged_by: Literal["computed", "people"]
    because: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "guidance": self.guidance, "requirement": self.requirement, "question": self.question,
            "a": self.a, "b": self.b, "judged_by": self.judged_by, "because": list(self.because),
        }  # fmt: skip


def contrasts(a: Assessment, b: Assessment) -> tuple[Contrast, ...]:
    """Every requirement that was judged otherwise, in the order of the first case's documents.

    Raises:
        InputError: the cases were not judged by the same versions of the same documents.
    """
    versions = [{one.id: one.sha256 for one in case.guidance} for case in (a, b)]
    if versions[0] != versions[1]:
        raise InputError(
            f"found {_documents(a)} and {_documents(b)}",
            where="guidance",
            remedy="assess both cases by the same documents in the same version",
        )
    found: list[Contrast] = []
    for one, other in zip(a.guidance, sorted_as(a, b), strict=True):
        for left, right in zip(one.requirements, other.requirements, strict=True):
            found += _of_row(one.id, (a, left), (b, right))
    return tuple(found)


def sorted_as(a: Assessment, b: Assessment) -> list[GuidanceAssessment]:
    """The documents of `b` in the order of those of `a`."""
    by_id = {one.id: one for one in b.guidance}
    return [by_id[one.id] for one in a.guidance]


def _documents(case: Assessment) -> str:
    return ", ".join(f"{one.id} version {one.version} ({one.sha256[:8]})" for one in case.guidance)


_Side = tuple[Assessment, RequirementVerdict]


def _of_row(guidance: str, a: _Side, b: _Side) -> Iterable[Contrast]:
    (one, left), (other, right) = a, b
    because = tuple(_differences(a, b))
    if left.verdict is not right.verdict:
        yield Contrast(
            guidance=guidance, requirement=left.id, question=left.question,
            a=left.verdict.value, b=right.verdict.value, judged_by="computed", because=because,
        )  # fmt: skip
    decided = [_decided(row.judgements) for row in (left, right)]
    if all(decided) and decided[0] != decided[1] and not because:
        yield Contrast(
            guidance=guidance, requirement=left.id, question=left.question,
            a=_said(left.judgements), b=_said(right.judgements), judged_by="people",
            because=(
                f"the ground is the same ({one.case.id}, {other.case.id}); "
                "the decisions of people differ",
            ),
        )  # fmt: skip


def _decided(judgements: Sequence[StandingJudgement]) -> frozenset[str]:
    return frozenset(one.verdict for one in judgements if one.standing != "revoked")


def _said(judgements: Sequence[StandingJudgement]) -> str:
    return "; ".join(
        f"{one.verdict} ({one.by}, {one.on}: {one.reason})"
        for one in judgements
        if one.standing != "revoked"
    )


def _differences(a: _Side, b: _Side) -> Iterable[str]:
    """What differs on the ground of one row: the setting first, then findings by kind."""
    (one, left), (other, right) = a, b
    names = (one.case.id, other.case.id)
    if names[0] == names[1]:
        names = ("first case", "second case")
    if one.case.phase != other.case.phase and Verdict.NOT_YET_DUE in {left.verdict, right.verdict}:
        yield _beside("phase", names, (one.case.phase, other.case.phase))
    if _modality(one) != _modality(other):
        yield _beside("therapy", names, (str(_modality(one)), str(_modality(other))))
    differing = False
    for kind in left.reads:
        mine, theirs = (
            Counter(ground(finding) for finding in case.findings if finding.kind == kind)
            for case in (one, other)
        )
        if mine != theirs:
            differing = True
            said = [
                " / ".join(_words(each) for each in some.elements()) or "nothing"
                for some in (mine - theirs, theirs - mine)
            ]
            yield _beside(kind, names, (said[0], said[1]))
    if not differing and left.verdict is not right.verdict:
        yield "which of these findings share a dataset, a source or a measure"


def _beside(what: str, names: tuple[str, str], said: tuple[str, str]) -> str:
    return f"{what}: {said[0]} ({names[0]}); {said[1]} ({names[1]})"


def _modality(case: Assessment) -> str | None:
    """As the finding on it says; None where the case holds none."""
    found = (f.attributes.get("modality") for f in case.findings if f.kind == "case.modality")
    return next((str(value) for value in found if value is not None), None)


def _words(said: Ground) -> str:
    parts = [
        value if name == "direction" else f"{name.removeprefix('attribute ')} {value}"
        for name, value in said
        if name != "kind" and not (name == "planned" and value == "not applicable")
    ]
    return ", ".join(parts)
