"""The reference that a case supplies: a stretch of a contig, and where a transcript lies on it.

Everything outside the stretch is unknown. It is never filled in, never taken from elsewhere, and
a question that needs it ends in `NotComputable`. Intervals are 0-based and interbase on the plus
strand of the contig; a *running* coding position counts c.1 as 0 and c.-1 as -1, and goes on past
the stop codon, so that arithmetic has no hole where HGVS has no zero.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ultrarare.errors import InputError, NotComputable, NotFound
from ultrarare.molecule.sequence import IUPAC, reverse_complement

Strand = Literal["+", "-"]

ACCESSION: Final = re.compile(r"[A-Z]{1,4}_?[0-9]{3,12}\.[0-9]{1,3}")
_REFGET: Final = re.compile(r"SQ\.[0-9A-Za-z_-]{32}")
_FARTHEST_CODING: Final = 1_000_000  # titin, the longest human transcript, has 0.11 million bases


def refget_digest(bases: str) -> str:
    """`SQ.` and the GA4GH sha512t24u digest of a whole sequence in upper case.

    Notes:
        SHA-512 cut to 24 bytes, in URL-safe base64 (Hart and Prlić 2020, PLoS ONE 15:e0239883).
        Checked in tests/conformance/test_vrs.py.
    """
    cut = hashlib.sha512(bases.encode("ascii")).digest()[:24]
    return "SQ." + base64.urlsafe_b64encode(cut).decode("ascii")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A stretch of a contig (plus strand), and optionally one transcript on it.

    Attributes:
        contig: accession with its version, as NC_000002.12.
        start: 0-based position of the first base on the contig.
        bases: A, C, G, T in upper case.
        contig_length: of the whole contig; None if not declared.
        refget: `SQ.` digest of the *whole contig*, not of the stretch; None if not declared.

    Raises:
        InputError: an accession without version, other letters than ACGT, a stretch that leaves
            the contig, a digest of another form or one that a complete contig contradicts, or
            a transcript that does not fit on the stretch.

    Notes:
        Checked in tests/unit/molecule/test_reference.py.
    """

    contig: str
    start: int
    bases: str
    contig_length: int | None = None
    refget: str | None = None
    transcript: Transcript | None = None

    def __post_init__(self) -> None:
        _check_stretch(self)
        if self.transcript is not None:
            _check_transcript(self, self.transcript)

    @property
    def end(self) -> int:
        """Interbase end of the stretch on the contig."""
        return self.start + len(self.bases)

    @property
    def accessions(self) -> tuple[str, ...]:
        """Every accession that the reference holds, the contig first."""
        named = (self.transcript.accession, self.transcript.protein) if self.transcript else ()
        return (self.contig, *(name for name in named if name is not None))

    @property
    def padding(self) -> str:
        """The sentence that a result carries about what lies outside the stretch."""
        return (
            f"only {self.contig}:g.{self.start + 1}_{self.end} is known; every base outside it was "
            "handed on as N at its true coordinate"
        )

    def covers(self, start: int, end: int) -> bool:
        """Whether the interbase interval of the contig lies inside the stretch."""
        return self.start <= start <= end <= self.end

    def between(self, start: int, end: int) -> str:
        """The plus-strand bases of an interbase interval.

        Raises:
            NotComputable: part of the interval is outside the stretch.
        """
        if not self.covers(start, end):
            raise NotComputable(
                f"outside the supplied reference, which holds g.{self.start + 1}_{self.end}",
                where=f"{self.contig}:g.{start + 1}_{max(end, start + 1)}",
                remedy="supply a longer stretch of the contig",
            )
        return self.bases[start - self.start : end - self.start]

    def base_at(self, accession: str, position: int) -> str:
        """The base at a 1-based g. position, or at a c. number of the transcript (on its strand).

        Raises:
            NotFound: the reference does not hold this accession.
            NotComputable: the base is not in the supplied stretch, or there is no such number.
        """
        if accession == self.contig:
            return self.between(position - 1, position)
        if self.transcript is None or accession != self.transcript.accession:
            raise NotFound(
                f"the reference holds {', '.join(self.accessions)}, not this accession",
                where=accession,
            )
        if position == 0:
            raise NotComputable("c. numbering has no 0", where=f"{accession}:c.0")
        running = position - 1 if position > 0 else position
        at = self.contig_position(Site(running=running))
        base = self.between(at, at + 1)
        return base if self.transcript.strand == "+" else reverse_complement(base)

    def codon(self, number: int) -> str:
        """The three bases of a codon, 1 being the start codon, on the transcript's strand.

        Raises:
            NotComputable: a base of it is in no declared segment.
            NotFound: the reference holds no transcript.
        """
        if self.transcript is None:
            raise NotFound("the reference holds no transcript", where=f"codon {number}")
        first = 3 * number - 2
        return "".join(self.base_at(self.transcript.accession, first + i) for i in range(3))

    def contig_position(self, site: Site) -> int:
        """0-based contig position of a base named from the transcript.

        Raises:
            NotComputable: no declared segment holds the base, or an offset leaves from a segment
                edge that is not declared to be an exon edge, or it runs into another segment.
        """
        step = 1 if self.transcript is not None and self.transcript.strand == "+" else -1
        for segment in self.segments:
            if not segment.first <= site.running <= segment.last:
                continue
            along = site.running - segment.first
            at = segment.start + along if step == 1 else segment.end - 1 - along
            if site.offset == 0:
                return at
            edge, known = (
                (segment.last, segment.ends_exon)
                if site.offset > 0
                else (segment.first, segment.starts_exon)
            )
            there = at + step * site.offset
            if site.running == edge and known and self._exon_at(there) is None:
                return there
            raise NotComputable(
                "an intronic position counts from an exon edge, and the reference declares "
                f"{'another segment there' if known and site.running == edge else 'none there'}",
                where=self.coding_name(site),
                remedy="declare the exon's edge with `starts_exon` or `ends_exon`",
            )
        raise NotComputable(
            "in no declared segment of the transcript",
            where=self.coding_name(site),
            remedy="declare the segment that holds it and supply its bases",
        )

    def site(self, at: int) -> Site | None:
        """The transcript's name for a contig position; None where that is not known.

        In an intron the nearer declared exon edge counts, the upstream one if both are equally
        near, and only if no undeclared exon beyond the stretch could be nearer.
        """
        inside = self._exon_at(at)
        if inside is not None:
            return inside
        if not self.covers(at, at + 1):
            return None
        plus = self.transcript is not None and self.transcript.strand == "+"
        found: list[tuple[int, int, Site]] = []
        for order, direction in enumerate((-1, 1)):  # upstream first
            away = direction if plus else -direction
            hit = self._exon_edge(at, away)
            if isinstance(hit, int):
                found.append((hit, order, Site(running=0)))
                continue
            distance, running, known = hit
            if not known:
                return None
            found.append((distance, order, Site(running=running, offset=-direction * distance)))
        # A stretch that ends gives only a lower bound, so an edge must beat it outright.
        distance, _, nearest = min(found, key=lambda one: one[:2])
        return nearest if nearest.offset else None

    def coding_name(self, site: Site) -> str:
        """The position as it stands after `c.`: `1003`, `-7`, `*3`, `1003-2`."""
        length = None if self.transcript is None else self.transcript.cds_length
        if length is not None and site.running >= length:
            base = f"*{site.running - length + 1}"
        else:
            base = str(site.running + 1 if site.running >= 0 else site.running)
        return base + (f"{site.offset:+d}" if site.offset else "")

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The transcript's segments; none if there is no transcript."""
        return () if self.transcript is None else self.transcript.segments

    def _exon_at(self, at: int) -> Site | None:
        for segment in self.segments:
            if segment.start <= at < segment.end:
                plus = self.transcript is not None and self.transcript.strand == "+"
                along = at - segment.start if plus else segment.end - 1 - at
                return Site(running=segment.first + along)
        return None

    def _exon_edge(self, at: int, away: int) -> tuple[int, int, bool] | int:
        """Distance, running position and whether it is an exon edge; else the room that is left."""
        there = at + away
        while self.covers(there, there + 1):
            hit = self._exon_at(there)
            if hit is not None:
                segment = next(s for s in self.segments if s.first <= hit.running <= s.last)
                known = segment.starts_exon if hit.running == segment.first else segment.ends_exon
                if segment.first == segment.last:
                    known = segment.starts_exon and segment.ends_exon
                return abs(there - at), hit.running, known
            there += away
        return abs(there - at)


