"""The answer of a predicate, and how several answers become one.

The rules stand in docs/methods/verdicts.md and are checked in tests/laws/test_guidance_laws.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ultrarare.case.finding import Direction
from ultrarare.guidance.assessment import Role, Verdict
from ultrarare.guidance.wording import clause, sentence

ALL_ORDER = (
    Verdict.CONTRADICTED,
    Verdict.MISSING,
    Verdict.NEEDS_JUDGEMENT,
    Verdict.NOT_YET_DUE,
    Verdict.PARTLY,
    Verdict.SUPPORTED,
)
"""Where everything is asked, the first of these that occurs is the verdict."""

ANY_ORDER = (
    Verdict.CONTRADICTED,
    Verdict.SUPPORTED,
    Verdict.PARTLY,
    Verdict.NEEDS_JUDGEMENT,
    Verdict.NOT_YET_DUE,
    Verdict.MISSING,
)
"""Where one is enough, the first of these that occurs is the verdict."""

ROLES: Mapping[Direction, Role] = {
    Direction.SUPPORTS: "supports",
    Direction.CONTRADICTS: "contradicts",
    Direction.INCONCLUSIVE: "inconclusive",
    Direction.DESCRIBES: "describes",
    Direction.NOT_COMPUTABLE: "not computable",
}

ROLE_ORDER: tuple[Role, ...] = (
    "contradicts",
    "inconclusive",
    "not computable",
    "set aside",
    "partly supports",
    "supports",
    "describes",
)
"""What stands most in the way of a verdict comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one predicate says of the facts.

    Attributes:
        ask: the predicate's name.
        verdict: its verdict; never `not yet due`, which only the engine knows.
        reason: why, as a clause that `sentence` makes a sentence of.
        gist: what is shown, in a few words; read where the answer is part of a longer one.
        brief: why, in a clause short enough for a card; `reason` where it is empty.
        roles: what each finding it read says here, by id.
        waits_for: finding kinds that would have to come, or come out otherwise, to support it.
        speaks: whether any finding said something; False where all are absent or not computable.
        parts: the answers it was made from.
    """

    ask: str
    verdict: Verdict
    reason: str
    gist: str = ""
    brief: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    waits_for: tuple[str, ...] = ()
    speaks: bool = True
    parts: tuple[Answer, ...] = ()

    @property
    def in_brief(self) -> str:
        """Why, as short as it can be said."""
        return self.brief or self.reason

    def explain(self) -> dict[str, Any]:
        """The tree of answers as JSON."""
        tree: dict[str, Any] = {
            "ask": self.ask,
            "verdict": self.verdict.value,
            "reason": sentence(self.reason),
            "findings": dict(self.roles),
        }
        if self.parts:
            tree["parts"] = [part.explain() for part in self.parts]
        return tree


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict where everything is asked; what does not apply is left out."""
    return _first_of(ALL_ORDER, verdicts)


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict where one is enough, unless something contradicts."""
    return _first_of(ANY_ORDER, verdicts)


def _first_of(order: Sequence[Verdict], verdicts: Iterable[Verdict]) -> Verdict:
    given = set(verdicts)
    return next((verdict for verdict in order if verdict in given), Verdict.NOT_APPLICABLE)


def merge_roles(parts: Iterable[Answer], verdict: Verdict) -> dict[str, Role]:
    """Roles of all parts as one, those of the parts that decided first.

    Where something is open, a finding that several parts read keeps the role that stands most in
    the way (`ROLE_ORDER`); where the whole is supported, the role it has in the parts that decided.
    """
    ordered = sorted(parts, key=lambda part: part.verdict is not verdict)
    roles: dict[str, Role] = {}
    for part in ordered:
        settled = verdict is Verdict.SUPPORTED and part.verdict is not verdict
        for finding_id, role in part.roles.items():
            held = roles.get(finding_id)
            worse = held is not None and ROLE_ORDER.index(role) < ROLE_ORDER.index(held)
            if held is None or (worse and not settled):
                roles[finding_id] = role
    return roles


def combine(
    ask: str, verdict: Verdict, parts: Sequence[Answer], *, reason: str | None = None
) -> Answer:
    """One answer from several, with the reasons of those that decided."""
    deciding = [part for part in parts if part.verdict is verdict]
    said = clause(*dict.fromkeys(part.reason for part in deciding))
    brief = clause(*dict.fromkeys(part.in_brief for part in deciding))
    gists = list(dict.fromkeys(part.gist for part in deciding if part.gist))
    if verdict is Verdict.SUPPORTED and len(gists) > 1:
        said = brief = f"shown: {', '.join(gists)}"
    waits = [kind for part in parts if not _closed(part) for kind in part.waits_for]
    return Answer(
        ask=ask,
        verdict=verdict,
        reason=said if reason is None else reason,
        gist=", ".join(gists),
        brief=brief if reason is None else "",
        roles=merge_roles(parts, verdict),
        waits_for=() if verdict is Verdict.SUPPORTED else tuple(dict.fromkeys(waits)),
        speaks=any(part.speaks for part in parts),
        parts=tuple(parts),
    )


def _closed(part: Answer) -> bool:
    return part.verdict in {Verdict.SUPPORTED, Verdict.NOT_APPLICABLE}
