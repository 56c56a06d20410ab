"""The survival of one or a few as an analysis of the plan: findings, directions, refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, edit_case, edit_plan, shown, survey
from ultrarare.case.finding import Direction, Finding
from ultrarare.effect.target_trial import DOMAINS

FULL = {domain: {"both": "told", "alike": "yes"} for domain in DOMAINS}
SMALL = "person,entry,exit,event\n" + "\n".join(
    f"u{i},0,{i},{int(i % 5 > 0)}" for i in range(1, 31)
)


@pytest.fixture
def folder(tmp_path):
    """Thirty untreated people in years, four treated ones who live on."""
    folder = copy_example("progressive", tmp_path)
    (folder / "data/history/people.csv").write_text(SMALL + "\n", "utf-8")
    treated(folder, ["T1,1,28,0", "T2,2,27,0", "T3,1,29,0", "T4,3,28,0"])
    edit_case(
        folder,
        lambda case: case["datasets"].append(
            {
                "id": "treated", "kind": "treated-people", "origin": "measured",
                "file": "data/history/treated.csv", "endpoint": "death",
                "population": "four treated children", "time_unit": "a",
            }
        ),
    )  # fmt: skip
    planned(folder, trial=FULL)
    return folder


def treated(folder: Path, rows: list[str], head: str = "person,entry,exit,event") -> None:
    text = "\n".join([head, *rows]) + "\n"
    (folder / "data/history/treated.csv").write_text(text, "utf-8")


def planned(folder: Path, *, inputs: Any = None, **parameters: Any) -> None:
    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "alive",
                "analysis": "effect.survival",
                "inputs": {"people": "untreated-people", "treated": "treated"}
                if inputs is None
                else inputs,
                "parameters": parameters,
            }
        ]
        plan["success"] = []

    edit_plan(folder, change)


def found(folder: Path) -> Mapping[str, Finding]:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {f.id.removeprefix("alive/"): f for f in analysed.findings if f.id.startswith("alive/")}


def test_four_who_outlive_the_untreated_support_where_comparable(folder):
    finding = found(folder)["survival"]

    assert finding.direction is Direction.SUPPORTS
    assert finding.attributes["treated"] == 4
    assert finding.attributes["observed"] == 0
    assert finding.attributes["p_value"] == finding.attributes["floor"]
    assert finding.estimate is not None
    assert finding.estimate.value == 0
    assert finding.estimate.upper is not None
    assert finding.estimate.upper < 1
    assert "0 events were observed" in finding.statement
    assert [row["person"] for row in finding.details["treated"]][:2] == ["treated 1", "treated 2"]
    json.dumps(finding.details, allow_nan=False)


def test_without_a_target_trial_nothing_is_supported(folder):
    planned(folder)
    both = found(folder)

    assert both["survival"].direction is Direction.INCONCLUSIVE
    assert "supports nothing" in both["survival"].statement
    assert both["target-trial"].attributes["missing"] == len(DOMAINS)
    assert "harmful" not in both["survival"].statement


def test_early_deaths_contradict(folder):
    treated(
        folder,
        [f"T{i},{i / 10},{1 + i / 10},1,{3 + i / 10}" for i in range(6)],
        "person,entry,exit,event,until",
    )
    finding = found(folder)["survival"]

    assert finding.direction is Direction.CONTRADICTS
    assert "worse course" in finding.statement


def test_few_untreated_events_leave_the_comparison_open(folder):
    rows = [f"u{i},0,{i},{int(i < 3)}" for i in range(1, 31)]
    (folder / "data/history/people.csv").write_text(
        "\n".join(["person,entry,exit,event", *rows]) + "\n", "utf-8"
    )
    both = found(folder)

    assert both["survival"].direction is Direction.INCONCLUSIVE
    assert "fewer than 3 events" in both["target-trial"].statement


def test_the_patient_alone_is_followed_from_the_first_dose_to_when_last_seen(folder):
    planned(folder, inputs={"people": "untreated-people"}, trial=FULL)
    edit_case(folder, lambda case: case["datasets"].pop())
    finding = found(folder)["survival"]

    assert finding.attributes["treated"] == 1
    assert finding.direction is Direction.INCONCLUSIVE
    (row,) = finding.details["treated"]
    assert row["person"] == "patient"
    assert 0 < row["entry"] < row["exit"]
    assert finding.details["patient"]["time"] == row["exit"]
    assert any("counts as free of it" in text for text in finding.caveats)
    assert any("cannot show improvement" in text for text in finding.caveats)


def test_two_endpoints_are_not_compared(folder):
    edit_case(folder, lambda case: case["datasets"][-1].update(endpoint="ventilation"))
    _, problems = survey(folder)

    assert "allowed is one endpoint for both" in shown(problems)


def test_ages_of_the_treated_are_brought_to_the_unit_of_the_untreated(folder):
    years = found(folder)["survival"].attributes["p_value"]
    treated(folder, [f"T{i},{e * 12},{x * 12},0" for i, e, x in
                     ((1, 1, 28), (2, 2, 27), (3, 1, 29), (4, 3, 28))])  # fmt: skip
    edit_case(folder, lambda case: case["datasets"][-1].update(time_unit="mo"))

    assert found(folder)["survival"].attributes["p_value"] == pytest.approx(years)


def test_a_published_curve_stands_in_and_says_so(folder):
    text = "time,survival\n5,0.9\n10,0.6\n20,0.3\n29,0.1\n"
    (folder / "data/history/curve.csv").write_text(text, "utf-8")
    edit_case(
        folder,
        lambda case: case["datasets"].append(
            {
                "id": "curve", "kind": "published-survival", "origin": "published",
                "file": "data/history/curve.csv", "endpoint": "death", "people": 50,
                "population": "a published series", "tier": "same gene", "time_unit": "a",
                "sources": ["made"],
            }
        ),
    )  # fmt: skip
    planned(folder, inputs={"people": "curve", "treated": "treated"}, trial=FULL)

    finding = found(folder)["survival"]
    assert finding.details["published"] is True
    assert finding.details["people"] == 50
    assert any("read from a publication" in text for text in finding.caveats)


def test_an_unknown_domain_or_group_is_an_error(folder):
    planned(folder, trial={"eligibilty": {"both": "x"}})
    assert "eligibilty" in shown(survey(folder)[1])
    planned(folder, group="z")
    assert "no group 'z'" in shown(survey(folder)[1])
