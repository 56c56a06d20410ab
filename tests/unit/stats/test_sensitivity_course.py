"""Own control under other untreated courses and with missing visits."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ultrarare.errors import InputError
from ultrarare.stats.mixed import fit_random_slope
from ultrarare.stats.own_control import own_control
from ultrarare.stats.sensitivity.missing import missing_visits
from ultrarare.stats.sensitivity.shift import shift_curve
from ultrarare.stats.sensitivity.untreated_shift import (
    CHANGES,
    contrast_under,
    mean_course,
    shifted_population,
)

T0, Y0 = np.array([4.0, 5.0, 6.0]), np.array([42.0, 41.0, 38.5])
T1, Y1 = np.array([7.0, 8.0, 9.0]), np.array([44.0, 45.0, 46.0])


@pytest.fixture(scope="module")
def progressive():
    rng = np.random.default_rng(8)
    who, when, what = [], [], []
    for i in range(40):
        level, slope = 60 + 4 * rng.normal(), -3 + 0.6 * rng.normal()
        for t in range(2, 12):
            who.append(i)
            when.append(float(t))
            what.append(level + slope * t + 1.5 * rng.normal())
    return fit_random_slope(who, when, what)


# --- own control under other untreated courses


@pytest.mark.parametrize("changed", CHANGES)
def test_without_a_shift_the_contrast_is_that_of_own_control(progressive, changed):
    planned = own_control(progressive, T0, Y0, T1, Y1, direction="higher")
    found = contrast_under(progressive, T0, Y0, T1, Y1, changed=changed)(0.0)

    assert found.value == pytest.approx(planned.contrast, rel=1e-12)
    assert found.lower == pytest.approx(planned.lower, rel=1e-12)
    assert found.upper == pytest.approx(planned.upper, rel=1e-12)


def test_another_slope_is_what_own_control_says_of_the_shifted_population(progressive):
    other = shifted_population(progressive, slope=2.0, level=-1.0, pivot=5.0)
    planned = own_control(other, T0, Y0, T1, Y1, direction="higher")
    level = shifted_population(progressive, level=-1.0)
    found = contrast_under(level, T0, Y0, T1, Y1, changed="slope")(2.0)

    assert found.value == pytest.approx(planned.contrast, rel=1e-10)
    assert found.upper == pytest.approx(planned.upper, rel=1e-10)


def test_a_later_clock_is_the_same_as_later_visits(progressive):
    planned = own_control(progressive, T0 - 1.5, Y0, T1 - 1.5, Y1, direction="higher")
    found = contrast_under(progressive, T0, Y0, T1, Y1, changed="clock")(1.5)

    assert found.value == pytest.approx(planned.contrast, rel=1e-12)


def test_a_more_lenient_assessor_takes_the_benefit_away_one_for_one(progressive):
    recompute = contrast_under(progressive, T0, Y0, T1, Y1, changed="assessment")
    curve = shift_curve(recompute, direction="higher", scale=1.0)

    assert curve.concluded == "better"
    assert curve.tips_at == pytest.approx(recompute(0.0).lower, rel=1e-9)


def test_a_flatter_untreated_course_turns_the_conclusion(progressive):
    recompute = contrast_under(progressive, T0, Y0, T1, Y1, changed="slope")
    curve = shift_curve(recompute, direction="higher", scale=0.5)

    assert curve.tips_at is not None
    assert curve.tips_at > 0
    assert recompute(curve.tips_at).lower == pytest.approx(0, abs=1e-8)


def test_an_unknown_change_is_refused(progressive):
    with pytest.raises(InputError, match="allowed are slope"):
        contrast_under(progressive, T0, Y0, T1, Y1, changed="mood")  # type: ignore[arg-type]


def test_the_mean_course_has_the_fitted_slope_and_its_standard_error(progressive):
    (level, _), (slope, se) = mean_course(progressive, 5.0)

    assert level == pytest.approx(float(progressive.beta[0] + 5 * progressive.beta[1]))
    assert slope == pytest.approx(float(progressive.beta[1]), rel=1e-6)
    assert se == pytest.approx(float(np.sqrt(progressive.beta_cov[1, 1])), rel=1e-5)


# --- missing visits


def filled(progressive, low, high, direction="higher", y1=Y1):
    return missing_visits(
        progressive, (T0, Y0), (T1, y1), [10.0, 11.0], direction=direction, low=low, high=high
    )


def test_the_worst_end_is_own_control_with_the_visits_at_their_bound(progressive):
    found = filled(progressive, 10, 60)
    times = np.concatenate((T1, [10.0, 11.0]))
    worst = own_control(
        progressive, T0, Y0, times, np.concatenate((Y1, [10.0, 10.0])), direction="higher"
    )

    assert found.worst.value == pytest.approx(worst.contrast, rel=1e-10)
    assert found.worst.lower == pytest.approx(worst.lower, rel=1e-10)
    assert not found.holds
    assert found.tips_at is not None
    at = own_control(
        progressive, T0, Y0, times, np.concatenate((Y1, [found.tips_at] * 2)), direction="higher"
    )
    assert at.lower == pytest.approx(0, abs=1e-8)
    assert "2 missed visits averaged" in found.to_row("points").reading


def test_bounds_that_are_near_leave_the_conclusion(progressive):
    found = filled(progressive, 43, 60)

    assert found.holds
    assert found.tips_at is None
    assert "the conclusion would stand" in found.to_row("points").reading
    json.dumps(found.to_json(), allow_nan=False)


def test_harm_that_is_shown_is_lost_towards_the_good_end(progressive):
    found = filled(progressive, 0, 90, y1=Y1 - 35)

    assert found.as_seen.upper < 0
    assert found.tips_at is not None
    assert found.tips_at > found.seen_mean


def test_missed_visits_before_dosing_and_bounds_inside_the_data_are_refused(progressive):
    with pytest.raises(InputError, match="hold every value"):
        filled(progressive, 45, 60)
    with pytest.raises(InputError, match="not after dosing"):
        missing_visits(
            progressive, (T0, Y0), (T1, Y1), [5.5], direction="higher", low=0, high=90
        )  # fmt: skip
