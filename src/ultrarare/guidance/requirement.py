"""A requirement: one expectation of a document as data, with how well its wording is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from ultrarare.case.case import Modality, Phase
from ultrarare.case.value import Text, Value
from ultrarare.case.vocabulary import vocabulary
from ultrarare.guidance.assessment import Element
from ultrarare.guidance.example import Example
from ultrarare.guidance.predicate import Predicate
from ultrarare.guidance.selection import Question

GRADES = (
    "direct",
    "direct-anchor",
    "direct-quoted",
    "direct-FDA",
    "secondary",
    "inferred-recall",
    "inferred-design",
)
"""How well a wording is known, best first (docs/methods/verdicts.md says what each means)."""

_GRADE = re.compile(
    r"(?<![\w-])(inferred-recall|inferred-design|direct-anchor|direct-quoted|direct-FDA|direct"
    r"|secondary)(?![\w-])"
)
_SECONDARY = re.compile(r"secondary:\s*([^;]+)")


def _is_tag(text: str) -> str:
    for part in text.split(";"):
        if not _GRADE.search(part):
            raise ValueError(
                f"found {part.strip()!r} in a tag; each part holds one of: {', '.join(GRADES)}"
            )
        if "secondary" in part and not _SECONDARY.search(part):
            raise ValueError(f"found {part.strip()!r}; secondary names its source: secondary: KEY")
    return text


Tag = Annotated[Text, AfterValidator(_is_tag)]


Pillar = Literal[
    "scope",
    "pathway",
    "nonclinical",
    "manufacturing",
    "clinical",
    "natural history",
    "endpoints",
    "variants",
    "after approval",
    "data sharing",
    "ethics",
    "records",
    "framework",
]
"""What a row belongs to that belongs to no element."""


class Source(Value):
    """A place in a document of the register."""

    document: Text
    locator: Text


class Requirement(Value):
    """One expectation.

    Attributes:
        id: such as `EL-4`.
        element: the element it belongs to; null for pathway rows and the like.
        pillar: what it belongs to where it belongs to no element.
        section: the part of the document or catalogue it stands in.
        question: what it asks, as a question.
        paraphrase: what the document says, in our words.
        source: where.
        tag: how well the wording is known.
        modality: the modalities it is asked of; empty for every one.
        due: the phase from which it is due.
        decides: whether it decides its element in the as-written reading.
        fail_closed: whether missing stays missing even before it is due.
        dispute: the open question it belongs to.
        note: what a reader must know beside the reason, such as where we are stricter.
        predicate: the question put to the findings.
        remedy: what would close the gap.
        relates: rows of other documents that ask the same or rest on it.
        examples: findings with the verdict they give; at least one verdict apart from another,
            unless the row only tells.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,4}-\d{1,3}[a-z]?$")]
    element: Element | None = None
    pillar: Pillar | None = None
    section: Text
    question: Text
    paraphrase: Text
    source: Source
    tag: Tag
    modality: tuple[Modality, ...] = ()
    due: Phase
    decides: bool = False
    fail_closed: bool = False
    dispute: str | None = None
    note: str | None = None
    predicate: Predicate
    remedy: Text
    relates: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The finding kinds that its predicate reads."""
        return frozenset(_kinds(self.predicate))

    @property
    def computed(self) -> bool:
        """Whether a computation gives any of the kinds it reads; else it is declared only."""
        return any(vocabulary()[kind].by != "statement" for kind in self.kinds)

    @property
    def ours(self) -> bool:
        """Whether the row is our own deduction or recollection."""
        return self.tag.startswith("inferred")


def _kinds(question: BaseModel) -> Iterator[str]:
    if question.__class__.__name__ == "LockBeforeDose":
        yield "plan.lock"
    for name in type(question).model_fields:
        held = getattr(question, name)
        if name in {"kind", "first", "then", "of", "others"}:
            yield from (one for one in _listed(held) if isinstance(one, str))
        yield from (
            kind for one in _listed(held) if isinstance(one, Question) for kind in _kinds(one)
        )


def _listed(held: object) -> tuple[object, ...]:
    return held if isinstance(held, tuple) else (held,)


def secondary_keys(tag: str) -> Iterable[str]:
    """The source keys that a tag names after `secondary:`."""
    for match in _SECONDARY.finditer(tag):
        yield from (key.strip() for key in match.group(1).split(","))
