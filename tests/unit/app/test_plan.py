"""Locking a plan: once, by name, with the old lock kept when it is replaced."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, edit_yaml, fill, replace_text
from ultrarare.app.check import check_case
from ultrarare.app.new import new_case
from ultrarare.app.plan import PlanState, lock_plan, show_plan
from ultrarare.case.finding import Planned
from ultrarare.errors import InputError, InputErrors, NotFound

NOW = datetime(2024, 5, 21, 8, tzinfo=UTC)


def lock(folder: Path, **changes: Any) -> PlanState:
    wanted: dict[str, Any] = {
        "name": "made signer",
        "now": NOW,
        "day_of_life": None,
        "replace": False,
        **changes,
    }
    return lock_plan(folder, **wanted)


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


def test_a_second_lock_is_refused_and_the_first_one_stays(folder):
    before = (folder / "plan.lock").read_bytes()
    with pytest.raises(InputError) as caught:
        lock(folder)
    assert caught.value.problem == "a lock is there already"
    assert "--replace" in caught.value.remedy
    assert (folder / "plan.lock").read_bytes() == before


def test_a_replaced_lock_is_kept_beside_the_new_one(folder):
    first = (folder / "plan.lock").read_bytes()
    lock(folder, replace=True)
    second = (folder / "plan.lock").read_bytes()
    lock(folder, replace=True, name="another signer")
    assert (folder / "plan.lock.1").read_bytes() == first
    assert (folder / "plan.lock.2").read_bytes() == second
    assert json.loads((folder / "plan.lock").read_bytes())["locked_by"] == "another signer"
    assert not list(folder.glob("*.writing"))


def test_a_changed_plan_can_be_locked_anew(folder):
    edit_yaml(folder / "plan.yaml", lambda plan: plan.update(note="changed"))
    with pytest.raises(InputErrors, match="does not match"):
        show_plan(folder)
    state = lock(folder, replace=True)
    assert state.state.planned is Planned.LOCKED
    assert show_plan(folder).state == state.state


def test_a_lock_that_is_none_can_be_replaced(folder):
    (folder / "plan.lock").write_text("{", "utf-8")
    assert lock(folder, replace=True).state.planned is Planned.LOCKED


def test_a_folder_with_problems_is_not_locked(folder):
    replace_text(folder / "plan.yaml", "improves: higher", "improves: upwards")
    before = (folder / "plan.lock").read_bytes()
    with pytest.raises(InputErrors) as caught:
        lock(folder, replace=True)
    assert [p.where for p in caught.value.problems] == ["plan.yaml:9 endpoints[0].improves"]
    assert (folder / "plan.lock").read_bytes() == before


def test_a_case_without_a_plan_has_nothing_to_lock(folder):
    (folder / "plan.yaml").unlink()
    (folder / "plan.lock").unlink()
    with pytest.raises(NotFound, match="holds no plan to lock"):
        lock(folder)
    assert not (folder / "plan.lock").exists()


def test_the_skeletons_plan_can_be_locked(tmp_path):
    new_case(tmp_path / "case")
    fill(tmp_path / "case")
    state = lock(tmp_path / "case", day_of_life="12")
    assert state.state.planned is Planned.LOCKED
    written = json.loads((tmp_path / "case" / "plan.lock").read_bytes())
    assert (written["locked_at"], written["day_of_life"]) == ("2024-05-21T08:00:00Z", "12")


def test_how_a_plan_stands_is_told_in_words_and_as_json(folder):
    state = show_plan(folder)
    assert state.summary() == (
        "made signer locked the plan at 2024-05-20, before the first dose (2024-06-03).\n"
        "  motor-score-own-control: effect.own-control (locked)\n"
        "  motor-score-external: effect.external-control (locked)"
    )
    told = state.to_json()
    assert (told["planned"], told["before_first_dose"]) == ("locked", True)
    assert told["lock"]["schema"] == "ultrarare/lock/1"
    assert json.loads(json.dumps(told)) == told


def test_a_plan_that_cannot_run_is_not_locked(folder):
    before = (folder / "plan.lock").read_bytes()

    def wrong(plan):
        first, second = plan["analyses"]
        plan["analyses"].append({**first, "id": "typo", "analysis": "effect.sensitivty"})
        first["parameters"]["levl"] = 0.9
        second["inputs"]["patient"] = "motor-score"
        plan["success"][0]["field"] = "p"

    edit_yaml(folder / "plan.yaml", wrong)
    with pytest.raises(InputErrors) as caught:
        lock(folder, replace=True)
    found = "\n".join(str(problem) for problem in caught.value.problems)
    assert "names 'effect.sensitivty'; registered analyses:" in found
    assert "parameters.levl" in found
    assert "inputs.patient" in found
    assert "has no field 'p'" in found
    assert (folder / "plan.lock").read_bytes() == before
    assert not (folder / "plan.lock.1").exists()


def test_a_comparison_without_a_criterion_is_warned_of_while_it_can_be_mended(folder):
    edit_yaml(folder / "plan.yaml", lambda plan: plan["success"].pop())
    state = lock(folder, replace=True)
    (warning,) = state.to_json()["warnings"]
    assert warning.startswith("plan.yaml: motor-score-external has no success criterion")
    assert state.summary().endswith(warning)
    assert check_case(folder).summary()[-1] == warning


def test_an_analysis_that_describes_needs_no_criterion(folder):
    def more(plan):
        inputs = {"series": "motor-score", "history": "untreated-visits"}
        plan["analyses"].append(
            {"id": "sens", "analysis": "effect.sensitivity", "endpoint": "motor-score",
             "inputs": inputs}
        )  # fmt: skip

    edit_yaml(folder / "plan.yaml", more)
    assert lock(folder, replace=True).to_json()["warnings"] == []


def test_a_case_on_days_of_life_is_not_locked_without_the_day(tmp_path):
    kabe = copy_example("kabe", tmp_path)
    with pytest.raises(InputError) as caught:
        lock(kabe)
    assert "--day-of-life 190" in caught.value.remedy
    assert not (kabe / "plan.lock").exists()
    assert lock(kabe, day_of_life="190").state.planned is Planned.LOCKED
