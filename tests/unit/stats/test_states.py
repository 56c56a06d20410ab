"""Records cut into segments, fits that say what they cannot show, and predictions in order."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.states import fit_states
from ultrarare.stats.states_kernel import COUNTED, EVENT, QUIET, UNSEEN, exponentials
from ultrarare.stats.states_panel import fit_panel
from ultrarare.stats.states_predict import look_ahead, predict_states
from ultrarare.stats.states_records import Observed, counted, observed, segments


def waxing(people: int = 30, *, seed: int = 4, time: float = 4.0) -> list[Observed]:
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(people):
        here, state, when = 0.0, int(rng.random() < 0.5), []
        while here < time:
            stop = min(here + rng.exponential(1.0), time)
            when += list(rng.uniform(here, stop, rng.poisson((0.2, 9.0)[state] * (stop - here))))
            here, state = stop, 1 - state
        out.append(observed([(0.0, time)], when))
    return out


@pytest.fixture(scope="module")
def process():
    return fit_states(waxing())


def test_a_record_is_cut_at_its_episodes_and_gaps():
    cut = segments([observed([(3.0, 4.0), (0.0, 2.0)], [4.0, 0.5])])

    assert cut.kind.tolist() == [EVENT, QUIET, UNSEEN, EVENT]
    assert cut.length.tolist() == [0.5, 1.5, 1.0, 1.0]


def test_spans_that_touch_are_joined_and_an_episode_on_the_joint_counts_once():
    record = observed([(1.0, 2.0), (0.0, 1.0)], [1.0])

    assert record.spans.tolist() == [[0.0, 2.0]]
    assert record.events == 1


def test_counts_by_span_stay_apart():
    cut = segments([counted([(0.0, 1.0), (1.0, 2.0)], [3, 0])])

    assert cut.kind.tolist() == [COUNTED, COUNTED]
    assert cut.count.tolist() == [3, 0]


def test_an_episode_on_the_day_of_dosing_belongs_to_the_time_before():
    record = observed([(0.0, 2.0)], [0.5, 1.0, 1.5])

    assert record.until(1.0).events == 2
    assert record.after(1.0).events == 1
    assert record.until(1.0).time + record.after(1.0).time == record.time


@pytest.mark.parametrize(
    ("spans", "times", "words"),
    [
        ([], [], "no time under observation"),
        ([(1.0, 1.0)], [], "end after it begins"),
        ([(0.0, 2.0), (1.0, 3.0)], [], "overlap"),
        ([(0.0, 1.0), (2.0, 3.0)], [1.5], "outside the time"),
        ([(0.0, 1.0)], [float("nan")], "finite"),
        ([(0.0, float("inf"))], [], "finite"),
    ],
)
def test_what_is_no_record_is_refused(spans: list[Any], times: list[float], words: str):
    with pytest.raises(InputError, match=words):
        observed(spans, times)


@pytest.mark.parametrize(
    ("records", "options", "kind"),
    [
        (waxing(2), {}, NotComputable),
        ([observed([(0.0, 1.0)], [])] * 5, {}, NotComputable),
        ([observed([(0.0, 1.0)], [0.5])] * 5, {}, NotComputable),
        (waxing(5), {"states": 5}, InputError),
        (waxing(5), {"states": 1}, InputError),
    ],
)
def test_what_cannot_show_states_is_refused(records, options, kind):
    with pytest.raises(kind):
        fit_states(records, **options)


def test_constant_rates_are_said_not_to_identify_the_states():
    rng = np.random.default_rng(2)
    flat = [observed([(0.0, 2.0)], rng.uniform(0, 2, rng.poisson(6))) for _ in range(30)]
    found = fit_states(flat)

    assert not found.identified
    assert "not identified" in found.caveats[0]
    assert found.dwell_lower == (None, None)


def test_the_fit_finds_the_states_it_was_made_from(process):
    assert process.identified
    assert process.rates[1] == pytest.approx(9.0, rel=0.2)
    assert all(
        low < 1.0 < high for low, high in zip(process.dwell_lower, process.dwell_upper, strict=True)
    )
    assert process.stationary.sum() == pytest.approx(1)
    json.dumps(process.to_rows(), allow_nan=False)
    assert "30 people" in process.summary()


def test_identical_people_are_fitted_and_nothing_is_nan():
    same = [observed([(0.0, 3.0)], [0.1, 0.2, 0.3, 2.9])] * 6
    found = fit_states(same)

    json.dumps(found.to_rows(), allow_nan=False)
    assert np.isfinite(found.weights).all()


def test_counts_by_span_show_the_same_states_as_dated_episodes(process):
    edges = [(0.25 * i, 0.25 * (i + 1)) for i in range(16)]
    records = []
    for record in waxing():
        assert record.times is not None
        number = np.histogram(record.times, np.arange(17) * 0.25)[0]
        records.append(counted(edges, number.tolist()))
    found = fit_states(records)

    np.testing.assert_allclose(found.dwell, process.dwell, rtol=0.25)
    np.testing.assert_allclose(found.rates, process.rates, rtol=0.25, atol=0.15)


def test_heterogeneity_that_is_not_there_is_not_found():
    found = fit_states(waxing(12, time=2.0), heterogeneity=True)

    assert found.shape is None or found.shape > 2
    assert found.points.shape[1] == 5


def test_an_active_record_makes_a_quiet_time_rarer(process):
    spans = np.array([[1.0, 2.0]])
    quiet = look_ahead(process, observed([(0.0, 1.0)], []), spans, now=1.0)
    active = look_ahead(process, observed([(0.0, 1.0)], np.linspace(0.1, 1, 9)), spans, now=1.0)
    unknown = look_ahead(process, None, spans, now=1.0)

    assert active.none() < unknown.none() < quiet.none()
    assert quiet.state_now[0] > 0.5 > active.state_now[0]


def test_a_gap_before_dosing_forgets_the_state(process):
    own = observed([(0.0, 1.0)], np.linspace(0.1, 1, 9))
    soon = look_ahead(process, own, np.array([[1.0, 2.0]]), now=1.0)
    late = look_ahead(process, own, np.array([[40.0, 41.0]]), now=40.0)
    nobody = look_ahead(process, None, np.array([[0.0, 1.0]]), now=0.0)

    assert soon.none() < late.none()
    assert late.none() == pytest.approx(nobody.none(), abs=0.02)


def test_nothing_seen_leaves_the_ratio_at_zero_with_an_upper_limit_or_a_caveat(process):
    own = observed([(0.0, 1.0)], np.linspace(0.1, 1, 9))
    found = predict_states(look_ahead(process, own, np.array([[1.0, 2.0]]), now=1.0), 0)

    assert found.rate_ratio == found.rate_ratio_lower == 0
    assert found.p_at_most == found.p_none == found.p_remission
    assert found.rate_ratio_upper is not None or "no rate ratio" in found.caveats[0]
    assert "0 events" in found.summary()


@pytest.mark.parametrize(("spans", "now"), [(np.empty((0, 2)), 1.0), (np.array([[0.5, 2.0]]), 1.0)])
def test_later_spans_must_lie_later(process, spans, now):
    with pytest.raises(InputError):
        look_ahead(process, None, spans, now=now)


def test_a_record_beyond_the_moment_of_prediction_is_refused(process):
    with pytest.raises(InputError, match="beyond"):
        look_ahead(process, observed([(0.0, 3.0)], []), np.array([[2.0, 3.0]]), now=2.0)


def test_the_matrix_exponential_holds_over_long_times():
    q = np.array([[-1.0, 1.0], [3.0, -3.0]])
    found = exponentials(q, np.array([0.0, 0.3, 500.0]))

    np.testing.assert_allclose(found[0], np.eye(2))
    fade = np.exp(-4 * 0.3)
    np.testing.assert_allclose(found[1][0], [0.75 + 0.25 * fade, 0.25 - 0.25 * fade], rtol=1e-12)
    np.testing.assert_allclose(found[2], [[0.75, 0.25]] * 2, rtol=1e-9)


PANEL = (["a", "a", "b", "b", "c", "c"], [0, 1, 0, 1, 0, 1], [1, 2, 2, 1, 1, 1])


def test_a_panel_of_two_states_has_the_closed_form():
    # Every interval is 1 long: the fitted transition matrix is that of the counts.
    person = [f"p{i}" for i in range(40) for _ in range(2)]
    state = [
        s for pair in [(1, 1)] * 15 + [(1, 2)] * 5 + [(2, 2)] * 12 + [(2, 1)] * 8 for s in pair
    ]
    found = fit_panel(person, [0, 1] * 40, state)

    np.testing.assert_allclose(found.transition(1.0), [[0.75, 0.25], [0.4, 0.6]], atol=1e-6)
    json.dumps(found.to_rows(), allow_nan=False)
    assert found.dwell[0] == pytest.approx(1 / found.generator[0, 1])


@pytest.mark.parametrize(
    ("person", "time", "state", "options", "kind"),
    [
        (*PANEL[:2], [1, 2, 2, 1, 1, 0], {}, InputError),
        (*PANEL[:2], [1, 2, 2, 1, 1, 5], {}, InputError),
        (PANEL[0], [0, 0, 0, 1, 0, 1], PANEL[2], {}, InputError),
        (["a", "b"], [0, 0], [1, 2], {}, NotComputable),
        (*PANEL, {"allowed": [[0, 1], [0, 0]]}, InputError),
        (*PANEL, {"allowed": [[0, 1, 0], [1, 0, 1], [0, 1, 0]]}, NotComputable),
        (*PANEL, {"allowed": [0, 1]}, InputError),
        (*PANEL, {"level": 1.0}, InputError),
        (["a", "a", "b", "b"], [0, 9, 0, 9], [1, 1, 2, 2], {"level": 0.95}, NotComputable),
    ],
)
def test_what_is_no_panel_is_refused(person, time, state, options, kind):
    with pytest.raises(kind):
        fit_panel(person, time, state, **options)


def test_a_state_that_nobody_leaves_has_no_mean_stay():
    person = [f"p{i}" for i in range(20) for _ in range(2)]
    state = [s for pair in [(1, 1)] * 12 + [(1, 2)] * 5 + [(2, 2)] * 3 for s in pair]
    found = fit_panel(person, [0, 1] * 20, state, allowed=[[0, 1], [0, 0]])

    assert found.dwell[1] is None
    assert found.dwell[0] == pytest.approx(-1 / np.log(12 / 17), rel=1e-5)
    assert "never left" in found.summary()


def test_visits_far_apart_are_told():
    rng = np.random.default_rng(1)
    person, time, state = [], [], []
    for i in range(150):
        now, here = 1, 0.0
        for when in (0.0, 0.1, 8.0, 16.0):
            while (here := here + rng.exponential(1.0)) <= when:
                now = 3 - now
            here = when
            person.append(f"p{i}")
            time.append(when)
            state.append(now)
    found = fit_panel(person, time, state)

    assert any("not seen" in caveat for caveat in found.caveats)
