"""`history describe`: what a cohort holds, what its tables say against each other, in JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ultrarare.app.statistics.cohort import describe_cohort, read_source
from ultrarare.app.statistics.cohort_options import asked, declared
from ultrarare.cli.history import app
from ultrarare.errors import InputError, InputErrors
from ultrarare.history.question import Question, Setting
from ultrarare.history.tables import Tables, read_tables


def write(folder, name, text):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def people(folder, text="a,0,5,1,x\nb,0,8,0,y\n"):
    return write(folder, "p.csv", f"person,entry,exit,event,group\n{text}")


def problems(**paths) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        read_tables(Tables(**paths), time_unit="a")
    return [str(p).partition("\n")[0] for p in caught.value.problems]


def test_events_and_visits_after_death_are_problems_told_together(tmp_path):
    visits = write(tmp_path, "v.csv", "person,time,value\na,6,1\nb,2,1\n")
    events = write(tmp_path, "e.csv", "person,time\na,7\n")
    assert problems(people=people(tmp_path), visits=visits, events=events) == [
        "v.csv:2: the visit of 'a' at 6 comes after death at 5",
        "e.csv:2: the event of 'a' at 7 comes after death at 5",
    ]


def test_follow_up_is_named_by_its_file_and_line_and_the_head_names_no_file_of_several(tmp_path):
    events = write(tmp_path, "e.csv", "person,time\na,7\n")
    spans = write(tmp_path, "s.csv", "person,start,stop\nb,0,2\na,0,9\n")
    tables = Tables(people=people(tmp_path), events=events, follow_up=spans)
    with pytest.raises(InputErrors) as caught:
        read_tables(tables, time_unit="a")
    assert [problem.where for problem in caught.value.problems] == ["e.csv:2", "s.csv:3"]
    assert str(caught.value).startswith("2 problems found\n")


def test_who_is_nobody_among_the_people_is_told_once_at_their_first_row(tmp_path):
    visits = write(tmp_path, "v.csv", "person,time,value\na,1,1\nc,1,1\nc,2,1\n")
    found = problems(people=people(tmp_path), visits=visits)
    assert found == ["v.csv:3: the visit of 'c' belongs to nobody in p.csv"]


def test_after_an_endpoint_that_is_not_terminal_visits_may_go_on(tmp_path):
    visits = write(tmp_path, "v.csv", "person,time,value\na,6,1\n")
    tables = Tables(people=people(tmp_path), visits=visits)
    assert len(read_tables(tables, time_unit="a", terminal=False).visits) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("c,1,1,x", "v.csv:2: the visit of 'c' belongs to nobody in p.csv"),
        ("b,9,1,y", "v.csv:2: the visit of 'b' at 9 comes after the end of observation at 8"),
        ("a,1,1,y", "v.csv:2: person 'a' stands in group 'y' here and in 'x' in p.csv; allowed is "
         "one"),
    ],
)  # fmt: skip
def test_a_visit_that_people_rule_out_is_a_problem(tmp_path, row, said):
    visits = write(tmp_path, "v.csv", f"person,time,value,group\n{row}\n")
    assert problems(people=people(tmp_path), visits=visits) == [said]


def test_a_visit_before_birth_is_a_problem(tmp_path):
    visits = write(tmp_path, "v.csv", "person,time,value\na,-1,1\n")
    assert "negative" in problems(people=people(tmp_path), visits=visits)[0]


def test_problems_of_every_table_come_at_once(tmp_path):
    visits = write(tmp_path, "v.csv", "person,time,value\na,x,1\n")
    found = problems(people=people(tmp_path, "a,3,2,1,x\n"), visits=visits)
    assert {text.partition(":")[0] for text in found} == {"p.csv", "v.csv"}


def test_follow_up_without_events_is_an_error(tmp_path):
    spans = write(tmp_path, "s.csv", "person,start,stop\na,0,2\n")
    assert "stands without a table of events" in problems(follow_up=spans)[0]


def test_age_at_reported_death_and_median_survival_differ_when_most_are_censored(tmp_path):
    rows = "".join(f"d{i},0,{2 + i},1,x\n" for i in range(3))
    rows += "".join(f"c{i},0,{10 + i},0,x\n" for i in range(9))
    report = describe_cohort(
        read_tables(Tables(people=people(tmp_path, rows)), time_unit="a"),
        question=Question(),
        setting=Setting(),
    )
    held = report.adequacy[0]["censoring"].numbers
    assert held["median_age_at_reported_event"] == 3
    assert held["median_survival"] is None
    assert held["unexplained"] == 9


def test_one_source_is_wanted_and_no_more(tmp_path):
    with pytest.raises(InputError, match="found 0 sources"):
        read_source(Tables())
    with pytest.raises(InputError, match="found 2 sources"):
        read_source(Tables(people=people(tmp_path)), phenopackets=tmp_path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"patient_age": "2;5"}, "found '2;5'; allowed are two numbers"),
        ({"patient_age": "5,2"}, "the younger first"),
        ({"direction": "up"}, "allowed is one of: lower, higher"),
        ({"unit": "pints of milk"}, "UCUM"),
    ],
)
def test_an_option_that_makes_no_sense_is_an_error(given, said):
    with pytest.raises(InputError, match=said):
        asked(given)


def test_a_way_of_collecting_that_is_none_is_an_error():
    with pytest.raises(InputError, match="prospective"):
        declared({"collected": "somehow"})


def test_a_measure_the_cohort_does_not_hold_is_an_error(tmp_path):
    visits = write(tmp_path, "v.csv", "person,time,value,measure\na,1,1,gait\na,2,1,gait\n")
    cohort = read_tables(Tables(visits=visits), time_unit="a")
    with pytest.raises(InputError, match="the cohort measures: gait"):
        describe_cohort(cohort, question=Question(endpoint="speech"), setting=Setting())


def test_the_command_prints_json_with_a_grade_and_reason_for_every_side(tmp_path):
    visits = write(
        tmp_path,
        "v.csv",
        "person,time,value\n" + "".join(f"p{i},{t},{i + t}\n" for i in range(9) for t in range(4)),
    )
    done = CliRunner().invoke(
        app,
        ["describe", "--visits", str(visits), "--patient-age", "1,2",
         "--relevant-difference", "0.5",
         "--direction", "higher", "--unit", "{score}", "--endpoint", "gait", "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["seed"] == 1
    assert (answer["people"], answer["visits"], answer["events"]) == (9, 36, 0)
    (visits_side,) = answer["adequacy"]
    assert all(side["grade"] and side["reason"] for side in visits_side["domains"])
    improved = next(d for d in visits_side["domains"] if d["domain"] == "spontaneous_improvement")[
        "numbers"
    ]
    assert (improved["people"], improved["improved"]) == (9, 9)


def mixed(folder, events="person,time\na,1\nb,2\n"):
    visits = write(
        folder, "v.csv", "person,time,value,measure\na,1,1,gait\na,2,1,gait\nb,1,2,gait\n"
    )
    table = write(folder, "e.csv", events)
    paths = Tables(people=people(folder), visits=visits, events=table)
    return read_tables(paths, time_unit="a")


def sides(cohort, endpoint, **named):
    report = describe_cohort(
        cohort, question=Question(endpoint=endpoint), setting=Setting(), **named
    )
    return {(e.kind, e.measure): e["endpoint"] for e in report.adequacy}


def test_people_and_events_keep_their_own_names_beside_the_measure(tmp_path):
    found = sides(mixed(tmp_path), "gait", event="death", episode="seizure")
    assert {key: str(side.grade) for key, side in found.items()} == {
        ("people", "death"): "inadequate",
        ("visits", "gait"): "adequate",
        ("episodes", "seizure"): "inadequate",
    }
    assert found["people", "death"].reason == (
        "The cohort has death; the patient's endpoint is gait."
    )


def test_people_and_events_without_a_name_are_never_given_the_measure_s(tmp_path):
    found = sides(mixed(tmp_path), "gait")
    assert set(found) == {("people", None), ("visits", "gait"), ("episodes", None)}
    assert str(found["people", None].grade) == "cannot be judged"
    assert str(found["episodes", None].grade) == "cannot be judged"


def test_the_type_of_an_event_can_be_the_endpoint(tmp_path):
    cohort = mixed(tmp_path, "person,time,type\na,1,seizure\na,2,fall\nb,2,fall\n")
    found = sides(cohort, "seizure")
    assert str(found["episodes", "seizure"].grade) == "adequate"
    assert str(found["visits", "gait"].grade) == "inadequate"
    assert ("episodes", "fall, seizure") in sides(cohort, "gait")
    with pytest.raises(InputError, match="the cohort measures: fall, gait, seizure"):
        sides(cohort, "speech")


def test_the_one_part_of_a_cohort_is_taken_for_the_endpoint_asked_for(tmp_path):
    cohort = read_tables(Tables(people=people(tmp_path)), time_unit="a")
    assert str(sides(cohort, "walking")["people", "walking"].grade) == "adequate"
    with pytest.raises(InputError, match="the cohort measures: death"):
        sides(cohort, "walking", event="death")
