"""Phenopackets and FHIR as datasets of a case: the same answers as tables, and told when wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.factories import edit_case, findings_of, shown, survey
from tests.made_records import (
    made_people,
    packet,
    resources,
    write_bundle,
    write_bundles,
    write_case,
    write_packets,
    write_tables,
)
from ultrarare.app.analyse import survey_analyses
from ultrarare.app.assess import assess_case, case_digest
from ultrarare.app.cache import Cache
from ultrarare.app.check import check_case
from ultrarare.app.manifest import manifest
from ultrarare.app.plan import lock_plan
from ultrarare.case.finding import Finding, Planned
from ultrarare.case.folder import survey_case
from ultrarare.case.lock import cohort_digests

_TABLES = TemporaryDirectory(prefix="ultrarare-tests-")
KINDS = (
    "course.own-control",
    "course.conformal",
    "course.episodes",
    "history.survival",
    "history.patient-overlay",
    "history.population",
    "history.episodes",
    "history.states",
    "history.trajectory",
    "history.endpoint-coverage",
    "history.spontaneous-improvement",
)


def made_case(parent: Path, write: Any = write_packets, **changes: Any) -> Path:
    """A small case whose untreated people are records."""
    folder = parent / "case"
    (folder / "data").mkdir(parents=True)
    dataset = write(folder, made_people())
    return write_case(folder, [{**dataset, **changes}])


@pytest.fixture
def folder(tmp_path):
    return made_case(tmp_path)


@cache
def of_tables() -> dict[str, Finding]:
    folder = Path(_TABLES.name) / "case"
    (folder / "data").mkdir(parents=True)
    write_case(folder, write_tables(folder, made_people()))
    return by_kind(findings_of(folder))


def by_kind(findings: dict[str, Finding]) -> dict[str, Finding]:
    return {f.kind: f for f in findings.values() if f.kind in KINDS}


@pytest.mark.parametrize("write", [write_packets, write_bundle, write_bundles])
def test_records_give_what_the_same_people_give_as_tables(tmp_path, write):
    found = by_kind(findings_of(made_case(tmp_path, write, begins="birth")))
    wanted = of_tables()
    assert set(found) == set(wanted)
    assert len(found) >= 8
    for kind, finding in found.items():
        other = wanted[kind]
        assert finding.direction is other.direction, kind
        assert finding.n == other.n, kind
        assert finding.attributes == pytest.approx(other.attributes), kind
        if other.estimate is not None:
            assert finding.estimate is not None
            for name in ("value", "lower", "upper"):
                mine, theirs = getattr(finding.estimate, name), getattr(other.estimate, name)
                assert (mine is None) == (theirs is None), (kind, name)
                assert mine is None or mine == pytest.approx(theirs, rel=1e-6), (kind, name)


def test_what_was_assumed_on_reading_stands_in_every_finding_it_touches(folder):
    findings = findings_of(folder)
    said = "Observation is taken to begin at birth"
    for kind in ("history.survival", "history.episodes", "course.episodes"):
        own = [f for f in findings.values() if f.kind == kind]
        assert own
        assert all(any(said in c for c in f.caveats) for f in own), kind
    visits = next(f for f in findings.values() if f.kind == "history.population")
    assert not any(said in c for c in visits.caveats)  # survival says nothing of a level


def test_each_endpoint_of_the_records_is_graded_for_itself(folder):
    findings = findings_of(folder)
    names = {i for i, f in findings.items() if f.kind == "history.adequacy"}
    assert names == {
        f"history.adequacy/records/adequacy-{part}" for part in ("people", "visits", "episodes")
    }


def test_what_is_not_declared_is_not_taken_out(tmp_path):
    folder = made_case(tmp_path, measure=None, measure_code=None, unit=None)
    edit_plan_to(folder, ["fewer"])
    kinds = {f.kind for f in findings_of(folder).values()}
    assert "history.survival" in kinds
    assert "history.population" not in kinds


def edit_plan_to(folder: Path, names: list[str]) -> None:
    plan = json.loads((folder / "plan.yaml").read_text("utf-8"))
    plan["analyses"] = [entry for entry in plan["analyses"] if entry["id"] in names]
    (folder / "plan.yaml").write_text(json.dumps(plan), "utf-8")


def run(folder: Path, keep: Cache) -> set[str]:
    read, problems = survey_case(folder)
    assert read is not None
    assert not problems
    analysed = survey_analyses(read, cache=keep)
    keep.keep()
    return {o.task.id for o in analysed.outcomes if not o.from_cache and not o.task.missing}


@pytest.mark.parametrize("change", ["change", "add", "remove"])
def test_a_record_changed_added_or_removed_makes_the_cache_stale(tmp_path, folder, change):
    edit_plan_to(folder, [])
    keep = Cache(tmp_path / "cache")
    assert "history.population/records" in run(folder, keep)
    assert run(folder, keep) == set()
    home, more = folder / "data/packets", replace(made_people()[0], name="p99", exit=3000)
    if change == "remove":
        (home / "p03.json").unlink()
    else:
        person = more if change == "add" else replace(made_people()[3], exit=3590, died=False)
        (home / f"{person.name}.json").write_text(json.dumps(packet(person)), "utf-8")
    assert "history.population/records" in run(folder, keep)


def test_assessing_writes_each_record_s_digest_and_the_folder_s_over_them(folder):
    edit_plan_to(folder, [])
    assessed = assess_case(folder)
    (entry,) = [row for row in manifest(assessed)["inputs"] if row["dataset"] == "records"]
    names = [row["path"] for row in entry["files"]]
    assert names == sorted(names)
    assert len(names) == 24
    assert all(row["sha256"].startswith("sha256:") for row in entry["files"])
    assert entry["bytes"] == sum(row["bytes"] for row in entry["files"])
    used = next(f for f in assessed.analysed.findings if f.kind == "history.survival")
    assert {(i.path, i.sha256) for i in used.provenance.inputs} == {
        ("data/packets", entry["sha256"])
    }
    before = case_digest(assessed.folder)
    (folder / "data/packets/p00.json").unlink()
    assert case_digest(assessed.folder) != before


def test_a_declared_folder_that_is_not_there_is_missing_and_no_error(folder):
    for item in (folder / "data/packets").iterdir():
        item.unlink()
    (folder / "data/packets").rmdir()
    checked = check_case(folder)
    assert checked.problems == ()
    assert checked.absent == (("records", "data/packets"),)
    analysed, _ = survey(folder)
    own = next(f for f in analysed.findings if f.kind == "course.own-control")
    assert "data/packets" in own.statement + str(own.would_need)


def test_check_counts_every_record(folder):
    edit_plan_to(folder, [])
    checked = check_case(folder)
    assert (checked.files, checked.records) == (4, 24)
    assert "4 data files read (24 records in folders)" in checked.summary()[-1]


def test_a_lock_fixes_the_records(folder):
    lock_plan(
        folder,
        name="made signer",
        now=datetime(2024, 5, 21, 8, tzinfo=UTC),
        day_of_life="1200",
        replace=False,
    )
    assert planned(folder) is Planned.LOCKED
    (folder / "data/packets/p00.json").unlink()
    assert planned(folder) is Planned.POST_HOC


def planned(folder: Path) -> Planned:
    return next(f for f in findings_of(folder).values() if f.kind == "course.own-control").planned


def test_a_link_out_of_the_folder_is_a_problem_with_its_place(folder):
    outside = folder.parent / "outside.json"
    outside.write_text(json.dumps(packet(replace(made_people()[0], name="p98"))), "utf-8")
    (folder / "data/packets/link.json").symlink_to(outside)
    said = shown(check_case(folder).problems)
    assert "data/packets/link.json, a link that leads out of the folder" in said
    assert "case.yaml" in said


def test_everything_that_is_wrong_with_the_records_is_told_together_with_its_place(folder):
    home = folder / "data/packets"
    first = packet(made_people()[0])
    first["measurements"][1]["value"]["quantity"]["unit"]["id"] = "UCUM:kg"
    (home / "p00.json").write_text(json.dumps(first), "utf-8")
    text = (home / "p01.json").read_text("utf-8")
    (home / "p01.json").write_text(text[:300], "utf-8")
    old = packet(made_people()[2])
    old["metaData"]["phenopacketSchemaVersion"] = "1.0.0"
    (home / "p02.json").write_text(json.dumps(old), "utf-8")
    (home / "twin.json").write_text(json.dumps(packet(made_people()[4])), "utf-8")
    early = packet(made_people()[5], dateOfBirth="2001-01-01T00:00:00Z")
    early["measurements"][0]["timeObserved"] = {"timestamp": "1999-01-01T00:00:00Z"}
    (home / "p05.json").write_text(json.dumps(early), "utf-8")
    edit_plan_to(folder, [])
    said = shown(check_case(folder).problems)
    for words in (
        "data/packets/p00.json motor score",
        "two units for one measure",
        "data/packets/p01.json: is no whole Phenopacket v2",
        "data/packets/p02.json metaData.phenopacketSchemaVersion: found '1.0.0'",
        "data/packets/p04.json: person 'p04' stands in another record too: data/packets/twin.json",
        "data/packets/p05.json measurements[0].timeObserved",
        "days before birth",
    ):
        assert words in said, said
    assert said.count("is no whole Phenopacket v2") == 1  # each problem once, not once an analysis


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measure_code": "MADE:other"}, "holds no measure 'motor score' of dataset records"),
        ({"episode_code": "HP:9"}, "holds no event 'crisis' of dataset records"),
        ({"endpoint": "loss of speech"}, "holds no event 'loss of speech' of dataset records"),
        ({"disease_code": "OMIM:1"}, "holds no disease 'OMIM:1' with an onset"),
        ({"unit": "kg"}, "unit of motor score"),
        ({"endpoint": None, "measure": None, "measure_code": None, "unit": None, "episode": None,
          "episode_code": None}, "says nothing to take out"),
        ({"unit": None}, "measure and unit go together"),
        ({"episode": None}, "has episode_code without episode"),
        ({"folder": "data/series.csv"}, "which is a file; allowed is a folder"),
        ({"folder": "../elsewhere"}, "allowed is a path inside the case folder"),
    ],
)  # fmt: skip
def test_a_declaration_that_does_not_fit_the_records_is_a_problem(tmp_path, changes, said):
    folder = made_case(tmp_path, **changes)
    edit_plan_to(folder, [])
    assert said in shown(check_case(folder).problems)


def test_fhir_is_one_file_or_one_folder(tmp_path):
    folder = made_case(tmp_path, write_bundle, folder="data")
    assert "allowed is one of file and folder" in shown(check_case(folder).problems)


def test_an_absent_measure_names_those_that_are_there(tmp_path):
    folder = made_case(tmp_path, measure_code="MADE:other")
    edit_plan_to(folder, [])
    assert "there are: Made motor score" in shown(check_case(folder).problems)


def test_values_come_in_the_declared_unit(tmp_path):
    def in_grams(parent: Path, people: Any) -> dict[str, Any]:
        dataset = write_bundle(parent, people)
        path = parent / "data/bundle.json"
        path.write_text(path.read_text("utf-8").replace('"{score}"', '"g"'), "utf-8")
        return {**dataset, "measure": "weight", "unit": "kg"}

    folder = made_case(tmp_path, in_grams)
    edit_plan_to(folder, [])
    found = {f.kind: f for f in findings_of(folder).values()}
    wanted = of_tables()["history.population"]
    estimate = found["history.population"].estimate
    assert estimate is not None
    assert wanted.estimate is not None
    assert wanted.estimate.value is not None
    assert estimate.value == pytest.approx(wanted.estimate.value / 1000, rel=1e-4)
    assert estimate.unit == "kg"


def test_an_event_can_be_the_endpoint_and_death_then_competes(tmp_path):
    people = tuple(replace(p, crises=()) if i < 5 else p for i, p in enumerate(made_people()))

    def write(parent: Path, _people: Any) -> dict[str, Any]:
        return {**write_packets(parent, people), "episode": None, "episode_code": None}

    wanted = {"endpoint": "first crisis", "endpoint_code": "HP:0000001"}
    folder = made_case(tmp_path, write, **wanted)
    edit_plan_to(folder, [])
    findings = findings_of(folder).values()
    finding = next(f for f in findings if f.kind == "history.survival")
    assert finding.attributes == {"people": 24, "events": sum(bool(p.crises) for p in people)}
    first = sorted(min(p.crises) for p in people if p.crises)
    assert finding.details["curve"]["time"] == pytest.approx(sorted(set(first)))
    assert any("Of 5 people no first crisis is on record" in text for text in finding.caveats)


def test_a_published_curve_is_cited_and_weaker_in_every_finding(tmp_path):
    curve = {
        "id": "curve", "kind": "published-survival", "origin": "published", "tier": "same gene",
        "file": "data/curve.csv", "endpoint": "death", "people": 50, "population": "a series",
    }  # fmt: skip
    folder = tmp_path / "case"
    (folder / "data").mkdir(parents=True)
    (folder / "data/curve.csv").write_text("time,survival\n0,1\n900,0.9\n1500,0.6\n2500,0.3\n")
    write_case(folder, [curve])
    edit_plan_to(folder, ["alive"])
    assert "sources: is missing" in shown(check_case(folder).problems)

    edit_case(folder, lambda case: case["datasets"][-1].update(sources=["made"]))
    found = [f for f in findings_of(folder).values() if f.id.startswith("alive/")]
    assert found
    assert all(any("published curve (made)" in c for c in f.caveats) for f in found)
    read, _ = survey_case(folder)
    assert read is not None
    assert set(cohort_digests(folder, read.case)) == {"curve"}


def test_records_of_several_files_need_not_keep_a_patient_together(tmp_path):
    folder = made_case(tmp_path, write_bundles)
    stray = {**resources(made_people()[0])[2], "subject": {"reference": "Patient/nobody"}}
    value = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": stray}]}
    (folder / "data/bundles/more.json").write_text(json.dumps(value), "utf-8")
    (folder / "data/bundles/torn.json").write_text('{"resourceType": "Bun', "utf-8")
    edit_plan_to(folder, [])
    said = shown(check_case(folder).problems)
    assert "data/bundles/torn.json: is no FHIR R4B bundle" in said
    (folder / "data/bundles/torn.json").unlink()
    said = shown(check_case(folder).problems)
    assert "data/bundles/more.json entry[0]: belongs to 'Patient/nobody'" in said


def test_a_plan_can_name_records_for_every_analysis_that_takes_their_part(folder):
    path = folder / "plan.yaml"
    plan = json.loads(path.read_text("utf-8"))
    plan["analyses"] = [
        {"id": "own", "analysis": "effect.own-control", "endpoint": "score",
         "inputs": {"series": "series", "history": "records"}},
        {"id": "turns", "analysis": "effect.sensitivity", "endpoint": "score",
         "inputs": {"history": "records"}},
    ]  # fmt: skip
    path.write_text(json.dumps(plan), "utf-8")
    findings = findings_of(folder)
    own, turns = findings["own/own-control"], findings["turns/sensitivity"]
    assert own.estimate is not None
    assert turns.estimate is not None
    assert turns.estimate.value == pytest.approx(own.estimate.value)


def test_a_plan_cannot_name_records_for_a_part_that_they_do_not_declare(tmp_path):
    folder = made_case(tmp_path, measure=None, measure_code=None, unit=None)
    path = folder / "plan.yaml"
    plan = json.loads(path.read_text("utf-8"))
    plan["analyses"] = [
        {"id": "own", "analysis": "effect.own-control", "endpoint": "score",
         "inputs": {"history": "records"}},
    ]  # fmt: skip
    path.write_text(json.dumps(plan), "utf-8")
    said = shown(check_case(folder).problems)
    assert "names 'records' of kind cohort-phenopackets; allowed: cohort-visits" in said


@pytest.mark.parametrize("write", [write_packets, write_bundle])
def test_a_value_of_an_impossible_size_is_told_with_its_place(tmp_path, write):
    folder = made_case(tmp_path, write)
    name = "packets/p00.json" if write is write_packets else "bundle.json"
    path = folder / "data" / name
    text = path.read_text("utf-8")
    value = f'"value": {made_people()[0].visits[0][1]}'
    assert value in text
    path.write_text(text.replace(value, '"value": 1e200', 1), "utf-8")
    said = shown(check_case(folder).problems)
    assert f"data/{name}" in said
    assert "found '1e+200', which is too large; allowed is 0 or a size from" in said
