"""A reading frame laid over a sequence: which bases make which codon."""

from __future__ import annotations

from dataclasses import dataclass

from ultrarare.errors import InputError
from ultrarare.molecule.protospacer import Strand
from ultrarare.molecule.sequence import reverse_complement, translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Complete codons of a coding span, in plus-strand interbase offsets.

    Attributes:
        start: where the coding span begins on the plus strand.
        end: where it ends; the length is a multiple of three.
        strand: "+" if the codons are read as the context is written.
        first_codon: number of the first codon read (the leftmost on "+", the rightmost on "-"),
            so that residues carry the numbers of the protein; None where it is not known.
    """

    start: int
    end: int
    strand: Strand = "+"
    first_codon: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end or (self.end - self.start) % 3:
            raise InputError(
                f"span {self.start} to {self.end} is not allowed; it starts at 0 or later and "
                "holds complete codons",
                where="frame",
            )

    def protein(self, context: str) -> str:
        """One-letter residues, X for a codon with an ambiguous base; stops do not end it.

        Raises:
            InputError: the frame reaches beyond `context`.
        """
        if self.end > len(context):
            raise InputError(
                f"the frame ends at {self.end}, but the context has {len(context)} bases",
                where="frame",
            )
        return translate(self.coding(context))

    def coding(self, context: str) -> str:
        """The bases of the frame in reading direction."""
        bases = context[self.start : self.end]
        return bases if self.strand == "+" else reverse_complement(bases)

    def codon_index(self, offset: int) -> int | None:
        """Index (from 0, in reading direction) of the codon over a plus-strand offset."""
        if not self.start <= offset < self.end:
            return None
        return (offset - self.start if self.strand == "+" else self.end - 1 - offset) // 3

    def codon_span(self, offset: int) -> tuple[int, int] | None:
        """Interbase span of the codon over a plus-strand offset; None outside the frame."""
        if not self.start <= offset < self.end:
            return None
        left = offset - (offset - self.start) % 3
        return left, left + 3

    def label(self, index: int) -> int:
        """Number of a residue in the protein, or its 1-based index where none is known."""
        return index + (1 if self.first_codon is None else self.first_codon)

    def within(self, start: int, end: int) -> Frame:
        """The complete codons that lie inside [start, end).

        Raises:
            InputError: not one complete codon does.
        """
        skip_left = -(-max(start - self.start, 0) // 3)
        skip_right = -(-max(self.end - end, 0) // 3)
        low, high = self.start + 3 * skip_left, self.end - 3 * skip_right
        if high <= low:
            raise InputError(
                f"no complete codon lies between {start} and {end}; the frame runs from "
                f"{self.start} to {self.end}",
                where="frame",
            )
        skipped = skip_left if self.strand == "+" else skip_right
        first = None if self.first_codon is None else self.first_codon + skipped
        return Frame(start=low, end=high, strand=self.strand, first_codon=first)

    def shifted(self, by: int) -> Frame:
        """The same frame in a context that has `by` more bases on its left."""
        return Frame(
            start=self.start + by,
            end=self.end + by,
            strand=self.strand,
            first_codon=self.first_codon,
        )


def frame_through(
    codon_start: int,
    *,
    context_length: int,
    strand: Strand = "+",
    coding: tuple[int, int] | None = None,
    codon: int | None = None,
) -> Frame:
    """The frame that one known codon sets, over all complete codons of the coding span.

    Args:
        codon_start: plus-strand interbase offset at which reading of one codon begins: its left
            end on "+", its right end on "-".
        context_length: bases in the context.
        strand: strand on which the gene is read.
        coding: interbase span that is coding (an exon); None takes the whole context.
        codon: number of that codon in the protein.

    Raises:
        InputError: the codon does not lie inside the coding span.
    """
    low, high = (0, context_length) if coding is None else coding
    left = codon_start if strand == "+" else codon_start - 3
    if not (0 <= low <= left and left + 3 <= high <= context_length):
        raise InputError(
            f"the codon at {left} to {left + 3} is not inside the coding span {low} to {high} "
            f"of a context of {context_length} bases",
            where="frame",
        )
    start = left - (left - low) // 3 * 3
    end = left + (high - left) // 3 * 3
    before = (left - start) // 3 if strand == "+" else (end - left) // 3 - 1
    return Frame(
        start=start, end=end, strand=strand, first_codon=None if codon is None else codon - before
    )
