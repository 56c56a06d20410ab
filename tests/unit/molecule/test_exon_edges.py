"""A splice variant is checked where the case declares the edge of the exon, and only there."""

from __future__ import annotations

import pytest

from tests.factories import dataset, edit_case, findings_of, shown, survey
from tests.unit.molecule.made_gene import INTRON, write_gene
from ultrarare.case.dataset import ReferenceSequence
from ultrarare.case.finding import Direction
from ultrarare.case.folder import survey_case

IDENTITY = "variant.identity/targeted-identity"


def declare(folder, name, **edges):
    """Name the targeted variant, and say of the first exon's segment what is known of its edges."""

    def change(case):
        variant = case["variants"][0]
        variant.update(hgvs=name)
        variant.pop("protein", None)
        case["product"].pop("guide")  # it was made for another variant
        dataset(case, "contig")["transcripts"][0]["coding"][0].update(edges)

    edit_case(folder, change)
    return folder


@pytest.fixture(params=["+", "-"])
def folder(request, tmp_path):
    return write_gene(tmp_path, strand=request.param, last_of_exon=93)


def edge_of_second_exon(folder):
    def change(case):
        dataset(case, "contig")["transcripts"][0]["coding"][1]["starts_exon"] = True

    edit_case(folder, change)


def test_a_donor_variant_is_checked_where_both_edges_of_the_intron_are_declared(folder):
    assert INTRON.startswith("GT")
    declare(folder, "NM_999901.1:c.93+1G>A", ends_exon=True)
    edge_of_second_exon(folder)
    found = findings_of(folder)[IDENTITY]
    assert found.direction is Direction.SUPPORTS
    assert "NM_999901.1:c.93+1G>A agrees with the supplied reference" in found.statement
    plus, minus = "NC_999901.1:g.154G>A", f"NC_999901.1:g.{300 + len(INTRON) - 153}C>T"
    assert plus in found.statement or minus in found.statement


def test_with_one_edge_the_bases_are_checked_and_no_nearest_exon_is_claimed(folder):
    declare(folder, "NM_999901.1:c.93+1G>A", ends_exon=True)
    found = findings_of(folder)[IDENTITY]
    assert found.direction is Direction.INCONCLUSIVE
    assert "agrees with the supplied reference" in found.statement
    assert "does not say which exon edge the position counts from" in found.statement


def test_a_stated_base_that_the_intron_does_not_hold_is_an_error(folder):
    declare(folder, "NM_999901.1:c.93+1C>A", ends_exon=True)
    _, problems = survey(folder)
    assert "states C, the supplied reference holds G" in shown(problems)


@pytest.mark.parametrize("edges", [{}, {"ends_exon": False}, {"starts_exon": True}])
def test_an_edge_that_is_not_declared_leaves_the_name_unchecked(folder, edges):
    declare(folder, "NM_999901.1:c.93+1G>A", **edges)
    found = findings_of(folder)[IDENTITY]
    assert found.direction is Direction.NOT_COMPUTABLE
    assert "the reference declares none there" in found.statement


def test_an_acceptor_variant_counts_from_the_start_of_the_next_exon(folder):
    assert INTRON.endswith("AG")
    declare(folder, "NM_999901.1:c.94-1G>A", ends_exon=True)
    edge_of_second_exon(folder)
    found = findings_of(folder)[IDENTITY]
    assert found.direction is Direction.SUPPORTS
    assert "is NM_999901.1:c.94-1G>A = " in found.statement


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(("length", "checked"), [(180, True), (None, False)])
def test_a_name_past_the_stop_is_checked_where_the_coding_length_is_declared(
    tmp_path, strand, length, checked
):
    folder = write_gene(tmp_path, strand=strand)

    def change(case):
        transcript = dataset(case, "contig")["transcripts"][0]
        (segment,) = transcript["coding"]
        segment["start" if strand == "-" else "end"] += -9 if strand == "-" else 9
        if length is not None:
            transcript["cds_length"] = length

    edit_case(folder, change)
    bases = (folder / "data/reference/contig.fa").read_text().splitlines()[1]
    first = bases[240] if strand == "+" else {"A": "T", "C": "G", "G": "C", "T": "A"}[bases[59]]
    declare(folder, f"NM_999901.1:c.*1{first}>{'A' if first != 'A' else 'C'}")
    found = findings_of(folder)[IDENTITY]
    assert found.direction is (Direction.SUPPORTS if checked else Direction.NOT_COMPUTABLE)


def test_edges_and_length_are_optional_and_unknown_unless_declared():
    held = ReferenceSequence.model_validate(
        {
            "id": "contig",
            "kind": "reference-sequence",
            "origin": "made",
            "file": "a.fa",
            "accession": "NC_999901.1",
            "start": 0,
            "transcripts": [
                {
                    "accession": "NM_999901.1",
                    "gene": "MADE1",
                    "strand": "+",
                    "coding": [{"start": 60, "end": 240, "c_first": 1}],
                }
            ],
        }
    )
    (transcript,) = held.transcripts
    (segment,) = transcript.coding
    assert transcript.cds_length is None
    assert (segment.starts_exon, segment.ends_exon) == (False, False)


@pytest.mark.parametrize("length", [3, 181])
def test_a_coding_length_is_a_multiple_of_three_from_six(tmp_path, length):
    folder = write_gene(tmp_path)
    edit_case(
        folder, lambda case: dataset(case, "contig")["transcripts"][0].update(cds_length=length)
    )
    _, problems = survey_case(folder)
    assert any(
        "cds_length" in problem.where and str(length) in problem.problem for problem in problems
    ), shown(problems)
