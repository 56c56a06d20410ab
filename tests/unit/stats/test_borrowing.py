"""Borrowing: known cases, what is said beside the numbers, and what is refused."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.borrowing.commensurate import SpikeAndSlab, commensurate_prior
from ultrarare.stats.borrowing.comparison import borrow
from ultrarare.stats.borrowing.conflict import conflict_p
from ultrarare.stats.borrowing.evidence import binary_evidence, count_evidence, normal_evidence
from ultrarare.stats.borrowing.meta_analytic import meta_analytic_prior
from ultrarare.stats.borrowing.operating import operating_characteristics
from ultrarare.stats.borrowing.power import power_prior
from ultrarare.stats.borrowing.prior import moments, posterior
from ultrarare.stats.borrowing.size import prior_size

HISTORY = normal_evidence([0.1, -0.2, 0.3, 0.0], n=[20, 15, 30, 12], sd=1.0)
MAP = meta_analytic_prior(HISTORY, tau_scale=0.3, mean_sd=3)
TREATED = normal_evidence([1.5], n=[6], sd=1.0)
CONTROL = normal_evidence([0.1], n=[4], sd=1.0)


def test_one_person_s_information_is_worth_two_people_as_a_uniform_proportion() -> None:
    prior = meta_analytic_prior(binary_evidence([3], [9]), tau_scale=1, mean_sd=2).robust(1)
    size = prior_size(prior)
    assert [size.elir, size.moment] == pytest.approx([2, 2], rel=1e-3)


def test_one_person_s_information_is_worth_one_person_as_a_mean() -> None:
    size = prior_size(MAP.robust(1))
    assert [size.elir, size.moment, size.morita] == pytest.approx([1, 1, 1], rel=1e-4)


def test_a_uniform_prior_foresees_everything_alike() -> None:
    prior = meta_analytic_prior(binary_evidence([3], [9]), tau_scale=1, mean_sd=2).robust(1)
    assert [conflict_p(prior, binary_evidence([y], [5])) for y in (0, 3, 5)] == pytest.approx(
        [1, 1, 1], abs=1e-3
    )


def test_a_full_power_prior_is_worth_the_history() -> None:
    prior = power_prior(HISTORY, power=1, mean_sd=60)
    size = prior_size(prior)
    assert [size.elir, size.moment, size.morita] == pytest.approx([77, 77, 77], rel=1e-3)


def test_a_power_of_zero_borrows_nothing() -> None:
    prior = power_prior(HISTORY, power=0, mean_sd=2)
    assert moments(prior.theta, prior.density) == pytest.approx((0, 2), abs=1e-4)


def test_the_effect_without_borrowing_is_the_difference_of_two_groups() -> None:
    prior = power_prior(HISTORY, power=0, mean_sd=60)
    found = borrow(prior, TREATED, control=CONTROL, direction="higher")
    half = 1.959964 * np.sqrt(1 / 6 + 1 / 4)
    assert found.effect == pytest.approx(1.4, abs=1e-3)
    assert [found.lower, found.upper] == pytest.approx([1.4 - half, 1.4 + half], abs=2e-3)
    assert found.concludes


def test_the_tipping_weight_is_where_the_conclusion_turns() -> None:
    treated = normal_evidence([0.95], n=[8], sd=1.0)
    found = borrow(MAP.robust(0.1), treated, control=CONTROL, direction="higher")
    tip = found.curve.tipping_weight
    assert found.concludes
    assert tip is not None
    before, after = (
        borrow(MAP.robust(w), treated, control=CONTROL, direction="higher")
        for w in (tip - 0.01, tip + 0.01)
    )
    assert before.p_benefit > 0.975 > after.p_benefit
    assert "up to weight" in found.summary()


def test_the_curve_agrees_with_each_weight_s_own_comparison() -> None:
    found = borrow(MAP.robust(0.2), TREATED, control=CONTROL, direction="higher")
    row = found.to_rows()[20]
    own = borrow(MAP.robust(row["weight"]), TREATED, control=CONTROL, direction="higher")
    assert [row["effect"], row["lower"], row["upper"], row["p_benefit"]] == pytest.approx(
        [own.effect, own.lower, own.upper, own.p_benefit], abs=1e-6
    )
    json.dumps(found.to_rows(), allow_nan=False)


def test_a_conclusion_that_no_weight_turns_is_told() -> None:
    for value, word in ((9.0, "is concluded at any"), (0.1, "is not concluded at any")):
        found = borrow(MAP, normal_evidence([value], n=[6], sd=1.0), direction="higher")
        assert found.curve.tipping_weight is None
        assert word in found.summary()


def test_without_current_controls_the_answer_says_it_rests_on_exchangeability() -> None:
    found = borrow(MAP.robust(0.2), TREATED, direction="higher")
    assert found.conflict_p is None
    assert found.posterior_weight == pytest.approx(0.2)
    assert any("no current control" in caveat for caveat in found.caveats)


def test_a_control_unlike_the_history_is_called_a_conflict_and_doubt_takes_over() -> None:
    prior = meta_analytic_prior(HISTORY, tau_scale=0.1, mean_sd=3)
    found = borrow(
        prior.robust(0.1), TREATED, control=normal_evidence([3], n=[9], sd=1.0), direction="higher"
    )
    assert found.conflict_p is not None
    assert found.conflict_p < 0.01
    assert found.posterior_weight > 0.9
    said = " ".join(found.caveats)
    assert "disagree" in said
    assert "little is borrowed" in said


def test_a_prior_that_does_not_give_way_or_outweighs_the_treated_says_so() -> None:
    said = " ".join(borrow(MAP, TREATED, control=CONTROL, direction="higher").caveats)
    fixed = borrow(power_prior(HISTORY, power=1, mean_sd=9), TREATED, direction="higher")
    assert "gives way to the data only through the spread" in said
    assert "does not give way" in " ".join(fixed.caveats)
    assert "most of the comparison is the history" in said


def test_one_group_says_that_the_spread_is_the_prior_s() -> None:
    prior = meta_analytic_prior(normal_evidence([1], n=[5], sd=1), tau_scale=1, mean_sd=3)
    assert "the prior's and not the data's" in prior.summary()


def test_without_a_person_s_sd_no_size_is_stated_and_that_is_told() -> None:
    prior = meta_analytic_prior(normal_evidence([1, 2], se=[0.5, 0.5]), tau_scale=1, mean_sd=3)
    found = borrow(prior, normal_evidence([4], se=[0.4]), direction="higher")
    assert found.size.elir is None
    assert found.borrowed == 0
    assert any("prior is worth" in caveat for caveat in found.caveats)


def test_no_event_at_all_still_gives_a_finite_comparison() -> None:
    prior = meta_analytic_prior(
        binary_evidence([0, 0], [9, 4]), tau_scale=0.5, mean_sd=2, vague_weight=0.2
    )
    found = borrow(
        prior, binary_evidence([3], [3]), control=binary_evidence([0], [2]), direction="higher"
    )
    assert np.isfinite([found.effect, found.lower, found.upper]).all()
    counted = meta_analytic_prior(count_evidence([0], [3.0]), tau_scale=0.5, mean_sd=2)
    none = borrow(counted, count_evidence([0], [2.0]), direction="lower")
    assert np.isfinite([none.effect, none.lower, none.upper]).all()
    assert not none.concludes


def test_drift_towards_the_treated_raises_false_conclusions_and_the_worst_is_printed() -> None:
    found = operating_characteristics(
        MAP.robust(0.2),
        treated_size=0.4,
        control_size=0.5,
        direction="higher",
        drift=[-0.8, 0.0, 0.8],
    )
    assert found.false_benefit[2] > found.false_benefit[1] > found.false_benefit[0]
    assert found.worst == (found.false_benefit[2], 0.8)
    assert "at the worst drift looked at (+0.8)" in found.summary()
    assert found.averaged < found.worst[0]
    assert found.to_rows()[1]["coverage"] == pytest.approx(float(found.coverage[1]))


def test_a_prior_and_its_robust_posterior_take_at_most_fifty_milliseconds() -> None:
    took = []
    for _ in range(5):
        begin = time.process_time()
        posterior(meta_analytic_prior(HISTORY, tau_scale=0.3, mean_sd=3, vague_weight=0.2), CONTROL)
        took.append(time.process_time() - begin)
    assert min(took) <= 0.05


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: normal_evidence([1], se=[0]), "must be > 0"),
        (lambda: normal_evidence([1]), "give `se`, or `n` with `sd`"),
        (lambda: normal_evidence([1], n=[0], sd=1), "no one in it"),
        (lambda: normal_evidence([np.nan], se=[1]), "finite"),
        (lambda: binary_evidence([4], [3]), "4 of 3 people"),
        (lambda: binary_evidence([0], [0]), "no one in it"),
        (lambda: binary_evidence([0.5], [3]), "whole number"),
        (lambda: count_evidence([1], [0]), "must be > 0"),
        (lambda: count_evidence([1, 2], [1.0]), "lengths must be equal"),
        (lambda: meta_analytic_prior(HISTORY, tau_scale=0, mean_sd=3), "tau_scale"),
        (lambda: MAP.robust(1.2), "between 0 and 1"),
        (lambda: power_prior(HISTORY, mean_sd=1), "give one of"),
        (lambda: power_prior(HISTORY, power=1.5, mean_sd=1), "between 0 and 1"),
        (lambda: power_prior(HISTORY, power_beta=(0.1, 1), mean_sd=1), "at least 0.5"),
        (lambda: commensurate_prior(HISTORY, mean_sd=1), "give one of"),
        (
            lambda: commensurate_prior(
                HISTORY,
                spike_and_slab=SpikeAndSlab(spike=0.1, weight=0.5, low=2, high=1),
                mean_sd=1,
            ),
            "the slab runs",
        ),
        (lambda: borrow(MAP, binary_evidence([1], [2]), direction="higher"), "the history is"),
        (lambda: borrow(MAP, HISTORY, direction="higher"), "allowed is one"),
        (lambda: borrow(MAP, TREATED, direction="up"), "is no direction"),  # type: ignore[arg-type]
        (lambda: borrow(MAP, TREATED, direction="higher", level=1.0), "level"),
    ],
)
def test_what_cannot_be_is_an_error(make, message) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_data_where_the_history_gives_no_probability_are_refused_without_doubt() -> None:
    prior = power_prior(HISTORY, power=1, mean_sd=40)
    with pytest.raises(NotComputable, match="no probability"):
        posterior(prior, normal_evidence([30], n=[50], sd=1.0))


def test_a_group_too_precise_for_one_grid_is_refused() -> None:
    with pytest.raises(NotComputable, match="too precise"):
        meta_analytic_prior(normal_evidence([1], se=[1e-6], sd=1), tau_scale=1, mean_sd=3)