def _check_stretch(reference: Reference) -> None:
    if not ACCESSION.fullmatch(reference.contig):
        raise InputError(
            f"{reference.contig!r} is no accession with a version, as NC_000002.12 is",
            where="reference.contig",
        )
    if not reference.bases or set(reference.bases) - set("ACGT"):
        odd = sorted(set(reference.bases) - set("ACGT"))
        raise InputError(
            f"holds {'no bases' if not odd else ', '.join(map(repr, odd))}; A, C, G, T are allowed",
            where="reference.bases",
            remedy="cut the stretch at an N: a base that is not known is left out",
        )
    length = reference.contig_length
    if reference.start < 0 or (length is not None and reference.end > length):
        raise InputError(
            f"the stretch {reference.start}-{reference.end} leaves the contig "
            f"(0-{'?' if length is None else length})",
            where="reference.start",
        )
    if reference.refget is None:
        return
    if not _REFGET.fullmatch(reference.refget):
        raise InputError(
            f"{reference.refget!r} is no refget digest: `SQ.` and 32 letters of URL-safe base64",
            where="reference.refget",
        )
    complete = reference.start == 0 and reference.end == length
    if complete and (own := refget_digest(reference.bases)) != reference.refget:
        raise InputError(
            f"{reference.refget} was declared, but the complete contig's bases give {own}",
            where="reference.refget",
        )


