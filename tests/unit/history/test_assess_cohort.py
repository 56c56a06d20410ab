"""The analysis history.adequacy: a finding for each cohort, on the planned endpoint's scale."""

from __future__ import annotations

import pytest

from tests.factories import copy_example, dataset, edit_case, edit_plan, shown, survey
from ultrarare.case.finding import Direction, Finding
from ultrarare.history.grade import DOMAINS


def found(folder) -> dict[str, Finding]:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {f.id: f for f in analysed.findings if f.id.startswith("history.adequacy/")}


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


def test_every_side_has_a_grade_and_a_reason_and_there_is_no_sum(folder):
    finding = found(folder)["history.adequacy/untreated-visits/adequacy"]
    sides = finding.details["domains"]
    assert [side["domain"] for side in sides] == list(DOMAINS)
    assert all(side["grade"] and side["reason"] for side in sides)
    assert finding.direction is Direction.DESCRIBES
    assert {key for key in finding.attributes if not key.startswith("grade_")} == {
        "people", "person_time",
    }  # fmt: skip


def test_what_is_declared_of_a_cohort_is_judged(folder):
    edit_case(
        folder,
        lambda case: dataset(case, "untreated-visits").update(
            collected="case reports", era="2001-2019", floor=0, ceiling=100
        ),
    )
    grades = found(folder)["history.adequacy/untreated-visits/adequacy"].attributes
    assert grades["grade_ascertainment"] == "inadequate"
    assert grades["grade_floor_ceiling"] != "cannot be judged"


def test_spontaneous_improvement_is_counted_on_the_endpoint_s_difference(folder):
    name = "history.adequacy/untreated-visits/spontaneous-improvement"
    rare = found(folder)[name]
    edit_plan(
        folder, lambda plan: plan["endpoints"][0].update(relevant_difference=1e-9, improves="lower")
    )
    often = found(folder)[name]
    assert rare.attributes["improved"] == 0
    assert rare.estimate is not None
    assert rare.estimate.upper == pytest.approx(1 - 0.05 ** (1 / 60))
    assert int(often.attributes["improved"] or 0) > 0
    assert often.direction is not Direction.SUPPORTS


def test_without_a_relevant_difference_improvement_is_not_counted(folder):
    def change(plan):
        plan["endpoints"][0].pop("relevant_difference")
        plan["endpoints"][0].pop("relevant_difference_reason", None)

    edit_plan(folder, change)
    names = found(folder)
    assert "history.adequacy/untreated-visits/spontaneous-improvement" not in names
    side = names["history.adequacy/untreated-visits/adequacy"]
    assert side.attributes["grade_spontaneous_improvement"] == "cannot be judged"
