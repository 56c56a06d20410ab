"""Programme files in, pages and tables out: every problem at once, made data labelled."""

from __future__ import annotations

import csv
import json

import pytest
import yaml
from typer.testing import CliRunner

from tests.made_programme import plain, product, record, variant
from ultrarare.app.examples import examples_root
from ultrarare.app.programme.amendment import amend
from ultrarare.app.programme.eligibility import eligibility_of
from ultrarare.app.programme.extension import FILES, extend_programme
from ultrarare.app.programme.read import read_criteria, read_patients, read_programme
from ultrarare.case.yaml_text import read_plain
from ultrarare.cli.main import app
from ultrarare.errors import InputErrors, NotFound

UCD = examples_root() / "ucd-umbrella"


def written(tmp_path, value, name="programme.yaml"):
    path = tmp_path / name
    path.write_text(yaml.safe_dump(value, sort_keys=False), "utf-8")
    return path


def problems(path, read=read_programme):
    with pytest.raises(InputErrors) as caught:
        read(path)
    return [str(problem) for problem in caught.value.problems]


def test_the_files_of_an_extension_hold_the_same(tmp_path):
    path = written(tmp_path, plain(records=[record("toxicology")]))
    out = tmp_path / "out"
    report = extend_programme(path, reference="a", new="b", out=out)

    told = json.loads((out / "extension.json").read_text("utf-8"))
    assert told == json.loads(json.dumps(report.to_json()))
    assert {p.name for p in out.iterdir()} == set(FILES)
    gaps = list(csv.DictReader((out / "gaps.csv").read_text("utf-8").splitlines()))
    assert [(g["attribute"], g["kind"]) for g in gaps] == [
        (g["attribute"], g["kind"]) for g in told["gaps"]
    ]
    rows = list(csv.DictReader((out / "attributes.csv").read_text("utf-8").splitlines()))
    assert {r["attribute"]: r["status"] for r in rows} == {
        a["id"]: a["status"] for a in told["attributes"]
    }
    page = (out / "extension.html").read_text("utf-8")
    assert "<b>Made</b>" in page
    assert all(gap["title"] in page for gap in told["gaps"])


def test_a_table_without_rows_goes_when_it_is_written_anew(tmp_path):
    out = tmp_path / "out"
    bare = written(tmp_path, plain(), "bare.yaml")
    full = written(tmp_path, plain(records=[record("toxicology")]))
    extend_programme(full, reference="a", new="b", out=out)
    extend_programme(bare, reference="a", new="b", out=out)

    assert not (out / "leverage.csv").exists()


def test_made_data_is_said_to_be_made_and_other_data_is_not(tmp_path):
    real = written(tmp_path, plain(data="sponsor"))
    extend_programme(real, reference="a", new="b", out=tmp_path / "out")

    assert "<b>Made</b>" not in (tmp_path / "out/extension.html").read_text("utf-8")


def test_text_of_a_file_is_escaped_on_the_page(tmp_path):
    bad = plain(records=[record("toxicology", title="<script>alert(1)</script>")], data="made")
    extend_programme(written(tmp_path, bad), reference="a", new="b", out=tmp_path / "out")

    page = (tmp_path / "out/extension.html").read_text("utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_names_that_lead_nowhere_are_told_at_once_with_their_lines(tmp_path):
    bridge = {"over": "process", "to": "b", "record": "record-toxicology", "about": "x"}
    wrong = plain(
        variants=[variant("a", gene="XYZ"), variant("b", disease="OMIM:1")],
        products=[
            product("a", components={"guide": "editor-1"}),
            product("b", variant="variant-z"),
            product("b"),
        ],
        records=[
            record("toxicology", product="z", bridges=[bridge]),
            record("taste", rests_on={"vehicle": "vehicle-9"}),
            record("potency", bridges=[bridge]),
        ],
        patients=[{"id": "p", "product": "z"}],
    )
    told = problems(written(tmp_path, wrong))

    for text in (
        "'XYZ'", "'OMIM:1'", "'editor-1'", "'variant-z'", "'taste'", "'vehicle-9'",
        "record of another product", "stands 2 times", "patients[0].product: names 'z'",
    ):  # fmt: skip
        assert any(text in one for one in told), (text, told)
    assert all(one.startswith("programme.yaml:") for one in told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"holder": None}, "holder"),
        ({"flavour": "x"}, "unknown key"),
        ({"components": [{"id": "none", "role": "editor", "name": "x"}]}, "no such part"),
        (
            {"components": [{"id": "x", "role": "editor", "name": "x", "sequence": "ACGTACGTAC"}]},
            "a guide or an oligo has one",
        ),
        (
            {"ranges": [{"role": "vehicle", "characteristic": "size", "low": 2, "high": 1,
                         "unit": "nm", "source": "x"}]},
            "above high",
        ),
        ({"records": [record("toxicology", public=True)]}, "public knowledge has a source"),
        ({"date": "soon"}, "date"),
    ],
)  # fmt: skip
def test_fields_that_are_wrong_are_told(tmp_path, change, told):
    assert any(told in one for one in problems(written(tmp_path, plain(**change))))


