"""What must hold for any external control."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ultrarare.stats.external.design import plan_comparison
from ultrarare.stats.external.matching import match
from ultrarare.stats.external.randomisation import attainable, randomisation_test
from ultrarare.stats.external.summaries import rate_ratio
from ultrarare.stats.external.weights import effective_size, weigh

SEEDS = st.integers(0, 10_000)


def made(seed, n=3, N=9, p=1):
    rng = np.random.default_rng(seed)
    a = np.arange(n + N) < n
    x = rng.normal(size=(n + N, p))
    return a, x, x.sum(axis=1) + rng.normal(size=n + N)


@given(SEEDS, st.floats(-5, 5), st.floats(0.1, 10))
def test_a_shift_and_a_scale_move_the_interval_with_them_and_leave_p(seed, shift, scale):
    a, x, y = made(seed)
    rng = np.random.default_rng(1)
    first = randomisation_test(y, a, covariates=x, rng=rng)
    second = randomisation_test(scale * (y + shift), a, covariates=x, rng=rng)

    assert second.p_two_sided == first.p_two_sided
    assert second.estimate == pytest.approx(scale * first.estimate, rel=1e-6, abs=1e-8)
    assert (second.lower is None) == (first.lower is None)
    if first.lower is not None:
        assert second.lower == pytest.approx(scale * first.lower, rel=1e-6, abs=1e-8)


@given(SEEDS)
def test_no_p_lies_below_the_floor_known_before(seed):
    a, x, y = made(seed, n=2, N=8)
    found = randomisation_test(y + 100 * a, a, covariates=x, rng=np.random.default_rng(1))

    assert found.p_higher == pytest.approx(attainable([10], [2]).floor)
    assert found.p_two_sided >= found.attainable.floor_two_sided


@given(SEEDS, st.booleans())
def test_the_order_of_people_does_not_matter(seed, adjust):
    a, x, y = made(seed)
    order = np.random.default_rng(seed).permutation(a.size)
    given_x = x if adjust else None
    moved = x[order] if adjust else None
    first = randomisation_test(y, a, covariates=given_x, rng=np.random.default_rng(1))
    second = randomisation_test(y[order], a[order], covariates=moved, rng=np.random.default_rng(1))

    assert second.p_lower == first.p_lower
    assert second.estimate == pytest.approx(first.estimate, rel=1e-9, abs=1e-12)


@given(SEEDS)
def test_over_all_assignments_the_p_is_uniform_or_larger(seed):
    _, x, y = made(seed, n=2, N=5)
    rng = np.random.default_rng(1)
    p = []
    for i in range(7):
        for j in range(i):
            a = np.zeros(7, bool)
            a[[i, j]] = True
            p.append(randomisation_test(y, a, covariates=x, rng=rng).p_higher)
    for bar in (1 / 21, 0.1, 0.25, 0.5):
        assert np.mean(np.array(p) <= bar + 1e-12) <= bar + 1e-12


@given(SEEDS, st.integers(1, 4))
def test_nobody_is_matched_twice_or_beyond_the_caliper(seed, ratio):
    a, x, _ = made(seed, N=12, p=2)
    assume(np.abs(x[a][:, None] - x[~a][None]).max(axis=2).min() < 0.5)
    found = match(x, a, ratio=ratio, caliper=1.0)
    sd = x[~a].std(axis=0, ddof=1)
    for s in range(int(found.stratum.max()) + 1):
        here = found.stratum == s
        assert (here & a).sum() == 1
        assert 1 <= (here & ~a).sum() <= ratio
        assert (np.abs(x[here & ~a] - x[here & a]) <= sd * (1 + 1e-9)).all()
    assert (found.stratum >= 0).sum() + found.unmatched.size >= a.sum()


@given(SEEDS, st.sampled_from(["odds", "overlap", "entropy"]))
def test_weights_sum_to_one_and_the_effective_size_is_between_one_and_everybody(seed, method):
    a, x, _ = made(seed, n=8, N=20)
    assume(x[~a].min() < x[a].mean() < x[~a].max())
    found = weigh(method, x, a)

    assert found.untreated.sum() == pytest.approx(1)
    assert found.treated.sum() == pytest.approx(1)
    assert 1 <= effective_size(found.untreated) <= 20 + 1e-9


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.5, 50), st.floats(0.5, 50))
def test_the_rate_interval_excludes_one_exactly_when_p_is_small(x, y, s, t):
    assume(x + y > 0)
    found = rate_ratio(x, s, y, t)
    outside = found.lower > 1 or (found.upper is not None and found.upper < 1)

    assert outside == (found.p_two_sided < 0.05)


@given(SEEDS)
def test_a_constant_covariate_changes_nothing(seed):
    a, x, _ = made(seed)
    assume(((x[a] >= x[~a].min()) & (x[a] <= x[~a].max())).any())
    plain = plan_comparison(a, x, ("u",), caliper=None)
    more = plan_comparison(a, np.column_stack((x, np.ones(a.size))), ("u", "v"), caliper=None)

    assert more.names == plain.names
    assert plain.match is not None
    assert more.match is not None
    assert more.match.set_sizes() == plain.match.set_sizes()
    assert any("v is constant" in c for c in more.caveats)
