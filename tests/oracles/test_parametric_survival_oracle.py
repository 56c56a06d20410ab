"""Parametric fits with delayed entry against lifelines, and the generalised gamma's corners."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import (
    GeneralizedGammaFitter,
    LogLogisticFitter,
    LogNormalFitter,
    WeibullFitter,
)

from ultrarare.stats.arrays import Flags, Floats
from ultrarare.stats.parametric_survival import Family, fit_parametric, lack_of_fit


def made(seed: int, n: int = 150) -> tuple[Floats, Flags, Floats]:
    rng = np.random.default_rng(seed)
    whole = 10 * rng.weibull(1.6, 4 * n)
    entry = rng.uniform(0, 6, 4 * n)
    kept = whole > entry
    end = np.minimum(whole, entry + rng.uniform(2, 9, 4 * n))
    seen = whole <= end
    return end[kept][:n], seen[kept][:n], entry[kept][:n]


@pytest.mark.parametrize(
    ("family", "fitter"),
    [
        ("weibull", WeibullFitter),
        ("log-normal", LogNormalFitter),
        ("log-logistic", LogLogisticFitter),
    ],
)
def test_agrees_with_lifelines_when_people_enter_late(family: Family, fitter: type) -> None:
    time, event, entry = made(3)

    ours = fit_parametric(time, event, family, entry=entry)

    theirs = fitter().fit(time, event, entry=entry)
    ages = np.array([2.0, 5.0, 9.0])
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood_, abs=1e-4)
    assert ours.survival(ages)[0] == pytest.approx(
        theirs.survival_function_at_times(ages).to_numpy(), abs=2e-4
    )


def test_the_generalised_gamma_agrees_with_lifelines() -> None:
    time, event, entry = made(5)

    ours = fit_parametric(time, event, "generalised gamma", entry=entry)

    theirs = GeneralizedGammaFitter().fit(time, event, entry=entry)
    assert ours.log_likelihood >= theirs.log_likelihood_ - 1e-4


@pytest.mark.parametrize("family", ["exponential", "weibull", "log-normal"])
def test_a_nested_family_never_fits_better_than_the_generalised_gamma(family: Family) -> None:
    time, event, entry = made(7)

    wide = fit_parametric(time, event, "generalised gamma", entry=entry)
    narrow = fit_parametric(time, event, family, entry=entry)

    assert narrow.log_likelihood <= wide.log_likelihood + 1e-6
    p = lack_of_fit(narrow, wide)
    assert p is not None
    assert 0 <= p <= 1


def test_the_exponential_is_events_over_time() -> None:
    time, event, entry = made(9)

    fit = fit_parametric(time, event, "exponential", entry=entry)

    rate = event.sum() / (time - entry).sum()
    assert np.exp(-fit.estimate[0]) == pytest.approx(rate, rel=1e-7)
    assert fit.covariance[0, 0] == pytest.approx(1 / event.sum(), rel=1e-5)
