"""Published values held against each other: when they disagree, and that units are minded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import copy_example, edit_case, findings_of, survey
from ultrarare.case.finding import Estimate
from ultrarare.history.literature import disagree


def value(number: float | None, *limits: float) -> Estimate:
    lower, upper = limits or (None, None)
    return Estimate(value=number, lower=lower, upper=upper)


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (value(0.5), value(0.36, 0.21, 0.5), True),  # on the limit is not inside
        (value(0.49), value(0.36, 0.21, 0.5), False),
        (value(0.2), value(0.36, 0.21, 0.5), True),
        (value(0.36), value(0.5), True),
        (value(0.5), value(0.5), False),
        (value(0.3, 0.2, 0.4), value(0.36, 0.21, 0.5), False),
        (value(0.3, 0.25, 0.35), value(0.5, 0.2, 0.8), False),
        (value(0.3, 0.25, 0.35), value(0.5, 0.4, 0.6), True),
        (value(None), value(0.5), False),
    ],
)
def test_two_published_values_disagree_when_neither_lies_inside_the_other(a, b, answer):
    assert disagree(a, b) is answer
    assert disagree(b, a) is answer


def held(folder: Any, estimate: dict[str, Any]) -> Any:
    def change(case: Any) -> None:
        for item in case["statements"]:
            if item["id"] == "mortality-introduction":
                item["estimate"] = estimate

    edit_case(folder, change)
    return folder


def test_percent_and_fraction_are_one_measure(tmp_path):
    folder = held(copy_example("kabe", tmp_path), {"value": 40, "unit": "%"})
    finding = findings_of(folder)["history.literature-conflict/literature-1"]
    assert finding.attributes["agree"] is True


def test_units_that_measure_different_things_are_an_error_with_its_statement(tmp_path):
    folder = held(copy_example("kabe", tmp_path), {"value": 40, "unit": "d"})
    _, problems = survey(folder)
    (problem,) = problems
    assert "mortality" in problem.where
    assert "or one that converts to it is allowed" in problem.problem


def test_one_value_alone_is_no_conflict_and_no_agreement(tmp_path):
    folder = copy_example("kabe", tmp_path)
    edit_case(
        folder,
        lambda case: case.update(
            statements=[s for s in case["statements"] if s["id"] != "mortality-introduction"]
        ),
    )
    assert not [key for key in findings_of(folder) if key.startswith("history.literature-conflict")]
