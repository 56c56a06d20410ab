"""Engagement findings: which samples can support it, and which never can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, dataset, edit_case, edit_plan, findings_of, survey
from ultrarare.case.finding import Direction, Finding, Ladder

CLAIMS = ("target-base", "intended-protein", "intended-only")


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


def sampled(folder: Path, zygosity: str = "homozygous", **sample: Any) -> dict[str, Finding]:
    def change(case: Any) -> None:
        case["variants"][0]["zygosity"] = zygosity
        dataset(case, "biopsy")["sample"].update(sample)

    edit_case(folder, change)
    found = findings_of(folder)
    return {name: found[f"editing.amplicon/biopsy/{name}"] for name in CLAIMS}


@pytest.mark.parametrize(
    ("ladder", "zygosity", "other"),
    [
        ("A", "heterozygous", "present"),
        ("A", "unknown", "unknown"),
        ("B", "mosaic", "unknown"),
        ("B", "heterozygous", "unknown"),
        ("D", "heterozygous", "present"),
    ],
)
def test_a_persons_tissue_with_reads_of_the_other_allele_never_supports(
    folder, ladder, zygosity, other
):
    for finding in sampled(folder, zygosity, ladder=ladder, other_allele=other).values():
        assert finding.direction is Direction.DESCRIBES
        assert any("this fraction is no measure of engagement" in c for c in finding.caveats)


@pytest.mark.parametrize(
    ("zygosity", "other"),
    [("homozygous", "present"), ("hemizygous", "unknown"), ("heterozygous", "excluded")],
)
def test_a_persons_tissue_without_a_healthy_allele_among_the_reads_supports(
    folder, zygosity, other
):
    for finding in sampled(folder, zygosity, other_allele=other).values():
        assert finding.direction is Direction.SUPPORTS
        assert finding.ladder is Ladder.A


def test_a_control_sample_never_supports(folder):
    for finding in sampled(folder, condition="control").values():
        assert finding.direction is Direction.DESCRIBES


@pytest.mark.parametrize(
    ("ceiling", "direction"), [(0.3, Direction.SUPPORTS), (0.47, Direction.INCONCLUSIVE)]
)
def test_a_fraction_supports_only_where_its_lower_limit_is_above_the_noise(
    folder, ceiling, direction
):
    edit_plan(
        folder,
        lambda plan: plan["analyses"].append(
            {
                "id": "reads",
                "analysis": "editing.amplicon",
                "inputs": {"reads": "biopsy"},
                "parameters": {"noise_ceiling": ceiling},
            }
        ),
    )
    finding = findings_of(folder)["reads/target-base"]
    assert finding.estimate is not None
    assert finding.estimate.value is not None
    assert finding.estimate.value > 0.47
    assert finding.direction is direction


def replicated(folder: Path, **sample: Any) -> dict[str, Finding]:
    """The biopsy twice, as two replicates, with the second sample changed."""

    def change(case: Any) -> None:
        case["variants"][0]["zygosity"] = "heterozygous"
        first = dataset(case, "biopsy")
        case["datasets"].append({**first, "id": "again", "sample": {**first["sample"], **sample}})

    edit_case(folder, change)
    edit_plan(
        folder,
        lambda plan: plan["analyses"].append({"id": "both", "analysis": "editing.replicates"}),
    )
    return findings_of(folder)


def test_replicates_support_on_the_rung_of_the_farther_sample(folder):
    finding = replicated(folder, ladder="C")["both/target-base"]
    assert (finding.n, finding.n_unit, finding.ladder) == (2, "replicates", Ladder.C)
    assert finding.direction is Direction.SUPPORTS
    assert [item["dataset"] for item in finding.details["replicates"]] == ["biopsy", "again"]


def test_replicates_with_reads_of_the_other_allele_do_not_support(folder):
    finding = replicated(folder, other_allele="present")["both/target-base"]
    assert finding.direction is Direction.DESCRIBES
    assert any("this fraction is no measure of engagement" in c for c in finding.caveats)


def test_one_treated_sample_is_no_replicate(folder):
    finding = replicated(folder, condition="control")["both/target-base"]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert "Declare two replicates or more" in (finding.would_need or "")


def test_a_window_that_reaches_out_of_the_compared_span_names_its_dataset(folder):
    edit_case(folder, lambda case: dataset(case, "biopsy").update(any_edit_window=[-90, 10]))
    _, problems = survey(folder)
    (problem,) = problems
    assert problem.where == "dataset biopsy, any_edit_window"


def test_an_editor_that_is_no_base_editor_is_not_quantified(folder):
    edit_case(folder, lambda case: case["product"].update(editor="SpCas9"))
    _, problems = survey(folder)
    if problems:  # the editor table may name it otherwise; it then says which names there are
        assert "the editors are: " in problems[0].problem
    else:
        finding = findings_of(folder)["editing.amplicon/biopsy/target-base"]
        assert finding.direction is Direction.NOT_COMPUTABLE


def test_a_product_without_a_guide_has_no_edit_to_look_for(folder):
    edit_case(folder, lambda case: case["product"].pop("guide"))
    finding = findings_of(folder)["editing.amplicon/biopsy/target-base"]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert finding.would_need == "Give product.guide and product.editor."


def test_reads_of_another_amplicon_are_not_zero_editing(folder):
    contig = folder / "data/reference/contig.fa"
    head, bases = contig.read_text("utf-8").strip().split("\n")
    # Only the site stays; what lies around it is another sequence.
    swap = bases.maketrans("ACGT", "CATG")
    other = bases[:120].translate(swap) + bases[120:165] + bases[165:].translate(swap)
    contig.write_text(f"{head}\n{other}\n", "utf-8")
    edit_case(folder, lambda case: dataset(case, "contig").pop("refget"))
    edit_case(folder, lambda case: case["variants"][0].pop("protein"))
    finding = findings_of(folder)["editing.amplicon/biopsy/target-base"]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert "fragments could be called" in finding.statement
