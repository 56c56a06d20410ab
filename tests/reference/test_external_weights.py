"""Weights, scores and summaries of external controls against R.

Data: made. Expected: external_weights.R beside this file, R 4.2.2, survival 3.5-3, run 2026-11-25:
glm, lm, weighted survfit (restricted means), martingale residuals, poisson.test, t.test, and
Firth's penalised likelihood maximised by optim.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.external.bootstrap import weighted_difference
from ultrarare.stats.external.logistic import propensity
from ultrarare.stats.external.randomisation import randomisation_test
from ultrarare.stats.external.resample import restricted_mean
from ultrarare.stats.external.scores import log_rank_scores
from ultrarare.stats.external.summaries import mean_difference, rate_ratio
from ultrarare.stats.external.weights import weigh

SCRIPT = Path(__file__).with_name("external_weights.R")

X1 = [0.2, 1.1, 0.9, 1.6, -0.4, 0.3, -1.2, 0.8, 0.1, -0.7, 1.3, 0.5, -0.1, -1.5, 0.6, 1.9]
X2 = [1.0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0]
X = np.column_stack((X1, X2))
A = np.arange(16) < 5
TIME = np.array([5.0, 3, 8, 6, 7, 2, 4, 4, 1, 9, 3, 6, 2, 5, 8, 7])
EVENT = np.array([1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1], dtype=bool)
Y = X[:, 0] - 0.5 * X[:, 1] + TIME / 4

R = {
    "coefficients": [-1.639122550178, 0.708961067193, 1.101910548202],
    "differences": [0.413429673702, 0.328709502923],
    "coefficient": [0.349147442327],
    "restricted": [5.6, 4.4832601682, 5.54773328057, 4.46602929611],
    "firth": [-5.55731652710, 1.01883820923],
    "rate": [0.3451428571429, 0.0659180430761, 1.1559109557054],
    "none": [0.0, 2.12327798574],
    "welch": [-6.826452826853, 1.426452826853, 0.161692920322, 6.206355890221],
}


def restricted(method: str) -> list[float]:
    weights = weigh(method, X, A)  # type: ignore[arg-type]
    order = np.argsort(TIME)
    out = []
    for arm, given in ((A, weights.treated), (~A, weights.untreated)):
        w = np.zeros(16)
        w[arm] = given
        out.append(restricted_mean(TIME[order], EVENT[order], w[order], 7.0))
    return out


def ours() -> dict[str, list[float]]:
    b1, b0 = np.arange(1.0, 9.0)[:, None], np.array([0, 0, 0, 0, 0, 1, 1, 1], dtype=bool)
    rate, none = rate_ratio(3, 12.5, 21, 30.2), rate_ratio(0, 4, 6, 10)
    assert rate.ratio is not None
    assert rate.upper is not None
    assert none.upper is not None
    test = randomisation_test(Y, A, covariates=X, rng=np.random.default_rng(1))
    first, second = np.array([1.0, 2, 4, 7]), np.array([3.0, 5, 9, 6, 8])
    mean = mean_difference(
        (float(first.mean()), float(first.std(ddof=1)), 4),
        (float(second.mean()), float(second.std(ddof=1)), 5),
    )
    return {
        "coefficients": propensity(X, A).coefficients.tolist(),
        "score": propensity(X, A).probability.tolist(),
        "differences": [weighted_difference(m, Y, A, X) for m in ("odds", "overlap")],
        "coefficient": [test.estimate],
        "restricted": [*restricted("odds"), *restricted("overlap")],
        "scores": log_rank_scores(TIME, EVENT).tolist(),
        "firth": propensity(b1, b0).coefficients.tolist(),
        "rate": [rate.ratio, rate.lower, rate.upper],
        "none": [none.lower, none.upper],
        "welch": [mean.lower, mean.upper, mean.p_two_sided, mean.df],
    }


@pytest.mark.parametrize("name", R)
def test_agrees_with_r(name):
    # optim stops where the likelihood is flat to machine precision, that is 1e-6 in Firth's.
    tolerance = 5e-6 if name == "firth" else 1e-9
    np.testing.assert_allclose(ours()[name], R[name], rtol=tolerance, atol=tolerance)


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_r():
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    printed = {
        (parts := line.split())[0]: [float(x) for x in parts[1:]]
        for line in done.stdout.splitlines()[1:]
    }
    found = ours()

    assert set(printed) == set(found)
    for name, values in found.items():
        tolerance = 5e-6 if name == "firth" else 1e-8
        np.testing.assert_allclose(values, printed[name], rtol=tolerance, atol=tolerance)
