"""The external-control analysis of the plan: findings, directions and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.factories import copy_example, edit_case, edit_plan, shown, survey
from ultrarare.case.finding import Direction, Finding
from ultrarare.effect.target_trial import DOMAINS

FULL = {domain: {"both": "told", "alike": "yes"} for domain in DOMAINS}


def table(path: Path, arm: str, n: int, effect: float) -> None:
    rng = np.random.default_rng(len(arm))
    rows = ["person,score,onset"]
    for i in range(n):
        onset = rng.normal(3)
        rows.append(f"{arm}{i},{onset + rng.normal() + effect:.4f},{onset:.4f}")
    path.write_text("\n".join(rows) + "\n", "utf-8")


@pytest.fixture
def folder(tmp_path):
    return with_arms(copy_example("no-benefit", tmp_path), effect=6)


def with_arms(folder: Path, *, effect: float) -> Path:
    table(folder / "data/history/treated.csv", "treated", 4, effect)
    table(folder / "data/history/control.csv", "control", 40, 0)
    base = {
        "kind": "comparison-table",
        "origin": "published",
        "outcome": "score",
        "unit": "{score}",
        "covariates": ["onset"],
        "tier": "same gene",
    }
    arms = [
        {**base, "id": f"arm-{arm}", "arm": arm, "file": f"data/history/{arm}.csv",
         "population": f"{arm} people"}
        for arm in ("treated", "control")
    ]  # fmt: skip
    edit_case(folder, lambda case: case["datasets"].extend(arms))
    planned(folder, trial=FULL)
    return folder


def planned(folder: Path, **parameters: Any) -> None:
    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "outside",
                "analysis": "effect.external-control",
                "endpoint": "motor-score",
                "parameters": parameters,
            }
        ]
        plan["success"] = []

    edit_plan(folder, change)


def found(folder: Path) -> Mapping[str, Finding]:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {
        f.id.removeprefix("outside/"): f for f in analysed.findings if f.id.startswith("outside/")
    }


def test_a_comparable_comparison_supports_with_its_floor_and_every_method(folder):
    finding = found(folder)["external-control"]

    assert finding.direction is Direction.SUPPORTS
    assert finding.estimate is not None
    assert finding.estimate.value == pytest.approx(6, abs=1.5)
    assert finding.attributes["comparability"] == "supported"
    assert finding.attributes["treated"] == 4
    floor = finding.attributes["floor"]
    assert isinstance(floor, float)
    assert 0 < floor <= finding.attributes["p_value"]  # type: ignore[operator]
    assert len(finding.details["methods"]) == 7
    assert {row["adjustment"] for row in finding.details["balance"]} >= {"none", "matched"}
    json.dumps(finding.details, allow_nan=False)


def test_without_a_target_trial_nothing_is_supported_and_every_domain_is_missing(folder):
    planned(folder)
    both = found(folder)

    assert both["external-control"].direction is Direction.INCONCLUSIVE
    assert "supports nothing" in both["external-control"].statement
    assert both["target-trial"].attributes["missing"] == len(DOMAINS)
    assert {d["treated"] for d in both["target-trial"].details["domains"]} == {"missing"}


def test_a_worse_course_contradicts_only_where_comparable(tmp_path):
    folder = with_arms(copy_example("no-benefit", tmp_path), effect=-6)
    assert found(folder)["external-control"].direction is Direction.CONTRADICTS

    planned(
        folder, trial={**FULL, "outcome_definition": {"both": "x", "alike": "no", "reason": "y"}}
    )
    finding = found(folder)["external-control"]
    assert finding.direction is Direction.INCONCLUSIVE
    assert "harmful" not in finding.statement
    assert finding.attributes["comparability"] == "not supported"


def test_an_effect_below_the_relevant_size_contradicts(tmp_path):
    folder = with_arms(copy_example("no-benefit", tmp_path), effect=0)
    finding = found(folder)["external-control"]

    assert finding.direction is Direction.CONTRADICTS
    assert "an improvement of 5 is excluded" in finding.statement


def test_covariates_far_apart_refute_comparability(folder):
    path = folder / "data/history/treated.csv"
    rows = path.read_text("utf-8").splitlines()
    moved = [f"{p},{s},{float(o) + 1.5:.4f}" for p, s, o in (r.split(",") for r in rows[1:])]
    path.write_text("\n".join([rows[0], *moved]) + "\n", "utf-8")
    planned(folder, trial=FULL, method="rank", caliper=None)

    finding = found(folder)["external-control"]
    assert finding.attributes["comparability"] == "not supported"
    assert finding.direction is Direction.INCONCLUSIVE


def test_tables_of_two_units_or_two_outcomes_are_an_error(folder):
    edit_case(folder, lambda case: case["datasets"][-1].update(outcome="onset", covariates=[]))
    _, problems = survey(folder)
    assert "allowed is one for both" in shown(problems)


def test_an_unknown_domain_of_the_trial_is_an_error(folder):
    planned(folder, trial={"eligibilty": {"both": "x"}})
    _, problems = survey(folder)
    assert "eligibilty" in shown(problems)


def test_without_an_endpoint_the_direction_is_not_known(folder):
    edit_plan(folder, lambda plan: plan["analyses"][0].pop("endpoint"))
    _, problems = survey(folder)
    assert "which direction is better" in shown(problems)
