"""What must hold of any own-control comparison, and why entry on a bad baseline does no harm."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ultrarare.errors import NotComputable
from ultrarare.stats.mixed import (
    PopulationModel,
    fit_random_intercept,
    fit_random_slope,
    population_from_summary,
)
from ultrarare.stats.own_control import OwnControl, own_control
from ultrarare.stats.untreated import Prediction

Floats = NDArray[np.float64]

POPULATION = PopulationModel(
    beta=np.array([50.0, 0.8]),
    beta_cov=np.array([[0.9, -0.05], [-0.05, 0.02]]),
    random_cov=np.array([[36.0, -1.0], [-1.0, 0.25]]),
    residual_sd=4.0,
    n_people=25,
    n_repeated=25,
    n_visits=120,
    time_range=(0.0, 12.0),
    converged=True,
    loglik=None,
    method="made",
    caveats=(),
)
PRE, POST = np.arange(1.0, 4.0), np.arange(4.0, 8.0)
VALUES = st.lists(st.floats(20, 90), min_size=1, max_size=6)


def compare(pre: list[float], post: list[float]) -> OwnControl:
    return own_control(
        POPULATION,
        np.linspace(0, 3, len(pre)),
        pre,
        np.linspace(4, 10, len(post)),
        post,
        direction="lower",
    )


@settings(max_examples=40, deadline=None)
@given(VALUES, VALUES)
def test_the_expected_change_is_regression_plus_trend_and_the_rest_is_the_contrast(
    pre: list[float], post: list[float]
) -> None:
    found = compare(pre, post)

    assert found.expected_change_untreated == pytest.approx(
        found.regression_to_the_mean + found.trend
    )
    assert found.naive_difference == pytest.approx(found.expected_change_untreated + found.contrast)


@settings(max_examples=30, deadline=None)
@given(VALUES, VALUES)
def test_turning_values_and_direction_around_changes_no_verdict(
    pre: list[float], post: list[float]
) -> None:
    turned = own_control(
        replace(POPULATION, beta=-POPULATION.beta),
        np.linspace(0, 3, len(pre)),
        [-y for y in pre],
        np.linspace(4, 10, len(post)),
        [-y for y in post],
        direction="higher",
    )

    found = compare(pre, post)

    assert turned.contrast == pytest.approx(-found.contrast)
    assert turned.p_one_sided == pytest.approx(found.p_one_sided)
    assert turned.regression_verdict == found.regression_verdict


@pytest.mark.parametrize(("unit", "shift"), [(365.25, 0.0), (0.01, -400.0)])
def test_another_clock_gives_the_same_contrast(unit: float, shift: float) -> None:
    rng = np.random.default_rng(4)
    person, time = np.repeat(np.arange(15), 5), np.tile(np.arange(5.0), 15)
    u = rng.normal(0, (3.0, 0.5), (15, 2))
    value = 20 + u[person, 0] + u[person, 1] * time + rng.normal(0, 1, 75)

    def contrast(at: Floats) -> tuple[float, float]:
        model = fit_random_slope(person, at[:75], value)
        found = own_control(
            model, at[75:77], [24.0, 25.0], at[77:], [21.0, 20.0], direction="lower"
        )
        return found.contrast, found.expected_sd

    clock = np.concatenate((time, [0.0, 1.0, 3.0, 4.0]))
    assert contrast(unit * clock + shift) == pytest.approx(contrast(clock), rel=1e-4)


def test_a_cohort_in_which_two_people_were_seen_twice_finds_no_benefit_too_often() -> None:
    # Of 30 people all but two were seen once: the error rate was 0.11 on 29 degrees of freedom.
    rng = np.random.default_rng(41)
    person = np.concatenate((np.arange(30), [0, 1]))
    found = []
    for _ in range(160):
        time, y = rng.uniform(0, 7, 32), rng.normal() + rng.normal(size=7)
        value = rng.normal(size=30)[person] + rng.normal(size=32)
        with contextlib.suppress(NotComputable):  # two pairs alike: no variance within or between
            model = fit_random_intercept(person, time, value)
            found.append(own_control(model, PRE, y[:3], POST, y[3:], direction="lower"))

    wrong = np.mean([each.upper < 0 for each in found])

    assert len(found) > 110
    assert wrong < 0.025 + 3 * np.sqrt(0.025 * 0.975 / len(found))
    assert {each.regression_verdict for each in found} == {"cannot be judged"}


def untreated_people(seed: int, entered_above: float) -> Floats:
    """Seven visits of people whose first three visits had a mean above the entry rule's."""
    rng = np.random.default_rng(seed)
    y = np.sqrt(0.5) * (rng.normal(size=(9_000, 1)) + rng.normal(size=(9_000, 7)))
    return np.asarray(y[y[:, :3].mean(axis=1) > entered_above][:600], dtype=np.float64)


def compare_stable(person: Floats, seen: list[int]) -> OwnControl:
    """Own control with the pre-dosing visits in `seen`; half of the variance is between people."""
    known = population_from_summary(0.0, float(np.sqrt(0.5)), float(np.sqrt(0.5)), 200)
    return own_control(
        known, np.array(seen), person[seen], np.arange(3.0, 7.0), person[3:], direction="lower"
    )


def test_entry_on_a_bad_baseline_is_ignorable_because_the_baseline_is_conditioned_on() -> None:
    people = untreated_people(21, entered_above=0.8)

    results = [compare_stable(person, [0, 1, 2]) for person in people]

    wrong = np.mean([abs(r.contrast) > r.upper - r.contrast for r in results])
    error = np.sqrt(0.05 * 0.95 / len(people))
    assert wrong == pytest.approx(0.05, abs=3 * error)
    # The naive difference finds an improvement that is not there.
    assert np.mean([r.naive_difference for r in results]) < -0.25
    assert np.mean([r.contrast for r in results]) == pytest.approx(0, abs=0.05)


def test_showing_only_the_worst_of_the_baselines_breaks_what_the_model_conditions_on() -> None:
    people = untreated_people(22, entered_above=-9.0)

    results = [compare_stable(person, [int(np.argmax(person[:3]))]) for person in people]

    false_benefit = np.mean([-r.contrast > r.upper - r.contrast for r in results])
    assert false_benefit > 0.025 + 3 * np.sqrt(0.025 * 0.975 / len(people))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 5, 100, 5000]),
    st.floats(0.0005, 0.9995),
    st.sampled_from([1e-6, 1.0, 1e3]),
)
def test_a_quantile_of_a_mixture_has_the_probability_it_was_asked_for(
    seed: int, df: int, probability: float, apart: float
) -> None:
    rng = np.random.default_rng(seed)
    nodes, quantities = int(rng.integers(2, 40)), 3
    mixture = Prediction(
        weight=rng.dirichlet(np.full(nodes, 0.3)),
        centre=apart * rng.standard_normal((nodes, quantities)),
        scale=np.exp(2 * rng.standard_normal((nodes, quantities))),
        df=df,
    )

    at = mixture.quantile(probability)

    assert mixture.cdf(at) == pytest.approx(np.full(quantities, probability), abs=1e-8)
