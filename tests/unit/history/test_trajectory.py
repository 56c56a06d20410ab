"""The analysis history.trajectory, planned in a case folder."""

from __future__ import annotations

import pytest

from tests.factories import copy_example, edit_plan, findings_of, shown, survey
from ultrarare.case.finding import Direction, Finding


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


def planned(folder, **parameters) -> Finding:
    entry = {
        "id": "course",
        "analysis": "history.trajectory",
        "inputs": {"visits": "untreated-visits"},
        "parameters": parameters,
    }
    edit_plan(folder, lambda plan: plan["analyses"].append(entry))
    analysed, problems = survey(folder)
    assert not problems, shown(problems)
    (finding,) = [f for f in analysed.findings if f.kind == "history.trajectory"]
    return finding


def test_a_planned_course_is_described_with_its_fan(folder):
    finding = planned(folder, model="slope")
    assert finding.direction is Direction.DESCRIBES
    assert finding.attributes["model"] == "slope"
    assert finding.estimate is not None
    low, value, high = finding.estimate.lower, finding.estimate.value, finding.estimate.upper
    assert low is not None
    assert value is not None
    assert high is not None
    assert low < value < high < 0
    assert finding.attributes["slope"] == value
    fan = finding.details["prediction"]
    assert [set(row) for row in fan] == [{"time", "mean", "lower", "upper"}] * 25
    assert len(finding.details["points"]) == finding.attributes["visits"]
    assert finding.details["points_left_out"] == 0


def test_the_change_point_is_named_in_the_statement(folder):
    finding = planned(folder, model="change-point")
    assert "the change itself alters by" in finding.statement
    assert finding.details["parameters"]["change_point"] is not None


def test_values_at_an_assay_limit_are_counted_and_not_read_as_numbers(folder):
    path = folder / "data/history/visits.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    cut = []
    for row in rows:
        person, time, value = row.split(",")
        cut.append(f"{person},{time},{'<45' if float(value) < 45 else value}")
    path.write_text("\n".join((head, *cut)) + "\n", "utf-8")
    finding = planned(folder, model="slope")
    censored = sum("<45" in row for row in cut)
    assert censored > 0
    assert finding.attributes["censored"] == censored
    assert sum(point["censoring"] != "none" for point in finding.details["points"]) == censored
    # and the population that the comparison rests on takes them as bounds too
    population = findings_of(folder)["history.population/untreated-visits/population"]
    assert any("known as bounds only" in caveat for caveat in population.caveats)


def test_bounds_do_not_flatten_the_course_that_a_comparison_rests_on(folder):
    path = folder / "data/history/visits.csv"
    whole = path.read_text("utf-8")
    name = "history.population/untreated-visits/population"
    slopes = {}
    for kind, text in (("exact", "{}"), ("bound", "<45"), ("limit", "45")):
        head, *rows = whole.splitlines()
        cut = []
        for row in rows:
            person, time, value = row.split(",")
            shown_value = text.format(value) if float(value) < 45 else value
            cut.append(f"{person},{time},{shown_value}")
        path.write_text("\n".join((head, *cut)) + "\n", "utf-8")
        slopes[kind] = findings_of(folder)[name].details["slope"]
    assert abs(slopes["bound"] - slopes["exact"]) < abs(slopes["limit"] - slopes["exact"])


def test_a_table_of_two_measures_gives_the_cohort_s_own(folder):
    path = folder / "data/history/visits.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    both = [f"{row},motor score" for row in rows] + [f"{row}9,weight" for row in rows]
    path.write_text("\n".join((f"{head},measure", *both)) + "\n", "utf-8")
    assert planned(folder, model="slope").attributes["visits"] == len(rows)


def test_few_people_are_inconclusive(folder):
    path = folder / "data/history/visits.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    few = sorted({row.split(",")[0] for row in rows})[:6]
    kept = [row for row in rows if row.split(",")[0] in few]
    path.write_text("\n".join((head, *kept)) + "\n", "utf-8")
    finding = planned(folder, model="intercept")
    assert finding.direction is Direction.INCONCLUSIVE
    assert any("Fewer than 10 people" in caveat for caveat in finding.caveats)


def test_a_wrong_model_is_a_problem_of_the_plan(folder):
    entry = {
        "id": "course", "analysis": "history.trajectory",
        "inputs": {"visits": "untreated-visits"}, "parameters": {"model": "spline"},
    }  # fmt: skip
    edit_plan(folder, lambda plan: plan["analyses"].append(entry))
    _, problems = survey(folder)
    assert "model" in shown(problems)
