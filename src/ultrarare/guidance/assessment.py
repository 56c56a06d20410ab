"""What an assessment holds: verdicts with their reasons, the gaps, and the findings under them.

There is no overall score. Five elements stand side by side, each with a reason.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ultrarare.case.finding import Finding
from ultrarare.case.judgement import Advice, Judgement, Review, Revocation


class Verdict(StrEnum):
    """What the findings say of a requirement or an element (DESIGN §2)."""

    SUPPORTED = "supported"
    PARTLY = "partly supported"
    CONTRADICTED = "contradicted"
    MISSING = "missing"
    NOT_YET_DUE = "not yet due"
    NOT_APPLICABLE = "not applicable"
    NEEDS_JUDGEMENT = "needs judgement"


class Element(StrEnum):
    """The framework's five elements."""

    ABNORMALITY = "abnormality"
    THERAPY = "therapy"
    NATURAL_HISTORY = "natural-history"
    ENGAGEMENT = "engagement"
    IMPROVEMENT = "improvement"

    @property
    def heading(self) -> str:
        """The element as a heading."""
        return {
            "abnormality": "A specific causal abnormality",
            "therapy": "A therapy that acts on it",
            "natural-history": "A well-characterised untreated course",
            "engagement": "The target was edited or drugged",
            "improvement": "Outcome or course improved",
        }[self.value]


Role = Literal[
    "supports",
    "partly supports",
    "contradicts",
    "inconclusive",
    "not computable",
    "set aside",
    "describes",
]
"""What a finding says of one requirement.

*Set aside*: it serves another element and is not counted twice. *Describes*: it was looked at and
does not count for or against.
"""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Standing = Literal["reviewed", "not reviewed", "disputed", "stale", "revoked"]
"""How a judgement stands: agreed by a second person; by one person alone; a second person holds
otherwise; its ground has changed since; taken back."""


class StandingJudgement(Judgement):
    """A judgement as it stands on a row.

    Attributes:
        standing: one word.
        why: the reason of the standing, one sentence or two.
        reviews: what others held of it.
        revocation: by whom and why it was taken back, if it was.
    """

    standing: Standing = "not reviewed"
    why: str = ""
    reviews: tuple[Review, ...] = ()
    revocation: Revocation | None = None


class RequirementVerdict(_Value):
    """The verdict on one requirement.

    Attributes:
        id: requirement id, such as `EL-4`.
        element: the element it belongs to; None for pathway rows and the like.
        question: what the requirement asks, as a question.
        verdict: the computed verdict.
        reason: a sentence or a few, with the findings it rests on.
        brief: the same, short enough for a card.
        tag: how well the wording is known, as printed beside it.
        ours: whether the row is our own deduction.
        due: the phase from which it is due.
        findings: ids of the findings that bear on it, the deciding ones first.
        roles: what each of those findings says here, by id.
        remedy: what would close the gap; empty where nothing is open.
        source: document and locator.
        dispute: the open question it belongs to, if any.
        judgements: human decisions and how they stand; they never replace the verdict.
        advice: what an agency advised on this row for this case.
        generic: the verdict of the row as the document has it, where advice changed what is asked.
        basis: digest of what a person judges here; a judgement holds it to be seen stale later.
        fail_closed: whether missing stays missing even before the row is due.
        reads: the finding kinds that it reads.
        declared_only: whether no computation gives any kind it reads, so that people state it.
        waits_for: finding kinds that would have to come, or come out otherwise, to support it.
        explanation: the tree of predicates with their answers, as JSON.
    """

    id: str
    element: Element | None
    question: str
    verdict: Verdict
    reason: str
    brief: str
    tag: str
    ours: bool
    due: str
    findings: tuple[str, ...]
    roles: dict[str, Role]
    remedy: str
    source: str
    dispute: str | None = None
    judgements: tuple[StandingJudgement, ...] = ()
    advice: Advice | None = None
    generic: Verdict | None = None
    basis: str = ""
    fail_closed: bool = False
    reads: tuple[str, ...] = ()
    declared_only: bool = False
    waits_for: tuple[str, ...] = ()
    explanation: dict[str, Any]


class ElementVerdict(_Value):
    """The verdict on one element in one reading.

    Attributes:
        id: the element.
        verdict: its verdict.
        reason: a sentence or a few, short.
        detail: the reason in full, with the findings it rests on.
        deciding: ids of the requirements that decided it.
        findings: ids of the findings under it, the most telling first.
        ladder: for engagement, the closest rung reached.
        tier: for natural history, the closest tier at hand.
    """

    id: Element
    verdict: Verdict
    reason: str
    detail: str
    deciding: tuple[str, ...]
    findings: tuple[str, ...]
    ladder: str | None = None
    tier: str | None = None


