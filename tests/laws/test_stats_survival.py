"""What must hold of any survival curve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ultrarare.stats.survival import kaplan_meier

Array = NDArray[Any]
People = list[tuple[int, int, bool]]  # entry, stay, event
PEOPLE = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 20), st.booleans()), min_size=1, max_size=40
)


def arrays(people: People) -> tuple[Array, Array, Array]:
    entry, stay, event = (np.array(column) for column in zip(*people, strict=True))
    return entry, entry + stay, event


@settings(max_examples=60, deadline=None)
@given(PEOPLE)
def test_the_curve_falls_and_lies_between_its_limits(people: People) -> None:
    entry, time, event = arrays(people)

    curve = kaplan_meier(time, event, entry=entry)

    assert np.all(np.diff(curve.survival) <= 0)
    known = curve.survival > 0
    assert np.all(curve.lower[known] <= curve.survival[known])
    assert np.all(curve.survival[known] <= curve.upper[known])
    assert np.isnan(curve.lower[~known]).all()
    assert np.all(curve.at_risk >= curve.events)


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.sampled_from([0.5, 7.0, 365.25]))
def test_the_unit_of_time_changes_only_the_times(people: People, unit: float) -> None:
    entry, time, event = arrays(people)

    plain = kaplan_meier(time, event, entry=entry)
    scaled = kaplan_meier(unit * time, event, entry=unit * entry)

    assert scaled.time == pytest.approx(unit * plain.time)
    np.testing.assert_array_equal(scaled.survival, plain.survival)


@settings(max_examples=60, deadline=None)
@given(PEOPLE)
def test_entry_of_all_at_zero_is_no_truncation(people: People) -> None:
    _, time, event = arrays(people)

    plain = kaplan_meier(time, event)
    entered = kaplan_meier(time, event, entry=np.zeros_like(time))

    np.testing.assert_array_equal(plain.survival, entered.survival)
    np.testing.assert_array_equal(plain.at_risk, entered.at_risk)


@settings(max_examples=60, deadline=None)
@given(PEOPLE)
def test_a_person_who_leaves_before_the_first_event_changes_nothing(people: People) -> None:
    entry, time, event = arrays(people)

    before = kaplan_meier(time + 1, event, entry=entry + 1)
    after = kaplan_meier(
        np.append(time + 1, 0.5), np.append(event, False), entry=np.append(entry + 1, 0.0)
    )

    np.testing.assert_array_equal(before.survival, after.survival)


def test_without_censoring_the_curve_is_the_share_still_event_free() -> None:
    time = np.array([4.0, 1.0, 3.0, 3.0, 9.0])

    curve = kaplan_meier(time, np.ones(5, dtype=bool))

    shares = [np.mean(time > t) for t in curve.time]
    assert curve.survival == pytest.approx(shares)
