"""`ultrarare guidance compare`, `impact` and `check` over real cases and packs."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from tests.unit.guidance.test_pack import GOOD
from ultrarare.app.examples import example_folder
from ultrarare.cli.main import app
from ultrarare.errors import InputError, InputErrors, NotFound
from ultrarare.guidance.pack import packs

FDA, NEJM = "fda-pmf-draft-2026-02", "nejm-pmp-2025-11"


def run(*words):
    found = CliRunner().invoke(app, ["guidance", *map(str, words)])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def pack_file(tmp_path, pack_id, old="", new=""):
    from ultrarare.guidance import pack as module

    source = next(path for path in module._our_paths() if path.stem == pack_id)
    path = tmp_path / f"{pack_id}.yaml"
    text = source.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return path


def test_a_case_beside_itself_differs_nowhere():
    folder = example_folder("no-benefit")
    found = json.loads(run("compare", folder, folder, "--json").stdout)
    assert found["contrasts"] == []
    assert found["requirements"] == sum(len(packs()[one].requirements) for one in (FDA, NEJM))


def test_an_assessment_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "assessment.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match="cannot be read as an assessment"):
        run("compare", tmp_path, tmp_path)
    with pytest.raises(NotFound, match="nothing is there"):
        run("compare", tmp_path / "no", tmp_path)


def test_a_new_version_names_the_case_that_it_touches_and_the_one_that_is_broken(tmp_path):
    cases = tmp_path / "cases"
    shutil.copytree(example_folder("no-benefit"), cases / "a")
    (cases / "b").mkdir()
    (cases / "b/case.yaml").write_text("schema: nothing\n", "utf-8")
    stricter = pack_file(
        tmp_path,
        NEJM,
        "due: first-in-human\n    decides: true",
        "due: discovery\n    decides: true",
    )
    same = run("impact", cases, "--from", NEJM, "--to", NEJM, "--json")
    assert same.exit_code == 3
    told = {one["case"]: one for one in json.loads(same.stdout)["cases"]}
    assert told["a"]["turns"] == []
    assert "schema" in told["b"]["problem"]
    other = json.loads(run("impact", cases, "--from", NEJM, "--to", FDA, "--json").stdout)
    assert [one["case"] for one in other["cases"] if one["turns"]] == ["a"]
    assert json.loads(run("impact", cases, "--from", NEJM, "--to", stricter, "--json").stdout)
    with pytest.raises(NotFound, match="no case folder"):
        run("impact", tmp_path / "cases" / "b" / "none", "--from", NEJM, "--to", FDA)


def test_a_pack_that_lacks_an_example_is_told_and_one_is_suggested(tmp_path):
    whole = run("check", pack_file(tmp_path, NEJM))
    assert whole.exit_code == 0
    assert "declared only" in whole.stdout
    lacking = pack_file(tmp_path, NEJM, "      - {verdict: missing}\n", "")
    found = run("check", lacking, "--suggest")
    assert found.exit_code == 1
    assert "EL-1: no example of missing" in found.stdout
    assert '- {"verdict": "missing"}' in found.stdout
    broken = pack_file(tmp_path, NEJM, "ask: shown", "ask: shwon")
    with pytest.raises(InputErrors, match="expected tags"):
        run("check", broken)


def test_a_row_that_nothing_supports_is_told(tmp_path):
    path = tmp_path / "made.yaml"
    both = "{ask: all, of: [{ask: shown, kind: disease.severity}, {ask: judged, claim: it}]}"
    path.write_text(GOOD.replace("{ask: shown, kind: disease.severity}", both, 1), "utf-8")
    found = run("check", path)
    assert found.exit_code == 1
    assert "example 1 of EL-1 says supported; the row says needs judgement" in found.stdout
    assert "EL-1: no example of needs judgement, contradicted" in found.stdout
