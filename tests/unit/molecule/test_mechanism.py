"""Whether the product acts on the abnormality: the guide, the window, what the edit leaves."""

from __future__ import annotations

import pytest

from tests.factories import copy_example, edit_case, example_findings, findings_of, survey
from ultrarare.case.finding import Direction

MATCH, OUTCOME = "therapy.target/target-match", "therapy.target/predicted-outcome"


@pytest.fixture
def folder(tmp_path):
    return copy_example("kabe", tmp_path)


def test_the_site_is_given_as_a_page_needs_it():
    details = example_findings("kabe")[MATCH].details
    assert details["protospacer"] == "TGATTCTAAGCAGTAATGAA"
    assert (details["pam"], details["strand"], details["target_position"]) == ("AGC", "-", 8)
    start = 1 - details["context_start"]
    assert details["context"][start : start + 20] == details["protospacer"]
    assert details["context"][start + 20 : start + 23] == "AGC"
    assert details["window"][0] <= 8 <= details["window"][1]


def test_every_combination_of_bystanders_is_predicted():
    finding = example_findings("kabe")[OUTCOME]
    outcomes = finding.details["outcomes"]
    assert finding.n == len(outcomes)
    assert outcomes[0]["positions"] == [8]
    assert outcomes[0]["sequence"] == "TGATTCTGAGCAGTAATGAA"
    assert finding.details["intended_protein"] == "ITAQNH"
    assert all(8 in outcome["positions"] for outcome in outcomes)


def test_an_editor_whose_window_does_not_reach_the_target_contradicts(folder):
    def far(case):
        editor = dict(example_findings("kabe")[MATCH].details["editor"])
        editor["window"] = [12, 16]
        case["product"]["editor"] = {k: v for k, v in editor.items() if v is not None}

    edit_case(folder, far)
    finding = findings_of(folder)[MATCH]
    assert finding.attributes["in_window"] is False
    assert finding.direction is Direction.CONTRADICTS
    assert "is outside the window" in finding.statement


def test_without_a_reading_frame_the_protein_is_not_predicted(folder):
    edit_case(
        folder,
        lambda case: case["datasets"][0]["transcripts"][0].update(
            coding=[{"start": 210591820, "end": 210591823, "c_first": 1}]
        ),
    )
    edit_case(folder, lambda case: case["variants"][0].update(hgvs="NC_000002.12:g.210591886C>T"))
    edit_case(folder, lambda case: case["variants"][0].update(genomic=None, protein=None))
    finding = findings_of(folder)[OUTCOME]
    assert finding.direction is Direction.INCONCLUSIVE
    assert finding.attributes["restores_protein"] is None
    assert "the protein was not predicted" in finding.statement


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (
            lambda case: case["product"].update(editor="ABE9000"),
            "case.yaml product.editor",
            "found 'ABE9000'; the editors are: ",
        ),
        (
            lambda case: case["product"].update(editor={"name": "mine"}),
            "case.yaml product.editor",
            "",
        ),
        (
            lambda case: case["product"]["guide"].update(pam="TTTV"),
            "case.yaml product.guide",
            "",
        ),
        (
            lambda case: case["product"]["guide"].update(spacer="TGATTCTAAGCAGTAATGAT"),
            "case.yaml product.guide",
            "",
        ),
        (
            lambda case: case["variants"][0].update(hgvs="NM_001875.5:c.1003G>T"),
            "case.yaml variants[0]",
            "",
        ),
    ],
)
def test_a_product_that_does_not_fit_the_sequence_is_an_error_with_its_place(
    folder, change, where, words
):
    edit_case(folder, change)
    _, problems = survey(folder)
    assert any(problem.where.startswith(where) and words in problem.problem for problem in problems)
    assert all(problem.where for problem in problems)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda case: case["variants"].pop(0), "no variant has the role `targeted`"),
        (
            lambda case: (case["product"].pop("reference"), case["variants"][0].pop("reference")),
            "the product names no reference sequence",
        ),
        (
            lambda case: case["variants"][0].update(
                {"hgvs": "NC_000002.12:g.210591886del", "genomic": None, "protein": None}
            ),
            "changes the length of the sequence; a base editor's target is a substitution",
        ),
    ],
)
def test_a_target_that_cannot_be_looked_for_says_why(folder, change, words):
    edit_case(folder, change)
    finding = findings_of(folder)[MATCH]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert words in finding.statement
    assert finding.would_need
