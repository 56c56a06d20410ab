"""What holds of every sensitivity analysis, whatever the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.sensitivity.bounds import Biases, bounded, bounding_factor, joint_tipping
from ultrarare.stats.sensitivity.conclusion import Contrast
from ultrarare.stats.sensitivity.confounder import Confounder, adjusted, tipping_effect
from ultrarare.stats.sensitivity.e_value import Association, e_value, e_value_of
from ultrarare.stats.sensitivity.matched_sets import scored_sets
from ultrarare.stats.sensitivity.observed import between_populations
from ultrarare.stats.sensitivity.rosenbaum import amplified, hidden_bias, largest_p

ratios = st.floats(1.0, 40.0)
shares = st.floats(0.0, 1.0)


def confounded_ratio(p1, p0, effect):
    """Risk ratio of treatment that does nothing, from the mixture over a binary confounder."""
    risk = np.array([0.02, 0.02 * effect])
    treated = np.array([1 - p1, p1]) @ risk
    untreated = np.array([1 - p0, p0]) @ risk
    return float(treated / untreated)


@given(exposure=ratios, outcome=ratios)
def test_the_bound_is_attained_by_a_confounder_that_all_treated_have(exposure, outcome):
    made = confounded_ratio(1.0, 1 / exposure, outcome)

    assert made == pytest.approx(bounding_factor(exposure, outcome), rel=1e-9)


@given(p1=st.floats(0.001, 1.0), p0=st.floats(0.001, 1.0), effect=ratios)
def test_no_binary_confounder_goes_beyond_the_bound(p1, p0, effect):
    strongest = max(p1 / p0, 1.0)
    if p1 < 1 and p0 < 1:
        strongest = max(strongest, (1 - p1) / (1 - p0))
    made = confounded_ratio(p1, p0, effect)

    assert made <= bounding_factor(strongest, effect) * (1 + 1e-9)


@given(ratio=st.floats(0.02, 50), low=st.floats(0.3, 1.0), high=st.floats(1.0, 3.0))
def test_an_e_value_is_the_same_for_a_ratio_and_its_inverse(ratio, low, high):
    one = Association(measure="risk ratio", value=ratio, lower=ratio * low, upper=ratio * high)
    other = Association(
        measure="risk ratio", value=1 / ratio, lower=1 / (ratio * high), upper=1 / (ratio * low)
    )
    a, b = e_value(one), e_value(other)

    assert a.point == pytest.approx(b.point, rel=1e-9)
    assert a.limit == pytest.approx(b.limit, rel=1e-9)
    assert 1 <= a.limit <= a.point * (1 + 1e-12)


@given(ratio=st.floats(1.001, 50))
def test_confounding_alone_needs_the_e_value_and_more_biases_need_less(ratio):
    alone = joint_tipping(ratio, Biases(confounding=(1, 1)))
    more = joint_tipping(ratio, Biases(confounding=(1, 1), selection=(1, 1, 1, 1)))

    assert alone == pytest.approx(e_value_of(ratio), rel=1e-8)
    assert more is not None
    assert alone is not None
    assert 1 < more < alone


@given(ratio=st.floats(0.02, 50), exposure=ratios, outcome=ratios, room=st.floats(1.01, 3))
def test_biases_only_ever_take_away(ratio, exposure, outcome, room):
    given_ratio = Contrast(value=ratio, lower=ratio / room, upper=ratio * room)
    found = bounded(given_ratio, Biases(confounding=(exposure, outcome)))

    moved = found.left.value / ratio
    assert moved <= 1 + 1e-12 if ratio >= 1 else moved >= 1 - 1e-12
    if found.holds:
        assert found.left.side(1.0) == given_ratio.side(1.0)


@given(p1=shares, p0=shares, effect=st.floats(0.05, 20), truth=st.floats(0.1, 10))
def test_the_right_confounder_gives_the_truth_back(p1, p0, effect, truth):
    seen = truth * confounded_ratio(p1, p0, effect)
    association = Association(measure="risk ratio", value=seen, lower=seen / 2, upper=seen * 2)
    left = adjusted(association, Confounder(treated=p1, untreated=p0, effect=effect))

    assert left.value == pytest.approx(truth, rel=1e-9)


@given(p1=shares, p0=shares, value=st.floats(1.5, 20))
def test_a_tipping_effect_moves_the_limit_to_one(p1, p0, value):
    association = Association(
        measure="risk ratio", value=value, lower=value / 1.4, upper=value * 1.4
    )
    effect = tipping_effect(association, treated=p1, untreated=p0)
    if effect is None or not 1e-6 < effect < 1e6:
        return
    left = adjusted(association, Confounder(treated=p1, untreated=p0, effect=effect))

    assert left.lower == pytest.approx(1, rel=1e-6)


differences = st.lists(st.floats(-5, 5).map(lambda x: round(x, 2)), min_size=3, max_size=12).filter(
    any
)


@settings(max_examples=40)
@given(values=differences, gamma=st.floats(1, 20), more=st.floats(1, 5))
def test_the_largest_p_rises_with_gamma(values, gamma, more):
    names = [i for i in range(len(values)) for _ in range(2)]
    flat = [x for d in values for x in (d, 0.0)]
    for statistic in ("signed-rank", "mean"):
        sets = scored_sets(
            names, [1, 0] * len(values), flat, direction="higher", statistic=statistic
        )
        low, high = largest_p(sets, gamma), largest_p(sets, gamma * more)
        assert low <= high + 1e-12
        assert sets.floor <= largest_p(sets, 1.0) + 1e-12


@settings(max_examples=25)
@given(values=differences)
def test_at_the_tipping_gamma_the_largest_p_is_alpha(values):
    names = [i for i in range(len(values)) for _ in range(2)]
    flat = [x for d in values for x in (d, 0.0)]
    found = hidden_bias(scored_sets(names, [1, 0] * len(values), flat, direction="higher"))
    if found.tips_at is None:
        assert found.p_value > found.alpha
        return
    sets = scored_sets(names, [1, 0] * len(values), flat, direction="higher")
    assert largest_p(sets, found.tips_at) == pytest.approx(found.alpha, rel=1e-6)


@given(gamma=st.floats(1.01, 20), more=st.floats(1.01, 10))
def test_an_amplified_gamma_is_gamma_again(gamma, more):
    treatment = gamma * more
    outcome = amplified(gamma, treatment)

    assert (treatment * outcome + 1) / (treatment + outcome) == pytest.approx(gamma, rel=1e-8)


@given(
    values=st.lists(st.floats(-10, 10), min_size=2, max_size=8),
    move=st.floats(-50, 50),
    scale=st.floats(0.1, 10),
)
def test_the_spread_between_populations_moves_with_the_unit_only(values, move, scale):
    se = np.linspace(0.2, 0.5, len(values))
    one = between_populations(values, se, what="slopes")
    other = between_populations(np.array(values) * scale + move, se * scale, what="slopes")

    assert other.sd == pytest.approx(one.sd * scale, rel=1e-5, abs=1e-6 * scale)
    assert one.lower is not None
    assert one.upper is not None
    assert one.lower <= one.sd + 1e-12
    assert one.sd <= one.upper + 1e-12 or one.upper == 0
