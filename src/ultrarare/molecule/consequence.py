"""What a change does to the protein, read from the declared reading frame and nothing else.

The prediction assumes that the transcript is spliced as before. No RNA is looked at, so names are
written with the parentheses that HGVS asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ultrarare.errors import NotComputable
from ultrarare.molecule.allele import Allele, within_exon
from ultrarare.molecule.hgvs import NormalisedVariant
from ultrarare.molecule.protein_change import Effect, Kind, compare
from ultrarare.molecule.protein_name import canonical_protein
from ultrarare.molecule.reference import Reference, Segment, Site
from ultrarare.molecule.sequence import THREE_LETTER, reverse_complement

__all__ = ["Agreement", "Kind", "ProteinConsequence", "protein_consequence"]

_SPLICED = "predicted from the reading frame; splicing and RNA were not looked at"


class Agreement(StrEnum):
    """Whether a declared protein name is the computed one."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNKNOWN = "cannot be compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinConsequence:
    """The predicted protein change, its kind, and the codon it begins in.

    Attributes:
        hgvs_p: as `p.(Gln335Ter)`; `p.?` where it is not known, `p.(=)` in an
            untranslated region.
        codon: number of the first codon that the DNA change touches; None outside the coding
            sequence, or where it is not known.
        ref_codon, alt_codon: that codon before and after; `alt_codon` is None unless the change
            stays inside the one codon and keeps its length.
    """

    hgvs_p: str
    kind: Kind
    codon: int | None = None
    ref_codon: str | None = None
    alt_codon: str | None = None
    caveats: tuple[str, ...] = ()

    @property
    def one_letter(self) -> str:
        """The change in one-letter code, as laboratories say it: `Q335*`."""
        return one_letter(self.hgvs_p)

    def agrees_with(self, declared: str) -> Agreement:
        """Whether a declared name, with or without accession and parentheses, is this change.

        A frameshift named without its new stop agrees with one named with it. `UNKNOWN` where
        this consequence is unknown.

        Raises:
            InputError: `declared` is no protein name.
        """
        name = canonical_protein(declared.rpartition(":")[2], where="declared protein name")
        own = canonical_protein(self.hgvs_p, where="computed protein name")
        if "?" in {own, name}:
            return Agreement.UNKNOWN
        if name == own:
            return Agreement.AGREES
        if self.kind is Kind.SYNONYMOUS and name == "=":
            return Agreement.AGREES
        if _without_stop(name) == _without_stop(own) and "" in {_stop(name), _stop(own)}:
            return Agreement.AGREES
        return Agreement.DISAGREES

    def summary(self) -> str:
        """One line for a log or a terminal."""
        return f"{self.hgvs_p}, {self.kind}"


def one_letter(hgvs_p: str) -> str:
    """A protein name in one-letter code, without `p.` and parentheses."""
    text = hgvs_p.removeprefix("p.").strip("()")
    for letter, name in THREE_LETTER.items():
        text = text.replace(name, letter)
    return text


def _stop(name: str) -> str:
    """Where a frameshift's new stop is; empty if the name does not say or is no frameshift."""
    return name.partition("fs")[2].replace("Ter?", "")


def _without_stop(name: str) -> str:
    """Residue and number of a frameshift; the name itself if it is none, marked as such."""
    head, word, _ = name.partition("fs")
    if not word:
        return name
    digits = head.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    return f"{digits}fs"


def protein_consequence(variant: NormalisedVariant, reference: Reference) -> ProteinConsequence:
    """Predict what a change does to the protein.

    Args:
        variant: from `hgvs.normalise` on the same reference. One that was not checked gives
            kind *unknown* with the reason.
        reference: with a transcript. The frame follows from its c. numbers.

    Notes:
        Codons come from the declared segments; a frameshift is followed only as far as they go.
        Within 8 bases of a declared exon edge in an intron the kind is *splice region*. Names
        follow HGVS: first changed residue, 3'-most position of a deletion or insertion, `Met1?`
        for a lost start. Compared with the translation of whole coding sequences in
        tests/laws/test_variant_consequence.py.
    """
    if variant.allele is None:
        return _unknown(f"the variant was not checked: {variant.reason}")
    if reference.transcript is None:
        return _unknown("the reference holds no transcript")
    allele = _one_spelling(variant.allele, reference)
    touched = _touched(allele)
    sites = [reference.site(at) for at in touched]
    known = [site for site in sites if site is not None]
    if len(known) < len(sites):
        return _unknown("the reference does not say whether the changed bases are exon or intron")
    if any(site.offset for site in known):
        return _outside(known)
    try:
        run = _Run.around(allele, known, reference)
        effect = _effect(run, reference.transcript.cds_length)
    except NotComputable as gap:
        return _unknown(gap.problem)
    return ProteinConsequence(
        hgvs_p=effect.hgvs_p,
        kind=effect.kind,
        codon=effect.codon,
        ref_codon=effect.ref_codon,
        alt_codon=effect.alt_codon,
        caveats=(_SPLICED, *effect.caveats, *_near_edge(touched, reference)),
    )


