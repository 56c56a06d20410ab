"""Untreated survival, population and episodes as findings: by hand on small cohorts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import copy_example, dataset, edit_case, example_findings, findings_of
from ultrarare.case.finding import Direction

SURVIVAL = "history.survival/untreated-people/survival"


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


def people(folder: Path, rows: str, header: str = "person,entry,exit,event") -> None:
    (folder / "data/history/people.csv").write_text(f"{header}\n{rows}\n", "utf-8")


def test_the_curve_is_the_product_limit_done_by_hand(folder):
    # Left truncation: c enters at 2, so that two are at risk at 1 and three at 3.
    people(folder, "a,0,1,1\nb,0,3,1\nc,2,4,0\nd,2,5,1")
    finding = findings_of(folder)[SURVIVAL]
    curve = finding.details["curve"]
    assert curve["time"] == [1, 3, 5]
    assert curve["at_risk"] == [2, 3, 1]
    assert curve["survival"] == pytest.approx([1 / 2, 1 / 2 * 2 / 3, 0])
    assert finding.attributes == {"people": 4, "events": 3}
    assert any("2 of 4 came under observation late" in caveat for caveat in finding.caveats)
    assert finding.details["censored_at"] == [4]


def test_a_cohort_without_an_event_does_not_support(folder):
    people(folder, "a,0,9,0\nb,0,9.5,0")
    finding = findings_of(folder)[SURVIVAL]
    assert finding.direction is Direction.INCONCLUSIVE
    assert finding.estimate is not None
    assert finding.estimate.value is None
    assert any("No death was seen" in caveat for caveat in finding.caveats)


def test_groups_are_kept_apart(folder):
    people(folder, "a,0,1,1,x\nb,0,3,0,x\nc,0,2,1,y\nd,0,12,1,y", "person,entry,exit,event,group")
    found = findings_of(folder)
    assert f"{SURVIVAL}-x" in found
    assert found[f"{SURVIVAL}-y"].attributes["people"] == 2
    assert SURVIVAL not in found


def test_the_patient_is_set_beside_the_curve_at_the_age_last_seen():
    found = example_findings("progressive")
    overlay = found["history.survival/untreated-people/survival-at-patient-age"]
    # 2017-05-08 to 2025-12-01 are 3,129 days.
    assert found[SURVIVAL].details["patient"]["time"] == pytest.approx(3129 / 365.25)
    assert overlay.direction is Direction.DESCRIBES
    assert any("one survivor shows nothing by itself" in caveat for caveat in overlay.caveats)


OVERLAY = f"{SURVIVAL}-at-patient-age"
LATE = "a,4,9,1\nb,5,9.5,0\nc,4,7,1\nd,8.7,12,1"


def test_the_overlay_counts_who_was_at_risk_and_names_its_condition(folder):
    people(folder, LATE)
    overlay = findings_of(folder)[OVERLAY]
    # At 8.57 years: a and b are under observation, c has left, d has not come.
    assert (overlay.n, overlay.n_unit) == (2, "people at risk")
    assert overlay.estimate is not None
    assert overlay.estimate.value == pytest.approx(2 / 3)
    assert "2 of 4 were at risk then" in overlay.statement
    assert "event-free at 4 years" in overlay.statement
    assert any("conditional on being event-free at 4" in caveat for caveat in overlay.caveats)


def test_without_late_entry_the_overlay_names_no_condition(folder):
    people(folder, "a,0,9,1\nb,0,9.5,0\nc,0,7,1")
    overlay = findings_of(folder)[OVERLAY]
    assert "event-free at" not in overlay.statement
    assert not any("conditional" in caveat for caveat in overlay.caveats)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("a,9,12,1\nb,9.5,12.5,0", "nobody was under observation before 9 years"),
        ("a,0,5,1\nb,0,6,0", "no one was followed beyond 6 years"),
        ("a,0,5,1\nb,0,6,1", "no one was followed beyond 6 years"),
        ("a,0,12,0\nb,0,13,0", "no death was seen in the cohort"),
        ("a,0,5,1\nb,0,6,0\nc,9,12,1", "no one was under observation at 8.57 years"),
        ("a,0,5,1\nb,6,12,1\nc,6,12,0", "the curve had come to 0 before"),
    ],
)
def test_where_the_cohort_cannot_say_the_overlay_is_inconclusive_and_says_why(folder, rows, reason):
    people(folder, rows)
    overlay = findings_of(folder)[OVERLAY]
    assert overlay.direction is Direction.INCONCLUSIVE
    assert reason in overlay.statement
    assert overlay.estimate is None


def test_a_regulatory_step_is_no_visit_of_the_patient(folder):
    timeline = next(folder.rglob("timeline*.csv"))
    with timeline.open("a", encoding="utf-8") as file:
        file.write("2025-12-24,annual report sent,regulatory,,,\n")
    found = findings_of(folder)
    assert found[SURVIVAL].details["patient"]["time"] == pytest.approx(3129 / 365.25)


def test_an_era_that_is_not_stated_is_a_caveat(folder):
    edit_case(folder, lambda case: dataset(case, "untreated-people").pop("era"))
    edit_case(folder, lambda case: dataset(case, "untreated-visits").pop("era"))
    found = findings_of(folder)
    for key in (SURVIVAL, "history.population/untreated-visits/population"):
        assert any("calendar years of the cohort are not stated" in c for c in found[key].caveats)


def test_the_shape_of_the_untreated_course_is_the_declared_one(folder):
    key = "history.population/untreated-visits/population"
    assert findings_of(folder)[key].details["slope"] < 0
    edit_case(folder, lambda case: case["disease"].update(course="static"))
    assert findings_of(folder)[key].details["slope"] is None


def test_too_few_visits_to_tell_people_apart_are_not_computable(folder):
    (folder / "data/history/visits.csv").write_text("person,time,value\na,1,5\nb,1,6\n", "utf-8")
    found = findings_of(folder)
    finding = found["history.population/untreated-visits/population"]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert finding.would_need
    assert found["motor-score-own-control/own-control"].direction is Direction.NOT_COMPUTABLE


def test_a_cohort_without_an_episode_has_no_rate(tmp_path):
    folder = copy_example("episodic", tmp_path)
    (folder / "data/history/crises.csv").write_text("person,time\n", "utf-8")
    finding = findings_of(folder)["history.episodes/untreated-crises/episodes"]
    assert finding.direction is Direction.NOT_COMPUTABLE
    assert finding.would_need
