"""Kaplan–Meier: what it refuses, and what it says beside the curve."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.survival import kaplan_meier


@pytest.mark.parametrize(
    ("time", "event", "entry", "where"),
    [
        ([], [], None, "time"),
        ([1, -2], [1, 0], None, "time[1]"),
        ([1, float("nan")], [1, 0], None, "time[1]"),
        ([1, None], [1, 0], None, "time[1]"),
        ([1, 2], [1], None, "time"),
        ([1, 2], [1, 2], None, "event[1]"),
        ([1, 2], [1, float("nan")], None, "event[1]"),
        ([1, 2], [1, 0], [0, 2], "entry[1]"),
        ([1, 2], [1, 0], [0], "time"),
        (["a"], [1], None, "time"),
        ([[1.0]], [1], None, "time"),
    ],
)
def test_what_cannot_be_follow_up_is_refused_with_its_place(
    time: list[float], event: list[float], entry: list[float] | None, where: str
) -> None:
    with pytest.raises(InputError) as caught:
        kaplan_meier(time, event, entry=entry)

    assert caught.value.where == where


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan")])
def test_a_level_outside_zero_and_one_is_refused(level: float) -> None:
    with pytest.raises(InputError) as caught:
        kaplan_meier([1], [1], level=level)

    assert caught.value.where == "level"


def test_the_message_of_a_late_entry_says_what_was_found_and_the_way_out() -> None:
    with pytest.raises(InputError) as caught:
        kaplan_meier([1, 2], [1, 0], entry=[0, 2])

    assert str(caught.value) == (
        "entry[1]: entry must lie before the end of follow-up, but 1 of 2 does not; "
        "first: entry 2, time 2\n"
        "  Who was never under observation adds nothing: leave the row out and say so."
    )


def test_survival_at_a_time_is_the_last_step_before_it() -> None:
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])

    assert curve.at(2.5)[0] == pytest.approx(0.5)
    assert curve.at(2.0) == curve.at(2.5)
    assert curve.at(2.5)[1] == curve.lower[1]


def test_before_the_first_event_survival_is_one_without_an_interval() -> None:
    survival, lower, upper = kaplan_meier([1, 2], [1, 0]).at(0.5)

    assert survival == 1
    assert np.isnan([lower, upper]).all()


def test_before_anyone_was_under_observation_survival_is_not_computed() -> None:
    curve = kaplan_meier([3, 5, 6], [1, 1, 0], entry=[2, 2.5, 4])

    assert curve.at(2)[0] == 1  # by definition: the curve is conditional on reaching it
    with pytest.raises(NotComputable, match="nobody was under observation before 2") as caught:
        curve.at(1.9)
    assert caught.value.where == "t"


def test_survival_beyond_the_last_follow_up_is_not_computed() -> None:
    curve = kaplan_meier([1, 2, 3], [1, 0, 0])

    assert curve.at(3)[0] == pytest.approx(2 / 3)
    with pytest.raises(NotComputable, match="beyond 3"):
        curve.at(3.1)


def test_survival_stays_zero_once_everyone_had_the_event() -> None:
    assert kaplan_meier([1, 2], [1, 1]).at(50)[0] == 0


def test_a_negative_time_is_no_time() -> None:
    with pytest.raises(InputError):
        kaplan_meier([1], [1]).at(-1)


def test_without_any_event_the_curve_stays_at_one_and_says_so() -> None:
    curve = kaplan_meier([1, 2], [0, 0])

    assert curve.at(1.5)[0] == 1
    assert np.isnan(curve.median())
    assert any("no event" in caveat for caveat in curve.caveats)
    assert "not reached" in curve.summary()


def test_a_risk_set_that_empties_early_is_told() -> None:
    curve = kaplan_meier([1, 3, 4, 5, 6], [1, 1, 1, 1, 0], entry=[0, 2, 2, 2, 2])

    assert curve.survival[0] == 0  # one at risk, one event
    assert any("reaches 0 at 1" in caveat for caveat in curve.caveats)


def test_few_at_risk_early_under_delayed_entry_is_told() -> None:
    late = [5.0] * 20
    curve = kaplan_meier([2, 3, 4, *[9.0] * 20], [1, 0, 0, *[1] * 20], entry=[0, 0, 0, *late])

    assert any("fewer than 5 at risk at 2" in caveat for caveat in curve.caveats)


def test_the_curve_is_conditional_on_the_first_entry() -> None:
    curve = kaplan_meier([3, 4], [1, 0], entry=[1, 2])

    assert curve.start == 1
    assert any("event-free at 1" in caveat for caveat in curve.caveats)


def test_a_result_is_a_value_that_cannot_be_written_to() -> None:
    time = np.array([1.0, 2.0])
    curve = kaplan_meier(time, [1, 1])

    with pytest.raises(ValueError, match="read-only"):
        curve.survival[0] = 1.0
    with pytest.raises(FrozenInstanceError):
        curve.level = 0.9  # type: ignore[misc]
    time[0] = 7.0
    assert curve.time[0] == 1.0


def test_rows_hold_one_event_time_each() -> None:
    rows = kaplan_meier([1, 2, 2], [1, 1, 0]).to_rows()

    assert [row["time"] for row in rows] == [1, 2]
    assert rows[1]["at_risk"] == 2
