"""The borrowing analysis of the plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, edit_case, edit_plan, shown, survey
from ultrarare.case.finding import Direction, Finding
from ultrarare.effect.target_trial import DOMAINS
from ultrarare.effect.wording import blocked_words

FULL = {domain: {"both": "told", "alike": "yes"} for domain in DOMAINS}
HISTORY = "group,n,mean,sd\na,30,40,6\nb,25,41,6\nc,40,39,6\n"


@pytest.fixture
def folder(tmp_path):
    return copy_example("no-benefit", tmp_path)


def groups(
    folder: Path, *, treated: float, control: float | None = 40, unit: str | None = None
) -> None:
    texts = {"history": HISTORY, "treated": f"group,n,mean\nx,8,{treated}\n"}
    if control is not None:
        texts["control"] = f"group,n,mean\nnow,8,{control}\n"
    for arm, text in texts.items():
        (folder / f"data/history/borrow-{arm}.csv").write_text(text, "utf-8")

    def change(case: Any) -> None:
        case["datasets"] += [
            {
                "id": f"borrow-{arm}", "kind": "group-summaries", "origin": "made", "arm": arm,
                "file": f"data/history/borrow-{arm}.csv", "scale": "normal",
                "measure": "motor score", "unit": unit or endpoint_unit(folder),
                "population": "same gene", "tier": "same gene", "era": arm,
            }
            for arm in texts
        ]  # fmt: skip

    edit_case(folder, change)


def endpoint_unit(folder: Path) -> str:
    found: list[str] = []
    edit_plan(folder, lambda plan: found.append(plan["endpoints"][0]["unit"]))
    return found[0]


def planned(folder: Path, **parameters: Any) -> None:
    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "lent",
                "analysis": "effect.borrowing",
                "endpoint": "motor-score",
                "parameters": parameters,
            }
        ]
        plan["success"] = []

    edit_plan(folder, change)


def found(folder: Path) -> Finding:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return next(f for f in analysed.findings if f.id == "lent/borrowing")


def test_a_comparable_difference_supports_with_its_weight_size_and_conflict(folder):
    groups(folder, treated=60)
    planned(folder, trial=FULL)
    finding = found(folder)

    assert finding.kind == "course.borrowing"
    assert finding.direction is Direction.SUPPORTS
    assert finding.estimate is not None
    assert finding.estimate.value == pytest.approx(20, abs=1.5)
    assert finding.attributes["p_benefit"] > 0.99  # type: ignore[operator]
    assert 0 < finding.attributes["weight"] < 1  # type: ignore[operator]
    assert finding.attributes["prior_ess"] > 1  # type: ignore[operator]
    assert finding.attributes["conflict_p"] > 0.5  # type: ignore[operator]
    assert finding.n == 8
    assert len(finding.details["methods"]) == 7
    assert {"shift", "value", "lower", "upper"} <= set(finding.details["curve"][0])
    assert any("era" in c or "was seen in" in c for c in finding.caveats)
    json.dumps(finding.details, allow_nan=False)


def test_without_a_target_trial_nothing_is_supported(folder):
    groups(folder, treated=60)
    planned(folder)
    finding = found(folder)

    assert finding.direction is Direction.INCONCLUSIVE
    assert finding.attributes["comparability"] == "cannot be judged"
    assert not blocked_words(finding.statement)


def test_a_worse_mean_contradicts_and_an_unclear_one_is_inconclusive(tmp_path):
    for value, expected in ((20, Direction.CONTRADICTS), (43, Direction.INCONCLUSIVE)):
        folder = copy_example("no-benefit", tmp_path / str(value))
        groups(folder, treated=value)
        planned(folder, trial=FULL)
        assert found(folder).direction is expected


def test_a_difference_below_the_relevant_one_contradicts(folder):
    groups(folder, treated=34.5)
    planned(folder, trial=FULL)
    finding = found(folder)

    assert finding.direction is Direction.CONTRADICTS
    assert "is excluded" in finding.statement or "worse" in finding.statement


def test_without_a_current_control_the_answer_rests_on_exchangeability(folder):
    groups(folder, treated=60, control=None)
    planned(folder, trial=FULL, method="commensurate")
    finding = found(folder)

    assert finding.attributes["conflict_p"] is None
    assert any("o current control" in c for c in finding.caveats)
    assert "commensurate prior" in finding.statement


def test_a_control_unlike_the_history_supports_nothing(folder):
    groups(folder, treated=90, control=75)
    planned(folder, trial=FULL, tau_scale=0.5)
    finding = found(folder)

    assert finding.attributes["comparability"] == "not supported"
    assert finding.direction is Direction.INCONCLUSIVE


def test_another_unit_than_the_endpoint_s_is_an_error(folder):
    groups(folder, treated=60, unit="kg")
    planned(folder)
    _, problems = survey(folder)
    assert problems
