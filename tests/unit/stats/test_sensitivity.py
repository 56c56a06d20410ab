"""What would have to be wrong for a conclusion to turn."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.mixed import fit_random_slope, population_from_summary
from ultrarare.stats.own_control import own_control
from ultrarare.stats.sensitivity.bounds import Biases, bounded, bounding_factor, joint_tipping
from ultrarare.stats.sensitivity.conclusion import Contrast
from ultrarare.stats.sensitivity.confounder import (
    Confounder,
    Trapezoid,
    adjusted,
    bias_array,
    probabilistic,
    tipping_effect,
    tipping_row,
)
from ultrarare.stats.sensitivity.e_value import Association, e_value, e_value_of, e_value_row
from ultrarare.stats.sensitivity.leave_out import leave_out
from ultrarare.stats.sensitivity.matched_sets import scored_sets
from ultrarare.stats.sensitivity.missing import missing_visits
from ultrarare.stats.sensitivity.observed import between_populations, given_scale
from ultrarare.stats.sensitivity.prior_weight import NormalPrior, weight_curve, weight_row, weighted
from ultrarare.stats.sensitivity.rosenbaum import amplified, hidden_bias, largest_p
from ultrarare.stats.sensitivity.shift import shift_curve, shift_row
from ultrarare.stats.sensitivity.untreated_shift import (
    CHANGES,
    contrast_under,
    mean_course,
    shifted_population,
)

RATIO = Association(measure="risk ratio", value=3.9, lower=1.8, upper=8.7)
DIFFERENCE = Association(measure="mean difference", value=4.0, lower=1.0, upper=7.0, sd=10.0)
HOLDS_NONE = Association(measure="risk ratio", value=1.4, lower=0.8, upper=2.4)
T0, Y0 = np.array([4.0, 5.0, 6.0]), np.array([42.0, 41.0, 38.5])
T1, Y1 = np.array([7.0, 8.0, 9.0]), np.array([44.0, 45.0, 46.0])


@pytest.fixture(scope="module")
def progressive():
    rng = np.random.default_rng(8)
    who, when, what = [], [], []
    for i in range(40):
        level, slope = 60 + 4 * rng.normal(), -3 + 0.6 * rng.normal()
        for t in range(2, 12):
            who.append(i)
            when.append(float(t))
            what.append(level + slope * t + 1.5 * rng.normal())
    return fit_random_slope(who, when, what)


# --- E-values


def test_an_interval_that_holds_no_difference_has_an_e_value_of_one_at_its_limit():
    found = e_value(HOLDS_NONE)

    assert found.limit == 1
    assert found.point > 1
    assert e_value_row(HOLDS_NONE).tipping is None


def test_an_e_value_against_another_truth_than_none_is_smaller():
    assert e_value(RATIO, true=2.0).point < e_value(RATIO).point
    assert e_value(RATIO, true=2.0).limit == 1  # 2 lies inside the interval


@pytest.mark.parametrize("measure", ["odds ratio", "hazard ratio"])
def test_odds_and_hazard_ratios_are_refused_unless_the_outcome_is_rare_or_common(measure):
    with pytest.raises(InputError, match="'rare' and 'common'"):
        Association(measure=measure, value=2, lower=1.5, upper=3)
    rare = Association(measure=measure, value=2, lower=1.5, upper=3, outcome="rare")
    common = replace(rare, outcome="common")
    assert e_value(rare).point == pytest.approx(e_value_of(2.0))
    assert e_value(common).point < e_value(rare).point


def test_a_mean_difference_needs_an_sd_and_is_read_in_sds():
    with pytest.raises(InputError, match="sd"):
        Association(measure="mean difference", value=1, lower=0, upper=2)
    in_sds = Association(measure="standardised difference", value=0.4, lower=0.1, upper=0.7)
    assert e_value(DIFFERENCE).point == pytest.approx(e_value(in_sds).point)
    assert "approximation" in e_value(in_sds).caveats[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((2.0, 2.5, 3.0), "inside its interval"),
        ((0.5, 0.0, 1.0), "above 0"),
        ((float("nan"), 0.1, 1.0), "finite"),
    ],
)
def test_an_estimate_that_cannot_be_is_refused(values, words):
    value, lower, upper = values
    with pytest.raises(InputError, match=words):
        Association(measure="risk ratio", value=value, lower=lower, upper=upper)


def test_an_unknown_measure_is_refused():
    with pytest.raises(InputError, match="risk difference"):
        Association(measure="risk difference", value=0.1, lower=0, upper=0.2)  # type: ignore[arg-type]


def test_a_difference_of_absurd_size_is_not_computable():
    huge = Association(measure="standardised difference", value=900, lower=800, upper=1000)
    with pytest.raises(NotComputable, match="too large"):
        e_value(huge)


def test_an_e_value_is_told_in_units_of_a_measured_covariate():
    row = e_value_row(RATIO, observed=1.5, observed_what="genotype class")

    assert row.tipping == pytest.approx(3.0)
    assert row.flips_at == pytest.approx(np.log(3.0) / np.log(1.5))
    assert "genotype class (1.5) is weaker" in row.reading
    assert "not weaker" in e_value_row(RATIO, observed=0.2, observed_what="age").reading


# --- bounds


def test_a_bound_is_refused_for_a_ratio_below_one():
    with pytest.raises(InputError, match="1 or more"):
        bounding_factor(0.5, 2)
    with pytest.raises(InputError, match="no bias is named"):
        bounded(Contrast(value=2, lower=1.5, upper=3), Biases())


def test_the_interval_is_moved_towards_one_from_either_side():
    biases = Biases(confounding=(2.0, 2.0))
    above = bounded(Contrast(value=2, lower=1.5, upper=3), biases)
    below = bounded(Contrast(value=0.5, lower=1 / 3, upper=1 / 1.5), biases)

    assert above.factor == pytest.approx(4 / 3)
    assert above.left.lower == pytest.approx(1.125)
    assert above.holds
    assert below.left.upper == pytest.approx(1 / 1.125)
    assert below.holds
    assert not bounded(Contrast(value=2, lower=1.2, upper=3), biases).holds
    json.dumps(above.to_json(), allow_nan=False)


def test_several_biases_together_need_less_strength_each():
    one = joint_tipping(3.0, Biases(confounding=(1, 1)))
    two = joint_tipping(3.0, Biases(confounding=(1, 1), misclassification=1))
    three = joint_tipping(
        3.0, Biases(confounding=(1, 1), selection=(1, 1, 1, 1), misclassification=1)
    )

    assert one is not None
    assert two is not None
    assert three is not None
    assert one == pytest.approx(e_value_of(3.0))
    assert three < two < one
    assert joint_tipping(1.0, Biases(confounding=(1, 1))) is None


# --- a binary confounder


@pytest.mark.parametrize("association", [RATIO, DIFFERENCE])
def test_at_the_tipping_effect_the_interval_touches_no_difference(association):
    effect = tipping_effect(association, treated=0.6, untreated=0.2)

    assert effect is not None
    left = adjusted(association, Confounder(treated=0.6, untreated=0.2, effect=effect))
    assert left.lower == pytest.approx(association.null, abs=1e-12)


def test_shares_that_are_too_alike_cannot_explain_a_ratio():
    assert tipping_effect(RATIO, treated=0.5, untreated=0.45) is None
    assert "No effect" in tipping_row(RATIO, treated=0.5, untreated=0.45, unit="risk ratio").reading
    assert tipping_effect(HOLDS_NONE, treated=0.6, untreated=0.2) is None
    assert tipping_effect(DIFFERENCE, treated=0.3, untreated=0.3) is None


def test_an_array_has_a_row_a_combination_and_no_bias_where_shares_agree():
    rows = bias_array(RATIO, treated=[0.2, 0.8], untreated=[0.2], effect=[1.0, 4.0, 9.0])

    assert len(rows) == 6
    assert [row["value"] for row in rows[:3]] == [pytest.approx(3.9)] * 3
    assert rows[0]["holds"]
    assert not rows[-1]["holds"]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"treated": 1.2}, "between 0 and 1"), ({"effect": float("inf")}, "finite")],
)
def test_an_impossible_confounder_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        Confounder(**{"treated": 0.5, "untreated": 0.5, "effect": 2.0, **change})


def test_a_risk_ratio_of_a_confounder_is_above_zero():
    with pytest.raises(InputError, match="above 0"):
        adjusted(RATIO, Confounder(treated=0.5, untreated=0.2, effect=-1))


def test_a_prior_without_spread_gives_back_the_given_confounder():
    point = {"treated": 0.6, "untreated": 0.2, "effect": np.log(4.0)}
    priors = {name: Trapezoid.between(x, x) for name, x in point.items()}
    found = probabilistic(RATIO, rng=np.random.default_rng(1), **priors)  # type: ignore[arg-type]
    exact = adjusted(RATIO, Confounder(treated=0.6, untreated=0.2, effect=4.0))

    assert found.systematic.value == pytest.approx(exact.value)
    assert found.total.lower == pytest.approx(exact.lower, rel=0.05)
    assert found.total.upper == pytest.approx(exact.upper, rel=0.05)
    assert any("as good as the prior" in text for text in found.caveats)
    json.dumps(found.to_json(), allow_nan=False)


def test_the_same_seed_gives_the_same_bits():
    priors = {
        "treated": Trapezoid(low=0.2, low_mode=0.3, high_mode=0.5, high=0.7),
        "untreated": Trapezoid.between(0.1, 0.3),
        "effect": Trapezoid.between(0.0, 1.5),
    }
    first, second = (
        probabilistic(RATIO, rng=np.random.default_rng(3), **priors)  # type: ignore[arg-type]
        for _ in range(2)
    )
    assert first.values.tobytes() == second.values.tobytes()


def test_priors_and_draws_that_cannot_be_are_refused():
    flat = Trapezoid.between(0.1, 0.3)
    rng = np.random.default_rng(1)
    with pytest.raises(InputError, match="do not fall"):
        Trapezoid(low=0.5, low_mode=0.3, high_mode=0.6, high=0.7)
    with pytest.raises(InputError, match="between 0 and 1"):
        probabilistic(
            RATIO, treated=Trapezoid.between(0.5, 1.5), untreated=flat, effect=flat, rng=rng
        )
    with pytest.raises(InputError, match="1000 or more"):
        probabilistic(RATIO, treated=flat, untreated=flat, effect=flat, rng=rng, draws=10)


# --- matched sets


def pairs(differences):
    names = [f"s{i}" for i in range(len(differences)) for _ in range(2)]
    values = [x for d in differences for x in (10.0 + d, 10.0)]
    return names, [1, 0] * len(differences), values


def test_pairs_that_all_favour_treatment_reach_the_floor_and_a_closed_form_gamma():
    sets = scored_sets(*pairs(range(1, 9)), direction="higher")
    found = hidden_bias(sets)

    assert sets.floor == 2.0**-8
    assert found.p_value == pytest.approx(2.0**-8)
    # all eight positive: p = (Γ/(1+Γ))⁸
    share = 0.025 ** (1 / 8)
    assert found.tips_at == pytest.approx(share / (1 - share), rel=1e-8)
    assert found.how == "exact"
    json.dumps(found.to_json(), allow_nan=False)


def test_few_sets_cannot_show_anything_and_it_is_said():
    found = hidden_bias(scored_sets(*pairs([1, 2, 3]), direction="higher"))

    assert found.tips_at is None
    assert any("can reach no p below 0.12" in text for text in found.caveats)
    assert "no conclusion to turn" in found.to_row().reading


def test_lower_values_can_be_the_better_ones():
    names, treated, values = pairs(range(1, 9))
    worse = hidden_bias(scored_sets(names, treated, values, direction="lower"))

    assert worse.p_value == pytest.approx(1.0)


def test_one_untreated_person_among_several_treated_is_a_set_too():
    names = [s for s in "abcdef" for _ in range(3)]
    treated = [0, 1, 1] * 6
    values = [x for i in range(6) for x in (0.0, 2.0 + i, 3.0 + i)]
    sets = scored_sets(names, treated, values, direction="higher")

    assert sets.statistic == "aligned-rank"
    assert sets.floor == pytest.approx(3.0**-6)
    assert largest_p(sets, 1.0) == pytest.approx(3.0**-6)


@pytest.mark.parametrize(
    ("treated", "values", "statistic", "words"),
    [
        ([1, 1, 0, 0], [1, 2, 3, 4], None, "has 2 treated and 2 untreated"),
        ([1, 1, 1, 1], [1, 2, 3, 4], None, "4 treated and 0 untreated"),
        ([1, 0, 0, 0], [1, 2, 3, 4], "signed-rank", "for pairs"),
        ([1, 0, 0, 0], [1, 2, 3, 4], "median", "allowed are"),
    ],
)
def test_sets_that_cannot_be_read_are_refused(treated, values, statistic, words):
    with pytest.raises(InputError, match=words):
        scored_sets(["a"] * 4, treated, values, direction="higher", statistic=statistic)


def test_identical_people_are_not_computable_and_single_ties_are_counted():
    with pytest.raises(NotComputable, match="no set shows a difference"):
        scored_sets(["a", "a"], [1, 0], [2, 2], direction="higher")
    found = hidden_bias(scored_sets(*pairs([0, *range(1, 9)]), direction="higher"))
    assert found.dropped == 1
    assert any("1 sets without a difference" in text for text in found.caveats)


def test_a_gamma_below_one_and_a_level_of_half_are_refused():
    sets = scored_sets(*pairs([1, 2, 3]), direction="higher")
    with pytest.raises(InputError, match="1 or more"):
        largest_p(sets, 0.5)
    with pytest.raises(InputError, match=r"0\.5"):
        hidden_bias(sets, alpha=0.5)
    with pytest.raises(InputError, match="more than gamma"):
        amplified(2.0, 1.5)


def test_the_normal_approximation_is_near_the_exact_p_of_many_pairs():
    rng = np.random.default_rng(5)
    sets = scored_sets(*pairs(rng.normal(0.5, 1, 60)), direction="higher")

    for gamma in (1.0, 1.5, 2.0):
        exact, near = largest_p(sets, gamma), largest_p(sets, gamma, normal=True)
        assert near == pytest.approx(exact, abs=0.01)
    assert "p values are by normal approximation" in hidden_bias(sets, normal=True).caveats


def test_many_larger_sets_are_told_to_stand_on_one_pattern():
    rng = np.random.default_rng(6)
    names = [i for i in range(20) for _ in range(3)]
    values = rng.normal(size=60) + 1.5 * np.tile([1, 0, 0], 20)
    found = hidden_bias(scored_sets(names, [1, 0, 0] * 20, values, direction="higher"))

    assert found.how == "exact at the separable choice"
    assert any("not every pattern" in text for text in found.caveats)


def test_gamma_is_told_in_units_of_a_measured_covariate():
    found = hidden_bias(scored_sets(*pairs(range(1, 9)), direction="higher"))
    row = found.to_row(observed=1.3, observed_what="class 2 carriers")

    assert found.tips_at is not None
    assert row.flips_at == pytest.approx(np.log(found.tips_at) / np.log(1.3))
    assert "multiplies the odds of treatment" in row.reading


# --- how populations differ


def test_one_population_cannot_show_how_populations_differ():
    with pytest.raises(NotComputable, match="one population"):
        between_populations([1.0], [0.1], what="slopes")
    with pytest.raises(InputError, match="standard error"):
        between_populations([1.0, 2.0], [0.1, 0.0], what="slopes")
    with pytest.raises(InputError, match="above 0"):
        given_scale(0.0, "slopes")


def test_populations_that_agree_leave_the_upper_limit_as_the_scale():
    scale = between_populations([-3.0, -3.5, -2.6], [0.4, 0.5, 0.6], what="slopes of registries")

    assert scale.sd == 0
    assert scale.upper is not None
    assert scale.upper > 0
    assert any("no more than sampling" in text for text in scale.caveats)
    assert any("3 populations only" in text for text in scale.caveats)
    curve = shift_curve(
        lambda s: Contrast(value=2 - s, lower=1 - s, upper=3 - s), direction="higher", scale=0.5
    )
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year", scale=scale)
    assert row.observed == scale.upper
    assert "upper limit of the standard deviation" in row.reading

    same = between_populations([-3.0, -3.01, -2.99], [0.4, 0.5, 0.6], what="slopes of registries")
    assert any("give no scale" in text for text in same.caveats)
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year", scale=same)
    assert row.observed is None
    assert row.flips_at is None
    assert "agree more closely" in row.reading


# --- shifts


def line(shift):
    return Contrast(value=2 - shift, lower=1 - shift, upper=3 - shift)


def test_the_tipping_shift_of_a_straight_line_is_where_its_limit_reaches_zero():
    curve = shift_curve(line, direction="higher", scale=0.3)

    assert curve.concluded == "better"
    assert curve.tips_at == pytest.approx(1.0, abs=1e-9)
    assert shift_curve(line, direction="lower", scale=0.3).concluded == "worse"
    rows = curve.to_rows()
    assert [row["shift"] for row in rows] == sorted(row["shift"] for row in rows)
    assert {"shift": 0.0, "value": 2.0, "lower": 1.0, "upper": 3.0} in rows
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year",
                    scale=given_scale(0.5, "slopes of registries"))  # fmt: skip
    assert row.flips_at == pytest.approx(2.0)
    assert "2 times the standard deviation of slopes of registries" in row.reading


def test_a_conclusion_that_turns_within_two_observed_sds_carries_a_caveat():
    curve = shift_curve(line, direction="higher", scale=0.3)
    for sd, told in ((0.6, True), (0.4, False)):
        row = shift_row(curve, analysis="slope", changed="the slope", unit="a year",
                        scale=given_scale(sd, "slopes"))  # fmt: skip
        assert any("within 2 observed" in text for text in row.caveats) is told


def test_the_nearest_of_two_crossings_is_taken():
    def bump(shift):
        return Contrast(value=1 - (shift + 0.1) ** 2 / 4 + 1, lower=1 - (shift + 0.1) ** 2 / 4,
                        upper=9.0)  # fmt: skip

    curve = shift_curve(bump, direction="higher", scale=0.5)

    assert curve.tips_at == pytest.approx(1.9, abs=1e-9)


def test_a_shift_that_never_tells_is_said_to_have_been_searched():
    curve = shift_curve(
        lambda _s: Contrast(value=2, lower=1, upper=3), direction="higher", scale=1.0
    )
    assert curve.tips_at is None
    assert curve.searched == 64
    row = shift_row(curve, analysis="level", changed="the level", unit="points")
    assert "No shift of the level up to 64 points" in row.reading


def test_without_a_conclusion_there_is_nothing_to_turn():
    curve = shift_curve(lambda s: line(s + 1.5), direction="higher", scale=1.0)
    assert curve.concluded == "none"
    assert curve.tips_at is None
    row = shift_row(curve, analysis="slope", changed="the slope", unit="a year")
    assert "no conclusion to turn" in row.reading


# --- own control under other untreated courses


@pytest.mark.parametrize("changed", CHANGES)
def test_without_a_shift_the_contrast_is_that_of_own_control(progressive, changed):
    planned = own_control(progressive, T0, Y0, T1, Y1, direction="higher")
    found = contrast_under(progressive, T0, Y0, T1, Y1, changed=changed)(0.0)

    assert found.value == pytest.approx(planned.contrast, rel=1e-12)
    assert found.lower == pytest.approx(planned.lower, rel=1e-12)
    assert found.upper == pytest.approx(planned.upper, rel=1e-12)


def test_another_slope_is_what_own_control_says_of_the_shifted_population(progressive):
    other = shifted_population(progressive, slope=2.0, level=-1.0, pivot=5.0)
    planned = own_control(other, T0, Y0, T1, Y1, direction="higher")
    level = shifted_population(progressive, level=-1.0)
    found = contrast_under(level, T0, Y0, T1, Y1, changed="slope")(2.0)

    assert found.value == pytest.approx(planned.contrast, rel=1e-10)
    assert found.upper == pytest.approx(planned.upper, rel=1e-10)


def test_a_later_clock_is_the_same_as_later_visits(progressive):
    planned = own_control(progressive, T0 - 1.5, Y0, T1 - 1.5, Y1, direction="higher")
    found = contrast_under(progressive, T0, Y0, T1, Y1, changed="clock")(1.5)

    assert found.value == pytest.approx(planned.contrast, rel=1e-12)


def test_a_more_lenient_assessor_takes_the_benefit_away_one_for_one(progressive):
    recompute = contrast_under(progressive, T0, Y0, T1, Y1, changed="assessment")
    curve = shift_curve(recompute, direction="higher", scale=1.0)

    assert curve.concluded == "better"
    assert curve.tips_at == pytest.approx(recompute(0.0).lower, rel=1e-9)


def test_a_flatter_untreated_course_turns_the_conclusion(progressive):
    recompute = contrast_under(progressive, T0, Y0, T1, Y1, changed="slope")
    curve = shift_curve(recompute, direction="higher", scale=0.5)

    assert curve.tips_at is not None
    assert curve.tips_at > 0
    assert recompute(curve.tips_at).lower == pytest.approx(0, abs=1e-8)


def test_an_unknown_change_is_refused(progressive):
    with pytest.raises(InputError, match="allowed are slope"):
        contrast_under(progressive, T0, Y0, T1, Y1, changed="mood")  # type: ignore[arg-type]


def test_the_mean_course_has_the_fitted_slope_and_its_standard_error(progressive):
    (level, _), (slope, se) = mean_course(progressive, 5.0)

    assert level == pytest.approx(float(progressive.beta[0] + 5 * progressive.beta[1]))
    assert slope == pytest.approx(float(progressive.beta[1]), rel=1e-6)
    assert se == pytest.approx(float(np.sqrt(progressive.beta_cov[1, 1])), rel=1e-5)


# --- missing visits


def filled(progressive, low, high, direction="higher", y1=Y1):
    return missing_visits(
        progressive, (T0, Y0), (T1, y1), [10.0, 11.0], direction=direction, low=low, high=high
    )


def test_the_worst_end_is_own_control_with_the_visits_at_their_bound(progressive):
    found = filled(progressive, 10, 60)
    times = np.concatenate((T1, [10.0, 11.0]))
    worst = own_control(
        progressive, T0, Y0, times, np.concatenate((Y1, [10.0, 10.0])), direction="higher"
    )

    assert found.worst.value == pytest.approx(worst.contrast, rel=1e-10)
    assert found.worst.lower == pytest.approx(worst.lower, rel=1e-10)
    assert not found.holds
    assert found.tips_at is not None
    at = own_control(
        progressive, T0, Y0, times, np.concatenate((Y1, [found.tips_at] * 2)), direction="higher"
    )
    assert at.lower == pytest.approx(0, abs=1e-8)
    assert "2 missed visits averaged" in found.to_row("points").reading


def test_bounds_that_are_near_leave_the_conclusion(progressive):
    found = filled(progressive, 43, 60)

    assert found.holds
    assert found.tips_at is None
    assert "the conclusion would stand" in found.to_row("points").reading
    json.dumps(found.to_json(), allow_nan=False)


def test_harm_that_is_shown_is_lost_towards_the_good_end(progressive):
    found = filled(progressive, 0, 90, y1=Y1 - 35)

    assert found.as_seen.upper < 0
    assert found.tips_at is not None
    assert found.tips_at > found.seen_mean


def test_missed_visits_before_dosing_and_bounds_inside_the_data_are_refused(progressive):
    with pytest.raises(InputError, match="hold every value"):
        filled(progressive, 45, 60)
    with pytest.raises(InputError, match="not after dosing"):
        missing_visits(
            progressive, (T0, Y0), (T1, Y1), [5.5], direction="higher", low=0, high=90
        )  # fmt: skip


# --- sources


VALUES = {"same variant": 3.0, "same gene": 2.5, "other gene": -2.0}


def from_sources(used):
    if used == ("same variant",):
        raise NotComputable("two people only")
    mean = float(np.mean([VALUES[u] for u in used]))
    return Contrast(value=mean, lower=mean - 1, upper=mean + 1)


def test_sources_that_turn_the_conclusion_are_named():
    found = leave_out(tuple(VALUES), from_sources, direction="higher", ordered=True)

    assert [row.label for row in found.rows] == [
        "all", "without same variant", "without same gene", "without other gene",
        "same variant alone", "same gene alone", "other gene alone",
    ]  # fmt: skip
    assert set(found.turns) == {
        "without same variant", "without same gene", "other gene alone",
    }  # fmt: skip
    row = found.to_row("tier")
    assert row.tipping == 3
    assert row.caveats == ("same variant alone: two people only",)
    json.dumps(found.to_rows(), allow_nan=False)


def test_all_sources_together_must_be_computable_and_two():
    def never(used):
        raise NotComputable("nothing")

    with pytest.raises(NotComputable, match="nothing"):
        leave_out(("a", "b"), never, direction="higher")
    with pytest.raises(InputError, match="two sources"):
        leave_out(("a",), from_sources, direction="higher")
    with pytest.raises(InputError, match="each once"):
        leave_out(("a", "a"), from_sources, direction="higher")


# --- prior weight


OWN = Contrast(value=1.0, lower=-0.5, upper=2.5)


def test_the_tipping_weight_has_the_closed_form_of_normal_precisions():
    prior = NormalPrior(value=1.2, se=0.4)
    curve = weight_curve(OWN, prior, direction="higher")
    row = weight_row(curve)

    assert row.tipping is not None
    at = weighted(OWN, prior, row.tipping)
    assert at.lower == pytest.approx(0, abs=1e-9)
    assert "needs the prior" in row.reading
    assert weighted(OWN, prior, 0.0).lower == pytest.approx(-0.5)


def test_a_conclusion_that_does_not_need_the_prior_stands_at_every_weight():
    alone = Contrast(value=3.0, lower=1.5, upper=4.5)
    row = weight_row(weight_curve(alone, NormalPrior(value=2, se=1), direction="higher"))
    assert row.tipping is None
    assert "every weight" in row.reading

    none = weight_row(weight_curve(OWN, NormalPrior(value=-1, se=1), direction="higher"))
    assert "nothing is shown" in none.reading


def test_a_published_population_can_be_shifted_too():
    stable = population_from_summary(60, 8, 4, 50)
    curve = shift_curve(
        contrast_under(stable, T0, Y0 + 15, T1, Y1 + 30, changed="level"),
        direction="higher", scale=5.0,
    )  # fmt: skip
    assert curve.concluded == "better"
    assert curve.tips_at is not None
