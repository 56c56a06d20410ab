"""Routes of regression to the mean against dense likelihoods, enumeration and simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal, norm

from ultrarare.stats.regression_to_mean import (
    EntryRule,
    entrant,
    untreated_from_summary,
    untreated_from_visits,
)
from ultrarare.stats.regression_to_mean.formula import given_entry
from ultrarare.stats.regression_to_mean.likelihood import deviance, log_chance, slope, sums_of
from ultrarare.stats.regression_to_mean.natural import about_line, natural_history, rank
from ultrarare.stats.regression_to_mean.population_mean import mean_range, mee_chua
from ultrarare.stats.regression_to_mean.route import Trial
from ultrarare.stats.regression_to_mean.simulated import simulated_changes


def trial(rule, people, untreated, **more):
    settings = {"alpha": 0.05, "draws": 2000, "rng": np.random.default_rng(5), **more}
    return Trial(rule=rule, people=tuple(people), untreated=untreated, **settings)


@pytest.mark.parametrize(("deciding", "after", "threshold"), [(1, 1, -1.0), (3, 2, 0.3)])
def test_the_change_given_entry_has_the_moments_of_simulated_people(deciding, after, threshold):
    rng = np.random.default_rng(2)
    u = rng.normal(0.2, 0.8, 400_000)
    first = u + rng.normal(0, 0.6, (deciding, u.size)).mean(axis=0)
    later = u + rng.normal(0, 0.6, (after, u.size)).mean(axis=0)
    change = (later - first)[first <= threshold]
    found = given_entry(0.2, 0.64, 0.36, threshold, deciding=deciding, after=after)

    assert found.mean == pytest.approx(change.mean(), abs=0.01)
    assert found.variance == pytest.approx(change.var(), rel=0.02)


@pytest.mark.parametrize("statistic", ["mean", "all", "any"])
def test_the_chance_of_entry_is_that_of_an_integral(statistic):
    rule = EntryRule(threshold=0.4, direction="higher", visits=3, statistic=statistic)

    def inside(u: float) -> float:
        low = norm.cdf((0.4 - u) / 0.7)
        mean = norm.cdf((0.4 - u) / (0.7 / np.sqrt(3)))
        one = {"all": low**3, "any": 1 - (1 - low) ** 3, "mean": mean}[statistic]
        return float(one * norm.pdf(u, 1.0, 0.9))

    wanted = quad(inside, -8, 10)[0]
    found = log_chance(rule, np.array([1.0]), 0.81, 0.49)
    assert np.exp(found[0]) == pytest.approx(wanted, rel=1e-6)


def test_the_deviance_is_that_of_dense_normal_vectors_divided_by_the_chance_of_entry():
    rng = np.random.default_rng(8)
    person, time = np.array([0, 0, 0, 1, 1, 2, 2, 2]), np.array([0.0, 1, 2, 0, 3, 1, 2, 5])
    value = rng.normal(size=8)
    untreated = untreated_from_visits(person, time, value)
    rule = EntryRule(threshold=0.0, direction="higher", visits=2)
    people = [
        entrant(rule, [0, 1, 2], [-1.0, -0.4, 0.3], [4, 5], [0.9, 1.2]),
        entrant(rule, [1, 2], [-0.2, -0.1], [3], [0.5]),
    ]
    at, effect = np.array([0.1, 0.05, np.log(0.8), np.log(0.5)]), 0.7

    def density(t, y, treated):
        mean = 0.1 + 0.05 * np.asarray(t) + effect * np.asarray(treated)
        cov = 0.64 + 0.25 * np.eye(len(y))
        return multivariate_normal.logpdf(y, mean, cov)

    whole = sum(density(time[person == i], value[person == i], 0 * time[person == i])
                for i in range(3))  # fmt: skip
    whole += density([0, 1, 2, 4, 5], [-1.0, -0.4, 0.3, 0.9, 1.2], [0, 0, 0, 1, 1])
    whole += density([1, 2, 3], [-0.2, -0.1, 0.5], [0, 0, 1])
    for middle in (0.5, 1.5):
        whole -= norm.logcdf((0 - 0.1 - 0.05 * middle) / np.sqrt(0.64 + 0.125))
    visits = 8 + 8
    found = deviance(sums_of(untreated, tuple(people), rule), at, effect)
    assert found == pytest.approx(-2 * whole - visits * np.log(2 * np.pi))


def test_the_rank_is_that_of_all_choices_counted_by_hand():
    rng = np.random.default_rng(4)
    untreated = untreated_from_visits(
        np.repeat(np.arange(60), 4), np.tile(np.arange(4.0), 60),
        (rng.normal(0, 1, (60, 1)) + rng.normal(0, 1, (60, 4))).ravel(),
    )  # fmt: skip
    rule = EntryRule(threshold=-1.5, direction="higher")
    people = [entrant(rule, [0], [b], [1], [a]) for b, a in ((-1.8, 1.4), (-1.6, 0.9))]
    found = natural_history(trial(rule, people, untreated))

    rows = []
    for i in range(60):
        y = untreated.value[untreated.person == i]
        hits = [j for j in range(3) if y[j] <= -1.5]
        if hits:
            rows.append((y[hits[0]], y[hits[0] + 1]))
    x, y = np.array([(-1.8, 1.4), (-1.6, 0.9), *rows]).T
    ps = []
    for score in (y - x, about_line(x, y)):
        all_means = [np.mean([score[i] for i in c]) for c in combinations(range(x.size), 2)]
        ps.append(np.mean(np.array(all_means) >= all_means[0] - 1e-9))
    assert found.n == len(rows)
    assert found.expected_change == pytest.approx(np.mean(y[2:] - x[2:]))
    assert found.p_value == pytest.approx(max(ps))


def test_random_choices_come_near_all_of_them():
    score = np.random.default_rng(6).normal(size=24)
    some = trial(EntryRule(threshold=0, direction="higher"), [], None, draws=20_000)
    exact = np.mean([np.mean(score[list(c)]) >= score[:6].mean() - 1e-12
                     for c in combinations(range(24), 6)])  # fmt: skip
    assert rank(score, 6, some) == pytest.approx(exact, abs=0.015)


def test_standardised_residuals_are_those_of_the_hat_matrix():
    x, y = np.random.default_rng(1).normal(size=(2, 12))
    design = np.column_stack((np.ones(12), x))
    hat = design @ np.linalg.inv(design.T @ design) @ design.T
    wanted = (y - hat @ y) / np.sqrt(1 - np.diag(hat))
    assert about_line(x, y) == pytest.approx(wanted)


def test_simulated_trials_of_a_large_normal_population_have_davis_moments():
    untreated = untreated_from_summary(0.0, 1.0, 0.5, 100_000)
    rule = EntryRule(threshold=-1.0, direction="higher", visits=2)
    people = [entrant(rule, [0, 1], [-1.2, -1.1], [2, 3, 4], [0.0, 0.0, 0.0])]
    changes = simulated_changes(trial(rule, people, untreated, draws=6000), untreated)
    wanted = given_entry(0.0, 0.5, 0.5, -1.0, deciding=2, after=3)

    assert changes.mean() == pytest.approx(wanted.mean, abs=4 * np.sqrt(wanted.variance / 6000))
    assert changes.var() == pytest.approx(wanted.variance, rel=0.06)


@pytest.mark.parametrize("seed", range(6))
def test_the_range_of_means_is_where_a_fine_grid_is_significant(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(-1, 1, 8)
    y = 0.5 * x + rng.normal(0, 0.4, 8) + 0.3 * seed
    found = mean_range(x, y, alpha=0.05)
    for centre in np.linspace(-12, 12, 241):
        inside = found.exists and (found.lower is None or centre > found.lower) and (
            found.upper is None or centre < found.upper
        )  # fmt: skip
        assert inside == (mee_chua(x, y, float(centre)).p_value < 0.05)


@pytest.mark.parametrize("statistic", ["mean", "all", "any"])
def test_the_slopes_of_the_deviance_are_its_differences(statistic):
    rng = np.random.default_rng(8)
    untreated = untreated_from_visits(
        np.repeat(np.arange(9), 3), np.tile(np.arange(3.0), 9), rng.normal(size=27)
    )
    rule = EntryRule(threshold=0.0, direction="higher", visits=2, statistic=statistic)
    people = (entrant(rule, [0, 1], [-1.0, -0.4], [4, 5], [0.9, 1.2]),)
    sums = sums_of(untreated, people, rule)
    at = np.array([0.1, 0.05, np.log(0.8), np.log(0.5), 0.7])

    def cost(x: np.ndarray) -> float:
        return deviance(sums, x[:4], float(x[4]))

    wanted = approx_fprime(at, cost, 1e-7)
    assert slope(sums, at[:4], 0.7) == pytest.approx(wanted, rel=1e-4, abs=1e-4)
