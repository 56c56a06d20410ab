"""What must hold of any prediction by states, and of ranks among untreated people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.remission import EntryRule, entered, rank
from ultrarare.stats.states import fit_states
from ultrarare.stats.states_predict import look_ahead
from ultrarare.stats.states_records import Observed, observed


def waxing(rng: np.random.Generator, time: float = 4.0, *, scale: float = 1.0) -> Observed:
    here, state, when = 0.0, int(rng.random() < 0.5), []
    while here < time:
        stop = min(here + rng.exponential(1.0), time)
        when += list(rng.uniform(here, stop, rng.poisson((0.3, 8.0)[state] * (stop - here))))
        here, state = stop, 1 - state
    return observed([(0.0, scale * time)], scale * np.array(when))


def people(scale: float = 1.0) -> list[Observed]:
    rng = np.random.default_rng(9)
    return [waxing(rng, scale=scale) for _ in range(25)]


@pytest.fixture(scope="module")
def process():
    return fit_states(people())


TIMES = st.lists(st.floats(0.01, 0.99), max_size=9, unique=True)


@settings(max_examples=40, deadline=None)
@given(TIMES, st.integers(0, 12), st.floats(0.05, 3.0))
def test_more_events_and_shorter_times_are_never_rarer(process, times, count, length):
    own = observed([(0.0, 1.0)], times)
    short = look_ahead(process, own, np.array([[1.0, 1.0 + length]]), now=1.0)
    long = look_ahead(process, own, np.array([[1.0, 1.5 + length]]), now=1.0)

    assert 0 <= long.at_most(count) <= short.at_most(count) + 1e-9 <= 1 + 2e-9
    assert short.at_most(count) <= short.at_most(count + 1) + 1e-12
    assert short.none() == pytest.approx(short.at_most(0), rel=1e-9)
    assert short.at_most(count, ratio=0.5) >= short.at_most(count) - 1e-12


@settings(max_examples=25, deadline=None)
@given(TIMES, st.floats(0.1, 0.9))
def test_a_span_that_is_cut_in_two_predicts_the_same(process, times, cut):
    own = observed([(0.0, 1.0)], times)
    whole = look_ahead(process, own, np.array([[1.0, 2.0]]), now=1.0)
    parts = look_ahead(process, own, np.array([[1.0, 1 + cut], [1 + cut, 2.0]]), now=1.0)

    np.testing.assert_allclose(parts.probabilities(8), whole.probabilities(8), atol=1e-10)


def test_the_unit_of_time_changes_no_probability(process):
    days = fit_states(people(365.25))
    own, spans = [0.1, 0.4, 0.8], np.array([[1.0, 2.0]])
    years = look_ahead(process, observed([(0.0, 1.0)], own), spans, now=1.0)
    other = look_ahead(
        days, observed([(0.0, 365.25)], 365.25 * np.array(own)), 365.25 * spans, now=365.25
    )

    np.testing.assert_allclose(days.dwell, 365.25 * process.dwell, rtol=1e-3)
    assert other.none() == pytest.approx(years.none(), abs=2e-4)


def test_the_order_of_people_changes_nothing_but_rounding(process):
    found = fit_states(people()[::-1])

    np.testing.assert_allclose(found.dwell, process.dwell, rtol=1e-4)


def test_the_same_records_give_the_same_bits(process):
    again = fit_states(people())

    assert again.points.tobytes() == process.points.tobytes()
    assert again.weights.tobytes() == process.weights.tobytes()


def test_the_rank_of_an_exchangeable_person_is_no_smaller_than_it_should_be():
    rng = np.random.default_rng(12)
    rule, p = EntryRule(at_least=3, window=1.0), []
    for _ in range(150):
        group = entered([waxing(rng) for _ in range(60)], rule, 1.0)
        own = None
        while own is None or own.person.size == 0:
            candidate = waxing(rng, 2.0)
            if rule.holds(candidate, 1.0):
                own = entered([candidate], rule, 1.0)
        p.append(rank(group, int(own.count[0]), float(own.run[0])).p_at_most)

    assert np.mean(np.array(p) <= 0.1) <= 0.1 + 2 * np.sqrt(0.09 / 150)
