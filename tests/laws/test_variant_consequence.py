"""Protein consequence against the slow way: translate everything before and after, and compare.

The oracle does not name changes. It takes the computed name, carries it out on the protein before,
and asks whether the protein after comes out.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.molecule.consequence import Kind, ProteinConsequence, protein_consequence
from ultrarare.molecule.hgvs import normalise
from ultrarare.molecule.reference import Reference, Segment, Transcript
from ultrarare.molecule.sequence import reverse_complement

# Written out by residue, unlike the package's table, which is by base.
CODONS = {
    "Ala": "GCT GCC GCA GCG", "Arg": "CGT CGC CGA CGG AGA AGG", "Asn": "AAT AAC",
    "Asp": "GAT GAC", "Cys": "TGT TGC", "Gln": "CAA CAG", "Glu": "GAA GAG",
    "Gly": "GGT GGC GGA GGG", "His": "CAT CAC", "Ile": "ATT ATC ATA",
    "Leu": "TTA TTG CTT CTC CTA CTG", "Lys": "AAA AAG", "Met": "ATG", "Phe": "TTT TTC",
    "Pro": "CCT CCC CCA CCG", "Ser": "TCT TCC TCA TCG AGT AGC", "Thr": "ACT ACC ACA ACG",
    "Trp": "TGG", "Tyr": "TAT TAC", "Val": "GTT GTC GTA GTG", "Ter": "TAA TAG TGA",
}  # fmt: skip
RESIDUE = {codon: name for name, codons in CODONS.items() for codon in codons.split()}
SENSE = sorted(codon for codon, name in RESIDUE.items() if name != "Ter")


def translated(bases: str) -> list[str]:
    """Residues to the first stop, inclusive."""
    protein: list[str] = []
    for at in range(0, len(bases) - 2, 3):
        protein.append(RESIDUE[bases[at : at + 3]])
        if protein[-1] == "Ter":
            break
    return protein


@st.composite
def genes(draw: st.DrawFn) -> tuple[Reference, str, int]:
    """A whole made transcript on either strand, in one exon or two; with its bases and CDS."""
    codons = ["ATG", *draw(st.lists(st.sampled_from(SENSE), min_size=6, max_size=14))]
    coding = "".join(codons) + draw(st.sampled_from(["TAA", "TAG", "TGA"]))
    bases = "CC" + coding + draw(st.text("ACGT", min_size=6, max_size=12))
    cut = draw(st.one_of(st.none(), st.integers(5, len(bases) - 8)))
    intron = "" if cut is None else "GTAAGTCCCCCCCCCCCCCCCCTTTCAG"
    whole = bases if cut is None else bases[:cut] + intron + bases[cut:]
    strand: Any = draw(st.sampled_from("+-"))
    pieces = (
        [(0, len(bases), -2)]
        if cut is None
        else [(0, cut, -2), (cut + len(intron), len(whole), cut - 2 + 1)]
    )
    size, start = len(whole), 700
    segments = tuple(
        Segment(
            start=start + (low if strand == "+" else size - high),
            end=start + (high if strand == "+" else size - low),
            c_start=c_start,
            starts_exon=True,
            ends_exon=True,
        )
        for low, high, c_start in pieces
    )
    reference = Reference(
        contig="NC_000001.11",
        start=start,
        bases=whole if strand == "+" else reverse_complement(whole),
        transcript=Transcript(
            accession="NM_000001.1",
            gene="MADE1",
            strand=strand,
            segments=segments,
            cds_length=len(coding),
        ),
    )
    return reference, bases, len(coding)


def carried_out(name: str, before: list[str]) -> list[str]:
    """The protein that a substitution, del, dup, ins or delins name makes of `before`."""
    bare = name.removeprefix("p.(").removesuffix(")")
    match = re.fullmatch(
        r"([A-Z][a-z]{2})(\d+)(?:_([A-Z][a-z]{2})(\d+))?(del|dup)?(?:ins)?((?:[A-Z][a-z]{2})*)",
        bare,
    )
    assert match, name
    first, last = int(match[2]), int(match[4] or match[2])
    assert before[first - 1] == match[1]
    assert match[3] is None or before[last - 1] == match[3]
    new = re.findall("[A-Z][a-z]{2}", match[6])
    if match[5] == "dup":
        return before[:last] + before[first - 1 : last] + before[last:]
    if match[5] is None and "ins" in bare:
        assert last == first + 1
        after = before[:first] + new + before[first:]
    else:
        after = before[: first - 1] + new + before[last:]
    return after[: after.index("Ter") + 1] if "Ter" in after else after


def check(effect: ProteinConsequence, before: list[str], after: list[str]) -> None:
    name, kind = effect.hgvs_p, effect.kind
    if kind is Kind.START_LOST:
        assert name == "p.(Met1?)"
        assert after[0] != "Met"
    elif kind is Kind.SYNONYMOUS:
        assert before == after
    elif kind is Kind.FRAMESHIFT:
        changed = next(i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
        head = f"p.({before[changed]}{changed + 1}"
        if after[-1] == "Ter":
            stop = len(after) - changed
            assert name == f"{head}{after[changed]}fsTer{stop})"
        else:
            assert name == f"{head}fs)"
    elif kind is Kind.STOP_LOST:
        at = len(before) - 1
        assert before[:at] == after[:at]
        if name == "p.?":
            assert len(after) == at
            return
        longer = f"Ter{len(after) - 1 - at}" if after[-1] == "Ter" else "Ter?"
        assert name == f"p.(Ter{at + 1}{after[at]}ext{longer})"
    else:
        assert carried_out(name, before) == after
        assert before != after


def predict(reference: Reference, name: str) -> ProteinConsequence:
    return protein_consequence(normalise(f"NM_000001.1:c.{name}", reference), reference)


@settings(max_examples=120, deadline=None)
@given(genes(), st.data())
def test_substitutions_agree_with_whole_translation(gene, data):
    reference, bases, length = gene
    at = data.draw(st.integers(0, length - 1))
    new = data.draw(st.sampled_from([b for b in "ACGT" if b != bases[2 + at]]))
    effect = predict(reference, f"{at + 1}{bases[2 + at]}>{new}")
    changed = bases[2 : 2 + at] + new + bases[3 + at :]
    before, after = translated(bases[2:]), translated(changed)
    check(effect, before, after)
    assert effect.codon == at // 3 + 1
    assert effect.ref_codon == bases[2 + at // 3 * 3 : 5 + at // 3 * 3]
    assert effect.alt_codon == changed[at // 3 * 3 : at // 3 * 3 + 3]
    silent = before == after
    assert (effect.kind is Kind.SYNONYMOUS) == silent


@settings(max_examples=150, deadline=None)
@given(genes(), st.data())
def test_small_indels_agree_with_whole_translation(gene, data):
    reference, bases, length = gene
    inside = st.integers(3, length - 5)
    at = data.draw(st.one_of(inside, inside, inside, st.integers(1, 2)))
    size = data.draw(st.integers(1, 4))
    new = data.draw(st.text("ACGT", max_size=6))
    if at + size > length:
        size = length - at
    old = bases[2 + at : 2 + at + size]
    span = f"{at + 1}_{at + size}" if size > 1 else str(at + 1)
    effect = predict(reference, f"{span}delins{new}" if new else f"{span}del")
    if effect.kind in {Kind.SPLICE_REGION, Kind.UNKNOWN, Kind.NON_CODING}:
        # Over an exon edge, or shifted out of the coding sequence; both must say so.
        over_edge = len(reference.segments) == 2
        assert over_edge or (effect.caveats and old != new)
        return
    changed = bases[2 : 2 + at] + new + bases[2 + at + size :]
    check(effect, translated(bases[2:]), translated(changed))


@settings(max_examples=120, deadline=None)
@given(genes(), st.data())
def test_insertions_and_duplications_agree_with_whole_translation(gene, data):
    reference, bases, length = gene
    at = data.draw(st.integers(3, length - 4))
    new = data.draw(
        st.one_of(st.just(bases[2 + at - 3 : 2 + at]), st.text("ACGT", min_size=1, max_size=6))
    )
    effect = predict(reference, f"{at}_{at + 1}ins{new}")
    if effect.kind in {Kind.SPLICE_REGION, Kind.UNKNOWN, Kind.NON_CODING}:
        assert effect.caveats
        return
    changed = bases[2 : 2 + at] + new + bases[2 + at :]
    check(effect, translated(bases[2:]), translated(changed))


@settings(max_examples=80, deadline=None)
@given(genes(), st.data())
def test_a_part_of_the_transcript_says_the_same_or_says_less(gene, data):
    reference, bases, length = gene
    if len(reference.segments) > 1:
        return
    at = data.draw(st.integers(3, length - 4))
    new = data.draw(st.sampled_from([b for b in "ACGT" if b != bases[2 + at]]))
    low = data.draw(st.integers(3, at))
    high = data.draw(st.integers(at + 1, length - 1))
    plus = bases if reference.transcript.strand == "+" else reverse_complement(bases)
    assert plus == reference.bases
    part = Reference(
        contig="NC_000001.11",
        start=50,
        bases=bases[2 + low : 2 + high],
        transcript=Transcript(
            accession="NM_000001.1",
            gene="MADE1",
            strand="+",
            segments=(Segment(start=50, end=50 + high - low, c_start=low + 1),),
        ),
    )
    name = f"{at + 1}{bases[2 + at]}>{new}"
    less, whole = predict(part, name), predict(reference, name)
    complete = low <= at // 3 * 3 and at // 3 * 3 + 3 <= high
    assert (less.kind is not Kind.UNKNOWN) == complete
    if complete:
        assert (less.hgvs_p, less.kind, less.codon) == (whole.hgvs_p, whole.kind, whole.codon)


@settings(max_examples=80, deadline=None)
@given(genes(), st.data())
def test_the_strand_of_the_contig_makes_no_difference(gene, data):
    reference, bases, length = gene
    size = len(reference.bases)
    transcript = reference.transcript
    assert transcript is not None
    turned = Reference(
        contig=reference.contig,
        start=700,
        bases=reverse_complement(reference.bases),
        transcript=Transcript(
            accession=transcript.accession,
            gene=transcript.gene,
            strand="-" if transcript.strand == "+" else "+",
            segments=tuple(
                Segment(
                    start=1400 + size - one.end,
                    end=1400 + size - one.start,
                    c_start=one.c_start,
                    starts_exon=True,
                    ends_exon=True,
                )
                for one in transcript.segments
            ),
            cds_length=transcript.cds_length,
        ),
    )
    at = data.draw(st.integers(3, length - 4))
    new = bases[2 + at - data.draw(st.integers(1, 3)) : 2 + at]
    name = data.draw(st.sampled_from([f"{at}_{at + 1}ins{new}", f"{at}del", f"{at}_{at + 2}del"]))
    assert predict(turned, name) == predict(reference, name)
