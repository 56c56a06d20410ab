"""The variant's findings: name, consequence, allelic state, classification."""

from __future__ import annotations

import pytest

from tests.factories import copy_example, edit_case, example_findings, findings_of, survey
from ultrarare.case.finding import Direction

ID = "variant.identity/paternal"


@pytest.fixture
def folder(tmp_path):
    return copy_example("kabe", tmp_path)


def test_criteria_are_summed_and_each_keeps_its_source():
    finding = example_findings("kabe")[f"{ID}-classification"]
    # PVS1 very strong 8, PM2 supporting 1: likely pathogenic from 6 to 9 (Tavtigian 2020).
    assert finding.attributes["points"] == 9
    assert finding.attributes["class_points"] == "likely pathogenic"
    assert [c["sources"] for c in finding.details["criteria"]] == [["musunuru-2025"]] * 2
    assert finding.direction is Direction.SUPPORTS


@pytest.mark.parametrize(
    ("codes", "direction"),
    [
        ([("PM2", "supporting")], Direction.INCONCLUSIVE),
        ([("BA1", "stand-alone")], Direction.CONTRADICTS),
        ([("BS1", "strong"), ("BS2", "strong")], Direction.CONTRADICTS),
        ([("PVS1", "very strong"), ("PS3", "strong")], Direction.SUPPORTS),
    ],
)
def test_the_class_decides_the_direction(folder, codes, direction):
    criteria = [{"code": c, "strength": s, "reason": "r", "by": "b"} for c, s in codes]
    edit_case(folder, lambda case: case["variants"][0].update(acmg=criteria))
    assert findings_of(folder)[f"{ID}-classification"].direction is direction


def test_a_variant_without_criteria_is_not_classified(folder):
    edit_case(folder, lambda case: case["variants"][0].pop("acmg"))
    assert f"{ID}-classification" not in findings_of(folder)


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({}, Direction.SUPPORTS),
        ({"phase": "unknown"}, Direction.INCONCLUSIVE),
        ({"zygosity": "unknown"}, Direction.INCONCLUSIVE),
    ],
)
def test_an_allelic_state_that_is_not_known_does_not_support(folder, changes, direction):
    edit_case(folder, lambda case: case["variants"][0].update(changes))
    assert findings_of(folder)[f"{ID}-allelic-state"].direction is direction


def test_a_variant_outside_the_supplied_reference_is_not_checked_and_is_no_error():
    finding = example_findings("kabe")["variant.identity/maternal-identity"]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert finding.attributes["status"] == "not checked"
    assert "NM_001875.5:c.2140G>T" in (finding.would_need or "")


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        (
            {"hgvs": "NM_001875.5:c.1003G>T", "genomic": None, "protein": None},
            "case.yaml variants[0]: NM_001875.5:c.1003G>T",
            "C",
        ),
        (
            {"genomic": "NC_000002.12:g.210591887A>T"},
            "case.yaml variants[0].genomic",
            "are not the same change",
        ),
        (
            {"protein": "p.Gln336Ter"},
            "case.yaml variants[0].protein",
            "declares p.Gln336Ter, but NM_001875.5:c.1003C>T gives p.(Gln335Ter)",
        ),
        ({"hgvs": "c.1003C>T", "genomic": None, "protein": None}, "case.yaml variants[0]", ""),
        (
            {"hgvs": "NM_001875.5:c.1003", "genomic": None, "protein": None},
            "case.yaml variants[0]",
            "",
        ),
    ],
)
def test_a_name_that_does_not_fit_is_an_error_with_its_place(folder, changes, where, words):
    edit_case(folder, lambda case: case["variants"][0].update(changes))
    _, problems = survey(folder)
    assert any(p.where.startswith(where) and words in p.problem for p in problems), problems


def test_another_reference_base_is_an_error_and_no_other_variant(folder):
    path = folder / "data/reference/cps1-context.fa"
    head, bases = path.read_text("utf-8").strip().split("\n")
    assert bases[65] == "C"
    path.write_text(f"{head}\n{bases[:65]}A{bases[66:]}\n", "utf-8")
    edit_case(folder, lambda case: case["datasets"][0].pop("refget"))
    _, problems = survey(folder)
    assert any("case.yaml variants[0]" in p.where for p in problems)
    assert all(p.where for p in problems)


def test_a_declared_digest_of_the_contig_is_checked_where_the_whole_contig_is_there(tmp_path):
    folder = copy_example("progressive", tmp_path)
    edit_case(folder, lambda case: case["datasets"][0].update(refget="SQ." + "A" * 32))
    _, problems = survey(folder)
    assert problems
    assert all("dataset contig" in problem.where for problem in problems)


def test_a_file_with_two_records_is_an_error(folder):
    path = folder / "data/reference/cps1-context.fa"
    path.write_text(path.read_text("utf-8") + ">second\nACGT\n", "utf-8")
    _, problems = survey(folder)
    (problem,) = problems
    assert str(problem) == "data/reference/cps1-context.fa: holds 2 records; allowed is one"
