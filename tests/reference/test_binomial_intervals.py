"""Intervals for one proportion against R; for replicates against closed forms.

Expected: binomial_intervals.R beside this file, R 4.2.2, run 2026-11-22: prop.test(correct = FALSE)
for Wilson, binom.test for Clopper–Pearson.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ultrarare.stats.proportion import beta_binomial, clopper_pearson, wilson

# fmt: off
R = [  # successes, n, Wilson, Clopper–Pearson
    (0, 10, (0.0000000000, 0.2775327999), (0.0000000000, 0.3084971078)),
    (1, 29, (0.0061132143, 0.1717552188), (0.0008726469, 0.1776442955)),
    (15, 148, (0.0623863995, 0.1604872417), (0.0578440101, 0.1616504903)),
    (81, 263, (0.2552885199, 0.3662095770), (0.2527367456, 0.3676219226)),
    (10, 10, (0.7224672001, 1.0000000000), (0.6915028922, 1.0000000000)),
]
# fmt: on


@pytest.mark.parametrize(("successes", "n", "expected", "_"), R)
def test_wilson_agrees_with_prop_test(
    successes: int, n: int, expected: tuple[float, float], _: object
) -> None:
    found = wilson(successes, n)

    assert (found.lower, found.upper) == pytest.approx(expected, abs=5e-11)
    assert found.value == successes / n


@pytest.mark.parametrize(("successes", "n", "_", "expected"), R)
def test_clopper_pearson_agrees_with_binom_test(
    successes: int, n: int, _: object, expected: tuple[float, float]
) -> None:
    found = clopper_pearson(successes, n)

    assert (found.lower, found.upper) == pytest.approx(expected, abs=5e-11)


def test_wilson_agrees_with_prop_test_at_another_level() -> None:
    found = wilson(7, 20, 0.9)

    assert (found.lower, found.upper) == pytest.approx((0.2022600401, 0.5334873112), abs=5e-11)


def test_equal_replicates_invert_the_quasi_binomial_score() -> None:
    # Closed form for equal n: φ = Σn(pᵢ−p)²/(p(1−p))/(r−1); limits solve (p̂−p)² = t²φp(1−p)/Σn.
    successes, n = np.array([30, 55, 41]), 100
    p = successes.sum() / 300
    dispersion = np.sum(n * (successes / n - p) ** 2) / (p * (1 - p)) / 2
    t = stats.t.ppf(0.975, 2)

    found = beta_binomial(successes, [n, n, n])

    assert found.value == pytest.approx(p)
    for limit in (found.lower, found.upper):
        assert (p - limit) ** 2 == pytest.approx(t**2 * dispersion * limit * (1 - limit) / 300)


def test_replicates_without_extra_spread_give_the_binomial_score_with_student_t() -> None:
    found = beta_binomial([50, 50, 50], [100, 100, 100])

    t = stats.t.ppf(0.975, 2)
    half = t * np.sqrt(0.25 / 300 + t**2 / (4 * 300**2)) / (1 + t**2 / 300)
    assert (found.lower, found.upper) == pytest.approx((0.5 - half, 0.5 + half))
    assert any("no more than counting" in caveat for caveat in found.caveats)
