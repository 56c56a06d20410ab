"""What must hold of any untreated cohort and any few treated people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats
from ultrarare.stats.competing import cumulative_incidence
from ultrarare.stats.log_rank import log_rank
from ultrarare.stats.survival import kaplan_meier
from ultrarare.stats.survival_of_few import SurvivalOfFew, survival_of_few
from ultrarare.stats.untreated_hazard import UntreatedHazard, hazard_of_people

PEOPLE = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 9), st.booleans()), min_size=4, max_size=25
)


def columns(people: list[tuple[int, int, bool]]) -> tuple[Floats, Floats, Floats]:
    table = np.array(people, dtype=np.float64)
    return table[:, 0] + table[:, 1], table[:, 2], table[:, 0]


def compared(hazard: UntreatedHazard, *, events: int) -> SurvivalOfFew:
    exits = np.minimum(hazard.follow_up, hazard.start + np.array([3.0, 5, 6, 9]))
    seen = np.arange(4) < events
    try:
        return survival_of_few(
            hazard, np.full(4, hazard.start), exits, seen, until=np.full(4, hazard.follow_up)
        )
    except NotComputable:
        reject()


@settings(max_examples=40, deadline=None)
@given(PEOPLE, st.integers(0, 3))
def test_probabilities_are_a_law_and_fewer_events_are_never_less_rare(
    people: list[tuple[int, int, bool]], events: int
) -> None:
    time, event, entry = columns(people)
    hazard = hazard_of_people(time, event, entry=entry)

    found = compared(hazard, events=events)

    assert found.alive_probability.sum() == pytest.approx(1)
    assert 0 < found.p_better <= 1
    assert found.floor <= found.p_value + 1e-12
    assert found.plug_in_p <= 1
    assert (found.exceedance_lower <= found.exceedance + 1e-9).all()
    assert (found.exceedance <= found.exceedance_upper + 1e-9).all()


@settings(max_examples=25, deadline=None)
@given(PEOPLE)
def test_the_unit_of_time_changes_nothing(people: list[tuple[int, int, bool]]) -> None:
    time, event, entry = columns(people)
    years = compared(hazard_of_people(time, event, entry=entry), events=1)

    days = survival_of_few(
        hazard_of_people(time * 365, event, entry=entry * 365),
        years.begin * 365, years.exit * 365, years.event, until=years.end * 365,
    )  # fmt: skip

    assert days.p_value == pytest.approx(years.p_value)
    assert days.exceedance == pytest.approx(years.exceedance)


@settings(max_examples=40, deadline=None)
@given(PEOPLE, st.integers(0, 99))
def test_causes_add_up_to_one_minus_survival(
    people: list[tuple[int, int, bool]], seed: int
) -> None:
    time, event, entry = columns(people)
    assume(event.any())
    cause = np.where(np.random.default_rng(seed).random(time.size) < 0.5, "a", "b")

    found = cumulative_incidence(time, event, cause, entry=entry)

    curve = kaplan_meier(time, event, entry=entry)
    assert found.survival == pytest.approx(curve.survival)
    assert found.incidence.sum(axis=1) == pytest.approx(1 - curve.survival)
    assert (np.diff(found.incidence, axis=0) >= -1e-12).all()


@settings(max_examples=30, deadline=None)
@given(PEOPLE, st.integers(0, 99))
def test_the_log_rank_test_knows_no_order_of_groups(
    people: list[tuple[int, int, bool]], seed: int
) -> None:
    time, event, entry = columns(people)
    group = np.random.default_rng(seed).integers(0, 2, time.size)
    assume(0 < group.sum() < group.size)
    try:
        one = log_rank(time, event, group, entry=entry)
    except NotComputable:
        reject()

    other = log_rank(time, event, 1 - group, entry=entry)

    assert one.statistic == pytest.approx(other.statistic)
    assert one.observed.sum() == pytest.approx(one.expected.sum())
