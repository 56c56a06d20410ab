"""Several endpoints and goals as analyses of the plan: findings, directions, refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, edit_case, edit_plan, shown, survey
from ultrarare.case.finding import Direction, Finding
from ultrarare.effect.target_trial import DOMAINS
from ultrarare.effect.wording import blocked_words

FULL = {domain: {"both": "told", "alike": "yes"} for domain in DOMAINS}
ENDPOINTS = [
    {"column": "alive", "event": "died", "name": "death", "improves": "higher"},
    {"column": "walk", "baseline": "walk0", "improves": "higher", "relevant_difference": 30},
    {"column": "pain", "improves": "lower", "relevant_difference": 1},
]
HEAD = "person,alive,died,walk,walk0,pain"
OWN = ["T1,40,0,310,250,1", "T2,39,0,281,242,0", "T3,38,0,300,247,2", "T4,41,0,280,251,1"]
OTHER = [f"C{i},{10 + 2 * i},{int(i % 3 > 0)},{200 + 3 * i},{210 + 2 * i},{3 + i % 4}"
         for i in range(13)]  # fmt: skip


def table(arm: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"arm-{arm}", "kind": "outcome-table", "origin": "measured", "arm": arm,
        "file": f"data/{arm}.csv", "endpoints": ENDPOINTS, "population": f"{arm} children",
        "tier": "same-subtype", "era": "2015 to 2024", **more,
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """Four treated people, better in everything, and thirteen untreated ones."""
    folder = copy_example("progressive", tmp_path)
    write(folder, "treated", [HEAD, *OWN])
    write(folder, "control", [HEAD, *OTHER])
    tier = json.loads(json.dumps("same-subtype"))

    def change(case: Any) -> None:
        known = next(d["tier"] for d in case["datasets"] if "tier" in d)
        case["datasets"] += [table("treated", tier=known or tier), table("control", tier=known)]

    edit_case(folder, change)
    planned(folder, trial=FULL)
    return folder


def write(folder: Path, name: str, lines: list[str]) -> None:
    (folder / f"data/{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")


def planned(folder: Path, *, goals: bool = False, **parameters: Any) -> None:
    inputs = {"treated": "arm-treated", "control": "arm-control"}
    if goals:
        inputs["goals"] = "own-goals"

    def change(plan: Any) -> None:
        plan["analyses"] = [
            {"id": "many", "analysis": "effect.endpoints", "inputs": inputs,
             "parameters": parameters}
        ]  # fmt: skip
        plan["success"] = []

    edit_plan(folder, change)


def found(folder: Path) -> Mapping[str, Finding]:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {f.id.split("/")[-1]: f for f in analysed.findings if f.id.startswith("many/")}


def test_people_better_in_everything_support_where_comparable(folder):
    finding = found(folder)["endpoints"]

    assert finding.direction is Direction.SUPPORTS, finding
    assert finding.kind == "course.endpoints"
    assert finding.attributes["p_value"] == finding.attributes["floor"]
    assert finding.attributes["treated"] == 4
    assert finding.estimate is not None
    assert finding.estimate.value == finding.attributes["net_benefit"]
    assert "supports a better course" in finding.statement
    assert [row["endpoint"] for row in finding.details["gatekeeping"]] == ["death", "walk", "pain"]
    json.dumps(finding.details, allow_nan=False)


def test_without_a_target_trial_nothing_is_supported_and_no_strong_word_is_printed(folder):
    planned(folder)
    both = found(folder)

    assert both["endpoints"].direction is Direction.INCONCLUSIVE
    assert both["endpoints"].attributes["comparability"] == "cannot be judged"
    assert not blocked_words(both["endpoints"].statement)
    assert both["target-trial"].attributes["missing"] == len(DOMAINS)


def test_people_worse_in_everything_contradict(folder):
    worse = [f"T{i},{1 + i},1,{150 + i},{250 + i},{9 + i}" for i in range(4)]
    write(folder, "treated", [HEAD, *worse])
    planned(folder, trial=FULL, test="win")
    # death early is no shorter follow-up: the longest times still differ, so nothing is claimed
    finding = found(folder)["endpoints"]
    assert finding.attributes["net_benefit"] == -1
    assert finding.attributes["win_ratio"] == 0
    assert finding.direction is Direction.INCONCLUSIVE
    write(folder, "treated", [HEAD, *worse[:-1], "T9,30,1,150,250,9"])
    assert found(folder)["endpoints"].direction is Direction.CONTRADICTS


def test_a_person_is_named_by_a_number_only(folder):
    text = json.dumps(found(folder)["endpoints"].details)
    assert "treated 1" in text
    assert '"T1"' not in text


def test_values_known_in_one_arm_only_leave_comparability_open(folder):
    write(folder, "treated", [HEAD, *(row.rsplit(",", 1)[0] + "," for row in OWN[:3]), OWN[3]])
    finding = found(folder)["endpoints"]
    assert finding.attributes["comparability"] == "cannot be judged"
    assert any("missing as often" in caveat for caveat in finding.caveats)


@pytest.mark.parametrize(
    ("name", "lines", "said"),
    [
        ("control", [HEAD, "T1,1,1,1,1,1", *OTHER], "in both arms"),
        ("treated", [HEAD, *OWN, OWN[0]], "stands 2 times"),
        ("treated", [HEAD, "T1,5,,1,1,1"], "no died"),
        ("treated", [HEAD, "T1,-5,1,1,1,1"], "negative"),
        ("treated", ["person,alive,died,walk,walk0", "T1,5,1,1,1"], "no column 'pain'"),
    ],
)
def test_a_wrong_table_is_a_problem_with_its_place(folder, name, lines, said):
    write(folder, name, lines)
    _, problems = survey(folder)
    assert said in shown(problems)
    assert f"data/{name}.csv" in shown(problems)


def test_two_lists_of_endpoints_are_refused(folder):
    edit_case(folder, lambda case: case["datasets"][-1].update(endpoints=ENDPOINTS[:1]))
    _, problems = survey(folder)
    assert "one list for both" in shown(problems)


def test_a_graph_of_another_size_is_refused(folder):
    planned(folder, gatekeeping={"procedure": "fallback", "weights": [0.5, 0.5]})
    _, problems = survey(folder)
    assert "2 weights for 3 endpoints" in shown(problems)
    planned(folder, gatekeeping={"procedure": "graph", "weights": [1, 0, 0]})
    _, problems = survey(folder)
    assert "without a transition" in shown(problems)


def goals(folder: Path, rows: list[str], **more: Any) -> None:
    write(folder, "goals", ["person,goal,weight,baseline,level", *rows])
    edit_case(
        folder,
        lambda case: case["datasets"].append(
            {"id": "own-goals", "kind": "goals", "origin": "measured", "file": "data/goals.csv",
             "population": "treated children", **more}
        ),
    )  # fmt: skip
    planned(folder, goals=True, trial=FULL)


MOVED = [f"T{i},goal {k},1,-1,{1 + (i + k) % 2}" for i in range(6) for k in range(2)]
FAIR = {"agreed": "before treatment", "rated": "blinded"}


def test_goals_reached_never_support_by_themselves_since_a_bad_moment_would_do(folder):
    goals(folder, MOVED, **FAIR)
    finding = found(folder)["goals"]
    assert finding.direction is Direction.INCONCLUSIVE
    assert any("bad moment" in caveat for caveat in finding.caveats)
    assert finding.attributes["p_value"] == finding.attributes["floor"] == 2 / 2**6
    edit_case(folder, lambda case: case["datasets"][-1].update(rated="open"))
    finding = found(folder)["goals"]
    assert finding.direction is Direction.INCONCLUSIVE
    assert any("not know of it" in caveat for caveat in finding.caveats)


def test_goals_that_got_worse_contradict(folder):
    goals(folder, [f"T{i},goal,1,0,-1" for i in range(6)], **FAIR)
    assert found(folder)["goals"].direction is Direction.CONTRADICTS


def test_one_persons_goals_are_described_and_an_unknown_level_gives_bounds(folder):
    goals(folder, ["T1,walk,2,-1,1", "T1,talk,1,-1,"], **FAIR)
    finding = found(folder)["goals"]
    assert finding.direction is Direction.DESCRIBES
    assert finding.attributes["score"] is None
    low, high = finding.details["mean"]
    assert low < high
    json.dumps(finding.details, allow_nan=False)


def test_goals_without_a_baseline_have_no_test_of_change(folder):
    goals(folder, ["T1,walk,1,,1", "T2,talk,1,,0"], **FAIR)
    finding = found(folder)["goals"]
    assert finding.details["change_test"] is None
    assert any("no baseline" in caveat for caveat in finding.caveats)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["T1,walk,1,0,3"], "between -2 and 2"),
        (["T1,walk,0,0,1"], "above 0"),
        (["T1,walk,1,0,1", "T1,walk,1,0,2"], "stands on line 2 too"),
    ],
)
def test_a_wrong_goal_is_a_problem(folder, rows, said):
    goals(folder, rows)
    _, problems = survey(folder)
    assert said in shown(problems)


def test_goals_stand_alone_as_an_analysis_of_their_own(folder):
    goals(folder, MOVED, **FAIR)

    def change(plan: Any) -> None:
        plan["analyses"] = [
            {"id": "many", "analysis": "effect.goal-attainment", "inputs": {"goals": "own-goals"}}
        ]
        plan["success"] = []

    edit_plan(folder, change)
    assert list(found(folder)) == ["goals"]
