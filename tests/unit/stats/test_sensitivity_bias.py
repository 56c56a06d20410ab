"""What a confounder would have to be for a conclusion to turn."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
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

RATIO = Association(measure="risk ratio", value=3.9, lower=1.8, upper=8.7)
DIFFERENCE = Association(measure="mean difference", value=4.0, lower=1.0, upper=7.0, sd=10.0)
HOLDS_NONE = Association(measure="risk ratio", value=1.4, lower=0.8, upper=2.4)


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
