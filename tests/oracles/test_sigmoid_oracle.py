"""The sigmoid's likelihood and a person's prediction against dense quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from ultrarare.stats.sigmoid import SigmoidModel, fit_sigmoid, predict_sigmoid, sigmoid_at

THETA = np.array([95.0, 25.0, 5.0, 1.1, 1.6, 3.5])
PERSON = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
TIME = [0.0, 3.0, 6.0, 4.0, 5.0, 6.0, 0.0, 0.5, 1.0, 9.0, 10.0, 11.0]
# a change seen, one in full run, one before it, one long past it, and bounds among them
LOW = [96.0, 80.0, 31.0, 90.0, 86.0, 70.0, 97.0, 93.0, 95.0, 27.0, -np.inf, 22.0]
HIGH = [96.0, 80.0, 31.0, 90.0, 86.0, 70.0, np.inf, 93.0, 95.0, 27.0, 30.0, 22.0]


def curve(t: float, u: np.ndarray, theta: np.ndarray) -> np.ndarray:
    share = 1 / (1 + np.exp(-(t - theta[2] - u) / theta[3]))
    return np.asarray(theta[0] + (theta[1] - theta[0]) * share)


def on_a_grid(person: int, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shifts, and the density of shift and visits, at 200,001 points."""
    u = np.linspace(-10, 10, 200_001) * theta[4]
    density = norm.pdf(u, 0, theta[4])
    for i, who in enumerate(PERSON):
        if who != person:
            continue
        mean = curve(TIME[i], u, theta)
        if LOW[i] == HIGH[i]:
            density = density * norm.pdf(LOW[i], mean, theta[5])
        else:
            density = density * (
                norm.cdf(HIGH[i], mean, theta[5]) - norm.cdf(LOW[i], mean, theta[5])
            )
    return u, density


@pytest.mark.parametrize("scale", [(1, 1), (6, 1), (0.2, 1), (1, 0.1), (2, 5)])
def test_the_likelihood_is_the_integral_over_the_shift(scale: tuple[float, float]) -> None:
    theta = THETA * np.array([1, 1, 1, 1, *scale])
    wanted = 0.0
    for person in range(4):
        u, density = on_a_grid(person, theta)
        wanted += float(np.log(np.trapezoid(density, u)))
    assert sigmoid_at(PERSON, TIME, LOW, HIGH, theta) == pytest.approx(wanted, abs=1e-6)


@pytest.fixture(scope="module")
def model() -> SigmoidModel:
    rng = np.random.default_rng(8)
    people = 40
    who, t = np.repeat(np.arange(people), 6), np.tile(np.arange(6) * 2.0, people)
    shift = rng.normal(0, THETA[4], people)
    y = [float(curve(a, np.array(shift[w]), THETA)) for w, a in zip(who, t, strict=True)]
    return fit_sigmoid(who, t, np.array(y) + rng.normal(0, THETA[5], who.size))


def test_the_fit_finds_what_made_the_data(model: SigmoidModel) -> None:
    errors = np.sqrt(np.diag(model.cov))
    truth = np.concatenate((THETA[:3], np.log(THETA[3:])))
    found = np.concatenate((model.theta[:3], np.log(model.theta[3:])))
    assert np.all(np.abs(found - truth) < 3.5 * errors)
    assert model.converged


def test_the_fit_lies_at_the_top(model: SigmoidModel) -> None:
    # the information is the curvature there: it must be positive in every direction
    assert np.all(np.linalg.eigvalsh(model.cov) > 0)


def test_a_person_s_prediction_integrates_the_shift(model: SigmoidModel) -> None:
    own = [i for i, who in enumerate(PERSON) if who == 0]
    u, density = on_a_grid(0, model.theta)
    weight = density / density.sum()
    found = predict_sigmoid(
        model, [TIME[i] for i in own], [LOW[i] for i in own], [HIGH[i] for i in own], [7.0, 9.0]
    )
    for k, t in enumerate((7.0, 9.0)):
        values = curve(t, u, model.theta)
        mean = float(weight @ values)
        assert found.prediction.mean[k] == pytest.approx(mean, abs=1e-6)
        assert found.sd_random[k] == pytest.approx(
            float(np.sqrt(weight @ (values - mean) ** 2)), abs=1e-6
        )


def test_the_delta_method_moves_with_the_parameters(model: SigmoidModel) -> None:
    # a person never seen, far beyond the change: expected is the last plateau, and so is its error
    none = np.empty(0)
    found = predict_sigmoid(model, none, none, none, [60.0])
    assert found.sd_fixed[0] == pytest.approx(float(np.sqrt(model.cov[1, 1])), rel=1e-3)
