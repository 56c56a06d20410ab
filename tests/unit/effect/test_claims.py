"""What must not become `supported`, nor `locked`, nor `contradicted`.

Each of these was once possible; a sceptical reader of the first version found them.
"""

from __future__ import annotations

import csv
import io

import pytest

from tests.factories import copy_example, dataset, edit_case, edit_plan, findings_of, shown, survey
from ultrarare.app.assess import assess
from ultrarare.app.plan import lock_plan
from ultrarare.case.finding import Direction, Finding, Planned
from ultrarare.case.folder import read_case

OWN = "motor-score-own-control/own-control"
EPISODES = "crises-own-record/episodes"


@pytest.fixture
def progressive(tmp_path):
    return copy_example("progressive", tmp_path)


@pytest.fixture
def no_benefit(tmp_path):
    return copy_example("no-benefit", tmp_path)


@pytest.fixture
def episodic(tmp_path):
    return copy_example("episodic", tmp_path)


def improvement(folder, *, clock="2024-05-20T09:00:00+00:00"):
    """The as-written verdict on improvement, the plan locked anew before the first dose."""
    from datetime import datetime

    (folder / "plan.lock").unlink(missing_ok=True)
    now = datetime.fromisoformat(clock)
    lock_plan(folder, name="made signer", now=now, day_of_life=None, replace=False)
    found = assess(read_case(folder), guidance=["fda-pmf-draft-2026-02"]).assessment
    return next(e for e in found.guidance[0].elements if e.id == "improvement")


def rewrite(path, change):
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([rows[0], *change(rows[1:])])
    path.write_text(out.getvalue(), encoding="utf-8")


def value_of(finding: Finding) -> float:
    """The estimate's value, which must be there."""
    assert finding.estimate is not None
    assert finding.estimate.value is not None
    return finding.estimate.value


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("episodic", {"alpha": 0.49}, "alpha"),
        ("episodic", {"level": 0.5}, "level"),
        ("progressive", {"level": 0.01}, "level"),
    ],
)
def test_a_plan_cannot_choose_a_laxer_error_rate(tmp_path, name, parameters, said):
    folder = copy_example(name, tmp_path)
    edit_plan(folder, lambda plan: plan["analyses"][0].update(parameters=parameters))

    assert f"parameters.{said}" in shown(survey(folder)[1])


def test_improvement_is_not_supported_where_the_plan_s_own_criterion_is_not_met(progressive):
    def change(plan):
        plan["success"][0] = {**plan["success"][0], "field": "estimate.value", "at_least": 50}
        plan["success"][0].pop("at_most")

    edit_plan(progressive, change)

    verdict = improvement(progressive)

    assert verdict.verdict == "missing"
    assert verdict.reason == "The plan's own success criterion is not shown."


def test_improvement_is_partly_supported_where_nobody_wrote_a_criterion(progressive):
    edit_plan(progressive, lambda plan: plan.pop("success"))

    assert improvement(progressive).verdict == "partly supported"


def test_a_planned_endpoint_without_a_result_is_not_forgotten(progressive):
    def change(plan):
        plan["endpoints"].append({**plan["endpoints"][0], "id": "second", "measure": "walking"})

    edit_plan(progressive, change)

    assert improvement(progressive).verdict == "partly supported"


def test_the_made_case_is_supported_as_it_stands(progressive):
    assert improvement(progressive).verdict == "supported"


def test_a_cohort_trimmed_after_the_lock_makes_the_comparison_post_hoc(no_benefit):
    visits = no_benefit / "data/history/visits.csv"
    rewrite(visits, lambda rows: [row for row in rows if row[0] < "u20"])

    found = findings_of(no_benefit)[OWN]

    assert found.planned is Planned.POST_HOC
    assert "not with the cohort untreated-visits as it is now" in found.caveats[0]


def test_a_cohort_described_otherwise_after_the_lock_makes_it_post_hoc_too(progressive):
    edit_case(progressive, lambda c: dataset(c, "untreated-visits").update(tier="same variant"))

    assert findings_of(progressive)[OWN].planned is Planned.POST_HOC


@pytest.mark.parametrize("value", ["55–95", "<95"])
def test_values_that_say_nothing_show_nothing(progressive, value):
    rewrite(progressive / "data/course/motor-score.csv", lambda rows: [[r[0], value] for r in rows])

    assert findings_of(progressive)[OWN].direction is Direction.INCONCLUSIVE


