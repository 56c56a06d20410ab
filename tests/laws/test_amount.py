"""Laws of amounts: reading back what is written, and censored values that are never the limit."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ultrarare.case.amount import Amount, Censoring, Summary
from ultrarare.case.magnitude import LARGEST, SMALLEST

numbers = (
    st.floats(-1e9, 1e9, allow_nan=False)
    .filter(lambda value: value == 0 or abs(value) >= SMALLEST)
    .map(repr)
)
forms = st.one_of(
    numbers,
    st.tuples(st.sampled_from(["<", "<=", "≤", ">", ">=", "≥"]), numbers).map("".join),
    st.tuples(numbers, numbers).map(lambda p: "–".join(sorted(p, key=float))),
)


@given(forms)
def test_an_amount_reads_back_what_it_says(text):
    amount = Amount.parse(text)
    assert str(amount) == text
    assert Amount.parse(str(amount)) == amount


@given(numbers)
def test_a_censored_amount_is_never_its_limit(number):
    below, above, exact = (Amount.parse(f"{sign}{number}") for sign in ("<", ">", ""))
    assert exact.exact == float(number)
    for censored in (below, above):
        assert censored != exact
        assert censored.exact is None
    assert (below.low, below.high) == (None, float(number))
    assert (above.low, above.high) == (float(number), None)


@given(forms)
def test_an_amount_is_exact_or_censored_and_never_both(text):
    amount = Amount.parse(text)
    assert (amount.exact is None) == (amount.censoring is not Censoring.NONE)
    if amount.low is not None and amount.high is not None:
        assert amount.low <= amount.high


@given(st.one_of(st.integers(), st.floats()))
def test_a_number_is_taken_as_it_is_or_refused(value):
    try:
        amount = Amount.parse(value)
    except ValueError:
        # Not finite, or of a size that no measurement has.
        assert not math.isfinite(value) or not (value == 0 or SMALLEST <= abs(value) <= LARGEST)
    else:
        assert amount.exact == float(value)
        assert value == 0 or SMALLEST <= abs(value) <= LARGEST


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3).map(sorted), st.integers(1, 1000))
def test_a_summary_in_order_is_taken_and_one_out_of_order_is_not(values, n):
    q1, median, q3 = values
    assert Summary(median=median, q1=q1, q3=q3, n=n).median == median
    if q1 < q3:
        try:
            Summary(median=median, q1=q3, q3=q1, n=n)
        except ValueError:
            return
        raise AssertionError