def _unknown(reason: str) -> ProteinConsequence:
    return ProteinConsequence(hgvs_p="p.?", kind=Kind.UNKNOWN, caveats=(reason,))


def _one_spelling(allele: Allele, reference: Reference) -> Allele:
    """The change as every spelling of it gives it, so that the codon does not depend on that."""
    held = within_exon(allele, reference)
    if held is not None:
        return held[1]
    return allele.justified(reference, start=reference.start, end=reference.end).trimmed()


def _touched(allele: Allele) -> range:
    """The changed bases; of an insertion, its two neighbours."""
    if allele.ref:
        return range(allele.start, allele.end)
    return range(allele.start - 1, allele.start + 1)


def _outside(sites: list[Site]) -> ProteinConsequence:
    nearest = min(abs(site.offset) for site in sites)
    if nearest > 8:
        return ProteinConsequence(
            hgvs_p="p.?",
            kind=Kind.NON_CODING,
            caveats=(_SPLICED, "in an intron, more than 8 bases from the declared exon edge"),
        )
    where = "at or over an exon edge" if nearest == 0 else f"{nearest} bases from an exon edge"
    site = "the splice site itself (first or last 2 bases of the intron)"
    canonical = any(0 < abs(one.offset) <= 2 for one in sites)
    return ProteinConsequence(
        hgvs_p="p.?",
        kind=Kind.SPLICE_REGION,
        caveats=(
            f"in an intron or reaching into one, {where}; the protein change needs RNA evidence",
            *((f"changes {site}",) if canonical else ()),
        ),
    )


def _near_edge(touched: range, reference: Reference) -> tuple[str, ...]:
    """A caveat for a change in the first or last 3 bases of a declared exon."""
    for segment in reference.segments:
        plus = reference.transcript is not None and reference.transcript.strand == "+"
        edges = (
            (segment.start, segment.starts_exon if plus else segment.ends_exon),
            (segment.end - 1, segment.ends_exon if plus else segment.starts_exon),
        )
        if any(known and abs(at - edge) < 3 for edge, known in edges for at in touched):
            return ("within 3 bases of an exon edge: splicing may change",)
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Known transcript bases around a change, and the change in them; running positions."""

    first: int
    bases: str
    start: int
    ref: str
    alt: str

    @classmethod
    def around(cls, allele: Allele, sites: list[Site], reference: Reference) -> _Run:
        minus = reference.transcript is not None and reference.transcript.strand == "-"
        running = sorted(site.running for site in sites)
        if running[-1] - running[0] != len(running) - 1:
            raise NotComputable("the change reaches over a part that is not declared")
        segments = _contiguous(reference.segments, running[0])
        if segments[-1].last < running[-1]:
            raise NotComputable("the change reaches over a part that is not declared")
        pieces = (reference.between(one.start, one.end) for one in segments)
        return cls(
            first=segments[0].first,
            bases="".join(reverse_complement(one) if minus else one for one in pieces),
            start=running[0] if allele.ref else running[1],
            ref=reverse_complement(allele.ref) if minus else allele.ref,
            alt=reverse_complement(allele.alt) if minus else allele.alt,
        )


def _contiguous(segments: tuple[Segment, ...], running: int) -> tuple[Segment, ...]:
    """The segments that follow on one another in c. numbering around a position."""
    runs: list[list[Segment]] = []
    for segment in segments:
        if runs and runs[-1][-1].last + 1 == segment.first:
            runs[-1].append(segment)
        else:
            runs.append([segment])
    return next(tuple(run) for run in runs if run[0].first <= running <= run[-1].last)


def _effect(run: _Run, cds_length: int | None) -> Effect:
    end = run.start + len(run.ref)
    if end <= 0 or (cds_length is not None and run.start >= cds_length):
        side = "5'" if end <= 0 else "3'"
        return Effect(
            hgvs_p="p.(=)", kind=Kind.NON_CODING, caveats=(f"in the {side} untranslated region",)
        )
    if run.start < 0 or (cds_length is not None and end > cds_length):
        raise NotComputable("the change crosses the edge of the coding sequence")
    skip = max(0, -run.first) if run.first < 0 else -run.first % 3
    lead = (max(run.first, 0) + 2) // 3  # codons before the first complete one
    if run.start // 3 < lead:
        raise NotComputable("the codon's first bases are not in the declared segments")
    at = run.start - run.first
    changed = run.bases[:at] + run.alt + run.bases[at + len(run.ref) :]
    return compare(
        before=run.bases[skip:],
        after=changed[skip:],
        start=run.start - 3 * lead,
        ref=run.ref,
        alt=run.alt,
        lead=lead,
        coding=None if cds_length is None else cds_length - 3 * lead,
    )
