"""External controls: what is refused, what is said, and what is known before outcomes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.external.aipw import aipw
from ultrarare.stats.external.alignment import align_index
from ultrarare.stats.external.bootstrap import weighted_bootstrap
from ultrarare.stats.external.comparison import compare
from ultrarare.stats.external.design import plan_comparison
from ultrarare.stats.external.linearity import bend_p
from ultrarare.stats.external.matching import match, planned_ratio
from ultrarare.stats.external.randomisation import attainable, randomisation_test
from ultrarare.stats.external.summaries import mean_difference, rate_ratio
from ultrarare.stats.external.trajectory import trajectories
from ultrarare.stats.external.weights import weigh


def people(n, N, *, shift=0.0, effect=0.0, seed=1, p=1):
    rng = np.random.default_rng(seed)
    a = np.arange(n + N) < n
    x = rng.normal(size=(n + N, p))
    x[a] += shift
    return a, x, x.sum(axis=1) + rng.normal(size=n + N) + effect * a


def names(p):
    return tuple(f"x{i}" for i in range(p))


def plan(a, x, **given):
    return plan_comparison(a, x, names(x.shape[1]), **given)


def test_the_floor_is_known_without_outcomes():
    assert attainable([21]).floor == pytest.approx(1 / 21)
    assert not attainable([39]).can_reach(0.05)
    assert attainable([40]).can_reach(0.05)
    assert attainable([33], [3]).assignments == 5456
    assert not attainable([220], [20]).exact
    assert attainable([220], [20], draws=999).floor == pytest.approx(1e-3)


def test_where_the_floor_is_too_high_the_interval_has_no_end_and_a_caveat_says_so():
    a, _, y = people(1, 10)
    found = randomisation_test(y + 50 * a, a, rng=np.random.default_rng(1))

    assert (found.lower, found.upper) == (None, None)
    assert found.p_two_sided == pytest.approx(2 / 11)
    assert any("cannot reach" in c for c in found.caveats)


def test_identical_patients_show_nothing():
    a, x, _ = people(3, 12)
    found = compare(plan(a, x), np.full(15, 4.0), improves="lower")

    assert found.shown == "not shown"
    assert found.primary.p_value == 1
    assert any("identical" in c for c in found.caveats)
    json.dumps(found.to_rows(), allow_nan=False)


def test_one_control_is_compared_with_its_floor_of_one():
    a, x, y = people(1, 1)
    found = compare(plan(a, np.empty((2, 0))), y, improves="lower", method="rank")

    assert found.primary.floor == 1
    assert found.shown == "not shown"
    assert x.shape == (2, 1)


def test_without_overlap_nothing_is_computed_and_it_says_who_lies_outside():
    a, x, _ = people(3, 12, shift=30)
    with pytest.raises(NotComputable, match=r"treated 1: x0 .* outside"):
        plan(a, x)


def test_a_treated_person_of_an_unknown_class_lies_outside():
    a, x, _ = people(2, 10)
    classes = ["missense", "deletion", *["missense"] * 10]
    design = plan(a, x, classes=classes, caliper=None)

    assert design.support.outside.tolist() == [False, True]
    assert design.match is not None
    assert design.match.unmatched.tolist() == [1]
    with pytest.raises(NotComputable, match="no untreated person of class"):
        plan(a, x, classes=["other", "other", *["missense"] * 10])


def test_too_many_covariates_are_refused_with_the_rule():
    a, x, _ = people(2, 10, p=3)
    with pytest.raises(NotComputable, match="each covariate takes 5"):
        plan(a, x)


def test_scores_are_refused_where_the_smaller_arm_is_too_small():
    a, x, _ = people(3, 30, p=2)
    design = plan(a, x)

    assert set(design.refused) == {"odds", "overlap", "aipw"}
    assert "each takes 3" in design.refused["odds"]
    with pytest.raises(NotComputable, match="is refused"):
        compare(design, np.arange(33.0), improves="lower", method="odds")


def test_separated_arms_take_firth_and_say_so():
    a = np.arange(20) < 6
    x = np.where(a, 1.0, 0.0)[:, None] + np.linspace(0, 0.5, 20)[:, None]
    found = weigh("odds", x, a)

    assert found.score is not None
    assert found.score.penalised
    assert np.isfinite(found.untreated).all()
    assert any("Firth" in c for c in found.caveats)


def test_covariates_that_are_the_arm_leave_nothing_to_compare():
    a, _, y = people(4, 12)
    with pytest.raises(NotComputable, match="tell treated and untreated people apart"):
        randomisation_test(y, a, covariates=a.astype(float)[:, None], rng=np.random.default_rng(1))


def test_an_effect_in_everybody_is_refused_below_twenty_treated():
    a, x, y = people(19, 60)
    with pytest.raises(NotComputable, match="at least 20"):
        aipw(y, a, x, estimand="ate", rng=np.random.default_rng(1))
    assert not aipw(y, a, x, rng=np.random.default_rng(1)).cross_fit
    b, z, w = people(30, 60)
    assert aipw(w, b, z, estimand="ate", rng=np.random.default_rng(1)).cross_fit


def test_the_bootstrap_is_refused_below_ten_treated():
    a, x, y = people(9, 40)
    with pytest.raises(NotComputable, match="at least 10"):
        weighted_bootstrap("odds", y, a, x)
    found = compare(plan(a, x), y, improves="lower", bootstraps=50)
    odds = next(r for r in found.methods if r.method == "odds")
    assert odds.estimate is not None
    assert odds.lower is None
    assert any("too few to resample" in c for c in odds.caveats)


def test_the_bootstrap_gives_the_same_bits_on_any_number_of_workers():
    a, x, y = people(12, 40)
    wanted = weighted_bootstrap("overlap", y, a, x, draws=450, seed=7)
    for workers in (2, 8):
        with ThreadPoolExecutor(workers) as pool:
            found = weighted_bootstrap("overlap", y, a, x, draws=450, seed=7, mapping=pool.map)
        assert found == wanted


def test_all_methods_stand_side_by_side_and_an_effect_is_found():
    a, x, y = people(12, 80, shift=0.5, effect=-3)
    found = compare(plan(a, x), y, improves="lower", bootstraps=200)

    assert [r.method for r in found.methods] == [
        "matched", "rank", "odds", "overlap", "entropy", "aipw", "naive",
    ]  # fmt: skip
    assert found.shown == "better"
    assert compare(plan(a, x), y, improves="higher", bootstraps=200).shown == "worse"
    assert all(-4.5 < (r.estimate or 0) < -1.5 for r in found.methods)
    assert found.to_rows()[0]["primary"]


def test_missing_outcomes_are_counted_and_bounded():
    a, x, y = people(6, 30, effect=-3)
    y[[0, 10, 11]] = np.nan
    found = compare(plan(a, x), y, improves="lower")

    assert (found.missing.treated, found.missing.untreated) == (1, 2)
    assert found.missing.least is not None
    assert found.missing.most is not None
    assert found.primary.estimate is not None
    assert (found.missing.least.estimate or 0) > (found.missing.most.estimate or 0)
    assert any("1 treated and 2 untreated people have no outcome" in c for c in found.caveats)


def test_an_arm_without_any_outcome_is_not_computable():
    a, x, y = people(2, 12)
    y[a] = np.nan
    with pytest.raises(NotComputable, match="no treated person has an outcome"):
        compare(plan(a, x), y, improves="lower")


def test_times_are_tested_by_scores_and_weighted_by_restricted_means():
    a, x, y = people(12, 60, effect=1.5)
    time, event = np.exp(y), np.arange(72) % 3 > 0
    found = compare(plan(a, x), time, event=event, improves="higher", bootstraps=100)
    by_name = {r.method: r for r in found.methods}

    assert found.primary.estimate is None
    assert found.shown == "better"
    assert (by_name["odds"].estimate or 0) > 0
    assert by_name["aipw"].refused
    with pytest.raises(InputError, match="negative"):
        compare(plan(a, x), y, event=event, improves="higher")


def test_unlike_arms_carry_the_caveat_that_the_test_is_approximate():
    a, x, y = people(5, 40, shift=1.0)
    assert any("approximate" in c for c in compare(plan(a, x), y, improves="lower").caveats)


def test_the_planned_ratio_reaches_the_level_where_people_allow():
    assert planned_ratio(1, 100) == 41
    assert planned_ratio(1, 8) == 8
    assert planned_ratio(3, 30) == 5
    assert planned_ratio(10, 12) == 1


def test_every_treated_person_gets_a_match_before_anyone_gets_two():
    x = np.array([[0.0], [1.0], [0.1], [0.9], [0.2]])
    found = match(x, np.arange(5) < 2, ratio=3)

    assert sorted(found.set_sizes()) == [2, 3]
    assert any("fewer than the 3" in c for c in found.caveats)


@pytest.mark.parametrize(
    ("given", "words"), [({"ratio": 0}, "ratio"), ({"ratio": 1, "caliper": 0}, "caliper")]
)
def test_a_match_that_cannot_be_meant_is_an_error(given, words):
    a, x, _ = people(2, 6)
    with pytest.raises(InputError, match=words):
        match(x, a, **given)


def test_immortal_time_is_seen_and_a_landmark_takes_it_away():
    treated = [1, 1, 0, 0, 0, 0]
    eligible, end = [0.0] * 6, [9.0, 8.0, 0.5, 7.0, 3.0, 9.0]
    index = [2.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    found = align_index(treated, eligible, index, end)
    assert found.immortal
    assert not found.aligned

    at = align_index(treated, eligible, index, end, landmark=2)
    assert at.aligned
    assert at.kept.tolist() == [True, True, False, True, True, True]
    assert at.index.tolist() == [2.0] * 6


def test_equal_waits_are_not_immortal_and_an_index_after_the_end_is_found():
    found = align_index([1, 0, 0], [0, 0, 0], [1, 1, 1], [5, 4, 0.5])

    assert not found.immortal
    assert found.ended_before.tolist() == [2]
    assert found.kept.tolist() == [True, True, False]
    with pytest.raises(InputError, match="before they were eligible"):
        align_index([1, 0], [2, 0], [1, 1], [5, 4])


def test_a_trajectory_is_level_at_zero_and_slope_before_it():
    found = trajectories(["p", "q", "r"], ["p", "p", "q"], [-2, -1, -1], [4, 3, 7])

    assert found.level[:2].tolist() == pytest.approx([2, 7])
    assert found.slope[0] == pytest.approx(-1)
    assert np.isnan(found.slope[1])
    assert np.isnan(found.level[2])
    with pytest.raises(InputError, match="after time zero"):
        trajectories(["p"], ["p"], [1], [4])
    with pytest.raises(InputError, match="no arm"):
        trajectories(["p"], ["x"], [-1], [4])


def test_summaries_that_cannot_be_compared_are_refused():
    with pytest.raises(NotComputable, match="no event in either arm"):
        rate_ratio(0, 3, 0, 5)
    with pytest.raises(NotComputable, match="one person"):
        mean_difference((1, 0, 1), (2, 1, 10))
    with pytest.raises(NotComputable, match="neither arm varies"):
        mean_difference((1, 0, 4), (2, 0, 10))
    with pytest.raises(InputError, match="count of events"):
        rate_ratio(-1, 3, 2, 5)
    assert rate_ratio(0, 3, 5, 5).lower == 0
    assert rate_ratio(4, 3, 0, 5).upper is None
    assert rate_ratio(4, 3, 0, 5).ratio is None


def test_a_bent_outcome_with_unlike_arms_carries_a_caveat_and_a_straight_one_does_not():
    a, x, y = people(6, 36, shift=1.0)
    bent = compare(plan(a, x), y + x[:, 0] ** 2, improves="lower", method="rank")
    straight = compare(plan(a, x), y, improves="lower", method="rank")

    assert any("bends in the covariates" in c for c in bent.caveats)
    assert not any("bends" in c for c in straight.caveats)
    assert bend_p(np.arange(5.0), np.arange(5.0)[:, None]) is None


def test_over_all_subsets_squares_are_taken_out_where_untreated_people_are_many():
    a, x, y = people(6, 40, shift=1.0)
    few, many = plan(a[:-1], x[:-1]), plan(a, x)
    assert (few.adjustment.shape[1], many.adjustment.shape[1]) == (1, 2)

    straight = compare(many, y, improves="lower", method="rank")
    bent = compare(many, y + 5 * x[:, 0] ** 2, improves="lower", method="rank")
    assert bent.primary.estimate == pytest.approx(straight.primary.estimate, rel=1e-9)
    assert not any("bends" in c for c in bent.caveats)


def test_the_bend_is_tested_by_the_usual_f():
    x = np.arange(12.0)
    y = x + np.where(np.arange(12) % 2, 0.5, -0.5) + 0.05 * x**2
    design = np.column_stack((np.ones(12), x, x**2))
    rest = y - design @ np.linalg.solve(design.T @ design, design.T @ y)
    cov = np.linalg.inv(design.T @ design) * (rest @ rest) / 9
    t = np.linalg.solve(design.T @ design, design.T @ y)[2] / np.sqrt(cov[2, 2])

    assert bend_p(y, x[:, None]) == pytest.approx(2 * stats.t.sf(abs(t), 9), rel=1e-8)
