"""Laws of people and power."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.errors import InputError
from ultrarare.stats.patients_available import Uncertain, available
from ultrarare.stats.trial_power import (
    TwoHazards,
    TwoMeans,
    TwoProportions,
    arms,
    fisher_rejects,
    power_curve,
)

SHARE = st.floats(0.01, 0.99)
N = st.integers(1, 25)


@given(N, N, SHARE)
def test_fisher_keeps_its_level_whatever_the_share(a, b, p):
    assert TwoProportions(treated=p, control=p).power(a, b, 0.05) <= 0.05 + 1e-12


@given(N, N, SHARE, SHARE)
def test_power_does_not_change_when_arms_or_outcomes_are_renamed(a, b, p, q):
    found = TwoProportions(treated=p, control=q).power(a, b, 0.05)
    assert TwoProportions(treated=q, control=p).power(b, a, 0.05) == pytest.approx(found, abs=1e-9)
    other = TwoProportions(treated=1 - p, control=1 - q).power(a, b, 0.05)
    assert other == pytest.approx(found, abs=1e-9)
    assert fisher_rejects(a, b, 0.05).sum() == fisher_rejects(b, a, 0.05).sum()


@given(st.integers(2, 60), st.floats(0.1, 3), st.floats(0.1, 3))
def test_power_grows_with_people_and_with_the_effect(n, d, more):
    small, large = TwoMeans(difference=d, sd=1), TwoMeans(difference=d + more, sd=1)
    assert large.power(n, n, 0.05) >= small.power(n, n, 0.05) - 1e-9
    assert small.power(n + 1, n + 1, 0.05) >= small.power(n, n, 0.05) - 1e-9
    none = TwoMeans(difference=0.0, sd=1).power(n, n, 0.05)
    assert none == pytest.approx(0.05, abs=1e-9)
    hazards = TwoHazards(hazard_ratio=1.0, seen=0.7).power(n, n, 0.05)
    assert hazards == pytest.approx(0.05, abs=1e-9)


@given(st.integers(2, 500), st.floats(0.2, 5))
def test_nobody_is_lost_between_the_arms(n, ratio):
    treated, control = arms(n, ratio)
    assert treated + control == n
    assert treated >= 0
    assert control >= 0


@settings(max_examples=30)
@given(st.floats(0.5, 200), SHARE, st.floats(0.5, 10), st.integers(0, 2**32))
def test_people_are_poisson_about_the_product(rate, share, years, seed):
    found = available(
        Uncertain(value=rate),
        [Uncertain(value=share)],
        years=years,
        rng=np.random.default_rng(seed),
        draws=4000,
    )
    mean = rate * share * years
    assert abs(found.mean - mean) < 6 * np.sqrt(mean / 4000) + 1e-9
    assert not found.at_most
    assert found.quantile(0.025) <= found.quantile(0.5) <= found.quantile(0.975)
    assert found.chance_of(0) == 1.0


@settings(max_examples=30)
@given(SHARE, st.integers(0, 2**32))
def test_an_unknown_share_bounds_from_above(share, seed):
    def of(extra):
        return available(
            Uncertain(value=40.0), [Uncertain(value=0.5), extra], years=2,
            rng=np.random.default_rng(seed), draws=4000,
        )  # fmt: skip

    unknown, known = of(None), of(Uncertain(value=share))
    assert unknown.at_most
    assert not known.at_most
    assert unknown.mean >= known.mean - 1.5


@given(SHARE, st.floats(0.01, 0.3))
def test_the_limits_of_a_share_are_its_limits(value, width):
    lower, upper = max(0.001, value - width), min(0.999, value + width)
    drawn = Uncertain(value=value, lower=lower, upper=upper).draw(
        np.random.default_rng(1), 20_000, share=True
    )
    assert np.quantile(drawn, 0.025) == pytest.approx(lower, abs=0.02)
    assert np.quantile(drawn, 0.975) == pytest.approx(upper, abs=0.02)
    assert ((drawn > 0) & (drawn < 1)).all()


def test_values_out_of_range_are_told():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="lower ≤ value ≤ upper"):
        Uncertain(value=0.5, lower=0.6, upper=0.7).draw(rng, 3, share=True)
    with pytest.raises(InputError, match="< 1"):
        Uncertain(value=0.9, lower=0.5, upper=1.0).draw(rng, 3, share=True)
    effect = TwoMeans(difference=1, sd=1)
    for largest, alpha, ratio in ((1, 0.05, 1.0), (10, 0.0, 1.0), (10, 1.0, 1.0), (10, 0.05, 0.0)):
        with pytest.raises(InputError):
            power_curve(effect, largest=largest, alpha=alpha, ratio=ratio)
