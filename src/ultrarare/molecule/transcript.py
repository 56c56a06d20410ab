"""Where a transcript lies on a contig, for the part that a case is sure of.

A *running* coding position counts c.1 as 0 and c.-1 as -1, and goes on past the stop codon, so that
arithmetic has no hole where HGVS has no zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ultrarare.errors import InputError

Strand = Literal["+", "-"]

ACCESSION: Final = re.compile(r"[A-Z]{1,4}_?[0-9]{3,12}\.[0-9]{1,3}")
_FARTHEST_CODING: Final = 1_000_000  # titin, the longest human transcript, has 0.11 million bases


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Exon bases, or a part of them, that are contiguous on the contig and in c. numbering.

    Attributes:
        start, end: interbase interval on the contig's plus strand.
        c_start: the c. number of the first base in transcript direction: 1 is the A of ATG, -1
            the base before it, never 0; in the 3' untranslated region it goes on counting from
            the stop codon.
        starts_exon, ends_exon: whether that edge, in transcript direction, is known to be the
            edge of the exon. False says "not known", and intronic names stay unanswered there.
    """

    start: int
    end: int
    c_start: int
    starts_exon: bool = False
    ends_exon: bool = False

    @property
    def first(self) -> int:
        """Running coding position of the first base."""
        return self.c_start - 1 if self.c_start > 0 else self.c_start

    @property
    def last(self) -> int:
        """Running coding position of the last base."""
        return self.first + self.end - self.start - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Where a transcript lies on the contig, for the part that the case is sure of.

    Attributes:
        accession: with its version, as NM_001875.5.
        segments: in transcript order; see `Segment`.
        cds_length: bases from the A of ATG to the last of the stop codon; None if not declared.
        protein: accession of the protein with its version; None if not declared.
    """

    accession: str
    gene: str
    strand: Strand
    segments: tuple[Segment, ...]
    cds_length: int | None = None
    protein: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A base seen from the transcript: running coding position, and the offset into an intron."""

    running: int
    offset: int = 0


def check_transcript(transcript: Transcript, start: int, end: int) -> None:
    """Stop at the first thing that keeps a transcript off the stretch from `start` to `end`.

    Raises:
        InputError: an accession without version, a length of the coding sequence that is no
            multiple of 3, or a segment that is empty, leaves the stretch or is out of order.
    """
    for name in (transcript.accession, transcript.protein):
        if name is not None and not ACCESSION.fullmatch(name):
            raise InputError(
                f"{name!r} is no accession with a version, as NM_001875.5 is",
                where="reference.transcript",
            )
    if transcript.cds_length is not None and (
        transcript.cds_length < 6 or transcript.cds_length % 3
    ):
        raise InputError(
            f"{transcript.cds_length} is no length of a coding sequence: a multiple of 3 from 6",
            where="reference.transcript.cds_length",
        )
    for index, problem in _segment_problems(transcript, start, end):
        raise InputError(problem, where=f"reference.transcript.segments[{index}]")


def _segment_problems(transcript: Transcript, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The first problem of each segment; the caller stops at the first of all."""
    previous: Segment | None = None
    for index, segment in enumerate(transcript.segments):
        if segment.c_start == 0 or abs(segment.c_start) > _FARTHEST_CODING:
            yield index, f"c_start is {segment.c_start}; c. numbers go up to 1,000,000 without 0"
        elif segment.start >= segment.end or not start <= segment.start <= segment.end <= end:
            stretch = f"{start}-{end}"
            yield index, f"{segment.start}-{segment.end} is empty or leaves the stretch {stretch}"
        elif previous is not None and (
            segment.first <= previous.last
            or (
                segment.start < previous.end
                if transcript.strand == "+"
                else segment.end > previous.start
            )
        ):
            yield (
                index,
                f"does not follow the segment before it in transcript order ({transcript.strand})",
            )
        previous = segment
