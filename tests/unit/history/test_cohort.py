"""Cohorts: what a row must be, and where it says so; ages on the cohort's clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import example, small_case
from ultrarare.case.moment import Moment
from ultrarare.errors import InputError, InputErrors, NotComputable
from ultrarare.history.age import age
from ultrarare.history.cohort import read_episodes, read_people, read_visits


def table(tmp_path: Path, text: str, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_people_are_read_with_their_group(tmp_path):
    path = table(tmp_path, "person,entry,exit,event,group\na,0,3.5,1,x\nb,1,2,0,y\n")
    first, second = read_people(path, name="t.csv")
    assert (first.entry, first.exit, first.event, first.group) == (0, 3.5, True, "x")
    assert second.event is False


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("a,-1,2,1", ["t.csv:2 entry: found '-1', a negative value; allowed is 0 or more"]),
        ("a,2,2,1", ["t.csv:2: exit 2 is not after entry 2"]),
        ("a,3,2,1", ["t.csv:2: exit 2 is not after entry 3"]),
        (
            "a,0,2,1\na,0,3,0",
            ["t.csv:2: person 'a' stands 2 times", "t.csv:3: person 'a' stands 2 times"],
        ),
        ("a,0,2,dead", ["t.csv:2 event: found 'dead'; allowed is 1 (seen) or 0 (not seen)"]),
        ("a,0,,1", ["t.csv:2 exit: is empty"]),
    ],
)
def test_a_person_who_cannot_be_is_an_error(tmp_path, rows, expected):
    with pytest.raises(InputErrors) as caught:
        read_people(table(tmp_path, f"person,entry,exit,event\n{rows}\n"), name="t.csv")
    assert [str(p).partition("\n")[0] for p in caught.value.problems] == expected


def test_two_measurements_at_one_time_are_an_error_on_both_lines(tmp_path):
    with pytest.raises(InputErrors) as caught:
        read_visits(table(tmp_path, "person,time,value\na,1,5\na,1.0,6\nb,1,5\n"), name="t.csv")
    assert [p.where for p in caught.value.problems] == ["t.csv:2", "t.csv:3"]
    assert "average repeats" in caught.value.problems[0].remedy


def episodes(tmp_path: Path, events: str, spans: str) -> dict[str, tuple[int, float]]:
    found = read_episodes(
        table(tmp_path, f"person,time\n{events}", "e.csv"),
        table(tmp_path, f"person,start,stop\n{spans}", "s.csv"),
        events_name="e.csv",
        follow_up_name="s.csv",
    )
    return {item.person: (item.events, item.person_time) for item in found}


def test_a_person_without_an_episode_counts_as_none_over_their_time(tmp_path):
    found = episodes(tmp_path, "a,1\na,2\n", "a,0,3\nb,1,2\na,5,6\n")
    assert found == {"a": (2, 4), "b": (0, 1)}


def test_no_episode_at_all_is_a_count_too(tmp_path):
    assert episodes(tmp_path, "", "a,0,3\n") == {"a": (0, 3)}


@pytest.mark.parametrize(
    ("events", "spans", "places"),
    [
        ("a,4\n", "a,0,3\n", ["e.csv:2"]),
        ("b,1\n", "a,0,3\n", ["e.csv:2"]),
        ("a,3.5\n", "a,0,3\na,4,5\n", ["e.csv:2"]),
        ("a,1\n", "a,3,0\n", ["s.csv:2", "e.csv:2"]),
    ],
)
def test_an_episode_outside_the_time_under_observation_is_an_error(tmp_path, events, spans, places):
    with pytest.raises(InputErrors) as caught:
        episodes(tmp_path, events, spans)
    assert [p.where for p in caught.value.problems] == places
    assert all(p.remedy for p in caught.value.problems)


def test_an_age_is_counted_from_birth_on_either_clock():
    case = example("progressive").case
    assert age(Moment.parse("2018-05-08"), case, unit="d") == 365
    assert age(Moment.parse("2018-05-08"), case, unit="a") == pytest.approx(365 / 365.25)
    assert age(Moment.parse("100-200"), small_case(), unit="d") == 150
    # Birth is day 0 of the clock of days of life, whatever the case says beside it.
    assert (
        age(Moment.parse(100), small_case(patient={"pseudonym": "a", "born": 0}), unit="d") == 100
    )


def test_without_a_date_of_birth_ages_are_not_known():
    with pytest.raises(NotComputable, match="no date of birth"):
        age(Moment.parse("2018-05-08"), small_case(clock="ISO date"), unit="d")


def test_an_age_in_kilograms_is_refused():
    with pytest.raises(InputError, match="time unit 'kg'"):
        age(Moment.parse(3), small_case(), unit="kg")
