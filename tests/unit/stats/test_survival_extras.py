"""Groups, causes, ages and families of survival: what is refused and what is said beside."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.competing import cumulative_incidence
from ultrarare.stats.log_rank import log_rank
from ultrarare.stats.parametric_survival import fit_parametric, lack_of_fit
from ultrarare.stats.survival import kaplan_meier
from ultrarare.stats.survival_extras import (
    conditional_kaplan_meier,
    exact_limits,
    median_reported,
    restricted_mean,
)
from ultrarare.stats.untreated_hazard import hazard_of_people

TIME = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
EVENT = np.array([1, 0, 1, 1, 0, 1, 0, 1, 0, 0])


def test_median_age_at_reported_death_is_not_median_survival() -> None:
    reported = median_reported(TIME, EVENT)

    assert reported == 4
    assert kaplan_meier(TIME, EVENT).median() == 8


def test_a_horizon_beyond_follow_up_has_no_mean() -> None:
    with pytest.raises(NotComputable, match="beyond 10"):
        restricted_mean(kaplan_meier(TIME, EVENT), 11)


def test_nobody_at_an_age_gives_no_curve_from_it() -> None:
    with pytest.raises(NotComputable, match="nobody was under observation"):
        conditional_kaplan_meier(TIME, EVENT, given=10)


def test_exact_limits_stand_where_the_log_log_interval_does_not() -> None:
    hazard = hazard_of_people([1, 2, 3], [1, 1, 1])

    lower, upper = exact_limits(hazard, np.array([0.5, 3.0]), start=0.0)

    assert upper.tolist() == pytest.approx([1.0, 1 - 0.025 ** (1 / 3)])
    assert lower[0] == pytest.approx(0.025 ** (1 / 3))
    assert lower[1] == 0


def test_an_end_without_its_cause_is_named() -> None:
    with pytest.raises(InputError, match="no cause"):
        cumulative_incidence([1, 2, 3], [1, 1, 0], ["a", "", ""])


def test_one_minus_survival_that_censors_the_other_cause_is_too_high() -> None:
    cause = np.where(np.arange(10) % 2 == 0, "a", "b")

    found = cumulative_incidence(TIME, np.ones(10), cause)

    naive = 1 - kaplan_meier(TIME, cause == "a").survival[-1]
    assert found.incidence[-1].sum() == pytest.approx(1)
    assert found.incidence[-1, 0] == pytest.approx(0.5)
    assert naive > 0.7


def test_groups_that_were_never_at_risk_together_are_not_compared() -> None:
    with pytest.raises(NotComputable, match="at risk together"):
        log_rank([2, 3, 8, 9], [1, 1, 1, 1], ["a", "a", "b", "b"], entry=[0, 0, 5, 5])


def test_one_group_alone_is_not_compared() -> None:
    with pytest.raises(InputError, match="at least two"):
        log_rank([2, 3], [1, 1], ["a", "a"])


def test_a_log_rank_of_few_events_is_called_rough() -> None:
    found = log_rank(TIME, EVENT, ["a", "b"] * 5)

    assert any("rough" in text for text in found.caveats)


def test_too_few_events_do_not_carry_a_family() -> None:
    with pytest.raises(NotComputable, match="do not carry"):
        fit_parametric([1, 2, 3, 4], [1, 1, 0, 0], "weibull")


def test_all_events_at_one_time_give_no_weibull() -> None:
    with pytest.raises(NotComputable, match="do not carry"):
        fit_parametric([3] * 6, [1] * 6, "weibull")


def test_an_unknown_family_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="log-logistic"):
        fit_parametric(TIME, EVENT, "gompertz")  # type: ignore[arg-type]


def test_fits_raise_no_warning_and_say_that_the_tail_is_not_data() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_parametric(TIME, EVENT, "weibull")
        value, lower, upper = fit.survival([0.0, 5.0, 50.0])

    assert value[0] == 1
    assert (lower <= value).all()
    assert (value <= upper).all()
    assert any("not the data's" in text for text in fit.caveats)
    assert any("5 events carry 2 parameters" in text for text in fit.caveats)


def test_a_family_that_does_not_fit_says_so() -> None:
    ages, event = 10 * np.random.default_rng(3).weibull(3, 200), np.ones(200)

    fit = fit_parametric(ages, event, "exponential")

    assert fit.outside > 20
    assert any("lies outside the exact limits" in text for text in fit.caveats)
    wider = fit_parametric(ages, event, "generalised gamma")
    p = lack_of_fit(fit, wider)
    assert p is not None
    assert p < 0.01