def test_a_value_without_a_limit_on_the_side_that_matters_is_not_computable(progressive):
    """Higher is better: if the last value before dosing were far higher, so would be the rest."""
    rewrite(
        progressive / "data/course/motor-score.csv",
        lambda rows: [*rows[:7], [rows[7][0], ">68"], *rows[8:]],
    )

    found = findings_of(progressive)[OWN]

    assert found.direction is Direction.NOT_COMPUTABLE
    assert "no limit on the side that matters" in found.statement


def test_one_value_below_the_floor_is_reported_at_its_less_favourable_end(progressive):
    path = progressive / "data/course/motor-score.csv"
    exact = value_of(findings_of(progressive)[OWN])
    rewrite(path, lambda rows: [*rows[:-1], [rows[-1][0], f"<{rows[-1][1]}"]])

    found = findings_of(progressive)[OWN]

    assert value_of(found) < exact
    assert any("1 values are not exact" in caveat for caveat in found.caveats)


def test_a_stable_course_is_not_planned_for_a_progressive_disease(progressive):
    edit_plan(progressive, lambda plan: plan["analyses"][0].update(parameters={"course": "stable"}))

    assert "plans a stable course" in shown(survey(progressive)[1])


def test_a_published_mean_and_spread_do_not_stand_for_a_progressive_course(progressive):
    population = {
        "mean": 60, "between_sd": 8, "within_sd": 2, "people": 60, "source": "made",
    }  # fmt: skip
    edit_plan(
        progressive,
        lambda plan: plan["analyses"][0].update(parameters={"population": population}),
    )

    assert findings_of(progressive)[OWN].direction is Direction.NOT_COMPUTABLE


def test_what_cannot_be_judged_is_not_contradicted_either(no_benefit):
    """The cohort's visits moved to ages at which the patient was never seen."""
    rewrite(
        no_benefit / "data/history/visits.csv",
        lambda rows: [[r[0], f"{float(r[1]) + 40:.3f}", r[2]] for r in rows],
    )

    found = findings_of(no_benefit)[OWN]

    assert found.direction is Direction.INCONCLUSIVE
    assert "cannot be judged" in found.statement


def test_support_without_the_relevant_size_says_so(progressive):
    edit_plan(progressive, lambda plan: plan["endpoints"][0].update(relevant_difference=12))

    found = findings_of(progressive)[OWN]

    assert found.direction is Direction.SUPPORTS
    assert "the relevant size of 12 is not shown" in found.statement


def test_treated_people_who_scatter_more_carry_support_only_where_a_t_test_agrees(progressive):
    (table,) = progressive.rglob("external/treated.csv")
    rewrite(
        table,
        lambda rows: [
            [*row[:-1], change] for row, change in zip(rows, ("16", "-2", "0"), strict=True)
        ],
    )
    assert improvement(progressive) != "supported"
    found = findings_of(progressive)["motor-score-external/external-control"]

    assert found.direction is Direction.INCONCLUSIVE
    assert "cannot be judged" in found.statement
    assert found.details["scatter"]["suspect"]
    assert any("scatter" in c and c.endswith("does not agree.") for c in found.caveats)


def test_a_window_without_an_end_is_said(progressive):
    edit_plan(
        progressive, lambda plan: plan["analyses"][0].update(parameters={"course": "progressive"})
    )

    found = findings_of(progressive)[OWN]

    assert any("fixes no end of the window" in caveat for caveat in found.caveats)


def test_three_people_do_not_carry_an_episodic_comparison(episodic):
    rewrite(
        episodic / "data/history/crises.csv",
        lambda rows: [row for row in rows if row[0] < "u04"],
    )
    rewrite(
        episodic / "data/history/observed.csv",
        lambda rows: [row for row in rows if row[0] < "u04"],
    )

    assert findings_of(episodic)[EPISODES].direction is Direction.INCONCLUSIVE


def test_no_episodes_in_two_days_before_dosing_are_no_record(episodic):
    rewrite(episodic / "data/course/crises.csv", lambda rows: [r for r in rows if r[0] > "2030"])
    edit_case(
        episodic, lambda c: dataset(c, "crises").update(observed=["2024-06-01", "2025-12-01"])
    )

    assert findings_of(episodic)[EPISODES].direction is Direction.INCONCLUSIVE
