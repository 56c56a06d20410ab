"""Dose–response curves and half-lives against R, closed forms and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ultrarare.errors import InputErrors, NotComputable
from ultrarare.stats.drugging.decay import fit_decay
from ultrarare.stats.drugging.dose_response import curve, fit_dose_response

MADE = [
    (0, 101.382337),
    (0, 103.286473),
    (0, 101.321748),
    (1, 91.800243),
    (1, 100.634296),
    (1, 98.798370),
    (3, 87.723872),
    (3, 92.196157),
    (3, 91.329974),
    (10, 70.720152),
    (10, 69.657311),
    (10, 71.730474),
    (30, 41.315747),
    (30, 43.609924),
    (30, 42.333086),
    (100, 29.842129),
    (100, 27.605632),
    (100, 26.276917),
    (300, 19.010758),
    (300, 21.109623),
    (300, 22.170961),
]
# R 4.2: m <- nls(y ~ s + (e-s)/(1+exp(-exp(b)*(log(pmax(d,1e-12))-c))),
#                 start=list(s=100, e=20, c=log(15), b=0)); coef(m); exp(confint(m, "c"))
R = {"s": 101.1845484, "e": 19.1613000, "c": 2.6941246, "b": 0.1827959}
R_LIMITS = (12.97899, 16.98034)


def test_the_curve_and_its_limits_are_those_of_r():
    dose, response = np.array(MADE).T
    found = fit_dose_response(dose, response)
    assert found.start == pytest.approx(R["s"], rel=1e-5)
    assert found.end == pytest.approx(R["e"], rel=1e-5)
    assert math.log(found.ec50.value) == pytest.approx(R["c"], rel=1e-5)
    assert math.log(found.slope) == pytest.approx(R["b"], rel=1e-3)
    assert (found.ec50.lower, found.ec50.upper) == pytest.approx(R_LIMITS, rel=2e-4)
    assert found.ec90.value == pytest.approx(found.ec50.value * 9 ** (1 / found.slope))
    assert found.doses == 6


def test_limits_hold_the_truth():
    rng = np.random.default_rng(3)
    dose = np.repeat([0, 1, 3, 10, 30, 100, 300], 2).astype(float)
    held = 0
    for _ in range(24):
        made = curve(dose, 100, 20, math.log(12), 1.0) + rng.normal(0, 4, 14)
        found = fit_dose_response(dose, made)
        low, high = found.ec50.lower, found.ec50.upper
        held += (low is None or low <= 12) and (high is None or high >= 12)
    assert held >= 20  # 22.8 of 24 expected


def test_a_curve_without_plateaus_is_refused():
    dose = np.repeat([1.0, 1.2, 1.4, 1.7], 3)
    rng = np.random.default_rng(5)
    with pytest.raises(NotComputable, match=r"plateau|half"):
        fit_dose_response(dose, 50 + rng.normal(0, 5, 12))
    with pytest.raises(NotComputable, match="equal"):
        fit_dose_response(dose, np.full(12, 3.0))
    with pytest.raises(InputErrors, match="at least 4"):
        fit_dose_response(np.array([0.0, 1, 1, 2, 2, 3]), np.arange(6.0))
    with pytest.raises(InputErrors, match="allowed is 0 or above"):
        fit_dose_response(np.array([-1.0, 1, 2, 3, 4, 5]), np.arange(6.0))


def test_a_half_life_by_least_squares():
    rng = np.random.default_rng(2)
    time = np.repeat([0.0, 1, 2, 4, 8], 2)
    amount = 50 * np.exp(-0.3 * time + rng.normal(0, 0.1, 10))
    found = fit_decay(time, amount)
    (slope, start), cov = np.polyfit(time, np.log(amount), 1, cov=True)
    assert found.half_life == pytest.approx(math.log(2) / -slope)
    assert found.start == pytest.approx(math.exp(start))
    reach = 2.306004 * math.sqrt(cov[0, 0])
    assert found.lower == pytest.approx(math.log(2) / (-slope + reach), rel=1e-5)
    assert found.upper == pytest.approx(math.log(2) / (-slope - reach), rel=1e-5)


def test_what_does_not_fall_or_bends_is_told():
    time = np.array([0.0, 1, 2, 3, 4, 5])
    with pytest.raises(NotComputable, match="does not fall"):
        fit_decay(time, np.exp(0.1 * time))
    bent = fit_decay(time, np.exp(-0.2 * time**2) + 1e-6)
    assert bent.bends is not None
    assert bent.bends < 0.01
    noisy = fit_decay(time[:3], np.array([10.0, 3.0, 9.0]))
    assert noisy.upper is None
    with pytest.raises(InputErrors, match="holds 0 or less"):
        fit_decay(time, np.zeros(6))
