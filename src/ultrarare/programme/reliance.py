"""The two statutes on relying on an earlier application, each condition with its own answer.

Neither is a condition of the other, nor of leveraging prior knowledge. Under 506K the agency shall,
under 529A it may allow the reliance; the two are never one answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ultrarare.programme.difference import Difference, Sameness
from ultrarare.programme.programme import Programme, ProgrammeProduct

Met = Literal["met", "not met", "not known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a statute."""

    asks: str
    answer: Met
    reason: str
    row: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """One statute: its conditions, and the answer that they give together.

    Attributes:
        id: of the statute.
        title: of it.
        force: what the agency does where all holds.
        conditions: each must hold.
    """

    id: str
    title: str
    force: str
    conditions: tuple[Condition, ...]

    @property
    def answer(self) -> Literal["yes", "no", "undecided"]:
        """No where a condition is not met, yes where all are met, else undecided."""
        given = {one.answer for one in self.conditions}
        if "not met" in given:
            return "no"
        return "yes" if given == {"met"} else "undecided"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "force": self.force,
            "answer": self.answer,
            "conditions": [
                {"asks": c.asks, "answer": c.answer, "reason": c.reason, "row": c.row, "tag": c.tag}
                for c in self.conditions
            ],
        }


def reliances(
    programme: Programme, reference: ProgrammeProduct, found: Iterable[Difference]
) -> tuple[Reliance, ...]:
    """Both statutes, for relying on the application of the reference product.

    Args:
        programme: whose products they are.
        reference: the earlier product.
        found: what differs between it and the new one.
    """
    by = {one.on: one for one in found}
    return (
        Reliance(
            id="506K",
            title="designated platform technology (21 U.S.C. 356k)",
            force="the agency shall allow reliance, within the standards of approval",
            conditions=(
                _approved(reference, "PT-05", "Is the technology in an approved product?"),
                _known(
                    "Is the platform designated?",
                    "PT-11",
                    "the designation",
                    value=programme.designated,
                ),
                _holder("PT-11"),
            ),
        ),
        Reliance(
            id="529A",
            title="genetically targeted drugs for rare diseases (21 U.S.C. 360ff-1)",
            force="the agency may allow reliance",
            conditions=(
                _approved(reference, "GT-06", "Was the application approved?"),
                _known(
                    "Is the disease rare, and serious or life-threatening?",
                    "GT-01",
                    "that it is",
                    value=programme.rare_and_serious,
                ),
                _known(
                    "Is it a non-replicating nucleic acid, or the like, of common chemistry?",
                    "GT-03",
                    "for messenger RNA with a guide this is arguable: the technology",
                    value=programme.technology,
                ),
                _disease(by),
                _holder("GT-05"),
            ),
        ),
    )


def _approved(reference: ProgrammeProduct, row: str, asks: str) -> Condition:
    met: Met = "met" if reference.status == "approved" else "not met"
    reason = f"{reference.name} is {reference.status}"
    return Condition(asks=asks, answer=met, reason=reason, row=row, tag="direct")


def _known(asks: str, row: str, what: str, *, value: bool | None) -> Condition:
    if value is None:
        return Condition(
            asks=asks, answer="not known", reason=f"{what} is not stated", row=row, tag="direct"
        )
    told = "stated by the programme" if value else "the programme states that it is not"
    return Condition(
        asks=asks, answer="met" if value else "not met", reason=told, row=row, tag="direct"
    )


def _disease(by: dict[Any, Difference]) -> Condition:
    status = by["disease"].status
    answers: dict[Sameness, Met] = {Sameness.IDENTICAL: "met", Sameness.UNKNOWN: "not known"}
    return Condition(
        asks="Is it the same disease?",
        answer=answers.get(status, "not met"),
        reason=f"the disease is {status.value}",
        row="GT-04",
        tag="direct",
    )


def _holder(row: str) -> Condition:
    # Both products stand in one programme, and so in one pair of hands.
    return Condition(
        asks="Is it the same sponsor, or is there a right of reference?",
        answer="met",
        reason="both products are the programme's",
        row=row,
        tag="direct",
    )
