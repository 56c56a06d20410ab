"""Courses known by medians and quartiles: described, never tested; and intercurrent events."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import copy_example, edit_case, edit_plan, findings_of, survey
from ultrarare.case.finding import Direction

ID = "effect.course-summary/ammonia/summary"


@pytest.fixture
def folder(tmp_path):
    return copy_example("kabe", tmp_path)


def write(folder: Path, text: str) -> None:
    (folder / "data/course/ammonia.csv").write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "period,median,q1,q3\nbefore dose 1,9,14,48\nbefore dose 1,9,9,19\nafter,9,9,8\n",
            [
                "ammonia.csv:2: found q1 14, median 9, q3 48; allowed is q1 ≤ median ≤ q3",
                "ammonia.csv:4: found q1 9, median 9, q3 8",
                "ammonia.csv:3 period: 'before dose 1' stands twice",
            ],
        ),
        (
            "period,median,q1,q3\nbefore,23,14,48\n",
            ["has no period 'before dose 1', which is the declared baseline"],
        ),
        (
            "period,median,q1,q3,n\nbefore dose 1,23,14,48,0\n",
            ["allowed is a count of at least 1"],
        ),
        ("period,median,q1,q3,n\nbefore dose 1,23,14,48,x\n", ["allowed is a whole number"]),
    ],
)
def test_a_summary_that_cannot_be_is_an_error(folder, text, expected):
    write(folder, text)
    _, problems = survey(folder)
    assert len(problems) == len(expected)
    for problem, words in zip(problems, expected, strict=True):
        assert words in str(problem)


def test_a_printed_n_is_carried_and_an_empty_one_is_not_a_zero(folder):
    write(folder, "period,median,q1,q3,n\nbefore dose 1,23,14,48,\nafter,13,9,28,12\n")
    finding = findings_of(folder)[ID]
    assert (finding.n, finding.n_unit) == (12, "measurements in the last period")
    assert [period["n"] for period in finding.details["periods"]] == [None, 12]
    assert any("is not printed" in caveat for caveat in finding.caveats)
    assert finding.direction is Direction.DESCRIBES


def test_medians_that_turn_are_a_caveat(folder):
    write(folder, "period,median,q1,q3,n\nbefore dose 1,23,14,48,5\nafter,13,9,28,5\n")
    assert not any("one direction" in caveat for caveat in findings_of(folder)[ID].caveats)
    write(folder, "period,median,q1,q3,n\nbefore dose 1,23,14,48,5\na,13,9,28,5\nb,14,9,28,5\n")
    assert any("one direction" in caveat for caveat in findings_of(folder)[ID].caveats)


def test_without_a_first_dose_no_event_is_intercurrent(folder):
    edit_case(
        folder,
        lambda case: case.update(
            datasets=[item for item in case["datasets"] if item["id"] != "timeline"]
        ),
    )
    assert not [key for key in findings_of(folder) if key.startswith("effect.intercurrent")]


def test_intercurrent_events_without_a_planned_strategy_say_so(folder):
    edit_plan(folder, lambda plan: plan["endpoints"][0].pop("estimand"))
    finding = findings_of(folder)["effect.intercurrent/intercurrent"]
    assert finding.attributes["with_strategy"] is False
    assert "names no strategy" in finding.caveats[0]
    assert finding.n == 5
