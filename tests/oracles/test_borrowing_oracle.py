"""Borrowing against dense sums that share no code with it, and against enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, multivariate_normal, norm, poisson

from ultrarare.stats.borrowing.commensurate import SpikeAndSlab, commensurate_prior
from ultrarare.stats.borrowing.comparison import borrow
from ultrarare.stats.borrowing.conflict import conflict_p
from ultrarare.stats.borrowing.evidence import (
    Evidence,
    binary_evidence,
    count_evidence,
    normal_evidence,
)
from ultrarare.stats.borrowing.meta_analytic import meta_analytic_prior
from ultrarare.stats.borrowing.operating import operating_characteristics
from ultrarare.stats.borrowing.power import power_prior
from ultrarare.stats.borrowing.prior import BorrowingPrior, moments

Floats = NDArray[np.float64]


def likelihoods(evidence: Evidence, theta: Floats) -> Floats:
    """(k, n) by scipy's own mass functions."""
    y, size = evidence.y[:, None], evidence.size[:, None]
    if evidence.kind == "normal":
        return np.asarray(norm.pdf(y, theta, size))
    if evidence.kind == "binary":
        return np.asarray(binom.pmf(y, size, 1 / (1 + np.exp(-theta))))
    return np.asarray(poisson.pmf(y, size * np.exp(theta)))


def dense_map(evidence: Evidence, tau_scale: float, mean_sd: float, theta: Floats) -> Floats:
    """Predictive density of a new θ by plain sums over τ, μ and every group's θ."""
    tau = (np.arange(160) + 0.5) * 4.5 * tau_scale / 160
    mu = np.linspace(-4.5 * mean_sd, 4.5 * mean_sd, 241)
    inner = np.linspace(-14, 12, 1301)
    like = likelihoods(evidence, inner)
    out = np.zeros(theta.size)
    for t in tau:
        kernel = np.exp(-0.5 * ((inner - mu[:, None]) / t) ** 2)
        kernel /= kernel.sum(axis=1, keepdims=True)
        weight = np.prod(kernel @ like.T, axis=1) * norm.pdf(mu, 0, mean_sd)
        weight *= norm.pdf(t, 0, tau_scale)
        out += weight @ norm.pdf(theta, mu[:, None], t)
    return np.asarray(out / (out.sum() * (theta[1] - theta[0])))


@pytest.mark.parametrize(
    "evidence",
    [
        binary_evidence([2, 0, 5], [8, 6, 9]),
        count_evidence([3, 0, 7], [2.0, 1.5, 4.0]),
    ],
    ids=["binary", "count"],
)
def test_the_predictive_prior_of_events_is_the_sum_over_everything(evidence: Evidence) -> None:
    prior = meta_analytic_prior(evidence, tau_scale=1.0, mean_sd=2.0)
    theta = np.linspace(-13, 11, 2401)
    expected = dense_map(evidence, 1.0, 2.0, theta)
    mean, sd = moments(theta, expected)
    found_mean, found_sd = moments(prior.theta, prior.density)
    cdf = (np.cumsum(expected) - expected / 2) * (theta[1] - theta[0])
    own = (np.cumsum(prior.density) - prior.density / 2) * prior.step
    own = np.interp(theta, prior.theta, own)

    assert [found_mean, found_sd] == pytest.approx([mean, sd], abs=2e-3 * sd)
    assert np.abs(cdf - own).max() < 2e-3


def test_the_predictive_prior_of_means_is_the_conditional_of_one_large_normal() -> None:
    y, se = np.array([1.2, 0.1, 2.0, 0.7]), np.array([0.4, 0.3, 0.6, 0.2])
    prior = meta_analytic_prior(
        normal_evidence(y, se=se), tau_scale=0.8, mean_centre=0.5, mean_sd=3.0
    )
    tau = (np.arange(2000) + 0.5) * 4.4 / 2000
    weight, mean, second = np.zeros(2000), np.zeros(2000), np.zeros(2000)
    for i, t in enumerate(tau):
        cov = np.full((5, 5), 9.0) + np.diag([*(se**2 + t**2), t**2])
        weight[i] = multivariate_normal.pdf(y, np.full(4, 0.5), cov[:4, :4])
        gain = np.linalg.solve(cov[:4, :4], cov[:4, 4])
        mean[i] = 0.5 + gain @ (y - 0.5)
        second[i] = cov[4, 4] - gain @ cov[:4, 4] + mean[i] ** 2
    weight *= norm.pdf(tau, 0, 0.8)
    weight /= weight.sum()
    centre = float(weight @ mean)
    spread = float(np.sqrt(weight @ second - centre**2))

    assert moments(prior.theta, prior.density) == pytest.approx((centre, spread), rel=1e-5)


def test_a_spike_and_slab_is_a_mixture_of_blurs() -> None:
    shape = SpikeAndSlab(spike=0.05, weight=0.6, low=0.2, high=1.5)
    prior = commensurate_prior(normal_evidence([1.0], se=[0.3]), spike_and_slab=shape, mean_sd=60)
    slab = 0.2 + 1.3 * (np.arange(400) + 0.5) / 400
    cdf = 0.6 * norm.cdf(prior.theta, 1.0, np.hypot(0.3, 0.05))
    wide = np.asarray(norm.cdf(prior.theta[:, None], 1.0, np.hypot(0.3, slab)))
    cdf = cdf + 0.4 * wide.mean(axis=1)
    own = (np.cumsum(prior.density) - prior.density / 2) * prior.step

    assert np.abs(own - cdf).max() < 1e-3


