"""Laws of the statistics of adequacy: shifts, scales, order and direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.errors import NotComputable
from ultrarare.stats.follow_up import follow_up
from ultrarare.stats.heterogeneity import log_rank
from ultrarare.stats.improvement import improvement_rate, upper_bound
from ultrarare.stats.repeats import repeat_noise

seeds = st.integers(0, 10_000)


def people(seed: int, n: int = 24):
    rng = np.random.default_rng(seed)
    entry = rng.uniform(0, 3, n)
    return entry, entry + rng.uniform(0.1, 6, n), rng.random(n) < 0.6, rng.choice(["a", "b"], n)


@settings(max_examples=40)
@given(seeds)
def test_the_log_rank_test_does_not_depend_on_names_order_or_unit_of_time(seed):
    entry, stop, event, group = people(seed)
    try:
        found = log_rank(stop, event, list(group), entry=entry)
    except NotComputable:
        return
    order = np.random.default_rng(seed).permutation(stop.size)
    other = log_rank(
        365.25 * stop[order],
        event[order],
        ["z" if g == "a" else "y" for g in group[order]],
        entry=365.25 * entry[order],
    )
    assert other.statistic == pytest.approx(found.statistic, rel=1e-9, abs=1e-12)
    assert found.observed.sum() == pytest.approx(found.expected.sum())


@settings(max_examples=40)
@given(seeds, st.floats(0.01, 100), st.floats(-50, 50))
def test_noise_scales_with_the_unit_and_ignores_the_level(seed, scale, shift):
    rng = np.random.default_rng(seed)
    person, time = np.repeat(np.arange(12), 3), np.tile([0, 0.1, 2.0], 12)
    value = rng.normal(0, 1, 36)
    a = repeat_noise(person, time, value, within=0.2)
    b = repeat_noise(person, time, scale * value + shift, within=0.2)
    assert b.sd == pytest.approx(scale * a.sd, rel=1e-6)
    assert a.lower < a.sd < a.upper


@settings(max_examples=40)
@given(seeds, st.floats(0.5, 4))
def test_improvement_downwards_is_improvement_upwards_of_the_negative(seed, difference):
    rng = np.random.default_rng(seed)
    person, time = np.repeat(np.arange(10), 4), np.tile(np.arange(4.0), 10)
    value = rng.normal(0, 2, 40)

    def counted(values, improves):
        return improvement_rate(
            person, time, values, values, difference=difference, window=1, improves=improves
        )

    up, down = counted(value, "higher"), counted(-value, "lower")
    assert (up.improved, up.ever) == (down.improved, down.ever)
    assert up.improved <= up.ever <= up.people
    assert up.value <= up.upper <= up.upper_worst


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_upper_bound_rises_with_the_count_and_falls_with_people(k, more):
    n = k + more
    assert upper_bound(k, n + 1) <= upper_bound(k, n) + 1e-12
    assert upper_bound(k, n + 1) <= upper_bound(k + 1, n + 1)


@settings(max_examples=40)
@given(seeds)
def test_the_medians_keep_their_order(seed):
    entry, stop, event, _ = people(seed)
    found = follow_up(stop, event, entry=entry)
    if found.median_survival is not None and found.median_survival_if_events is not None:
        assert found.median_survival_if_events <= found.median_survival
    if found.median_follow_up is not None:
        assert found.median_follow_up <= found.longest
