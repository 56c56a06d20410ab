"""Laws of several endpoints at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.endpoints.gatekeeping import gatekeeping, holm
from ultrarare.stats.endpoints.global_tests import obrien, wei_lachin
from ultrarare.stats.endpoints.goals import goal_attainment
from ultrarare.stats.endpoints.outcomes import Rule, make_outcomes
from ultrarare.stats.endpoints.win import win_statistics

P = st.floats(0, 1)


def tables(least=0.0):
    """Values of 2 or 3 treated and 4 untreated people in two endpoints, some not known."""
    cell = st.one_of(st.integers(-3, 3).map(float), st.just(np.nan))
    return st.lists(st.tuples(cell, cell), min_size=6, max_size=7).map(
        lambda rows: np.vstack(([[1.0, 0.0]], np.array(rows), [[0.0, 1.0]]))
    )


def arms(values):
    return np.arange(len(values)) < 3


def outcomes(values, treated, *ways):
    rules = [
        Rule(name=name, improves=way, margin=1.0) for name, way in zip("ab", ways, strict=True)
    ]
    return make_outcomes(values, treated, rules)


def every(o):
    rng = np.random.default_rng
    return (
        obrien(o, rng=rng(0)).permutation,
        wei_lachin(o, rng=rng(0)).permutation,
        win_statistics(o, rng=rng(0)).permutation,
    )


@settings(max_examples=40, deadline=None)
@given(tables())
def test_turning_values_and_directions_round_changes_nothing(values):
    own = every(outcomes(values, arms(values), "higher", "lower"))
    turned = every(outcomes(-values, arms(values), "lower", "higher"))
    assert own == turned


@settings(max_examples=40, deadline=None)
@given(tables())
def test_changing_the_arms_changes_benefit_into_harm(values):
    a = arms(values)
    for one, other in zip(
        every(outcomes(values, a, "higher", "higher")),
        every(outcomes(values, ~a, "higher", "higher")),
        strict=True,
    ):
        assert one.statistic == pytest.approx(-other.statistic)
        assert one.p_benefit == pytest.approx(other.p_harm)
        assert one.p_value == pytest.approx(other.p_value)


@settings(max_examples=40, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(values, random):
    order = list(range(len(values)))
    random.shuffle(order)
    a = arms(values)
    for one, other in zip(
        every(outcomes(values, a, "higher", "lower")),
        every(outcomes(values[order], a[order], "higher", "lower")),
        strict=True,
    ):
        assert one.p_benefit == pytest.approx(other.p_benefit)


@settings(max_examples=40, deadline=None)
@given(tables())
def test_no_p_is_below_its_floor_and_ties_never_lower_the_floor(values):
    for test in every(outcomes(values, arms(values), "higher", "lower")):
        assert test.floor_given_ties is not None
        assert test.p_value >= test.floor_given_ties - 1e-12 >= test.floor - 1e-9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(P, st.none()), min_size=1, max_size=6), st.data())
def test_a_smaller_p_never_raises_an_adjusted_one(p, data):
    names = [str(k) for k in range(len(p))]
    k = data.draw(st.integers(0, len(p) - 1))
    lower = [*p]
    lower[k] = data.draw(st.floats(0, 1 if p[k] is None else p[k]))
    before = gatekeeping(p, holm(len(p)), names=names).adjusted
    after = gatekeeping(lower, holm(len(p)), names=names).adjusted
    for one, other in zip(before, after, strict=True):
        assert one is None or (other is not None and other <= one + 1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(P, min_size=1, max_size=7))
def test_the_graph_of_equal_shares_is_holm(p):
    order = np.argsort(p)
    expected, top = np.empty(len(p)), 0.0
    for place, j in enumerate(order):
        top = max(top, min(1.0, (len(p) - place) * p[j]))
        expected[j] = top
    names = [str(k) for k in range(len(p))]
    assert gatekeeping(p, holm(len(p)), names=names).adjusted == pytest.approx(expected)


LEVELS = st.lists(st.one_of(st.integers(-2, 2), st.none()), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(LEVELS, st.data())
def test_a_score_lies_between_its_bounds_and_does_not_ask_for_the_unit_of_weights(level, data):
    weight = data.draw(st.lists(st.integers(1, 5), min_size=len(level), max_size=len(level)))
    found = goal_attainment(weight, level)
    assert found.lower <= found.upper
    assert (found.score is None) == (None in level)
    whole = goal_attainment(weight, [0 if x is None else x for x in level])
    assert whole.score is not None
    assert found.lower - 1e-9 <= whole.score <= found.upper + 1e-9
    scaled = goal_attainment([7 * w for w in weight], level)
    assert scaled.lower == pytest.approx(found.lower)
