"""The commands as a shell sees them: exit status, stdout, stderr."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time

import pytest

from ultrarare.app.examples import example_folder


def run(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "ultrarare", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    shutil.copytree(example_folder("progressive"), folder)
    return folder


def test_help_names_every_command():
    done = run("--help")

    assert done.returncode == 0
    for command in ("new", "check", "assess", "demo", "doctor", "plan", "guidance", "schema"):
        assert command in done.stdout


def test_help_loads_no_statistics():
    """So that it stays quick; the time itself is measured in bench/."""
    code = (
        "import sys; from ultrarare.cli.main import main\n"
        "heavy = {'numpy', 'scipy', 'pydantic', 'jinja2', 'typst'} & set(sys.modules)\n"
        "sys.exit(1 if heavy else 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0


def test_version_is_printed():
    assert run("--version").stdout.startswith("ultrarare ")


def test_new_writes_what_check_reads_and_lists_what_to_fill_in(tmp_path):
    made = run("new", tmp_path / "mine")
    checked = run("check", tmp_path / "mine")

    assert made.returncode == 0
    assert checked.returncode == 2
    assert "is still the skeleton" in checked.stderr
    assert "Traceback" not in checked.stderr
    assert (tmp_path / "mine" / ".schemas" / "case.json").is_file()


def test_new_writes_over_nothing(case):
    done = run("new", case)

    assert done.returncode == 2
    assert "not empty" in done.stderr


def test_check_lists_every_problem_with_its_place(case):
    text = (case / "case.yaml").read_text("utf-8")
    text = text.replace("clock: ISO date", "clock: ISO date\ncolour: blue").replace(
        "time_unit: a\n", "time_unit: years old\n", 1
    )
    (case / "case.yaml").write_text(text, encoding="utf-8")

    done = run("check", case, "--json")

    assert done.returncode == 2
    problems = json.loads(done.stdout)["problems"]
    assert any("colour" in p["where"] for p in problems)
    assert any("time_unit" in p["where"] for p in problems)
    assert all(p["where"].split()[0].split(":")[-1].isdigit() for p in problems)


def test_a_missing_case_is_told_with_the_way_out(tmp_path):
    done = run("assess", tmp_path / "nowhere")

    assert done.returncode == 2
    assert "ultrarare new" in done.stderr
    assert "Traceback" not in done.stderr


def test_plan_lock_writes_digest_time_and_name(case):
    (case / "plan.lock").unlink()

    done = run("plan", "lock", case, "--name", "made signer", "--json")

    lock = json.loads((case / "plan.lock").read_text("utf-8"))
    assert done.returncode == 0
    assert lock["locked_by"] == "made signer"
    assert lock["plan_sha256"].startswith("sha256:")
    assert json.loads(done.stdout)["planned"] == "post hoc"  # today is after the made doses


def test_plan_show_says_whether_the_plan_was_locked_in_time(case):
    done = run("plan", "show", case)

    assert "before the first dose" in done.stdout
    assert "locked" in done.stdout


def test_guidance_is_listed_shown_and_compared():
    listed = run("guidance", "list")
    shown = run("guidance", "show", "fda-pmf-draft-2026-02", "EL-4")
    compared = run("guidance", "diff", "fda-pmf-draft-2026-02", "nejm-pmp-2025-11", "--json")

    assert "fda-pmf-draft-2026-02" in listed.stdout
    assert "nejm-pmp-2025-11" in listed.stdout
    assert "[direct" in shown.stdout
    assert json.loads(compared.stdout)


def test_an_unknown_pack_or_row_names_those_there_are():
    pack = run("guidance", "show", "nothing")
    row = run("guidance", "show", "fda-pmf-draft-2026-02", "XX-1")

    assert pack.returncode == row.returncode == 2
    assert "fda-pmf-draft-2026-02" in pack.stderr
    assert "EL-1" in row.stderr


@pytest.mark.parametrize("name", ["case", "plan", "lock", "judgements", "guidance", "assessment"])
def test_each_schema_is_valid_and_published(name):
    import jsonschema

    printed = json.loads(run("schema", name).stdout)

    jsonschema.Draft202012Validator.check_schema(printed)


def test_the_examples_and_their_assessment_fit_the_published_schemas(tmp_path):
    import jsonschema
    import yaml

    out = tmp_path / "out"
    folder = example_folder("kabe")
    assert run("assess", folder, "--out", out).returncode == 0

    assessment = json.loads((out / "assessment.json").read_text("utf-8"))
    jsonschema.validate(assessment, json.loads(run("schema", "assessment").stdout))
    plan = yaml.load((folder / "plan.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506
    assert plan["schema"] == "ultrarare/plan/1"


def test_doctor_tells_analyses_and_packs():
    done = run("doctor", "--json")

    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["is_fit"]
    assert "editing.amplicon" in report["analyses"]
    assert "nejm-pmp-2025-11" in report["packs"]


def test_progress_goes_to_stderr_and_results_to_stdout(tmp_path):
    done = run("demo", "--example", "no-benefit", "--out", tmp_path / "out")

    assert "writing the dossier" in done.stderr
    assert "writing the dossier" not in done.stdout
    assert "contradicted" in done.stdout


def test_nothing_is_written_beside_the_case_by_a_check(case):
    before = {path: path.stat().st_mtime_ns for path in sorted(case.rglob("*"))}
    time.sleep(0.01)

    run("check", case)

    assert {path: path.stat().st_mtime_ns for path in sorted(case.rglob("*"))} == before
