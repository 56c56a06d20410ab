"""Processes of states: recursions against dense matrices, simulation, and integration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.linalg import expm

from ultrarare.stats.states import fit_states
from ultrarare.stats.states_kernel import EVENT, QUIET, UNSEEN, later_counts, log_likelihoods
from ultrarare.stats.states_likelihood import Layout
from ultrarare.stats.states_predict import look_ahead, predict_states
from ultrarare.stats.states_records import Observed, counted, observed, segments

TWO = np.log([[0.4, 5.0, 1.1, 0.8], [0.01, 9.0, 3.0, 0.2]])
THREE = np.log([[0.4, 2.0, 5.0, 1.1, 0.6, 0.8, 1.5], [0.1, 1.0, 9.0, 3.0, 0.2, 0.5, 2.0]])
RECORDS = [
    observed([(0.0, 2.0), (2.7, 4.0)], [0.3, 0.4, 1.9, 3.1, 4.0]),
    observed([(1.0, 3.5)], []),
    observed([(0.0, 1.0)], [0.2, 0.2, 0.9]),
]


def dense(theta, record: Observed, *, states: int) -> float:
    """Likelihood of one record as a product of dense exponentials, without any scaling."""
    made = Layout(states=states, heterogeneity=False).processes(theta[None, :])
    q, rates, vector = made.generators[0], made.rates[0], made.starts[0]
    cut = segments([record])
    for kind, length in zip(cut.kind, cut.length, strict=True):
        vector = vector @ expm((q if kind == UNSEEN else q - np.diag(rates)) * length)
        if kind == EVENT:
            vector = vector * rates
    return float(vector.sum())


def value(theta, records, *, states: int, heterogeneity: bool = False):
    made = Layout(states=states, heterogeneity=heterogeneity).processes(theta)
    cut = segments(records)
    return log_likelihoods(
        made.generators,
        made.rates,
        made.starts,
        made.multipliers,
        cut.kind,
        cut.length,
        cut.count,
        cut.first,
    )


@pytest.mark.parametrize(("theta", "states"), [(TWO, 2), (THREE, 3)])
def test_the_likelihood_is_the_product_of_dense_exponentials(theta, states):
    found = value(theta, RECORDS, states=states)

    for one, ours in zip(theta, found, strict=True):
        wanted = sum(np.log(dense(one, record, states=states)) for record in RECORDS)
        assert ours == pytest.approx(wanted, rel=1e-11)


def test_a_silent_quiet_state_is_a_hyperexponential_renewal_process():
    # Kuczura 1973: an interrupted Poisson process has hyperexponential times between events.
    rate, off, on = 6.0, 1.5, 0.5  # off: active to quiet
    theta = np.log([[1e-12, rate, on, off]])
    gaps = [0.1, 0.05, 1.3]
    record = observed([(0.0, sum(gaps))], np.cumsum(gaps))
    first, rest = observed([(0.0, 0.1)], [0.1]), gaps[1:]

    a = 0.5 * (rate + off + on + np.sqrt((rate + off + on) ** 2 - 4 * rate * on))
    b = 0.5 * (rate + off + on - np.sqrt((rate + off + on) ** 2 - 4 * rate * on))
    p = (rate - b) / (a - b)
    density = [p * a * np.exp(-a * g) + (1 - p) * b * np.exp(-b * g) for g in rest]

    whole, start = (float(value(theta, [r], states=2)[0]) for r in (record, first))
    assert whole - start == pytest.approx(np.log(density).sum(), rel=1e-9)


@pytest.mark.parametrize(("theta", "states"), [(TWO, 2), (THREE, 3)])
def test_counts_of_a_span_are_the_dated_records_integrated_over_the_times(theta, states):
    theta = theta[:1]
    one = np.exp(value(theta, [counted([(0.0, 0.8)], [1])], states=states)[0])

    wanted, _ = integrate.quad(
        lambda t: float(np.exp(value(theta, [observed([(0.0, 0.8)], [t])], states=states)[0])),
        0,
        0.8,
    )
    assert one == pytest.approx(wanted, rel=1e-8)


def test_equal_rates_are_a_poisson_process_however_often_the_state_changes():
    theta = np.log([[3.0, 1e-13, 40.0, 0.7]])
    made = Layout(states=2, heterogeneity=False).processes(theta)
    kind, length = np.array([QUIET, UNSEEN, QUIET]), np.array([1.0, 5.0, 0.5])
    now = made.starts[:, None, :]

    found = later_counts(made.generators, made.rates, made.multipliers, now, kind, length, 12)[0]

    np.testing.assert_allclose(found, stats.poisson.pmf(np.arange(13), 4.5), atol=1e-12)


def test_the_gamma_factor_with_equal_rates_comes_near_the_negative_binomial():
    theta = np.log([[3.0, 1e-13, 1.0, 1.0, 4.0]])
    found = value(theta, [counted([(0.0, 1.0)], [5])], states=2, heterogeneity=True)[0]

    # Eight classes of equal probability in place of the gamma distribution.
    assert np.exp(found) == pytest.approx(stats.nbinom.pmf(5, 4, 4 / 7), rel=0.03)


def made_cohort(rng, people: int = 40) -> list[Observed]:
    out = []
    for _ in range(people):
        here, state, when = 0.0, int(rng.random() < 0.5), []
        while here < 4:
            stop = min(here + rng.exponential(1.0), 4.0)
            when += list(rng.uniform(here, stop, rng.poisson((0.3, 8.0)[state] * (stop - here))))
            here, state = stop, 1 - state
        out.append(observed([(0.0, 4.0)], when))
    return out


@pytest.fixture(scope="module")
def fitted():
    return fit_states(made_cohort(np.random.default_rng(8)))


def test_no_point_of_a_wide_search_is_higher_than_the_fit(fitted):
    records = made_cohort(np.random.default_rng(8))
    centre = np.log([fitted.rates[0], fitted.rates[1] - fitted.rates[0]])
    moves = np.log([fitted.generator[0, 1], fitted.generator[1, 0]])
    theta = np.concatenate((centre, moves))
    rng = np.random.default_rng(1)
    near = theta + rng.normal(0, 1, (800, 4)) * rng.choice([0.003, 0.1, 1.5], (800, 1))

    assert value(theta[None, :], records, states=2)[0] == pytest.approx(fitted.loglik, abs=1e-8)
    assert value(near, records, states=2).max() <= fitted.loglik + 1e-9
    assert fitted.identified


def test_the_slope_at_the_fit_is_zero(fitted):
    records = made_cohort(np.random.default_rng(8))
    theta = np.log(
        [
            fitted.rates[0],
            fitted.rates[1] - fitted.rates[0],
            fitted.generator[0, 1],
            fitted.generator[1, 0],
        ]
    )
    step = 1e-4 * np.eye(4)
    slope = (value(theta + step, records, states=2) - value(theta - step, records, states=2)) / 2e-4

    np.testing.assert_allclose(slope, 0, atol=2e-4)


def test_more_points_change_the_prediction_by_little(fitted, monkeypatch):
    own = observed([(0.0, 1.0)], [0.1, 0.2, 0.5, 0.6, 0.7, 0.9])
    spans = np.array([[1.0, 2.0]])
    few = look_ahead(fitted, own, spans, now=1.0)
    monkeypatch.setattr("ultrarare.stats.states.POINTS", 2048)
    many = look_ahead(fit_states(made_cohort(np.random.default_rng(8))), own, spans, now=1.0)

    for count in (0, 1, 3):
        assert few.at_most(count) == pytest.approx(many.at_most(count), abs=0.005)


def test_the_prediction_is_what_simulated_people_do(fitted):
    # Parameters held at one point, the state at dosing known from a long active record.
    process = fitted
    own = observed([(0.0, 1.0)], np.linspace(0.02, 1.0, 12))
    outlook = look_ahead(process, own, np.array([[1.0, 1.6], [2.0, 2.5]]), now=1.0)
    made = outlook.processes
    rng = np.random.default_rng(5)
    counts, runs = [], []
    for m in rng.choice(outlook.weights.size, 3000, p=outlook.weights):
        here, state = 0.0, int(rng.random() < outlook.now[m, 0, 1])
        number, first = 0, np.inf
        while here < 1.5:
            stop = min(here + rng.exponential(-1 / made.generators[m, state, state]), 1.5)
            when = rng.uniform(here, stop, rng.poisson(made.rates[m, state] * (stop - here)))
            seen = when[(when < 0.6) | (when > 1.0)]
            number += seen.size
            first = min(first, seen.min(initial=np.inf))
            here, state = stop, 1 - state
        counts.append(number)
        runs.append(first)
    found = predict_states(outlook, 2, remission=0.4)

    assert found.p_at_most == pytest.approx(np.mean(np.array(counts) <= 2), abs=0.03)
    assert found.p_none == pytest.approx(np.mean(np.array(counts) == 0), abs=0.03)
    assert found.p_remission == pytest.approx(np.mean(np.array(runs) >= 0.4), abs=0.03)
    assert found.expected == pytest.approx(np.mean(counts), abs=0.15)


def test_the_limits_of_the_ratio_are_where_the_p_value_is_one_tail(fitted):
    own = observed([(0.0, 1.0)], [0.1, 0.2, 0.5, 0.6, 0.7, 0.9])
    outlook = look_ahead(fitted, own, np.array([[1.0, 2.0]]), now=1.0)
    found = predict_states(outlook, 3)

    assert found.rate_ratio_upper is not None
    low = outlook.probabilities(2, ratio=found.rate_ratio_lower).sum()
    assert 1 - low == pytest.approx(0.025, abs=5e-4)
    assert outlook.at_most(3, ratio=found.rate_ratio_upper) == pytest.approx(0.025, abs=5e-4)
