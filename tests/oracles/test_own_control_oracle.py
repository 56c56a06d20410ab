"""The prediction from the joint normal distribution of all visits, against the update of a line."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from ultrarare.stats.mixed import PopulationModel, population_from_summary
from ultrarare.stats.own_control import OwnControl, own_control
from ultrarare.stats.tipping import with_reliability

Floats = NDArray[np.float64]

POPULATION = PopulationModel(
    beta=np.array([50.0, 0.8]),
    beta_cov=np.array([[0.9, -0.05], [-0.05, 0.02]]),
    random_cov=np.array([[36.0, -1.0], [-1.0, 0.25]]),
    residual_sd=4.0,
    n_people=25,
    n_repeated=25,
    n_visits=120,
    time_range=(0.0, 12.0),
    converged=True,
    loglik=None,
    method="made",
    caveats=(),
)
PRE_TIME, PRE_VALUE = np.array([0.5, 2.0, 3.5]), np.array([68.0, 62.0, 70.0])
POST_TIME, POST_VALUE = np.array([5.0, 6.0, 8.0, 11.0]), np.array([50.0, 47.0, 49.0, 44.0])


def joint_normal(
    population: PopulationModel, correlation: Floats | None = None
) -> tuple[float, float]:
    """Mean and sd of the untreated post-dosing mean given the pre-dosing values."""
    times = np.concatenate((PRE_TIME, POST_TIME))
    x = np.column_stack((np.ones(7), times))
    noise = np.eye(7) if correlation is None else correlation
    v = x @ (population.random_cov + population.beta_cov) @ x.T + population.residual_sd**2 * noise
    mean = x @ population.beta
    average = np.full(4, 0.25)
    known = np.linalg.inv(v[:3, :3])
    expected = average @ (mean[3:] + v[3:, :3] @ known @ (PRE_VALUE - mean[:3]))
    cov = v[3:, 3:] - v[3:, :3] @ known @ v[:3, 3:]
    return float(expected), float(np.sqrt(average @ cov @ average))


def result(**options: float) -> OwnControl:
    return own_control(
        POPULATION, PRE_TIME, PRE_VALUE, POST_TIME, POST_VALUE, direction="lower", **options
    )


def test_expected_course_and_its_sd_are_those_of_the_joint_normal() -> None:
    expected, sd = joint_normal(POPULATION)

    found = result()

    assert found.expected_untreated == pytest.approx(expected)
    assert found.expected_sd == pytest.approx(sd)
    parts = (found.sd_residual, found.sd_random, found.sd_fixed)
    assert np.hypot.reduce(parts) == pytest.approx(sd)
    assert found.sd_residual == pytest.approx(2.0)  # 4/√4


def test_interval_and_p_values_are_student_t_on_people_minus_one() -> None:
    expected, sd = joint_normal(POPULATION)
    contrast = 47.5 - expected
    reference = stats.t(24, loc=contrast, scale=sd)

    found = result(margin=5.0)

    assert (found.lower, found.upper) == pytest.approx(reference.interval(0.95))
    assert found.p_one_sided == pytest.approx(reference.sf(0.0))
    assert found.p_two_sided == pytest.approx(2 * reference.sf(0.0))
    assert found.p_exceeds_margin == pytest.approx(reference.cdf(-5.0))


def test_each_visit_has_the_band_of_a_single_prediction() -> None:
    times = np.concatenate((PRE_TIME, POST_TIME))
    x = np.column_stack((np.ones(7), times))
    v = x @ (POPULATION.random_cov + POPULATION.beta_cov) @ x.T + 16 * np.eye(7)
    gain = v[3:, :3] @ np.linalg.inv(v[:3, :3])
    expected = x[3:] @ POPULATION.beta + gain @ (PRE_VALUE - x[:3] @ POPULATION.beta)
    half = stats.t.ppf(0.975, 24) * np.sqrt(np.diag(v[3:, 3:] - gain @ v[:3, 3:]))

    band = result().band

    np.testing.assert_allclose(band.expected, expected)
    np.testing.assert_allclose(band.lower, expected - half)
    np.testing.assert_allclose(band.upper, expected + half)


def test_at_the_tipping_reliability_the_interval_ends_at_zero() -> None:
    found = own_control(
        POPULATION, PRE_TIME, PRE_VALUE, POST_TIME, POST_VALUE + 8.0, direction="lower"
    )
    assert found.tipping_reliability is not None
    assert found.tipping_reliability < found.reliability

    tipped = with_reliability(POPULATION, float(PRE_TIME.mean()), found.tipping_reliability)

    expected, sd = joint_normal(tipped)
    assert 55.5 - expected + stats.t.ppf(0.975, 24) * sd == pytest.approx(0, abs=1e-6)


def test_at_the_tipping_autocorrelation_the_interval_ends_at_zero() -> None:
    stable = population_from_summary(60.0, 6.0, 4.0, 40)
    found = own_control(
        stable, PRE_TIME, PRE_VALUE, POST_TIME, POST_VALUE + 12.3, direction="lower"
    )
    assert found.regression_verdict == "excluded"
    phi = found.tipping_autocorrelation
    assert phi is not None
    times = np.concatenate((PRE_TIME, POST_TIME))
    gap = np.median(np.diff(times))  # 1.5

    expected, sd = joint_normal(stable, phi ** (np.abs(np.subtract.outer(times, times)) / gap))

    assert 59.8 - expected + stats.t.ppf(0.975, 39) * sd == pytest.approx(0, abs=1e-6)


def test_changing_the_reliability_keeps_the_variance_of_one_measurement() -> None:
    at = float(PRE_TIME.mean())
    before = POPULATION.between_sd(at) ** 2 + POPULATION.residual_sd**2

    changed = with_reliability(POPULATION, at, 0.3)

    assert changed.reliability(at) == pytest.approx(0.3)
    assert changed.between_sd(at) ** 2 + changed.residual_sd**2 == pytest.approx(before)


def test_davis_formula_is_the_mean_regression_of_people_simulated_through_the_entry_rule() -> None:
    rng = np.random.default_rng(7)
    x = np.column_stack((np.ones(3), PRE_TIME))
    line = rng.multivariate_normal(POPULATION.beta, POPULATION.random_cov, 400_000)
    true = line @ x.mean(axis=0)
    baseline = true + rng.normal(0, 4 / np.sqrt(3), true.size)
    entered = baseline > 58.0

    found = result(entry_threshold=58.0)

    simulated = float((true - baseline)[entered].mean())
    error = float((true - baseline)[entered].std() / np.sqrt(entered.sum()))
    assert found.davis_regression == pytest.approx(simulated, abs=4 * error)
