"""The single-case analysis of the plan: numbers, and a verdict only where the start was drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, edit_plan, shown, survey
from ultrarare.case.finding import Direction, Finding
from ultrarare.stats.single_case import single_case

DOSE = "2024-06-03"


@pytest.fixture
def folder(tmp_path):
    return copy_example("no-benefit", tmp_path)


def course(folder: Path, step: float) -> list[tuple[str, float]]:
    """Monthly values of 2023 and 2024, with a step after the first dose."""
    rows = []
    for year in (2023, 2024, 2025):
        for month in range(1, 13):
            day = f"{year}-{month:02d}-03"
            rows.append((day, 60 + (year * month * 7) % 5 + (step if day > DOSE else 0)))
    text = "\n".join(["time,value", *(f"{day},{value}" for day, value in rows)])
    (folder / "data/course/motor-score.csv").write_text(text + "\n", "utf-8")
    return rows


def planned(folder: Path, **parameters: Any) -> None:
    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "series",
                "analysis": "effect.single-case",
                "endpoint": "motor-score",
                "inputs": {"series": "motor-score"},
                "parameters": parameters,
            }
        ]
        plan["success"] = []

    edit_plan(folder, change)


def found(folder: Path) -> Finding:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return next(f for f in analysed.findings if f.id == "series/single-case")


STARTS = [
    *(f"2023-{m:02d}-20" for m in range(2, 13)),
    *(f"2024-{m:02d}-20" for m in range(1, 13) if m != 6),  # the dose lies in that gap
    DOSE,
    *(f"2025-{m:02d}-20" for m in range(1, 11)),
]


def test_without_a_drawn_start_the_numbers_describe_and_nothing_is_supported(folder):
    rows = course(folder, 20)
    planned(folder)
    finding = found(folder)
    phases = ["A" if day <= DOSE else "B" for day, _ in rows]
    by_hand = single_case(phases, range(len(rows)), [y for _, y in rows]).overlap

    assert finding.direction is Direction.DESCRIBES
    assert finding.attributes["nap"] == pytest.approx(by_hand.nap)
    assert finding.attributes["tau"] == pytest.approx(by_hand.tau)
    assert finding.attributes["p_value"] is None
    assert any("not drawn by lot" in caveat for caveat in finding.caveats)
    assert any("o untreated course" in caveat for caveat in finding.caveats)
    json.dumps(finding.details, allow_nan=False)


def test_a_drawn_start_with_a_step_supports_and_lists_every_start(folder):
    course(folder, 20)
    planned(folder, possible_starts=STARTS, alpha=0.05)
    finding = found(folder)

    assert finding.direction is Direction.SUPPORTS
    assert finding.attributes["p_value"] == pytest.approx(1 / len(STARTS))
    assert sum(row["drawn"] for row in finding.details["starts"]) == 1


def test_a_drawn_start_with_a_fall_contradicts(folder):
    course(folder, -20)
    planned(folder, possible_starts=STARTS, alpha=0.05)
    finding = found(folder)

    assert finding.direction is Direction.CONTRADICTS
    assert "harmful" not in finding.statement


def test_too_few_starts_show_nothing_and_say_why(folder):
    course(folder, 20)
    planned(folder, possible_starts=["2024-03-20", DOSE, "2024-09-20"])
    finding = found(folder)

    assert finding.direction is Direction.INCONCLUSIVE
    assert "allow no p below 0.33" in finding.statement


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        (["2024-03-20", "2024-09-20"], "not among the possible starts"),
        ([DOSE, "soon"], "possible_starts"),
        ([DOSE, "208"], "one day on this case's clock"),
    ],
)
def test_starts_that_cannot_be_are_errors(folder, starts, message):
    course(folder, 20)
    planned(folder, possible_starts=starts)
    _, problems = survey(folder)

    assert any(message in shown((problem,)) for problem in problems)
