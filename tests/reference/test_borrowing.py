"""Borrowing against R and published draws.

R: borrowing.R beside this file, R 4.2.2, base only (adaptive integration, not our grids).
Draws: six placebo arms of trials in Crohn's disease (mean change of the index), meta-analytic
predictive prior with 100,000 draws by RBesT 1.6-6; sampling error about 0.1 on mean and sd.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.borrowing.commensurate import commensurate_prior
from ultrarare.stats.borrowing.comparison import borrow
from ultrarare.stats.borrowing.conflict import conflict_p
from ultrarare.stats.borrowing.evidence import binary_evidence, count_evidence, normal_evidence
from ultrarare.stats.borrowing.meta_analytic import meta_analytic_prior
from ultrarare.stats.borrowing.power import power_prior
from ultrarare.stats.borrowing.prior import (
    BorrowingPrior,
    moments,
    posterior,
    probability_below,
    quantiles,
)
from ultrarare.stats.borrowing.size import prior_size

SCRIPT = Path(__file__).with_name("borrowing.R")
CROHN = normal_evidence([-51, -49, -36, -47, -90, -54], n=[74, 166, 328, 20, 25, 58], sd=88)
CONTROL = normal_evidence([-75], n=[10], sd=88)
R = {
    "map_normal": [-49.818812085488, 19.421838918368, 0.225986122755, 14.424522881970],
    "robust_normal": [0.105196627479, -57.468532421999],
    "conflict_normal": [0.432254356369],
    "power_count": [0.423441202594, 1.090415613214, 2.243910015254, 5.2],
    "npp": [2.842936049214, 2.307003879400, 0.396420976153, 2.298095983913],
    "commensurate": [2.9809220985692, 0.9979629490591, 0.0245718048998],
    "binary_benefit": [0.979370117187],
}
DRAWS = {
    "mean": -49.84614685,
    "sd": 19.42409614,
    "2.5%": -91.89261169,
    "50%": -48.5872875,
    "97.5%": -11.30579058,
    "tau": 14.4271455,
}


def crohn() -> BorrowingPrior:
    return meta_analytic_prior(CROHN, tau_scale=44, mean_sd=88)


def below(prior: BorrowingPrior, at: float) -> float:
    """P(θ ≤ at) of a tabulated prior."""
    return probability_below(prior.theta, prior.density, at)


@pytest.mark.needs_r
def test_the_script_prints_these_numbers() -> None:
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=120
    )
    lines = [line.split() for line in done.stdout.splitlines() if not line.startswith("#")]
    assert {name: [float(x) for x in rest] for name, *rest in lines} == {
        name: pytest.approx(numbers, rel=1e-9) for name, numbers in R.items()
    }


def test_the_predictive_prior_of_means() -> None:
    prior = crohn()
    mean, sd = moments(prior.theta, prior.density)
    tau = float(prior.layer_weight @ prior.layer_value)
    assert [mean, sd, below(prior, -60), tau] == pytest.approx(R["map_normal"], rel=3e-5)


def test_published_draws_lie_within_their_own_sampling_error() -> None:
    prior = crohn()
    mean, sd = moments(prior.theta, prior.density)
    low, middle, high = quantiles(prior.theta, prior.density, (0.025, 0.5, 0.975))
    assert [mean, middle] == pytest.approx([DRAWS["mean"], DRAWS["50%"]], abs=0.15)
    assert sd == pytest.approx(DRAWS["sd"], abs=0.15)
    assert [low, high] == pytest.approx([DRAWS["2.5%"], DRAWS["97.5%"]], abs=0.4)
    assert float(prior.layer_weight @ prior.layer_value) == pytest.approx(DRAWS["tau"], abs=0.1)


def test_the_robust_posterior_of_means() -> None:
    after = posterior(crohn().robust(0.2), CONTROL)
    found = [after.vague_weight, moments(crohn().theta, after.density)[0]]
    assert found == pytest.approx(R["robust_normal"], rel=1e-5)


def test_the_conflict_of_a_mean() -> None:
    assert conflict_p(crohn(), CONTROL) == pytest.approx(R["conflict_normal"][0], abs=1e-3)


def test_a_power_prior_of_counts_is_a_gamma() -> None:
    history = count_evidence([5, 8, 2], [4, 6, 3])
    prior = power_prior(history, power=0.4, mean_sd=25, finest=0.05)
    found = np.exp(quantiles(prior.theta, prior.density, (0.025, 0.5, 0.975)))
    size = prior_size(prior)
    assert found == pytest.approx(R["power_count"][:3], rel=3e-4)  # of the start N(0, 25²)
    assert [size.elir, size.moment] == pytest.approx([R["power_count"][3]] * 2, rel=2e-3)


def test_the_normalised_power_prior_learns_its_power() -> None:
    prior = power_prior(normal_evidence([3], se=[0.8]), power_beta=(1, 2), mean_sd=10, finest=0.5)
    after = posterior(prior, normal_evidence([2.2], se=[0.5]))
    mean, sd = moments(prior.theta, prior.density)
    power = float(after.layer_weight @ prior.layer_value)
    found = [mean, sd, power, moments(prior.theta, after.density)[0]]
    assert found == pytest.approx(R["npp"], rel=1e-5)


def test_the_commensurate_prior_of_a_mean() -> None:
    prior = commensurate_prior(normal_evidence([3], se=[0.8]), tau_scale=0.6, mean_sd=10)
    found = [*moments(prior.theta, prior.density), below(prior, 1)]
    assert found[:2] == pytest.approx(R["commensurate"][:2], rel=1e-5)
    assert found[2] == pytest.approx(R["commensurate"][2], rel=1e-4)


def test_the_probability_of_benefit_of_proportions() -> None:
    prior = meta_analytic_prior(binary_evidence([3], [9]), tau_scale=1, mean_sd=2)
    found = borrow(
        prior.robust(1),
        binary_evidence([4], [5]),
        control=binary_evidence([1], [6]),
        direction="higher",
    )
    assert found.p_benefit == pytest.approx(R["binary_benefit"][0], abs=1e-5)
