"""Single-case numbers against counting by hand, enumeration, and statsmodels."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from ultrarare.stats.single_case.levels import segments
from ultrarare.stats.single_case.overlap import kendall_s, overlap, theil_sen
from ultrarare.stats.single_case.start import start_test

Floats = NDArray[np.float64]


def series(seed: int, m: int, n: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Times and values with ties."""
    rng = np.random.default_rng(seed)
    t = np.cumsum(rng.integers(1, 4, m + n)).astype(np.float64)
    y = rng.integers(0, 9, m + n).astype(np.float64)
    return t[:m], y[:m], t[m:], y[m:]


@pytest.mark.parametrize("seed", range(8))
def test_overlap_is_what_counting_pairs_gives(seed: int) -> None:
    ta, a, tb, b = series(seed, 3 + seed, 5)
    found = overlap(ta, a, tb, b)

    wins = sum(1.0 if y > x else 0.5 if y == x else 0.0 for x in a for y in b)
    signs = sum(int(y > x) - int(y < x) for x in a for y in b)
    own = sum(
        int(a[j] > a[i]) - int(a[j] < a[i]) for i in range(a.size) for j in range(i + 1, a.size)
    )
    assert found.nap == pytest.approx(wins / (a.size * b.size))
    assert found.tau == pytest.approx(signs / (a.size * b.size))
    assert kendall_s(a) == own
    assert found.tau_u == pytest.approx((signs - own) / (a.size * b.size))


def test_theil_sen_is_the_median_of_all_slopes() -> None:
    t, y, _, _ = series(3, 9, 1)
    slopes = [(y[j] - y[i]) / (t[j] - t[i]) for i in range(9) for j in range(i)]

    assert theil_sen(t, y) == pytest.approx(np.median(slopes))


def test_the_variance_of_nap_is_unbiased_with_ties() -> None:
    # Both phases are drawn from three values: every sample is enumerated, with its probability.
    a_law, b_law = {0.0: 0.5, 1.0: 0.3, 2.0: 0.2}, {0.0: 0.2, 1.0: 0.4, 2.0: 0.4}
    weights, naps, variances = [], [], []
    for a in product(a_law, repeat=3):
        for b in product(b_law, repeat=2):
            found = overlap(np.arange(3.0), np.array(a), np.arange(3.0, 5.0), np.array(b))
            weights.append(np.prod([a_law[x] for x in a]) * np.prod([b_law[y] for y in b]))
            naps.append(found.nap)
            variances.append(unclipped_variance(np.array(a), np.array(b)))
            if found.nap_se is not None:
                assert found.nap_se**2 == pytest.approx(variances[-1])
    w, nap = np.array(weights), np.array(naps)

    assert w.sum() == pytest.approx(1.0)
    assert w @ np.array(variances) == pytest.approx(w @ nap**2 - (w @ nap) ** 2)


def unclipped_variance(a: Floats, b: Floats) -> float:
    """NAP squared minus its unbiased estimate from pairs that share no value."""
    q = (np.sign(b[None, :] - a[:, None]) + 1) / 2
    apart = [
        q[i, j] * q[k, m]
        for i, k in product(range(a.size), repeat=2)
        for j, m in product(range(b.size), repeat=2)
        if i != k and j != m
    ]
    return float(q.mean() ** 2 - np.mean(apart))


def test_segments_agree_with_statsmodels() -> None:
    from statsmodels.api import OLS

    ta, a, tb, b = series(5, 9, 12)
    t, y = np.concatenate((ta, tb)), np.concatenate((a, b))
    found = segments(t, y, 9)

    treated = (t >= tb[0]).astype(float)
    x = np.column_stack((np.ones(t.size), t - tb[0], treated, (t - tb[0]) * treated))
    fit = OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": found.lag, "use_correction": True})
    assert [found.level.value, found.slope.value] == pytest.approx(fit.params[2:])
    assert [found.level.se, found.slope.se] == pytest.approx(fit.bse[2:])


@pytest.mark.parametrize("statistic", ["mean", "median", "nap"])
def test_the_randomisation_test_counts_every_start(statistic) -> None:
    rng = np.random.default_rng(2)
    t = np.arange(20.0)
    y = rng.integers(0, 6, 20).astype(np.float64)
    found = start_test(t, y, 9.0, np.arange(4.0, 17.0), direction="lower", statistic=statistic)

    def gain(s: float) -> float:
        before, after = y[t < s], y[t >= s]
        if statistic == "mean":
            return float(before.mean() - after.mean())
        if statistic == "median":
            return float(np.median(before) - np.median(after))
        return float(np.mean([1.0 if b < a else 0.5 * (a == b) for a in before for b in after]))

    gains = [gain(float(s)) for s in range(4, 17)]
    assert found.p_value == pytest.approx(np.mean([g >= gain(9.0) - 1e-9 for g in gains]))
    assert found.p_worse == pytest.approx(np.mean([g <= gain(9.0) + 1e-9 for g in gains]))
    assert found.observed == pytest.approx(gain(9.0))
