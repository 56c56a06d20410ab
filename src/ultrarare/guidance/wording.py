"""Reasons in words, made mechanically from what findings state; nothing is written for one case."""

from __future__ import annotations

from collections.abc import Sequence

from ultrarare.case.finding import Finding, Ladder, Origin, Planned, Tier
from ultrarare.case.vocabulary import vocabulary

SHOWN = 1
"""How many findings a reason quotes; the list beside it names all."""


def quote(finding: Finding, *, caveat: bool = False) -> str:
    """What a finding states, with its origin and whatever qualifies it, in parentheses."""
    marks = qualities(finding)
    if caveat and finding.caveats:
        marks.append(finding.caveats[0].rstrip("."))
    return f"{finding.statement.rstrip('. ')} ({'; '.join(marks)})"


def qualities(finding: Finding) -> list[str]:
    """Origin, rung, tier, and post hoc where it is."""
    marks = [finding.origin.value]
    if finding.ladder is not None:
        marks.append(f"ladder {finding.ladder.value}, {finding.ladder.meaning}")
    if finding.tier is not None:
        marks.append(f"tier {finding.tier.value}")
    if finding.planned is Planned.POST_HOC:
        marks.append("post hoc")
    return marks


def quote_some(findings: Sequence[Finding], *, caveat: bool = False) -> str:
    """The most telling finding quoted, and how many more there are."""
    ranked = sorted(findings, key=telling)
    text = "; ".join(quote(finding, caveat=caveat) for finding in ranked[:SHOWN])
    rest = len(ranked) - SHOWN
    return f"{text}, and {rest} more" if rest > 0 else text


def gist_of(claim: str, findings: Sequence[Finding]) -> str:
    """What is shown, in a few words, with the qualities of the most telling finding."""
    marks = qualities(min(findings, key=telling)) if findings else []
    return f"{claim} ({'; '.join(marks)})" if marks else claim


def shown_brief(claim: str, findings: Sequence[Finding]) -> str:
    """That a claim is shown, reported or declared, with rung and tier where there are any."""
    first = min(findings, key=telling)
    verb = {Origin.COMPUTED: "shown", Origin.CITED: "reported", Origin.DECLARED: "declared"}
    marks = [mark for mark in qualities(first) if mark != first.origin.value]
    text = f"{claim} is {verb[first.origin]}"
    return f"{text} ({'; '.join(marks)})" if marks else text


def telling(finding: Finding) -> tuple[int, int, int, int]:
    """Sort key, the most telling first: rung, tier, origin, planned; else in the order given."""
    return (
        closeness(finding.ladder),
        remoteness(finding.tier),
        list(Origin).index(finding.origin),
        int(finding.planned is Planned.POST_HOC),
    )


def closeness(ladder: Ladder | None) -> int:
    """0 for the patient's own tissue; a rung that is not stated comes last."""
    return len(Ladder) if ladder is None else list(Ladder).index(ladder)


def remoteness(tier: Tier | None) -> int:
    """0 for the same variant; a tier that is not stated comes last."""
    return len(Tier) if tier is None else list(Tier).index(tier)


def rung(ladder: Ladder | None) -> str:
    """A rung in words."""
    return "no stated rung" if ladder is None else f"ladder {ladder.value} ({ladder.meaning})"


def subject(kinds: Sequence[str]) -> str:
    """What findings of these kinds are about, as a noun phrase."""
    said = [vocabulary()[kind].about for kind in kinds]
    return " or ".join(said) if len(said) <= 2 else " or ".join([*said[:2], "the like"])


def clause(*parts: str | None) -> str:
    """Clauses as one, without a full stop at the end.

    A clause follows after a semicolon; a sentence, with its large first letter, after a full stop.
    """
    text = ""
    for part in parts:
        if part:
            between = ". " if part[:1].isupper() else "; "
            text += f"{between if text else ''}{part.rstrip('. ')}"
    return text


def sentence(*parts: str | None) -> str:
    """Clauses as one text: first letter large, a full stop at the end."""
    text = clause(*parts)
    return f"{text[:1].upper()}{text[1:]}."
