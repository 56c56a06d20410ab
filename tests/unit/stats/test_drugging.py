"""qPCR ratios, stability, inclusion and reference change values against closed forms and loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.drugging.change_value import change_value, log_sd, seen_variation
from ultrarare.stats.drugging.inclusion import Group, inclusion_change, psi_of
from ultrarare.stats.drugging.quantity import log_quantities, ratio, stability

RNG = np.random.default_rng(4)


def test_with_perfect_efficiency_and_one_reference_it_is_delta_delta_cq():
    target = np.array([26.0, 26.4, 25.9, 24.0, 24.3, 23.8])
    reference = np.array([18.0, 18.1, 17.9, 18.2, 18.0, 18.1])
    logs = log_quantities(target, {"R": reference}, {"T": 2.0, "R": 2.0}, "T")
    delta = target - reference
    found: Any = ratio(logs[:3], logs[3:])
    assert found.value == pytest.approx(2 ** -(delta[:3].mean() - delta[3:].mean()))
    welch = stats.ttest_ind(logs[:3], logs[3:], equal_var=False)
    assert found.p_value == pytest.approx(welch.pvalue)
    limits = welch.confidence_interval(0.95)
    assert np.log2([found.lower, found.upper]) == pytest.approx([limits.low, limits.high])
    down, low, high = found.knock_down
    assert (down, low, high) == pytest.approx((1 - found.value, 1 - found.upper, 1 - found.lower))


def test_efficiencies_and_several_references_by_hand():
    cq = {"T": np.array([25.0]), "A": np.array([20.0]), "B": np.array([22.0])}
    factor = {"T": 1.9, "A": 2.0, "B": 1.95}
    found = log_quantities(cq["T"], {"A": cq["A"], "B": cq["B"]}, factor, "T")
    quantity = 1.9**-25 / math.sqrt(2.0**-20 * 1.95**-22)
    assert 2 ** found[0] == pytest.approx(quantity)


def test_one_sample_has_no_limits_and_none_is_refused():
    found = ratio(np.array([1.0]), np.array([0.0, 0.1]))
    assert found.value == pytest.approx(2**0.95)
    assert (found.lower, found.upper, found.p_value) == (None, None, None)
    assert found.knock_down[1:] == (None, None)
    with pytest.raises(NotComputable):
        ratio(np.array([]), np.array([0.0]))
    same = ratio(np.array([1.0, 1.0]), np.array([0.0, 0.0]))
    assert same.lower is None  # equal samples are no certainty


def test_stability_by_a_loop_and_in_the_right_order():
    logs = {"A": RNG.normal(0, 0.1, 12), "B": RNG.normal(0, 0.12, 12), "C": RNG.normal(0, 1.0, 12)}
    found = stability(logs)
    assert found is not None
    for one, own in logs.items():
        others = [float(np.std(own - logs[k], ddof=1)) for k in logs if k != one]
        assert found.m[one] == pytest.approx(sum(others) / 2)
    assert found.ranked[-1] == "C"
    two, three = (np.mean([logs[g] for g in found.ranked[:n]], axis=0) for n in (2, 3))
    assert found.pairwise[2] == pytest.approx(float(np.std(two - three, ddof=1)))
    assert stability({"A": logs["A"]}) is None


def test_psi_counts_two_junctions_as_one_transcript():
    psi, weight = psi_of(np.array([40.0, 0.0, 10.0]), np.array([20.0, 0.0, 0.0]), 2)
    assert psi[0] == pytest.approx(0.5)
    assert math.isnan(psi[1])
    assert psi[2] == 1
    assert weight.tolist() == [40, 0, 5]


def group(psi, weight=500.0):
    values = np.array(psi)
    return Group(psi=values, weight=np.full(values.size, weight) if weight else None)


def test_inclusion_rises_and_falls_alike():
    up: Any = inclusion_change(group([0.6, 0.62, 0.58]), group([0.2, 0.22, 0.18]))
    down: Any = inclusion_change(group([0.2, 0.22, 0.18]), group([0.6, 0.62, 0.58]))
    assert up.difference == pytest.approx(0.4)
    assert up.p_value == pytest.approx(down.p_value)
    assert up.p_value < 0.001
    assert up.lower < 0.4 < up.upper
    assert (up.lower, up.upper) == pytest.approx((-down.upper, -down.lower))


def test_intensities_are_a_t_test_of_samples():
    a, b = [0.6, 0.66, 0.58], [0.2, 0.25, 0.18]
    found = inclusion_change(group(a, None), group(b, None))
    welch = stats.ttest_ind(a, b, equal_var=False)
    limits = welch.confidence_interval(0.95)
    assert found.p_value == pytest.approx(welch.pvalue)
    assert (found.lower, found.upper) == pytest.approx((limits.low, limits.high))
    lone = inclusion_change(group([0.6], None), group(b, None))
    assert lone.lower is None
    assert lone.p_value is None


def test_the_reference_change_value_by_hand():
    cv_a, cv_i = 0.05, 0.2
    sigma = math.sqrt(math.log(1 + cv_a**2) + math.log(1 + cv_i**2))
    assert log_sd(cv_a, cv_i) == pytest.approx(sigma)
    found = change_value(np.array([100.0]), 150.0, cv_analytical=cv_a, cv_within=cv_i)
    assert found.rise == pytest.approx(math.exp(1.959964 * math.sqrt(2) * sigma) - 1, rel=1e-6)
    assert found.fall == pytest.approx(math.exp(-1.959964 * math.sqrt(2) * sigma) - 1, rel=1e-6)
    assert found.symmetrical == pytest.approx(
        1.959964 * math.sqrt(2 * (cv_a**2 + cv_i**2)), rel=1e-6
    )
    assert not found.exceeds
    edge = 100 * (1 + found.rise)
    at = change_value(np.array([100.0]), edge, cv_analytical=cv_a, cv_within=cv_i)
    assert at.p_value == pytest.approx(0.05)


def test_more_values_before_bring_the_limits_in():
    one, four = (
        change_value(np.full(n, 100.0), 150.0, cv_analytical=0.05, cv_within=0.2) for n in (1, 4)
    )
    assert math.log1p(four.rise) == pytest.approx(math.log1p(one.rise) * math.sqrt(1.25 / 2))


@pytest.mark.parametrize(
    ("after", "sides", "p"),
    [(50.0, "two-sided", None), (200.0, "two-sided", 1.0), (50.0, "higher", 1.0)],
)
def test_a_bound_shows_a_fall_and_never_a_rise(after, sides, p):
    found = change_value(
        np.array([100.0, 110.0]),
        after,
        cv_analytical=0.05,
        cv_within=0.1,
        bounded=True,
        sides=sides,
    )
    if p is None:
        assert found.exceeds
        assert found.p_value < 0.001
    else:
        assert found.p_value == p
        assert not found.exceeds


def test_scatter_that_the_stated_cvs_do_not_allow_is_told():
    wild = seen_variation(np.array([50.0, 100.0, 200.0, 80.0]), 0.03, 0.05)
    calm = seen_variation(np.array([98.0, 103.0, 101.0, 99.0]), 0.03, 0.05)
    assert wild is not None
    assert calm is not None
    assert wild.p_stated < 0.001
    assert calm.p_stated > 0.1
    logs = np.log([50.0, 100.0, 200.0, 80.0])
    assert wild.cv == pytest.approx(math.sqrt(math.exp(logs.var(ddof=1)) - 1))
    high = math.sqrt(math.expm1(3 * logs.var(ddof=1) / stats.chi2.ppf(0.025, 3)))
    assert wild.upper == pytest.approx(high)
    assert seen_variation(np.array([1.0, 2.0]), 0.1, 0.1) is None


@pytest.mark.parametrize(
    ("before", "after", "cvs"),
    [
        ([], 5.0, (0.1, 0.1)),
        ([0.0], 5.0, (0.1, 0.1)),
        ([5.0], -1.0, (0.1, 0.1)),
        ([5.0], 5.0, (0.0, 0.0)),
    ],
)
def test_what_is_no_marker_is_refused(before, after, cvs):
    with pytest.raises(InputError):
        change_value(np.array(before), after, cv_analytical=cvs[0], cv_within=cvs[1])
