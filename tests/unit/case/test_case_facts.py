"""What a case says of itself: the control of its plan, and whether the patient was of age."""

from __future__ import annotations

import shutil

import pytest
import yaml

from ultrarare.app.examples import example_folder
from ultrarare.case.facts import case_facts
from ultrarare.case.folder import read_case
from ultrarare.case.plan import Plan, PlannedAnalysis


def facts(folder):
    return {f.id: f for f in case_facts(folder)}


@pytest.mark.parametrize(
    ("names", "design"),
    [
        (["effect.own-control"], "own control"),
        (["effect.external-control"], "external control"),
        (["effect.episodes", "effect.survival"], "own and external control"),
        (["effect.borrowing"], "bayesian"),
        (["effect.course-summary"], None),
        ([], None),
    ],
)
def test_the_control_is_what_the_planned_analyses_have(names, design):
    from dataclasses import replace

    plan = Plan(
        schema="ultrarare/plan/1",
        analyses=tuple(PlannedAnalysis(id=f"a{k}", analysis=name) for k, name in enumerate(names)),
    )
    got = facts(replace(read_case(example_folder("kabe")), plan=plan)).get("plan/control")
    assert (None if got is None else got.attributes["design"]) == design


@pytest.mark.parametrize(
    ("day", "adult"), [("208", False), ("7000", True), ("~6570", None), (">200", None)]
)
def test_of_age_is_computed_from_the_first_dose_and_unknown_stays_so(tmp_path, day, adult):
    case = tmp_path / "case"
    shutil.copytree(example_folder("kabe"), case)
    (case / "data/course/timeline.csv").write_text(f"time,event,kind\n{day},dose 1,dose\n")
    got = facts(read_case(case)).get("case/adult")
    assert (None if got is None else got.attributes["adult"]) is adult


def test_without_a_dose_nothing_is_said(tmp_path):
    case = tmp_path / "case"
    shutil.copytree(example_folder("kabe"), case)
    document = yaml.safe_load((case / "case.yaml").read_text())
    document["datasets"] = [d for d in document["datasets"] if d["kind"] != "timeline"]
    (case / "case.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    assert "case/adult" not in facts(read_case(case))
