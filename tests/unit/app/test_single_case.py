"""`effect single-case` over a table: read whole, described, and tested only if drawn."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ultrarare.app.statistics.single_case import describe_series, parse_starts
from ultrarare.errors import InputError, InputErrors, NotComputable

ROWS = [("A", t, v) for t, v in enumerate([20, 20, 26, 25, 22, 23])] + [
    ("B", t, v) for t, v in enumerate([28, 25, 24, 27, 30, 30, 29], start=6)
]
PROMISED = (
    "nap tau tau_u bc_tau log_response_ratio level_change slope_change p_value caveats".split()
)


def table(tmp_path, rows, head="phase,time,value"):
    path = tmp_path / "series.csv"
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return path


def test_the_command_prints_plain_numbers(tmp_path):
    path = table(tmp_path, ROWS)
    done = subprocess.run(
        [sys.executable, "-m", "ultrarare", "effect", "single-case", str(path), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert set(PROMISED) <= set(found)
    assert found["nap"] == pytest.approx(38.5 / 42)
    assert found["p_value"] is None
    assert any("no direction was given" in caveat for caveat in found["caveats"])
    assert any("not drawn by lot" in caveat for caveat in found["caveats"])


def test_drawn_starts_give_a_p(tmp_path):
    report = describe_series(table(tmp_path, ROWS), direction="higher", possible_starts="3:10")

    assert report.to_json()["p_value"] == pytest.approx(3 / 8)
    assert "one-sided p 0.375" in report.summary()


def test_values_beyond_a_limit_stand_at_their_worse_end(tmp_path):
    rows = [("A", 0, "<4"), ("A", 1, 6), ("B", 2, 3), ("B", 3, "<4")]
    report = describe_series(table(tmp_path, rows), direction="lower")

    # The baseline's <4 is read as 0, treatment's as 4: of four pairs 3 < 6 and 4 < 6 are better.
    assert report.to_json()["nap"] == pytest.approx(2 / 4)
    assert any("2 values are not exact" in caveat for caveat in report.reading)


def test_a_value_without_an_end_cannot_be_read(tmp_path):
    rows = [("A", 0, 5), ("B", 1, ">9")]

    with pytest.raises(NotComputable, match="no limit on the side"):
        describe_series(table(tmp_path, rows), direction="lower")
    assert describe_series(table(tmp_path, rows), direction="higher").result.overlap.nap == 1


def test_every_problem_of_a_table_is_told_at_once(tmp_path):
    path = table(tmp_path, [("A", 0, "x"), ("A", "y", 1), ("B", 2, 1)])

    with pytest.raises(InputErrors) as caught:
        describe_series(path)
    assert len(caught.value.problems) == 2


def test_two_values_at_one_time_are_named_with_both_lines(tmp_path):
    path = table(tmp_path, [("A", 0, 1), ("A", 0, 2), ("B", 2, 1)])

    with pytest.raises(InputErrors, match="time 0 stands in line 2 too"):
        describe_series(path)


@pytest.mark.parametrize(
    ("text", "starts"),
    [("5,6,8", [5, 6, 8]), ("5:8", [5, 6, 7, 8]), ("1:2:0.5", [1, 1.5, 2]), ("4", [4])],
)
def test_starts_are_a_list_or_a_range(text, starts):
    assert parse_starts(text) == starts


@pytest.mark.parametrize("text", ["", "a,b", "8:5", "1:2:0", "1:2:-1", "0:1:1e-9"])
def test_other_starts_are_refused(text):
    with pytest.raises(InputError, match="allowed is a list"):
        parse_starts(text)
