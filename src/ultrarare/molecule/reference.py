"""The reference that a case supplies: a stretch of a contig, and where a transcript lies on it.

Everything outside the stretch is unknown. It is never filled in, never taken from elsewhere, and
a question that needs it ends in `NotComputable`. Intervals are 0-based and interbase on the plus
strand of the contig; running coding positions are those of `transcript`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from ultrarare.errors import InputError, NotComputable, NotFound
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.transcript import (
    ACCESSION,
    Segment,
    Site,
    Strand,
    Transcript,
    check_transcript,
)

__all__ = ["Reference", "Segment", "Site", "Strand", "Transcript", "refget_digest"]

_REFGET: Final = re.compile(r"SQ\.[0-9A-Za-z_-]{32}")


def refget_digest(bases: str) -> str:
    """`SQ.` and the GA4GH sha512t24u digest of a whole sequence in upper case.

    Notes:
        SHA-512 cut to 24 bytes, in URL-safe base64 (Hart and Prlić 2020, PLoS ONE 15:e0239883).
        Checked in tests/conformance/test_vrs_identifiers.py.
    """
    cut = hashlib.sha512(bases.encode("ascii")).digest()[:24]
    return "SQ." + base64.urlsafe_b64encode(cut).decode("ascii")


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
            check_transcript(self.transcript, self.start, self.end)

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
                where=f"{self.contig}:g.{start + 1}" + (f"_{end}" if end > start + 1 else ""),
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
                where=f"c.{self.coding_name(site)}",
                remedy="declare the exon's edge with `starts_exon` or `ends_exon`",
            )
        raise NotComputable(
            "in no declared segment of the transcript",
            where=f"c.{self.coding_name(site)}",
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
