"""Definitions of "edited": each is a question put to one allele, answered yes, no or unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from ultrarare.molecule.align import Allele
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.question import Question
from ultrarare.molecule.sequence import THREE_LETTER, reverse_complement, translate

_OF: Final = "of all reads but those with an unknown base where it matters"


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of "edited".

    Attributes:
        name: short name.
        words: what is counted, and out of what.
        matters: plus-strand offsets of the bases it looks at.
        holds: the answer for an allele whose bases are all known there.
    """

    name: str
    words: str
    matters: range | frozenset[int]
    holds: Callable[[Allele], bool]

    def answer(self, allele: Allele) -> bool | None:
        """Yes, no, or None if any base that matters is unknown.

        A read with an unknown base is set aside even where the others would decide: to keep
        those that can be refuted and drop those that cannot be confirmed would lean toward "no".
        """
        if any(change.is_unknown and change.start in self.matters for change in allele):
            return None
        return self.holds(allele)


def any_edit(question: Question) -> Definition:
    """The editor's conversion anywhere in the stated window."""
    low, high = question.any_edit_window
    offsets = frozenset(question.editable(low, high).values())
    words = (
        f"{_edit_name(question)} on the strand of the guide at one or more protospacer positions "
        f"{low} to {high}, {_OF}"
    )

    def edited(allele: Allele) -> bool:
        return any(_is_converted(question, at, allele) for at in offsets)

    return Definition("any_edit", words, offsets, edited)


def target_base(question: Question) -> Definition:
    """The target converted, whatever else happened."""
    offset = question.target_offset
    words = (
        f"{_edit_name(question)} at protospacer position {question.site.position(offset)}, "
        f"whatever else changed, {_OF}"
    )
    return Definition(
        "target_base", words, frozenset({offset}), partial(_is_converted, question, offset)
    )


def conversion(question: Question, position: int) -> Definition:
    """The conversion of one base, target or bystander."""
    offset = question.site.offset(position)
    words = f"{_edit_name(question)} at protospacer position {position}, {_OF}"
    holds = partial(_is_converted, question, offset)
    return Definition(f"position {position}", words, frozenset({offset}), holds)


def indels(question: Question) -> Definition:
    """Bases lost or gained; an unknown base does not matter to it."""
    words = (
        f"bases lost or gained between offsets {question.start} and {question.end}, of all reads"
    )
    return Definition("indels", words, frozenset(), _has_indel)


def any_change(question: Question) -> Definition:
    """Any difference from the unedited allele."""
    words = (
        f"any difference from the unedited allele between offsets {question.start} and "
        f"{question.end}, sequencing error included, {_OF}"
    )
    return Definition("any_change", words, range(question.start, question.end), bool)


def intended_only(question: Question) -> Definition:
    """The target converted and nothing else changed."""
    words = (
        "target converted and nothing else changed between offsets "
        f"{question.start} and {question.end}, {_OF}"
    )

    def alone(allele: Allele) -> bool:
        return len(allele) == 1 and _is_converted(question, question.target_offset, allele)

    return Definition("intended_only", words, range(question.start, question.end), alone)


def why_no_protein(question: Question) -> str | None:
    """Why the intended protein cannot be counted; None if it can."""
    if question.frame is None or question.frame.codon_span(question.target_offset) is None:
        return "the target lies in no complete codon of the declared coding segments"
    covered = question.covered()
    if covered is None:
        return "the compared span does not hold the whole codon of the target"
    frame, wanted, unedited = covered
    if unedited == wanted:
        codons = f"codons {frame.label(0)} to {frame.label(len(wanted) - 1)}"
        return f"the unedited allele already codes for the intended residues over {codons}"
    return None


def intended_protein(question: Question) -> Definition | None:
    """The intended residues over the covered codons and no indel.

    None where that says nothing about the edit; see `why_no_protein`.
    """
    covered = question.covered()
    if covered is None or why_no_protein(question) is not None:
        return None
    frame, wanted, _ = covered
    words = (
        f"codons {frame.label(0)} to {frame.label(len(wanted) - 1)} translate to the intended "
        f"residues and no base between offsets {question.start} and {question.end} is lost or "
        f"gained, {_OF}"
    )

    def restored(allele: Allele) -> bool:
        return not _has_indel(allele) and _protein(allele, frame, question.reference) == wanted

    return Definition("intended_protein", words, range(frame.start, frame.end), restored)


def stop_removed_wrong_residue(
    question: Question,
) -> tuple[Definition, Callable[[Allele], str]] | None:
    """A stop of the unedited allele replaced by a residue that is not wanted.

    Returns:
        The definition, and what names the residues at the stops of an allele; None where the
        codon of the target is not read, or if the unedited allele holds no stop that is not
        wanted.
    """
    covered = question.covered()
    if covered is None:
        return None
    frame, wanted, unedited = covered
    stops = [i for i, (a, b) in enumerate(zip(unedited, wanted, strict=True)) if a == "*" != b]
    if not stops:
        return None
    places = ", ".join(f"{THREE_LETTER[wanted[i]]}{frame.label(i)}" for i in stops)
    words = (
        f"the stop in place of {places} became a residue that is not the wanted one, and no base "
        f"between offsets {question.start} and {question.end} is lost or gained, {_OF}"
    )
    offsets = frozenset(
        offset for offset in range(frame.start, frame.end) if frame.codon_index(offset) in stops
    )

    def found(allele: Allele) -> str:
        protein = _protein(allele, frame, question.reference)
        return "".join(protein[i] for i in stops)

    def wrong(allele: Allele) -> bool:
        if _has_indel(allele):
            return False
        return any(
            have not in ("*", wanted[i]) for have, i in zip(found(allele), stops, strict=True)
        )

    return Definition("stop_removed_wrong_residue", words, offsets, wrong), found


def _base(allele: Allele, offset: int, reference: str) -> str:
    """The read's base over a reference offset; empty where it was lost."""
    for change in allele:
        if change.start <= offset < change.end:
            return change.alt
    return reference[offset]


def _is_converted(question: Question, offset: int, allele: Allele) -> bool:
    return _base(allele, offset, question.reference) == question.converted


def _edit_name(question: Question) -> str:
    return f"{question.editor.from_base}>{question.editor.to_base}"


def _has_indel(allele: Allele) -> bool:
    return any(change.is_indel for change in allele)


def _protein(allele: Allele, frame: Frame, reference: str) -> str:
    """Residues of an allele without indels; X for a codon with an unknown base."""
    bases = "".join(_base(allele, offset, reference) for offset in range(frame.start, frame.end))
    return translate(bases if frame.strand == "+" else reverse_complement(bases))
