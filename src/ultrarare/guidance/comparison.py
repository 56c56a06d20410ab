"""Predicates that hold a number or an attribute of findings against what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import model_validator

from ultrarare.case.finding import Direction, Finding
from ultrarare.case.vocabulary import why_unknown
from ultrarare.guidance.answer import Answer, best
from ultrarare.guidance.assessment import Role, Verdict
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.selection import Selection, Values, is_among, listed
from ultrarare.guidance.wording import clause, gist_of, quote_some, shown_brief, telling

Otherwise = Literal["contradicted", "partly supported", "missing"]

VERDICT_ROLES: Mapping[Verdict, Role] = {
    Verdict.SUPPORTED: "supports",
    Verdict.PARTLY: "partly supports",
    Verdict.CONTRADICTED: "contradicts",
    Verdict.MISSING: "inconclusive",
}


class _Number(Selection):
    """Base of the predicates that hold a number against bounds. Null is missing, never zero.

    Attributes:
        field: a numeric attribute, `n`, or `estimate.value`, `.lower`, `.upper`.
        unit: the unit the bounds are in; asked for wherever an estimate is read.
        otherwise: the verdict of a finding whose number does not satisfy.
    """

    field: str
    unit: str | None = None
    otherwise: Otherwise = "contradicted"

    @model_validator(mode="after")
    def _reads_a_number(self) -> Self:
        for kind in self.kind:
            if (why := why_unknown(kind, self.field)) is not None:
                raise ValueError(why)
        if self.field.startswith("estimate.") and self.unit is None:
            raise ValueError(f"{self.field} is read with its `unit`, such as 1 or umol/L")
        return self

    def holds(self, number: float) -> bool:
        """Whether the number satisfies."""
        raise NotImplementedError

    def bounds(self) -> str:
        """The bounds in words."""
        raise NotImplementedError

    def compare(self, ask: str, facts: Facts) -> Answer:
        """Supported, contradicted, what `otherwise` says, or missing."""
        found = self.select(facts)
        if not found.passing:
            return self.nothing(ask, found, facts)
        verdicts = [(finding, *self._verdict(finding)) for finding in found.passing]
        return answer_by_verdict(self, verdicts, ask=ask, about=self._about(found.passing))

    def _verdict(self, finding: Finding) -> tuple[Verdict, Role]:
        if finding.direction is Direction.CONTRADICTS:
            return Verdict.CONTRADICTED, "contradicts"
        number = number_of(finding, self.field, self.unit)
        if number is None or finding.direction is Direction.NOT_COMPUTABLE:
            return Verdict.MISSING, "not computable"
        verdict = Verdict.SUPPORTED if self.holds(number) else Verdict(self.otherwise)
        return verdict, VERDICT_ROLES[verdict]

    def _about(self, found: Sequence[Finding]) -> str:
        name = self.field.removeprefix("estimate.").replace("_", " ")
        numbers = [number_of(finding, self.field, self.unit) for finding in found]
        at_hand = ", ".join("not known" if number is None else f"{number:g}" for number in numbers)
        unit = "" if self.unit in {None, "1"} else f" {self.unit}"
        return (
            f"{self.subject} is not shown ({name}: {at_hand}{unit}; asked: {self.bounds()}{unit})"
        )


class AtLeast(_Number):
    """A number of a finding reaches `bound`."""

    ask: Literal["at_least"] = "at_least"
    bound: float

    def answer(self, facts: Facts) -> Answer:
        """Supported, contradicted, what `otherwise` says, or missing."""
        return self.compare(self.ask, facts)

    def holds(self, number: float) -> bool:
        """Whether it reaches the bound."""
        return number >= self.bound

    def bounds(self) -> str:
        """The bound in words."""
        return f"at least {self.bound:g}"


class AtMost(_Number):
    """A number of a finding does not exceed `bound`."""

    ask: Literal["at_most"] = "at_most"
    bound: float

    def answer(self, facts: Facts) -> Answer:
        """Supported, contradicted, what `otherwise` says, or missing."""
        return self.compare(self.ask, facts)

    def holds(self, number: float) -> bool:
        """Whether it stays at or below the bound."""
        return number <= self.bound

    def bounds(self) -> str:
        """The bound in words."""
        return f"at most {self.bound:g}"


class Within(_Number):
    """A number of a finding lies between two bounds, both included."""

    ask: Literal["within"] = "within"
    lowest: float
    highest: float

    def answer(self, facts: Facts) -> Answer:
        """Supported, contradicted, what `otherwise` says, or missing."""
        return self.compare(self.ask, facts)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lowest > self.highest:
            raise ValueError(f"lowest {self.lowest:g} lies above highest {self.highest:g}")
        return self

    def holds(self, number: float) -> bool:
        """Whether it lies between the bounds."""
        return self.lowest <= number <= self.highest

    def bounds(self) -> str:
        """The bounds in words."""
        return f"{self.lowest:g} to {self.highest:g}"


class Equals(Selection):
    """An attribute has one of the allowed values; it is the claim, so direction is not read.

    Attributes:
        attribute: the attribute to read; null is missing.
        allowed: values that support.
        against: values that contradict, whatever `otherwise` says.
        otherwise: the verdict of any other value.
    """

    ask: Literal["equals"] = "equals"
    attribute: str
    allowed: Values
    against: tuple[str | int | float | bool, ...] = ()
    otherwise: Otherwise = "contradicted"

    @model_validator(mode="after")
    def _reads_an_attribute(self) -> Self:
        for kind in self.kind:
            if (why := why_unknown(kind, self.attribute)) is not None:
                raise ValueError(why)
        return self

    def answer(self, facts: Facts) -> Answer:
        """Supported, what `otherwise` says, contradicted, or missing."""
        found = self.select(facts)
        if not found.passing:
            return self.nothing(self.ask, found, facts)
        verdicts = [(finding, *self._verdict(finding)) for finding in found.passing]
        values = [finding.attributes.get(self.attribute) for finding in found.passing]
        at_hand = ", ".join("not known" if v is None else listed([v]) for v in values)
        name = self.attribute.replace("_", " ")
        about = f"{self.subject} is not shown ({name}: {at_hand}; asked: {listed(self.allowed)})"
        return answer_by_verdict(self, verdicts, ask=self.ask, about=about)

    def _verdict(self, finding: Finding) -> tuple[Verdict, Role]:
        value = finding.attributes.get(self.attribute)
        if value is None or finding.direction is Direction.NOT_COMPUTABLE:
            return Verdict.MISSING, "not computable"
        if is_among(value, self.against):
            return Verdict.CONTRADICTED, "contradicts"
        verdict = Verdict.SUPPORTED if is_among(value, self.allowed) else Verdict(self.otherwise)
        return verdict, VERDICT_ROLES[verdict]


def number_of(finding: Finding, field: str, unit: str | None) -> float | None:
    """A number of a finding; None where it is null, not a number, or in another unit."""
    if field.startswith("estimate."):
        estimate = finding.estimate
        if estimate is None or estimate.unit != unit:
            return None
        number: float | None = getattr(estimate, field.removeprefix("estimate."))
        return number
    value = finding.n if field == "n" else finding.attributes.get(field)
    if value is None or isinstance(value, bool | str):
        return None
    return float(value)


def answer_by_verdict(
    question: Selection,
    verdicts: Sequence[tuple[Finding, Verdict, Role]],
    *,
    ask: str,
    about: str,
) -> Answer:
    """The answer where each finding has a verdict of its own.

    One that supports is enough, unless another contradicts.
    """
    verdict = best(given for _finding, given, _role in verdicts)
    deciding = [finding for finding, given, _role in verdicts if given is verdict]
    ordered = sorted(verdicts, key=lambda entry: entry[1] is not verdict)
    return Answer(
        ask=ask,
        verdict=verdict,
        reason=clause(None if verdict is Verdict.SUPPORTED else about, quote_some(deciding)),
        gist=gist_of(question.subject, deciding),
        brief=_brief(question, verdict, deciding),
        roles={finding.id: role for finding, _given, role in ordered},
        waits_for=() if verdict is Verdict.SUPPORTED else question.kind,
        speaks=any(role != "not computable" for _finding, _given, role in verdicts),
    )


def _brief(question: Selection, verdict: Verdict, deciding: Sequence[Finding]) -> str:
    """What is shown; where a finding says otherwise, what it says."""
    if verdict is Verdict.SUPPORTED:
        return shown_brief(question.subject, deciding)
    if verdict is Verdict.MISSING:
        return f"{question.subject} is not shown"
    return min(deciding, key=telling).statement
