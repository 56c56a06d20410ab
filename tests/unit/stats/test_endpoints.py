"""Several endpoints at once: what is refused, what is told, and what is never made up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.endpoints.gatekeeping import fallback, fixed_sequence, gatekeeping, graph, holm
from ultrarare.stats.endpoints.global_tests import obrien, wei_lachin
from ultrarare.stats.endpoints.goals import goal_attainment, sign_flip
from ultrarare.stats.endpoints.normal import gls, ols
from ultrarare.stats.endpoints.outcomes import Rule, make_outcomes
from ultrarare.stats.endpoints.permutation import floor_of
from ultrarare.stats.endpoints.responder import compare_responders, responder_index
from ultrarare.stats.endpoints.win import ENOUGH, guaranteed_limits, win_statistics

NAN = float("nan")


def rng(seed=1):
    return np.random.default_rng(seed)


def rules(*names, **more):
    return [Rule(name=name, improves="higher", **more) for name in names]


def made(values, n, *, names="ab", event=None, **more):
    values = np.asarray(values, dtype=float)
    return make_outcomes(
        values, np.arange(len(values)) < n, rules(*names[: values.shape[1]], **more), event=event
    )


def plain(found):
    """Its JSON, which must hold no NaN."""
    return json.loads(json.dumps(found.to_json(), allow_nan=False))


def test_one_treated_person_is_ranked_and_no_spread_is_made_up():
    o = made([[9, 9], [1, 2.5], [2, 1.5], [3, 3.5]], 1)
    found = wei_lachin(o, rng=rng())

    assert any("one treated person" in text for text in o.caveats)
    assert found.permutation.p_benefit == 0.25
    assert found.permutation.floor == 0.5
    assert found.se is None
    assert any("single person" in text for text in found.caveats)
    assert plain(found)["p_z"] is None
    assert win_statistics(o, rng=rng()).interval == "guaranteed"


def test_everybody_alike_gives_p_one_and_says_so():
    o = made(np.ones((5, 1)), 2)
    assert any("same in everybody" in text for text in o.caveats)
    won = win_statistics(o, rng=rng())
    for test in (obrien(o, rng=rng()).permutation, won.permutation):
        assert test.p_value == 1
        assert test.floor_given_ties == 1
        assert "ties raise" in test.caveats[0]
    assert won.win_ratio is None
    assert won.odds == 1
    assert any("everybody is tied" in text for text in won.caveats)
    assert plain(won)["ratio"] is None
    with pytest.raises(NotComputable, match="same in everybody"):
        ols(o, rng=rng())


def test_a_time_without_events_says_nothing():
    values = np.array([[5.0], [6], [7], [3], [2]])
    o = made(values, 2, event=np.zeros((5, 1)), timed=True)
    assert any("nobody came to a" in text for text in o.caveats)
    assert win_statistics(o, rng=rng()).ties == 6
    assert wei_lachin(o, rng=rng()).permutation.p_value == 1
    with pytest.raises(NotComputable, match="0 numeric endpoints"):
        ols(o, rng=rng())


def test_arms_that_do_not_overlap_have_no_ratio_and_an_interval_with_width():
    o = made([[9.5], [8.5], [7.5], [1.5], [2.5], [3.5], [0.5]], 3)
    won = win_statistics(o, rng=rng())
    assert won.win_ratio is None
    assert won.odds is None
    assert won.upper == 1
    assert (won.lower + 1) / 2 == pytest.approx(0.025 ** (1 / 3))  # Clopper and Pearson, 3 of 3
    assert any("do not overlap" in text for text in won.caveats)
    assert won.permutation.p_benefit == pytest.approx(1 / 35)


def test_an_endpoint_unknown_in_one_arm_takes_no_part():
    o = made([[1.5, NAN], [2.5, NAN], [0.5, 3], [0.2, 4], [0.1, 5]], 2)
    assert any("b is not known of anybody of the treated" in text for text in o.caveats)
    assert wei_lachin(o, rng=rng()).names == ("a",)
    assert obrien(o, complete=True, rng=rng()).treated == 2


def test_nothing_known_of_an_arm_is_refused():
    with pytest.raises(NotComputable, match="0 treated and 2 untreated"):
        made([[NAN, NAN], [1, 2], [3, 4]], 1)
    with pytest.raises(NotComputable, match="no endpoint is known in both arms"):
        made([[1, NAN], [NAN, 2], [NAN, 4]], 1)


def test_people_without_a_value_are_left_out_and_counted():
    o = made([[1.5], [NAN], [2.5], [NAN], [3.5]], 2)
    assert o.counts == (1, 2)
    assert o.left_out == 2
    assert any("want of any value: 2" in text for text in o.caveats)


def test_complete_cases_can_be_too_few():
    o = made([[1, NAN], [NAN, 2], [3, 4], [5, 6.5]], 2)
    with pytest.raises(NotComputable, match="0 treated"):
        obrien(o, complete=True, rng=rng())
    assert obrien(o, rng=rng()).treated == 2


def test_values_missing_more_often_in_one_arm_are_told():
    o = made([[1, NAN], [2, NAN], [3, 1.5], [4, 2.5], [5, 3.5], [6, 1.2]], 3)
    assert any("b is known of 33 % of the treated and 100 %" in text for text in o.caveats)


def test_arms_watched_for_unlike_times_are_told():
    o = made(
        [[1.0], [1.2], [9], [8], [7]], 2, event=np.array([[0], [0], [1], [1], [0]]), timed=True
    )
    assert any("common time" in text for text in o.caveats)


def test_a_smaller_arm_that_varies_more_is_told():
    wide, tight = [[-9.0], [0.5], [9]], [[1.0], [2.5], [3], [0.1], [1.5]]
    assert any("times as much in the smaller arm" in text for text in made(wide + tight, 3).caveats)
    alike = made([[1.0], [2.4], [3.1], [0.9], [2.2], [3.3], [1.7]], 3)
    assert not any("times as much" in text for text in alike.caveats)


def test_the_same_row_twice_is_told_but_whole_marks_may_agree():
    assert any("copied rows" in t for t in made([[1.5, 2], [1.5, 2], [3, 4], [5, 6]], 1).caveats)
    assert not any("copied rows" in t for t in made([[1, 2], [1, 2], [3, 4], [5, 6]], 1).caveats)


@pytest.mark.parametrize(
    ("values", "given", "event", "where"),
    [
        ([[1, 2], [3, 4]], rules("a"), None, "values"),
        ([[1, np.inf], [3, 4]], rules("a", "b"), None, "values"),
        ([[1, 2], [3, 4]], rules("a", "a"), None, "rules"),
        ([[1], [3]], rules("a", weight=0), None, "weight of a"),
        ([[1], [3]], rules("a", margin=-1), None, "relevant difference of a"),
        ([[1], [3]], rules("a", timed=True), None, "event"),
        ([[1], [3]], rules("a", timed=True), [[2], [1]], "event of a"),
        ([[1], [3]], rules("a", timed=True), [1, 0], "event"),
        ([[-1], [3]], rules("a", timed=True), [[1], [1]], "values of a"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(values, given, event, where):
    with pytest.raises(InputError) as error:
        make_outcomes(np.array(values, dtype=float), [1, 0], given, event=event)
    assert error.value.where == where


def test_a_difference_below_the_margin_goes_to_the_next_endpoint():
    given = [
        Rule(name="walk", improves="higher", margin=30),
        Rule(name="pain", improves="lower", margin=1),
    ]
    found = win_statistics(make_outcomes([[129, 3], [100, 5]], [1, 0], given), rng=rng())
    assert found.wins.tolist() == [0, 1]
    assert found.to_rows()[0]["left"] == 1
    found = win_statistics(make_outcomes([[130, 9], [100, 5]], [1, 0], given), rng=rng())
    assert found.wins.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("times", "events", "won"),
    [
        ((5, 3), (0, 1), 1),  # followed beyond the other's death
        ((5, 3), (1, 0), 0),  # the other was last seen alive before
        ((3, 3), (0, 1), 1),  # alive at the time at which the other died
        ((3, 3), (1, 1), 0),
        ((5, 3), (0, 0), 0),
        ((3, 5), (1, 0), -1),
    ],
)
def test_a_censored_time_wins_only_what_is_known(times, events, won):
    found = win_statistics(
        make_outcomes(
            np.array([times]).T, [1, 0], rules("a", timed=True), event=np.array([events]).T
        ),
        rng=rng(),
    )
    assert found.net_benefit == won


def test_many_people_give_the_interval_of_the_u_statistic_and_few_do_not():
    x = rng().normal(size=(2 * ENOUGH, 1))
    assert win_statistics(made(x, ENOUGH), draws=99, rng=rng()).interval == "U statistic"
    few = win_statistics(made(x, ENOUGH - 1), draws=99, rng=rng())
    assert few.interval == "guaranteed"
    assert few.ratio_lower is None
    assert any("no interval of the win ratio" in text for text in few.caveats)


def test_z_has_a_p_only_where_both_arms_are_large_enough():
    x = rng().normal(size=(2 * ENOUGH, 1))
    assert wei_lachin(made(x, ENOUGH), draws=99, rng=rng()).p_z is not None
    few = wei_lachin(made(x, ENOUGH - 1), draws=99, rng=rng())
    assert few.z is not None
    assert few.p_z is None
    assert any("z has no p" in text for text in few.caveats)


def test_guaranteed_limits_widen_with_fewer_people_and_hold_the_estimate():
    wide, narrow = guaranteed_limits(0.4, 3, level=0.95), guaranteed_limits(0.4, 30, level=0.95)
    assert -1 <= wide[0] < narrow[0] < 0.4 < narrow[1] < wide[1] <= 1
    assert guaranteed_limits(-1, 2, level=0.95)[0] == -1


def test_an_unknown_win_level_is_refused():
    with pytest.raises(InputError, match="level"):
        win_statistics(made([[1.0], [2.0]], 1), level=1, rng=rng())


def test_drawn_choices_are_the_same_for_a_seed_and_never_below_their_floor():
    o = made(rng().normal(size=(40, 2)), 10)
    one, two = (obrien(o, draws=499, rng=rng(5)).permutation for _ in range(2))
    assert one == two
    assert not one.exact
    assert one.floor == floor_of(10, 30, draws=499) == 2 / 500
    assert one.p_value >= one.floor
    with pytest.raises(InputError, match="draws"):
        obrien(o, draws=0, rng=rng())


def test_a_weight_below_zero_is_told():
    base = rng().normal(size=(30, 1))
    x = np.hstack((base, base + 0.3 * rng(2).normal(size=(30, 1)), 3 * base))
    x[:, 2] += 0.8 * rng(3).normal(size=30)
    x = np.hstack((x, x[:, :1] + x[:, 1:2] + 0.05 * rng(4).normal(size=(30, 1))))
    o = made(x, 10, names="abcd")
    found = gls(o, draws=99, rng=rng())
    assert found.weight.sum() == pytest.approx(1)
    assert (found.weight < 0).any()
    assert any("improvement there counts as harm" in text for text in found.caveats)


def test_endpoints_that_are_the_same_cannot_be_weighted_by_correlation():
    x = rng().normal(size=(12, 1))
    with pytest.raises(NotComputable, match="cannot be inverted"):
        gls(made(np.hstack((x, 2 * x)), 3), rng=rng())


def test_too_few_people_have_an_exact_p_and_no_t():
    found = gls(made([[1.5, 2], [2, 3.5], [4, 1]], 1), rng=rng())
    assert found.t is None
    assert any("too few" in text for text in found.caveats)
    assert plain(found)["p_t"] is None


def test_an_unknown_goal_gives_bounds_and_no_score():
    found = goal_attainment([2, 1], [1, None])
    assert found.score is None
    assert found.lower < found.upper
    assert found.known_only == pytest.approx(60)
    assert "1 of 2 levels" in found.summary()
    nothing = goal_attainment([1], [None])
    assert nothing.known_only is None
    assert (nothing.lower, nothing.upper) == (30, 70)


@pytest.mark.parametrize(
    ("weight", "level", "rho", "where"),
    [
        ([], [], 0.3, "weight"),
        ([1], [1, 2], 0.3, "level"),
        ([0], [1], 0.3, "weight"),
        ([1], [3], 0.3, "level"),
        ([1], [1], 1.5, "rho"),
    ],
)
def test_a_wrong_goal_is_refused(weight, level, rho, where):
    with pytest.raises(InputError) as error:
        goal_attainment(weight, level, rho=rho)
    assert error.value.where == where


def test_flips_of_three_people_cannot_be_below_a_quarter():
    found = sign_flip([10, 5, 8], rng=rng())
    assert found.p_benefit_lower == 1 / 8
    assert found.floor == found.p_value_upper == 0.25
    assert "to" not in found.summary().split("(")[0].replace("two", "")


def test_flips_of_one_person_or_of_no_change_are_told_or_refused():
    assert sign_flip([10], rng=rng()).caveats
    with pytest.raises(NotComputable, match="nobody changed"):
        sign_flip([0, 0], rng=rng())
    with pytest.raises(InputError, match="upper end"):
        sign_flip([1, 2], [0, 3], rng=rng())


def test_flips_of_many_people_are_drawn_and_count_what_was_seen():
    found = sign_flip(np.ones(25), draws=199, rng=rng())
    assert not found.exact
    assert found.p_benefit_upper == found.floor / 2 == 1 / 200


def test_an_unknown_domain_is_not_a_missing_response():
    found = responder_index([[2, NAN], [-1, 0.5]], [1, 1], ["higher", "lower"], ["walk", "pain"])
    assert (found.lower.tolist(), found.upper.tolist()) == ([0, -1], [2, -1])
    assert found.to_rows()[0]["domains"] == {"walk": 1, "pain": None}


def test_a_change_of_exactly_the_relevant_difference_responds():
    found = responder_index([[0.3 - 0.1]], [0.2], ["higher"], ["a"])
    assert found.lower.tolist() == [1]


def test_a_response_needs_a_difference_and_both_arms():
    with pytest.raises(InputError, match="above 0"):
        responder_index([[1]], [0], ["higher"], ["a"])
    with pytest.raises(InputError, match="a column each"):
        responder_index([[1]], [1, 2], ["higher"], ["a"])
    with pytest.raises(NotComputable, match="arm is empty"):
        compare_responders(responder_index([[1]], [1], ["higher"], ["a"]), [True], rng=rng())


def test_a_sequence_stops_at_the_first_that_fails():
    found = gatekeeping([0.01, 0.2, 0.001], fixed_sequence(3), names="abc")
    assert found.adjusted == (0.01, 0.2, 0.2)
    assert found.order == ("a",)
    assert found.rejected == (True, False, False)


def test_an_unknown_p_ends_a_sequence_and_keeps_its_share_in_holm():
    found = gatekeeping([None, 0.001], fixed_sequence(2), names="ab")
    assert found.adjusted == (None, 1.0)
    assert "never rejected" in found.caveats[0]
    assert gatekeeping([None, 0.02], holm(2), names="ab").adjusted == (None, 0.04)


def test_fallback_passes_its_share_on():
    found = gatekeeping([0.02, 0.045], fallback([0.5, 0.5]), names="ab")
    assert found.adjusted == (0.04, 0.045)


@pytest.mark.parametrize(
    ("weight", "transition", "where"),
    [
        ([0.6, 0.6], [[0, 1], [1, 0]], "weights"),
        ([-0.1, 0.6], [[0, 1], [1, 0]], "weights"),
        ([0.5, 0.5], [[0, 1.2], [1, 0]], "transition"),
        ([0.5, 0.5], [[0.1, 0.5], [1, 0]], "transition"),
        ([0.5, 0.5], [[0, 1]], "transition"),
    ],
)
def test_a_graph_that_gives_away_too_much_is_refused(weight, transition, where):
    with pytest.raises(InputError) as error:
        graph(weight, transition)
    assert error.value.where == where


def test_wrong_p_and_alpha_are_refused():
    with pytest.raises(InputError, match="between 0 and 1"):
        gatekeeping([1.5], holm(1), names="a")
    with pytest.raises(InputError, match="as many"):
        gatekeeping([0.5], holm(2), names="ab")
    with pytest.raises(InputError, match="alpha"):
        gatekeeping([0.5], holm(1), names="a", alpha=1)
    with pytest.raises(InputError, match="at least one"):
        holm(0)


def test_every_pair_of_a_large_record_is_compared():
    o = made(rng().normal(size=(5020, 3)), 20, names="abc", margin=0.2)
    assert win_statistics(o, draws=99, rng=rng()).pairs == 100_000
