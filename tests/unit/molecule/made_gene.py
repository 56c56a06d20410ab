"""A made case whose gene can be cut by an intron and turned to the other strand."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.factories import copy_example, dataset, edit_case
from ultrarare.molecule.sequence import reverse_complement

INTRON = "GTAAGTCATGACCGTATTGCAACCTTGACGA" + "CCTTGTCCTTTTTTCAG"
"""Its last 17 bases begin with CC: the PAM of a guide whose target is the first base after it."""

CODING = (60, 240)  # of the 300 bases of the example "progressive"
TARGET = 150  # c.91, the first base of codon 31, CAG; c.91C>T makes it TAG


@dataclass(frozen=True, kw_only=True)
class MadeGene:
    """Bases and coding segments on the contig's plus strand; `healthy` is the reference."""

    strand: str
    healthy: str
    patient: str
    coding: tuple[Mapping[str, Any], ...]
    guide: str


def gene(contig: str, *, strand: str, last_of_exon: int | None) -> MadeGene:
    """The gene of "progressive" with an intron behind c.`last_of_exon`, its guide on its bases."""
    start, end = CODING
    cut = end if last_of_exon is None else start + last_of_exon
    gap = "" if last_of_exon is None else INTRON
    healthy = contig[:cut] + gap + contig[cut:]
    at = TARGET if cut > TARGET else TARGET + len(gap)
    patient = healthy[:at] + "T" + healthy[at + 1 :]
    pieces = [(start, cut, 1)]
    if gap:
        pieces.append((cut + len(gap), end + len(gap), cut - start + 1))
    size = len(healthy)
    if strand == "-":
        healthy, patient = reverse_complement(healthy), reverse_complement(patient)
        pieces = [(size - b, size - a, first) for a, b, first in pieces]
    other = patient if strand == "-" else reverse_complement(patient)
    left = size - 1 - at - 5  # position 6 of the protospacer is the target
    return MadeGene(
        strand=strand,
        healthy=healthy,
        patient=patient,
        coding=tuple({"start": a, "end": b, "c_first": first} for a, b, first in pieces),
        guide=other[left : left + 20],
    )


def bases_of(folder: Path) -> str:
    """The contig of a copy of "progressive"."""
    return "".join((folder / "data/reference/contig.fa").read_text().splitlines()[1:])


def write_gene(parent: Path, *, strand: str = "+", last_of_exon: int | None = None) -> Path:
    """A case folder with that gene, and reads of which 10 in 100 carry the intended edit."""
    folder = copy_example("progressive", parent)
    made = gene(bases_of(folder), strand=strand, last_of_exon=last_of_exon)
    write_contig(folder, made.healthy)

    def change(case: Any) -> None:
        transcript = dataset(case, "contig")["transcripts"][0]
        transcript.update(strand=strand, coding=[dict(piece) for piece in made.coding])
        case["variants"][0].pop("genomic")
        case["product"]["guide"]["spacer"] = made.guide

    edit_case(folder, change)
    write_reads(folder, [(made.patient[30:-30], 90), (made.healthy[30:-30], 10)])
    return folder


def write_contig(folder: Path, bases: str) -> None:
    """Other bases for the contig; its length and digest are no longer declared."""
    (folder / "data/reference/contig.fa").write_text(f">made\n{bases}\n")

    def change(case: Any) -> None:
        for field in ("contig_length", "refget"):
            dataset(case, "contig").pop(field, None)

    edit_case(folder, change)


def write_reads(folder: Path, molecules: Iterable[tuple[str, int]]) -> None:
    """Single reads of whole molecules, without error."""
    lines = [
        f"@made{i}-{n}\n{bases}\n+\n{'F' * len(bases)}\n"
        for i, (bases, copies) in enumerate(molecules)
        for n in range(copies)
    ]
    with gzip.open(folder / "data/editing/biopsy_R1.fastq.gz", "wt") as file:
        file.writelines(lines)
    edit_case(folder, lambda case: dataset(case, "biopsy").pop("r2", None))