def test_a_fixed_power_prior_of_a_mean_is_one_normal() -> None:
    prior = power_prior(normal_evidence([2, 4], se=[0.5, 1.0]), power=0.3, mean_sd=5.0)
    precision = 0.3 * (1 / 0.25 + 1) + 1 / 25
    centre = 0.3 * (2 / 0.25 + 4) / precision

    assert moments(prior.theta, prior.density) == pytest.approx((centre, precision**-0.5), rel=1e-5)


def map_of(kind: str) -> tuple[BorrowingPrior, float, float]:
    """A robust prior, and the sizes of both planned groups."""
    if kind == "binary":
        history = binary_evidence([3, 6, 2], [10, 14, 9])
        return meta_analytic_prior(history, tau_scale=0.7, mean_sd=2, vague_weight=0.3), 4, 3
    history = count_evidence([6, 4], [3.0, 2.5])
    return meta_analytic_prior(history, tau_scale=0.5, mean_sd=2, vague_weight=0.3), 1.5, 1.0


@pytest.mark.parametrize("kind", ["binary", "count"])
def test_error_rates_of_events_are_the_sum_over_every_pair_of_outcomes(kind: str) -> None:
    prior, treated, control = map_of(kind)
    centre = moments(prior.theta, prior.density)[0]
    found = operating_characteristics(
        prior,
        treated_size=treated,
        control_size=control,
        direction="lower",
        drift=[0.8],
        effect=1.5,
        level=0.8,
    )
    make = binary_evidence if kind == "binary" else count_evidence
    theta = moments(prior.theta, prior.robust(0).density)[0] + 0.8
    assert abs(theta - centre - 0.8) < 0.5
    false, power, most = 0.0, 0.0, (4, 3) if kind == "binary" else (22, 18)
    for y in range(most[0] + 1):
        for c in range(most[1] + 1):
            one = borrow(
                prior,
                make([y], [treated]),
                control=make([c], [control]),
                direction="lower",
                level=0.8,
            )
            if one.p_benefit < 0.9:
                continue
            chance = likelihoods(make([c], [control]), np.array([theta]))[0, 0]
            same = likelihoods(make([y], [treated]), np.array([theta, theta - 1.5]))[0]
            false += chance * same[0]
            power += chance * same[1]

    assert [found.false_benefit[0], found.power[0]] == pytest.approx([false, power], abs=1e-4)


def test_error_rates_of_means_are_those_of_simulated_trials() -> None:
    prior = meta_analytic_prior(
        normal_evidence([0.2, -0.3, 0.1], n=[20, 15, 30], sd=1.0),
        tau_scale=0.3,
        mean_sd=2,
        vague_weight=0.3,
    )
    found = operating_characteristics(
        prior,
        treated_size=0.5,
        control_size=0.5,
        direction="higher",
        drift=[0.6],
        effect=1.5,
        level=0.8,
    )
    rng = np.random.default_rng(5)
    truth = moments(prior.theta, prior.density)[0] + 0.6
    hits = []
    for _ in range(150):
        control, treated = truth + 0.5 * rng.standard_normal(2)
        ours = borrow(
            prior,
            normal_evidence([treated], se=[0.5], sd=1.0),
            control=normal_evidence([control], se=[0.5], sd=1.0),
            direction="higher",
            level=0.8,
        )
        hits.append(ours.p_benefit >= 0.9)
    rate = float(found.false_benefit[0])

    assert np.mean(hits) == pytest.approx(rate, abs=3.5 * np.sqrt(rate * (1 - rate) / 150))


def test_without_a_history_and_without_controls_error_rates_are_in_closed_form() -> None:
    prior = power_prior(normal_evidence([1.0], se=[0.4], sd=2.0), power=1.0, mean_sd=60)
    found = operating_characteristics(
        prior, treated_size=0.7, direction="higher", drift=[0.0, 0.5, -1.0], effect=1.0
    )
    limit = norm.ppf(0.975) * np.hypot(0.4, 0.7)  # of treated mean minus history's mean
    drift = np.array([0.0, 0.5, -1.0])

    assert found.false_benefit == pytest.approx(norm.sf(limit, drift, 0.7), abs=1e-4)
    assert found.power == pytest.approx(norm.sf(limit, drift + 1, 0.7), abs=1e-4)
    assert found.bias == pytest.approx(-drift, abs=1e-5)


@pytest.mark.parametrize("kind", ["binary", "count"])
def test_the_conflict_of_events_is_the_sum_of_outcomes_no_more_likely(kind: str) -> None:
    prior = map_of(kind)[0].robust(0)
    make = binary_evidence if kind == "binary" else count_evidence
    size, seen, most = (7, 6, 7) if kind == "binary" else (2.0, 9, 2000)
    chance = np.array(
        [
            likelihoods(make([y], [size]), prior.theta)[0] @ prior.density * prior.step
            for y in range(most + 1)
        ]
    )
    expected = float(chance[chance <= chance[seen] * (1 + 1e-9)].sum())

    assert conflict_p(prior, make([seen], [size])) == pytest.approx(expected, abs=1e-6)
