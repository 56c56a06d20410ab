"""Mixed models against R's nlme and against the closed form for balanced visits.

Data: mixed_visits.csv, made (24 people, 119 visits at unequal times; numpy default_rng(20261122)).
Expected: mixed_visits.R beside this file, R 4.2.2, nlme 3.1-162, run 2026-11-22, lme(method =
"REML"). nlme's own search stops at a relative 1e-6 of the variances, hence the tolerance.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.mixed import PopulationModel, fit_random_intercept, fit_random_slope

HERE = Path(__file__).parent
PERSON, TIME, VALUE = np.loadtxt(HERE / "mixed_visits.csv", delimiter=",", skiprows=1).T

# fmt: off
R_INTERCEPT = (  # b0, b1, var b0, cov, var b1, var u0, residual sd, log-likelihood
    39.30698238, -1.345721646, 1.565019251, -0.06029358126, 0.008333399886, 25.60028486,
    2.577743065, -316.5165042,
)
R_SLOPE = (  # b0, b1, var b0, cov, var b1, var u0, cov, var u1, residual sd, log-likelihood
    39.48654164, -1.355500289, 0.4060946367, -0.04610112219, 0.02742431136, 5.290380373,
    -0.5422021467, 0.5766783042, 1.418101375, -271.4080345,
)
# fmt: on


def numbers(model: PopulationModel, *, slope: bool) -> list[float]:
    fixed = [*model.beta, *model.beta_cov[np.triu_indices(2)]]
    random = [*model.random_cov[np.triu_indices(2)]] if slope else [model.random_cov[0, 0]]
    assert model.loglik is not None
    return [*fixed, *random, model.residual_sd, model.loglik]


def test_random_intercept_agrees_with_lme() -> None:
    model = fit_random_intercept(PERSON, TIME, VALUE)

    assert numbers(model, slope=False) == pytest.approx(R_INTERCEPT, rel=1e-6)
    assert model.converged


def test_random_slope_agrees_with_lme() -> None:
    model = fit_random_slope(PERSON, TIME, VALUE)

    assert numbers(model, slope=True) == pytest.approx(R_SLOPE, rel=2e-6)
    assert model.converged


def test_balanced_visits_have_the_analysis_of_variance_as_restricted_likelihood() -> None:
    rng = np.random.default_rng(5)
    times = np.array([0.0, 1.0, 3.0, 4.0])
    y = rng.normal(10, 2, (9, 1)) + 0.5 * times + rng.normal(0, 1, (9, 4))
    centred = times - times.mean()
    spread = 9 * centred @ centred
    slope = (y @ centred).sum() / spread
    within = (((y - y.mean(axis=1, keepdims=True)) ** 2).sum() - slope**2 * spread) / (9 * 3 - 1)
    between_ms = 4 * y.mean(axis=1).var(ddof=1)

    model = fit_random_intercept(np.repeat(np.arange(9), 4), np.tile(times, 9), y.ravel())

    assert model.residual_sd**2 == pytest.approx(within, rel=1e-7)
    assert model.random_cov[0, 0] == pytest.approx((between_ms - within) / 4, rel=1e-6)
    assert model.beta[1] == pytest.approx(slope, rel=1e-9)
    assert model.beta_cov[1, 1] == pytest.approx(within / spread, rel=1e-7)


def test_balanced_slopes_have_the_covariance_of_the_peoples_own_lines() -> None:
    rng = np.random.default_rng(6)
    times = np.array([0.0, 1.0, 2.0, 4.0, 6.0])
    u = rng.normal(0, (3.0, 1.0), (30, 2))
    y = u[:, :1] + (2 + u[:, 1:]) * times + rng.normal(0, 1, (30, 5))
    z = np.column_stack((np.ones(5), times))
    lines, rss, *_ = np.linalg.lstsq(z, y.T, rcond=None)
    within = rss.sum() / (30 * 3)

    model = fit_random_slope(np.repeat(np.arange(30), 5), np.tile(times, 30), y.ravel())

    expected = np.cov(lines) - within * np.linalg.inv(z.T @ z)
    assert model.residual_sd**2 == pytest.approx(within, rel=1e-6)
    np.testing.assert_allclose(model.random_cov, expected, rtol=2e-6, atol=1e-6)


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_lme() -> None:
    done = subprocess.run(
        ["Rscript", str(HERE / "mixed_visits.R"), str(HERE / "mixed_visits.csv")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    intercept, slope = ([float(x) for x in part.split()] for part in done.stdout.split("--"))

    ours = numbers(fit_random_intercept(PERSON, TIME, VALUE), slope=False)
    assert ours == pytest.approx(intercept, rel=1e-5)
    assert numbers(fit_random_slope(PERSON, TIME, VALUE), slope=True) == pytest.approx(
        slope, rel=1e-5
    )
