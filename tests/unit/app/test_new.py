"""The skeleton of a case folder: it checks, and says no more than a phenopacket."""

from __future__ import annotations

import json
import re

import pytest

from tests.factories import fill
from ultrarare.app.check import check_case
from ultrarare.app.new import new_case
from ultrarare.case.folder import read_case
from ultrarare.errors import InputError, NotFound

PACKET = {
    "id": "made",
    "subject": {"id": "made patient", "sex": "MALE"},
    "diseases": [{"term": {"id": "OMIM:237300", "label": 'a "made" label'}}],
    "interpretations": [
        {
            "id": "i",
            "diagnosis": {
                "disease": {"id": "OMIM:1", "label": "other"},
                "genomicInterpretations": [
                    {
                        "subjectOrBiosampleId": "made patient",
                        "variantInterpretation": {
                            "variationDescriptor": {
                                "id": "v",
                                "geneContext": {"valueId": "HGNC:2323", "symbol": "CPS1"},
                                "expressions": [
                                    {"syntax": "hgvs.c", "value": "NM_001875.5:c.1003C>T"}
                                ],
                                "allelicState": {"id": "GENO:0000135", "label": "heterozygous"},
                            }
                        },
                    }
                ],
            },
        }
    ],
    "metaData": {"created": "2024-01-01T00:00:00Z", "createdBy": "made", "resources": []},
}


@pytest.mark.parametrize(
    "name", ["my-case", "2024", "true", "null", "1e5", "My Case!", "é", "x" * 90]
)
def test_the_skeleton_asks_for_what_is_open_and_for_nothing_else(tmp_path, name):
    folder = tmp_path / name
    written = new_case(folder)
    assert all(path.is_file() for path in written)
    asked = check_case(folder).problems
    assert all(re.match("is still the skeleton's (<|MONDO:0000001)", p.problem) for p in asked)
    assert any(problem.where.endswith("disease.id") for problem in asked)
    assert "patient.pseudonym" in "".join(problem.where for problem in asked)
    fill(folder)
    checked = check_case(folder)
    assert checked.problems == ()
    assert checked.case_id


def test_the_skeletons_comments_are_yaml_when_they_are_taken_in(tmp_path):
    new_case(tmp_path / "case")
    path = tmp_path / "case" / "case.yaml"
    lines = []
    for line in path.read_text("utf-8").split("\n"):
        shown = line.replace("  # -", "  -").replace("  #    ", "      ")
        lines.append(line.removesuffix(": []") + ":" if line.endswith(": []") else shown)
    path.write_text("\n".join(lines), "utf-8")
    fill(tmp_path / "case")
    case = read_case(tmp_path / "case").case
    assert len(case.datasets) == 6
    assert (len(case.statements), len(case.sources)) == (1, 1)


@pytest.mark.parametrize("what", ["file", "full"])
def test_nothing_is_written_over(tmp_path, what):
    target = tmp_path / "case"
    if what == "file":
        target.write_text("x", "utf-8")
    else:
        target.mkdir()
        (target / "notes.txt").write_text("x", "utf-8")
    with pytest.raises(InputError, match="is there already and not empty"):
        new_case(target)
    assert what == "file" or [path.name for path in target.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "case").mkdir()
    new_case(tmp_path / "case")
    assert (tmp_path / "case" / "case.yaml").is_file()


def test_a_phenopacket_gives_sex_disease_gene_and_variant(tmp_path):
    packet = tmp_path / "packet.json"
    packet.write_text(json.dumps(PACKET), "utf-8")
    new_case(tmp_path / "case", phenopacket=packet)
    fill(tmp_path / "case")
    case = read_case(tmp_path / "case").case
    assert (case.patient.sex, case.disease.id, case.disease.gene) == ("male", "OMIM:237300", "CPS1")
    assert case.disease.name == "a 'made' label"
    (variant,) = case.variants
    assert (variant.hgvs, variant.zygosity) == ("NM_001875.5:c.1003C>T", "heterozygous")
    assert case.patient.pseudonym == "filled"  # a pseudonym is given, never taken over
    assert (tmp_path / "case" / "phenopacket.json").read_bytes() == packet.read_bytes()


def test_what_a_phenopacket_does_not_say_stays_open(tmp_path):
    packet = tmp_path / "packet.json"
    packet.write_text(json.dumps({"id": "a", "subject": {"id": "b"}}), "utf-8")
    new_case(tmp_path / "case", phenopacket=packet)
    fill(tmp_path / "case")
    case = read_case(tmp_path / "case").case
    assert (case.patient.sex, case.variants[0].zygosity) == ("unknown", "unknown")
    assert case.disease.gene == "filled"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no Phenopacket v2"),
        ('{"colour": 1}', "is no Phenopacket v2"),
        ("{}", "subject.id"),
    ],
)
def test_what_is_no_phenopacket_is_refused_and_nothing_is_written(tmp_path, text, words):
    packet = tmp_path / "packet.json"
    packet.write_text(text, "utf-8")
    with pytest.raises(InputError, match=words):
        new_case(tmp_path / "case", phenopacket=packet)
    assert not (tmp_path / "case").exists()


def test_a_phenopacket_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        new_case(tmp_path / "case", phenopacket=tmp_path / "gone.json")
