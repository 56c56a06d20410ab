"""Laws of tables: what is written is read, and every bad cell is named by its own line."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.case.magnitude import SMALLEST
from ultrarare.case.table import Column, Row, not_negative, read_table
from ultrarare.errors import InputErrors

COLUMNS = (
    Column("person", str),
    Column("time", not_negative),
    Column("note", str, required=False, may_be_empty=True),
)
words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\ufeff", exclude_categories=("Cs", "Cc")),
    min_size=1,
    max_size=8,
).filter(lambda text: bool(text.strip()))
times = st.floats(0, 1e6).filter(lambda time: time == 0 or time >= SMALLEST).map(repr)
rows = st.lists(st.tuples(words, times, st.one_of(st.just(""), words)), min_size=1, max_size=8)


def _read(table: list[tuple[str, str, str]]) -> tuple[Row, ...]:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["person", "time", "note"], *table])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        return read_table(path, COLUMNS, name="t.csv")


@given(rows)
@settings(max_examples=60)
def test_a_table_gives_back_the_cells_that_were_written(table):
    found = _read(table)
    assert [row["person"] for row in found] == [name.strip() for name, _, _ in table]
    assert [row["time"] for row in found] == [float(time) for _, time, _ in table]
    assert [row["note"] for row in found] == [note.strip() or None for _, _, note in table]
    assert [row.line for row in found] == list(range(2, len(table) + 2))


@given(rows, st.data())
@settings(max_examples=60)
def test_each_spoiled_cell_is_named_once_by_its_line(table, data):
    bad = data.draw(st.sets(st.integers(0, len(table) - 1), min_size=1))
    spoiled = [
        (name, "-" + time if index in bad and float(time) else "nan" if index in bad else time, n)
        for index, (name, time, n) in enumerate(table)
    ]
    with pytest.raises(InputErrors) as caught:
        _read(spoiled)
    assert [p.where for p in caught.value.problems] == [f"t.csv:{i + 2} time" for i in sorted(bad)]
