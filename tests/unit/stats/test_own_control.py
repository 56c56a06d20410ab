"""Own control: what it refuses, its verdicts and its caveats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.mixed import PopulationModel, fit_random_intercept, population_from_summary
from ultrarare.stats.own_control import OwnControl, own_control
from ultrarare.stats.untreated import predict_untreated

STABLE = population_from_summary(100.0, 20.0, 10.0, 60)
FITTED = replace(STABLE, time_range=(0.0, 10.0))


def compare(post: float, *, population: PopulationModel = STABLE, **options: Any) -> OwnControl:
    wiggle = np.array([-2.0, 1.0, 3.0, -2.0])
    return own_control(
        population,
        [0.0, 1.0, 2.0],
        [128.0, 135.0, 127.0],
        [4.0, 5.0, 6.0, 7.0],
        post + wiggle,
        **{"direction": "lower"} | options,
    )


def test_a_large_improvement_excludes_regression_to_the_mean() -> None:
    found = compare(80.0)

    assert found.regression_verdict == "excluded"
    assert found.upper < 0
    assert found.p_one_sided < 0.001
    assert found.regression_to_the_mean < 0  # a bad baseline falls by itself
    assert found.trend == 0  # a summary has none


def test_what_regression_explains_is_not_excluded_although_the_naive_test_is_sure() -> None:
    found = compare(117.0)

    assert found.naive is not None
    assert found.naive.p < 0.05
    assert found.regression_verdict == "not excluded"
    assert found.reason == "the interval of the contrast holds 0"
    assert found.tipping_reliability is None


def test_no_improvement_is_not_excluded_whatever_its_size() -> None:
    found = compare(190.0)

    assert found.regression_verdict == "not excluded"
    assert found.lower > 0
    assert found.p_one_sided > 0.99


@pytest.mark.parametrize(
    ("population", "reason"),
    [
        (replace(STABLE, n_people=4), "rests on 4 people"),
        (replace(STABLE, n_repeated=7), "7 of 60 untreated people have the repeated visits"),
        (replace(STABLE, converged=False), "did not converge"),
        (replace(STABLE, time_range=(0.0, 3.0)), "outside the times"),
    ],
)
def test_a_course_that_is_not_known_cannot_be_judged(
    population: PopulationModel, reason: str
) -> None:
    found = compare(80.0, population=population)

    assert found.regression_verdict == "cannot be judged"
    assert reason in found.reason


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"pre_time": [], "pre_value": []}, "pre_time"),
        ({"post_time": [], "post_value": []}, "post_time"),
        ({"pre_value": [1.0, np.nan]}, "pre_value[1]"),
        ({"post_value": [1.0]}, "post_time"),
        ({"pre_time": [0.0, 4.0]}, "pre_time"),
        ({"direction": "down"}, "direction"),
        ({"margin": -1.0}, "margin[0]"),
        ({"entry_threshold": np.inf}, "entry_threshold[0]"),
        ({"level": 95.0}, "level"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_place(
    change: dict[str, Any], where: str
) -> None:
    visits: dict[str, Any] = {
        "pre_time": [0.0, 1.0],
        "pre_value": [120.0, 125.0],
        "post_time": [4.0, 5.0],
        "post_value": [90.0, 95.0],
        "direction": "lower",
    }

    with pytest.raises(InputError) as caught:
        own_control(STABLE, **visits | change)

    assert caught.value.where == where


@pytest.mark.parametrize(
    ("population", "found"),
    [
        (replace(STABLE, random_cov=np.zeros((2, 2))), "no variance between people"),
        (replace(STABLE, residual_sd=0.0), "residual sd is 0"),
    ],
)
def test_a_population_without_variance_cannot_be_used(
    population: PopulationModel, found: str
) -> None:
    with pytest.raises(NotComputable, match=found):
        compare(80.0, population=population)


def test_serial_correlation_is_always_told() -> None:
    assert any("serial correlation" in caveat for caveat in compare(80.0).caveats)


def test_one_visit_before_dosing_is_told_and_has_no_naive_interval() -> None:
    found = own_control(STABLE, [0.0], [130.0], [4.0, 5.0], [90.0, 95.0], direction="lower")

    assert found.naive is None
    assert found.naive_difference == pytest.approx(-37.5)
    assert any("single measurement" in caveat for caveat in found.caveats)


def test_a_baseline_unlike_the_population_is_told() -> None:
    strange = own_control(
        STABLE, [0.0, 1.0], [180.0, 185.0], [4.0, 5.0], [90.0, 95.0], direction="lower"
    )

    assert any("unlike the population" in caveat for caveat in strange.caveats)
    assert not any("unlike the population" in caveat for caveat in compare(80.0).caveats)


def test_a_baseline_too_unlike_the_population_cannot_be_judged() -> None:
    # A single measurement has sd √(20²+10²)·√(1+1/60) around 100: 3.25 of these sds, then 3.35.
    sd = np.sqrt(500 * (1 + 1 / 60))

    odd, strange = (
        own_control(STABLE, [0.0], [100 + z * sd], [4.0, 5.0], [60.0, 65.0], direction="lower")
        for z in (3.25, 3.35)
    )

    assert odd.baseline_p > 0.001 > strange.baseline_p
    assert odd.regression_verdict == "excluded"
    assert strange.regression_verdict == "cannot be judged"
    assert "unlike the untreated population" in strange.reason
    assert strange.upper < 0  # the numbers stay as they are


def test_visits_outside_the_populations_times_are_told() -> None:
    found = compare(80.0, population=replace(STABLE, time_range=(0.0, 6.5)))

    assert any("1 of 4 post-dosing visits" in caveat for caveat in found.caveats)


def test_the_populations_caveats_come_along() -> None:
    assert any("published summary" in caveat for caveat in compare(80.0).caveats)


def test_a_baseline_that_misses_its_own_entry_rule_is_told() -> None:
    assert any("does not meet" in c for c in compare(80.0, entry_threshold=140.0).caveats)
    assert not any("does not meet" in c for c in compare(80.0, entry_threshold=120.0).caveats)


def test_davis_regression_is_towards_the_mean_and_only_with_an_entry_rule() -> None:
    assert compare(80.0).davis_regression is None
    lower = compare(80.0, entry_threshold=120.0).davis_regression
    higher = compare(80.0, direction="higher", entry_threshold=90.0).davis_regression
    assert lower is not None
    assert higher is not None
    assert lower < 0 < higher


def test_an_entry_rule_far_out_still_has_a_finite_regression() -> None:
    found = compare(80.0, entry_threshold=2000.0).davis_regression

    assert found is not None
    assert np.isfinite(found)


def test_a_margin_is_exceeded_less_surely_than_zero() -> None:
    none, some = compare(80.0, margin=0.0), compare(80.0, margin=30.0)

    assert none.p_exceeds_margin == pytest.approx(1 - none.p_one_sided)
    assert some.p_exceeds_margin is not None
    assert some.p_exceeds_margin < 1 - some.p_one_sided
    assert compare(80.0).p_exceeds_margin is None


def test_more_visits_make_the_baseline_more_reliable() -> None:
    found = compare(80.0)

    assert found.reliability == pytest.approx(0.8)
    assert found.baseline_reliability == pytest.approx(400 / (400 + 100 / 3))


def test_rows_and_summary_speak_of_the_same_comparison() -> None:
    found = compare(80.0, population=FITTED)

    assert [row["time"] for row in found.to_rows()] == [4, 5, 6, 7]
    assert "excluded" in found.summary()
    assert f"{found.contrast:.4g}" in found.summary()


def test_the_simulated_error_rate_of_the_nearest_setting_comes_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stable = compare(80.0)
    sloped = replace(STABLE, random_cov=np.array([[400.0, 0.0], [0.0, 4.0]]))

    assert (stable.size.course, stable.size.n_people, stable.size.n_pre) == ("stable", 50, 4)
    progressive = compare(80.0, population=sloped)
    assert progressive.size.course == "progressive"
    for found in (stable, progressive):  # 0.06 is where the caveat begins
        said = any("nominally 5%" in caveat for caveat in found.caveats)
        assert said == (found.size.ours_type1 > 0.06)
    rate = stable.size.ours_type1
    for limit, told in ((rate - 1e-4, True), (rate + 1e-4, False)):
        monkeypatch.setattr("ultrarare.stats.own_control_caveats._TOLERATED", limit)
        again = compare(80.0)
        assert any(f"{100 * rate:.1f}% of simulated" in c for c in again.caveats) == told


def test_the_fan_of_a_figure_is_the_band_of_the_comparison() -> None:
    found = compare(80.0)

    fan = predict_untreated(STABLE, [0.0, 1.0, 2.0], [128.0, 135.0, 127.0], [4.0, 5.0, 6.0, 7.0])

    np.testing.assert_array_equal(fan.lower, found.band.lower)


def test_a_cohort_too_small_to_show_stress_says_what_stress_would_cost() -> None:
    def caveats(people: int) -> str:
        rng = np.random.default_rng(5)
        who, t = np.repeat(np.arange(people), 6), np.tile(np.arange(6.0), people)
        y = rng.standard_normal(people)[who] + rng.standard_normal(who.size)
        model = fit_random_intercept(who, t, y)
        found = own_control(model, [2, 3], [1, 1], [4, 5], [0, 0], direction="lower")
        return "; ".join(found.caveats)

    assert "8 people do not show whether visits correlate" in caveats(8)
    assert "do not show whether visits correlate" not in caveats(40)
