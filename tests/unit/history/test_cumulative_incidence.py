"""Causes of ends, and survival from an age on, as findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, edit_plan, shown, survey

PEOPLE = """person,entry,exit,event,cause,ending
a,0,3,1,lung,event
b,0,5,0,transplant,competing
c,0,6,0,,alive
d,2,7,1,lung,event
e,0,8,1,heart,event
f,1,9,0,,alive
"""


@pytest.fixture
def folder(tmp_path):
    folder = copy_example("progressive", tmp_path)
    (folder / "data/history/people.csv").write_text(PEOPLE, "utf-8")
    return folder


def planned(folder: Path, analysis: str, **parameters: Any) -> dict[str, Any]:
    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "ends",
                "analysis": analysis,
                "inputs": {"people": "untreated-people"},
                "parameters": parameters,
            }
        ]
        plan["success"] = []

    edit_plan(folder, change)
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {f.id.removeprefix("ends/"): f for f in analysed.findings if f.id.startswith("ends/")}


def test_each_cause_has_a_finding_and_they_share_the_ends(folder):
    found = planned(folder, "history.cumulative-incidence")

    assert set(found) == {"incidence-heart", "incidence-lung", "incidence-transplant"}
    last = {name: finding.estimate.value for name, finding in found.items()}
    # At risk: 6 at 3, 5 at 5, 3 at 7, 2 at 8.
    assert last["incidence-lung"] == pytest.approx(1 / 6 + 5 / 6 * 4 / 5 * 1 / 3)
    assert last["incidence-transplant"] == pytest.approx(5 / 6 * 1 / 5)
    assert last["incidence-heart"] == pytest.approx(5 / 6 * 4 / 5 * 2 / 3 * 1 / 2)
    assert found["incidence-lung"].details["value"][-1] == last["incidence-lung"]


def test_survival_can_be_asked_for_from_an_age_on(folder):
    found = planned(folder, "history.survival", given_age=6)["survival"]

    assert found.details["curve"]["start"] == 6
    assert found.attributes == {"people": 3, "events": 2}
    assert found.details["curve"]["survival"] == pytest.approx([2 / 3, 1 / 3])
