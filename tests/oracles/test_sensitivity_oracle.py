"""Slow and obvious: every hidden covariate, every assignment, every confounder of a grid."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad

from ultrarare.stats.sensitivity.bounds import bounding_factor
from ultrarare.stats.sensitivity.confounder import Trapezoid
from ultrarare.stats.sensitivity.e_value import e_value_of
from ultrarare.stats.sensitivity.matched_sets import scored_sets
from ultrarare.stats.sensitivity.rosenbaum import largest_p


def worst_p(values, alone, gamma, statistic):
    """Over u in {0, 1/2, 1} of everybody: P(statistic ≥ observed), by listing assignments."""
    observed = statistic([0] * len(values), values, alone)
    worst = 0.0
    for u in product(*(product((0.0, 0.5, 1.0), repeat=len(v)) for v in values)):
        p = 0.0
        for pick in product(*(range(len(v)) for v in values)):
            if statistic(pick, values, alone) < observed - 1e-9:
                continue
            chance = 1.0
            for i, hidden, of_one in zip(pick, u, alone, strict=True):
                # the one alone is treated with odds γ^u, or untreated with odds γ^−u
                odds = gamma ** (np.array(hidden) if of_one else -np.array(hidden))
                chance *= odds[i] / odds.sum()
            p += chance
        worst = max(worst, p)
    return worst


def mean_difference(pick, values, alone):
    total = 0.0
    for i, v, of_one in zip(pick, values, alone, strict=True):
        others = [x for j, x in enumerate(v) if j != i]
        gain = v[i] - sum(others) / len(others)
        total += gain if of_one else -gain
    return total


def aligned_rank_sum(pick, values, alone):
    flat = [x - sum(v) / len(v) for v in values for x in v]
    ranks = [
        sum(y < x - 1e-12 for y in flat) + (sum(abs(y - x) <= 1e-12 for y in flat) + 1) / 2
        for x in flat
    ]
    total, start = 0.0, 0
    for i, v, of_one in zip(pick, values, alone, strict=True):
        own = ranks[start : start + len(v)]
        total += own[i] if of_one else sum(own) - own[i]
        start += len(v)
    return total


SETS = [
    ([[5.0, 1.0, 2.0], [4.0, 0.5]], [True, True]),
    ([[3.0, 1.0], [2.0, 2.5], [6.0, 1.0]], [True, True, True]),
    ([[0.0, 2.0, 4.0], [5.0, 3.0]], [False, True]),
    ([[2.0, 2.0, 1.0], [3.0, 0.0]], [True, True]),
]


@pytest.mark.parametrize(("values", "alone"), SETS)
@pytest.mark.parametrize("gamma", [1.0, 1.7, 4.0])
@pytest.mark.parametrize(
    ("name", "statistic"), [("mean", mean_difference), ("aligned-rank", aligned_rank_sum)]
)
def test_the_largest_p_is_that_over_every_hidden_covariate(values, alone, gamma, name, statistic):
    matched = [s for s, v in enumerate(values) for _ in v]
    treated = [(i == 0) == one for v, one in zip(values, alone, strict=True) for i in range(len(v))]
    flat = [x for v in values for x in v]
    sets = scored_sets(matched, treated, flat, direction="higher", statistic=name)

    assert largest_p(sets, gamma) == pytest.approx(
        worst_p(values, alone, gamma, statistic), rel=1e-9
    )


@pytest.mark.parametrize("ratio", [1.05, 1.8, 3.9])
def test_no_weaker_pair_of_arrows_explains_the_ratio(ratio):
    strength = e_value_of(ratio)
    weaker = np.linspace(1.0, strength * (1 - 1e-6), 60)

    assert bounding_factor(strength, strength) == pytest.approx(ratio)
    assert all(bounding_factor(a, b) < ratio for a, b in product(weaker, weaker))


@pytest.mark.parametrize(
    "corners", [(0.0, 1.0, 2.0, 4.0), (0.0, 0.0, 1.0, 1.0), (-1.0, 0.5, 0.5, 1.0)]
)
def test_a_trapezoid_is_drawn_from_its_density(corners):
    a, b, c, d = corners
    height = 2 / (d + c - a - b)

    def density(x):
        if x < b:
            return height * (x - a) / (b - a)
        return height if x <= c else height * (d - x) / (d - c)

    prior = Trapezoid(low=a, low_mode=b, high_mode=c, high=d)
    for u in (0.02, 0.2, 0.5, 0.77, 0.99):
        x = float(prior.draw(np.array([u]))[0])
        assert quad(density, a, x, points=[p for p in (b, c) if a < p < x])[0] == pytest.approx(u)
