"""What must hold of any single-case series."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.single_case import single_case
from ultrarare.stats.single_case.start import start_test

VALUES = st.lists(st.integers(-20, 20), min_size=1, max_size=8)


@settings(max_examples=60)
@given(VALUES, VALUES)
def test_numbers_stay_in_their_ranges_and_json_holds_no_nan(a: list[int], b: list[int]) -> None:
    phase = ["A"] * len(a) + ["B"] * len(b)
    found = single_case(phase, np.arange(len(phase)), a + b)

    assert 0 <= found.overlap.nap <= 1
    assert found.overlap.tau == pytest.approx(2 * found.overlap.nap - 1)
    assert found.overlap.bc_tau is None or -1 <= found.overlap.bc_tau <= 1
    json.dumps(found.to_json(), allow_nan=False)


@settings(max_examples=40)
@given(VALUES, VALUES, st.floats(0.1, 10), st.floats(-5, 5))
def test_overlap_does_not_know_the_unit(
    a: list[int], b: list[int], scale: float, shift: float
) -> None:
    phase = ["A"] * len(a) + ["B"] * len(b)
    plain = single_case(phase, np.arange(len(phase)), a + b).overlap
    other = single_case(
        phase, 3.0 * np.arange(len(phase)), [scale * y + shift for y in a + b]
    ).overlap

    assert (other.nap, other.tau, other.tau_u) == (plain.nap, plain.tau, plain.tau_u)


@settings(max_examples=40)
@given(st.lists(st.integers(-9, 9), min_size=6, max_size=20), st.data())
def test_over_all_draws_the_p_is_at_most_alpha_no_oftener_than_alpha(
    values: list[int], data: st.DataObject
) -> None:
    starts = np.arange(1.0, len(values))
    alpha = data.draw(st.floats(0.01, 0.99))
    ps = [
        start_test(np.arange(len(values)), values, s, starts, direction="higher").p_value
        for s in starts
    ]

    assert np.mean(np.array(ps) <= alpha) <= alpha
    assert min(ps) >= 1 / starts.size
