"""The restricted likelihood by the full covariance of all visits, against sums for each person."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ultrarare.stats.mixed import PopulationModel, fit_random_intercept, fit_random_slope

Floats = NDArray[np.float64]


def visits(seed: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Twelve people with one to seven visits each, on a clock far from zero."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(12), rng.integers(1, 8, 12))
    time = rng.uniform(300, 900, person.size)
    u = rng.normal(0, (20.0, 0.05), (12, 2))
    value = 500 + u[person, 0] + (-0.3 + u[person, 1]) * time + rng.normal(0, 6, person.size)
    return person, time, value


def loglik(
    person: NDArray[np.int64], time: Floats, value: Floats, random_cov: Floats, residual_sd: float
) -> float:
    """Harville's restricted log-likelihood, by the dense matrices of its definition."""
    x = np.column_stack((np.ones_like(time), time))
    same = person[:, None] == person[None, :]
    v = same * (x @ random_cov @ x.T) + residual_sd**2 * np.eye(time.size)
    weight = np.linalg.inv(v)
    xvx = x.T @ weight @ x
    residual = value - x @ np.linalg.solve(xvx, x.T @ weight @ value)
    parts = (
        (time.size - 2) * np.log(2 * np.pi),
        np.linalg.slogdet(v)[1],
        np.linalg.slogdet(xvx)[1],
        residual @ weight @ residual,
    )
    return -float(sum(parts)) / 2


def generalised_least_squares(
    model: PopulationModel, person: NDArray[np.int64], time: Floats, value: Floats
) -> tuple[Floats, Floats]:
    x = np.column_stack((np.ones_like(time), time))
    same = person[:, None] == person[None, :]
    v = same * (x @ model.random_cov @ x.T) + model.residual_sd**2 * np.eye(time.size)
    cov = np.linalg.inv(x.T @ np.linalg.solve(v, x))
    return cov @ x.T @ np.linalg.solve(v, value), np.asarray(cov, dtype=np.float64)


@pytest.mark.parametrize("fit", [fit_random_intercept, fit_random_slope])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_likelihood_and_fixed_effects_are_those_of_the_dense_matrices(
    fit: Callable[..., PopulationModel], seed: int
) -> None:
    data = visits(seed)

    model = fit(*data)

    dense = loglik(*data, np.asarray(model.random_cov), model.residual_sd)
    assert model.loglik == pytest.approx(dense, abs=1e-6)
    beta, cov = generalised_least_squares(model, *data)
    assert model.beta == pytest.approx(beta, rel=1e-6)
    np.testing.assert_allclose(model.beta_cov, cov, rtol=1e-5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_nearby_covariance_is_more_likely(seed: int) -> None:
    data = visits(seed)
    model = fit_random_slope(*data)
    best = loglik(*data, np.asarray(model.random_cov), model.residual_sd)
    rng = np.random.default_rng(seed)
    scale = np.diag(1 / np.sqrt(np.diag(model.random_cov)))

    for _ in range(60):
        nudge = np.eye(2) + 0.02 * rng.normal(size=(2, 2))
        root = np.linalg.inv(scale) @ nudge @ scale
        other = root @ model.random_cov @ root.T
        residual_sd = model.residual_sd * float(np.exp(0.02 * rng.normal()))
        assert loglik(*data, other, residual_sd) <= best + 1e-7
