"""A protein is spoken of only where the codon of the target is read, whole and in frame."""

from __future__ import annotations

import pytest

from tests.factories import dataset, edit_case, findings_of
from tests.unit.molecule.made_gene import bases_of, write_contig, write_gene, write_reads
from ultrarare.case.finding import Direction
from ultrarare.molecule.case_reference import frame_over
from ultrarare.molecule.reference import Reference, Segment, Transcript
from ultrarare.molecule.sequence import reverse_complement

READS, OUTCOME = "editing.amplicon/biopsy", "therapy.target/predicted-outcome"

# c.1 to c.7 | intron of 10 | c.8 to c.15: ATG GCC C..AG TGG TAA, four bases around it.
GENE = "TTTT" + "ATGGCCC" + "GTAAGTTCAG" + "AGTGGTAA" + "CCCC"
EXONS = ((4, 11, 1), (21, 29, 8))
START = 1000


def reference(strand, pieces=EXONS, bases=GENE, cds_length=None):
    size = len(bases)
    placed = [
        (a, b, first) if strand == "+" else (size - b, size - a, first) for a, b, first in pieces
    ]
    return Reference(
        contig="NC_000001.11",
        start=START,
        bases=bases if strand == "+" else reverse_complement(bases),
        transcript=Transcript(
            accession="NM_000001.1",
            gene="MADE1",
            strand=strand,
            segments=tuple(
                Segment(start=START + a, end=START + b, c_start=first) for a, b, first in placed
            ),
            cds_length=cds_length,
        ),
    )


def read(held, along):
    """Span along the gene, residues and first codon of the frame over a base counted along it."""
    size, minus = len(held.bases), held.transcript.strand == "-"
    frame = frame_over(held, size - 1 - along if minus else along)
    if frame is None:
        return None
    span = (size - frame.end, size - frame.start) if minus else (frame.start, frame.end)
    return span, frame.protein(held.bases), frame.first_codon


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(
    ("bases", "found"),
    [
        (range(4), None),
        (range(4, 10), ((4, 10), "MA", 1)),
        (range(10, 23), None),  # C of codon 3, the intron, AG of codon 3
        (range(23, 29), ((23, 29), "W*", 4)),
        (range(29, 33), None),
    ],
)
def test_a_frame_holds_the_whole_codons_of_the_exon_and_no_split_one(strand, bases, found):
    held = reference(strand)
    assert [read(held, along) for along in bases] == [found] * len(bases)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_declared_segments_that_touch_are_read_as_one(strand):
    pieces = ((4, 8, 1), (8, 11, 5), (21, 29, 8))
    assert read(reference(strand, pieces), 8) == ((4, 10), "MA", 1)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_segments_that_touch_without_their_numbers_following_are_not_joined(strand):
    held = reference(strand, ((4, 8, 1), (8, 11, 8)))
    assert read(held, 4) == ((4, 7), "M", 1)
    assert read(held, 7) is None
    assert read(held, 10) is None  # c.8 to c.10 hold two bases of codon 3 and one of codon 4


@pytest.mark.parametrize("strand", ["+", "-"])
def test_untranslated_bases_of_a_segment_are_in_no_codon(strand):
    held = reference(strand, ((1, 11, -3), (21, 32, 8)), cds_length=15)
    assert read(held, 2) is None
    assert read(held, 4) == ((4, 10), "MA", 1)
    assert read(held, 28) == ((23, 29), "W*", 4)
    assert read(held, 29) is None


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("last", [91, 92])
def test_a_codon_split_over_two_exons_restores_no_intended_protein(tmp_path, strand, last):
    found = findings_of(write_gene(tmp_path, strand=strand, last_of_exon=last))
    target = found[f"{READS}/target-base"]
    assert (target.details["count"], target.n) == (10, 100)
    assert f"{READS}/intended-protein" not in found
    assert (
        "The intended protein is not counted: the target lies in no complete codon of the "
        "declared coding segments."
    ) in target.caveats

    outcome = found[OUTCOME]
    assert outcome.direction is Direction.INCONCLUSIVE
    assert outcome.attributes["restores_protein"] is None
    assert outcome.attributes["harmful_combinations"] is None
    assert outcome.statement.startswith(
        "Predicted: the target lies in no complete codon of the declared coding segments, so the "
        "protein was not predicted. Bystander bases: "
    )
    assert "frame" not in outcome.statement
    assert {row["kind"] for row in outcome.details["outcomes"]} == {"not predicted"}


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize("last", [90, 93, None])
def test_a_whole_codon_beside_an_exon_edge_is_counted(tmp_path, strand, last):
    found = findings_of(write_gene(tmp_path, strand=strand, last_of_exon=last))
    protein = found[f"{READS}/intended-protein"]
    assert (protein.details["count"], protein.n) == (10, 100)
    outcome = found[OUTCOME]
    assert outcome.direction is Direction.SUPPORTS
    assert outcome.attributes["restores_protein"] is True
    assert "combinations with bystanders change the protein" in outcome.statement


@pytest.mark.parametrize("coding", [(60, 240, 1), (150, 153, 91)])
def test_an_allele_table_that_begins_inside_the_codon_counts_no_protein(tmp_path, coding):
    folder = write_gene(tmp_path)
    bases = bases_of(folder)
    span = bases[130:150] + "T"
    start, end, first = coding

    def change(case):
        case["datasets"] = [d for d in case["datasets"] if d["id"] != "biopsy"]
        pieces = [{"start": start, "end": end, "c_first": first}]
        dataset(case, "contig")["transcripts"][0]["coding"] = pieces
        case["datasets"].append(
            {
                "id": "table",
                "kind": "allele-table",
                "origin": "made",
                "file": "data/editing/table.csv",
                "reference": "contig",
                "sample": {"description": "made cells", "ladder": "C"},
                "any_edit_window": [6, 10],
            }
        )

    edit_case(folder, change)
    unedited = reverse_complement(span)  # on the protospacer strand the target comes first
    rows = f"sequence,reads\n{unedited},90\nG{unedited[1:]},10\n"
    (folder / "data/editing/table.csv").write_text(rows)
    found = findings_of(folder)
    assert "editing.allele-table/table/intended-protein" not in found
    target = found["editing.allele-table/table/target-base"]
    assert (target.details["count"], target.n) == (10, 100)
    assert (
        "The intended protein is not counted: the compared span does not hold the whole codon of "
        "the target."
    ) in target.caveats
    assert found[OUTCOME].direction is Direction.SUPPORTS


def test_converting_a_synonymous_variant_restores_no_protein(tmp_path):
    folder = write_gene(tmp_path)
    bases = bases_of(folder)
    healthy = bases[:167] + "AGG" + bases[170:]  # a PAM for a guide with c.93 at position 6
    patient = healthy[:152] + "A" + healthy[153:]
    write_contig(folder, healthy)

    def change(case):
        case["variants"][0].update(hgvs="NM_999901.1:c.93G>A", protein="p.Gln31=")
        case["product"]["guide"]["spacer"] = patient[147:167]

    edit_case(folder, change)
    write_reads(folder, [(patient[30:-30], 60), (healthy[30:-30], 40)])
    found = findings_of(folder)
    assert found["therapy.target/target-match"].attributes["on_variant"] is True
    outcome = found[OUTCOME]
    assert outcome.direction is Direction.INCONCLUSIVE
    assert outcome.attributes["restores_protein"] is None
    assert "codes for the intended protein before and after" in outcome.statement
    assert f"{READS}/intended-protein" not in found
    assert any(
        "the unedited allele already codes for the intended residues" in caveat
        for caveat in found[f"{READS}/target-base"].caveats
    )
