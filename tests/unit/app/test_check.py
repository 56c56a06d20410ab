"""Checking a folder: every problem of documents and data, and no result."""

from __future__ import annotations

import json

import pytest

from tests.factories import EXAMPLES, copy_example, replace_text
from ultrarare.app.check import check_case
from ultrarare.app.examples import example_folder
from ultrarare.errors import NotFound


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_check_without_a_problem(name):
    checked = check_case(example_folder(name))
    assert checked.problems == ()
    assert checked.absent == ()
    assert checked.summary()[-1].startswith(f"{name}: {checked.files} data files read, no problem")
    assert json.loads(json.dumps(checked.to_json()))["case"] == name


def test_problems_of_documents_and_of_data_come_together_and_once(tmp_path):
    folder = copy_example("progressive", tmp_path)
    replace_text(folder / "plan.yaml", "improves: higher", "improves: upwards")
    replace_text(folder / "data/history/visits.csv", "u01,3.732,73.5", "u01,3.732,x")
    (folder / "data/history/people.csv").unlink()
    checked = check_case(folder)
    places = [problem.where for problem in checked.problems]
    assert "plan.yaml:9 endpoints[0].improves" in places
    assert places.count("data/history/visits.csv:2 value") == 1
    assert checked.absent == (("untreated-people", "data/history/people.csv"),)
    assert checked.summary() == [
        "absent, will be assessed as missing: data/history/people.csv (untreated-people)"
    ]
    told = checked.to_json()
    assert told["absent"] == [{"dataset": "untreated-people", "path": "data/history/people.csv"}]
    assert {"where", "problem", "remedy"} == set(told["problems"][0])
    assert checked.files == 8


def test_a_case_that_cannot_be_read_at_all_still_tells_why(tmp_path):
    folder = copy_example("kabe", tmp_path)
    (folder / "case.yaml").write_text("schema: [", "utf-8")
    checked = check_case(folder)
    assert checked.case_id is None
    assert checked.problems[0].where.startswith("case.yaml:")


def test_a_folder_that_is_none_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        check_case(tmp_path / "gone")


def test_a_check_shows_no_result(tmp_path):
    text = json.dumps(check_case(example_folder("progressive")).to_json())
    assert "supports" not in text
    assert "estimate" not in text
