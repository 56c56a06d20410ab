"""The examples: what they are there to show, and that their findings follow their data."""

from __future__ import annotations

import pytest

from tests.factories import (
    copy_example,
    example,
    example_findings,
    findings_of,
    replace_text,
)
from ultrarare.app.doctor import examine
from ultrarare.app.examples import example_folder
from ultrarare.case.finding import Direction, Ladder
from ultrarare.errors import NotFound


def test_an_example_that_is_not_there_is_not_found():
    with pytest.raises(NotFound, match="no example 'gone'; there are: "):
        example_folder("gone")


@pytest.mark.parametrize("name", ["progressive", "episodic", "no-benefit"])
def test_a_made_case_says_that_it_is_made(name):
    case = example(name).case
    assert case.data == "made"
    assert {dataset.origin for dataset in case.datasets} == {"made"}
    assert "made" in case.patient.pseudonym


def test_progressive_shows_an_improvement_that_the_cohort_does_not_explain():
    found = example_findings("progressive")
    own = found["motor-score-own-control/own-control"]
    assert own.direction is Direction.SUPPORTS
    assert own.estimate is not None
    assert own.estimate.lower is not None
    assert own.estimate.lower > 0
    assert found["plan/success/1"].attributes["met"] is True


def test_no_benefit_shows_engagement_and_no_improvement():
    found = example_findings("no-benefit")
    target = found["editing.amplicon/biopsy/target-base"]
    assert (target.direction, target.ladder) == (Direction.SUPPORTS, Ladder.A)
    assert found["motor-score-own-control/own-control"].direction is Direction.CONTRADICTS
    assert found["plan/success/1"].attributes["met"] is False


def test_episodic_shows_fewer_crises_than_expected():
    finding = example_findings("episodic")["crises-own-record/episodes"]
    assert finding.direction is Direction.SUPPORTS
    assert finding.details["naive_rate_ratio"] > 0


def test_one_motor_score_changes_the_comparison(tmp_path):
    folder = copy_example("progressive", tmp_path)
    replace_text(folder / "data/course/motor-score.csv", "2025-12-01,75.3", "2025-12-01,25.3")
    before = example_findings("progressive")["motor-score-own-control/own-control"]
    after = findings_of(folder)["motor-score-own-control/own-control"]
    assert before.estimate is not None
    assert before.estimate.value is not None
    assert after.estimate is not None
    assert after.estimate.value is not None
    # Fifty points in one of six measurements after dosing.
    assert before.estimate.value - after.estimate.value == pytest.approx(50 / 6, rel=1e-9)
    assert after.attributes["p_benefit"] != before.attributes["p_benefit"]


def test_one_cohort_row_changes_the_untreated_course(tmp_path):
    folder = copy_example("progressive", tmp_path)
    replace_text(folder / "data/history/people.csv", "u01,2.879,7.917,0", "u01,2.879,7.917,1")
    before = example_findings("progressive")["history.survival/untreated-people/survival"]
    after = findings_of(folder)["history.survival/untreated-people/survival"]
    assert after.attributes["events"] == before.attributes["events"] + 1  # type: ignore[operator]
    assert after.details["curve"] != before.details["curve"]


def test_one_crisis_more_changes_the_count_and_its_probability(tmp_path):
    folder = copy_example("episodic", tmp_path)
    path = folder / "data/course/crises.csv"
    path.write_text(path.read_text("utf-8") + "2024-08-14,admitted\n", "utf-8")
    before = example_findings("episodic")["crises-own-record/episodes"]
    after = findings_of(folder)["crises-own-record/episodes"]
    assert after.n == 13
    assert before.n == 12
    assert after.attributes["p_benefit"] > before.attributes["p_benefit"]  # type: ignore[operator]


def test_the_doctor_finds_what_the_package_needs():
    report = examine()
    assert all(part.found is not None for part in report.parts if part.needed)
    assert "editing.amplicon" in report.analyses
    assert report.is_fit == (report.problem is None)
    told = report.to_json()
    assert set(told) > {"ultrarare", "python", "parts", "analyses", "is_fit"}
    assert f"Python {report.python}" in report.summary()
