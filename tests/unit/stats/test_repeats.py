"""Noise between repeats: the estimator against its own definition and against made data."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.repeats import repeat_noise


def test_five_pairs_give_the_root_mean_half_square():
    time = np.tile([0, 0.1], 5) + np.repeat(np.arange(5), 2)
    value = [10, 11, 20, 18, 30, 33, 40, 40, 50, 49]
    found = repeat_noise(np.repeat(np.arange(5), 2), time, value, within=0.2)
    assert found.sd == pytest.approx(np.sqrt((1 + 4 + 9 + 0 + 1) / 10))
    assert found.smallest_detectable_change == pytest.approx(1.959964 * np.sqrt(2) * found.sd)
    assert (found.repeats, found.people, found.method) == (5, 5, "close repeats")


def test_no_visit_is_used_twice():
    # Six visits in a row close together are three pairs of one person, not five.
    time = np.concatenate([np.arange(6) * 0.1, np.arange(6) * 0.1])
    found = repeat_noise(
        np.repeat([0, 1], 6), time, np.arange(12) % 3 + np.linspace(0, 1, 12), within=0.15
    )
    assert found.repeats == 6


def test_a_straight_decline_is_no_noise_where_no_visits_are_close():
    rng = np.random.default_rng(2)
    person, time = np.repeat(np.arange(400), 3), np.tile([0.0, 1.0, 3.0], 400)
    value = 100 - 20 * time + rng.normal(0, 2, 1200)
    found = repeat_noise(person, time, value, within=0.1)
    assert found.sd == pytest.approx(2, rel=0.1)
    assert found.method == "neighbours"
    assert "may be smaller" in found.caveats[0]


def test_practice_between_repeats_is_said():
    rng = np.random.default_rng(2)
    value = np.column_stack((rng.normal(0, 1, 60), rng.normal(2, 1, 60))).ravel()
    found = repeat_noise(np.repeat(np.arange(60), 2), np.tile([0, 0.1], 60), value, within=0.2)
    assert any("practice" in caveat for caveat in found.caveats)


def test_heavy_tails_are_said():
    rng = np.random.default_rng(2)
    value = rng.standard_t(2, 400)
    found = repeat_noise(np.repeat(np.arange(200), 2), np.tile([0, 0.1], 200), value, within=0.2)
    assert any("heavy tails" in caveat for caveat in found.caveats)


@pytest.mark.parametrize("visits", [1, 2])
def test_without_five_repeats_nothing_is_estimated(visits):
    n = 4 * visits
    with pytest.raises(NotComputable, match="at least 5") as caught:
        repeat_noise(np.arange(n) // visits, np.arange(n), np.arange(n) ** 2, within=2)
    assert caught.value.remedy


def test_identical_repeats_do_not_show_a_noise_of_zero():
    with pytest.raises(NotComputable, match="resolution"):
        repeat_noise(np.repeat(np.arange(9), 2), np.tile([0, 1], 9), np.ones(18), within=2)


def test_two_values_at_one_time_are_refused():
    with pytest.raises(InputError, match="two values"):
        repeat_noise([1, 1], [2, 2], [3, 4], within=1)


def test_the_interval_is_that_of_chi_square_for_normal_repeats():
    value = np.array([0, 1, 0, -1] * 5, float)  # kurtosis of ±1 is 1, so 3 holds
    found = repeat_noise(np.repeat(np.arange(10), 2), np.tile([0, 1], 10), value, within=1)
    # R 4.2.2: sqrt(0.5 * 10 / qchisq(c(0.975, 0.025), 10))
    assert found.lower == pytest.approx(0.49406, abs=1e-4)
    assert found.upper == pytest.approx(1.24093, abs=1e-4)
