"""Which analyses a case calls for, and what is wrong with the plan's entries: all at once."""

from __future__ import annotations

import re
from pathlib import Path

from tests.factories import copy_example, dataset, edit_case, edit_plan, replace_text, shown
from tests.unit.app.made_analysis import made, register
from ultrarare.analysis.declaration import Need
from ultrarare.app.task import Task, plan_tasks
from ultrarare.case.finding import Planned
from ultrarare.case.folder import survey_case
from ultrarare.errors import Problem


def tasks_of(folder: Path) -> tuple[tuple[Task, ...], tuple[Problem, ...]]:
    read, _ = survey_case(folder)
    assert read is not None
    return plan_tasks(read)


def test_every_problem_of_the_plan_comes_at_once_with_its_place(tmp_path):
    folder = copy_example("progressive", tmp_path)

    def change(plan):
        whole = plan["analyses"][0]
        plan["analyses"] = [
            {**whole, "id": "a", "analysis": "effect.own-contrl"},
            {**whole, "id": "b", "inputs": {"seres": "motor-score"}},
            {**whole, "id": "c", "inputs": {"series": "untreated-visits"}},
            {**whole, "id": "d", "parameters": {"levl": 0.9, "level": 95, "course": "rapid"}},
            {**whole, "id": "e", "parameters": {"population": {"mean": 1}}},
        ]
        plan["success"] = [
            {"analysis": "a", "finding": "course.own", "field": "p_value", "at_most": 1},
            {"analysis": "a", "finding": "course.own-control", "field": "p", "at_most": 1},
        ]

    edit_plan(folder, change)
    tasks, problems = tasks_of(folder)
    assert all(re.match(r"plan\.yaml:\d+ ", problem.where) for problem in problems)
    found = {re.sub(r":\d+", "", p.where, count=1): p.problem for p in problems}
    assert found["plan.yaml analyses[0].analysis"].startswith(
        "names 'effect.own-contrl'; registered analyses: editing.allele-table, "
    )
    assert found["plan.yaml analyses[1].inputs.seres"] == (
        "is no role of effect.own-control; it has: series, summary, history"
    )
    assert found["plan.yaml analyses[2].inputs.series"] == (
        "names 'untreated-visits' of kind cohort-visits; allowed: course-series"
    )
    assert found["plan.yaml analyses[3].parameters.levl"].startswith(
        "is no parameter of effect.own-control; it has: course, model, level"
    )
    assert "found 95; allowed: " in found["plan.yaml analyses[3].parameters.level"]
    assert "found 'rapid'; allowed: " in found["plan.yaml analyses[3].parameters.course"]
    assert "plan.yaml analyses[4].parameters.population.between_sd" in found
    assert "finding kind 'course.own' is not in the vocabulary" in found["plan.yaml success[0]"]
    assert "course.own-control has no field 'p'; allowed are:" in found["plan.yaml success[1]"]
    assert not any(task.analysis.name == "effect.own-control" for task in tasks)
    assert "doctor" in shown(problems)


def test_a_parameter_of_the_wrong_shape_is_told_with_its_line_and_what_is_allowed(tmp_path):
    folder = copy_example("progressive", tmp_path)
    (folder / "plan.lock").unlink()
    replace_text(
        folder / "plan.yaml",
        "  - id: motor-score-external",
        """  - id: sens
    analysis: effect.sensitivity
    endpoint: motor-score
    parameters:
      observed: {slope: 1.0}
      visit_tolerance_days: long
      pairs: {statistic: best}
  - id: motor-score-external""",
    )
    _, problems = tasks_of(folder)
    line = (folder / "plan.yaml").read_text("utf-8").splitlines().index("  - id: sens") + 1
    assert [(p.where, p.problem) for p in problems] == [
        (
            f"plan.yaml:{line + 4} analyses[1].parameters.observed.slope",
            "found 1.0; allowed: a mapping with between_sd, source, registries",
        ),
        (
            f"plan.yaml:{line + 5} analyses[1].parameters.visit_tolerance_days",
            "found 'long'; allowed: a number, more than 0",
        ),
        (
            f"plan.yaml:{line + 6} analyses[1].parameters.pairs.statistic",
            "found 'best'; allowed: one of signed-rank, aligned-rank, mean",
        ),
    ]


def test_an_analysis_runs_by_itself_for_each_dataset_that_the_plan_does_not_name(tmp_path):
    folder = copy_example("progressive", tmp_path)

    def twice(case):
        case["datasets"].append({**dataset(case, "untreated-people"), "id": "others"})

    edit_case(folder, twice)
    edit_plan(
        folder,
        lambda plan: plan["analyses"].append(
            {"id": "named", "analysis": "history.survival", "inputs": {"people": "others"}}
        ),
    )
    tasks, problems = tasks_of(folder)
    assert not problems
    survival = {task.id: task for task in tasks if task.analysis.name == "history.survival"}
    assert set(survival) == {"named", "history.survival/untreated-people"}
    assert survival["named"].datasets["people"][0].id == "others"
    assert all(task.planned is Planned.NOT_APPLICABLE for task in survival.values())


def test_two_datasets_for_one_role_are_not_chosen_between(tmp_path):
    folder = copy_example("progressive", tmp_path)
    edit_case(
        folder,
        lambda case: case["datasets"].append({**dataset(case, "untreated-people"), "id": "others"}),
    )
    edit_plan(
        folder,
        lambda plan: plan.update(
            analyses=[{"id": "any", "analysis": "history.survival"}], success=[]
        ),
    )
    tasks, _ = tasks_of(folder)
    task = next(task for task in tasks if task.id == "any")
    assert task.missing == (
        "the plan to say which of untreated-people, others plays the role 'people'",
    )


def test_a_role_that_nothing_plays_says_what_it_needs(tmp_path, monkeypatch):
    need = Need(role="series", kinds=("course-series", "course-summary"))
    register(monkeypatch, made("made.needs", needs=(need,), by_itself=False))
    folder = copy_example("episodic", tmp_path)
    edit_plan(
        folder,
        lambda plan: plan["analyses"].append({"id": "made", "analysis": "made.needs"}),
    )
    tasks, problems = tasks_of(folder)
    assert not problems
    task = next(task for task in tasks if task.id == "made")
    assert task.missing == ("a dataset of kind course-series or course-summary",)
    assert task.planned is Planned.POST_HOC


def test_an_absent_file_is_named_as_what_is_missing(tmp_path):
    folder = copy_example("progressive", tmp_path)
    (folder / "data/history/people.csv").unlink()
    tasks, _ = tasks_of(folder)
    task = next(task for task in tasks if task.id == "history.survival/untreated-people")
    assert task.missing == ("the declared file data/history/people.csv, which is not there",)
