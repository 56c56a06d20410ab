"""What must hold of regression to the mean, whatever the numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.regression_to_mean import (
    Entrant,
    EntryRule,
    entrant,
    judge_regression,
    untreated_from_summary,
)
from ultrarare.stats.regression_to_mean.formula import given_entry
from ultrarare.stats.regression_to_mean.population_mean import mean_range, mee_chua

VARIANCES = st.floats(0.05, 5)
VALUES = st.lists(st.floats(-50, 50).map(lambda v: round(v, 2)), min_size=4, max_size=9)


@given(st.floats(-5, 5), VARIANCES, VARIANCES, st.floats(-4, 4), st.integers(1, 5))
def test_regression_is_towards_benefit_and_shrinks_with_more_deciding_visits(
    mean: float, between: float, within: float, threshold: float, m: int
) -> None:
    one = given_entry(mean, between, within, threshold, deciding=m, after=1)
    more = given_entry(mean, between, within / 2, threshold, deciding=m, after=1)

    assert one.mean >= 0
    assert one.variance > 0
    if threshold < mean - 1:
        assert more.mean <= one.mean + 1e-9


@given(VARIANCES, VARIANCES, st.floats(-3, 3), st.floats(0.1, 20))
def test_the_formula_does_not_know_the_unit(
    between: float, within: float, threshold: float, scale: float
) -> None:
    one = given_entry(0, between, within, threshold, deciding=2, after=3)
    other = given_entry(
        0, between * scale**2, within * scale**2, threshold * scale, deciding=2, after=3
    )
    assert other.mean == pytest.approx(one.mean * scale, rel=1e-9)
    assert other.variance == pytest.approx(one.variance * scale**2, rel=1e-9)


@given(VALUES, st.integers(0, 2**32 - 1))
def test_the_ends_of_the_range_of_means_are_where_p_is_alpha(x: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = np.array(x) + 0.1 * np.arange(len(x))
    if np.ptp(before) < 0.05:
        return
    found = mean_range(before, before + rng.normal(3, 2, before.size), alpha=0.05)
    after = before + np.random.default_rng(seed).normal(3, 2, before.size)
    for end in (found.lower, found.upper):
        if found.exists and end is not None:
            assert mee_chua(before, after, end).p_value == pytest.approx(0.05, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.floats(-3, 3), st.floats(0.1, 0.9), st.integers(1, 3), st.integers(0, 1000))
def test_a_larger_benefit_never_turns_excluded_into_not_excluded(
    after: float, reliability: float, n: int, seed: int
) -> None:
    rule = EntryRule(threshold=1.0, direction="lower")
    untreated = untreated_from_summary(0, 1, reliability, 60)
    order = {"excluded": 2, "cannot be judged": 1, "not excluded": 0}
    last = -1
    for effect in (0.0, 1.0, 3.0):
        people: list[Entrant] = [
            entrant(rule, [0], [1.1 + i / 4], [2], [after - effect]) for i in range(n)
        ]
        found = judge_regression(
            rule, people, untreated, rng=np.random.default_rng(seed), draws=400, limits=False
        )
        json.dumps(found.to_json(), allow_nan=False)
        assert order[found.verdict] >= last
        last = order[found.verdict]
