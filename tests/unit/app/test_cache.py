"""The cache: the same findings a second time, and never an old answer to a new question."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.factories import (
    copy_example,
    edit_case,
    edit_plan,
    edit_yaml,
    example,
    example_analysed,
    replace_text,
)
from tests.unit.app.made_analysis import made, one_finding, register
from ultrarare.app.analyse import Analysed, survey_analyses
from ultrarare.app.cache import Cache, code_digest
from ultrarare.case.folder import survey_case


def run(folder: Path, keep: Cache) -> Analysed:
    read, problems = survey_case(folder)
    assert read is not None
    assert not problems
    analysed = survey_analyses(read, cache=keep)
    keep.keep()
    return analysed


def computed_anew(analysed: Analysed) -> set[str]:
    """The tasks that were run and not taken from the cache, unless nothing could be run."""
    return {
        outcome.task.id
        for outcome in analysed.outcomes
        if not outcome.from_cache and not outcome.task.missing
    }


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A cache that holds every result of the example as it ships; copied by those that use it."""
    keep = Cache(tmp_path_factory.mktemp("whole"))
    run(example("progressive").root, keep)
    return keep.folder


@pytest.fixture
def keep(tmp_path, whole):
    shutil.copytree(whole, tmp_path / "cache")
    return Cache(tmp_path / "cache")


@pytest.mark.parametrize("name", ["kabe", "progressive", "episodic"])
def test_a_second_run_comes_from_the_cache_with_equal_findings(tmp_path, name):
    keep, folder = Cache(tmp_path / "empty"), example(name).root
    first, second = run(folder, keep), run(folder, keep)
    assert computed_anew(first)
    assert not computed_anew(second)
    assert all(outcome.seconds == 0 for outcome in second.outcomes)
    assert [f.model_dump(mode="json") for f in first.findings] == [
        f.model_dump(mode="json") for f in second.findings
    ]


def test_one_changed_byte_of_a_data_file_computes_what_reads_it_anew(folder, keep):
    replace_text(folder / "data/history/people.csv", "u01,2.879,7.917,0", "u01,2.879,7.918,0")
    anew = computed_anew(run(folder, keep))
    assert "history.survival/untreated-people" in anew
    assert "editing.amplicon/biopsy" not in anew
    assert "motor-score-own-control" not in anew


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: edit_case(folder, lambda case: case["disease"].update(course="static")),
        lambda folder: replace_text(
            folder / "data/course/timeline.csv", "2024-06-03,dose 1", "2024-06-04,dose 1"
        ),
        lambda folder: edit_plan(
            folder, lambda plan: plan["endpoints"][0].update(relevant_difference=6)
        ),
        lambda folder: edit_plan(
            folder, lambda plan: plan["analyses"][0]["parameters"].update(level=0.99)
        ),
        lambda folder: edit_plan(folder, lambda plan: plan["analyses"][0].update(seed=1)),
        lambda folder: (folder / "plan.lock").unlink(),
    ],
)
def test_a_change_of_case_timeline_plan_or_lock_computes_anew(folder, keep, change):
    change(folder)
    after = run(folder, keep)
    assert "motor-score-own-control" in computed_anew(after)
    fresh = run(folder, Cache(None))
    assert [f.model_dump(mode="json") for f in after.findings] == [
        f.model_dump(mode="json") for f in fresh.findings
    ]
    assert after.findings != example_analysed("progressive").findings


def test_white_space_of_the_plan_computes_nothing_anew(folder, keep):
    edit_yaml(folder / "plan.yaml", lambda _plan: None)
    assert not computed_anew(run(folder, keep))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _data: b"",
        lambda data: data[:-1],
        lambda data: data.replace(b"supports", b"Supports"),
        lambda _data: b"no digest and no line end",
        lambda data: b"\xff\xfe\n" + data,
        lambda data: data.partition(b"\n")[0] + b"\n[]",
    ],
)
def test_an_entry_whose_bytes_changed_is_not_used(folder, tmp_path, keep, spoil):
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(spoil(path.read_bytes()))
    again = run(folder, keep)
    assert again.findings == example_analysed("progressive").findings
    assert "motor-score-own-control" in computed_anew(again)


def test_another_version_of_an_analysis_computes_anew(monkeypatch, folder, keep):
    for version in (1, 2):
        register(monkeypatch, made("made.whole", version=version))
        assert "made.whole" in computed_anew(run(folder, keep))
    assert "made.whole" not in computed_anew(run(folder, keep))


def test_what_failed_is_not_kept(monkeypatch, folder, keep):
    def fails(_inputs):
        raise ZeroDivisionError

    register(monkeypatch, made("made.one", fails))
    for _ in range(2):
        assert "made.one" in computed_anew(run(folder, keep))
    register(monkeypatch, made("made.one", one_finding))
    assert any(f.id == "made.one/made" for f in run(folder, keep).findings)


def test_no_folder_keeps_nothing():
    nowhere = Cache(None)
    nowhere.put("sha256:a", b"x")
    nowhere.keep()
    assert nowhere.get("sha256:a") is None


def test_an_entry_is_whole_or_not_there(tmp_path):
    keep = Cache(tmp_path / "deep" / "cache")
    keep.put("sha256:a", b"body\nof two lines")
    assert keep.get("sha256:a") is None
    assert not (tmp_path / "deep").exists()
    keep.keep()
    assert keep.get("sha256:a") == b"body\nof two lines"
    assert [path.name for path in (tmp_path / "deep" / "cache").iterdir()] == ["sha256-a"]


def test_the_code_has_one_digest():
    assert code_digest() == code_digest()
    assert code_digest().startswith("sha256:")
