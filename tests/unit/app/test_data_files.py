"""Every declared data file is read, whether an analysis runs on it or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, edit_case, replace_text
from ultrarare.app.assess import assess_case
from ultrarare.app.check import check_case
from ultrarare.errors import InputErrors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A case without a plan, so that nothing but what runs by itself reads a file."""
    made = copy_example("progressive", tmp_path)
    for name in ("plan.yaml", "plan.lock"):
        (made / name).unlink()
    return made


def places(folder: Path) -> list[str]:
    return [problem.where for problem in check_case(folder).problems]


def add(folder: Path, text: str, **declared: object) -> str:
    """Declare one more dataset with this content; its path."""
    name = f"data/{declared['id']}.csv"
    (folder / name).write_text(text, "utf-8")
    edit_case(
        folder, lambda case: case["datasets"].append({"origin": "made", "file": name, **declared})
    )
    return name


SERIES = {"kind": "course-series", "measure": "ammonia", "unit": "umol/L"}
PEOPLE = {"population": "made people", "tier": "same gene"}
BROKEN: dict[str, tuple[dict[str, Any], str, list[int]]] = {
    "series": (SERIES, "time,value\n2023-13-01,70\n2024-02-01,abc\n", [2, 3]),
    "floor": ({**SERIES, "assay_floor": 9}, "time,value\n2024-01-01,9-19\n2024-02-01,7\n", [2]),
    "summary": (
        {"kind": "course-summary", "measure": "a", "unit": "1", "baseline": "before"},
        "period,median,q1,q3\nbefore,x,1,2\n",
        [2],
    ),
    "episodes": (
        {"kind": "course-episodes", "episode": "crisis", "observed": ["2023-01-01", "2024-01-01"]},
        "time\n2025-01-01\n",
        [2],
    ),
    "comparison": (
        {"kind": "comparison-table", "arm": "treated", "outcome": "y", "unit": "1", **PEOPLE},
        "person,y\na,1\na,2\n",
        [2, 3],
    ),
    "groups": (
        {"kind": "group-summaries", "arm": "history", "scale": "binary", "measure": "m",
         "unit": "1", **PEOPLE},
        "group,n,events\ng,3,5\n",
        [2],
    ),
    "outcomes": (
        {"kind": "outcome-table", "arm": "treated", "endpoints": [
            {"column": "t", "improves": "higher", "event": "seen"}], **PEOPLE},
        "person,t,seen\na,3,\n",
        [2],
    ),
    "goals": (
        {"kind": "goals", "population": "made people"},
        "person,goal,level\na,sit,1\na,sit,0\n",
        [3],
    ),
    "matched": (
        {"kind": "matched-sets", "measure": "m", "unit": "1", "population": "made people"},
        "set,treated,value\n1,1,x\n",
        [2],
    ),
    "treated": (
        {"kind": "treated-people", "endpoint": "death", "population": "made people"},
        "person,entry,exit,event\na,5,4,1\n",
        [2],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_that_no_analysis_reads_is_found_with_its_lines(folder, name):
    declared, text, lines = BROKEN[name]
    path = add(folder, text, id=name, **declared)
    found = {place.split()[0] for place in places(folder)}
    assert {f"{path}:{line}" for line in lines} <= found
    assert all(place.startswith(path) for place in found)


def test_a_published_curve_that_rises_is_found(folder):
    edit_case(folder, lambda case: case["sources"].append({**case["sources"][0], "id": "paper"}))
    declared = {"kind": "published-survival", "endpoint": "death", "people": 20, **PEOPLE}
    text = "time,survival\n0,1\n1,0.5\n2,0.9\n"
    path = add(folder, text, id="curve", sources=["paper"], **declared)
    found = places(folder)
    assert found
    assert all(path in place for place in found)


def test_spans_of_treated_people_that_overlap_are_found(folder):
    (folder / "data/spans.csv").write_text("person,start,stop\na,0,x\n", "utf-8")
    declared = {"kind": "treated-episodes", "episode": "crisis", "population": "made people"}
    add(folder, "person,time\na,1\n", id="fits", follow_up="data/spans.csv", **declared)
    assert any(place.startswith("data/spans.csv:2") for place in places(folder))


def test_an_assessment_stops_at_it_as_a_check_does(folder, tmp_path):
    replace_text(
        folder / "data/course/motor-score.csv", "time,value\n", "time,value\n2023-13-01,1\n"
    )
    assert places(folder) == ["data/course/motor-score.csv:2 time"]
    with pytest.raises(InputErrors, match="motor-score"):
        assess_case(folder)


def test_what_is_right_is_no_problem_without_a_plan(folder):
    checked = check_case(folder)
    assert checked.problems == ()
    assert checked.records == 0


def test_a_file_that_an_analysis_reads_too_is_told_once(tmp_path):
    folder = copy_example("progressive", tmp_path)
    path = folder / "data/course/motor-score.csv"
    replace_text(path, "time,value\n", "time,value\n2023-13-01,1\n")
    assert places(folder) == ["data/course/motor-score.csv:2 time"]
