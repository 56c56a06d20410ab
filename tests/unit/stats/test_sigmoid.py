"""Sigmoid courses: what is refused, what is said, and what does not depend on units."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import NotComputable
from ultrarare.stats.sigmoid import fit_sigmoid, predict_sigmoid


def cohort(
    people: int = 24, times: tuple[float, ...] = (0, 2, 4, 6, 8, 10), seed: int = 3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    who, t = np.repeat(np.arange(people), len(times)), np.tile(np.array(times), people)
    u = rng.normal(0, 1.5, people)[who]
    y = 100 - 70 / (1 + np.exp(-(t - 5 - u) / 1.2)) + rng.normal(0, 4, who.size)
    return who, t, y


def test_units_and_order_do_not_matter():
    who, t, y = cohort()
    plain = fit_sigmoid(who, t, y)
    turned = np.random.default_rng(1).permutation(who.size)
    other = fit_sigmoid(who[turned], 365.25 * t[turned] + 1000, 10 * y[turned] - 5)
    scale = np.array([10, 10, 365.25, 365.25, 365.25, 10])
    moved = plain.theta * scale + np.array([-5, -5, 1000, 0, 0, 0])
    assert other.theta == pytest.approx(moved, rel=1e-3)
    assert other.cov[2, 2] == pytest.approx(plain.cov[2, 2] * 365.25**2, rel=1e-2)


def test_a_rising_course_is_the_falling_one_turned_over():
    who, t, y = cohort()
    falls, rises = fit_sigmoid(who, t, y), fit_sigmoid(who, t, -y)
    assert rises.theta[:2] == pytest.approx(-falls.theta[:2], rel=1e-4)
    assert rises.loglik == pytest.approx(falls.loglik, abs=1e-5)


def test_values_cut_at_the_floor_move_the_last_plateau_less_than_their_limit_would():
    who, t, y = cohort(60)
    low, high = np.where(y < 34, -np.inf, y), np.maximum(y, 34)
    honest, naive = fit_sigmoid(who, t, low, high), fit_sigmoid(who, t, high)
    assert honest.n_censored == int(np.sum(y < 34)) > 30
    assert abs(honest.theta[1] - 30) < abs(naive.theta[1] - 30)


def test_a_course_without_a_change_is_refused():
    rng = np.random.default_rng(4)
    who, t = np.repeat(np.arange(20), 5), np.tile(np.arange(5.0), 20)
    with pytest.raises(NotComputable, match="do not fix a curve"):
        fit_sigmoid(who, t, rng.normal(0, 1, who.size))


def test_a_plateau_that_nobody_reached_is_said_or_refused():
    who, t, y = cohort(times=(0, 1, 2, 3, 3.5))
    try:
        model = fit_sigmoid(who, t, y)
    except NotComputable:
        return
    assert any("last plateau is hardly seen" in caveat for caveat in model.caveats)


def test_more_visits_of_the_person_narrow_the_shift():
    who, t, y = cohort()
    model = fit_sigmoid(who, t, y)
    none = np.empty(0)
    before = predict_sigmoid(model, none, none, none, [6.0])
    after = predict_sigmoid(model, [4.0, 5.0], [90.0, 80.0], [90.0, 80.0], [6.0])
    assert after.sd_random[0] < before.sd_random[0] / 2
    assert before.sd_residual[0] == after.sd_residual[0] == model.residual_sd


def test_people_seen_twice_do_not_show_a_curve():
    who, t, y = cohort(times=(0, 5))
    with pytest.raises(NotComputable, match="with 3 or more visits"):
        fit_sigmoid(who, t, y)
