"""What must hold of any borrowing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ultrarare.stats.borrowing.comparison import borrow
from ultrarare.stats.borrowing.evidence import binary_evidence, normal_evidence
from ultrarare.stats.borrowing.meta_analytic import meta_analytic_prior
from ultrarare.stats.borrowing.prior import moments, posterior
from ultrarare.stats.borrowing.size import prior_size

MEANS = st.lists(st.floats(-3, 3), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(MEANS, st.floats(0, 1), st.floats(-4, 4))
def test_densities_are_densities_and_weights_probabilities(
    means: list[float], weight: float, seen: float
) -> None:
    prior = meta_analytic_prior(
        normal_evidence(means, n=[8] * len(means), sd=1), tau_scale=0.5, mean_sd=3,
        vague_weight=weight,
    )  # fmt: skip
    after = posterior(prior, normal_evidence([seen], n=[3], sd=1)) if weight > 0 else None

    assert prior.density.sum() * prior.step == pytest.approx(1, abs=1e-6)
    assert (prior.density >= 0).all()
    if after is not None:
        assert after.density.sum() * prior.step == pytest.approx(1, abs=1e-6)
        assert 0 <= after.vague_weight <= 1


@settings(max_examples=12, deadline=None)
@given(MEANS, st.floats(0.2, 20), st.floats(-50, 50))
def test_a_change_of_unit_and_origin_changes_nothing_but_the_unit(
    means: list[float], factor: float, shift: float
) -> None:
    y = np.array(means)

    def at(k: float, c: float) -> tuple[float, float, float]:
        prior = meta_analytic_prior(
            normal_evidence(k * y + c, n=[8] * y.size, sd=k), tau_scale=0.5 * k, mean_sd=3 * k,
            mean_centre=c, vague_weight=0.2,
        )  # fmt: skip
        found = borrow(
            prior,
            normal_evidence([2 * k + c], n=[4], sd=k),
            control=normal_evidence([c], n=[4], sd=k),
            direction="higher",
        )
        return found.effect / k, found.p_benefit, found.posterior_weight

    assert at(factor, shift) == pytest.approx(at(1, 0), abs=2e-5)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 9), st.integers(0, 5), st.integers(0, 4))
def test_swapping_event_and_no_event_turns_the_effect_round(a: int, b: int, c: int) -> None:
    def at(events: tuple[int, int, int], direction: str) -> tuple[float, float]:
        prior = meta_analytic_prior(
            binary_evidence([events[0]], [9]), tau_scale=0.6, mean_sd=2, vague_weight=0.3
        )
        found = borrow(
            prior,
            binary_evidence([events[1]], [5]),
            control=binary_evidence([events[2]], [4]),
            direction="higher" if direction == "higher" else "lower",
        )
        return found.effect, found.p_benefit

    effect, p = at((a, b, c), "higher")
    turned, q = at((9 - a, 5 - b, 4 - c), "lower")
    assert (effect, p) == pytest.approx((-turned, q), abs=1e-4)


@settings(max_examples=12, deadline=None)
@given(MEANS)
def test_more_doubt_is_worth_no_more_people(means: list[float]) -> None:
    prior = meta_analytic_prior(
        normal_evidence(means, n=[20] * len(means), sd=1), tau_scale=0.5, mean_sd=3
    )
    moment = [prior_size(prior.robust(w)).moment for w in (0.0, 0.3, 0.7, 1.0)]

    assert all(a is not None and b is not None and a >= b - 1e-9
               for a, b in pairwise(moment) if (moment[0] or 0) > 1)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(MEANS, st.floats(0.5, 6))
def test_doubt_grows_with_the_distance_of_the_control_from_the_history(
    means: list[float], step: float
) -> None:
    prior = meta_analytic_prior(
        normal_evidence(means, n=[40] * len(means), sd=1), tau_scale=0.2, mean_sd=3,
        vague_weight=0.2,
    )  # fmt: skip
    mean, sd = moments(prior.theta, prior.robust(0).density)
    if sd > 0.7:
        return
    near, far = (
        posterior(prior, normal_evidence([mean + d], n=[8], sd=1)).vague_weight
        for d in (0.0, step * sd)
    )
    assert far > near
