"""What does not count as evidence for elements 1 and 4, however large its number is.

Each of these was once a way to `supported`; a sceptical reader of the first version found them.
"""

from __future__ import annotations

import csv
import io

import pytest

from tests.factories import copy_example, dataset, edit_case, findings_of, shown, survey
from ultrarare.case.finding import Direction

AMPLICON = "editing.amplicon/biopsy"
CLAIMS = ("target-base", "intended-protein", "intended-only")


@pytest.fixture
def case(tmp_path):
    return copy_example("progressive", tmp_path)


@pytest.fixture
def kabe(tmp_path):
    return copy_example("kabe", tmp_path)


def directions(folder):
    found = findings_of(folder)
    return {claim: found[f"{AMPLICON}/{claim}"].direction for claim in CLAIMS}


def change_sample(folder, **fields):
    def change(value):
        sample = dataset(value, "biopsy")["sample"]
        for name, new in fields.items():
            if new is None:
                sample.pop(name, None)
            else:
                sample[name] = new

    edit_case(folder, change)


def test_the_made_biopsy_supports(case):
    assert set(directions(case).values()) == {Direction.SUPPORTS}


def test_an_edit_beside_the_target_is_described_only(case):
    found = findings_of(case)[f"{AMPLICON}/any-edit"]

    assert found.estimate is not None
    assert (found.estimate.value or 0) > 0.4
    assert found.direction is Direction.DESCRIBES


def test_a_biopsy_without_a_tissue_or_a_day_shows_nothing(case):
    change_sample(case, tissue=None, taken=None)

    assert set(directions(case).values()) == {Direction.INCONCLUSIVE}


@pytest.mark.parametrize("day", ["2024-06-03", "2023-01-09"])
def test_a_biopsy_that_was_not_taken_after_the_first_dose_shows_nothing(case, day):
    change_sample(case, taken=day)

    found = findings_of(case)[f"{AMPLICON}/target-base"]

    assert found.direction is Direction.INCONCLUSIVE
    assert any("was not taken after the first dose" in caveat for caveat in found.caveats)


def _with_control(folder, source, *, there=True):
    """An untreated control of the biopsy: the reads of another folder, or none at all."""
    if there:
        for mate in ("R1", "R2"):
            data = (source / f"data/editing/biopsy_{mate}.fastq.gz").read_bytes()
            (folder / f"data/editing/control_{mate}.fastq.gz").write_bytes(data)

    def change(value):
        control = {**dataset(value, "biopsy"), "id": "control"}
        control["r1"] = "data/editing/control_R1.fastq.gz"
        control["r2"] = "data/editing/control_R2.fastq.gz"
        control["sample"] = {**control["sample"], "condition": "control"}
        control["sample"].pop("taken")
        value["datasets"].append(control)

    edit_case(folder, change)


def test_a_control_with_the_same_fraction_leaves_nothing_shown(case):
    _with_control(case, case)

    found = findings_of(case)

    assert found[f"{AMPLICON}/target-base"].direction is Direction.INCONCLUSIVE
    caveats = " ".join(found[f"{AMPLICON}/target-base"].caveats)
    assert "The untreated control control shows" in caveats
    control = found["editing.amplicon/control/target-base"]
    assert control.direction is Direction.DESCRIBES


def test_a_declared_control_that_is_not_there_leaves_nothing_shown(case):
    _with_control(case, case, there=False)

    found = findings_of(case)[f"{AMPLICON}/target-base"]

    assert found.direction is Direction.INCONCLUSIVE
    assert any("is not there to be compared" in caveat for caveat in found.caveats)


def test_a_handful_of_reads_shows_nothing(kabe):
    table = kabe / "data/editing/alleles.csv"
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    table.write_text(f"sequence,reads\n{rows[0]['sequence']},20\n{rows[1]['sequence']},9\n")

    def change(value):
        alleles = dataset(value, "alleles")
        alleles.pop("total_reads")
        alleles.pop("percent_column")

    edit_case(kabe, change)

    found = findings_of(kabe)["editing.allele-table/alleles/target-base"]

    assert found.estimate is not None
    assert (found.estimate.lower or 0) > 0.4
    assert found.direction is Direction.INCONCLUSIVE


