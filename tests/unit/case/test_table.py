"""CSV tables: all that is wrong at once, each with its line; nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ultrarare.case import table
from ultrarare.case.table import Column, Row, count, flag, not_negative, number, read_table
from ultrarare.errors import InputErrors

COLUMNS = (
    Column("person", str),
    Column("age", not_negative),
    Column("seen", flag, required=False),
    Column("note", str, required=False, may_be_empty=True),
)


def read(tmp_path: Path, text: str | bytes, **more: Any) -> tuple[Row, ...]:
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, COLUMNS, name="data/t.csv", **more)


def problems(tmp_path: Path, text: str | bytes, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputErrors) as caught:
        read(tmp_path, text, **more)
    return [(p.where, p.problem) for p in caught.value.problems]


def test_cells_are_read_by_their_columns(tmp_path):
    first, second = read(tmp_path, "person,age,note\n a ,1.5,\nb,2,x\n")
    assert (first["person"], first["age"], first["note"], first.get("seen")) == (
        "a",
        1.5,
        None,
        None,
    )
    assert second.line == 3


def test_columns_may_stand_in_any_order(tmp_path):
    assert read(tmp_path, "age,person\n1,a\n")[0]["person"] == "a"


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfperson,age\na,1\n",  # byte order mark, as spreadsheets write it
        b"person,age\r\na,1\r\n",
        b"person,age\na,1",
        b"person,age\n\na,1\n\n",
        b'"person","age"\n"a","1"\n',
    ],
)
def test_ways_of_writing_a_table_do_not_matter(tmp_path, text):
    assert read(tmp_path, text)[0]["person"] == "a"


def test_every_problem_of_a_table_comes_at_once_with_its_line(tmp_path):
    text = "person,age,seen\na,-1,1\nb,x\n,3,2\nc,nan,0\nd,inf,0\n"
    assert problems(tmp_path, text) == [
        ("data/t.csv:2 age", "found '-1', a negative value; allowed is 0 or more"),
        ("data/t.csv:3", "has 2 cells where the header has 3"),
        ("data/t.csv:4 person", "is empty"),
        ("data/t.csv:4 seen", "found '2'; allowed is 1 (seen) or 0 (not seen)"),
        ("data/t.csv:5 age", "found 'nan'; allowed is a finite number"),
        ("data/t.csv:6 age", "found 'inf'; allowed is a finite number"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("data/t.csv", "is empty")]),
        ("\n\n", [("data/t.csv", "is empty")]),
        ("person,age\n", [("data/t.csv", "has a header and no data row")]),
        (
            "person\na\n",
            [("data/t.csv:1", "has no column 'age'; found: person")],
        ),
        (
            "person,age,height\na,1,2\n",
            [
                (
                    "data/t.csv:1",
                    "has an unknown column 'height'; allowed: person, age, seen, note",
                )
            ],
        ),
        ("person,age,age\na,1,2\n", [("data/t.csv:1", "column 'age' stands 2 times")]),
        ("person,age\na,1,2\n", [("data/t.csv:2", "has 3 cells where the header has 2")]),
        ("person,age\na\n", [("data/t.csv:2", "has 1 cells where the header has 2")]),
        ("person;age\na;1\n", [("data/t.csv:1", "is separated by semicolons")]),
        (b"person,age\na,\xe9\n", [("data/t.csv", "byte 13 is not UTF-8")]),
        ("person,age\na\0,1\n", [("data/t.csv", "holds a NUL character, so it is no CSV")]),
    ],
)
def test_a_table_that_is_none_is_told_why(tmp_path, text, expected):
    assert problems(tmp_path, text) == expected


def test_text_after_a_closing_quote_is_an_error_with_its_line(tmp_path):
    ((where, text),) = problems(tmp_path, 'person,age\n"a"b,1\n')
    assert where == "data/t.csv:2"
    assert "expected after" in text


def test_an_unclosed_quote_does_not_swallow_the_rest_in_silence(tmp_path):
    ((where, _),) = problems(tmp_path, 'person,age\n"a,1\nb,2\n')
    assert where.startswith("data/t.csv:")


def test_a_header_alone_is_a_value_where_rows_are_events(tmp_path):
    assert read(tmp_path, "person,age\n", rows_needed=False) == ()


def test_further_columns_may_be_let_in(tmp_path):
    (row,) = read(tmp_path, "person,age,height\na,1,2\n", extra=True)
    assert row.get("height") is None


def test_a_table_beyond_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "MAX_BYTES", 5)
    assert problems(tmp_path, "person,age\na,1\n") == [("data/t.csv", "is larger than 5 bytes")]


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [(number, "-1.5e2", -150.0), (not_negative, "0", 0.0), (count, "12", 12), (flag, "1", True)],
)
def test_a_cell_is_read(reader, text, value):
    assert reader(text) == value


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (number, "x"),
        (number, "1_000"),
        (number, "1,5"),
        (number, "٣"),
        (number, "-inf"),
        (number, "1e51"),
        (number, "-1e-51"),
        (not_negative, "-0.1"),
        (count, "-1"),
        (count, "1.0"),
        (count, "²"),
        (count, "1234567890123456"),
        (flag, "yes"),
        (flag, "2"),
    ],
)
def test_a_cell_of_another_form_is_refused(reader, text):
    with pytest.raises(ValueError, match=r"found .*; allowed|allowed is 0 or more"):
        reader(text)
