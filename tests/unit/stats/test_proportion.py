"""Intervals for proportions: what they refuse and what they say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.proportion import ProportionInterval, beta_binomial, clopper_pearson, wilson


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0), (1.5, 5)])
def test_counts_that_are_no_counts_are_refused(
    method: Callable[[int, int], ProportionInterval], successes: int, n: int
) -> None:
    with pytest.raises(InputError):
        method(successes, n)


def test_one_replicate_is_not_computable_and_names_wilson() -> None:
    with pytest.raises(NotComputable) as caught:
        beta_binomial([5], [10])

    assert str(caught.value) == (
        "successes: one replicate shows nothing of the spread between replicates\n"
        "  Measure a second replicate, or use wilson and say that it counts reads only."
    )


def test_a_replicate_with_more_successes_than_trials_is_named() -> None:
    with pytest.raises(InputError) as caught:
        beta_binomial([5, 11], [10, 10])

    assert caught.value.where == "successes[1]"


def test_many_reads_do_not_hide_that_replicates_differ() -> None:
    few = beta_binomial([300, 420, 360], [1000, 1000, 1000])
    many = beta_binomial([300_000, 420_000, 360_000], [1_000_000] * 3)

    # The spread between replicates decides: a thousand times the reads narrow nothing to speak of.
    assert many.upper - many.lower > 0.95 * (few.upper - few.lower)


def test_replicates_all_at_zero_keep_an_upper_limit_and_say_what_is_unknown() -> None:
    found = beta_binomial([0, 0, 0], [1000, 1000, 1000])

    assert (found.value, found.lower) == (0, 0)
    assert 0 < found.upper < 0.02
    assert any("cannot be estimated" in caveat for caveat in found.caveats)


def test_replicates_that_disagree_fully_count_as_one_draw_each() -> None:
    found = beta_binomial([0, 1000], [1000, 1000])

    assert any("as much as is possible" in caveat for caveat in found.caveats)
    assert found.lower < 0.01
    assert found.upper > 0.99


def test_wide_scatter_near_the_edge_is_told() -> None:
    skewed = beta_binomial([0, 10, 800], [10_000] * 3)
    even = beta_binomial([4000, 5000, 6000], [10_000] * 3)

    assert any("near an edge" in caveat for caveat in skewed.caveats)
    assert not any("near an edge" in caveat for caveat in even.caveats)


def test_few_replicates_are_told() -> None:
    assert "only 3 replicates" in beta_binomial([30, 42, 36], [100] * 3).caveats
    assert "only 5 replicates" not in beta_binomial([30, 42, 36, 20, 51], [100] * 5).caveats


def test_summary_prints_share_interval_and_method() -> None:
    assert wilson(7, 20, 0.9).summary() == (
        "0.35 (90% interval 0.2023 to 0.5335; n = 20; Wilson score interval)"
    )
