"""Likelihood and prediction of courses, dense and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from ultrarare.stats.trajectory import fit_trajectory
from ultrarare.stats.untreated import personal_course

Floats = NDArray[np.float64]
BIG = 1e7  # variance of a flat prior on β, for the restricted likelihood


def made(rng: np.random.Generator, *, people: int = 12, c: float = 0.5) -> tuple[Floats, ...]:
    """People with a level each, residuals of correlation c^|Δt| and a drift of −1."""
    who, when, what = [], [], []
    for person in range(people):
        t = np.sort(rng.uniform(0, 6, rng.integers(4, 7)))
        cov = c ** np.abs(np.subtract.outer(t, t))
        y = 20 + rng.normal(0, 2) - t + rng.multivariate_normal(np.zeros(t.size), 1.5**2 * cov)
        who += [person] * t.size
        when += t.tolist()
        what += y.tolist()
    return np.array(who, dtype=np.float64), np.array(when), np.array(what)


def covariance(who: Floats, t: Floats, d: Floats, s2: float, c: float, nugget: float) -> Floats:
    """Of all visits at once, entry by entry."""
    n = t.size
    v = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if who[i] == who[j]:
                zi, zj = np.array([1, t[i]]), np.array([1, t[j]])
                same = 1.0 if i == j else (1 - nugget) * c ** abs(t[i] - t[j])
                v[i, j] = zi @ d @ zj + s2 * same
    return v


def restricted(who: Floats, t: Floats, y: Floats, v: Floats) -> float:
    """Restricted log-likelihood from its definition."""
    x = np.column_stack((np.ones_like(t), t))
    inverse = np.linalg.inv(v)
    xvx = x.T @ inverse @ x
    beta = np.linalg.solve(xvx, x.T @ inverse @ y)
    rest = y - x @ beta
    n, p = x.shape
    return float(
        -0.5
        * (
            np.linalg.slogdet(v)[1]
            + np.linalg.slogdet(xvx)[1]
            + rest @ inverse @ rest
            + (n - p) * np.log(2 * np.pi)
        )
    )


@pytest.mark.parametrize(
    ("shape", "serial", "nugget"),
    [("intercept", True, False), ("slope", False, False), ("intercept", True, True)],
)
def test_the_restricted_likelihood_is_that_of_all_visits_at_once(shape, serial, nugget):
    who, t, y = made(np.random.default_rng(3))
    model = fit_trajectory(who, t, y, shape=shape, serial=serial, nugget=nugget, grid=False)
    c = model.correlation if serial else 0.0
    v = covariance(who, t, model.random_cov, model.residual_sd**2, c, model.nugget)
    assert model.loglik == pytest.approx(restricted(who, t, y, v), abs=1e-6)


def test_the_fit_is_a_maximum():
    who, t, y = made(np.random.default_rng(4))
    model = fit_trajectory(who, t, y, serial=True, grid=False)
    rng = np.random.default_rng(5)
    for _ in range(30):
        factor = np.exp(rng.normal(0, 0.05, 3))
        d = model.random_cov * factor[0]
        c = min(0.999, model.correlation * factor[1])
        v = covariance(who, t, d, model.residual_sd**2 * factor[2], c, 0.0)
        assert restricted(who, t, y, v) <= (model.loglik or 0.0) + 1e-9


def test_the_grid_is_the_integral_over_the_variances():
    """Random intercept: the predictive density by a dense grid over the one free ratio."""
    who, t, y = made(np.random.default_rng(6), people=8, c=0.0)
    model = fit_trajectory(who, t, y)
    pre_t, pre_y, new = np.array([1.0, 2.0]), np.array([25.0, 23.5]), np.array([4.0, 5.0])
    window = personal_course(model, pre_t, pre_y).window(new)
    x = np.column_stack((np.ones_like(t), t))
    df = t.size - 2
    ratios = np.linspace(1e-4, 30, 6000)  # flat in the sd of levels over the residual sd
    log_weight, centres, scales = [], [], []
    times = np.concatenate((pre_t, new))
    z = np.column_stack((np.ones(4), times))
    average = np.full(2, 0.5)
    for ratio in ratios:
        v = covariance(who, t, np.diag([ratio**2, 0.0]), 1.0, 0.0, 0.0)
        inverse = np.linalg.inv(v)
        xvx = x.T @ inverse @ x
        beta = np.linalg.solve(xvx, x.T @ inverse @ y)
        rest = y - x @ beta
        rss = float(rest @ inverse @ rest)
        log_weight.append(
            -0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(xvx)[1] + df * np.log(rss))
        )
        joint = (z @ (np.linalg.inv(xvx) + np.diag([ratio**2, 0.0])) @ z.T + np.eye(4)) * (rss / df)
        gain = np.linalg.solve(joint[:2, :2], joint[:2, 2:])
        centres.append(float((z[2:] @ beta + gain.T @ (pre_y - z[:2] @ beta)) @ average))
        left = joint[2:, 2:] - joint[2:, :2] @ gain
        scales.append(float(np.sqrt(average @ left @ average)))
    weight = np.exp(np.array(log_weight) - max(log_weight))
    weight /= weight.sum()
    for value in (16.0, 18.0, 19.5, 21.0):
        dense = float(weight @ stats.t.cdf((value - np.array(centres)) / np.array(scales), df))
        assert float(window.cdf(value)[0]) == pytest.approx(dense, abs=2e-4)
