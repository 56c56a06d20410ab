"""Tables keep numbers as they are and hand no formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from tests.unit.dossier.example import source
from ultrarare.case.finding import Direction
from ultrarare.dossier.tables import NAMES, cell, tables


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-cmd|x", "@ref", "\t=1", "\r=1", "-"])
def test_a_text_like_a_formula_gets_an_apostrophe(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-12.41, "-12.41"), ("-12.41", "-12.41"), (-3, "-3"), ("+5e-3", "+5e-3"), (0.0, "0.0")],
)
def test_a_number_stays_as_it_is(value, expected):
    assert cell(value) == expected


def test_what_is_not_known_is_empty_and_not_zero():
    assert cell(None) == ""
    assert cell(0) == "0"


def test_findings_carry_full_precision():
    row = next(r for r in _rows(tables(source())["findings.csv"]) if r["id"] == "course/ammonia")

    assert (row["value"], row["lower"], row["planned"]) == ("-12.41", "-26.0", "post hoc")


def test_a_hostile_statement_is_safe_in_findings():
    given = source()
    first = given.assessment.findings[0].model_copy(
        update={"statement": "=HYPERLINK(1)", "direction": Direction.DESCRIBES}
    )
    assessment = given.assessment.model_copy(update={"findings": (first,)})
    found = tables(replace(given, assessment=assessment))

    assert _rows(found["findings.csv"])[0]["statement"] == "'=HYPERLINK(1)"


def test_only_tables_with_rows_are_given_and_all_are_owned():
    given = source()
    full = tables(given)
    bare = tables(replace(given, assessment=given.assessment.model_copy(update={"findings": ()})))

    assert set(full) == set(NAMES)
    assert "alleles.csv" not in bare
    assert "verdicts.csv" in bare


def test_course_rows_say_which_part_they_belong_to():
    rows = _rows(tables(source())["course.csv"])

    assert [r["part"] for r in rows].count("post") == 5
    below = [r for r in rows if r["text"] == "<9"]
    assert [r["value"] for r in below] == ["", ""]


def test_both_readings_stand_in_the_verdicts():
    rows = _rows(tables(source())["verdicts.csv"])
    row = next(r for r in rows if r["requirement"] == "EL-5" and r["guidance"] == "made-a")

    assert (row["as_written"], row["strict"]) == ("needs judgement", "missing")