def test_kabe_says_that_its_sample_may_hold_the_healthy_allele(kabe):
    found = findings_of(kabe)["editing.allele-table/alleles/intended-only"]

    assert any("holds the healthy allele is not stated" in caveat for caveat in found.caveats)


def test_one_allele_of_a_recessive_disease_is_not_both(kabe):
    def change(value):
        value["variants"] = value["variants"][:1]
        value["variants"][0]["phase"] = "unknown"

    edit_case(kabe, change)

    found = findings_of(kabe)["variant.identity/both-alleles"]

    assert found.attributes["complete"] is False


def test_two_alleles_in_trans_are_both_and_an_unchecked_name_is_said(kabe):
    found = findings_of(kabe)["variant.identity/both-alleles"]

    assert found.attributes["complete"] is True
    assert any("c.2140G>T of the other allele was not checked" in c for c in found.caveats)


def test_a_synonymous_change_is_no_abnormality(case):
    """c.93A>G or what stands there: the third base of the codon after CAG keeps glutamine."""
    found = findings_of(case)["variant.identity/targeted-consequence"]
    assert found.direction is Direction.SUPPORTS

    def change(value):
        variant = value["variants"][0]
        variant["hgvs"] = "NM_999901.1:c.93G>A"
        variant.pop("genomic")
        variant.pop("protein")

    edit_case(case, change)
    analysed, _ = survey(case)
    silent = {f.id: f for f in analysed.findings}["variant.identity/targeted-consequence"]

    assert silent.attributes["consequence"] == "synonymous"
    assert silent.direction is Direction.INCONCLUSIVE


def test_loss_of_function_is_not_declared_on_a_change_that_is_none(case):
    def change(value):
        variant = value["variants"][0]
        variant["hgvs"] = "NM_999901.1:c.93G>A"
        variant.pop("genomic")
        variant.pop("protein")

    edit_case(case, change)
    analysed, _ = survey(case)
    found = {f.id: f for f in analysed.findings}["variant.identity/targeted-classification"]

    assert found.attributes["sound"] is False
    assert found.direction is Direction.INCONCLUSIVE
    assert any("PVS1 is declared" in caveat for caveat in found.caveats)


@pytest.mark.parametrize("estimate", [None, {"value": 0.0}, {"value": 0.3, "lower": 0.0}])
def test_tissue_engagement_without_a_number_above_zero_cannot_support(case, estimate):
    def change(value):
        value["statements"].append(
            {
                "id": "liver",
                "kind": "engagement.tissue",
                "origin": "declared",
                "statement": "The liver looks edited.",
                "ladder": "A",
                "by": "made reviewer",
                "on": "2025-01-01",
                **({} if estimate is None else {"estimate": estimate}),
            }
        )

    edit_case(case, change)
    _, problems = survey(case)

    assert "supports only with an estimate above 0" in shown(problems)


def test_a_transcript_of_another_gene_is_an_error(case):
    def change(value):
        dataset(value, "contig")["transcripts"][0]["gene"] = "OTHER9"

    edit_case(case, change)
    _, problems = survey(case)

    assert "the disease's gene is MADE1" in shown(problems)


def test_a_spacer_that_is_not_the_editor_s_is_an_error(case):
    def change(value):
        guide = value["product"]["guide"]
        guide["spacer"] = guide["spacer"][1:]
        guide["target_position"] -= 1

    edit_case(case, change)
    _, problems = survey(case)

    assert "the spacer has 19 bases; ABE8e's protospacer has 20" in shown(problems)


def test_a_pam_that_the_editor_does_not_read_is_an_error(case):
    def change(value):
        value["product"]["guide"]["pam"] = "NNN"
        value["product"]["editor"] = "NGC-ABE8e-V106W"

    edit_case(case, change)
    _, problems = survey(case)

    assert "does not fit NGC of NGC-ABE8e-V106W" in shown(problems)
