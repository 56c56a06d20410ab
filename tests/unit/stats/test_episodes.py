"""Episodes: what is refused, the edge of equal rates, and the caveats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.episodes import fit_gamma_poisson, predict_count

SPREAD = fit_gamma_poisson([0, 9, 1, 7, 2, 0, 5, 12] * 3, np.ones(24))


@pytest.mark.parametrize(
    ("events", "time", "where"),
    [
        ([1, 2, 2.5], [1, 1, 1], "events[2]"),
        ([1, -2, 2], [1, 1, 1], "events[1]"),
        ([1, 2, 2], [1, 0, 1], "person_time[1]"),
        ([1, 2, 2], [1, 1], "events"),
    ],
)
def test_counts_and_times_that_are_none_are_refused(
    events: list[float], time: list[float], where: str
) -> None:
    with pytest.raises(InputError) as caught:
        fit_gamma_poisson(events, time)

    assert caught.value.where == where


@pytest.mark.parametrize("events", [[3], [3, 4], [0, 0, 0, 0]])
def test_too_little_to_show_a_spread_is_not_computable(events: list[int]) -> None:
    with pytest.raises(NotComputable):
        fit_gamma_poisson(events, np.ones(len(events)))


def test_counts_no_wider_than_chance_give_equal_rates_and_say_so() -> None:
    fitted = fit_gamma_poisson([2, 3, 2, 3], [1, 1, 1, 1])

    assert fitted.shape == float("inf")
    assert "rates alike" in fitted.summary()
    assert "inf" not in fitted.summary()
    assert fitted.mean_rate == 2.5
    assert any("same rate" in caveat for caveat in fitted.caveats)


def test_people_observed_for_very_unequal_times_are_fitted() -> None:
    fitted = fit_gamma_poisson([1, 0, 0, 4, 30], [0.01, 500.0, 800.0, 2.0, 10.0])

    assert 0 < fitted.shape < 1
    assert np.isfinite(fitted.mean_rate)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"y0": -1}, "y0[0]"),
        ({"y1": 0.5}, "y1[0]"),
        ({"t1": 0.0}, "t1"),
        ({"t2": float("inf")}, "t2"),
        ({"level": 2.0}, "level"),
        ({"dwell_time": 0.0}, "dwell_time"),
    ],
)
def test_a_record_that_is_none_is_refused(change: dict[str, Any], where: str) -> None:
    record: dict[str, Any] = {"y0": 5, "t1": 1.0, "y1": 1, "t2": 1.0}

    with pytest.raises(InputError) as caught:
        predict_count(SPREAD, **record | change)

    assert caught.value.where == where


def test_no_event_before_leaves_no_naive_ratio() -> None:
    found = predict_count(SPREAD, 0, 1.0, 2, 1.0)

    assert found.naive_rate_ratio is None
    assert found.naive_p == pytest.approx(1.0)


def test_no_event_at_all_leaves_no_naive_test_but_a_prediction() -> None:
    found = predict_count(SPREAD, 0, 1.0, 0, 1.0)

    assert found.naive_p is None
    assert found.p_none == found.p_at_most
    assert found.rate_ratio_lower > 0


@pytest.mark.parametrize(
    ("dwell_time", "said"), [(None, "waxes and wanes"), (1.0, "too small"), (0.01, None)]
)
def test_waxing_and_waning_is_told_unless_stretches_are_short(
    dwell_time: float | None, said: str | None
) -> None:
    caveats = predict_count(SPREAD, 5, 1.0, 1, 1.0, dwell_time=dwell_time).caveats

    about_rate = [c for c in caveats if "constant rate" in c]
    assert bool(about_rate) == (said is not None)
    if said is not None:
        assert said in about_rate[0]


def test_summaries_name_what_was_seen_and_what_was_expected() -> None:
    found = predict_count(SPREAD, 5, 1.0, 1, 2.0)

    assert "1 event in 2 after 5 in 1" in found.summary()
    assert f"{found.expected:.3g} expected" in found.summary()
    assert "24 people" in SPREAD.summary()
