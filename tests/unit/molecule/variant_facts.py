"""References that variant tests share: the published k-abe context and a small made gene."""

from __future__ import annotations

from typing import Any

from ultrarare.molecule.reference import Reference, Segment, Transcript

# Musunuru K et al., N Engl J Med 2025;392:2235-2243: 110 bases of GRCh38 chr2, plus strand.
START = 210591820
BASES = (
    "TTCTCTCCAGAGGGCAGAATCAGCCTGTTTTGAATATCACAAACAAACAGGCTTTC"
    "ATTACTGCTCAGAATCATGGCTATGCCTTGGACAACACCCTCCCTGCTGGCTGG"
)
# Codons 332 to 337, read on the plus strand: I T A Q N H, as the paper's peptide.
CODING = Segment(start=START + 56, end=START + 74, c_start=994)


def kabe(**more: Any) -> Reference:
    transcript = Transcript(
        accession="NM_001875.5", gene="CPS1", strand="+", segments=(CODING,), **more
    )
    return Reference(contig="NC_000002.12", start=START, bases=BASES, transcript=transcript)


def small(*, strand: Any = "+", **more: Any) -> Reference:
    """Two exons of 10 with an intron of 20 between, 5 bases on either side; 45 in all."""
    first = Segment(start=105, end=115, c_start=-2, starts_exon=True, ends_exon=True)
    second = Segment(start=135, end=145, c_start=9, starts_exon=True, ends_exon=True)
    if strand == "-":
        first, second = (
            Segment(start=135, end=145, c_start=-2, starts_exon=True, ends_exon=True),
            Segment(start=105, end=115, c_start=9, starts_exon=True, ends_exon=True),
        )
    return Reference(
        contig="NC_000001.11",
        start=100,
        bases="ACGTA" + "CCATGAAGTC" + "GTAAGTTTTTTTTTTTCCAG" + "GTAGCGGGGG" + "TTTTT" + "A" * 5,
        transcript=Transcript(
            accession="NM_000001.1",
            gene="MADE1",
            strand=strand,
            segments=(first, second),
            cds_length=12,
            **more,
        ),
    )
