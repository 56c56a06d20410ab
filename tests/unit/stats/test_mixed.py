"""Mixed models: what they refuse, and the edges they report."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.mixed import (
    PopulationModel,
    fit_random_intercept,
    fit_random_slope,
    population_from_summary,
)

Fit = Callable[..., PopulationModel]
FITS: list[Fit] = [fit_random_intercept, fit_random_slope]
PERSON, TIME = np.repeat(np.arange(6), 4), np.tile(np.arange(4.0), 6)


def values(seed: int, between: float = 2.0, slopes: float = 0.5) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    u = rng.normal(0, (between, slopes), (6, 2))
    return np.asarray(
        10 + u[PERSON, 0] + u[PERSON, 1] * TIME + rng.normal(0, 1, 24), dtype=np.float64
    )


@pytest.mark.parametrize("fit", FITS)
def test_a_missing_value_is_refused_not_dropped(fit: Fit) -> None:
    broken = values(1)
    broken[5] = np.nan

    with pytest.raises(InputError) as caught:
        fit(PERSON, TIME, broken)

    assert caught.value.where == "value[5]"


@pytest.mark.parametrize("fit", FITS)
def test_constant_values_are_not_computable(fit: Fit) -> None:
    with pytest.raises(NotComputable, match="every value is 3"):
        fit(PERSON, TIME, np.full(24, 3.0))


@pytest.mark.parametrize("fit", FITS)
def test_one_time_only_is_not_computable(fit: Fit) -> None:
    with pytest.raises(NotComputable, match="every visit is at time 2"):
        fit(PERSON, np.full(24, 2.0), values(1))


def test_visits_exactly_on_lines_leave_no_residual_to_predict_with() -> None:
    exact = PERSON * 2.0 + TIME

    with pytest.raises(NotComputable, match="no residual variation"):
        fit_random_intercept(PERSON, TIME, exact)


def test_single_visits_cannot_tell_people_from_noise() -> None:
    with pytest.raises(NotComputable, match="0 of them with 2 or more visits"):
        fit_random_intercept(np.arange(6), np.arange(6.0), np.arange(6.0) ** 2)


def test_slopes_need_three_visits_of_some_people() -> None:
    keep = TIME < 2

    with pytest.raises(NotComputable, match="3 or more visits"):
        fit_random_slope(PERSON[keep], TIME[keep], values(1)[keep])


def test_slopes_need_four_people() -> None:
    keep = PERSON < 3

    with pytest.raises(NotComputable, match="3 people"):
        fit_random_slope(PERSON[keep], TIME[keep], values(1)[keep])


def test_people_alike_give_a_variance_of_zero_and_a_caveat() -> None:
    rng = np.random.default_rng(8)
    y = rng.normal(0, 1, 24)
    for i in range(6):  # equal person means: less spread between people than chance gives
        y[i == PERSON] -= y[i == PERSON].mean()

    model = fit_random_intercept(PERSON, TIME, y)

    assert model.random_cov[0, 0] == 0
    assert any("estimated at 0" in caveat for caveat in model.caveats)


def test_equal_slopes_give_a_caveat_about_the_edge() -> None:
    rng = np.random.default_rng(9)
    y = rng.normal(0, 1, 24)
    t = TIME - 1.5
    for i in range(6):
        own = i == PERSON
        y[own] -= (y[own] @ t[own]) / (t[own] @ t[own]) * t[own]
        y[own] += 3 * i

    model = fit_random_slope(PERSON, TIME, y)

    assert model.random_cov[1, 1] < 1e-4
    assert any("edge" in caveat or "estimated at 0" in caveat for caveat in model.caveats)


def test_few_people_are_told() -> None:
    assert (
        "variances rest on only 6 people" in fit_random_intercept(PERSON, TIME, values(2)).caveats
    )


def test_only_people_with_repeats_inform_the_variances() -> None:
    # Of six people, two keep one visit, one keeps two, three keep all four.
    keep = ~(((PERSON < 2) & (TIME > 0)) | ((PERSON == 2) & (TIME > 1)))
    who, t, y = PERSON[keep], TIME[keep], values(2)[keep]

    level, slope = fit_random_intercept(who, t, y), fit_random_slope(who, t, y)

    assert (level.n_people, level.n_repeated, level.df) == (6, 4, 3)
    assert (slope.n_people, slope.n_repeated, slope.df) == (6, 3, 2)
    assert "variances rest on only 4 of 6 people, those with repeated visits" in level.caveats


def test_order_and_labels_of_people_do_not_matter() -> None:
    y = values(3)
    shuffled = np.random.default_rng(0).permutation(24)

    one = fit_random_slope(PERSON, TIME, y)
    other = fit_random_slope(100 + 7 * PERSON[shuffled], TIME[shuffled], y[shuffled])

    np.testing.assert_allclose(one.random_cov, other.random_cov, rtol=1e-5, atol=1e-7)
    assert one.loglik == pytest.approx(other.loglik)


def test_reliability_is_the_share_of_variance_between_people() -> None:
    model = population_from_summary(100.0, 3.0, 4.0, 40)

    assert model.reliability(2.0) == pytest.approx(9 / 25)
    assert model.beta_cov[0, 0] == pytest.approx(25 / 40)
    assert model.time_range is None
    assert any("without trend" in caveat for caveat in model.caveats)


@pytest.mark.parametrize(
    ("numbers", "where"),
    [
        ((float("nan"), 3.0, 4.0, 40), "mean[0]"),
        ((1.0, 0.0, 4.0, 40), "between_sd"),
        ((1.0, 3.0, -4.0, 40), "within_sd"),
        ((1.0, 3.0, 4.0, 2), "n_people"),
    ],
)
def test_a_summary_that_is_no_population_is_refused(
    numbers: tuple[float, float, float, int], where: str
) -> None:
    with pytest.raises(InputError) as caught:
        population_from_summary(*numbers)

    assert caught.value.where == where
