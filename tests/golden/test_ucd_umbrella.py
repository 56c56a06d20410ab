"""The made urea-cycle umbrella as a whole: what was meant when it was made, and nothing else."""

from __future__ import annotations

import json
import re

import pytest

from ultrarare.app.examples import examples_root
from ultrarare.app.programme.amendment import amend
from ultrarare.app.programme.eligibility import eligibility_of
from ultrarare.app.programme.extension import extend_programme
from ultrarare.app.programme.read import read_programme

UCD = examples_root() / "ucd-umbrella"
GENES = {"CPS1", "OTC", "ASS1", "ASL", "ARG1", "NAGS", "SLC25A15"}
ALWAYS_NEW = {
    "off-target-result", "genomic-integrity", "on-target-editing", "bystander-edits",
    "editing-threshold", "identity", "potency", "guide-quality", "proof-of-concept", "stability",
}  # fmt: skip


def extension(new):
    return extend_programme(UCD / "programme.yaml", reference="cps1-q335x", new=new).to_json()


def leveraged(told):
    return {tuple(pair) for pair in told["leveraged"]}


def test_seven_genes_one_editor_and_a_guide_for_each_variant():
    made = read_programme(UCD / "programme.yaml")

    assert made.data == "made"
    assert {gene.symbol for gene in made.genes} == GENES == {v.gene for v in made.variants}
    assert {p.components["editor"] for p in made.products} == {"editor-1"}
    assert len({p.components["guide"] for p in made.products}) == len(made.products) == 8
    vehicles = [made.component(p.components["vehicle"]) for p in made.products]
    assert {one.name for one in vehicles if one is not None} == {"made lipid nanoparticle"}


def test_to_another_variant_of_the_gene():
    told = extension("cps1-second")

    assert set(told["always_new"]) == ALWAYS_NEW
    assert leveraged(told) == {
        ("off-target-methods", "off-target-pipeline"),
        ("biodistribution", "animal-study"),
        ("toxicology", "animal-study"),
        ("reproduction", "animal-study"),
        ("residual-editor", "animal-study"),
        ("immunogenicity", "immune-file"),
        ("process-validation", "process-report"),
        ("clinical-safety", "safety-first"),
        ("follow-up-plan", "follow-up"),
        ("natural-history", "history-cps1"),
        ("external-control", "history-cps1"),
        ("endpoint-rationale", "history-cps1"),
    }
    gaps = {g["attribute"]: g["kind"] for g in told["gaps"]}
    assert gaps.pop("dose-rationale") == "bridging"
    assert gaps.pop("clinical-effect") == "judgement"
    assert gaps.pop("release-specification") == gaps.pop("analytical-methods") == "record"
    assert gaps.pop("immunogenicity-protein") == "record"
    # A lot of the new guide was made, so that its purity is shown and all else that is new is not.
    assert set(gaps) == ALWAYS_NEW - {"guide-quality"}
    assert told["regulatory_vehicle"]["answer"] == "unresolved"


def test_to_another_gene():
    told = extension("otc-first")
    by = {d["on"]: d["status"] for d in told["differences"]}

    assert (by["vehicle"], by["site"], by["disease"]) == ("within range", "unknown", "changed")
    assert set(told["always_new"]) == ALWAYS_NEW | {"natural-history", "external-control"}
    assert leveraged(told) == {("off-target-methods", "off-target-pipeline")}
    records = {
        r["record"]: r
        for a in told["attributes"]
        if a["id"] == "natural-history"
        for r in a["records"]
    }
    assert any("another-programme only" in why for why in records["history-otc"]["reasons"])
    assert records["history-otc"]["differences"] == []
    assert {q["id"] for q in told["regulatory"]} == {
        "one-product", "across-genes", "submission-before-approval",
    }  # fmt: skip


@pytest.mark.parametrize("gene", sorted(GENES - {"CPS1", "OTC"}))
def test_to_each_other_gene_nothing_of_a_guide_or_a_disease_is_carried_over(gene):
    told = extension(f"{gene.lower()}-first")

    assert not {name for name, _ in leveraged(told)} & (ALWAYS_NEW | {"natural-history"})


def test_of_ten_made_patients_two_are_eligible():
    report = eligibility_of(UCD / "eligibility.yaml", UCD / "patients.yaml")
    found = {p.patient: p.to_json() for p in report.patients}

    assert report.counts == {
        "eligible": 2, "eligible by exception": 0, "not known": 4, "not eligible": 4,
    }  # fmt: skip
    assert [p for p, a in found.items() if a["answer"] == "eligible"] == ["made-01", "made-04"]
    assert found["made-02"]["not_known"] == ["I2"]
    assert found["made-05"]["not_met"] == ["E4"]
    assert found["made-08"]["not_known"] == ["I1"]
    assert found["made-09"]["not_known"] == ["I5"]


def test_the_made_amendment_turns_two_and_is_flagged_twice():
    report = amend(
        UCD / "eligibility.yaml",
        UCD / "eligibility-amended.yaml",
        patients=UCD / "patients.yaml",
    )

    assert report.turns is not None
    assert [(t.patient, t.new) for t in report.turns] == [
        ("made-03", "eligible"),
        ("made-07", "eligible by exception"),
    ]
    assert [(f.on, f.silent) for f in report.amendment.flags] == [
        ("estimand", True), ("control", True),
    ]  # fmt: skip


def test_every_file_and_every_page_says_that_it_is_made(tmp_path):
    for name in ("programme.yaml", "eligibility-amended.yaml", "patients.yaml"):
        assert "MADE" in (UCD / name).read_text("utf-8").splitlines()[0]
    assert "**Made data.**" in (UCD / "README.md").read_text("utf-8")
    extend_programme(UCD / "programme.yaml", reference="cps1-q335x", new="otc-first", out=tmp_path)
    eligibility_of(UCD / "eligibility.yaml", UCD / "patients.yaml", out=tmp_path)
    for page in tmp_path.glob("*.html"):
        assert "<b>Made</b>" in page.read_text("utf-8")
        assert not re.search(r"\bapproved by\b|\bmeets FDA\b", page.read_text("utf-8"))


def test_the_same_input_gives_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        extend_programme(
            UCD / "programme.yaml", reference="cps1-q335x", new="otc-first", out=tmp_path / folder
        )
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert json.loads((tmp_path / "a/extension.json").read_text("utf-8"))["data"] == "made"
