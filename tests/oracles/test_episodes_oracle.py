"""Closed forms of the gamma-Poisson prediction against integration over the unknown rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from ultrarare.stats.episodes import GammaPoisson, predict_count


def prior(shape: float, mean_rate: float) -> GammaPoisson:
    return GammaPoisson(
        shape=shape,
        mean_rate=mean_rate,
        n_people=40,
        events=160,
        person_time=80.0,
        loglik=-90.0,
        caveats=(),
    )


def integrated(shape: float, mean: float, y0: int, t1: float, t2: float, most: int) -> float:
    """P(Y ≤ most): likelihood of the record times the prior, integrated over the rate."""

    def weight(rate: float) -> float:
        density = stats.gamma.pdf(rate, shape, scale=mean / shape)
        return float(density * stats.poisson.pmf(y0, rate * t1))

    top, _ = integrate.quad(
        lambda rate: weight(rate) * stats.poisson.cdf(most, rate * t2), 0, 60, limit=200
    )
    bottom, _ = integrate.quad(weight, 0, 60, limit=200)
    return float(top / bottom)


@pytest.mark.parametrize(
    ("shape", "mean", "y0", "t1", "y1", "t2"),
    [(2.0, 3.0, 9, 1.0, 2, 1.0), (1.4, 0.8, 0, 2.0, 1, 3.0), (12.0, 5.0, 20, 2.5, 3, 1.5)],
)
def test_probabilities_are_those_of_the_integral(
    shape: float, mean: float, y0: int, t1: float, y1: int, t2: float
) -> None:
    found = predict_count(prior(shape, mean), y0, t1, y1, t2)

    assert found.p_at_most == pytest.approx(integrated(shape, mean, y0, t1, t2, y1), rel=1e-6)
    assert found.p_none == pytest.approx(integrated(shape, mean, y0, t1, t2, 0), rel=1e-6)
    closed = (1 + t2 / (shape / mean + t1)) ** -(shape + y0)
    assert found.p_none == pytest.approx(closed)


def test_rate_ratio_is_that_of_two_simulated_gammas() -> None:
    found = predict_count(prior(2.0, 3.0), 9, 1.0, 2, 1.5, 0.9)

    rng = np.random.default_rng(11)
    untreated = rng.gamma(2.0 + 9, 1 / (2 / 3 + 1.0), 400_000)
    after = rng.gamma(2 + 0.5, 1 / 1.5, 400_000)
    simulated = np.quantile(after / untreated, [0.05, 0.5, 0.95])
    ours = (found.rate_ratio_lower, found.rate_ratio, found.rate_ratio_upper)
    assert ours == pytest.approx(simulated, rel=0.01)


def test_count_interval_leaves_at_most_its_tails_outside() -> None:
    found = predict_count(prior(2.0, 3.0), 9, 1.0, 2, 1.5, 0.9)

    size, p = 11.0, (2 / 3 + 1) / (2 / 3 + 1 + 1.5)
    assert found.lower == stats.nbinom.ppf(0.05, size, p)
    assert found.upper == stats.nbinom.ppf(0.95, size, p)
    assert found.expected == pytest.approx(stats.nbinom.mean(size, p))


def test_equal_rates_predict_a_poisson_count() -> None:
    found = predict_count(prior(float("inf"), 3.0), 9, 1.0, 2, 1.5)

    assert found.p_at_most == pytest.approx(stats.poisson.cdf(2, 4.5))
    assert found.upper == stats.poisson.ppf(0.975, 4.5)
    after = stats.gamma(2.5, scale=1 / 1.5 / 3.0)
    assert (found.rate_ratio_lower, found.rate_ratio_upper) == pytest.approx(after.interval(0.95))


def test_naive_comparison_is_the_binomial_test() -> None:
    found = predict_count(prior(2.0, 3.0), 9, 1.0, 2, 1.5)

    reference = stats.binomtest(2, 11, 1.5 / 2.5, alternative="less")
    assert found.naive_p == pytest.approx(reference.pvalue)
    assert found.naive_rate_ratio == pytest.approx((2 / 1.5) / 9)
