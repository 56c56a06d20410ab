"""The data of the allele figure: rows on the protospacer strand, each with its meaning."""

from __future__ import annotations

import pytest

from tests.factories import example_findings


@pytest.fixture(scope="module")
def figure():
    return example_findings("kabe")["editing.allele-table/alleles/any-edit"].details["alleles"]


def test_the_reference_row_shows_the_guide_where_it_says(figure):
    start = figure["guide"][0] - figure["first_position"]
    row = figure["reference"]
    # Figure S8 prints the protospacer strand, three bases before the guide to seventeen behind it.
    assert row == "CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA"
    assert row[start : start + 20] == "TGATTCTAAGCAGTAATGAA"
    pam = figure["pam"][0] - figure["first_position"]
    assert row[pam : pam + 3] == "AGC"
    assert row[figure["target"] - figure["first_position"]] == "A"


def test_rows_come_by_reads_and_add_up_with_those_not_shown(figure):
    reads = [row["reads"] for row in figure["rows"]]
    assert reads == sorted(reads, reverse=True)
    assert len(reads) == 17
    assert sum(reads) == 2334
    assert figure["not_shown"] == {"alleles": 0, "reads": 114}
    assert figure["total"] == 2448
    assert sum(row["share"] for row in figure["rows"]) == pytest.approx(2334 / 2448)


@pytest.mark.parametrize(
    ("sequence", "outcome", "residue"),
    [
        ("CCATGATTCTGAGCAGTAATGAAAGCCTGTTTGTTTGTGA", "intended only", "Q"),
        ("CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA", "unedited", "*"),
        ("CCATGGTTCTGAGCAGTAATGAAAGCCTGTTTGTTTGTGA", "intended protein, further edits", "Q"),
        ("CCATGATTGTGAGCAGTAATGAAAGCCTGTTTGTTTGTGA", "stop removed, wrong residue", "H"),
        ("CCATGATTCTAGGCAGTAATGAAAGCCTGTTTGTTTGTGA", "other edits only", "*"),
        ("CCATGATTTTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA", "other change", "*"),
    ],
)
def test_each_allele_is_called_what_it_is(figure, sequence, outcome, residue):
    (row,) = [row for row in figure["rows"] if row["sequence"] == sequence]
    assert row["outcome"] == outcome
    assert row["protein"][3] == residue


def test_at_most_twenty_rows_are_listed_and_the_rest_is_counted():
    details = example_findings("progressive")["editing.amplicon/biopsy/any-edit"].details
    figure = details["alleles"]
    assert len(figure["rows"]) == 20
    listed = sum(row["reads"] for row in figure["rows"])
    assert listed + figure["not_shown"]["reads"] == figure["total"]
    assert figure["not_shown"]["alleles"] > 0
    lost = [row for row in figure["rows"] if "-" in row["sequence"] or row["insertions"]]
    assert all(row["outcome"] == "insertion or deletion" for row in lost)
    assert all(row["protein"] is None for row in lost)
    assert len({len(row["sequence"]) for row in figure["rows"]}) == 1


def test_an_allele_with_an_unread_base_is_not_called_whole():
    details = example_findings("progressive")["editing.amplicon/biopsy/any-edit"].details
    figure = details["alleles"]
    at = figure["target"] - figure["first_position"]
    unread = [row for row in figure["rows"] if "N" in row["sequence"]]
    assert {row["sequence"][at] for row in unread} >= {"A", "G"}
    said = {
        "A": "unconverted, with N",
        "G": "converted, with N",
        "N": "target is N",
    }
    for row in unread:
        assert row["outcome"] == said[row["sequence"][at]]
    whole = {row["outcome"] for row in figure["rows"] if row not in unread}
    assert {"unedited", "intended only"} <= whole
