"""Predicates that read what findings say of their claim: shown, at a rung, or held at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ultrarare.case.finding import Direction, Finding, Ladder
from ultrarare.guidance.answer import ROLE_ORDER, ROLES, Answer
from ultrarare.guidance.assessment import Role, Verdict
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.selection import Selection
from ultrarare.guidance.wording import (
    clause,
    closeness,
    gist_of,
    quote,
    quote_some,
    rung,
    shown_brief,
    telling,
)


class _Support(Selection):
    """Base of the predicates that read the direction of findings.

    Attributes:
        describes_counts: whether a finding that only describes counts as support.
        mixed: the verdict where one finding supports and another is inconclusive.
    """

    describes_counts: bool = False
    mixed: Literal["supported", "partly supported"] = "supported"

    def weigh(self, ask: str, facts: Facts) -> Answer:
        """Supported, partly supported, contradicted or missing, by the direction of findings."""
        found = self.select(facts)
        if not found.passing:
            return self.nothing(ask, found, facts)
        weighed = [(finding, self._role(finding)) for finding in found.passing]
        return answer_by_role(self, weighed, ask=ask, mixed=Verdict(self.mixed), facts=facts)

    def _role(self, finding: Finding) -> Role:
        if finding.direction is not Direction.DESCRIBES:
            return ROLES[finding.direction]
        return "supports" if self.describes_counts else "describes"


class Shown(_Support):
    """A finding of the kind supports its claim, and none contradicts it."""

    ask: Literal["shown"] = "shown"

    def answer(self, facts: Facts) -> Answer:
        """Supported, partly supported, contradicted or missing."""
        return self.weigh(self.ask, facts)


class LadderAtLeast(_Support):
    """Engagement is shown at a rung or closer; farther evidence counts as `below` says.

    Attributes:
        rung: the farthest rung that supports.
        below: the verdict where support stands on farther rungs only, or on none that is stated.
    """

    ask: Literal["ladder_at_least"] = "ladder_at_least"
    rung: Ladder
    below: Literal["partly supported", "missing"] = "partly supported"

    def answer(self, facts: Facts) -> Answer:
        """As `shown`, and below the rung partly supported or missing."""
        answer = self.weigh(self.ask, facts)
        if answer.verdict not in {Verdict.SUPPORTED, Verdict.PARTLY}:
            return answer
        passing = self.select(facts).passing
        support = [f for f in passing if answer.roles.get(f.id) == "supports"]
        if any(closeness(finding.ladder) <= closeness(self.rung) for finding in support):
            return answer
        return self._below(answer, support, facts)

    def _below(self, answer: Answer, support: Sequence[Finding], facts: Facts) -> Answer:
        nearest = min(support, key=telling)
        why = facts.of_kinds(self.explained_by)
        reason = clause(
            f"the closest evidence is at {rung(nearest.ladder)}: {quote(nearest, caveat=True)}",
            f"none shows {self.subject} at {rung(self.rung)} or closer",
            f"stated why: {quote_some(why)}" if why else None,
        )
        verdict = Verdict(self.below)
        role: Role = "partly supports" if verdict is Verdict.PARTLY else "describes"
        roles: dict[str, Role] = {
            key: role if given == "supports" else given for key, given in answer.roles.items()
        }
        roles |= {finding.id: "describes" for finding in why}
        return Answer(
            ask=self.ask,
            verdict=verdict,
            reason=reason,
            brief=clause(
                f"{self.subject} is shown at {rung(nearest.ladder)}",
                f"not at {rung(self.rung)} or closer",
                f"stated why: {why[0].statement}" if why else None,
            ),
            roles=roles,
            waits_for=self.kind,
        )


class Held(Selection):
    """A finding of the kind is there, whatever it says, as long as it could be computed."""

    ask: Literal["held"] = "held"

    def answer(self, facts: Facts) -> Answer:
        """Supported or missing."""
        found = self.select(facts)
        if not found.passing:
            return self.nothing(self.ask, found, facts)
        barred = Direction.NOT_COMPUTABLE
        weighed: list[tuple[Finding, Role]] = [
            (f, "not computable" if f.direction is barred else "supports") for f in found.passing
        ]
        return answer_by_role(self, weighed, ask=self.ask, mixed=Verdict.SUPPORTED, facts=facts)


def answer_by_role(
    question: Selection,
    weighed: Sequence[tuple[Finding, Role]],
    *,
    ask: str,
    mixed: Verdict,
    facts: Facts,
) -> Answer:
    """The answer where each finding has a role: contradiction first, then support."""
    by_role: dict[Role, list[Finding]] = {}
    for finding, role in sorted(weighed, key=lambda pair: ROLE_ORDER.index(pair[1])):
        by_role.setdefault(role, []).append(finding)
    against, support = by_role.get("contradicts", ()), by_role.get("supports", ())
    unsure, barred = by_role.get("inconclusive", ()), by_role.get("not computable", ())
    claim = question.subject
    brief = f"no finding shows {claim}"
    if against:
        brief = f"the findings speak against {claim}: {min(against, key=telling).statement}"
        verdict, clauses = (
            Verdict.CONTRADICTED,
            [quote_some(against), f"this speaks against {claim}"],
        )
    elif support:
        verdict = mixed if unsure else Verdict.SUPPORTED
        clauses = [quote_some(support)]
        brief = shown_brief(claim, support)
        clauses += [f"inconclusive beside it: {quote_some(unsure)}"] if unsure else []
    elif unsure:
        verdict = Verdict.MISSING
        brief = f"{claim} is not shown: the result is inconclusive"
        if (need := min(unsure, key=telling).would_need) is not None:
            brief += f"; {need[:1].lower()}{need[1:]}"
        clauses = [
            f"computed or reported, and {claim} is not shown: {quote_some(unsure, caveat=True)}"
        ]
    elif barred:
        verdict, clauses = Verdict.MISSING, [_not_computable(claim, barred)]
        brief = f"{claim} cannot be computed from what is at hand"
    else:
        verdict = Verdict.MISSING
        said = quote_some(by_role.get("describes", ()))
        clauses = [f"no finding shows {claim}", f"described only: {said}"]
    why = facts.of_kinds(question.explained_by) if verdict is Verdict.MISSING else ()
    clauses += [f"stated why: {quote_some(why)}"] if why else []
    roles: dict[str, Role] = {f.id: role for role, found in by_role.items() for f in found}
    return Answer(
        ask=ask,
        verdict=verdict,
        reason=clause(*clauses),
        gist=gist_of(claim, support),
        brief=brief,
        roles=roles | {finding.id: "describes" for finding in why},
        waits_for=() if verdict is Verdict.SUPPORTED else question.kind,
        speaks=bool(against or support or unsure),
    )


def _not_computable(claim: str, barred: Sequence[Finding]) -> str:
    needed = [finding.would_need for finding in barred if finding.would_need is not None]
    text = f"{claim} cannot be computed: {quote_some(barred)}"
    return f"{text}; it would need: {needed[0].rstrip('.')}" if needed else text
