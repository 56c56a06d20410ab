"""Two cohorts of one population: what they say differently of one person, and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import findings_of
from tests.made_records import POPULATION, SCORE, made_people, write_case, write_packets
from ultrarare.case.amount import Amount
from ultrarare.case.finding import Direction
from ultrarare.history.contradictions import Told, disagreements
from ultrarare.history.records import Cohort, Person, Visit


def person(**more: Any) -> Person:
    return Person(**{"person": "p", "entry": 0.0, "exit": 5.0, "event": False, **more})


def visit(value: float, time: float = 2.0, **more: Any) -> Visit:
    return Visit(person="p", time=time, value=value, **{"measure": "FVC", "unit": "L", **more})


def told(
    *people: Person, visits: tuple[Visit, ...] = (), unit: str = "a", endpoint: str | None = "death"
) -> Told:
    cohort = Cohort(source="made", time_unit=unit, people=people, visits=visits)
    return Told(name="made", cohort=cohort, endpoint=endpoint)


def kinds(a: Told, b: Told) -> list[str]:
    forth, back = disagreements(a, b), disagreements(b, a)
    assert len(forth) == len(back)
    assert {(d.first, d.second) for d in forth} == {(d.second, d.first) for d in back}
    return [item.what for item in forth]


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ({"sex": "female"}, {"sex": "male"}, ["sex"]),
        ({"sex": "F"}, {"sex": "female"}, []),
        ({"sex": "female"}, {"sex": None}, []),
        ({"born": "2001-03-01"}, {"born": "2001-03-02"}, ["birth"]),
        ({"born": "2001"}, {"born": "2001-03-02"}, []),
        ({"event": True}, {"event": True, "exit": 5.2}, ["end of observation"]),
        ({"event": True}, {"event": True, "exit": 5.05}, []),
        ({"event": True}, {"exit": 6.0}, ["end of observation"]),
        ({"event": True}, {"exit": 4.0}, []),  # seen less long is no contradiction
        ({"exit": 4.0}, {"exit": 9.0}, []),
        (
            {"onset": Amount(1, 2, "1–2")},
            {"onset": Amount(3, None, ">3")},
            ["age at onset"],
        ),
        ({"onset": Amount(1, 2, "1–2")}, {"onset": Amount(1.5, 1.5, "1.5")}, []),
    ],
)
def test_two_tables_of_people(first, second, what):
    assert kinds(told(person(**first)), told(person(**second))) == what


def test_times_are_held_against_each_other_in_days():
    years = told(person(event=True, exit=5.0))
    days = told(person(event=True, exit=5 * 365.25), unit="d")
    assert kinds(years, days) == []
    assert kinds(years, told(person(event=True, exit=5.0), unit="d")) == ["end of observation"]


def test_another_endpoint_is_no_other_end():
    walking = told(person(event=True, exit=3.0), endpoint="loss of walking")
    assert kinds(walking, told(person(event=True, exit=5.0))) == []


def test_nobody_is_seen_after_death_and_is_after_another_endpoint():
    later = told(visits=(visit(1.0, time=6.0),), endpoint=None)
    assert kinds(told(person(event=True)), later) == ["visit after death"]
    assert kinds(told(person(event=True), endpoint="loss of walking"), later) == []


@pytest.mark.parametrize(
    ("first", "second", "conflict"),
    [
        (visit(2.0), visit(2.5), True),
        (visit(2.0), visit(2.01), False),  # as rounded
        (visit(2.0), visit(2500.0, unit="mL"), True),
        (visit(2.0), visit(2000.0, unit="mL"), False),
        (visit(2.0), visit(70.0, unit="kg"), False),
        (visit(2.0), visit(9.0, time=2.01), False),  # another day
        (visit(2.0), visit(3.0, amount=Amount(None, 3.0, "<3")), False),
        (visit(2.0), visit(1.0, amount=Amount(None, 1.0, "<1")), True),
        (visit(2.0), visit(9.0, measure="weight"), False),
        (visit(0.0), visit(0.0), False),
    ],
)
def test_values_of_one_day(first, second, conflict):
    found = kinds(told(visits=(first,)), told(visits=(second,)))
    assert found == (["value on one day"] if conflict else [])


def test_one_of_several_values_of_a_day_that_agrees_is_enough():
    both = told(visits=(visit(2.0), visit(9.0, time=2.0001)))
    assert [d.what for d in disagreements(told(visits=(visit(2.0),)), both)] == []


def second(folder: Path, population: str = POPULATION) -> list[dict[str, Any]]:
    who = {"origin": "made", "population": population, "tier": "same gene"}
    first = next(person for person in made_people() if person.died)
    (folder / "data/people.csv").write_text(
        "person,entry,exit,event,sex\n"
        f"{first.name},0,{first.exit + 400},1,male\np50,0,900,0,female\n",
        "utf-8",
    )
    time, value = first.visits[0]
    (folder / "data/visits.csv").write_text(
        f"person,time,value\n{first.name},{time},{value + 20}\np50,800,70\np50,900,60\n", "utf-8"
    )
    return [
        {"id": "deaths", "kind": "cohort-people", "file": "data/people.csv", "endpoint": "death",
         **who},
        {"id": "scores", "kind": "cohort-visits", "file": "data/visits.csv", "measure": SCORE,
         "unit": "{score}", **who},
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path


def conflicts(folder: Path) -> dict[str, Any]:
    plan = folder / "plan.yaml"
    plan.write_text('{"schema": "ultrarare/plan/1"}', "utf-8")
    return {
        f.id.rpartition("/")[2]: f
        for f in findings_of(folder).values()
        if f.kind == "history.cohort-conflict"
    }


def test_cohorts_of_one_population_that_contradict_each_other_are_a_finding(folder):
    dataset = write_packets(folder, made_people())
    found = conflicts(write_case(folder, [dataset, *second(folder)]))
    assert set(found) == {"records-deaths", "records-scores"}
    deaths = found["records-deaths"]
    assert deaths.direction is Direction.DESCRIBES
    assert deaths.attributes == {"people": 1, "conflicts": 2}
    assert {row["what"] for row in deaths.details["rows"]} == {"sex", "end of observation"}
    died = next(person.name for person in made_people() if person.died)
    assert died not in str(deaths.model_dump())  # no pseudonym in a dossier
    assert {row["what"] for row in found["records-scores"].details["rows"]} == {"value on one day"}


def test_cohorts_of_two_populations_may_use_one_pseudonym_twice(folder):
    dataset = write_packets(folder, made_people())
    assert conflicts(write_case(folder, [dataset, *second(folder, "other people")])) == {}
