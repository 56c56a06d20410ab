"""Episodes after dosing: the same as the statistics by hand; the observed span is kept to."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from tests.factories import (
    copy_example,
    dataset,
    edit_case,
    edit_plan,
    example_findings,
    findings_of,
    survey,
)
from ultrarare.case.finding import Direction
from ultrarare.case.moment import Moment
from ultrarare.stats.remission import EntryRule
from ultrarare.stats.remission_comparison import compare_episodes
from ultrarare.stats.remission_layers import describe_untreated
from ultrarare.stats.states_records import observed

ID = "crises-own-record/episodes"


@pytest.fixture
def folder(tmp_path):
    return copy_example("episodic", tmp_path)


def by_hand(folder, *, after=None):
    """The comparison of the example, from the files and the statistics alone."""
    first, dose, last = (
        Moment.parse(text).first for text in ("2022-06-06", "2024-06-03", "2026-06-01")
    )
    spans, times = {}, defaultdict(list)
    with (folder / "data/history/observed.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            spans[row["person"]] = [(float(row["start"]), float(row["stop"]))]
    with (folder / "data/history/crises.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            times[row["person"]].append(float(row["time"]))
    with (folder / "data/course/crises.csv").open(encoding="utf-8", newline="") as handle:
        days = [Moment.parse(row["time"]).middle for row in csv.DictReader(handle)]
    if after is not None:
        days = days[:11] + days[11:][:after]
    own = observed([(0, (last - first) / 365.25)], [(day - first) / 365.25 for day in days])
    dosed = (dose - first) / 365.25
    untreated = describe_untreated(
        [observed(spans[person], times[person]) for person in sorted(spans)],
        follow_up=own.after(dosed).time,
        rule=EntryRule(at_least=4, window=1),
    )
    return untreated, own, dosed


def test_the_finding_is_what_the_statistics_give_when_called_by_hand(folder):
    untreated, own, dosed = by_hand(folder)
    wanted = compare_episodes(
        untreated, own.until(dosed), own.after(dosed), dosed_at=dosed, planned_layer="state"
    )
    finding = example_findings("episodic")[ID]
    assert finding.attributes["p_benefit"] == pytest.approx(wanted.p_value, rel=1e-9)
    assert finding.attributes["p_from"] == "state"
    assert finding.estimate is not None
    assert (
        finding.estimate.value,
        finding.estimate.lower,
        finding.estimate.upper,
    ) == pytest.approx(
        (wanted.rate_ratio, wanted.rate_ratio_lower, wanted.rate_ratio_upper), rel=1e-9
    )
    layers = {row["layer"]: row["p_count"] for row in finding.details["layers"]}
    assert layers == {layer.name: pytest.approx(layer.p_count) for layer in wanted.layers}
    assert finding.details["naive_p"] == pytest.approx(wanted.naive_p)


def test_without_a_planned_account_the_largest_p_is_told(folder):
    edit_plan(folder, lambda plan: plan["analyses"][0]["parameters"].pop("planned_layer"))
    finding = findings_of(folder)[ID]
    largest = max(row["p_count"] for row in finding.details["layers"])
    assert finding.attributes["p_benefit"] == largest > 0.025
    assert finding.attributes["p_from"] == "empirical"
    assert finding.direction is Direction.INCONCLUSIVE


def test_without_an_entry_rule_the_people_are_not_ranked_and_the_finding_says_so(folder):
    edit_plan(folder, lambda plan: plan["analyses"][0].update(parameters={}))
    found = findings_of(folder)
    layers = {row["layer"]: row["p_count"] for row in found[ID].details["layers"]}
    assert layers["empirical"] is None
    assert found[ID].attributes["p_benefit"] == max(layers["gamma-poisson"], layers["state"])
    (caveat,) = found["crises-own-record/remission"].caveats
    assert "no entry rule was given" in caveat


def test_half_an_entry_rule_is_an_error(folder):
    edit_plan(folder, lambda plan: plan["analyses"][0].update(parameters={"entry_at_least": 4}))
    _, problems = survey(folder)
    assert any("entry_at_least and entry_window go together" in str(each) for each in problems)


def test_the_quiet_time_is_described_under_each_account_and_decides_nothing(folder):
    untreated, own, dosed = by_hand(folder)
    wanted = compare_episodes(untreated, own.until(dosed), own.after(dosed), dosed_at=dosed)
    finding = findings_of(folder)["crises-own-record/remission"]
    assert finding.direction is Direction.DESCRIBES
    assert finding.attributes["remission"] == pytest.approx(wanted.remission)
    assert finding.attributes["ended"] is True
    assert f"{wanted.longest_gap.as_long} of 48 untreated people" in finding.statement


def test_no_episode_after_dosing_is_a_count_of_none_and_not_missing(folder):
    path = folder / "data/course/crises.csv"
    rows = path.read_text("utf-8").split("\n")[:12]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    found = findings_of(folder)
    finding, quiet = found[ID], found["crises-own-record/remission"]
    assert "0 in 1.99 years after the first dose, 11 in 1.99 years before it" in finding.statement
    (state,) = (row for row in finding.details["layers"] if row["layer"] == "state")
    assert finding.attributes["p_benefit"] == state["floor"]
    assert quiet.attributes["p_remission"] == pytest.approx(state["floor"])
    assert quiet.attributes["ended"] is False


def test_the_states_of_the_cohort_are_described(folder):
    finding = example_findings("episodic")["history.states/untreated-crises/states"]
    untreated, _, _ = by_hand(folder)
    assert finding.kind == "history.states"
    assert finding.details["log_likelihood"] == pytest.approx(untreated.process.loglik)
    assert [row["rate"] for row in finding.details["states"]] == pytest.approx(
        list(untreated.process.rates)
    )


def test_a_patient_without_any_episode_is_computed(folder):
    (folder / "data/course/crises.csv").write_text("time,severity\n", "utf-8")
    finding = findings_of(folder)[ID]
    assert finding.n == 0
    assert finding.direction is Direction.INCONCLUSIVE


def test_more_episodes_than_predicted_contradict(folder):
    path = folder / "data/course/crises.csv"
    days = [f"2025-{month:02d}-{day:02d},a" for month in range(1, 11) for day in (1, 11, 21)]
    path.write_text(path.read_text("utf-8") + "\n".join(days) + "\n", "utf-8")
    finding = findings_of(folder)[ID]
    assert finding.direction is Direction.CONTRADICTS
    assert "more than expected without treatment" in finding.statement


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("2022-01-01,a", "crises.csv:2: 2022-01-01 lies outside the observed span, 2022-06-06 to"),
        ("2026-07-01,a", "lies outside the observed span"),
        ("500,a", "found '500', a day of life; this case's clock is: ISO date"),
        ("soon,a", "crises.csv:2 time: found 'soon'; allowed is a day of life"),
    ],
)
def test_an_episode_that_was_not_under_observation_is_an_error(folder, rows, words):
    (folder / "data/course/crises.csv").write_text(f"time,severity\n{rows}\n", "utf-8")
    _, problems = survey(folder)
    (problem,) = problems
    assert words in str(problem)


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        (["2025-12-01", "2022-06-06"], "which is no span"),
        (["2022-06-06", "soon"], "found 'soon'; allowed is a day of life"),
        ([12, 900], "this case's clock is: ISO date"),
    ],
)
def test_an_observed_span_that_is_none_is_an_error(folder, observed, words):
    edit_case(folder, lambda case: dataset(case, "crises").update(observed=observed))
    _, problems = survey(folder)
    (problem,) = problems
    assert problem.where == "dataset crises, observed"
    assert words in problem.problem


def test_a_patient_observed_on_one_side_of_dosing_only_cannot_be_compared(folder):
    edit_case(
        folder, lambda case: dataset(case, "crises").update(observed=["2022-06-06", "2024-06-03"])
    )
    (folder / "data/course/crises.csv").write_text("time,severity\n2023-01-01,a\n", "utf-8")
    finding = findings_of(folder)[ID]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert "observe the patient before and after" in (finding.would_need or "")


@pytest.mark.parametrize("file", ["data/course/crises.csv", "data/history/crises.csv"])
def test_a_row_of_an_episode_that_stands_twice_is_an_error_of_the_plan_too(folder, file):
    path = folder / file
    rows = path.read_text("utf-8").strip().split("\n")
    path.write_text("\n".join([*rows, rows[1]]) + "\n", "utf-8")
    (problem,) = survey(folder)[1]
    assert problem.where == f"{file}:{len(rows) + 1}"
    assert "the same row as line 2" in problem.problem


def test_two_episodes_of_one_day_are_told_apart_by_a_number(folder):
    path = folder / "data/course/crises.csv"
    head, *rows = path.read_text("utf-8").strip().split("\n")
    twice = [f"{row},{n}" for n, row in enumerate([*rows, rows[0]])]
    path.write_text("\n".join([f"{head},number", *twice]) + "\n", "utf-8")
    analysed, problems = survey(folder)
    assert not problems
    found = next(finding for finding in analysed.findings if finding.id == ID)
    assert found.n == len(rows) + 1
