"""What is asked of the alleles of one site: which base, which protein, over which span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ultrarare.errors import InputErrors, Problem
from ultrarare.molecule.editor import Editor
from ultrarare.molecule.frame import Frame
from ultrarare.molecule.protospacer import Site
from ultrarare.molecule.sequence import reverse_complement


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the alleles of one site; offsets are those of `reference`.

    Attributes:
        reference: plus strand of the unedited allele.
        start: interbase start of the span in which alleles were compared.
        end: its end.
        site: where the guide lies in `reference`.
        editor: a base editor.
        target_offset: plus-strand offset of the base to be converted.
        frame: codons of the protein; those complete inside the span are read. None if not coding.
        intended_protein: residues wanted over the whole of `frame`; None exactly if it is None.
        any_edit_window: protospacer positions in which any conversion counts as an edit.
        positions: protospacer positions for which conversions are listed one by one.
    """

    reference: str
    start: int
    end: int
    site: Site
    editor: Editor
    target_offset: int
    frame: Frame | None
    intended_protein: str | None
    any_edit_window: tuple[int, int] = (1, 10)
    positions: tuple[int, int] = (0, 20)

    def __post_init__(self) -> None:
        if problems := list(_problems(self)):
            raise InputErrors(problems, where="question")

    @property
    def converted(self) -> str:
        """Plus-strand base that a conversion leaves."""
        new = self.editor.to_base or ""
        return new if self.site.strand == "+" else reverse_complement(new)

    def editable(self, low: int, high: int) -> dict[int, int]:
        """Protospacer position to plus-strand offset of each convertible base in the span."""
        found = {}
        for position in range(low, high + 1):
            offset = self.site.offset(position)
            if (
                self.start <= offset < self.end
                and self.site.base(self.reference, position) == self.editor.from_base
            ):
                found[position] = offset
        return found

    @property
    def reads_target_codon(self) -> bool:
        """Whether the codon of the target is in the frame, and all of it in the span."""
        codon = None if self.frame is None else self.frame.codon_span(self.target_offset)
        return codon is not None and self.start <= codon[0] and codon[1] <= self.end

    def covered(self) -> tuple[Frame, str, str] | None:
        """The frame inside the span, with the intended and the unedited protein over it.

        None unless the codon of the target is read: what the other codons code for says nothing
        about the edit.
        """
        if self.frame is None or self.intended_protein is None or not self.reads_target_codon:
            return None
        inside = self.frame.within(self.start, self.end)
        left = (inside.start - self.frame.start) // 3
        right = (self.frame.end - inside.end) // 3
        skip = left if self.frame.strand == "+" else right
        size = (inside.end - inside.start) // 3
        return (
            inside,
            self.intended_protein[skip : skip + size],
            inside.protein(self.reference),
        )


def _problems(question: Question) -> Iterator[Problem]:
    size = len(question.reference)
    if question.editor.from_base is None:
        yield Problem("editor", f"{question.editor.name} is no base editor")
        return
    if not 0 <= question.start < question.end <= size:
        yield Problem("span", f"{question.start} to {question.end} is no span of {size} bases")
        return
    if not question.start <= question.target_offset < question.end:
        yield Problem("target_offset", f"{question.target_offset} lies outside the compared span")
    elif (
        base := question.site.base(
            question.reference, question.site.position(question.target_offset)
        )
    ) != question.editor.from_base:
        yield Problem("target_offset", f"holds {base}, not {question.editor.from_base}")
    low, high = sorted(question.site.offset(p) for p in question.any_edit_window)
    if low < question.start or high >= question.end:
        yield Problem("any_edit_window", f"{question.any_edit_window} reaches out of the span")
    if (question.frame is None) != (question.intended_protein is None):
        yield Problem("frame", "frame and intended protein come together or not at all")
    elif (
        question.frame is not None
        and question.intended_protein is not None
        and 3 * len(question.intended_protein) != question.frame.end - question.frame.start
    ):
        yield Problem("intended_protein", "has another number of residues than the frame")
