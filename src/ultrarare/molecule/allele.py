"""An allele: what stands where on the contig, whichever name it was given.

Two names mean the same change exactly when the sequence that results is the same; that is what
`Allele.applied_to` is for.
"""

from __future__ import annotations

from dataclasses import dataclass

from ultrarare.errors import InputError, NotComputable
from ultrarare.molecule.names import Edit, ParsedVariant, Position
from ultrarare.molecule.reference import Reference, Segment, Site
from ultrarare.molecule.sequence import reverse_complement


@dataclass(frozen=True, slots=True, kw_only=True)
class Allele:
    """`ref` at `start` on the plus strand of the contig became `alt`; interbase, 0-based."""

    contig: str
    start: int
    ref: str
    alt: str

    @property
    def end(self) -> int:
        """Interbase end: start and the reference bases consumed."""
        return self.start + len(self.ref)

    @property
    def spdi(self) -> str:
        """Sequence, position, deletion, insertion, as this allele stands."""
        return f"{self.contig}:{self.start}:{self.ref}:{self.alt}"

    def trimmed(self) -> Allele:
        """The same change without the bases that both sides share, the left side trimmed first."""
        ref, alt, left = self.ref, self.alt, 0
        while left < min(len(ref), len(alt)) and ref[left] == alt[left]:
            left += 1
        ref, alt, right = ref[left:], alt[left:], 0
        while right < min(len(ref), len(alt)) and ref[-1 - right] == alt[-1 - right]:
            right += 1
        return Allele(
            contig=self.contig,
            start=self.start + left,
            ref=ref[: len(ref) - right],
            alt=alt[: len(alt) - right],
        )

    def justified(self, reference: Reference, *, start: int, end: int) -> Allele:
        """The change written over its whole region of ambiguity within an interval.

        Args:
            reference: that covers the interval.
            start: how far left the change may roll; interbase on the contig.
            end: how far right.

        Notes:
            The "fully justified" form of NCBI's variant overprecision correction (Holmes et al.
            2020, Bioinformatics 36:1902). A change that both removes and adds bases does not
            roll. Checked in tests/laws/test_variant_allele.py.
        """
        change = self.trimmed()
        unit = change.ref or change.alt
        if (change.ref and change.alt) or not unit:
            return self if self.ref == self.alt else change
        left = right = 0
        while change.start - left > start and (
            reference.between(change.start - left - 1, change.start - left)
            == unit[(-1 - left) % len(unit)]
        ):
            left += 1
        while change.end + right < end and (
            reference.between(change.end + right, change.end + right + 1) == unit[right % len(unit)]
        ):
            right += 1
        before = reference.between(change.start - left, change.start)
        after = reference.between(change.end, change.end + right)
        return Allele(
            contig=change.contig,
            start=change.start - left,
            ref=before + change.ref + after,
            alt=before + change.alt + after,
        )

    def applied_to(self, reference: Reference) -> str:
        """The stretch of the reference with this change made in it."""
        left = reference.between(reference.start, self.start)
        return left + self.alt + reference.between(self.end, reference.end)


def within_exon(allele: Allele, reference: Reference) -> tuple[Segment, Allele] | None:
    """The segment that can hold the change, and the change as it stands in it.

    A deletion or insertion that can stand inside a segment counts as inside, whichever of its
    equal places was named. Of several places in it, the 3'-most of the transcript is given. Of an
    insertion, both neighbours lie in the segment. None if no segment can hold the change.
    """
    change = allele if allele.ref == allele.alt else allele.trimmed()
    whole = change.justified(reference, start=reference.start, end=reference.end)
    size, gap = len(change.ref), 0 if change.ref else 1
    minus = reference.transcript is not None and reference.transcript.strand == "-"
    for segment in reference.segments:
        low = max(whole.start, segment.start + gap)
        high = min(whole.end, segment.end - gap) - size
        if low <= high:
            at = low if minus else high
            along = at - whole.start
            return segment, Allele(
                contig=change.contig,
                start=at,
                ref=reference.between(at, at + size),
                alt=whole.alt[along : along + len(change.alt)],
            )
    return None