def _check_transcript(reference: Reference, transcript: Transcript) -> None:
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
    for index, problem in _segment_problems(reference, transcript):
        raise InputError(problem, where=f"reference.transcript.segments[{index}]")


def _segment_problems(reference: Reference, transcript: Transcript) -> Iterator[tuple[int, str]]:
    """The first problem of each segment; the caller stops at the first of all."""
    previous: Segment | None = None
    for index, segment in enumerate(transcript.segments):
        if segment.c_start == 0 or abs(segment.c_start) > _FARTHEST_CODING:
            yield index, f"c_start is {segment.c_start}; c. numbers go up to 1,000,000 without 0"
        elif segment.start >= segment.end or not reference.covers(segment.start, segment.end):
            yield (
                index,
                f"{segment.start}-{segment.end} is empty or leaves the stretch "
                f"{reference.start}-{reference.end}",
            )
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


def read_fasta(path: Path) -> tuple[tuple[str, str], ...]:
    """The records of a FASTA file: name (first word after `>`) and bases in upper case.

    Args:
        path: plain text. Lower case (soft-masked) becomes upper case; IUPAC letters stay.

    Raises:
        InputError: naming file and line: no record, text before the first one, a record without
            name or bases, a name that comes twice, a letter that is no IUPAC nucleotide code,
            or bytes that are not ASCII.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as odd:
        raise InputError(
            f"byte {odd.start + 1} is not ASCII", where=str(path), remedy="save it as plain FASTA"
        ) from None
    names: dict[str, int] = {}
    chunks: list[list[str]] = []
    for number, line in enumerate(lines, start=1):
        where = f"{path}:{number}"
        if line.startswith(">"):
            _check_filled(names, chunks, path)
            name = (line[1:].split() or [""])[0]
            if not name or name in names:
                found = f"record {name!r} stands in line {names[name]} too" if name else "no name"
                raise InputError(found, where=where)
            names[name] = number
            chunks.append([])
        elif line.strip():
            if not chunks:
                raise InputError("text before the first record, which starts with '>'", where=where)
            chunks[-1].append(_fasta_line(line, where=where))
    _check_filled(names, chunks, path)
    if not names:
        raise InputError("holds no record; one starts with '>' and a name", where=str(path))
    return tuple(zip(names, map("".join, chunks), strict=True))


def _fasta_line(line: str, *, where: str) -> str:
    bases = line.strip().upper()
    for column, letter in enumerate(bases, start=1):
        if letter not in IUPAC:
            raise InputError(f"{letter!r} at column {column} is no nucleotide code", where=where)
    return bases


def _check_filled(names: dict[str, int], chunks: list[list[str]], path: Path) -> None:
    """Stop at a record that ended without bases."""
    if chunks and not chunks[-1]:
        name, number = list(names.items())[-1]
        raise InputError(f"record {name!r} holds no bases", where=f"{path}:{number}")
