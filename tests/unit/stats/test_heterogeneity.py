"""Do groups differ: what is refused, what is said, and the power beside the p value."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.heterogeneity import log_rank, permuted_means, permuted_rates


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_few_expected_events_are_said_beside_the_p_value():
    found = log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"])
    assert "events expected" in found.caveats[0]


def test_power_of_the_log_rank_test_is_that_of_schoenfeld():
    found = log_rank(np.arange(1, 101), np.ones(100), ["a", "b"] * 50)
    # Φ(√(100/4)·ln 2 − 1.959964)
    assert found.power == pytest.approx(0.93394, abs=1e-4)


@pytest.mark.parametrize(
    ("time", "event", "group", "words"),
    [
        ([1, 2], [1, 1], ["a", "a"], "one group only"),
        ([1, 2], [0, 0], ["a", "b"], "no event"),
        ([1, 9], [0, 1], ["a", "b"], "at no event"),
    ],
)
def test_what_cannot_be_compared_is_not_computable(time, event, group, words):
    with pytest.raises(NotComputable, match=words):
        log_rank(time, event, group)


def test_names_and_times_must_be_as_many():
    with pytest.raises(InputError, match="2 are needed"):
        log_rank([1, 2], [1, 1], ["a"])
    with pytest.raises(InputError, match="entry"):
        log_rank([1, 2], [1, 1], ["a", "b"], entry=[0, 2])


def test_the_permutation_p_value_comes_near_full_enumeration():
    value, group = [1.0, 2.0, 2.5, 4.0, 5.0, 7.5], ["a", "a", "a", "b", "b", "b"]
    seen = permuted_means(value, group, rng=rng(), permutations=19)
    every = [
        permuted_means(list(order), group, rng=rng(), permutations=1).statistic
        for order in {tuple(o) for o in permutations(value)}
    ]
    exact = np.mean(np.array(every) >= seen.statistic * (1 - 1e-9))
    drawn = permuted_means(value, group, rng=rng(), permutations=20_000)
    assert drawn.p_value == pytest.approx(exact, abs=0.012)


def test_a_group_of_two_is_left_out_and_named():
    found = permuted_means([1, 2, 3, 4, 5, 6, 7, 8], list("aaabbbcc"), rng=rng())
    assert found.groups == ("a", "b")
    assert found.caveats == ("left out of the comparison, with fewer than 3 people: c",)
    with pytest.raises(NotComputable, match="fewer than two groups"):
        permuted_means([1, 2, 3, 4], list("aabb"), rng=rng())


def test_people_who_are_all_alike_do_not_differ():
    found = permuted_means([2.0] * 8, list("aaaabbbb"), rng=rng())
    assert (found.p_value, found.power) == (1.0, None)


def test_rates_that_differ_tenfold_are_told_apart():
    found = permuted_rates(
        [1, 0, 1, 2, 1, 10, 9, 12, 8, 11], [2] * 10, ["a"] * 5 + ["b"] * 5, rng=rng()
    )
    assert found.p_value < 0.02
    assert list(found.observed) == [5, 50]


def test_rates_without_any_event_are_not_computable():
    with pytest.raises(NotComputable, match="no event"):
        permuted_rates([0] * 6, [1] * 6, list("aaabbb"), rng=rng())
    with pytest.raises(InputError, match="no time"):
        permuted_rates([1] * 6, [0] * 6, list("aaabbb"), rng=rng())


def test_a_seed_gives_the_same_p_value_again():
    def once() -> float:
        return permuted_means([3, 1, 4, 1, 5, 9, 2, 6], list("aaaabbbb"), rng=rng()).p_value

    assert once() == once()


def test_the_summary_says_the_power():
    found = log_rank(np.arange(1, 41), np.ones(40), ["a", "b"] * 20)
    assert "power 0." in found.summary()
    assert [row["people"] for row in found.to_rows()] == [20, 20]
