"""Power of small trials against R 4.2.2 (trial_power.R beside this file) and statsmodels."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from ultrarare.stats.trial_power import (
    TwoHazards,
    TwoMeans,
    TwoProportions,
    fisher_rejects,
    power_curve,
)

SCRIPT = Path(__file__).with_name("trial_power.R")
R = {
    "fisher": [0.473961076662, 0.692801840169, 0.825143180138, 0.017241268477, 1.0],
    "t": [0.5493855977626, 0.6934041966155, 0.0110463491015, 0.7864296880591],
}
FISHER = [
    (10, 10, 0.1, 0.6, 0.05), (5, 9, 0.9, 0.2, 0.05), (22, 23, 0.1, 0.5, 0.05),
    (12, 12, 0.3, 0.3, 0.05), (7, 4, 1, 0, 0.01),
]  # fmt: skip
MEANS = [(5, 1.5, 1, 0.05), (20, 0.8, 1, 0.05), (3, 0.2, 1, 0.01), (12, -2, 1.7, 0.05)]


@pytest.mark.parametrize(("case", "wanted"), list(zip(FISHER, R["fisher"], strict=True)))
def test_fisher_by_r(case, wanted):
    a, b, p, q, alpha = case
    assert TwoProportions(treated=p, control=q).power(a, b, alpha) == pytest.approx(
        wanted, abs=1e-11
    )


@pytest.mark.parametrize(("case", "wanted"), list(zip(MEANS, R["t"], strict=True)))
def test_t_by_r(case, wanted):
    n, difference, sd, alpha = case
    found = TwoMeans(difference=difference, sd=sd).power(n, n, alpha)
    assert found == pytest.approx(wanted, abs=1e-7)


@pytest.mark.needs_r
def test_r_still_says_so():
    done = subprocess.run(["Rscript", SCRIPT], capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    for name, *values in lines:
        if name in R:
            assert [float(v) for v in values] == pytest.approx(R[name], abs=1e-9)


def test_unequal_arms_by_statsmodels():
    for a, b in ((4, 9), (20, 7)):
        found = TwoMeans(difference=1.1, sd=1.3).power(a, b, 0.05)
        other = TTestIndPower().power(effect_size=1.1 / 1.3, nobs1=a, ratio=b / a, alpha=0.05)
        assert found == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize(("a", "b", "alpha"), [(6, 6, 0.05), (3, 11, 0.1), (8, 5, 0.01)])
def test_the_region_is_scipys(a, b, alpha):
    region = fisher_rejects(a, b, alpha)
    for x in range(a + 1):
        for y in range(b + 1):
            p = stats.fisher_exact(np.array([[x, a - x], [y, b - y]])).pvalue
            assert region[x, y] == (p <= alpha), (x, y, p)


def test_the_log_rank_formula_by_simulation():
    """100 people an arm, every event seen, hazard ratio 0.65: formula against log-rank tests."""
    rng = np.random.default_rng(5)
    runs, hits = 600, 0
    group = np.repeat([1, 0], 100)
    for _ in range(runs):
        time = rng.exponential(1 / np.where(group == 1, 0.65, 1.0))
        order = np.argsort(time)
        g = group[order]
        at_risk = np.arange(200, 0, -1)
        treated = np.cumsum(g[::-1])[::-1]
        share = treated / at_risk
        score, variance = (g - share).sum(), (share * (1 - share)).sum()
        hits += abs(score) / np.sqrt(variance) > stats.norm.isf(0.025)
    formula = TwoHazards(hazard_ratio=0.65, seen=1.0).power(100, 100, 0.05)
    assert abs(hits / runs - formula) < 3 * np.sqrt(formula * (1 - formula) / runs) + 0.015


def test_the_curve_finds_the_size_from_which_power_stays():
    curve = power_curve(TwoProportions(treated=0.1, control=0.5), largest=100, alpha=0.05)
    size = curve.smallest(0.8)
    assert size is not None
    later = [p for n, p in zip(curve.people, curve.power, strict=True) if n >= size]
    assert min(later) >= 0.8
    before = [p for n, p in zip(curve.people, curve.power, strict=True) if n < size]
    assert before[-1] < 0.8 or before == []
    assert max(before) > 0.8  # Fisher's steps: an earlier size reached it and fell back
