"""What hidden bias matched sets bear."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.sensitivity.matched_sets import scored_sets
from ultrarare.stats.sensitivity.rosenbaum import amplified, hidden_bias, largest_p

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
