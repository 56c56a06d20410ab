"""Fitting untreated courses: what is found, what is refused, and that units do not matter."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.gls import dense_pieces, pieces, unpack
from ultrarare.stats.gls_visits import grouped
from ultrarare.stats.mixed import fit_random_intercept, fit_random_slope
from ultrarare.stats.own_control import own_control
from ultrarare.stats.trajectory import fit_trajectory, median_gap
from ultrarare.stats.untreated_course import choose_course


def made(seed=1, people=30, visits=6, c=0.0, bend=0.0):
    rng = np.random.default_rng(seed)
    t = np.tile(np.arange(visits, dtype=np.float64), people)
    who = np.repeat(np.arange(people), visits)
    distance = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    cov = np.where(distance == 0, 1.0, float(c) ** distance)
    noise = rng.multivariate_normal(np.zeros(visits), cov, people).ravel()
    y = 50 + np.repeat(rng.normal(0, 3, people), visits) - t + noise
    return who, t, y + bend * np.maximum(0.0, t - 3)


def test_without_extras_the_course_is_that_of_the_plain_fits():
    data = made()
    for shape, plain in (("intercept", fit_random_intercept), ("slope", fit_random_slope)):
        ours, other = fit_trajectory(*data, shape=shape, grid=False), plain(*data)  # type: ignore[arg-type]
        assert ours.loglik == pytest.approx(other.loglik, abs=1e-5)
        assert ours.beta == pytest.approx(other.beta, rel=1e-6)
        assert ours.residual_sd == pytest.approx(other.residual_sd, rel=1e-3)


def test_serial_correlation_is_found_where_it_is():
    found = fit_trajectory(*made(c=0.6, people=60), serial=True, grid=False)
    assert found.correlation == pytest.approx(0.6, abs=0.12)
    assert "serial correlation" in found.method


def test_a_change_point_is_found_where_it_is():
    found = fit_trajectory(*made(bend=-2.0, people=60), shape="change-point", grid=False)
    assert found.knot == pytest.approx(3.0, abs=0.4)
    assert found.beta[2] == pytest.approx(-2.0, abs=0.4)


def test_units_of_time_and_value_do_not_matter():
    who, t, y = made(c=0.4)
    one = fit_trajectory(who, t, y, serial=True)
    two = fit_trajectory(who, 365.25 * t + 1000, 0.01 * y, serial=True)
    assert two.beta[1] == pytest.approx(one.beta[1] * 0.01 / 365.25, rel=1e-5)
    assert two.correlation**365.25 == pytest.approx(one.correlation, rel=1e-4)
    assert one.nodes is not None
    assert two.nodes is not None
    assert two.nodes.weight.size == one.nodes.weight.size


@pytest.mark.parametrize(
    "settings",
    [
        {"shape": "intercept"},
        {"shape": "slope"},
        {"serial": True},
        {"serial": True, "nugget": True},
    ],
)
def test_half_the_grid_changes_the_answer_by_less_than_two_hundredths(settings):
    model = fit_trajectory(*made(people=40, c=0.3), **settings)
    found = own_control(model, [0, 1, 2], [55, 54, 55], [3, 4, 5], [52, 53, 51], direction="higher")
    assert found.grid_change is not None
    assert found.grid_change < 0.02


def test_four_sources_are_told_and_sum_to_the_predictive_variance():
    model = fit_trajectory(*made(people=20))
    found = own_control(model, [0, 1], [55, 54], [3, 4], [52, 53], direction="higher")
    assert found.sd_variance is not None
    assert min(found.sd_residual, found.sd_random, found.sd_fixed) > 0
    assert found.expected_sd == pytest.approx(
        np.sqrt(found.sd_residual**2 + found.sd_random**2 + found.sd_fixed**2)
    )


def test_the_gap_is_the_median_between_neighbours():
    assert median_gap([0, 0, 0, 1, 1], [0, 1, 3, 5, 6]) == 1.0


def test_bad_settings_are_errors():
    who, t, y = made()
    with pytest.raises(InputError, match="nugget needs the serial part"):
        fit_trajectory(who, t, y, nugget=True)
    with pytest.raises(InputError, match="lies outside the visits"):
        fit_trajectory(who, t, y, shape="change-point", knot=99.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda who, t, y: (who, np.zeros_like(t), y), "every visit is at time 0"),
        (lambda who, t, y: (who, t, np.ones_like(y)), "every value is 1"),
        (lambda who, t, _: (who, t, who + 2.0 * t), "no residual variation"),
        (lambda _, t, y: (np.arange(t.size), t, y), "0 of them with 2 or more visits"),
    ],
)
def test_data_that_cannot_carry_a_course_are_refused(change, words):
    with pytest.raises(NotComputable) as caught:
        fit_trajectory(*change(*made()))
    assert words in str(caught.value)
    assert caught.value.remedy


def test_two_visits_at_one_time_leave_no_serial_part() -> None:
    rng = np.random.default_rng(1)
    who, t = np.repeat(np.arange(12), 5), np.tile([0.0, 1, 1, 2, 3], 12)
    y = rng.standard_normal(12)[who] + rng.standard_normal(60)
    with pytest.raises(NotComputable, match="12 visits are at the time of another"):
        fit_trajectory(who, t, y, serial=True)
    assert choose_course(who, t, y, slopes=False).serial == "not looked for"


def test_the_likelihood_is_the_same_by_whitening_and_by_a_factor_of_each_covariance() -> None:
    rng = np.random.default_rng(2)
    who = np.repeat(np.arange(9), 4)
    t, y = rng.uniform(0, 5, 36), rng.standard_normal(36)
    for q in (1, 2):
        visits = grouped(who, t, y, q=q, gap=1.0, serial=True, nugget=False, restricted=True)
        at = unpack(rng.normal(0, 0.7, q * (q + 1) // 2 + 1), visits)
        fast, slow = pieces(visits, at), dense_pieces(visits, at)
        assert fast.log_det == pytest.approx(slow.log_det)
        assert fast.yvy == pytest.approx(slow.yvy)
        assert fast.xvx == pytest.approx(slow.xvx)
        assert fast.xvy == pytest.approx(slow.xvy)
