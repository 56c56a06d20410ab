"""Checks of a constant rate: against brute force, closed forms, and simulated diseases."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from ultrarare.stats.episode_checks import age_trend, clustering

Floats = NDArray[np.float64]
PEOPLE, YEARS = 48, 4.0
SPANS = [[(0.0, YEARS)]] * PEOPLE


def constant(rng: np.random.Generator) -> Floats:
    """Episodes of one person in four years: gamma rate with mean 3 a year, no change in time."""
    return rng.uniform(0, YEARS, rng.poisson(YEARS * rng.gamma(2.0, 1.5)))


def waxing_and_waning(dwell: float) -> Callable[[np.random.Generator], Floats]:
    """Spells of exponential length, mean `dwell` years, with 6 and 0.2 episodes a year in turn."""

    def person(rng: np.random.Generator) -> Floats:
        t, active, times = 0.0, bool(rng.integers(2)), [np.zeros(0)]
        while t < YEARS:
            end = min(YEARS, t + rng.exponential(dwell))
            times.append(rng.uniform(t, end, rng.poisson((6.0 if active else 0.2) * (end - t))))
            t, active = end, not active
        return np.concatenate(times)

    return person


def admissions(rng: np.random.Generator) -> Floats:
    """Illnesses at a constant rate, each with three admissions on average within two months."""
    start = rng.uniform(0, YEARS, rng.poisson(YEARS * rng.gamma(2.0, 0.5)))
    times = np.repeat(start, rng.geometric(1 / 3, start.size))
    times = times + rng.uniform(0, 1 / 6, times.size)
    return times[times <= YEARS]


def easing(rng: np.random.Generator) -> Floats:
    """A rate that halves in four years: candidates at constant rate, thinned."""
    times = rng.uniform(0, YEARS, rng.poisson(YEARS * rng.gamma(2.0, 2.0)))
    return times[rng.uniform(size=times.size) < 0.5 ** (times / YEARS)]


def found(
    person: Callable[[np.random.Generator], Floats], cohorts: int, seed: int
) -> tuple[float, float]:
    """Share of cohorts in which each check, clustering and trend, has p ≤ 0.05."""
    rng = np.random.default_rng(seed)
    p = np.empty((cohorts, 2))
    for i in range(cohorts):
        people = [person(rng) for _ in range(PEOPLE)]
        p[i, 0] = clustering(people, SPANS, bin_width=0.5, rng=rng, runs=99).p_value
        p[i, 1] = age_trend(people, SPANS).p_value
    shares = (p <= 0.05).mean(axis=0)
    return float(shares[0]), float(shares[1])


def test_the_clustering_p_value_is_that_of_every_possible_placement() -> None:
    # Bins of half a year: the first person's second span is one longer bin of 0.7 years.
    shares = [np.array([0.5, 0.5, 0.7]) / 1.7, np.array([0.5, 0.5])]
    observed = [np.array([3, 0, 0]), np.array([1, 1])]

    def uneven(counts: list[NDArray[np.int64]]) -> float:
        pairs = [(c, c.sum() * s) for c, s in zip(counts, shares, strict=True)]
        return float(sum(((c - e) ** 2 / e).sum() for c, e in pairs))

    exact = 0.0
    for first, second in product(product(range(3), repeat=3), product(range(2), repeat=2)):
        placed = [np.bincount(first, minlength=3), np.bincount(second, minlength=2)]
        if uneven(placed) >= uneven(observed) - 1e-9:
            exact += float(np.prod(shares[0][list(first)]) * np.prod(shares[1][list(second)]))

    check = clustering(
        [[0.1, 0.2, 0.3], [2.1, 2.9]],
        [[(5.0, 5.7), (0.0, 1.0)], [(2.0, 3.0)]],
        bin_width=0.5,
        rng=np.random.default_rng(1),
        runs=20_000,
    )

    assert check.statistic == pytest.approx(uneven(observed))
    assert check.expected == 3
    error = np.sqrt(exact * (1 - exact) / 20_000)
    assert check.p_value == pytest.approx(exact, abs=4 * error)


def test_the_trend_is_the_score_of_the_conditional_likelihood() -> None:
    # Derivative at 0 of Σ log(exp(bt)/∫exp(bu)du) over two spans, by numerical differences.
    spans = [[(0.0, 1.0), (3.0, 5.0)], [(2.0, 6.0)]]
    times = [[0.2, 0.9, 3.1], [2.5, 3.0, 3.2, 5.5]]

    def loglik(b: float) -> float:
        return float(
            sum(
                b * t - np.log(sum((np.exp(b * v) - np.exp(b * u)) / b for u, v in own))
                for own, each in zip(spans, times, strict=True)
                for t in each
            )
        )

    h = 1e-3
    around = [loglik(x) for x in (-h, h)]
    beyond = [loglik(x) for x in (-2 * h, 2 * h)]
    score = (around[1] - around[0]) / (2 * h)
    middle = (4 * sum(around) - sum(beyond)) / 6  # loglik(0), where the formula is 0/0
    information = -(around[0] - 2 * middle + around[1]) / h**2

    assert age_trend(times, spans).statistic == pytest.approx(
        score / np.sqrt(information), rel=1e-3
    )


def test_at_constant_rates_both_checks_keep_their_level() -> None:
    uneven, trend = found(constant, 200, seed=51)

    error = np.sqrt(0.05 * 0.95 / 200)
    assert uneven == pytest.approx(0.05, abs=3 * error)
    assert trend == pytest.approx(0.05, abs=3 * error)


@pytest.mark.parametrize("dwell", [0.5, 1.0, 2.0])
def test_waxing_and_waning_is_found(dwell: float) -> None:
    assert found(waxing_and_waning(dwell), 30, seed=52)[0] > 0.9


def test_admissions_that_come_in_clusters_are_found() -> None:
    assert found(admissions, 30, seed=53)[0] > 0.9


def test_a_rate_that_halves_is_found_by_the_trend() -> None:
    assert found(easing, 30, seed=54)[1] > 0.9
