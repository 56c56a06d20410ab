"""Follow-up: three medians that must never be taken for one another."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import InputError
from ultrarare.stats.follow_up import follow_up


def test_median_age_at_reported_death_is_not_the_median_survival():
    # Three died early; seventeen were alive when last seen.
    time = [1, 2, 3] + [10 + i for i in range(17)]
    found = follow_up(time, [1] * 3 + [0] * 17)
    assert found.median_age_at_event == 2
    assert found.median_survival is None
    assert "2, is of the 3 people who reached it only" in found.caveats[-1]
    assert "median survival of all 20 is not reached" in found.caveats[-1]


def test_without_censoring_the_two_agree_and_nothing_is_said():
    found = follow_up([1, 2, 3, 4, 5], [1] * 5)
    assert found.median_age_at_event == found.median_survival == 3
    assert found.caveats == ()


def test_follow_up_counts_from_entry():
    found = follow_up([10, 11, 12], [0, 0, 0], entry=[9, 9, 9])
    assert found.median_follow_up == 2
    assert (found.person_time, found.longest) == (6, 3)


def test_those_without_a_reason_for_their_end_are_moved_to_the_event_at_the_other_extreme():
    found = follow_up([1, 2, 8, 9], [1, 0, 0, 0], unexplained=[0, 1, 1, 0])
    assert found.unexplained == 2
    assert found.median_survival is None
    assert found.median_survival_if_events == 5


def test_every_end_without_a_reason_is_unexplained_where_no_reasons_are_given():
    assert follow_up([1, 2, 3], [1, 0, 0]).unexplained == 2


def test_an_event_is_never_unexplained():
    with pytest.raises(InputError, match="cannot be unexplained"):
        follow_up([1, 2], [1, 0], unexplained=[1, 0])


def test_no_number_is_nan():
    found = follow_up([1, 2], [0, 0])
    numbers = (found.median_survival, found.median_age_at_event, found.median_survival_lower)
    assert numbers == (None, None, None)
    assert "not reached" in found.summary()
    assert np.isfinite(found.person_time)
