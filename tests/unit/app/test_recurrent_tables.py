"""`effect recurrent` from plain tables: the promised JSON, and every bad table told."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ultrarare.app.statistics.recurrent import compare_recurrent_tables
from ultrarare.cli.main import app
from ultrarare.errors import InputError, InputErrors

CGD = Path(__file__).parents[2] / "reference"
PEOPLE = "person,start,stop,group\n" + "".join(
    f"p{i},0,10,{'new' if i < 3 else 'old'}\n" for i in range(9)
)
EVENTS = "person,time,type\np0,3,a\np3,1,a\np3,5,b\np4,2,a\np5,2,b\np6,7,a\np7,8,b\n"


def tables(folder, events=EVENTS, people=PEOPLE):
    (folder / "events.csv").write_text(events, "utf-8")
    (folder / "people.csv").write_text(people, "utf-8")
    return folder / "events.csv", folder / "people.csv"


def no_bad_number(value):
    if isinstance(value, dict):
        return all(map(no_bad_number, value.values()))
    if isinstance(value, list):
        return all(map(no_bad_number, value))
    return not isinstance(value, float) or math.isfinite(value)


def test_the_command_prints_the_promised_shape_with_numbers_of_r():
    done = CliRunner().invoke(
        app,
        ["effect", "recurrent", str(CGD / "cgd_events.csv"), str(CGD / "cgd_follow_up.csv"),
         "--treated", "gamma", "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)

    assert list(found["models"]) == [
        "andersen-gill", "pwp-total", "pwp-gap", "gamma-frailty", "negative-binomial", "poisson",
    ]  # fmt: skip
    for model in found["models"].values():
        assert {"log_rate_ratio", "se", "robust_se", "lower", "upper", "p_value"} <= model.keys()
    assert found["models"]["andersen-gill"]["log_rate_ratio"] == pytest.approx(-1.095286735262)
    assert found["models"]["gamma-frailty"]["robust_se"] is None
    assert found["permutation"]["floor"] == pytest.approx(1e-5)
    assert found["seed"] == 1
    assert no_bad_number(found)


def test_no_event_among_the_treated_is_null_and_never_a_bad_number(tmp_path):
    found = compare_recurrent_tables(
        *tables(tmp_path, EVENTS.replace("p0,3,a\n", "")), treated="new"
    ).to_json()

    assert found["models"]["andersen-gill"]["log_rate_ratio"] is None
    assert "no event in the treated group" in found["models"]["poisson"]["reason"]
    assert found["permutation"]["p_fewer"] < 0.5
    assert no_bad_number(found)


def test_only_events_of_the_wanted_type_count(tmp_path):
    found = compare_recurrent_tables(*tables(tmp_path), treated="new", event_type="b").to_json()

    assert [group["events"] for group in found["groups"]] == [0, 3]
    with pytest.raises(InputError, match="no event has the type 'c'"):
        compare_recurrent_tables(*tables(tmp_path), treated="new", event_type="c")


def test_events_at_entry_and_at_one_time_are_not_counted_in_silence(tmp_path):
    more = EVENTS + "p8,0,a\np3,5,c\n"
    found = compare_recurrent_tables(*tables(tmp_path, more), treated="new").to_json()

    assert [group["events"] for group in found["groups"]] == [1, 6]
    assert any("1 event at the very start" in text for text in found["caveats"])
    assert any("1 event at the same time" in text for text in found["caveats"])


def test_death_is_told_as_a_competing_end(tmp_path):
    people = "\n".join(
        line + (",ending" if i == 0 else ",competing" if i == 2 else ",administrative")
        for i, line in enumerate(PEOPLE.strip().split("\n"))
    )
    found = compare_recurrent_tables(
        *tables(tmp_path, people=people + "\n"), treated="new"
    ).to_json()

    assert [group["deaths"] for group in found["groups"]] == [1, 0]
    assert any("still alive" in text for text in found["caveats"])


def test_a_person_in_both_groups_is_an_error(tmp_path):
    with pytest.raises(InputErrors, match="person 'p0' stands in group 'old' and in 'new'"):
        compare_recurrent_tables(*tables(tmp_path, people=PEOPLE + "p0,11,12,old\n"), treated="new")


def test_an_event_outside_its_spans_is_an_error_with_its_line(tmp_path):
    with pytest.raises(InputErrors, match=r"events.csv:9: .* lies outside the time under observ"):
        compare_recurrent_tables(*tables(tmp_path, EVENTS + "p1,10.5,a\n"), treated="new")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"treated": "gone"}, "no person is in group 'gone'; found: new, old"),
        ({"treated": "new", "control": "gone"}, "no person is in group 'gone'"),
    ],
)
def test_a_group_nobody_is_in_is_an_error(tmp_path, options, words):
    with pytest.raises(InputError, match=words):
        compare_recurrent_tables(*tables(tmp_path), **options)


def test_several_untreated_groups_need_a_name(tmp_path):
    people = PEOPLE.replace("p8,0,10,old", "p8,0,10,older")
    with pytest.raises(InputError, match="there are 2 groups: old, older"):
        compare_recurrent_tables(*tables(tmp_path, people=people), treated="new")
    found = compare_recurrent_tables(*tables(tmp_path, people=people), treated="new", control="old")
    assert found.comparison.untreated.n == 5


def test_a_follow_up_without_groups_is_an_error(tmp_path):
    people = "person,start,stop\n" + "".join(f"p{i},0,10\n" for i in range(9))
    with pytest.raises(InputError, match="has no column 'group'"):
        compare_recurrent_tables(*tables(tmp_path, people=people), treated="new")


def test_a_row_of_an_event_that_stands_twice_is_an_error(tmp_path):
    last = len(EVENTS.strip().split("\n"))
    with pytest.raises(InputErrors) as caught:
        compare_recurrent_tables(
            *tables(tmp_path, EVENTS + EVENTS.strip().split("\n")[-1] + "\n"), treated="new"
        )
    (problem,) = caught.value.problems
    assert problem.where.endswith(f":{last + 1}")
    assert f"the same row as line {last}" in problem.problem
