"""Moments: every form a file may use, and what each refused form is told."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import BaseModel, ValidationError

from ultrarare.case.moment import Clock, Moment


@pytest.mark.parametrize(
    ("value", "first", "last", "approximate", "spoken"),
    [
        (0, 0, 0, False, "day 0"),
        ("208", 208, 208, False, "day 208"),
        (208.5, 208.5, 208.5, False, "day 208.5"),
        (12345.678, 12345.678, 12345.678, False, "day 12345.678"),
        (1234567, 1234567, 1234567, False, "day 1234567"),
        (" 208 ", 208, 208, False, "day 208"),
        ("~244", 244, 244, True, "day ~244"),
        ("208-230", 208, 230, False, "day 208-230"),
        ("208 – 230", 208, 230, False, "day 208 – 230"),
        ("~208-230", 208, 230, True, "day ~208-230"),
        (">256", 256, None, True, "day >256"),
    ],
)
def test_a_day_of_life_is_read(value, first, last, approximate, spoken):
    moment = Moment.parse(value)
    assert moment.clock is Clock.DAY_OF_LIFE
    assert (moment.first, moment.last, moment.approximate) == (first, last, approximate)
    assert str(moment) == spoken


def test_a_date_is_read_as_its_day_of_the_calendar():
    moment = Moment.parse("2026-03-01")
    assert moment.clock is Clock.ISO_DATE
    assert moment.first == moment.last == date(2026, 3, 1).toordinal()
    assert str(moment) == "2026-03-01"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "allowed is a day of life"),
        (None, "allowed is a day of life"),
        ("", "allowed is a day of life"),
        ("soon", "allowed is a day of life"),
        (float("nan"), "allowed is a day of life"),
        (float("inf"), "allowed is a day of life"),
        ("day 3", "allowed is a day of life"),
        ("2026-3-1", "allowed is a day of life"),
        ("01.03.2026", "allowed is a day of life"),
        ("2026-03-01T10:00:00Z", "allowed is a day of life"),
        ("<12", "allowed is a day of life"),
        ("٢٠٨", "allowed is a day of life"),
        ("-3", "a negative age; days of life count from 0 at birth"),
        (-3, "a negative age"),
        ("230-208", "a span that ends before it begins"),
        ("2026-02-30", "a date the calendar does not have"),
        ("2026-13-01", "a date the calendar does not have"),
        ("0000-01-01", "a date the calendar does not have"),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(value, words):
    with pytest.raises(ValueError, match="found") as caught:
        Moment.parse(value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("207", "208", True),
        ("208", "208", False),
        ("209", "208", False),
        ("200-207", "208-230", True),
        ("200-210", "208-230", None),
        ("208-230", "208", False),
        (">256", "200", False),
        (">256", "300", None),
        ("200", ">256", True),
        ("2026-03-01", "208", None),
        ("2026-02-28", "2026-03-01", True),
    ],
)
def test_before_is_said_only_where_it_can_be_known(one, other, answer):
    assert Moment.parse(one).before(Moment.parse(other)) is answer


@pytest.mark.parametrize(
    ("text", "middle", "is_span", "is_vague"),
    [
        ("208", 208, False, False),
        ("208-230", 219, True, True),
        ("~208", 208, False, True),
        (">256", 256, False, True),
        ("208-208", 208, False, False),
    ],
)
def test_the_mark_of_a_moment_stands_in_its_middle(text, middle, is_span, is_vague):
    moment = Moment.parse(text)
    assert (moment.middle, moment.is_span, moment.is_vague) == (middle, is_span, is_vague)


def test_a_model_reads_a_moment_and_writes_it_back_as_it_stood():
    class Holder(BaseModel):
        when: Moment

    held = Holder.model_validate({"when": "~244"})
    assert held.model_dump(mode="json") == {"when": "~244"}
    assert Holder.model_validate_json(held.model_dump_json()) == held
    with pytest.raises(ValidationError, match="a negative age"):
        Holder.model_validate({"when": -1})
