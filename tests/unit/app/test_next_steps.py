"""What next: gaps by phase, evidence against what is at hand, questions by meeting."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ultrarare.app.assess import assess_case
from ultrarare.app.examples import example_folder
from ultrarare.app.next_steps import next_files, steps_of
from ultrarare.case.case import Phase
from ultrarare.case.work import State, Task, Work, read_work
from ultrarare.cli.main import app
from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.meeting import Meeting


@pytest.fixture(scope="module")
def assessment():
    return assess_case(example_folder("kabe")).assessment


@pytest.fixture(scope="module")
def work():
    return read_work(example_folder("kabe") / "work.yaml")


def task(name, **more):
    return Task(id=name, name=name, phase=Phase.CMC, weeks=1, **more)


def made(*tasks):
    return Work(schema="ultrarare/work/1", title="made", source="made", tasks=tasks)


def test_the_template_reaches_the_dose_in_six_months_along_the_batch(assessment, work):
    steps = steps_of(assessment, work)
    assert steps.course is not None
    path = [one.id for one in steps.course.placed if one.slack == 0]
    assert steps.course.end == 26
    assert path == ["diagnosis", "cells", "screen", "batch", "application", "review", "dose"]
    assert steps.course.quantiles[0] > 26  # several paths meet, so the likely end is early


def test_every_gap_stands_once_in_the_phase_it_is_due(assessment):
    found = steps_of(assessment, None).gaps_by_phase()
    assert sorted(id(gap) for _, some in found for gap in some) == sorted(
        id(gap) for gap in assessment.gaps
    )
    for phase, some in found:
        assert {gap.due for gap in some} == {phase.value}
        assert [gap.blocks for gap in some] == sorted((gap.blocks for gap in some), reverse=True)


def test_work_that_is_said_to_be_done_and_gave_nothing_is_doubted(assessment):
    steps = steps_of(
        assessment,
        made(
            task("lot", gives=("quality.product",), state=State.OBTAINED),
            task("name", gives=("variant.identity",), state=State.OBTAINED),
            task("later", gives=("quality.product",)),
        ),
    )
    assert [one.doubt for one in steps.evidence] == [
        "said to be obtained, and no finding is at hand of quality.product", None, None,
    ]  # fmt: skip
    assert "CM-01" in steps.evidence[0].closes
    assert "CM-01" not in steps.unplanned_rows
    assert "RP-03" in steps.unplanned_rows


def test_questions_fall_to_the_meeting_and_none_is_lost(assessment):
    early = steps_of(assessment, None, meeting=Meeting.INTERACT).agenda
    later = steps_of(assessment, None, meeting=Meeting.TYPE_B).agenda
    due = {gap.requirement: gap.due for gap in assessment.gaps}
    asked = [one.requirement for one in early.questions]
    assert {due[one] for one in asked} <= {"discovery", "nonclinical", "cmc"}
    whole = [one.requirement for one in later.questions] + list(later.left_out)
    assert sorted(whole) == sorted({gap.requirement for gap in assessment.gaps})
    assert len(later.questions) == 10
    narrow = steps_of(assessment, None, meeting=Meeting.TYPE_D).agenda
    assert len(narrow.questions) == 2
    chosen = steps_of(assessment, None, meeting=Meeting.TYPE_D, rows=["EL-4", "CM-01"]).agenda
    assert [one.requirement for one in chosen.questions] == ["EL-4", "CM-01"]


def test_a_question_carries_its_row_its_tag_and_a_dispute_comes_first(assessment):
    agenda = steps_of(assessment, None, meeting=Meeting.TYPE_B).agenda
    rows = {(one.id, row.id): row for one in assessment.guidance for row in one.requirements}
    open_first = [
        one.dispute is not None
        or rows[one.guidance, one.requirement].verdict is Verdict.NEEDS_JUDGEMENT
        for one in agenda.questions
    ]
    assert open_first == sorted(open_first, reverse=True)
    disputes = [one.dispute for one in agenda.questions if one.dispute is not None]
    assert len(set(disputes)) == len(disputes) > 3
    for one in agenda.questions:
        assert one.tag == rows[one.guidance, one.requirement].tag
        assert one.question.endswith("?")


def test_page_and_data_are_written_and_say_the_same(tmp_path, assessment, work):
    found = CliRunner().invoke(
        app,
        ["next", str(example_folder("kabe")), "--work", str(example_folder("kabe") / "work.yaml"),
         "--out", str(tmp_path / "out"), "--json"],
    )  # fmt: skip
    assert found.exit_code == 0
    told = json.loads(found.stdout)
    assert told == json.loads((tmp_path / "out/next.json").read_text("utf-8"))
    page = (tmp_path / "out/next.html").read_text("utf-8")
    assert "Off-target nomination and confirmation" in page
    for one in told["questions"]:
        assert one["requirement"] in page
    assert next_files(steps_of(assessment, work))["next.html"].decode() == page
