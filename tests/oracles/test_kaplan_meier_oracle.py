"""The product limit, one event time after the other, against the vectorised one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.survival import kaplan_meier

Person = tuple[int, int, bool]  # entry, time under observation, event


def product_limit(people: list[Person]) -> list[tuple[int, int, int, float]]:
    survival, rows = 1.0, []
    for t in sorted({entry + stay for entry, stay, event in people if event}):
        at_risk = sum(entry < t <= entry + stay for entry, stay, _ in people)
        died = sum(event and entry + stay == t for entry, stay, event in people)
        survival *= 1 - died / at_risk
        rows.append((t, at_risk, died, survival))
    return rows


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(1, 8), st.booleans()), min_size=1, max_size=25
    )
)
def test_agrees_with_the_definition_on_any_tied_and_truncated_data(people: list[Person]) -> None:
    entry = np.array([person[0] for person in people])
    stay = np.array([person[1] for person in people])
    event = np.array([person[2] for person in people])

    curve = kaplan_meier(entry + stay, event, entry=entry)

    expected = product_limit(people)
    assert curve.time.tolist() == [row[0] for row in expected]
    assert curve.at_risk.tolist() == [row[1] for row in expected]
    assert curve.events.tolist() == [row[2] for row in expected]
    assert curve.survival.tolist() == pytest.approx([row[3] for row in expected])