class Reading(_Value):
    """One reading of a document. *Strict* asks all five; *as written* asks what the text asks."""

    about: str
    open_elements: tuple[Element, ...]
    elements: tuple[ElementVerdict, ...]
    requirements: tuple[RequirementVerdict, ...]


class Readings(_Value):
    """Both readings, side by side."""

    strict: Reading
    as_written: Reading


class GuidanceAssessment(_Value):
    """One document's verdicts; `elements` and `requirements` are the as-written reading's."""

    id: str
    title: str
    status: str
    date: str
    version: str
    sha256: str
    readings: Readings
    elements: tuple[ElementVerdict, ...]
    requirements: tuple[RequirementVerdict, ...]


class Gap(_Value):
    """Something open, and what would close it.

    Attributes:
        guidance: id of the document.
        requirement: id of the requirement.
        element: the element it blocks, if any.
        verdict: why it is open.
        due: the phase from which it is due.
        blocks: how many elements or requirements stay open with it; gaps are listed by this.
        reason: what was found.
        remedy: what would close it.
        tag: how well the wording is known.
    """

    guidance: str
    requirement: str
    element: Element | None
    verdict: Verdict
    due: str
    blocks: int
    reason: str
    remedy: str
    tag: str


class Turn(_Value):
    """One element or requirement whose verdict turns on which document is asked.

    Attributes:
        what: id of the element or requirement.
        sort: which of the two, and for an element in which reading.
        a: verdict by the first document; None where it does not ask.
        b: verdict by the second; None where it does not ask.
        question: what is asked.
        reason: the reason of the side that leaves it open, else of the second.
    """

    what: str
    sort: str
    a: Verdict | None
    b: Verdict | None
    question: str
    reason: str


class Turning(_Value):
    """What turns on whether document `a` or document `b` is asked."""

    a: str
    b: str
    turns: tuple[Turn, ...]


State = Literal["met", "not met", "not known", "does not apply"]
RouteWord = Literal["yes", "no", "undecided"]


class ConditionAnswer(_Value):
    """One condition of a route.

    Attributes:
        id: of the row, or of the condition.
        row: pack and row it is, where it is one.
        asks: the question.
        paraphrase: what the document says, in our words.
        state: met, not met, not known, or does not apply.
        verdict: of the predicate; anything but supported and contradicted is no answer.
        reason: a sentence.
        findings: ids it read.
        source: document and locator.
        tag: how well the wording is known.
        ours: whether it is our own reading.
    """

    id: str
    row: str | None
    asks: str
    paraphrase: str
    state: State
    verdict: Verdict
    reason: str
    findings: tuple[str, ...]
    source: str
    tag: str
    ours: bool


class RouteAnswer(_Value):
    """Whether a way is open to the case, as far as findings can say.

    Attributes:
        id: of the route.
        group: what it is a way to.
        title: what it is.
        profile: the reading of the scope it stands for.
        about: what it asks, and what it does not say.
        answer: yes (each condition that can be checked is met), no (one is not), undecided.
        reason: which conditions decided.
        conditions: each with its own answer.
    """

    id: str
    group: str
    title: str
    profile: str | None
    about: str
    answer: RouteWord
    reason: str
    conditions: tuple[ConditionAnswer, ...]


class EndpointStatus(_Value):
    """What a planned endpoint is as a surrogate, as the plan declares it, and what it can carry."""

    finding: str
    measure: str
    endpoint_class: str
    status: str
    carries: str


class CaseHead(_Value):
    """The head of a dossier: who and what, and the digest of everything that went in."""

    id: str
    title: str
    data: str
    pseudonym: str
    gene: str
    variant: str
    product: str
    disease: str
    course: str
    phase: str
    clock: str
    digest: str
    plan: str
    absent: tuple[str, ...]


class Failure(_Value):
    """An analysis that did not come to an end; the others did."""

    analysis: str
    problem: str


class Assessment(_Value):
    """`assessment.json`. It holds no clock time: the same input gives the same bytes."""

    schema_version: Literal["ultrarare/assessment/1"] = "ultrarare/assessment/1"
    software: str
    notice: str
    case: CaseHead
    findings: tuple[Finding, ...]
    guidance: tuple[GuidanceAssessment, ...]
    gaps: tuple[Gap, ...]
    turning: tuple[Turning, ...] = ()
    routes: tuple[RouteAnswer, ...] = ()
    endpoints: tuple[EndpointStatus, ...] = ()
    failures: tuple[Failure, ...] = ()

    def finding(self, finding_id: str) -> Finding:
        """The finding of that id.

        Raises:
            KeyError: there is none.
        """
        for finding in self.findings:
            if finding.id == finding_id:
                return finding
        raise KeyError(finding_id)
