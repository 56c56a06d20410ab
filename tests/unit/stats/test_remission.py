"""Untreated people put through the entry rule, and the three accounts side by side."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.episodes import predict_count
from ultrarare.stats.remission import (
    EntryRule,
    compare_longest_gap,
    entered,
    longest_gap,
    rank,
)
from ultrarare.stats.remission_comparison import compare_episodes
from ultrarare.stats.remission_layers import describe_untreated
from ultrarare.stats.states_records import Observed, counted, observed

RULE = EntryRule(at_least=2, window=1.0)


def cohort(people: int = 40, *, seed: int = 3, dwell: float = 1.0) -> list[Observed]:
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(people):
        here, state, when = 0.0, int(rng.random() < 0.5), []
        while here < 4.0:
            stop = min(here + rng.exponential(dwell), 4.0)
            when += list(rng.uniform(here, stop, rng.poisson((0.3, 8.0)[state] * (stop - here))))
            here, state = stop, 1 - state
        out.append(observed([(0.0, 4.0)], when))
    return out


@pytest.fixture(scope="module")
def untreated():
    return describe_untreated(cohort(), follow_up=1.0, rule=EntryRule(at_least=4, window=1.0))


BEFORE = observed([(0.0, 1.0)], [0.1, 0.3, 0.5, 0.6, 0.8, 0.9])


def test_each_person_enters_once_at_a_time_that_no_episode_decides():
    people = entered(
        [
            observed([(0.0, 4.0)], [0.2, 0.9, 1.5, 3.0]),  # 2 in the first window
            observed([(0.0, 4.0)], [0.2, 1.1, 1.9]),  # 2 in the second
            observed([(0.0, 4.0)], [0.9, 1.1]),  # 2 within a year, in no window that is asked
            observed([(0.0, 1.5)], [0.2, 0.3, 1.2]),  # too short
        ],
        RULE,
        1.0,
    )

    assert people.person.tolist() == [0, 1]
    assert people.entry.tolist() == [1.0, 2.0]
    assert people.count.tolist() == [1, 0]
    np.testing.assert_allclose(people.run, [0.5, 1.0])
    assert people.n_followed == 3
    assert people.floor == pytest.approx(1 / 3)


def test_a_window_with_a_gap_is_no_window():
    with pytest.raises(NotComputable, match="observed for"):
        entered([observed([(0.0, 0.8), (1.0, 1.9)], [0.1, 0.2])], RULE, 1.0)


def test_nobody_who_met_the_rule_is_told_with_a_way_out():
    with pytest.raises(NotComputable, match="of 1 observed met the rule") as caught:
        entered([observed([(0.0, 4.0)], [0.1])], RULE, 1.0)
    assert "active" in caught.value.remedy


def test_the_rank_counts_the_person_too_and_has_its_floor():
    people = entered([observed([(0.0, 2.0)], [0.1, 0.2, *np.linspace(1.1, 2, k)])
                      for k in range(1, 20)], RULE, 1.0)  # fmt: skip
    found = rank(people, 3, 0.05)

    assert found.p_at_most == pytest.approx(4 / 20)
    assert found.share == pytest.approx(3 / 19)
    assert found.share_lower < found.share < found.share_upper
    assert rank(people, 0, 1.0).p_at_most == found.floor == 1 / 20
    assert found.caveats == ()


def test_few_who_entered_are_told_with_the_smallest_p_value():
    people = entered([observed([(0.0, 2.0)], [0.1, 0.2, 1.5])] * 4, RULE, 1.0)

    assert "0.2" in rank(people, 0, 1.0).caveats[0]


@pytest.mark.parametrize(("at_least", "window"), [(0, 1.0), (2, 0.0), (2, float("nan"))])
def test_a_rule_that_is_none_is_refused(at_least, window):
    with pytest.raises(InputError):
        EntryRule(at_least=at_least, window=window)


def test_the_longest_gap_counts_the_edges_and_not_the_time_unseen():
    assert longest_gap(observed([(0.0, 1.0), (5.0, 7.0)], [0.9, 5.5])) == 1.5
    with pytest.raises(InputError, match="dated"):
        longest_gap(counted([(0.0, 1.0)], [1]))


def test_people_who_could_not_show_such_a_gap_are_left_out():
    found = compare_longest_gap(
        observed([(0.0, 2.0)], []),
        [observed([(0.0, 5.0)], [1.0]), observed([(0.0, 3.0)], [1.5]), observed([(0.0, 1.0)], [])],
    )

    assert (found.n, found.as_long, found.longest_untreated) == (2, 1, 4.0)
    assert found.p_value == pytest.approx(2 / 3)
    assert compare_longest_gap(observed([(0.0, 9.0)], []), [BEFORE]).p_value is None


def test_the_largest_p_value_is_reported_and_says_whose_it_is(untreated):
    found = compare_episodes(untreated, BEFORE, observed([(1.0, 2.0)], [1.4]), dosed_at=1.0)
    known = {layer.name: layer.p_count for layer in found.layers}

    assert None not in known.values()
    assert found.p_value == max(p for p in known.values() if p is not None)
    assert known[found.p_value_from] == found.p_value
    assert not found.planned
    wanted = predict_count(untreated.gamma_poisson, 6, 1.0, 1, 1.0)
    assert known["gamma-poisson"] == wanted.p_at_most
    assert found.remission == pytest.approx(0.4)
    assert found.remission_ended
    assert found.since_last_event == pytest.approx(0.5)
    json.dumps(found.to_rows(), allow_nan=False)
    assert found.summary().startswith("1 event in 1 after 6 in 1; one-sided p ")


def known(value: float | None) -> float:
    assert value is not None
    return value


def test_a_planned_layer_is_reported_whatever_the_others_say(untreated):
    after = observed([(1.0, 2.0)], [])
    found = compare_episodes(untreated, BEFORE, after, dosed_at=1.0, planned_layer="gamma-poisson")

    assert found.p_value == found.layer("gamma-poisson").p_count
    assert found.p_value < known(found.layer("state").p_count)
    assert found.rate_ratio_from == "gamma-poisson"
    assert any("too small" in caveat for caveat in found.caveats)


def test_stays_as_long_as_the_record_are_warned_of(untreated):
    found = compare_episodes(untreated, BEFORE, observed([(1.0, 2.0)], []), dosed_at=1.0)

    assert any("of one order" in caveat for caveat in found.caveats)


def test_a_layer_that_cannot_reject_says_so(untreated):
    found = compare_episodes(
        untreated, BEFORE, observed([(1.0, 1.3)], []), dosed_at=1.0, alpha=0.05
    )

    assert known(found.layer("state").floor) > 0.05
    assert any("state layer cannot reject whatever is seen" in each for each in found.caveats)


def test_the_limits_of_the_ratio_hold_those_of_every_model(untreated):
    found = compare_episodes(untreated, BEFORE, observed([(1.0, 2.0)], [1.1, 1.4]), dosed_at=1.0)

    for layer in found.layers[:2]:
        assert found.rate_ratio_lower <= known(layer.rate_ratio_lower)
        top = known(layer.rate_ratio_upper)
        assert found.rate_ratio_upper is None or found.rate_ratio_upper >= top


def test_without_an_entry_rule_the_empirical_layer_says_why_it_is_not_there():
    bare = describe_untreated(cohort(), follow_up=1.0)
    found = compare_episodes(bare, BEFORE, observed([(1.0, 2.0)], []), dosed_at=1.0)

    assert found.layer("empirical").p_count is None
    assert any("no entry rule" in caveat for caveat in found.caveats)
    with pytest.raises(NotComputable, match="planned layer") as caught:
        compare_episodes(
            bare, BEFORE, observed([(1.0, 2.0)], []), dosed_at=1.0, planned_layer="empirical"
        )
    assert "no entry rule" in caught.value.remedy


def test_a_patient_who_does_not_meet_the_rule_is_not_ranked(untreated):
    mild = observed([(0.0, 1.0)], [0.5])
    found = compare_episodes(untreated, mild, observed([(1.0, 2.0)], []), dosed_at=1.0)

    assert found.layer("empirical").p_count is None
    assert any("does not meet the entry rule" in caveat for caveat in found.caveats)


def test_people_with_one_episode_each_leave_only_constant_rates():
    single = [observed([(0.0, 2.0)], [0.5 + 0.1 * i]) for i in range(8)]
    found = compare_episodes(
        describe_untreated(single, follow_up=1.0), BEFORE, observed([(1.0, 2.0)], []), dosed_at=1.0
    )

    assert found.p_value_from == found.rate_ratio_from == "gamma-poisson"
    assert any("state layer is not computed" in caveat for caveat in found.caveats)
    assert any("only one layer" in caveat for caveat in found.caveats)


@pytest.mark.parametrize("options", [{"planned_layer": "best"}, {"level": 1.5}])
def test_options_that_are_none_are_refused(untreated, options):
    with pytest.raises(InputError):
        compare_episodes(untreated, BEFORE, observed([(1.0, 2.0)], []), dosed_at=1.0, **options)
