"""The critical path, against every path one by one, and the simulated end against moments."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultrarare.stats.schedule import Activity, schedule


def rng():
    return np.random.default_rng(3)


def fixed(name, weeks, *needs, **more):
    return Activity(id=name, least=weeks, likely=weeks, most=weeks, needs=needs, **more)


@st.composite
def networks(draw):
    """Up to eight activities, each waiting for some before it."""
    made: list[Activity] = []
    for k in range(draw(st.integers(1, 8))):
        needs = draw(st.sets(st.sampled_from([one.id for one in made]))) if made else set()
        made.append(fixed(f"t{k}", float(draw(st.integers(0, 9))), *sorted(needs)))
    return made


def paths(made):
    """Every path from an activity without needs to one that nobody needs."""
    by_id = {one.id: one for one in made}
    needed = {need for one in made for need in one.needs}

    def back(one):
        if not one.needs:
            return [[one]]
        return [[*path, one] for need in one.needs for path in back(by_id[need])]

    return [path for one in made if one.id not in needed for path in back(one)]


@given(networks())
def test_the_end_is_the_longest_path_and_slack_is_the_room_of_the_longest_path_through(made):
    found = schedule(made, rng=rng(), runs=1)
    lengths = [(sum(one.likely for one in path), {one.id for one in path}) for path in paths(made)]
    assert found.end == pytest.approx(max(length for length, _ in lengths))
    for one in found.placed:
        through = max(length for length, ids in lengths if one.id in ids)
        assert one.slack == pytest.approx(found.end - through)
        assert one.critical == (1.0 if one.slack == pytest.approx(0) else 0.0)


@given(networks(), st.randoms(use_true_random=False))
def test_the_order_in_which_activities_are_told_changes_nothing(made, draw):
    mixed = list(made)
    draw.shuffle(mixed)
    one, two = (schedule(some, rng=rng(), runs=1) for some in (made, mixed))
    assert one.end == two.end
    assert {p.id: p for p in one.placed} == {p.id: p for p in two.placed}


def test_a_chain_has_the_mean_and_the_spread_of_its_betas():
    chain = [
        Activity(id="a", least=2, likely=4, most=12),
        Activity(id="b", least=1, likely=5, most=6, needs=("a",)),
    ]
    found = schedule(chain, rng=rng(), runs=200_000)
    means = [(2 + 16 + 12) / 6, (1 + 20 + 6) / 6]
    # the variance of a beta on [least, most] with mean m is (m - least)(most - m) / 7
    limits = zip(means, (2, 1), (12, 6), strict=True)
    variance = sum((m - low) * (high - m) / 7 for m, low, high in limits)
    assert found.mean == pytest.approx(sum(means), abs=4 * math.sqrt(variance / 200_000))
    assert found.end == 9
    assert found.quantiles[0] < found.quantiles[1] < found.quantiles[2]


def test_of_two_like_tasks_side_by_side_each_is_critical_half_of_the_time():
    two = [Activity(id=name, least=1, likely=2, most=5) for name in "ab"]
    found = schedule(two, rng=rng(), runs=20_000)
    assert [one.critical for one in found.placed] == pytest.approx([0.5, 0.5], abs=0.02)
    assert found.mean > (1 + 8 + 5) / 6  # the later of two is later than either


def test_what_is_done_or_begun_stands_where_it_stands():
    made = [
        fixed("a", 4, done=6.0, begun=1.0),
        fixed("b", 3, "a", begun=5.0),
        fixed("c", 2, "b"),
    ]
    found = {one.id: one for one in schedule(made, rng=rng(), runs=1).placed}
    assert (found["a"].begin, found["a"].end) == (1, 6)
    assert (found["b"].begin, found["b"].end) == (5, 8)
    assert (found["c"].begin, found["c"].end) == (8, 10)
    assert found["a"].slack > 0  # what waits for it has begun already


def test_a_circle_is_refused():
    with pytest.raises(ValueError, match="circle: a, b"):
        schedule([fixed("a", 1, "b"), fixed("b", 1, "a")], rng=rng())
