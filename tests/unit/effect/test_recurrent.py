"""Recurrent events as an analysis of the plan: findings, directions, what blocks them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.factories import copy_example, dataset, edit_case, edit_plan, shown, survey
from tests.made_recurrent import made
from ultrarare.app.assess import assess
from ultrarare.app.statistics.recurrent import compare_recurrent_tables
from ultrarare.case.finding import Direction, Finding
from ultrarare.case.folder import read_case
from ultrarare.effect.recurrent import RecurrentParameters
from ultrarare.effect.recurrent import shown as conclusion_of
from ultrarare.effect.recurrent_records import MOST_LANES
from ultrarare.effect.target_trial import DOMAINS
from ultrarare.stats.recurrent.compare import compare_recurrent

FULL = {domain: {"both": "told", "alike": "yes"} for domain in DOMAINS}
Person = tuple[str, float, int]  # name, years followed, events in them


def untreated(n: int = 30, events: int = 6) -> list[Person]:
    return [(f"u{i}", 3 + (i % 4) / 4, events - 1 + i % 3) for i in range(n)]


def treated(n: int = 8, events: int = 1) -> list[Person]:
    return [(f"T{i}", 3 + (i % 3) / 3, events if i % 2 else 0) for i in range(n)]


def write(folder: Path, side: str, people: Iterable[Person], *, unit: float = 1) -> None:
    rng = np.random.default_rng(4)
    events, spans = ["person,time"], ["person,start,stop"]
    for name, time, count in people:
        spans.append(f"{name},0,{time * unit}")
        events += [f"{name},{t * unit:.6f}" for t in sorted(rng.uniform(0.1, time, count))]
    (folder / f"data/{side}.csv").write_text("\n".join(events) + "\n", "utf-8")
    (folder / f"data/{side}-follow-up.csv").write_text("\n".join(spans) + "\n", "utf-8")


@pytest.fixture
def folder(tmp_path):
    """Thirty untreated people with about two crises a year, eight treated ones with few."""
    folder = copy_example("episodic", tmp_path)
    write(folder, "untreated", untreated())
    write(folder, "treated", treated())
    same = {"origin": "measured", "episode": "metabolic crises", "time_unit": "a"}

    def change(case: Any) -> None:
        own = [each for each in case["datasets"] if not each["kind"].startswith("cohort-")]
        case["datasets"] = [
            *own,
            {**same, "id": "treated", "kind": "treated-episodes", "file": "data/treated.csv",
             "follow_up": "data/treated-follow-up.csv", "population": "eight treated children"},
            {**same, "id": "untreated", "kind": "cohort-episodes", "file": "data/untreated.csv",
             "follow_up": "data/untreated-follow-up.csv", "population": "a made registry",
             "tier": "same gene", "era": "2010-2020"},
        ]  # fmt: skip

    edit_case(folder, change)
    planned(folder)
    return folder


def planned(folder: Path, **changes: Any) -> None:
    parameters = {"model": "negative-binomial", "entered_on": "nobody", "trial": FULL, **changes}

    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "again",
                "analysis": "effect.recurrent",
                "endpoint": "crises",
                "inputs": {"treated": "treated", "episodes": "untreated"},
                "parameters": {k: v for k, v in parameters.items() if v is not None},
            }
        ]
        plan["success"] = []

    edit_plan(folder, change)


def found(folder: Path) -> Mapping[str, Finding]:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {f.id.removeprefix("again/"): f for f in analysed.findings if f.id.startswith("again/")}


def recurrent(folder: Path) -> Finding:
    return found(folder)["recurrent"]


def p_of(finding: Finding) -> float:
    value = finding.attributes["p_value"]
    assert isinstance(value, float)
    return value


def test_eight_with_few_events_support_where_comparable_and_numbers_are_the_command_s(folder):
    finding = recurrent(folder)

    assert finding.direction is Direction.SUPPORTS
    assert finding.estimate is not None
    assert finding.estimate.value is not None
    assert finding.estimate.upper is not None
    assert finding.estimate.upper < 1
    assert p_of(finding) <= 0.05
    assert finding.attributes["rate_ratio"] == finding.estimate.value
    assert (finding.attributes["treated"], finding.attributes["untreated"]) == (8, 30)
    for name in ("treated", "untreated"):
        assert finding.details["curves"][name == "untreated"]["group"] == name
    assert "by the planned model (negative binomial); all models" in finding.statement
    json.dumps(finding.details, allow_nan=False)
    both = folder / "events.csv", folder / "spans.csv"
    for path, part in zip(both, ("", "-follow-up"), strict=True):
        lines = [
            [*(folder / f"data/{side}{part}.csv").read_text("utf-8").splitlines()]
            for side in ("treated", "untreated")
        ]
        tail = [",new", ",old"] if part else ["", ""]
        head = lines[0][0] + (",group" if part else "")
        rows = [row + t for side, t in zip(lines, tail, strict=True) for row in side[1:]]
        path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    command = compare_recurrent_tables(*both, treated="new").to_json()
    named = {row["model"]: row for row in finding.details["models"]}
    for name, row in command["models"].items():
        assert named[name]["log_rate_ratio"] == pytest.approx(row["log_rate_ratio"], rel=1e-9)
    assert finding.details["permutation"] == command["permutation"]


def test_without_a_planned_model_the_spread_is_told_and_nothing_is_supported(folder):
    planned(folder, model=None)
    finding = recurrent(folder)

    assert finding.direction is Direction.INCONCLUSIVE
    assert finding.estimate is None
    assert finding.attributes.get("rate_ratio") is None
    assert "no model was planned, and their rate ratios run from" in finding.statement
    assert not any(row["primary"] for row in finding.details["models"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trial": {}}, "16 of 16 domains are missing"),
        ({"entered_on": None}, "nobody said whether a number of events decided on entry"),
        ({"entered_on": "treated"}, "the treated alone had to have a number of events to enter"),
        ({"fewest_people": 31}, "fewer than 31 untreated people"),
        ({"fewest_events": 900}, "fewer than 900 events among the untreated"),
    ],
)
def test_what_leaves_comparability_open_leaves_the_result_open(folder, changes, reason):
    planned(folder, **changes)
    both = found(folder)

    assert both["recurrent"].direction is Direction.INCONCLUSIVE
    assert "supports nothing" in both["recurrent"].statement
    assert reason in both["target-trial"].statement


def test_treated_people_who_were_observed_longer_support_nothing(folder):
    write(folder, "treated", [(name, 1.3 * time, n) for name, time, n in treated()])
    both = found(folder)

    assert both["recurrent"].direction is Direction.INCONCLUSIVE
    assert "times as long as untreated ones" in both["target-trial"].statement


def test_an_interval_without_one_is_not_enough_where_the_relabelling_does_not_hold(folder):
    """Untreated people differ widely, and three treated ones happen to be quiet alike."""
    spread = [(f"u{i}", 3.0, 9 if i % 3 == 0 else i % 2 + 1) for i in range(30)]
    write(folder, "untreated", spread)
    write(folder, "treated", [(f"T{i}", 3, 1) for i in range(3)])
    planned(folder, model="poisson")
    finding = recurrent(folder)

    assert finding.estimate is not None
    assert finding.estimate.upper is not None
    assert finding.estimate.upper < 1
    assert p_of(finding) > 0.05
    assert finding.direction is Direction.INCONCLUSIVE
    assert any("3 treated people" in text for text in finding.caveats)


@pytest.mark.parametrize(
    ("ratio", "limit", "agrees", "says"),
    [
        (0.1, "upper", -0.2, "better"),
        (0.1, "upper", 0.1, "not shown"),
        (0.1, "upper", None, "better"),
        (6.0, "lower", 0.2, "worse"),
        (6.0, "lower", -0.1, "not shown"),
    ],
)
def test_the_planned_model_has_to_agree_with_the_relabelling(ratio, limit, agrees, says):
    result = compare_recurrent(made(3, treated=12, untreated=12, ratio=ratio, shape=9))
    assert result.relabelling.p_two_sided <= 0.05
    model = replace(result.poisson, **{limit: agrees})

    parameters = RecurrentParameters(model="poisson")
    assert conclusion_of(replace(result, poisson=model), parameters) == says


def test_one_treated_person_cannot_show_improvement_and_is_told_so(folder):
    write(folder, "treated", [("T1", 3, 0)])
    write(folder, "untreated", untreated(12))
    finding = recurrent(folder)

    assert finding.direction is Direction.INCONCLUSIVE
    assert finding.details["design_floor"] == pytest.approx(1 / 13)
    assert any("cannot show improvement" in text for text in finding.caveats)


def test_no_event_among_the_treated_rests_on_the_relabelling_alone(folder):
    write(folder, "treated", treated(events=0))
    finding = recurrent(folder)

    assert finding.direction is Direction.SUPPORTS
    assert finding.estimate is not None
    assert finding.estimate.value is None
    assert "has no rate ratio" in finding.statement or "no model has" in finding.statement
    assert any("no event in the treated group" in text for text in finding.caveats)


def test_many_more_events_contradict(folder):
    write(folder, "treated", treated(events=24) + [(f"M{i}", 3, 20) for i in range(8)])
    finding = recurrent(folder)

    assert finding.direction is Direction.CONTRADICTS
    assert "worse course" in finding.statement


def test_the_planned_direction_halves_the_p_and_not_the_rule(folder):
    two_sided = recurrent(folder)
    planned(folder, alternative="better")
    one_sided = recurrent(folder)

    assert one_sided.attributes["p_value"] == two_sided.attributes["p_benefit"]
    assert one_sided.direction is Direction.SUPPORTS


def test_times_of_the_treated_are_brought_to_the_unit_of_the_untreated(folder):
    years = recurrent(folder)
    write(folder, "treated", treated(), unit=12)
    edit_case(folder, lambda case: dataset(case, "treated").update(time_unit="mo"))
    months = recurrent(folder)

    assert months.estimate is not None
    assert years.estimate is not None
    assert months.estimate.value == pytest.approx(years.estimate.value, rel=1e-6)
    assert months.details["lanes"][0]["spans"][0][1] == pytest.approx(
        years.details["lanes"][0]["spans"][0][1]
    )


def test_the_chart_names_nobody_and_counts_whom_it_leaves_out(folder):
    write(folder, "untreated", untreated(90))
    details = recurrent(folder).details

    assert len(details["lanes"]) == MOST_LANES
    assert details["lanes_left_out"] == 98 - MOST_LANES
    assert {lane["label"].split()[0] for lane in details["lanes"]} == {"treated", "untreated"}
    shown_times = [lane["spans"][-1][1] for lane in details["lanes"] if lane["kind"] != "treated"]
    assert min(shown_times) == 3.0
    assert max(shown_times) == 3.75


def test_other_events_an_unknown_group_and_a_person_on_both_sides_are_errors(folder):
    planned(folder, group="z")
    assert "no group 'z'" in shown(survey(folder)[1])
    planned(folder)
    write(folder, "treated", [("u1", 3, 0)])
    assert "'u1' is among the treated and among the untreated" in shown(survey(folder)[1])
    edit_case(folder, lambda case: dataset(case, "treated").update(episode="seizures"))
    assert "allowed is the same for both" in shown(survey(folder)[1])


def test_improvement_can_be_carried_by_recurrent_events(folder):
    """Not locked anew, so the plan is post hoc and the verdict is partly."""
    case = read_case(folder)
    got = assess(case, guidance=["fda-pmf-draft-2026-02"]).assessment
    (row,) = [r for r in got.guidance[0].requirements if r.id == "EL-5"]

    assert "again/recurrent" in row.findings
    assert row.verdict.value == "partly supported"
