"""Which findings a predicate reads: kinds and filters, checked against the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ultrarare.case.finding import Attribute, Finding, Ladder, Origin, Planned, Tier
from ultrarare.case.vocabulary import vocabulary, why_unknown
from ultrarare.guidance.answer import Answer
from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.facts import Facts
from ultrarare.guidance.wording import (
    clause,
    closeness,
    quote_some,
    remoteness,
    rung,
    subject,
    telling,
)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _known_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    for kind in kinds:
        if (why := why_unknown(kind)) is not None:
            raise ValueError(why)
    return kinds


class Question(BaseModel):
    """Base of every predicate: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Kinds = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_list),
    Field(min_length=1, description="finding kinds of the vocabulary"),
]
SomeKinds = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_list),
    Field(description="finding kinds of the vocabulary, or none"),
]
Values = Annotated[tuple[Attribute, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Found:
    """The findings that pass every filter, and those of the kind that do not."""

    passing: tuple[Finding, ...]
    failing: tuple[Finding, ...]


class Selection(Question):
    """Kinds and filters that findings must pass to be read.

    Attributes:
        kind: one finding kind or several.
        claim: what these findings would show, as a noun phrase for reasons; by default what the
            vocabulary says the kind is about.
        origin: allowed origins; empty allows all.
        planned: allowed states of planning; empty allows all.
        where: attribute to allowed values; a finding without the attribute does not pass.
        unless: attribute to values that keep a finding out; one without the attribute passes.
        ladder: the farthest rung allowed; a finding without a rung does not pass.
        tier: the farthest tier allowed; a finding without a tier does not pass.
        absent: the verdict where no finding passes.
        explained_by: kinds that may say why nothing is there; quoted, never counted.
    """

    kind: Kinds
    claim: str | None = None
    origin: tuple[Origin, ...] = ()
    planned: tuple[Planned, ...] = ()
    where: Mapping[str, Values] = Field(default_factory=dict)
    unless: Mapping[str, Values] = Field(default_factory=dict)
    ladder: Ladder | None = None
    tier: Tier | None = None
    absent: Literal["missing", "not applicable"] = "missing"
    explained_by: SomeKinds = ()

    @model_validator(mode="after")
    def _in_vocabulary(self) -> Self:
        _known_kinds((*self.kind, *self.explained_by))
        for kind in self.kind:
            for name in (*self.where, *self.unless):
                if name not in vocabulary()[kind].attributes:
                    allowed = ", ".join(vocabulary()[kind].attributes) or "none"
                    raise ValueError(f"{kind} has no attribute {name!r}; allowed are: {allowed}")
        return self

    @property
    def subject(self) -> str:
        """What the findings would show."""
        return self.claim if self.claim is not None else subject(self.kind)

    def select(self, facts: Facts) -> Found:
        """Sort the findings of the kind into those that pass and those that do not."""
        found = sorted(facts.of_kinds(self.kind), key=lambda f: self.kind.index(f.kind))
        passes = [self._passes(finding) for finding in found]
        return Found(
            tuple(finding for finding, fits in zip(found, passes, strict=True) if fits),
            tuple(finding for finding, fits in zip(found, passes, strict=True) if not fits),
        )

    def _passes(self, finding: Finding) -> bool:
        values = finding.attributes
        return (
            (not self.origin or finding.origin in self.origin)
            and (not self.planned or finding.planned in self.planned)
            and (self.ladder is None or closeness(finding.ladder) <= closeness(self.ladder))
            and (self.tier is None or remoteness(finding.tier) <= remoteness(self.tier))
            and all(is_among(values.get(name), some) for name, some in self.where.items())
            and not any(is_among(values.get(name), some) for name, some in self.unless.items())
        )

    def asked(self) -> str:
        """The filters in words; empty where there are none."""
        parts = [
            " or ".join(origin.value for origin in self.origin),
            " or ".join(_PLANNED[planned] for planned in self.planned),
            f"at {rung(self.ladder)} or closer" if self.ladder is not None else "",
            f"of tier {self.tier.value} or closer" if self.tier is not None else "",
            *(f"with {name} {listed(some)}" for name, some in self.where.items()),
            *(f"with {name} other than {listed(some)}" for name, some in self.unless.items()),
        ]
        return ", ".join(part for part in parts if part)

    def nothing(self, ask: str, found: Found, facts: Facts) -> Answer:
        """The answer where no finding passes the filters."""
        if self.absent == "not applicable":
            reason = clause(f"no finding on {self.subject}, so this does not arise")
            return Answer(ask=ask, verdict=Verdict.NOT_APPLICABLE, reason=reason, speaks=False)
        brief = f"no finding shows {self.subject}"
        why = facts.of_kinds(self.explained_by)
        asked = self.asked()
        clauses = [brief + (f", {asked}" if asked else "")]
        if found.failing:
            nearest = sorted(found.failing, key=telling)[:1]
            clauses.append(f"at hand: {quote_some(nearest, caveat=True)}")
        if why:
            clauses.append(f"stated why: {quote_some(why)}")
        return Answer(
            ask=ask,
            verdict=Verdict.MISSING,
            reason=clause(*clauses),
            brief=brief,
            roles={finding.id: "describes" for finding in (*why, *found.failing)},
            waits_for=self.kind,
            speaks=False,
        )


_PLANNED = {
    Planned.LOCKED: "planned and locked before the first dose",
    Planned.POST_HOC: "post hoc",
    Planned.NOT_APPLICABLE: "not subject to planning",
}


def same_value(one: Attribute, other: Attribute) -> bool:
    """Equality of attribute values: text without regard to case, a flag never equals a number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return one == other


def is_among(value: Attribute, allowed: Iterable[Attribute]) -> bool:
    """Whether a value is one of those allowed; null is never."""
    return value is not None and any(same_value(value, each) for each in allowed)


def listed(values: Sequence[Attribute]) -> str:
    """Attribute values in words."""
    return " or ".join("yes" if v is True else "no" if v is False else str(v) for v in values)
