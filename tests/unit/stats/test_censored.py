"""Bounds as values: what is refused, and what is said."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.censored import fit_censored


def cohort(people: int = 12, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    who, t = np.repeat(np.arange(people), 4), np.tile(np.arange(4.0), people)
    return who, t, 10 + rng.normal(0, 2, people)[who] - t + rng.normal(0, 1, who.size)


def cut(y: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    return np.where(y < limit, -np.inf, y), np.where(y < limit, limit, y)


def test_the_slope_is_not_flattened_by_the_limit_as_it_is_by_putting_the_limit_in_its_place():
    who, t, y = cohort(200)
    low, high = cut(y, 8.0)
    honest = fit_censored(who, t, low, high).population.beta[1]
    naive = fit_censored(who, t, high, high).population.beta[1]
    assert honest == pytest.approx(-1.0, abs=0.15)
    assert naive > -0.85


def test_a_range_that_closes_in_on_a_value_becomes_that_value():
    who, t, y = cohort()
    wide = fit_censored(who, t, np.where(t == 2, y - 1e-5, y), np.where(t == 2, y + 1e-5, y))
    exact = fit_censored(who, t, y, y)
    assert wide.population.beta == pytest.approx(exact.population.beta, abs=1e-4)


def test_values_far_beyond_the_limit_leave_a_finite_likelihood():
    who, t, y = cohort()
    low, high = y.copy(), y.copy()
    low[3], high[3] = 1000.0, np.inf
    assert np.isfinite(fit_censored(who, t, low, high).loglik)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ([1.0, 5.0], [1.0, 4.0], "from low to high"),
        ([1.0, -np.inf], [1.0, np.inf], "from low to high"),
        ([1.0, np.nan], [1.0, 2.0], "from low to high"),
        ([1.0], [1.0, 2.0], "of one length"),
    ],
)
def test_bounds_that_are_none_are_an_error(low, high, said):
    with pytest.raises(InputError, match=said):
        fit_censored([0, 1], [0.0, 1.0], low, high)


def test_lengths_that_differ_are_an_error():
    with pytest.raises(InputError, match="lengths must be equal"):
        fit_censored([0, 1, 2], [0.0, 1.0, 2.0], [1.0, 2.0], [1.0, 2.0])


def test_nearly_everything_censored_is_refused():
    who, t, y = cohort()
    with pytest.raises(NotComputable, match="values are exact; needed are 5") as caught:
        fit_censored(who, t, *cut(y, 100.0))
    assert "another assay" in str(caught.value.remedy)


def test_more_than_half_censored_is_said():
    who, t, y = cohort(40)
    model = fit_censored(who, t, *cut(y, float(np.quantile(y, 0.6))))
    assert any("% of the values are bounds" in caveat for caveat in model.population.caveats)
    assert model.n_censored == 96


@pytest.mark.parametrize(
    ("who", "t", "y", "said"),
    [
        ([0, 0, 1, 1], [0, 1, 0, 1], [1, 2, 3, 4], "2 people, 2 of them"),
        ([0, 1, 2, 3], [0, 1, 0, 1], [1, 2, 3, 4], "4 people, 0 of them"),
        ([0, 0, 1, 1, 2, 2], [0, 1] * 3, [1.0] * 6, "every exact value is 1"),
    ],
)
def test_visits_that_cannot_answer_are_refused(who, t, y, said):
    with pytest.raises(NotComputable, match=said):
        fit_censored(who, t, y, y)


def test_people_who_lie_on_lines_are_refused():
    who, t, _ = cohort()
    y = 3.0 * who + t
    with pytest.raises(NotComputable, match="no residual variation"):
        fit_censored(who, t, y, y)


def test_people_alike_leave_a_variance_of_zero_that_is_said():
    rng = np.random.default_rng(2)
    who, t = np.repeat(np.arange(30), 4), np.tile(np.arange(4.0), 30)
    y = rng.normal(0, 1, who.size)
    y -= np.array([y[who == i].mean() for i in range(30)])[who]  # less than chance between people
    model = fit_censored(who, t, *cut(y, -1.0))
    assert any("variance of levels is estimated at 0" in text for text in model.population.caveats)
    assert np.all(np.isfinite(model.population.beta_cov))
