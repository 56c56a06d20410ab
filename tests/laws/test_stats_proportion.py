"""What must hold of any interval for a proportion."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.proportion import beta_binomial, clopper_pearson, wilson


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n


@settings(max_examples=80, deadline=None)
@given(counts())
def test_intervals_hold_the_share_and_stay_between_zero_and_one(count: tuple[int, int]) -> None:
    for interval in (wilson(*count), clopper_pearson(*count)):
        assert 0 <= interval.lower <= interval.value <= interval.upper <= 1
        assert interval.upper > interval.lower


@settings(max_examples=80, deadline=None)
@given(counts())
def test_counting_failures_turns_the_interval_around(count: tuple[int, int]) -> None:
    k, n = count
    for method in (wilson, clopper_pearson):
        one, other = method(k, n), method(n - k, n)
        assert one.lower == pytest.approx(1 - other.upper, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.lists(counts(), min_size=2, max_size=8))
def test_replicates_never_know_more_than_their_pooled_count(
    replicates: list[tuple[int, int]],
) -> None:
    k, n = zip(*replicates, strict=True)

    together = beta_binomial(k, n)

    pooled = wilson(sum(k), sum(n))
    assert 0 <= together.lower <= together.value <= together.upper <= 1
    assert together.upper - together.lower >= (pooled.upper - pooled.lower) * 0.999


@settings(max_examples=40, deadline=None)
@given(st.lists(counts(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_replicates_does_not_matter(
    replicates: list[tuple[int, int]], random: Random
) -> None:
    shuffled = list(replicates)
    random.shuffle(shuffled)

    one = beta_binomial([k for k, _ in replicates], [n for _, n in replicates])
    other = beta_binomial([k for k, _ in shuffled], [n for _, n in shuffled])

    assert (one.lower, one.upper) == pytest.approx((other.lower, other.upper), abs=1e-9)
