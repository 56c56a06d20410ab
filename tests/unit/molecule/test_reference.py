"""The reference that a case supplies: what it holds, what it refuses, FASTA."""

from __future__ import annotations

import pytest

from tests.unit.molecule.variant_facts import BASES, START, kabe, small
from ultrarare.errors import InputError, NotComputable, NotFound
from ultrarare.molecule.fasta import read_fasta
from ultrarare.molecule.reference import Reference, Segment, Site, Transcript, refget_digest
from ultrarare.molecule.sequence import reverse_complement, translate


def test_the_published_context_reads_the_published_peptide():
    assert translate(BASES[56:74]) == "ITAQNH"
    assert kabe().codon(335) == "CAG"
    assert kabe().base_at("NM_001875.5", 1003) == "C"
    assert kabe().base_at("NC_000002.12", 210591886) == "C"


def test_a_base_outside_the_stretch_is_not_computable_and_never_n():
    with pytest.raises(NotComputable) as caught:
        kabe().base_at("NC_000002.12", START)
    assert caught.value.where == f"NC_000002.12:g.{START}"


def test_an_accession_that_is_not_held_is_not_found():
    with pytest.raises(NotFound):
        kabe().base_at("NM_001875.4", 1003)


def test_coding_zero_does_not_exist():
    with pytest.raises(NotComputable):
        kabe().base_at("NM_001875.5", 0)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_sites_and_contig_positions_are_inverse(strand):
    reference = small(strand=strand)
    named = {at: reference.site(at) for at in range(reference.start, reference.end)}
    inside = {at: site for at, site in named.items() if site is not None}
    assert {at for at in inside if 105 <= at < 145} == set(range(105, 145))
    assert all(reference.contig_position(site) == at for at, site in inside.items())


def test_the_middle_of_an_intron_counts_from_the_nearer_exon():
    reference = small()
    names = {at: reference.coding_name(reference.site(at) or Site(running=0)) for at in (115, 124)}
    assert names == {115: "8+1", 124: "8+10"}
    assert reference.coding_name(reference.site(125) or Site(running=0)) == "9-10"
    assert reference.coding_name(reference.site(105) or Site(running=0)) == "-2"
    assert reference.coding_name(reference.site(139) or Site(running=0)) == "*1"


def test_on_the_minus_strand_bases_are_complemented_and_counted_backwards():
    reference = small(strand="-")
    exon = reverse_complement(reference.between(135, 145))
    assert [reference.base_at("NM_000001.1", c) for c in (-2, -1, 1, 2)] == list(exon[:4])


def test_a_position_outside_an_undeclared_exon_edge_has_no_name():
    assert kabe().site(START + 74) is None
    with pytest.raises(NotComputable) as caught:
        kabe().contig_position(Site(running=1010, offset=1))
    assert "exon edge" in caught.value.problem


def test_an_unknown_exon_beyond_the_stretch_could_be_nearer():
    lone = Segment(start=105, end=115, c_start=1, starts_exon=True, ends_exon=True)
    reference = Reference(
        contig="NC_000001.11",
        start=100,
        bases="ACGTA" * 6,
        transcript=Transcript(accession="NM_1000.1", gene="MADE1", strand="+", segments=(lone,)),
    )
    assert reference.site(122) == Site(running=9, offset=8)  # 8 from the exon, 8 from the end
    assert reference.site(123) is None


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"contig": "chr2"}, "reference.contig"),
        ({"contig": "NC_000002"}, "reference.contig"),
        ({"bases": ""}, "reference.bases"),
        ({"bases": "ACGNT"}, "reference.bases"),
        ({"bases": "acgt"}, "reference.bases"),
        ({"start": -1}, "reference.start"),
        ({"contig_length": 3}, "reference.start"),
        ({"refget": "pnAqCRBrTsUoBghSD1yp_jXWSmlbdh4g"}, "reference.refget"),
        ({"contig_length": 4, "refget": "SQ." + "A" * 32}, "reference.refget"),
    ],
)
def test_a_reference_that_cannot_be_is_refused(more, where):
    with pytest.raises(InputError) as caught:
        Reference(**({"contig": "NC_000001.11", "start": 0, "bases": "ACGT"} | more))
    assert caught.value.where == where


def test_a_complete_contig_has_the_digest_of_its_own_bases():
    digest = refget_digest("ACGT")
    assert digest == "SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2"  # GA4GH refget specification
    whole = Reference(contig="NC_1000.1", start=0, bases="ACGT", contig_length=4, refget=digest)
    assert whole.refget == digest


@pytest.mark.parametrize(
    ("segments", "index"),
    [
        ((Segment(start=100, end=103, c_start=0),), 0),
        ((Segment(start=99, end=103, c_start=1),), 0),
        ((Segment(start=103, end=103, c_start=1),), 0),
        ((Segment(start=100, end=103, c_start=1), Segment(start=104, end=106, c_start=3)), 1),
        ((Segment(start=104, end=106, c_start=1), Segment(start=100, end=103, c_start=9)), 1),
        ((Segment(start=100, end=103, c_start=2_000_000),), 0),
    ],
)
def test_a_segment_that_does_not_fit_is_named(segments, index):
    with pytest.raises(InputError) as caught:
        Reference(
            contig="NC_000001.11",
            start=100,
            bases="ACGTACGT",
            transcript=Transcript(
                accession="NM_1000.1", gene="MADE1", strand="+", segments=segments
            ),
        )
    assert caught.value.where == f"reference.transcript.segments[{index}]"


@pytest.mark.parametrize("length", [0, 3, 100])
def test_a_coding_sequence_is_a_multiple_of_three(length):
    with pytest.raises(InputError) as caught:
        kabe(cds_length=length)
    assert caught.value.where == "reference.transcript.cds_length"


def test_fasta_gives_names_and_upper_case_bases(tmp_path):
    path = tmp_path / "context.fa"
    path.write_text(">NC_000002.12 made\nacgt\n\nNNRY\n>two\nTT\n", encoding="ascii")
    assert read_fasta(path) == (("NC_000002.12", "ACGTNNRY"), ("two", "TT"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("ACGT\n", ":1"),
        (">\nACGT\n", ":1"),
        (">a\n>b\nA\n", ":1"),
        (">a\nA\n>b\n", ":3"),
        (">a\nA\n>a\nC\n", ":3"),
        (">a\nAC-T\n", ":2"),
        (">a\nACGé\n", ""),
    ],
)
def test_an_odd_fasta_is_refused_with_file_and_line(tmp_path, text, line):
    path = tmp_path / "odd.fa"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_fasta(path)
    assert caught.value.where == f"{path}{line}"
