"""Change of genes by counts: what the answer may and may not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.errors import NotComputable
from ultrarare.stats.drugging.expression import expression, size_factors

TREATED = np.array([True, True, True, False, False, False])


def made(genes=300, seed=0, left=1.0, reads=300.0):
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(5, 1, genes))
    mean[0] = reads
    expected = mean[:, None] * np.ones(6)
    expected[0, TREATED] *= left
    return rng.poisson(rng.gamma(20, expected / 20)).astype(float)


def slow_factors(counts):
    logs = []
    for row in counts:
        if min(row) > 0:
            middle = sum(np.log(x) for x in row) / len(row)
            logs.append([np.log(x) - middle for x in row])
    found = [sorted(column) for column in zip(*logs, strict=True)]
    medians = [(c[(len(c) - 1) // 2] + c[len(c) // 2]) / 2 for c in found]
    return np.exp(np.array(medians) - np.mean(medians))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_factors_agree_with_loops(seed):
    counts = made(30, seed)
    assert size_factors(counts) == pytest.approx(slow_factors(counts))


def test_a_deeper_sample_changes_little():
    counts = made(left=0.2)
    deeper = counts * np.array([1, 3, 1, 1, 1, 2.0])
    one, two = (expression(k, TREATED, size_factors(k)).ratio(0) for k in (counts, deeper))
    assert two.value == pytest.approx(one.value, rel=0.03)


def test_groups_swapped_turn_the_ratio_over():
    counts = made(left=0.4)
    factors = size_factors(counts)
    one, two = (expression(counts, flags, factors).ratio(0) for flags in (TREATED, ~TREATED))
    assert one.upper is not None
    assert two.value == pytest.approx(1 / one.value)
    assert two.lower == pytest.approx(1 / one.upper)
    assert two.p_value == pytest.approx(one.p_value)


def test_a_fall_to_a_tenth_is_found():
    found = expression(counts := made(left=0.1), TREATED, size_factors(counts)).ratio(0)
    assert None not in (found.lower, found.upper, found.p_value)
    assert (found.lower or 1) < 0.1 < (found.upper or 0) < 0.2
    assert (found.p_value or 0) < 1e-6


def test_few_genes_have_their_own_variance():
    counts = made(12)
    found = expression(counts, TREATED, size_factors(counts))
    logs = found.logs
    a, b = logs[3, :3], logs[3, 3:]
    error = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2 * 2 / 3)
    assert found.error[3] == pytest.approx(error)
    assert found.df[3] == 4
    assert found.prior_df == 0


def test_one_sample_each_has_no_limits():
    counts = made()[:, [0, 3]]
    found = expression(counts, np.array([True, False]), size_factors(counts))
    one = found.ratio(0)
    assert (one.lower, one.p_value, one.df) == (None, None, None)
    assert not found.tested.any()
    assert set(found.q_value) == {None}


def test_genes_without_reads_are_not_tested():
    counts = made()
    counts[5] = 0
    found = expression(counts, TREATED, size_factors(counts))
    assert not found.tested[5]
    assert found.q_value[5] is None
    assert np.isnan(found.p_value[5])


def test_depth_by_reference_genes():
    counts = made()
    flags = np.arange(300) == 7
    factors = size_factors(counts, flags)
    assert factors / factors[0] == pytest.approx(counts[7] / counts[7, 0])


def test_depth_that_cannot_be_told():
    counts = made()
    counts[7, 2] = 0
    with pytest.raises(NotComputable, match="reference gene"):
        size_factors(counts, np.arange(300) == 7)
    with pytest.raises(NotComputable, match="no gene was read in every sample"):
        size_factors(np.eye(4))
    with pytest.raises(NotComputable, match="group"):
        expression(counts, np.ones(6, dtype=bool), np.ones(6))
