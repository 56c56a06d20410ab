"""The own-control comparison: the same as its statistics by hand, and honest at the assay floor."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.factories import copy_example, dataset, edit_case, edit_plan, survey
from ultrarare.case.finding import Direction, Finding
from ultrarare.case.moment import Moment
from ultrarare.stats.mixed import population_from_summary
from ultrarare.stats.own_control import own_control
from ultrarare.stats.untreated_course import choose_course

BORN, DOSE = Moment.parse("2017-05-08").first, Moment.parse("2024-06-03").first
POPULATION = {"mean": 60, "between_sd": 12, "within_sd": 3, "people": 40, "source": "made"}


@pytest.fixture
def folder(tmp_path):
    return copy_example("progressive", tmp_path)


def own(folder: Path, name: str = "own-control") -> Finding:
    analysed, problems = survey(folder)
    assert not problems, problems
    return next(f for f in analysed.findings if f.id == f"motor-score-own-control/{name}")


def published(folder: Path, rows: list[tuple[str, str]], **endpoint: Any) -> None:
    """A stable course against a published population, with these times and values."""

    def change(plan: Any) -> None:
        entry = plan["analyses"][0]
        entry["parameters"] = {"course": "stable", "population": POPULATION}
        plan["endpoints"][0].update(endpoint)

    edit_plan(folder, change)
    text = "\n".join(["time,value", *(f"{time},{value}" for time, value in rows)])
    (folder / "data/course/motor-score.csv").write_text(text + "\n", "utf-8")


def by_hand(rows: list[tuple[str, float]], direction: Any) -> Any:
    model = population_from_summary(60, 12, 3, 40)
    times = [(Moment.parse(time).first, value) for time, value in rows]
    before = [(t - BORN, y) for t, y in times if t <= DOSE]
    after = [(t - BORN, y) for t, y in times if t > DOSE]
    return own_control(
        model,
        [t for t, _ in before],
        [y for _, y in before],
        [t for t, _ in after],
        [y for _, y in after],
        direction=direction,
        margin=5,
    )


def test_the_finding_is_what_the_statistics_give_when_called_by_hand(folder):
    with (folder / "data/history/visits.csv").open(encoding="utf-8", newline="") as handle:
        visits = list(csv.DictReader(handle))
    people = sorted({row["person"] for row in visits})
    model = choose_course(
        [people.index(row["person"]) for row in visits],
        [float(row["time"]) for row in visits],
        [float(row["value"]) for row in visits],
        slopes=True,
    )
    with (folder / "data/course/motor-score.csv").open(encoding="utf-8", newline="") as handle:
        rows = [
            (Moment.parse(row["time"]).first, float(row["value"])) for row in csv.DictReader(handle)
        ]
    age = [((day - BORN) / 365.25, value, day > DOSE) for day, value in rows]
    wanted = own_control(
        model,
        [t for t, _, treated in age if not treated],
        [y for _, y, treated in age if not treated],
        [t for t, _, treated in age if treated],
        [y for _, y, treated in age if treated],
        direction="higher",
        margin=5,
    )
    finding = own(folder)
    assert finding.estimate is not None
    found = (finding.estimate.value, finding.estimate.lower, finding.estimate.upper)
    assert found == pytest.approx((wanted.contrast, wanted.lower, wanted.upper), rel=1e-6)
    assert finding.attributes["p_benefit"] == pytest.approx(wanted.p_one_sided, rel=1e-4)
    naive = own(folder, "naive-change")
    assert naive.estimate is not None
    assert naive.estimate.value == pytest.approx(wanted.naive_difference, rel=1e-9)
    assert naive.direction is Direction.DESCRIBES
    assert any("regression to the mean and trend are in this number" in c for c in naive.caveats)


ROWS = [
    ("2023-06-01", "40"),
    ("2024-01-01", "42"),
    ("2024-07-01", "30"),
    ("2025-01-01", "31"),
]


@pytest.mark.parametrize("spoilt", [(2,), (2, 3), (0,), (0, 2)])
def test_of_the_readings_of_values_below_the_floor_the_least_favourable_is_reported(folder, spoilt):
    rows = [(t, f"<{v}" if i in spoilt else v) for i, (t, v) in enumerate(ROWS)]
    published(folder, rows, improves="lower")
    found = own(folder)

    def filled(before: float, after: float) -> list[tuple[str, float]]:
        return [
            (t, float(v) * ((before if i < 2 else after) if i in spoilt else 1))
            for i, (t, v) in enumerate(ROWS)
        ]

    p = {(b, a): by_hand(filled(b, a), "lower").p_one_sided for b in (0.0, 1.0) for a in (0.0, 1.0)}
    assert found.attributes["p_benefit"] == pytest.approx(max(p.values()), rel=1e-9)
    assert min(p.values()) < max(p.values())
    assert any(f"{len(spoilt)} values are not exact" in c for c in found.caveats)


@pytest.mark.parametrize(
    ("index", "improves", "computable"),
    [(0, "lower", True), (2, "lower", False), (0, "higher", False), (2, "higher", True)],
)
def test_a_value_above_the_range_counts_only_where_it_cannot_flatter(
    folder, index, improves, computable
):
    rows = [(t, f">{v}" if i == index else v) for i, (t, v) in enumerate(ROWS)]
    published(folder, rows, improves=improves)
    found = own(folder)
    assert (found.direction is not Direction.NOT_COMPUTABLE) is computable
    if computable:
        assert any("1 values are not exact" in caveat for caveat in found.caveats)
    else:
        assert "has no limit on the side that matters" in found.statement
        assert found.would_need == "Measure the sample diluted, or plan a comparison of ranks."


def test_a_range_is_taken_at_its_less_favourable_end_and_said_so(folder):
    rows = [(t, "28–32" if i == 2 else v) for i, (t, v) in enumerate(ROWS)]
    published(folder, rows, improves="lower")
    found = own(folder)
    exact = [(t, 32.0 if i == 2 else float(v)) for i, (t, v) in enumerate(ROWS)]
    assert found.attributes["p_benefit"] == pytest.approx(
        by_hand(exact, "lower").p_one_sided, rel=1e-9
    )
    assert any("1 values are not exact" in c for c in found.caveats)


def test_a_value_below_the_declared_floor_written_as_exact_is_an_error(folder):
    edit_case(folder, lambda case: dataset(case, "motor-score").update(assay_floor=70))
    _, problems = survey(folder)
    assert [p.where for p in problems] == [
        "data/course/motor-score.csv:8",
        "data/course/motor-score.csv:9",
    ]
    assert problems[0].remedy == "write <70, or correct the floor"


def test_measurements_shortly_after_dosing_can_be_left_out_and_are_named(folder):
    edit_plan(
        folder,
        lambda plan: plan["analyses"][0]["parameters"].update(from_days_after_dose=200),
    )
    found = own(folder)
    assert found.n == 4
    assert any(
        "2 measurements outside the planned window after the first dose are left out" in c
        for c in found.caveats
    )
    assert [item["text"] for item in found.details["excluded"]] == ["72.7", "75.6"]


@pytest.mark.parametrize(
    ("change", "words", "need"),
    [
        (
            lambda folder: (folder / "data/course/timeline.csv").unlink(),
            "no dose is recorded",
            "Record the doses",
        ),
        (
            lambda folder: published(folder, ROWS[2:]),
            "no measurement was taken before the first dose",
            "two or more, not picked as bad",
        ),
        (
            lambda folder: published(folder, ROWS[:2]),
            "no measurement was taken after the first dose",
            "Add measurements after dosing",
        ),
        (
            lambda folder: edit_plan(
                folder,
                lambda plan: plan["analyses"][0]["parameters"].update(
                    from_days_after_dose=2000, to_days_after_dose=2500
                ),
            ),
            "no measurement lies in the planned window after the first dose",
            "Follow the patient for as long as the plan says",
        ),
    ],
)
def test_what_cannot_be_compared_says_what_would_be_needed(folder, change, words, need):
    change(folder)
    found = own(folder)
    assert found.direction is Direction.NOT_COMPUTABLE
    assert words in found.statement
    assert need in (found.would_need or "")


def test_a_value_on_the_dosing_day_counts_as_before(folder):
    published(folder, [*ROWS, ("2024-06-03", "41")])
    found = own(folder)
    assert (found.attributes["baseline_visits"], found.n) == (3, 2)
    assert any("1 measurement of the dosing day count as before" in c for c in found.caveats)


def test_an_analysis_without_an_endpoint_is_an_error_with_its_way_out(folder):
    edit_plan(folder, lambda plan: plan["analyses"][0].pop("endpoint"))
    _, problems = survey(folder)
    (problem,) = problems
    assert "names no endpoint" in problem.problem
    assert problem.remedy == "add `endpoint:` to the analysis"


def test_the_rank_among_untreated_people_stands_beside_the_model(folder):
    rank, model = own(folder, "rank"), own(folder)
    assert model.direction is Direction.SUPPORTS
    assert rank.kind == "course.conformal"
    assert rank.direction is Direction.DESCRIBES
    floor, p = rank.attributes["floor"], rank.attributes["p_benefit"]
    assert isinstance(floor, float)
    assert isinstance(p, float)
    assert floor == pytest.approx(1 / (len(rank.details["scores"]) + 1))
    assert p >= floor
    assert len(rank.details["scores"]) == rank.attributes["people"] == rank.n
    assert set(model.details["sources"]) == {"residual", "random", "fixed", "variance"}


def test_the_model_of_the_untreated_course_can_be_planned(folder):
    def change(plan: Any) -> None:
        plan["analyses"][0].setdefault("parameters", {})["model"] = "serial"

    edit_plan(folder, change)
    assert own(folder).details["model"].endswith("serial correlation")


def test_a_published_population_leaves_no_rank(folder):
    published(folder, ROWS)
    analysed, _ = survey(folder)
    assert not [f for f in analysed.findings if f.kind == "course.conformal"]


def test_heavy_tails_of_untreated_people_are_said(folder):
    path = folder / "data/history/visits.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        visits = list(csv.DictReader(handle))
    for index, row in enumerate(visits):
        if index % 17 == 0:
            row["value"] = f"{float(row['value']) + (40 if index % 2 else -40):.1f}"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(visits[0]))
        writer.writeheader()
        writer.writerows(visits)
    assert any("the conformal p is the one to read" in c for c in own(folder).caveats)
