"""Spontaneous improvement: who counts, who does not, and what stays open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.improvement import improvement_rate, upper_bound


def rate(rows, **given):
    person, time, value = (np.array(column, float) for column in zip(*rows, strict=True))
    asked: dict[str, Any] = {"difference": 5, "window": 1, "improves": "higher"} | given
    return improvement_rate(person, time, value, value, **asked)


def test_a_gain_counts_and_a_loss_does_not():
    found = rate([(0, 0, 10), (0, 1, 15), (1, 0, 10), (1, 1, 5)])
    assert (found.people, found.improved, found.value) == (2, 1, 0.5)
    assert rate([(0, 0, 10), (0, 1, 5)], improves="lower").improved == 1


def test_each_person_counts_once_and_their_other_windows_are_said():
    found = rate([(0, 0, 10), (0, 1, 9), (0, 2, 15), (1, 0, 10), (1, 1, 10)])
    assert (found.people, found.improved, found.ever) == (2, 0, 1)
    assert "over any of their windows 1 person" in found.caveats[-1]


def test_the_window_begins_near_the_patients_age():
    rows = [(0, 0, 10), (0, 1, 9), (0, 2, 15)]
    assert rate(rows, start=1.1).improved == 1
    assert rate(rows, start=0.2).improved == 0


def test_who_was_not_seen_at_the_windows_end_is_counted_apart():
    found = rate([(0, 0, 10), (0, 1, 10), (1, 0, 10), (1, 0.5, 20), (2, 0, 1)])
    assert (found.people, found.unfollowed, found.improved) == (1, 2, 0)
    assert found.upper_worst == pytest.approx(upper_bound(2, 3))
    assert found.upper_worst > found.upper


def test_a_value_beyond_the_assay_limit_that_leaves_it_open_counts_in_the_bound():
    found = improvement_rate(
        [0, 0, 1, 1],
        [0, 1, 0, 1],
        [20, -np.inf, 20, 18],
        [20, 16, 20, 18],
        difference=5,
        window=1,
        improves="lower",
    )
    assert (found.improved, found.undecided) == (0, 1)
    assert found.upper == pytest.approx(upper_bound(1, 2))


def test_a_value_below_the_limit_that_is_low_enough_is_an_improvement_for_sure():
    found = improvement_rate(
        [0, 0], [0, 1], [20, -np.inf], [20, 9], difference=5, window=1, improves="lower"
    )
    assert (found.improved, found.undecided) == (1, 0)


def test_exactly_the_difference_is_an_improvement_in_spite_of_rounding():
    assert rate([(0, 0, 0.1), (0, 1, 0.4)], difference=0.3).improved == 1


def test_none_of_sixty_leaves_five_per_cent():
    # The rule of three: 3/60.
    assert upper_bound(0, 60) == pytest.approx(0.0487, abs=1e-4)
    assert upper_bound(7, 7) == 1
    with pytest.raises(InputError):
        upper_bound(3, 2)


def test_without_a_window_nothing_is_counted():
    with pytest.raises(NotComputable, match="nobody has two visits 1 apart") as caught:
        rate([(0, 0, 1), (0, 5, 2)])
    assert "shorter window" in caught.value.remedy


@pytest.mark.parametrize(
    "given", [{"difference": 0}, {"window": -1}, {"level": 1}, {"difference": float("nan")}]
)
def test_differences_and_windows_must_be_positive(given):
    with pytest.raises(InputError):
        rate([(0, 0, 1), (0, 1, 2)], **given)


def test_a_range_that_ends_below_its_beginning_is_refused():
    with pytest.raises(InputError, match="above its highest"):
        improvement_rate([0], [0], [2], [1], difference=1, window=1, improves="higher")