def place(variant: ParsedVariant, reference: Reference) -> Allele:
    """Where a named change lies on the contig, after its stated bases were checked.

    Raises:
        InputError: an accession or version that the reference does not hold, a numbering that
            does not belong to the accession, a stated base that the reference contradicts, or
            positions in the wrong order or not next to each other.
        NotComputable: the change lies outside what the reference holds.
    """
    _check_held(variant, reference)
    where = str(variant)
    if variant.kind in {"n", "p"} or variant.start is None or variant.end is None:
        raise NotComputable(
            f"{variant.kind}. names are not placed on the supplied reference",
            where=where,
            remedy="name the change with c. or g.",
        )
    first = _contig_position(variant.start, variant, reference)
    last = _contig_position(variant.end, variant, reference)
    minus = variant.kind == "c" and _on_minus(reference)
    low, high = (last, first) if minus else (first, last)
    if low > high:
        raise InputError("the first position must lie before the second", where=where)
    if variant.edit is Edit.INSERTION:
        if high - low != 1:
            raise NotComputable(
                "the two positions are not neighbours on the contig: an exon edge lies between",
                where=where,
                remedy="name the insertion with g.",
            )
        start = end = high
    else:
        start, end = low, high + 1
    found = reference.between(start, end)
    own = reverse_complement(found) if minus else found
    _check_stated(variant, own, reference, start)
    alt = _result(variant, own)
    return Allele(
        contig=reference.contig,
        start=start,
        ref=found,
        alt=reverse_complement(alt) if minus else alt,
    )


def _on_minus(reference: Reference) -> bool:
    return reference.transcript is not None and reference.transcript.strand == "-"


def _check_held(variant: ParsedVariant, reference: Reference) -> None:
    held = ", ".join(reference.accessions)
    if variant.accession not in reference.accessions:
        bare = variant.accession.partition(".")[0]
        other = [name for name in reference.accessions if name.partition(".")[0] == bare]
        what = f"version {other[0]}, not {variant.accession}" if other else held
        raise InputError(
            f"accession {variant.accession} is not held by the supplied reference: it holds {what}",
            where=str(variant),
            remedy="supply the bases of this accession, or name the variant on one that is held",
        )
    transcript = reference.transcript
    kinds = {reference.contig: "g"}
    if transcript is not None:
        kinds[transcript.accession] = "cn"
        kinds |= {} if transcript.protein is None else {transcript.protein: "p"}
    if variant.kind not in kinds[variant.accession]:
        raise InputError(
            f"{variant.kind}. numbering does not belong to {variant.accession}, "
            f"which takes {kinds[variant.accession][0]}.",
            where=str(variant),
        )


def _contig_position(position: Position, variant: ParsedVariant, reference: Reference) -> int:
    if variant.kind == "g":
        reference.between(position.base - 1, position.base)
        return position.base - 1
    length = None if reference.transcript is None else reference.transcript.cds_length
    if position.after_stop:
        if length is None:
            raise NotComputable(
                "counts from the stop codon, and the reference does not say where that is",
                where=str(variant),
                remedy="declare `cds_length`",
            )
        running = length + position.base - 1
    else:
        running = position.base - 1 if position.base > 0 else position.base
        if length is not None and running >= length:
            raise InputError(
                f"c.{position.base} lies past the coding sequence of {length} bases",
                where=str(variant),
                remedy=f"a base after the stop codon is c.*{position.base - length}",
            )
    at = reference.contig_position(Site(running=running, offset=position.offset))
    reference.between(at, at + 1)
    return at


def _check_stated(variant: ParsedVariant, found: str, reference: Reference, start: int) -> None:
    """Stop at a stated base that the reference contradicts; both are on the name's strand."""
    if variant.ref is None or variant.ref == found:
        return
    place_ = f"{reference.contig}:g.{start + 1}"
    raise InputError(
        f"reference mismatch: the name states {variant.ref}, the supplied reference holds {found} "
        f"there ({place_})",
        where=str(variant),
        remedy="check the position, the transcript version and the genome build",
    )


def _result(variant: ParsedVariant, found: str) -> str:
    """The bases that stand there afterwards, on the name's strand."""
    if variant.edit is Edit.DUPLICATION:
        return found + found
    if variant.edit is Edit.INVERSION:
        return reverse_complement(found)
    if variant.edit is Edit.IDENTITY:
        return found
    return variant.alt
