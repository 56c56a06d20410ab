"""Intercurrent events are printed as they were recorded."""

from __future__ import annotations

from ultrarare.dossier.findings import _intercurrent


def _row(first: int, text: str) -> dict[str, object]:
    return {"first": first, "last": first, "text": text, "label": "illness", "strategy": None}


def test_dates_print_as_dates():
    table = _intercurrent([_row(739052, "2024-06-15")])

    assert table.head == ("date", "event", "strategy")
    assert table.rows == (("2024-06-15", "illness", "none planned"),)


def test_about_stays_about_and_the_head_names_the_unit():
    table = _intercurrent([_row(244, "~244")])

    assert table.head[0] == "day of life"
    assert table.rows[0][0] == "≈244"


def test_days_stand_in_where_the_moment_was_not_given():
    row = {"first": 3, "last": 9, "label": "illness", "strategy": "hypothetical"}

    assert _intercurrent([row]).rows == (("3–9", "illness", "hypothetical"),)
