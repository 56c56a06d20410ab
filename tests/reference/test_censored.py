"""Censored values and sigmoid courses against R.

Data: censored_visits.csv (values below 9 and above 20 known as bounds) and sigmoid_visits.csv, both
simulated. Expected: censored.R beside this file, R 4.2.2, survival 3.5.3, run 2026-11-26: `survreg`
without a random effect; with one, R's `integrate` for each person and `optim`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.censored import censored_log_likelihood, fit_censored
from ultrarare.stats.sigmoid import fit_sigmoid

HERE = Path(__file__).parent
FILES = (HERE / "censored_visits.csv", HERE / "sigmoid_visits.csv")
PERSON, TIME, LOW, HIGH = np.genfromtxt(FILES[0], delimiter=",", skip_header=1).T
WHO, WHEN, WHAT = np.genfromtxt(FILES[1], delimiter=",", skip_header=1).T

# fmt: off
R = {
    "survreg": (15.575254567, -0.631358255, 3.559287200, -234.621875542),  # b, sd, log-likelihood
    "intercept": (15.779622399, -0.658926649, 3.045804246, 1.585047888, -189.781198019),
    "sigmoid": (  # first, last, midpoint, scale, sd of the shift, residual sd, log-likelihood
        98.616325533, 30.775756365, 5.173641166, 1.062127597, 1.240970056, 3.826663600,
        -294.374238544,
    ),
}
# fmt: on


def ours(name: str) -> list[float]:
    if name == "sigmoid":
        curve = fit_sigmoid(WHO, WHEN, WHAT)
        return [*curve.theta, curve.loglik]
    model = fit_censored(PERSON, TIME, LOW, HIGH)
    p = model.population
    return [*p.beta, float(np.sqrt(p.random_cov[0, 0])), p.residual_sd, model.loglik]


@pytest.mark.parametrize("name", ["intercept", "sigmoid"])
def test_the_fit_agrees_with_integrate_and_optim(name: str) -> None:
    assert ours(name) == pytest.approx(R[name], rel=1e-5)


def test_the_likelihood_without_a_random_effect_is_that_of_survreg() -> None:
    level, slope, sd, wanted = R["survreg"]
    found = censored_log_likelihood(
        PERSON, TIME, LOW, HIGH, beta=[level, slope], root=[[0.0]], residual_sd=sd
    )
    assert found == pytest.approx(wanted, rel=1e-8)


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_r() -> None:
    done = subprocess.run(
        ["Rscript", str(HERE / "censored.R"), *(str(file) for file in FILES)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    lines = (line.split() for line in done.stdout.splitlines())
    found = {first: [float(x) for x in rest] for first, *rest in lines if first in R}
    assert set(found) == set(R)
    for name, wanted in found.items():
        assert wanted == pytest.approx(R[name], rel=1e-6)
