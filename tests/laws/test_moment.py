"""Laws of moments: reading back what is written, and an order that never contradicts itself."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ultrarare.case.moment import Clock, Moment

days = st.integers(0, 40_000)
decimals = st.decimals(0, 40_000, places=3).map(lambda day: f"{day:f}")
texts = st.one_of(
    days.map(str),
    decimals,
    days.map(lambda day: f"~{day}"),
    days.map(lambda day: f">{day}"),
    st.tuples(days, days).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    st.dates().map(date.isoformat),
)
moments = texts.map(Moment.parse)


@given(texts)
def test_a_moment_reads_back_what_it_says(text):
    moment = Moment.parse(text)
    assert moment.text == text
    assert Moment.parse(moment.text) == moment


@given(st.floats(0, 1e9, allow_nan=False))
def test_a_day_given_as_a_number_is_kept_to_twelve_digits(day):
    if day and day < 1e-4:  # written with an exponent, which no file does
        return
    assert abs(Moment.parse(day).first - day) <= 1e-12 * max(day, 1)


@given(moments, moments)
def test_of_two_moments_at_most_one_lies_before_the_other(a, b):
    assert not (a.before(b) and b.before(a))
    if a.before(b):
        assert b.before(a) is False


@given(moments, moments, moments)
def test_before_is_transitive(a, b, c):
    if a.before(b) and b.before(c):
        assert a.before(c)


@given(moments)
def test_nothing_lies_before_itself(a):
    assert not a.before(a)


@given(moments, moments)
def test_moments_on_two_clocks_are_never_put_in_order(a, b):
    if a.clock is not b.clock:
        assert a.before(b) is None


@given(st.dates(), st.dates())
def test_dates_are_ordered_as_the_calendar_orders_them(a, b):
    assert Moment.parse(a.isoformat()).before(Moment.parse(b.isoformat())) is (a < b)


@given(moments)
def test_the_middle_of_a_moment_lies_within_it(a):
    assert a.first <= a.middle
    assert a.last is None or a.middle <= a.last
    assert (a.clock is Clock.ISO_DATE) == ("-" in a.text and a.text.count("-") == 2)
