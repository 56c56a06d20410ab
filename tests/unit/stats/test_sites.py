"""Treated against control at nominated sites: tests against scipy, loops and closed forms."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from ultrarare.stats.sites.comparison import (
    benjamini_hochberg,
    compare_sites,
    fisher_greater,
)
from ultrarare.stats.sites.replicates import Arm, Pair, dispersion, root_variance
from ultrarare.stats.sites.spread import moderated, trigamma_inverse


def arm(counts, depth=20_000, copies=None):
    counts = np.array(counts, dtype=float)
    return Arm(
        share=counts / depth, depth=np.full(counts.size, float(depth)), unit=0.0, copies=copies
    )


def percents(values, unit=1e-4):
    return Arm(share=np.array(values) / 100, depth=None, unit=unit)


def compared(*pairs, **more) -> Any:
    """The sites."""
    return compare_sites(pairs, **more).sites


def pair(treated, control, site="s", **more):
    return Pair(site=site, treated=arm(treated, **more), control=arm(control))


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 0), (12, 4), (40, 41), (5, 60)])
def test_fisher_is_that_of_scipy_where_reads_scatter_alone(x, y):
    table = np.array([[x, 300 - x], [y, 500 - y]])
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert fisher_greater(x, 300, y, 500, 1.0) == pytest.approx(expected, rel=1e-9)


def test_dispersion_makes_p_larger():
    ps = [fisher_greater(60, 1e4, 20, 1e4, phi) for phi in (1.0, 2.0, 4.0, 8.0)]
    assert all(a < b for a, b in pairwise(ps))


def test_q_by_hand():
    assert benjamini_hochberg([0.01, None, 0.04, 0.03]) == pytest.approx(
        [0.03, None, 0.04, 0.04], nan_ok=True
    )


def test_the_dispersion_is_pearsons_within_groups():
    one = pair([20, 30, 40], [10, 12, 5])
    total = 0.0
    for counts in ([20, 30, 40], [10, 12, 5]):
        p = sum(counts) / 60_000
        total += sum((c - 20_000 * p) ** 2 / (20_000 * p * (1 - p)) for c in counts)
    assert dispersion(one) == pytest.approx(total / 4)
    assert dispersion(pair([0, 0, 0], [0, 0, 0])) == 0


def test_moderated_variances_by_a_loop():
    variance, df = np.array([1.0, 4.0, 0.2, 9.0]), np.array([4.0, 4.0, 2.0, 4.0])
    found = moderated(variance, df)
    logs = [
        math.log(s) - special.digamma(d / 2) + math.log(d / 2)
        for s, d in zip(variance, df, strict=True)
    ]
    mean = sum(logs) / 4
    extra = (
        sum((x - mean) ** 2 for x in logs) / 3 - sum(special.polygamma(1, d / 2) for d in df) / 4
    )
    assert extra > 0
    assert special.polygamma(1, found.prior_df / 2) == pytest.approx(extra)
    prior = math.exp(mean + special.digamma(found.prior_df / 2) - math.log(found.prior_df / 2))
    for k in range(4):
        expected = (df[k] * variance[k] + found.prior_df * prior) / (df[k] + found.prior_df)
        assert found.variance[k] == pytest.approx(expected)
        assert found.df[k] == pytest.approx(df[k] + found.prior_df)


def test_two_sites_share_nothing_and_alike_sites_share_everything():
    alone = moderated(np.array([1.0, 4.0]), np.array([4.0, 4.0]))
    assert alone.prior is None
    assert alone.variance.tolist() == [1.0, 4.0]
    alike = moderated(np.array([1.0, 1.01, 0.99]), np.array([4.0, 4.0, 4.0]))
    assert math.isinf(alike.prior_df)
    assert np.ptp(alike.variance) == 0


@pytest.mark.parametrize("x", [0.01, 0.3, 2.0, 50.0])
def test_trigamma_is_inverted(x):
    assert trigamma_inverse(float(special.polygamma(1, x))) == pytest.approx(x, rel=1e-8)


def test_one_site_with_scatter_is_a_t_test_of_equal_variances():
    treated, control = [520, 560, 600], [400, 430, 470]
    (found,) = compared(pair(treated, control))
    expected = stats.ttest_ind(treated, control, alternative="greater").pvalue
    assert found.p_value == pytest.approx(expected, rel=0.15)  # binomial weights, not equal ones
    assert found.df == 4
    assert found.floor == pytest.approx(1 / 20)


def test_a_control_that_reads_more_is_not_better_measured():
    sites = compared(pair([10, 12, 9], [20, 25, 22]))
    equal = compared(pair([10, 12, 9], [10, 12, 9]))
    assert sites[0].difference < 0
    assert sites[0].below > sites[0].upper
    assert sites[0].below > 0.5 * equal[0].below
    assert sites[0].p_value > 0.5


def test_the_limit_of_detection_is_where_19_of_20_samples_are_detected():
    control = [20, 22, 18]
    (found,) = compared(pair([21, 20, 19], control), fdr=0.05)
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        drawn = rng.binomial(60_000, 60 / 60_000 + found.lod)
        third = [drawn // 3, drawn // 3, drawn - 2 * (drawn // 3)]
        # the scatter is held at what it was: replicates as even as reads allow
        (again,) = compared(pair(third, control), detectable=False)
        hits += again.p_value <= 0.05
    assert 0.90 < hits / 400 <= 1
    assert found.lod >= found.lod_alone * 0.999
    assert 0 <= found.power <= 1


def test_input_copies_bound_the_limit_of_detection():
    (found,) = compared(pair([21, 20, 19], [20, 22, 18], copies=300))
    floor = 1 - 0.05 ** (1 / 300)
    assert found.lod >= 0.9999 * floor
    assert found.below >= 0.9999 * floor  # it reads "below x %", and x is what the DNA can carry


def test_equal_percents_are_not_certainty():
    same = Pair(site="s", treated=percents([0.2, 0.2, 0.2]), control=percents([0.1, 0.1, 0.1]))
    assert root_variance(same) > 0
    (found,) = compared(same)
    assert found.p_value > 0
    assert found.lower < 0.001 < found.upper


def test_one_percent_alone_says_nothing():
    lone = Pair(site="s", treated=percents([0.2]), control=percents([0.1]))
    (found,) = compared(lone)
    assert found.p_value is None
    assert found.q_value is None
    assert found.upper is None
    assert any("nothing says" in text for text in found.caveats)


def test_one_count_a_group_says_what_it_takes_for_granted():
    (found,) = compared(pair([30], [10]))
    assert any("not" in text and "molecules" in text for text in found.caveats)
    assert found.dispersion is None


@pytest.mark.parametrize("zeros", [([0, 0, 0], [0, 0, 0]), ([0], [0])])
def test_nothing_seen_is_a_limit_and_not_zero(zeros):
    (found,) = compared(pair(*zeros))
    assert found.difference == 0
    assert found.below > 0
    assert found.p_value == 1
