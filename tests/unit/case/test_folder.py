"""A case folder as a whole: documents, lock, timeline and files, all problems at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.factories import (
    copy_example,
    dataset,
    edit_case,
    edit_plan,
    edit_yaml,
    fill,
    replace_text,
    shown,
)
from ultrarare.app.new import new_case
from ultrarare.app.plan import lock_plan
from ultrarare.case.finding import Planned
from ultrarare.case.folder import read_case, survey_case
from ultrarare.errors import InputErrors, NotFound, Problem

NOW = datetime(2024, 5, 20, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


def problems(folder: Path) -> tuple[Problem, ...]:
    return survey_case(folder)[1]


def test_the_skeleton_reads_as_it_is_written(tmp_path):
    new_case(tmp_path / "case")
    fill(tmp_path / "case")
    read = read_case(tmp_path / "case")
    assert (read.case.id, read.case.phase, read.absent) == ("case", "discovery", ())
    assert read.lock_state.planned is Planned.POST_HOC


@pytest.mark.parametrize(("make", "words"), [(False, "is no folder"), (True, "holds no case.yaml")])
def test_a_folder_without_a_case_is_not_found(tmp_path, make, words):
    if make:
        (tmp_path / "x").mkdir()
    with pytest.raises(NotFound) as caught:
        read_case(tmp_path / "x")
    assert words in caught.value.problem
    assert "ultrarare new" in caught.value.remedy


def test_problems_of_every_document_come_in_one_list(folder):
    replace_text(folder / "case.yaml", "sources: [made]\n    acmg:", "sources: [mad]\n    acmg:")
    replace_text(folder / "case.yaml", "born: 2017-05-08", "born: 8")
    replace_text(folder / "plan.yaml", "history: untreated-visits", "history: treated-visits")
    replace_text(
        folder / "plan.yaml",
        "endpoint: motor-score\n    inputs: {series",
        "endpoint: motor\n    inputs: {series",
    )
    (folder / "judgements.yaml").write_text(
        "schema: ultrarare/judgements/1\njudgements:\n  - {guidance: a}\n", "utf-8"
    )
    (folder / "data/course/timeline.csv").write_text(
        "time,event,kind,unit\n2024-06-03,dose 1,dose,furlong\n12,seen,visit,d\n", "utf-8"
    )
    with pytest.raises(InputErrors) as caught:
        read_case(folder)
    text = str(caught.value)
    for words in (
        "names source 'mad'; the case lists: made",
        "patient.born: found '8', a day of life; this case's clock is: ISO date",
        "names dataset 'treated-visits'; the case has: biopsy",
        "names 'motor'; the plan has: motor-score",
        "judgements.yaml:3 judgements[0].interests: is missing",
        "plan.lock: does not match plan.yaml",
        "data/course/timeline.csv:2 unit: found 'furlong', which is no UCUM code",
        "data/course/timeline.csv:3 kind: found 'visit'; allowed: birth, symptom",
    ):
        assert words in text
    assert caught.value.where == str(folder)
    assert len(caught.value.problems) == len(set(caught.value.problems))


def test_times_on_another_clock_are_named_with_their_lines(folder):
    replace_text(folder / "data/course/timeline.csv", "2024-07-08,liver", "2618,liver")
    edit_case(folder, lambda case: case["patient"].update(diagnosed=900))
    edit_case(folder, lambda case: case["statements"][1].update(when=12))
    found = problems(folder)
    text = shown(found)
    assert len(found) == 3
    assert "timeline.csv:11: found '2618' (liver biopsy), a day of life" in text
    assert "patient.diagnosed: found '900', a day of life; this case's clock is: ISO date" in text
    assert "statements[1].when: found '12'" in text


def test_a_file_that_is_not_there_is_listed_and_is_no_problem(folder):
    (folder / "data/history/visits.csv").unlink()
    (folder / "data/editing/biopsy_R2.fastq.gz").unlink()
    read = read_case(folder)
    assert read.absent == (
        ("biopsy", "data/editing/biopsy_R2.fastq.gz"),
        ("untreated-visits", "data/history/visits.csv"),
    )
    assert read.is_absent("biopsy")
    assert not read.is_absent("contig")


@pytest.mark.parametrize("name", ["plan.yaml", "plan.lock", "judgements.yaml"])
def test_a_folder_or_a_broken_file_in_a_documents_place_is_told(folder, name):
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_bytes(b"\xff\xfe{")
    found = problems(folder)
    assert any(problem.where.startswith(name) for problem in found)


def test_a_broken_plan_is_told_once_and_its_lock_is_not_blamed(folder):
    (folder / "plan.yaml").write_text("schema: [", "utf-8")
    (problem,) = problems(folder)
    assert problem.where.startswith("plan.yaml:")


def test_a_lock_without_its_plan_is_an_error(folder):
    (folder / "plan.yaml").unlink()
    (problem,) = problems(folder)
    assert str(problem) == "plan.lock: locks a plan that is not there\n  restore plan.yaml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no lock"),
        ("{", "is no lock"),
        ("[]", "is no lock"),
        ('{"schema": "ultrarare/lock/1"}', "plan.lock plan_sha256: is no lock: Field required"),
    ],
)
def test_a_lock_that_is_none_is_an_error_with_its_place(folder, text, words):
    (folder / "plan.lock").write_text(text, "utf-8")
    found = problems(folder)
    assert words in shown(found)
    assert all(problem.where.startswith("plan.lock") for problem in found)
    assert all("ultrarare plan lock" in problem.remedy for problem in found)


def test_a_lock_with_an_impossible_time_is_an_error_and_no_crash(folder):
    edit = json.loads((folder / "plan.lock").read_text("utf-8"))
    edit["locked_at"] = "2024-99-99T09:00:00Z"
    (folder / "plan.lock").write_text(json.dumps(edit), "utf-8")
    (problem,) = problems(folder)
    assert "a time the calendar does not have" in problem.problem


def test_white_space_comments_and_key_order_leave_the_lock_whole(folder):
    def turn(plan):
        for key in list(reversed(plan)):
            plan[key] = plan.pop(key)

    edit_yaml(folder / "plan.yaml", turn)
    text = (folder / "plan.yaml").read_text("utf-8")
    (folder / "plan.yaml").write_text(f"# a note\n\n{text}\n\n# the end\n", "utf-8")
    assert read_case(folder).lock_state.planned is Planned.LOCKED


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan["endpoints"][0].update(relevant_difference=4),
        lambda plan: plan["analyses"][0]["parameters"].update(level=0.99),
        lambda plan: plan["success"].clear(),
        lambda plan: plan.update(note="changed"),
    ],
)
def test_any_change_of_the_plan_breaks_the_lock(folder, change):
    edit_yaml(folder / "plan.yaml", change)
    (problem,) = problems(folder)
    assert problem.where == "plan.lock"
    assert problem.problem.startswith("does not match plan.yaml: locked sha256:")
    assert "its analyses are then post hoc if a dose came before" in problem.remedy


@pytest.mark.parametrize(
    ("now", "planned", "before"),
    [
        (datetime(2024, 6, 2, 23, 59, tzinfo=UTC), Planned.LOCKED, True),
        (datetime(2024, 6, 3, tzinfo=UTC), Planned.POST_HOC, False),
        (datetime(2024, 6, 4, tzinfo=UTC), Planned.POST_HOC, False),
    ],
)
def test_the_lock_is_held_against_the_first_dose_of_the_timeline(folder, now, planned, before):
    state = lock_plan(folder, name="made signer", now=now, day_of_life=None, replace=True).state
    assert (state.planned, state.before_first_dose) == (planned, before)


def test_a_late_lock_is_not_mended_by_taking_the_timeline_away(folder):
    lock_plan(
        folder, name="m", now=datetime(2025, 1, 1, tzinfo=UTC), day_of_life=None, replace=True
    )
    assert read_case(folder).lock_state.before_first_dose is False
    (folder / "data/course/timeline.csv").unlink()
    state = read_case(folder).lock_state
    assert (state.planned, state.before_first_dose) == (Planned.POST_HOC, None)
    assert "timeline is not there" in state.reason


def test_an_earlier_dose_of_a_second_timeline_counts(folder):
    assert read_case(folder).lock_state.planned is Planned.LOCKED
    (folder / "data/course/abroad.csv").write_text(
        "time,event,kind\n2024-01-10,dose 0,dose\n", "utf-8"
    )
    edit_case(
        folder,
        lambda case: case["datasets"].append(
            {**dataset(case, "timeline"), "id": "abroad", "file": "data/course/abroad.csv"}
        ),
    )
    read = read_case(folder)
    assert str(read.first_dose) == "2024-01-10"
    assert read.lock_state.before_first_dose is False


def test_a_case_on_days_of_life_needs_the_day_of_the_lock(tmp_path):
    folder = copy_example("kabe", tmp_path)
    state = lock_plan(folder, name="m", now=NOW, day_of_life="207", replace=False).state
    assert state.planned is Planned.LOCKED
    edit_yaml(folder / "plan.lock", lambda lock: lock.update(day_of_life=None))
    state = read_case(folder).lock_state
    assert (state.planned, state.before_first_dose) == (Planned.POST_HOC, None)
    assert "day of life is not stated" in state.reason


def test_a_table_that_no_analysis_reads_is_looked_at_too(tmp_path):
    folder = copy_example("kabe", tmp_path)
    path = folder / "data/offtarget/sites.csv"
    path.write_text(path.read_text("utf-8") + "one,cell\n", "utf-8")
    (problem,) = problems(folder)
    assert problem.where == "data/offtarget/sites.csv:25"
    assert problem.problem == "has 2 cells where the header has 15"


def test_events_come_in_the_order_of_time_with_their_lines(folder):
    timeline = read_case(folder).timeline
    assert [event.when.first for event in timeline] == sorted(e.when.first for e in timeline)
    assert {event.event: event.line for event in timeline}["liver biopsy"] == 11


def test_a_plan_that_repeats_itself_is_told(folder):
    def change(plan):
        plan["endpoints"].append(plan["endpoints"][0])
        plan["analyses"].append(plan["analyses"][0])
        plan["success"][0]["analysis"] = "other"
        plan["success"].append({**plan["success"][0], "at_least": 1})

    edit_plan(folder, change)
    text = shown(problems(folder))
    assert text.count("id 'motor-score' stands 2 times") == 2
    assert text.count("id 'motor-score-own-control' stands 2 times") == 2
    assert "success[0].analysis: names 'other'; the plan has: motor-score-external, " in text
    assert "success[2]: a success criterion has exactly one of `at_least` and `at_most`" in text


def test_what_is_named_is_not_called_absent_because_its_entry_is_broken(folder):
    replace_text(folder / "plan.yaml", "improves: higher", "improves: upwards")
    replace_text(folder / "case.yaml", 'here is published.", grade: A', 'here.", grade: C')
    replace_text(folder / "case.yaml", "accession: NC_999901.1", "accession: ''")
    (folder / "plan.lock").unlink()
    assert [problem.where.partition(" ")[2] for problem in problems(folder)] == [
        "datasets[0].accession",
        "sources[0].grade",
        "endpoints[0].improves",
    ]


def test_places_of_later_problems_stay_true_beside_broken_entries(folder):
    replace_text(folder / "case.yaml", "kind: disease.few-patients", "kind: disease.few")
    replace_text(
        folder / "case.yaml",
        "    statement: No other treatment acts",
        "    when: 12\n    statement: No other treatment acts",
    )
    lines = (folder / "case.yaml").read_text("utf-8").split("\n")
    text = shown(problems(folder))
    assert "statements[1]: finding kind 'disease.few' is not in the vocabulary" in text
    assert f"case.yaml:{lines.index('    when: 12') + 1} statements[5].when: found '12'" in text
