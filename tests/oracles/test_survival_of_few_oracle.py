"""The law of the number of events against drawing it, against permutations, and closed forms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.special import comb
from scipy.stats import beta

from ultrarare.stats.few_alive import alive_law, poisson_binomial
from ultrarare.stats.survival_of_few import survival_of_few
from ultrarare.stats.untreated_hazard import UntreatedHazard, hazard_of_people


def untreated(seed: int = 4, n: int = 30) -> UntreatedHazard:
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 4, n).astype(np.float64)
    stop = entry + rng.integers(1, 10, n)
    return hazard_of_people(stop, rng.random(n) < 0.7, entry=entry)


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("ratio", [1.0, 0.4, 2.5])
def test_the_enumerated_law_is_that_of_drawn_curves(*, ends: bool, ratio: float) -> None:
    hazard, rng = untreated(), np.random.default_rng(1)
    begin, end = np.array([0.0, 2, 3]), np.array([6.0, 5, 8])

    law = alive_law(hazard, begin, end, ends=ends)

    share = rng.beta(law.a, law.d, (200_000, law.a.size))
    log_survival = ratio * (np.log(share) @ law.cover.T)
    drawn = poisson_binomial(-np.expm1(log_survival)).mean(axis=0)
    assert law.events(ratio) == pytest.approx(drawn, abs=4e-3)


def test_the_poisson_binomial_law_is_the_sum_over_all_outcomes() -> None:
    chance = np.array([0.1, 0.5, 0.8, 0.3])
    by_hand = np.zeros(5)
    for k in range(5):
        for who in combinations(range(4), k):
            hit = np.isin(np.arange(4), who)
            by_hand[k] += np.prod(np.where(hit, chance, 1 - chance))

    assert poisson_binomial(chance[None, :])[0] == pytest.approx(by_hand)


@pytest.mark.parametrize(("people", "treated"), [(5, 1), (9, 2), (19, 3)])
def test_outliving_everybody_is_as_rare_as_relabelling_says(people: int, treated: int) -> None:
    hazard = hazard_of_people(np.arange(1.0, people + 1), np.ones(people))

    found = survival_of_few(
        hazard, np.zeros(treated), np.full(treated, people + 1.0), np.zeros(treated)
    )

    assert found.p_better == pytest.approx(1 / comb(people + treated, treated))


def test_nobody_with_an_event_is_a_product_of_hypergeometric_chances() -> None:
    hazard = untreated()
    begin, end = np.array([0.0, 3, 3]), np.array([7.0, 6, 8])

    found = survival_of_few(hazard, begin, end, np.zeros(3))

    product = 1.0
    for t, n, d in zip(hazard.time, hazard.at_risk, hazard.events, strict=True):
        m = int(((t > begin) & (t <= end)).sum())
        product *= comb(n, d) / comb(n + m, d)
    assert found.p_better == pytest.approx(product, rel=1e-9)


def test_without_censoring_the_limits_are_those_of_clopper_and_pearson() -> None:
    hazard = hazard_of_people(np.arange(1.0, 13), np.ones(12))

    lower, upper = hazard.limits(0.0, 4.0)

    assert lower == pytest.approx(beta.ppf(0.025, 8, 5), abs=1e-9)
    assert upper == pytest.approx(beta.ppf(0.975, 9, 4), abs=1e-9)


def test_drawn_law_of_many_agrees_with_the_enumerated_one_of_few() -> None:
    hazard = untreated()
    ten, eleven = np.full(10, 6.0), np.full(11, 6.0)

    exact = alive_law(hazard, np.zeros(10), ten, ends=False)
    drawn = alive_law(hazard, np.zeros(11), eleven, ends=False, rng=np.random.default_rng(2))

    mean_exact = float(exact.events() @ np.arange(11.0)) / 10
    mean_drawn = float(drawn.events() @ np.arange(12.0)) / 11
    assert mean_drawn == pytest.approx(mean_exact, abs=5e-3)
