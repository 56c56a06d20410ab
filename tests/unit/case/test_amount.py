"""Measured values: every form, every refusal; and published summaries."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from ultrarare.case.amount import Amount, Censoring, Summary


@pytest.mark.parametrize(
    ("value", "low", "high", "censoring"),
    [
        ("23.5", 23.5, 23.5, Censoring.NONE),
        (23, 23, 23, Censoring.NONE),
        (-1.5, -1.5, -1.5, Censoring.NONE),
        ("+.5e1", 5, 5, Censoring.NONE),
        ("<9", None, 9, Censoring.LEFT),
        ("< 9", None, 9, Censoring.LEFT),
        ("<=9", None, 9, Censoring.LEFT),
        ("≤9", None, 9, Censoring.LEFT),
        (">1000", 1000, None, Censoring.RIGHT),
        (">=1000", 1000, None, Censoring.RIGHT),
        ("≥1000", 1000, None, Censoring.RIGHT),
        ("9–19", 9, 19, Censoring.INTERVAL),
        ("9 to 19", 9, 19, Censoring.INTERVAL),
        ("9..19", 9, 19, Censoring.INTERVAL),
        ("-3 to -1", -3, -1, Censoring.INTERVAL),
        ("9–9", 9, 9, Censoring.NONE),
    ],
)
def test_a_measured_value_is_read(value, low, high, censoring):
    amount = Amount.parse(value)
    assert (amount.low, amount.high, amount.censoring) == (low, high, censoring)
    assert amount.exact == (low if censoring is Censoring.NONE else None)
    assert str(amount) == str(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "allowed is a number"),
        (None, "allowed is a number"),
        ("", "allowed is a number"),
        ("n.d.", "allowed is a number"),
        ("nan", "allowed is a number"),
        (float("nan"), "allowed is a number"),
        (float("inf"), "allowed is a number"),
        ("12,5", "allowed is a number"),
        ("1_000", "allowed is a number"),
        ("9-19", "allowed is a number"),  # could be a range or a typing slip: `–` or `to` is meant
        ("<", "allowed is a number"),
        ("<<9", "allowed is a number"),
        ("9 umol/L", "allowed is a number"),
        ("19–9", "a range that ends below its beginning"),
        ("1e999", "too large; allowed is 0 or a size from 1e-50 to 1e+50"),
        ("<1e999", "too large"),
        ("1e51", "too large"),
        ("3–1e51", "too large"),
        ("-1e-51", "too small"),
        ("٣", "allowed is a number"),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(value, words):
    with pytest.raises(ValueError, match="found") as caught:
        Amount.parse(value)
    assert words in str(caught.value)


def test_a_value_below_the_floor_is_not_the_floor():
    assert Amount.parse("<9") != Amount.parse("9")
    assert Amount.parse("<9").exact is None


def test_a_model_writes_an_amount_back_as_it_stood():
    class Holder(BaseModel):
        value: Amount

    held = Holder.model_validate({"value": "<9"})
    assert held.model_dump(mode="json") == {"value": "<9"}
    assert Holder.model_validate_json(held.model_dump_json()) == held


def test_a_summary_says_its_median_quartiles_and_whether_n_is_printed():
    assert str(Summary(median=9, q1=9, q3=19)) == "9 (9–19), n not printed"
    assert str(Summary(median=2.4, q1=2, q3=3, n=7)) == "2.4 (2–3), n = 7"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"median": 8, "q1": 9, "q3": 19}, "allowed is q1 ≤ median ≤ q3"),
        ({"median": 20, "q1": 9, "q3": 19}, "allowed is q1 ≤ median ≤ q3"),
        ({"median": 9, "q1": 9, "q3": 19, "n": 0}, "a count of at least 1"),
        ({"median": "nan", "q1": 9, "q3": 19}, "finite"),
        ({"median": 9, "q1": 9, "q3": "inf"}, "finite"),
    ],
)
def test_a_summary_that_cannot_be_is_refused(values, words):
    with pytest.raises(ValidationError, match=words):
        Summary.model_validate(values)
