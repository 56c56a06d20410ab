"""The sensitivity analysis of the plan: what is told, against what was observed, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.factories import copy_example, edit_case, edit_plan, shown, survey
from ultrarare.case.finding import Direction
from ultrarare.effect.sensitivity_course import missed_visits

ROWS = {
    "untreated-slope", "untreated-level", "clock", "assessment", "e-value",
}  # fmt: skip
BETTER = ["62", "61", "63", "62", "64", "63"]
WINDOW = {"course": "progressive", "from_days_after_dose": 90, "to_days_after_dose": 550}


@pytest.fixture
def folder(tmp_path):
    return copy_example("no-benefit", tmp_path)


def after(folder: Path, values: list[str]) -> None:
    path = folder / "data/course/motor-score.csv"
    rows = path.read_text("utf-8").splitlines()
    kept = [row for row in rows[1:] if row < "2024-06"]
    days = ["2024-09-02", "2024-12-02", "2025-03-03", "2025-06-02", "2025-09-01", "2025-12-01"]
    new = [f"{day},{value}" for day, value in zip(days, values, strict=False)]
    path.write_text("\n".join([rows[0], *kept, *new]) + "\n", "utf-8")


def other_cohort(folder: Path, name: str, *, slope: float, tier: str, people: int = 25) -> None:
    rng = np.random.default_rng(len(name))
    rows = ["person,time,value"]
    for i in range(people):
        level, own = 95 + 4 * rng.normal(), slope + 0.7 * rng.normal()
        rows += [f"p{i},{t},{level + own * t + 2 * rng.normal():.2f}" for t in range(3, 11)]
    (folder / f"data/history/{name}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    edit_case(
        folder,
        lambda case: case["datasets"].append(
            {
                "id": name, "kind": "cohort-visits", "origin": "made",
                "file": f"data/history/{name}.csv", "measure": "motor score", "unit": "{score}",
                "population": "made people elsewhere", "tier": tier, "time_unit": "a",
            }
        ),
    )  # fmt: skip


def planned(folder: Path, *, own: bool = False, **parameters: Any) -> None:
    def change(plan: Any) -> None:
        plan["analyses"] = [
            {
                "id": "doubt",
                "analysis": "effect.sensitivity",
                "endpoint": "motor-score",
                "inputs": {"series": "motor-score", "history": "untreated-visits"},
                "parameters": {**WINDOW, **parameters},
                "seed": 5,
            },
        ]
        if own:
            first = plan["analyses"][0]
            plan["analyses"].append(
                {**first, "id": "own", "analysis": "effect.own-control", "parameters": WINDOW}
            )
        plan["success"] = []

    edit_plan(folder, change)


def found(folder: Path) -> Mapping[str, Any]:
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    return {f.id: f for f in analysed.findings if f.id.startswith(("doubt/", "own/"))}


def test_a_shown_benefit_is_told_with_the_slope_at_which_it_turns(folder):
    after(folder, BETTER)
    planned(folder)
    findings = found(folder)
    main = findings["doubt/sensitivity"]

    assert main.kind == "course.sensitivity"
    assert main.direction is Direction.DESCRIBES
    assert main.attributes["shows"] == "better"
    assert main.attributes["tipping"] > 0
    assert main.attributes["observed_scale"] is None
    assert "nothing observed says" in main.statement
    assert {f"doubt/{name}" for name in ROWS} <= set(findings)
    json.dumps(main.details, allow_nan=False)


def test_the_contrast_is_the_one_of_own_control(folder):
    after(folder, BETTER)
    planned(folder, own=True)
    findings = found(folder)
    here, there = findings["doubt/sensitivity"].estimate, findings["own/own-control"].estimate

    assert here is not None
    assert there is not None
    assert here.value == pytest.approx(there.value, rel=1e-9)
    assert (here.lower, here.upper) == pytest.approx((there.lower, there.upper), rel=1e-9)


def test_no_shown_benefit_leaves_nothing_to_turn(folder):
    planned(folder)
    findings = found(folder)
    main = findings["doubt/sensitivity"]

    assert main.attributes["shows"] == "none"
    assert main.attributes["tipping"] is None
    assert main.attributes["e_value"] is None
    assert "no conclusion to turn" in main.statement


def test_other_cohorts_give_the_scale_and_are_left_out_one_by_one(folder):
    after(folder, BETTER)
    other_cohort(folder, "north", slope=-4.5, tier="same variant")
    other_cohort(folder, "south", slope=-2.0, tier="pathway")
    planned(folder)
    findings = found(folder)
    main = findings["doubt/sensitivity"]

    assert main.attributes["observed_scale"] > 0
    assert main.attributes["flips_at"] == pytest.approx(
        abs(main.attributes["tipping"]) / main.attributes["observed_scale"]
    )
    low, high = main.details["tipping"]["observed"]
    assert low < high
    labels = [row["label"] for row in main.details["estimates"]]
    assert labels[0] == "as planned"
    assert main.details["estimates"][0]["primary"]
    assert {"all cohorts together", "without south (pathway)", "north (same variant) alone",
            "without north (same variant)"} <= set(labels)  # fmt: skip
    assert "doubt/leave-one-cohort-out" in findings


def test_the_data_of_the_figures_draw(folder):
    from ultrarare.draw.estimates import MethodEstimate, estimates
    from ultrarare.draw.tipping import Shifted, tipping

    after(folder, BETTER)
    other_cohort(folder, "north", slope=-4.5, tier="same variant")
    planned(folder)
    details = found(folder)["doubt/sensitivity"].details
    data = details["tipping"]
    drawn = tipping(
        [Shifted(**row) for row in data["curve"]],
        assumption=data["assumption"], outcome=data["outcome"], unit=data["unit"],
        null=data["null"], tips_at=data["tips_at"], observed=tuple(data["observed"]),
        observed_words=data["observed_words"],
    )  # fmt: skip
    assert f"changes at {data['tips_at']:.3g}" in drawn.description
    rows = [MethodEstimate(**row) for row in details["estimates"]]
    assert "as planned" in estimates(
        quantity=data["outcome"], unit=data["unit"], rows=rows, null=0
    ).description  # fmt: skip


def test_a_published_sd_between_registries_serves_as_the_scale(folder):
    after(folder, BETTER)
    planned(folder, observed={"slope": {"between_sd": 0.8, "source": "made registry report"}})
    main = found(folder)["doubt/sensitivity"]

    assert main.attributes["observed_scale"] == 0.8
    assert "made registry report" in main.statement
    assert any("was given" in c for c in main.caveats)


def test_missed_visits_are_told_at_their_worst(folder):
    after(folder, BETTER[:4])
    planned(folder, planned_days=[91, 182, 273, 364, 455, 546], lowest=0, highest=100)
    findings = found(folder)
    main = findings["doubt/sensitivity"]

    assert main.details["missing"]["missed"] == 2
    assert main.details["missing"]["worst"]["value"] == 0
    row = findings["doubt/missing-visits"]
    assert row.attributes["tipping"] is not None
    assert "2 missed visits" in row.statement

    planned(folder, planned_days=[91, 182, 273, 364, 455, 546])
    row = found(folder)["doubt/missing-visits"]
    assert any("No floor or no ceiling" in c for c in row.caveats)


def test_no_missed_visit_gives_no_row_for_them(folder):
    after(folder, BETTER)
    planned(folder, planned_days=[91, 182, 273, 364, 455, 546])
    assert "doubt/missing-visits" not in found(folder)


def test_a_measurement_stands_for_one_planned_visit_only():
    assert missed_visits([100], [90, 110], 45) == (110,)
    assert missed_visits([90, 180], [90, 180], 10) == ()
    assert missed_visits([], [90], 10) == (90,)


def test_a_confounder_a_covariate_a_prior_and_matched_sets_are_answered(folder):
    after(folder, BETTER)
    rows = [f"{i},{t},{v}" for i in range(8) for t, v in ((1, 60 + i), (0, 50 - i))]
    (folder / "data/history/sets.csv").write_text(
        "\n".join(["set,treated,value", *rows]) + "\n", "utf-8"
    )
    edit_case(
        folder,
        lambda case: case["datasets"].append(
            {"id": "sets", "kind": "matched-sets", "origin": "made", "unit": "{score}",
             "file": "data/history/sets.csv", "measure": "motor score", "population": "made"}
        ),
    )  # fmt: skip
    planned(
        folder,
        confounder={"treated": [0.5, 0.7], "untreated": [0.2], "effect": [2, 10]},
        covariate={"ratio": 1.6, "what": "age at onset"},
        prior={"value": 6, "se": 3, "source": "made earlier patients"},
    )
    findings = found(folder)
    main = findings["doubt/sensitivity"]

    assert main.attributes["e_value"] > 1
    assert "age at onset" in findings["doubt/e-value"].statement
    assert "doubt/prior-weight" in findings
    assert findings["doubt/hidden-bias-in-matched-sets"].attributes["tipping"] > 1
    assert main.details["probabilistic"]["draws"] == 20_000
    assert {"array", "prior", "hidden_bias", "e_value"} <= set(main.details)


def test_a_published_population_serves_a_stable_course_only(folder):
    after(folder, ["85", "86", "84", "85", "86", "84"])
    population = {"mean": 60, "between_sd": 8, "within_sd": 3, "people": 60, "source": "made"}
    planned(folder, course="stable", population=population)
    edit_case(folder, lambda case: case["disease"].update(course="static"))
    main = found(folder)["doubt/sensitivity"]
    assert main.attributes["changed"] == "the mean untreated level"

    planned(folder, population=population)
    analysed, _ = survey(folder)
    told = [f for f in analysed.findings if f.direction is Direction.NOT_COMPUTABLE]
    assert any("stable course" in f.statement for f in told)


def test_a_cohort_that_cannot_be_fitted_and_one_in_other_units_are_told(folder):
    after(folder, BETTER)
    other_cohort(folder, "few", slope=-4.5, tier="same variant", people=2)
    other_cohort(folder, "elsewhere", slope=-4.5, tier="same variant")
    edit_case(folder, lambda case: case["datasets"][-1].update(time_unit="mo"))
    planned(folder)
    caveats = " ".join(found(folder)["doubt/sensitivity"].caveats)

    assert "cohort few cannot be fitted alone" in caveats
    assert "elsewhere is in other units" in caveats


def test_no_sentence_claims_more_than_a_description(folder):
    from ultrarare.effect.wording import blocked_words

    after(folder, BETTER)
    planned(folder)
    for finding in found(folder).values():
        assert blocked_words(finding.statement) == ()
