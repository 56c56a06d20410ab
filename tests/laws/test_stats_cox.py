"""What must hold of any Cox fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.arrays import Floats
from ultrarare.stats.cox import fit_cox

SEEDS = st.integers(0, 10_000)


def made(seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 4, 40).astype(np.float64)
    time = entry + rng.integers(1, 9, 40)
    return time, (rng.random(40) < 0.7).astype(np.float64), rng.normal(size=(40, 2)), entry


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.floats(0.1, 100), st.floats(-50, 50))
def test_unit_and_origin_of_a_covariate_change_only_its_coefficient(
    seed: int, unit: float, shift: float
) -> None:
    time, event, x, entry = made(seed)

    plain = fit_cox(time, event, x, entry=entry)
    moved = fit_cox(time, event, unit * x + shift, entry=entry)

    assert moved.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    assert unit * moved.coefficient == pytest.approx(plain.coefficient, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_only_the_order_of_times_counts(seed: int) -> None:
    time, event, x, entry = made(seed)

    plain = fit_cox(time, event, x, entry=entry)
    bent = fit_cox(np.exp(time / 3), event, x, entry=np.exp(entry / 3))

    assert bent.coefficient == pytest.approx(plain.coefficient, abs=1e-10)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_residuals_sum_to_zero_and_splitting_a_span_changes_nothing(seed: int) -> None:
    time, event, x, entry = made(seed)

    plain = fit_cox(time, event, x, entry=entry, cluster=np.arange(40))
    middle = (entry + time) / 2
    split = fit_cox(
        np.concatenate((middle, time)),
        np.concatenate((np.zeros(40), event)),
        np.vstack((x, x)),
        entry=np.concatenate((entry, middle)),
        cluster=np.tile(np.arange(40), 2),
    )

    assert plain.score_residuals.sum(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert plain.martingale.sum() == pytest.approx(0, abs=1e-9)
    assert split.coefficient == pytest.approx(plain.coefficient, abs=1e-8)
    assert split.robust_std_error == pytest.approx(plain.robust_std_error, abs=1e-8)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_a_whole_weight_counts_as_that_many_rows_under_breslow(seed: int) -> None:
    time, event, x, entry = made(seed)
    weight = np.random.default_rng(seed).integers(0, 3, 40)

    weighted = fit_cox(time, event, x, entry=entry, weights=weight, ties="breslow")
    rows = np.repeat(np.arange(40), weight)
    repeated = fit_cox(time[rows], event[rows], x[rows], entry=entry[rows], ties="breslow")

    assert weighted.coefficient == pytest.approx(repeated.coefficient, abs=1e-7)
    assert weighted.std_error == pytest.approx(repeated.std_error, abs=1e-7)
