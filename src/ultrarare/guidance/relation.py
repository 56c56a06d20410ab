"""Predicates over two things: independent evidence, order in time, the lock before the dose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import model_validator

from ultrarare.case.finding import Direction, Finding
from ultrarare.case.vocabulary import why_unknown
from ultrarare.guidance.answer import Answer, best
from ultrarare.guidance.assessment import Role, Verdict
from ultrarare.guidance.comparison import VERDICT_ROLES, number_of
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.selection import Kinds, Question, Selection
from ultrarare.guidance.wording import clause, gist_of, quote_some, subject


class IndependentOf(Selection):
    """A supporting finding of the kind shares no dataset, source or id with the findings of `of`.

    Attributes:
        of: the kinds it must be independent of.
    """

    ask: Literal["independent_of"] = "independent_of"
    of: Kinds

    @model_validator(mode="after")
    def _of_is_known(self) -> Self:
        for kind in self.of:
            if (why := why_unknown(kind)) is not None:
                raise ValueError(why)
        return self

    def answer(self, facts: Facts) -> Answer:
        """Supported, contradicted (all support is shared, or a finding contradicts), or missing."""
        found = self.select(facts)
        support = [f for f in found.passing if f.direction is Direction.SUPPORTS]
        against = [f for f in found.passing if f.direction is Direction.CONTRADICTS]
        others = [f for f in facts.of_kinds(self.of) if f.direction is not Direction.NOT_COMPUTABLE]
        if against:
            clauses = [quote_some(against), f"this speaks against {self.subject}"]
            return self._answer(Verdict.CONTRADICTED, clauses, against, "contradicts")
        if not support:
            return self.nothing(self.ask, found, facts)
        if not others:
            clauses = [quote_some(support), f"there is no finding on {subject(self.of)} beside it"]
            return self._answer(Verdict.MISSING, clauses, support, "describes")
        free = [f for f in support if not any(share_evidence(f, other) for other in others)]
        if free:
            return self._answer(Verdict.SUPPORTED, [quote_some(free)], free, "supports")
        shared = [o for o in others if any(share_evidence(f, o) for f in support)]
        clauses = [quote_some(support), f"it rests on the same evidence as {quote_some(shared)}"]
        return self._answer(Verdict.CONTRADICTED, clauses, [*support, *shared], "contradicts")

    def _answer(
        self, verdict: Verdict, clauses: Sequence[str], findings: Sequence[Finding], role: Role
    ) -> Answer:
        waits = (*self.kind, *self.of) if verdict is Verdict.MISSING else self.kind
        return Answer(
            ask=self.ask,
            verdict=verdict,
            reason=clause(*clauses),
            gist=gist_of(self.subject, findings),
            roles={finding.id: role for finding in findings},
            waits_for=() if verdict is Verdict.SUPPORTED else waits,
        )


class Before(Question):
    """What `first` names came before what `then` names, by a numeric attribute of each.

    Attributes:
        first: kind that comes first.
        first_field: its number, such as a day of life.
        then: kind that comes after.
        then_field: its number, on the same clock.
    """

    ask: Literal["before"] = "before"
    first: str
    first_field: str
    then: str
    then_field: str

    @model_validator(mode="after")
    def _in_vocabulary(self) -> Self:
        for kind, field in ((self.first, self.first_field), (self.then, self.then_field)):
            if (why := why_unknown(kind, field)) is not None:
                raise ValueError(why)
            if field.startswith("estimate."):
                raise ValueError(f"{field} is no time; name a numeric attribute of {kind}")
        return self

    def answer(self, facts: Facts) -> Answer:
        """Supported, contradicted (something of `then` is not later), or missing."""
        first = _timed(facts, self.first, self.first_field)
        then = _timed(facts, self.then, self.then_field)
        waits = tuple(dict.fromkeys((self.first, self.then)))
        if not first or not then:
            side = self.first if not first else self.then
            reason = clause(f"no time is known for {subject([side])}")
            return Answer(
                ask=self.ask, verdict=Verdict.MISSING, reason=reason, waits_for=waits, speaks=False
            )
        earliest = min(first, key=lambda pair: pair[1])
        early = [pair for pair in then if pair[1] <= earliest[1]]
        verdict = Verdict.CONTRADICTED if early else Verdict.SUPPORTED
        role: Role = "contradicts" if early else "supports"
        shown = early or then
        reason = clause(
            f"{quote_some([earliest[0]])} at {earliest[1]:g}",
            f"{quote_some([shown[0][0]])} at {shown[0][1]:g}",
        )
        roles: dict[str, Role] = {earliest[0].id: role} | {pair[0].id: role for pair in shown}
        return Answer(
            ask=self.ask,
            verdict=verdict,
            reason=reason,
            gist=f"{subject([self.first])} before {subject([self.then])}",
            roles=roles,
            waits_for=waits if early else (),
        )


class LockBeforeDose(Question):
    """The plan was locked before the first dose; whatever cannot be shown counts as post hoc."""

    ask: Literal["lock_before_dose"] = "lock_before_dose"

    def answer(self, facts: Facts) -> Answer:
        """Supported, contradicted (locked too late), or missing."""
        locks = facts.of_kinds(["plan.lock"])
        verdicts = {lock.id: _lock_verdict(lock) for lock in locks}
        verdict = best(verdicts.values()) if verdicts else Verdict.MISSING
        said = quote_some(locks) if locks else "the case holds no lock of its plan"
        words = {
            Verdict.SUPPORTED: "",
            Verdict.CONTRADICTED: "every analysis of the course is post hoc, not confirmatory",
        }
        reason = clause(
            said, words.get(verdict, "without a lock before the first dose, results are post hoc")
        )
        return Answer(
            ask=self.ask,
            verdict=verdict,
            reason=reason,
            gist="a plan locked before the first dose",
            roles={key: VERDICT_ROLES[given] for key, given in verdicts.items()},
            waits_for=() if verdict is Verdict.SUPPORTED else ("plan.lock",),
            speaks=bool(locks),
        )


def _lock_verdict(lock: Finding) -> Verdict:
    before = lock.attributes.get("before_first_dose")
    if before is True:
        return Verdict.SUPPORTED
    return Verdict.CONTRADICTED if before is False else Verdict.MISSING


def _timed(facts: Facts, kind: str, field: str) -> list[tuple[Finding, float]]:
    pairs = ((finding, number_of(finding, field, None)) for finding in facts.of_kinds([kind]))
    return [(finding, time) for finding, time in pairs if time is not None]


def share_evidence(one: Finding, other: Finding) -> bool:
    """Whether two findings rest on one dataset, one cited place, or are the same finding.

    Two citations of one source count as one place unless both name a locator and these differ.
    """
    if one.id == other.id or one.datasets & other.datasets:
        return True
    return any(
        mine.source == theirs.source
        and (mine.locator is None or theirs.locator is None or mine.locator == theirs.locator)
        for mine in one.provenance.citations
        for theirs in other.provenance.citations
    )


def same_measurement(one: Finding, other: Finding) -> bool:
    """Whether two findings are one measurement: the same id, or the same measure.

    Where one of them does not say what was measured, a shared dataset counts as sameness.
    """
    if one.id == other.id:
        return True
    if one.measure is not None and other.measure is not None:
        return one.measure.casefold() == other.measure.casefold()
    return bool(one.datasets & other.datasets)
