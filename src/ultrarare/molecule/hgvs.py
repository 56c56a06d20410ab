"""Variant names in normal form, checked against the reference that the case supplies.

A name that cannot be checked is answered with a value that says so; a name that contradicts the
reference, or stands on an accession that the reference does not hold, is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ultrarare.errors import InputError, NotComputable
from ultrarare.molecule import shift
from ultrarare.molecule.allele import Allele, place, within_exon
from ultrarare.molecule.names import Edit, ParsedVariant, parse
from ultrarare.molecule.reference import Reference, Segment, Transcript
from ultrarare.molecule.sequence import reverse_complement

__all__ = [
    "Check",
    "NormalisedVariant",
    "SameAllele",
    "check_same_allele",
    "normalise",
    "parse",
]


class Check(StrEnum):
    """How far a name could be checked against the reference."""

    NORMALISED = "normalised"
    AT_EDGE = "at the edge of the reference"  # bases agree; the normal form is not known
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedVariant:
    """A variant name, what it means on the reference, and its normal forms.

    Attributes:
        allele: the change on the contig; None if not checked.
        genomic, coding: normal form with g. and with c.; None where it is not known, and then a
            caveat or `reason` says why.
        spdi: contig, position, deleted and inserted bases over the whole region of ambiguity;
            None if that region runs to the edge of the reference.
        warnings: the normaliser's own, each with its code.
        reason: why the name was not checked, or its normal form is not known; else empty.
    """

    parsed: ParsedVariant
    status: Check
    allele: Allele | None = None
    genomic: str | None = None
    coding: str | None = None
    spdi: str | None = None
    warnings: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    reason: str = ""

    @property
    def text(self) -> str | None:
        """The normal form in the numbering of the name that was given; None if not known."""
        return self.coding if self.parsed.kind == "c" else self.genomic

    def summary(self) -> str:
        """One line for a log or a terminal."""
        if self.status is not Check.NORMALISED:
            return f"{self.parsed}: {self.status}: {self.reason}"
        forms = " = ".join(form for form in (self.coding, self.genomic) if form is not None)
        return f"{self.parsed}: {self.status} as {forms}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """A normal form, or why there is none."""

    text: str | None
    reason: str = ""
    warnings: tuple[str, ...] = ()


def normalise(text: str, reference: Reference) -> NormalisedVariant:
    """Check a variant name against the reference and give its normal forms.

    Args:
        text: see `names.parse`.
        reference: what the case supplies. Bases outside it are unknown, and are handed to the
            normaliser as N.

    Raises:
        InputError: the text is no variant name, its accession or version is not held, or a
            stated base contradicts the reference.

    Notes:
        Normal form: HGVS's 3' rule as ferro-hgvs applies it, on the strand of the numbering; a c.
        name does not shift over an exon edge. The bases that the normaliser says result are
        compared with ours. Checked in tests/unit/molecule/test_hgvs.py and
        tests/laws/test_variant_allele.py.
    """
    parsed = parse(text)
    try:
        allele = place(parsed, reference)
        notes = shift.reading_notes(text)
    except NotComputable as gap:
        return NormalisedVariant(
            parsed=parsed,
            status=Check.NOT_CHECKED,
            caveats=(reference.padding,),
            reason=f"{gap.where}: {gap.problem}" if gap.where != text else gap.problem,
        )
    inverted = parsed.edit is Edit.INVERSION
    genomic = _genomic(allele, reference, inverted=inverted)
    coding = _coding(allele, reference, inverted=inverted)
    own, other = (coding, genomic) if parsed.kind == "c" else (genomic, coding)
    return NormalisedVariant(
        parsed=parsed,
        status=Check.AT_EDGE if own.text is None else Check.NORMALISED,
        allele=allele,
        genomic=genomic.text,
        coding=coding.text,
        spdi=_spdi(allele, reference),
        warnings=tuple(dict.fromkeys(notes + own.warnings + other.warnings)),
        caveats=(reference.padding, *([other.reason] if other.reason else [])),
        reason=own.reason,
    )


def _genomic(allele: Allele, reference: Reference, *, inverted: bool) -> _Form:
    stop = reference.end
    at_edge = _rolls_to(allele, reference, end=stop, start=reference.start)
    if at_edge and stop != reference.contig_length:
        return _Form(text=None, reason="no g. form: the change can shift past the known bases")
    name = _along(allele, reference, minus=False, inverted=inverted)
    try:
        shifted = _on_window(name, allele, reference, minus=False)
    except NotComputable as refusal:
        return _Form(text=None, reason=f"no g. form: {refusal.problem}")
    change = shift.renumbered(shifted.change, reference.start)
    return _Form(text=f"{reference.contig}:g.{change}", warnings=shifted.warnings)


def _coding(allele: Allele, reference: Reference, *, inverted: bool) -> _Form:
    transcript = reference.transcript
    if transcript is None:
        return _Form(text=None)
    held = within_exon(allele, reference)
    try:
        if held is None:
            return _intronic(allele, reference, transcript, inverted=inverted)
        segment, change = held
        return _exonic(change, reference, transcript, segment, inverted=inverted)
    except NotComputable as refusal:
        return _Form(text=None, reason=f"no c. form: {refusal.problem}")


def _exonic(
    allele: Allele,
    reference: Reference,
    transcript: Transcript,
    segment: Segment,
    *,
    inverted: bool,
) -> _Form:
    """Normal form on the transcript, with N everywhere but in the one segment."""
    minus = transcript.strand == "-"
    edge = segment.start if minus else segment.end
    at_edge = (_rolls_to_start if minus else _rolls_to)(
        allele, reference, end=edge, start=segment.end if minus else segment.start
    )
    if at_edge and not segment.ends_exon:
        return _Form(text=None, reason="no c. form: the change can shift past the declared segment")
    known = reference.between(segment.start, segment.end)
    before = max(0, -segment.first)
    coding = transcript.cds_length
    length = max(segment.last + 1, coding or 0) + before
    length += shift.PAD + -(length + shift.PAD - before) % 3
    left = "N" * (segment.first + before) + (reverse_complement(known) if minus else known)
    bases = left + "N" * (length - len(left))

    # Index 0 of the oriented window is its first base; `ahead` turns it into a running position.
    ahead = segment.first - (
        reference.end - segment.end if minus else segment.start - reference.start
    )
    change = _oriented(allele, reference, minus=minus)
    text = _spell(*change, inverted=inverted, name=lambda at: _running_name(at + ahead, coding))
    shifted = shift.on_transcript(
        transcript.accession,
        bases,
        text,
        coding=(before, length if coding is None else before + coding),
        contig=reference.contig,
    )
    at = change[0] + ahead + before
    _check_unchanged(bases, (at, change[1], change[2]), shifted)
    return _Form(text=f"{transcript.accession}:c.{shifted.change}", warnings=shifted.warnings)


def _running_name(running: int, coding: int | None) -> str:
    if coding is not None and running >= coding:
        return f"*{running - coding + 1}"
    return str(running + 1 if running >= 0 else running)


def _intronic(
    allele: Allele, reference: Reference, transcript: Transcript, *, inverted: bool
) -> _Form:
    """Normal form on the contig in transcript direction, positions then named with c."""
    minus = transcript.strand == "-"
    stop = reference.start if minus else reference.end
    rolls = _rolls_to_start if minus else _rolls_to
    if rolls(allele, reference, end=stop, start=reference.end if minus else reference.start):
        return _Form(text=None, reason="no c. form: the change can shift past the known bases")

    def named(match: re.Match[str]) -> str:
        if match[0].startswith("["):
            return match[0]
        index = int(match[0]) - 1
        at = reference.end - 1 - index if minus else reference.start + index
        site = reference.site(at)
        if site is None:
            raise NotComputable(
                "the reference does not say which exon edge the position counts from"
            )
        return reference.coding_name(site)

    text = _along(allele, reference, minus=minus, inverted=inverted)
    shifted = _on_window(text, allele, reference, minus=minus)
    change = re.sub(r"\[\d+\]|\d+", named, shifted.change)
    return _Form(text=f"{transcript.accession}:c.{change}", warnings=shifted.warnings)


def _on_window(text: str, allele: Allele, reference: Reference, *, minus: bool) -> shift.Shifted:
    bases = reverse_complement(reference.bases) if minus else reference.bases
    shifted = shift.on_contig(reference.contig, bases, text)
    _check_unchanged(bases, _oriented(allele, reference, minus=minus), shifted)
    return shifted


def _check_unchanged(bases: str, change: tuple[int, str, str], shifted: shift.Shifted) -> None:
    """Stop if the normal form means another sequence than the name did."""
    at, ref, alt = change
    ours = bases[:at] + alt + bases[at + len(ref) :]
    theirs = bases[: shifted.start] + shifted.after + bases[shifted.start + len(shifted.before) :]
    if ours != theirs:
        raise NotComputable("the normaliser's form gives another sequence than the name does")


def _oriented(allele: Allele, reference: Reference, *, minus: bool) -> tuple[int, str, str]:
    """Index in the stretch read along a strand, and both sides of the trimmed change there."""
    change = allele.trimmed() if allele.ref != allele.alt else allele
    if not minus:
        return change.start - reference.start, change.ref, change.alt
    ref, alt = reverse_complement(change.ref), reverse_complement(change.alt)
    return reference.end - change.end, ref, alt


def _along(allele: Allele, reference: Reference, *, minus: bool, inverted: bool) -> str:
    """The change as `g.` text on the stretch read along a strand, counted from 1."""
    change = _oriented(allele, reference, minus=minus)
    return _spell(*change, inverted=inverted, name=lambda at: str(at + 1))


def _spell(at: int, ref: str, alt: str, *, inverted: bool, name: Callable[[int], str]) -> str:
    if not ref:
        return f"{name(at - 1)}_{name(at)}ins{alt}"
    here = name(at) if len(ref) == 1 else f"{name(at)}_{name(at + len(ref) - 1)}"
    if ref == alt:
        return f"{here}="
    if not alt:
        return f"{here}del"
    if inverted and len(ref) > 1:
        # Trimming keeps an inversion one: what it takes off is the same on both sides.
        return f"{here}inv"
    return f"{here}{ref}>{alt}" if len(ref) == len(alt) == 1 else f"{here}delins{alt}"


def _rolls_to(allele: Allele, reference: Reference, *, end: int, start: int) -> bool:
    """Whether a pure insertion or deletion can stand against `end`, the last known base."""
    change = allele.trimmed()
    if (change.ref and change.alt) or allele.ref == allele.alt:
        return False
    return change.justified(reference, start=start, end=end).end == end


def _rolls_to_start(allele: Allele, reference: Reference, *, end: int, start: int) -> bool:
    """As `_rolls_to`, for a transcript on the minus strand: `end` is its end, the lower one."""
    change = allele.trimmed()
    if (change.ref and change.alt) or allele.ref == allele.alt:
        return False
    return change.justified(reference, start=end, end=start).start == end


def _spdi(allele: Allele, reference: Reference) -> str | None:
    change = allele if allele.ref == allele.alt else allele.trimmed()
    rolling = not (change.ref and change.alt)
    whole = (
        change.justified(reference, start=reference.start, end=reference.end) if rolling else change
    )
    at_start = whole.start == reference.start and reference.start != 0
    at_end = whole.end == reference.end and reference.end != reference.contig_length
    return None if rolling and (at_start or at_end) else whole.spdi


@dataclass(frozen=True, slots=True, kw_only=True)
class SameAllele:
    """Whether two names of one case mean the same change; None if that could not be checked."""

    same: bool | None
    coding: NormalisedVariant
    genomic: NormalisedVariant
    reason: str


def check_same_allele(c_text: str, g_text: str, reference: Reference) -> SameAllele:
    """Compare a c. and a g. name by the sequence that results.

    Raises:
        InputError: as `normalise`; or the first is no c. name, the second no g. name.

    Notes:
        Names are not compared as text: two spellings of one change differ as text.
    """
    coding, genomic = normalise(c_text, reference), normalise(g_text, reference)
    for variant, kind in ((coding, "c"), (genomic, "g")):
        if variant.parsed.kind != kind:
            raise InputError(f"is no {kind}. name", where=str(variant.parsed))
    if coding.allele is None or genomic.allele is None:
        gap = coding if coding.allele is None else genomic
        return SameAllele(
            same=None, coding=coding, genomic=genomic, reason=f"{gap.parsed}: {gap.reason}"
        )
    same = coding.allele.applied_to(reference) == genomic.allele.applied_to(reference)
    verb = "give the same sequence" if same else "give different sequences"
    return SameAllele(same=same, coding=coding, genomic=genomic, reason=f"both names {verb}")
