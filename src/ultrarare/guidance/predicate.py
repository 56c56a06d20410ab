"""The questions a requirement may put to the findings: leaves, relations, and their combinations.

They are few and typed. A pack names one by `ask`; each answers with a verdict, a reason, the
findings it read, and the answers it was made from. docs/methods/verdicts.md lists them with the
verdicts each can give; tests/unit/guidance/test_predicate.py holds one example of each.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ultrarare.case.case import Modality
from ultrarare.case.finding import Attribute, Finding
from ultrarare.case.vocabulary import vocabulary, why_unknown
from ultrarare.guidance.answer import Answer, best, combine, worst
from ultrarare.guidance.assessment import Role, Verdict
from ultrarare.guidance.comparison import AtLeast, AtMost, Equals, Within
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.relation import Before, IndependentOf, LockBeforeDose, same_measurement
from ultrarare.guidance.selection import Kinds, Question, SomeKinds, is_among
from ultrarare.guidance.shown import Held, LadderAtLeast, Shown
from ultrarare.guidance.wording import clause, quote_some, subject

Reads = Annotated[
    Shown | Held | AtLeast | AtMost | Within | Equals | LadderAtLeast, Field(discriminator="ask")
]


class Judged(Question):
    """A person decides. The findings to look at are listed; none of them decides.

    Attributes:
        kind: kinds to look at; may be empty.
        claim: what is to be decided, as a clause after "a person decides".
    """

    ask: Literal["judged"] = "judged"
    kind: SomeKinds = ()
    claim: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _in_vocabulary(self) -> Self:
        for kind in self.kind:
            if (why := why_unknown(kind)) is not None:
                raise ValueError(why)
        return self

    def answer(self, facts: Facts) -> Answer:
        """Needs judgement, always."""
        found = facts.of_kinds(self.kind)
        return Answer(
            ask=self.ask,
            verdict=Verdict.NEEDS_JUDGEMENT,
            reason=clause(
                f"a person decides {self.claim}",
                f"to look at: {quote_some(found)}" if found else "",
            ),
            roles={finding.id: "describes" for finding in found},
            speaks=bool(found),
        )


class Told(Question):
    """The row says how the law or the agency acts; nothing is asked of a case."""

    ask: Literal["told"] = "told"

    def answer(self, facts: Facts) -> Answer:  # noqa: ARG002 -- as every question
        """Not applicable, always."""
        return Answer(
            ask=self.ask,
            verdict=Verdict.NOT_APPLICABLE,
            reason=clause("this says how the law or the agency acts; nothing is asked of a case"),
            speaks=False,
        )


class All(Question):
    """Every part is asked: the worst of the answers."""

    ask: Literal["all"] = "all"
    of: Annotated[tuple[Predicate, ...], Field(min_length=1)]

    def answer(self, facts: Facts) -> Answer:
        """The first that occurs of `ALL_ORDER`; parts that do not apply are left out."""
        parts = [part.answer(facts) for part in self.of]
        return combine(self.ask, worst(part.verdict for part in parts), parts)


class AnyOf(Question):
    """One part is enough, unless another is contradicted: the best of the answers."""

    ask: Literal["any"] = "any"
    of: Annotated[tuple[Predicate, ...], Field(min_length=1)]

    def answer(self, facts: Facts) -> Answer:
        """The first that occurs of `ANY_ORDER`; the reason is that of the first part to give it."""
        parts = [part.answer(facts) for part in self.of]
        verdict = best(part.verdict for part in parts)
        giving = [part for part in parts if part.verdict is verdict]
        if not giving or verdict is Verdict.CONTRADICTED:
            return combine(self.ask, verdict, parts)
        telling = next((part for part in giving if part.speaks), giving[0])
        return replace(
            combine(self.ask, verdict, parts, reason=telling.reason),
            gist=telling.gist,
            brief=telling.in_brief,
        )


class First(Question):
    """The first part that speaks decides; later ones stand in only where earlier ones are silent.

    A part is silent where its findings are absent or not computable. Contradiction in any part
    decides. So a reported change stands in for a comparison that cannot be computed, and never
    for one that was computed and did not show it.
    """

    ask: Literal["first"] = "first"
    of: Annotated[tuple[Predicate, ...], Field(min_length=1)]

    def answer(self, facts: Facts) -> Answer:
        """The answer of the part that decides; that of the first part where all are silent."""
        parts = [part.answer(facts) for part in self.of]
        against = [part for part in parts if part.verdict is Verdict.CONTRADICTED]
        asked = [part for part in parts if part.verdict is not Verdict.NOT_APPLICABLE] or parts
        speaking = [part for part in asked if part.speaks or part.verdict is not Verdict.MISSING]
        deciding = (against or speaking or asked)[0]
        could_not = [part for part in asked[: asked.index(deciding)] if _could_not(part)][:1]
        reason = clause(deciding.reason, *(part.reason for part in could_not))
        return replace(
            combine(self.ask, deciding.verdict, parts, reason=reason),
            gist=deciding.gist,
            brief=clause(deciding.in_brief, *(part.in_brief for part in could_not)),
        )


def _could_not(answer: Answer) -> bool:
    return "not computable" in answer.roles.values()


class Each(Question):
    """Every finding that the inner question selects must satisfy it: the worst of the answers."""

    ask: Literal["each"] = "each"
    of: Reads

    def answer(self, facts: Facts) -> Answer:
        """The worst answer over the findings; that of the inner question where there are none."""
        passing = self.of.select(facts).passing
        if not passing:
            return replace(self.of.answer(facts), ask=self.ask)
        alone = [facts.with_only(finding, self.of.kind) for finding in passing]
        parts = [self.of.answer(each) for each in alone]
        return combine(self.ask, worst(part.verdict for part in parts), parts)


class Partly(Question):
    """Caps the inner answer at partly supported, and says why.

    Attributes:
        of: the question.
        because: why it cannot be more, as a clause after "partly supported only, since".
    """

    ask: Literal["partly"] = "partly"
    of: Predicate
    because: Annotated[str, Field(min_length=1)]

    def answer(self, facts: Facts) -> Answer:
        """As the inner question, but never supported."""
        inner = self.of.answer(facts)
        if inner.verdict is not Verdict.SUPPORTED:
            return replace(inner, ask=self.ask, parts=(inner,))
        roles: dict[str, Role] = {
            key: "partly supports" if role == "supports" else role
            for key, role in inner.roles.items()
        }
        reason = clause(inner.reason, f"partly supported only, since {self.because}")
        return replace(
            inner,
            ask=self.ask,
            verdict=Verdict.PARTLY,
            reason=reason,
            brief=clause(inner.in_brief, self.because),
            roles=roles,
            parts=(inner,),
        )


class AppliesWhen(Question):
    """The inner question is put where a condition holds; elsewhere it does not apply.

    What is not stated excuses nothing: without a finding that tells, the question is put, unless
    `when_absent` says otherwise.

    Attributes:
        modality: the modalities it is put for; empty for every one.
        kind: the finding kind that tells whether it applies.
        attribute: the attribute of it that is read.
        among: values with which it applies; empty for any.
        other_than: values with which it does not apply.
        when_absent: what holds where no finding tells.
        then: the question.
    """

    ask: Literal["applies_when"] = "applies_when"
    modality: tuple[Modality, ...] = ()
    kind: str | None = None
    attribute: str | None = None
    among: tuple[Attribute, ...] = ()
    other_than: tuple[Attribute, ...] = ()
    when_absent: Literal["applies", "not applicable"] = "applies"
    then: Predicate

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not self.modality and self.kind is None:
            raise ValueError("names no condition; allowed are `modality` and `kind`")
        if self.kind is not None and (why := why_unknown(self.kind)) is not None:
            raise ValueError(why)
        if self.attribute is None and (self.among or self.other_than):
            raise ValueError("compares values, but names no `attribute`")
        if self.attribute is not None:
            known = vocabulary()[self.kind].attributes if self.kind is not None else {}
            if self.attribute not in known:
                allowed = ", ".join(known) or "none"
                raise ValueError(
                    f"{self.kind} has no attribute {self.attribute!r}; allowed are: {allowed}"
                )
        return self

    def answer(self, facts: Facts) -> Answer:
        """As the inner question, or not applicable."""
        why_not = self._why_not(facts)
        if why_not is None:
            inner = self.then.answer(facts)
            return replace(inner, ask=self.ask, parts=(inner,))
        return Answer(
            ask=self.ask, verdict=Verdict.NOT_APPLICABLE, reason=clause(why_not), speaks=False
        )

    def _why_not(self, facts: Facts) -> str | None:
        if self.modality and facts.modality not in self.modality:
            return f"this is asked of {' or '.join(self.modality)}; here it is {facts.modality}"
        if self.kind is None:
            return None
        found = [f for f in facts.of_kinds([self.kind]) if self._tells(f)]
        if not found:
            absent = self.when_absent == "not applicable"
            return f"no finding on {subject([self.kind])}" if absent else None
        if any(self._fits(finding) for finding in found):
            return None
        return f"this does not arise: {quote_some(found)}"

    def _tells(self, finding: Finding) -> bool:
        return self.attribute is None or finding.attributes.get(self.attribute) is not None

    def _fits(self, finding: Finding) -> bool:
        if self.attribute is None:
            return True
        value = finding.attributes.get(self.attribute)
        return (not self.among or is_among(value, self.among)) and not is_among(
            value, self.other_than
        )


class NotSameFindingAs(Question):
    """The inner question, without the findings that are one measurement with those of `others`.

    So no finding serves two elements: what is used as outcome is not used again as engagement.

    Attributes:
        others: the kinds whose findings are not used again here.
        of: the question.
    """

    ask: Literal["not_same_finding_as"] = "not_same_finding_as"
    others: Kinds
    of: Predicate

    @model_validator(mode="after")
    def _in_vocabulary(self) -> Self:
        for kind in self.others:
            if (why := why_unknown(kind)) is not None:
                raise ValueError(why)
        return self

    def answer(self, facts: Facts) -> Answer:
        """As the inner question over what is left, with what was set aside named."""
        others = facts.of_kinds(self.others)
        read = self.of.answer(facts).roles
        mine = [f for f in facts.findings if f.id in read and f.kind not in self.others]
        aside = [f for f in mine if any(same_measurement(f, other) for other in others)]
        inner = self.of.answer(facts.without({finding.id for finding in aside}))
        if not aside:
            return replace(inner, ask=self.ask, parts=(inner,))
        note = f"not counted here, since it serves {subject(self.others)}: {quote_some(aside)}"
        roles: dict[str, Role] = dict(inner.roles)
        roles |= {finding.id: "set aside" for finding in aside}
        return replace(
            inner,
            ask=self.ask,
            reason=clause(inner.reason, note),
            roles=roles,
            parts=(inner,),
        )


Predicate = Annotated[
    Shown
    | Held
    | AtLeast
    | AtMost
    | Within
    | Equals
    | LadderAtLeast
    | LockBeforeDose
    | Judged
    | Told
    | IndependentOf
    | Before
    | All
    | AnyOf
    | First
    | Each
    | Partly
    | AppliesWhen
    | NotSameFindingAs,
    Field(discriminator="ask"),
]

for _model in (All, AnyOf, First, Each, Partly, AppliesWhen, NotSameFindingAs):
    _model.model_rebuild()
