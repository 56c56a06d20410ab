"""Episodes after dosing: the same as the statistics by hand; the observed span is kept to."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from tests.factories import copy_example, dataset, edit_case, example_findings, findings_of, survey
from ultrarare.case.finding import Direction
from ultrarare.case.moment import Moment
from ultrarare.stats.episodes import fit_gamma_poisson, predict_count

ID = "crises-own-record/episodes"


@pytest.fixture
def folder(tmp_path):
    return copy_example("episodic", tmp_path)


def test_the_finding_is_what_the_statistics_give_when_called_by_hand(folder):
    with (folder / "data/history/observed.csv").open(encoding="utf-8", newline="") as handle:
        spans = {r["person"]: float(r["stop"]) - float(r["start"]) for r in csv.DictReader(handle)}
    with (folder / "data/history/crises.csv").open(encoding="utf-8", newline="") as handle:
        counts = Counter(row["person"] for row in csv.DictReader(handle))
    rates = fit_gamma_poisson([counts[p] for p in spans], list(spans.values()))
    first, dose, last = (
        Moment.parse(text).first for text in ("2022-06-06", "2024-06-03", "2025-12-01")
    )
    wanted = predict_count(
        rates, 11, (dose - first) / 365.25, 1, (last - dose) / 365.25, 0.95, dwell_time=None
    )
    finding = example_findings("episodic")[ID]
    assert finding.attributes["p_benefit"] == pytest.approx(wanted.p_at_most, rel=1e-9)
    assert finding.estimate is not None
    assert (
        finding.estimate.value,
        finding.estimate.lower,
        finding.estimate.upper,
    ) == pytest.approx(
        (wanted.rate_ratio, wanted.rate_ratio_lower, wanted.rate_ratio_upper), rel=1e-9
    )
    assert finding.details["predicted"]["lower"] == wanted.lower


def test_no_episode_after_dosing_is_a_count_of_none_and_not_missing(folder):
    path = folder / "data/course/crises.csv"
    rows = path.read_text("utf-8").split("\n")[:12]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    finding = findings_of(folder)[ID]
    assert "0 in 1.49 years after the first dose, 11 in 1.99 years before it" in finding.statement
    assert finding.attributes["p_benefit"] == finding.details["p_none"]


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
        ("2026-01-01,a", "lies outside the observed span"),
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
