"""The patient's side of adequacy, as the case and the plan give it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.factories import findings_of, shown, survey
from tests.made_records import PATIENT, made_people, write_case, write_tables


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    people = [p for p in write_tables(tmp_path, made_people()) if p["id"] == "visits"]
    return write_case(tmp_path, people)


def sides(folder: Path, *, dose: bool = True, **parameters: Any) -> dict[str, Any]:
    plan = json.loads((folder / "plan.yaml").read_text("utf-8"))
    plan["analyses"] = []
    if parameters:
        plan["analyses"] = [
            {"id": "grades", "analysis": "history.adequacy", "parameters": parameters}
        ]
    (folder / "plan.yaml").write_text(json.dumps(plan), "utf-8")
    if not dose:
        (folder / "data/timeline.csv").write_text("time,event,kind\n1700,seen,follow-up\n", "utf-8")
    found = [f for f in findings_of(folder).values() if f.kind == "history.adequacy"]
    (finding,) = found
    return {side["domain"]: side for side in finding.details["domains"]}


def test_the_window_runs_from_the_first_dose_to_the_last_entry(folder):
    ages = sides(folder)["age_window"]["numbers"]["ages"]
    assert (ages[0], ages[-1]) == (1250, 1700)


def test_the_series_can_end_the_window_later_than_the_timeline(folder):
    text = (folder / "data/series.csv").read_text("utf-8")
    (folder / "data/series.csv").write_text(f"{text}1800,70\n", "utf-8")
    ages = sides(folder)["age_window"]["numbers"]["ages"]
    assert (ages[0], ages[-1]) == (1250, 1800)


def test_the_gap_is_the_median_of_the_patient_s_own_visits(folder):
    times = [time for time, _ in PATIENT]
    gaps = sorted(b - a for a, b in pairwise(times))
    by_hand = (gaps[2] + gaps[3]) / 2
    assert sides(folder)["schedule"]["numbers"]["patient_gap"] == pytest.approx(by_hand)


def test_what_the_plan_gives_goes_before_what_the_case_shows(folder):
    found = sides(folder, patient_age=[1000, 1500], patient_gap=50, patient_years=[2020, 2024])
    ages = found["age_window"]["numbers"]["ages"]
    assert (ages[0], ages[-1]) == (1000, 1500)
    assert found["schedule"]["numbers"]["patient_gap"] == 50
    assert found["era"]["grade"] != "cannot be judged"


def test_without_a_dose_the_window_is_not_known_and_not_guessed(folder):
    found = sides(folder, dose=False)
    assert found["age_window"]["grade"] == "cannot be judged"
    assert found["schedule"]["grade"] != "cannot be judged"


def test_on_a_clock_of_days_of_life_no_calendar_year_is_invented(folder):
    assert sides(folder)["era"]["grade"] == "cannot be judged"


def test_dates_give_the_years(folder):
    case = json.loads((folder / "case.yaml").read_text("utf-8"))
    case["clock"], case["patient"]["born"] = "ISO date", "2020-01-01"
    case["datasets"] = [d for d in case["datasets"] if d["id"] != "own-crises"]
    (folder / "case.yaml").write_text(json.dumps(case), "utf-8")
    (folder / "data/series.csv").write_text("time,value\n2023-01-05,70\n2024-12-05,71\n", "utf-8")
    (folder / "data/timeline.csv").write_text(
        "time,event,kind\n2023-06-01,dose 1,dose\n2024-02-01,seen,follow-up\n", "utf-8"
    )
    found = sides(folder)
    assert "(2023 to 2024)" in found["era"]["reason"] or found["era"]["numbers"] == {
        "era": "2010 to 2023", "by_era": {}, "years_behind": 0,
    }  # fmt: skip
    assert found["era"]["grade"] == "adequate"
    assert found["age_window"]["numbers"]["ages"][0] == pytest.approx(1247)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"patient_age": [5, 2]}, "the younger first"),
        ({"patient_years": [2024, 2020]}, "the earlier first"),
        ({"patient_gap": 0}, "more than 0"),
    ],
)
def test_a_wrong_parameter_is_a_problem_of_the_plan(folder, parameters, said):
    plan = json.loads((folder / "plan.yaml").read_text("utf-8"))
    plan["analyses"] = [{"id": "g", "analysis": "history.adequacy", "parameters": parameters}]
    (folder / "plan.yaml").write_text(json.dumps(plan), "utf-8")
    assert said in shown(survey(folder)[1])
