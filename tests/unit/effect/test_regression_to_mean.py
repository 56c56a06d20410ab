"""The regression analysis of the plan: one verdict, a finding a route, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.factories import copy_example, edit_case, edit_plan, shown, survey
from ultrarare.case.finding import Direction, Finding

ROUTES = (
    "design", "natural-history", "likelihood", "formula", "population-mean", "simulation",
)  # fmt: skip
POPULATION = {"mean": 60, "between_sd": 10, "within_sd": 5, "people": 60, "source": "made"}


@pytest.fixture
def folder(tmp_path):
    return copy_example("no-benefit", tmp_path)


def course(folder: Path, before: list[str], after: list[str]) -> None:
    """Values a quarter apart on both sides of the first dose, 2024-06-03."""
    days = [f"2023-{m:02d}-01" for m in (3, 6, 9, 12)][: len(before)]
    days += [f"2024-{m:02d}-01" for m in (9, 10, 11, 12)][: len(after)]
    rows = [f"{day},{value}" for day, value in zip(days, [*before, *after], strict=True)]
    (folder / "data/course/motor-score.csv").write_text(
        "\n".join(["time,value", *rows]) + "\n", "utf-8"
    )


def cohort(folder: Path, *, levels: float = 10, below: bool = False) -> None:
    """150 untreated people without drift, around 60, within sd 5."""
    rng = np.random.default_rng(4)
    rows = ["person,time,value"]
    for i in range(150):
        level = 60 + levels * rng.normal()
        rows += [f"u{i},{5 + j / 2},{max(1.0, level + 5 * rng.normal()):.2f}" for j in range(6)]
    if below:
        rows[5] = "u0,7,<20"
    (folder / "data/history/visits.csv").write_text("\n".join(rows) + "\n", "utf-8")


def planned(folder: Path, **parameters: Any) -> None:
    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "regression",
                "analysis": "effect.regression-to-mean",
                "endpoint": "motor-score",
                "inputs": {"series": "motor-score", "history": "untreated-visits"},
                "parameters": {"threshold": 50, "to_days_after_dose": 550, **parameters},
            }
        ]
        plan["success"] = []

    edit_plan(folder, change)
    edit_case(folder, lambda case: case["disease"].update(course="static"))


def found(folder: Path) -> Mapping[str, Finding]:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {
        f.id.removeprefix("regression/"): f
        for f in analysed.findings
        if f.id.startswith("regression/")
    }


def test_a_large_change_is_supported_by_every_route_that_can_be_computed(folder):
    course(folder, ["44", "47", "46", "48"], ["85", "88", "86", "87"])
    cohort(folder)
    planned(folder)
    findings = found(folder)

    verdict = findings["regression-to-mean"]
    assert verdict.kind == "course.regression-to-mean"
    assert verdict.direction is Direction.SUPPORTS
    assert verdict.attributes["verdict"] == "excluded"
    assert {f"route-{name}" for name in ROUTES} <= set(findings)
    for name in ROUTES:
        assert findings[f"route-{name}"].attributes["verdict"] == "excluded", name
        assert findings[f"route-{name}"].direction is Direction.DESCRIBES
    assert len(verdict.details["methods"]) == len(ROUTES)
    json.dumps(verdict.details, allow_nan=False)


def test_a_change_that_regression_explains_is_not_supported(folder):
    course(folder, ["44"], ["54", "52", "53", "55"])
    cohort(folder)
    planned(folder)
    findings = found(folder)

    assert findings["regression-to-mean"].direction is Direction.INCONCLUSIVE
    assert findings["route-design"].direction is Direction.NOT_COMPUTABLE
    assert "two are needed" in findings["route-design"].statement
    assert not any(word in findings["regression-to-mean"].statement
                   for word in ("effective", "harmful"))  # fmt: skip


def test_a_published_population_serves_where_no_cohort_does(folder):
    course(folder, ["44", "46"], ["85", "88", "86"])
    planned(folder, population=POPULATION)
    findings = found(folder)

    assert findings["regression-to-mean"].direction is Direction.SUPPORTS
    assert findings["route-natural-history"].direction is Direction.NOT_COMPUTABLE
    assert any("as published (made)" in c for c in findings["regression-to-mean"].caveats)


def test_a_progressive_course_is_no_course_for_a_published_mean_and_carries_a_caveat(folder):
    course(folder, ["44", "46"], ["85", "88", "86"])
    cohort(folder)
    planned(folder)
    edit_case(folder, lambda case: case["disease"].update(course="progressive"))
    assert any("drift as the same" in c for c in found(folder)["regression-to-mean"].caveats)

    planned(folder, population=POPULATION)
    edit_case(folder, lambda case: case["disease"].update(course="progressive"))
    assert any("describe a stable course" in f.statement for f in found(folder).values())


def test_a_patient_who_never_met_the_rule_is_not_judged(folder):
    course(folder, ["64", "66"], ["85", "88"])
    cohort(folder)
    planned(folder)
    analysed, problems = survey(folder)

    assert not problems
    told = [f for f in analysed.findings if f.direction is Direction.NOT_COMPUTABLE]
    assert any("did not decide on treatment" in f.statement for f in told)


def test_values_that_are_not_exact_are_told_on_both_sides(folder):
    course(folder, ["44", "<46"], ["85", "88", "86"])
    cohort(folder, below=True)
    planned(folder)
    caveats = " ".join(found(folder)["regression-to-mean"].caveats)

    assert "1 values are not exact" in caveats
    assert "1 values of untreated people are not exact" in caveats


def test_the_plan_s_open_window_and_the_values_left_out_are_told(folder):
    course(folder, ["44", "46"], ["85", "88", "86"])
    cohort(folder)
    planned(folder, to_days_after_dose=None)
    assert any("fixes no end" in c for c in found(folder)["regression-to-mean"].caveats)

    planned(folder, to_days_after_dose=150)
    assert any("left out" in c for c in found(folder)["regression-to-mean"].caveats)


def test_another_unit_than_the_endpoint_s_is_an_error(folder):
    course(folder, ["44", "46"], ["85", "88", "86"])
    cohort(folder)
    planned(folder)

    def change(plan: Any) -> None:
        plan["endpoints"][0]["unit"] = "%"

    edit_plan(folder, change)
    _, problems = survey(folder)
    assert problems


def test_without_the_rule_by_which_the_patient_was_chosen_nothing_is_computed(folder):
    course(folder, ["44", "46"], ["85", "88", "86"])
    cohort(folder)
    planned(folder, threshold=None)
    analysed, problems = survey(folder)

    assert not problems
    told = [f for f in analysed.findings if f.direction is Direction.NOT_COMPUTABLE]
    assert any("gives no threshold" in f.statement for f in told)
