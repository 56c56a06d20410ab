"""Heavy tails: found where they are, and no oftener than the level where they are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kurtosis

from ultrarare.errors import NotComputable
from ultrarare.stats.heavy_tails import heavy_tailed, standardised_residuals
from ultrarare.stats.mixed import fit_random_intercept
from ultrarare.stats.trajectory import fit_trajectory

PEOPLE, VISITS = 30, 6
WHO, TIME = np.repeat(np.arange(PEOPLE), VISITS), np.tile(np.arange(float(VISITS)), PEOPLE)


def course(rng: np.random.Generator, noise: np.ndarray) -> np.ndarray:
    return np.asarray(10 + rng.normal(0, 1, PEOPLE)[WHO] + 0.2 * TIME + noise)


def share_found(make, runs: int = 150) -> float:
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(runs):
        y = course(rng, make(rng))
        model = fit_random_intercept(WHO, TIME, y)
        found += heavy_tailed(standardised_residuals(model, WHO, TIME, y), rng).heavy
    return found / runs


def test_normal_visits_are_called_heavy_no_oftener_than_the_level():
    # 0.05 and three Monte Carlo standard errors
    assert share_found(lambda rng: rng.normal(0, 1, WHO.size)) <= 0.05 + 3 * 0.0178


def test_visits_with_t3_noise_are_nearly_always_called_heavy():
    assert share_found(lambda rng: rng.standard_t(3, WHO.size) / np.sqrt(3), 40) > 0.75


def test_a_heavy_cohort_names_the_conformal_p_as_the_one_to_read():
    rng = np.random.default_rng(5)
    found = heavy_tailed(rng.standard_t(2, 200), rng)
    assert found.heavy
    assert "conformal p is the one to read" in found.caveats[0]
    assert found.kurtosis > 1
    assert not heavy_tailed(rng.uniform(size=200), rng).caveats


def test_residuals_are_uncorrelated_with_sd_one_under_the_model():
    rng = np.random.default_rng(6)
    people = 400
    who, t = np.repeat(np.arange(people), 4), np.tile(np.arange(4.0), people)
    root = np.linalg.cholesky(0.6 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4))))
    noise = (rng.standard_normal((people, 4)) @ root.T).ravel()
    y = 5 + rng.normal(0, 1, people)[who] - t + noise
    model = fit_trajectory(who, t, y, serial=True, grid=False)
    e = standardised_residuals(model, who, t, y).reshape(people, 4)
    assert np.cov(e.T) == pytest.approx(np.eye(4), abs=0.15)


def test_the_order_of_rows_does_not_matter():
    rng = np.random.default_rng(7)
    y = course(rng, rng.normal(0, 1, WHO.size))
    model = fit_random_intercept(WHO, TIME, y)
    turned = rng.permutation(WHO.size)
    a = standardised_residuals(model, WHO, TIME, y)
    b = standardised_residuals(model, WHO[turned], TIME[turned], y[turned])
    assert a == pytest.approx(b)


def test_simulated_and_closed_form_agree_where_they_meet():
    rng = np.random.default_rng(8)
    drawn = [heavy_tailed(rng.standard_t(5, 19), rng).p for _ in range(40)]
    rng = np.random.default_rng(8)
    samples = np.sort(kurtosis(rng.standard_normal((100_000, 20)), axis=1))
    for e in (rng.standard_t(5, 20) for _ in range(10)):
        wanted = 1 - np.searchsorted(samples, float(kurtosis(e))) / samples.size
        assert heavy_tailed(e, rng).p == pytest.approx(wanted, abs=0.01)
    assert min(drawn) < 0.05 < max(drawn)


def test_a_seed_moves_nothing_from_twenty_residuals_on():
    e = np.random.default_rng(3).standard_t(4, 20)
    assert len({heavy_tailed(e, np.random.default_rng(seed)).p for seed in range(5)}) == 1


@pytest.mark.parametrize("residuals", [[1.0] * 20, [0.1, -0.2, 0.3]])
def test_residuals_that_show_no_tails_are_refused(residuals):
    with pytest.raises(NotComputable, match="do not show how tails fall"):
        heavy_tailed(residuals, np.random.default_rng(1))
