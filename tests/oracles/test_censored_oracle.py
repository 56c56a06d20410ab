"""Censored values against dense quadrature, and against what they become without censoring."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from ultrarare.stats.censored import censored_log_likelihood, fit_censored, predict_censored
from ultrarare.stats.course_fit import fit_course
from ultrarare.stats.trajectory import fit_trajectory
from ultrarare.stats.untreated import personal_course

PERSON = [0, 0, 0, 1, 1, 1, 2, 2, 2]
TIME = [0.0, 1.0, 3.0, 0.5, 2.0, 4.0, 0.0, 2.5, 5.0]
LOW = [5.0, -np.inf, -np.inf, 8.1, 7.0, 4.0, 10.0, 9.2, 3.3]
HIGH = [5.0, 4.0, 4.0, 8.1, 7.0, 6.0, np.inf, 9.2, 3.3]
BETA, ROOT, SD = np.array([7.5, -0.8]), np.array([[2.0, 0.0], [0.3, 0.5]]), 0.9


def visit(low: float, high: float, mean: float, sd: float = SD) -> float:
    """Density, or probability of the bounds; no closed form beside it."""
    if low == high:
        return float(norm.pdf(low, mean, sd))
    return float(norm.cdf(high, mean, sd) - norm.cdf(low, mean, sd))


def rows(person: int) -> list[tuple[float, float, float]]:
    return [(TIME[i], LOW[i], HIGH[i]) for i in range(len(PERSON)) if PERSON[i] == person]


def by_level(person: int, root: float) -> float:
    def density(z: float) -> float:
        means = [(BETA[0] + root * z + BETA[1] * t, a, b) for t, a, b in rows(person)]
        return float(norm.pdf(z) * np.prod([visit(a, b, mean) for mean, a, b in means]))

    return quad(density, -9, 9, epsabs=0, epsrel=1e-11, limit=500, points=[-3, -1, 0, 1, 3])[0]


def by_level_and_slope(person: int) -> float:
    """The double integral on 2,001 × 2,001 points."""
    z = np.linspace(-8, 8, 2001)
    z1, z2 = np.meshgrid(z, z, indexing="ij")
    u1, u2 = ROOT[0, 0] * z1, ROOT[1, 0] * z1 + ROOT[1, 1] * z2
    density = norm.pdf(z1) * norm.pdf(z2)
    for t, low, high in rows(person):
        mean = BETA[0] + u1 + (BETA[1] + u2) * t
        if low == high:
            density = density * norm.pdf(low, mean, SD)
        else:
            density = density * (norm.cdf(high, mean, SD) - norm.cdf(low, mean, SD))
    return float(density.sum() * (z[1] - z[0]) ** 2)


def test_the_likelihood_with_levels_is_the_integral() -> None:
    wanted = sum(np.log(by_level(person, 2.0)) for person in range(3))
    found = censored_log_likelihood(
        PERSON, TIME, LOW, HIGH, beta=BETA, root=[[2.0]], residual_sd=SD
    )
    assert found == pytest.approx(wanted, abs=1e-7)


def test_the_likelihood_with_slopes_is_the_double_integral() -> None:
    wanted = sum(np.log(by_level_and_slope(person)) for person in range(3))
    found = censored_log_likelihood(PERSON, TIME, LOW, HIGH, beta=BETA, root=ROOT, residual_sd=SD)
    assert found == pytest.approx(wanted, abs=1e-5)


def test_doubling_the_nodes_changes_nothing_that_is_printed() -> None:
    def at(points: int | None) -> float:
        return censored_log_likelihood(
            PERSON, TIME, LOW, HIGH, beta=BETA, root=ROOT, residual_sd=SD, points=points
        )

    assert at(None) == pytest.approx(at(24), abs=1e-5)


def cohort(seed: int, people: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    who, t = np.repeat(np.arange(people), 5), np.tile(np.arange(5.0), people)
    level, slope = rng.normal(0, 3, people), rng.normal(-1, 0.5, people)
    return who, t, 20 + level[who] + slope[who] * t + rng.normal(0, 1.5, who.size)


@pytest.mark.parametrize("shape", ["intercept", "slope"])
def test_without_censoring_it_is_the_ordinary_maximum_likelihood_fit(
    shape: Literal["intercept", "slope"],
) -> None:
    who, t, y = cohort(3)
    ours = fit_censored(who, t, y, y, slopes=shape == "slope")
    other = fit_trajectory(who, t, y, shape=shape, grid=False, restricted=False)
    assert ours.loglik == pytest.approx(other.loglik, abs=1e-7)
    assert ours.population.beta == pytest.approx(other.beta, rel=1e-5)
    assert ours.population.random_cov == pytest.approx(other.random_cov, rel=1e-3, abs=1e-6)
    assert ours.population.residual_sd == pytest.approx(other.residual_sd, rel=1e-4)


def test_a_person_s_prediction_without_censoring_is_the_normal_one() -> None:
    who, t, y = cohort(4)
    model = fit_censored(who, t, y, y, slopes=True)
    own, values, at = np.array([0.0, 1.0, 2.0]), np.array([25.0, 22.0, 23.0]), np.array([4.0, 6.0])
    found = predict_censored(model, own, values, values, at)
    wanted = personal_course(model.population, own, values).visits(at)
    assert found.mean == pytest.approx(wanted.mean, rel=1e-9)
    for p in (0.025, 0.5, 0.9):
        assert found.quantile(p) == pytest.approx(wanted.quantile(p), rel=5e-3)


def test_a_censored_visit_of_the_person_counts_as_a_bound() -> None:
    who, t, y = cohort(5)
    fit = fit_course(who, t, y, y, model="intercept", rng=np.random.default_rng(1), grid=False)
    model = fit.linear
    assert model is not None
    (row,), caveats = fit.predict([0.0], [-np.inf], [15.0], [1.0])
    # by hand: truncate the level's posterior, then move on by the mean slope
    z0, z1 = model.design([0.0])[0], model.design([1.0])[0]
    cov = model.random_cov + model.beta_cov
    mean, var = float(z0 @ model.beta), float(z0 @ cov @ z0) + model.residual_sd**2
    alpha = (15.0 - mean) / np.sqrt(var)
    surprise = -np.sqrt(var) * norm.pdf(alpha) / norm.cdf(alpha)
    wanted = float(z1 @ model.beta) + float(z1 @ cov @ z0) / var * surprise
    assert row["expected"] == pytest.approx(wanted, abs=1e-4)
    assert any("bounds" in caveat for caveat in caveats)
