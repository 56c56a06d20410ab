"""What must hold of gamma-Poisson prediction, and where its constant rate breaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.episodes import GammaPoisson, fit_gamma_poisson, predict_count

PRIOR = GammaPoisson(
    shape=2.0,
    mean_rate=4.0,
    n_people=50,
    events=200,
    person_time=50.0,
    loglik=-120.0,
    caveats=(),
)
COUNT, TIME = st.integers(0, 40), st.floats(0.1, 10)


@settings(max_examples=60, deadline=None)
@given(COUNT, TIME, COUNT, TIME)
def test_probabilities_are_probabilities_and_fewer_events_are_rarer(
    y0: int, t1: float, y1: int, t2: float
) -> None:
    found = predict_count(PRIOR, y0, t1, y1, t2)
    fewer = predict_count(PRIOR, y0, t1, max(0, y1 - 1), t2)

    assert 0 <= found.p_none <= found.p_at_most <= 1
    assert fewer.p_at_most <= found.p_at_most
    assert found.rate_ratio_lower < found.rate_ratio < found.rate_ratio_upper
    assert found.lower <= found.upper


@settings(max_examples=40, deadline=None)
@given(COUNT, TIME, COUNT, TIME)
def test_a_worse_record_makes_a_good_course_less_likely(
    y0: int, t1: float, y1: int, t2: float
) -> None:
    found = predict_count(PRIOR, y0, t1, y1, t2)
    worse = predict_count(PRIOR, y0 + 3, t1, y1, t2)

    assert worse.p_at_most <= found.p_at_most
    assert worse.expected > found.expected


def test_the_unit_of_time_changes_only_the_rate() -> None:
    events, years = [0, 3, 1, 7, 2, 0, 5, 12], np.array([1, 2.5, 1.2, 3, 2, 0.8, 2, 4])

    in_years = fit_gamma_poisson(events, years)
    in_months = fit_gamma_poisson(events, 12 * years)

    assert in_months.shape == pytest.approx(in_years.shape, rel=1e-5)
    assert in_months.mean_rate == pytest.approx(in_years.mean_rate / 12, rel=1e-6)
    one = predict_count(in_years, 6, 1.0, 1, 1.5)
    other = predict_count(in_months, 6, 12.0, 1, 18.0)
    assert other.p_at_most == pytest.approx(one.p_at_most, rel=1e-5)
    assert other.rate_ratio == pytest.approx(one.rate_ratio, rel=1e-5)


def test_entry_on_many_events_does_no_harm_when_rates_are_constant() -> None:
    rng = np.random.default_rng(31)
    rate = rng.gamma(2.0, 2.0, 20_000)
    y0, y1 = rng.poisson(rate), rng.poisson(rate)
    entered = y0 >= 8

    p = [
        predict_count(PRIOR, int(a), 1.0, int(b), 1.0).p_at_most
        for a, b in zip(y0[entered][:1500], y1[entered][:1500], strict=True)
    ]

    assert np.mean(np.array(p) < 0.05) < 0.05  # at most nominal; below it, counts being discrete


def test_a_disease_that_waxes_and_wanes_breaks_the_constant_rate() -> None:
    # Half-years with 24 and 1 events a year take turns; entry at the end of an active one.
    rng = np.random.default_rng(32)
    cohort = fit_gamma_poisson(rng.poisson(12.5, 200), np.ones(200))  # a whole cycle each
    y0, y1 = rng.poisson(12.0, 400), rng.poisson(0.5, 400)

    found = [
        predict_count(cohort, int(a), 0.5, int(b), 0.5, dwell_time=0.5)
        for a, b in zip(y0, y1, strict=True)
    ]

    assert np.mean([each.p_at_most < 0.05 for each in found]) > 0.5
    assert all("too small" in each.caveats[-1] for each in found)