def test_a_file_that_is_not_there(tmp_path):
    for read in (read_programme, read_criteria):
        with pytest.raises(NotFound, match="no file"):
            read(tmp_path / "x.yaml")
    with pytest.raises(NotFound, match="no file"):
        read_patients(tmp_path / "x.csv", read_criteria(UCD / "eligibility.yaml"))


CSV = """patient,data,gene,genotype,highest_ammonia_first_year,severe_disorder,stated_by,stated_on
p-1,made,CPS1,homozygous,>1000,1,made investigator,2026-11-10
p-2,made,CPS1,,500,1,,
"""


def test_a_table_of_patients_reads_as_yaml_does(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(CSV, "utf-8")
    report = eligibility_of(UCD / "eligibility.yaml", path)
    first, second = report.patients

    assert report.data == "made"
    assert {"I1", "I5"} <= {c.criterion.id for c in first.criteria if c.state == "met"}
    assert "I1" in second.to_json()["not_known"]
    assert "I2" in second.to_json()["not_known"]
    assert report.counts["not known"] == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("P 1,made,CPS1,,1,1,,", "lower case"),
        ("p-1,made,CPS1,half,1,1,,", "homozygous"),
        ("p-1,made,CPS1,,high,1,,", "a number"),
        ("p-1,made,CPS1,,1,yes,,", "1 (seen) or 0"),
        ("p-1,made,CPS1,,1,1,me,soon", "a date"),
        ("p-1,real,CPS1,,1,1,,", "patient, published, made"),
    ],
)
def test_cells_that_are_wrong_are_told_with_their_line(tmp_path, row, told):
    path = tmp_path / "people.csv"
    path.write_text(f"{CSV.splitlines()[0]}\n{row}\n", "utf-8")
    criteria = read_criteria(UCD / "eligibility.yaml")

    assert any(told in one for one in problems(path, lambda p: read_patients(p, criteria)))


def test_two_kinds_of_people_are_not_mixed_in_a_table(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(CSV.replace("p-2,made", "p-2,patient"), "utf-8")
    criteria = read_criteria(UCD / "eligibility.yaml")

    assert "one kind a file" in problems(path, lambda p: read_patients(p, criteria))[0]


def test_a_patient_fact_is_told_with_its_line(tmp_path):
    text = (UCD / "patients.yaml").read_text("utf-8").replace("gene: OTC", "gene: 7", 1)
    path = tmp_path / "patients.yaml"
    path.write_text(text, "utf-8")
    line = text.splitlines().index("      gene: 7") + 1
    criteria = read_criteria(UCD / "eligibility.yaml")

    (told,) = problems(path, lambda p: read_patients(p, criteria))
    assert told.startswith(f"patients.yaml:{line} patients[1].facts.gene: found 7")


def test_a_file_that_amends_nothing_is_told_whole():
    old, new = UCD / "eligibility.yaml", UCD / "eligibility-amended.yaml"
    with pytest.raises(InputErrors) as caught:
        amend(new, old)

    fields = [p.where for p in caught.value.problems]
    assert fields == [f"eligibility.yaml {f}" for f in ("version", "date", "amends")]


def test_facts_of_one_version_may_stand_beside_those_of_the_other(tmp_path):
    old = read_plain(UCD / "eligibility.yaml", "eligibility").value
    new = read_plain(UCD / "eligibility-amended.yaml", "eligibility-amended").value
    new["facts"]["prior_transfusion"] = {"type": "flag", "about": "made"}
    people = read_plain(UCD / "patients.yaml", "patients").value
    people["patients"][0]["facts"]["prior_transfusion"] = False
    paths = [
        written(tmp_path, value, f"{name}.yaml")
        for name, value in (("old", old), ("new", new), ("people", people))
    ]

    turns = amend(paths[0], paths[1], patients=paths[2]).turns
    assert turns is not None
    assert {t.patient for t in turns} == {"made-03", "made-07"}


def run(*arguments):
    return CliRunner().invoke(app, ["programme", *map(str, arguments)], catch_exceptions=False)


def test_the_commands_print_text_and_json_and_close_the_gate(tmp_path):
    extend = ("extend", UCD / "programme.yaml", "--reference", "cps1-q335x", "--new", "otc-first")
    assert run(*extend).exit_code == 0
    assert run(*extend, "--gate").exit_code == 1
    told = json.loads(run(*extend, "--json").stdout)
    assert told["regulatory_vehicle"]["answer"] == "unresolved"
    eligible = ("eligible", UCD / "eligibility.yaml", UCD / "patients.yaml")
    assert "made-01      eligible" in run(*eligible).stdout
    assert json.loads(run(*eligible, "--json", "--out", tmp_path).stdout)["counts"]["eligible"] == 2
    assert "These patients are made" in (tmp_path / "eligibility.html").read_text("utf-8")
    change = ("amend", UCD / "eligibility.yaml", UCD / "eligibility-amended.yaml")
    assert json.loads(run(*change, "--json").stdout)["turns"] is None
    assert run(*change, "--gate").exit_code == 1
    assert "2 answers turned" in run(*change, "--patients", UCD / "patients.yaml").stdout
