"""What must hold of comparisons of recurrent events, whatever the people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.made_recurrent import made
from ultrarare.stats.recurrent.compare import compare_recurrent
from ultrarare.stats.recurrent.counts import fit_negative_binomial
from ultrarare.stats.recurrent.cox import fit_intensity
from ultrarare.stats.recurrent.record import Records, records
from ultrarare.stats.relabel import relabel

SEED = st.integers(0, 10_000)


def scaled(found: Records, factor: float) -> Records:
    return records(
        found.span_person,
        found.span_start * factor,
        found.span_stop * factor,
        found.event_person,
        found.event_time * factor,
        treated=found.treated,
    )


@settings(max_examples=25)
@given(SEED, st.booleans())
def test_swapping_the_groups_turns_the_sign(seed: int, gaps: bool) -> None:  # noqa: FBT001
    found = made(seed, gaps=gaps)
    other = found.relabelled(~found.treated)

    for name in ("andersen-gill", "pwp-total", "pwp-gap"):
        one, two = fit_intensity(found, name), fit_intensity(other, name)
        if one.log_rate_ratio is None:
            assert two.log_rate_ratio is None
            continue
        assert two.log_rate_ratio == pytest.approx(-one.log_rate_ratio, abs=1e-8)
        assert two.robust_se == pytest.approx(one.robust_se, rel=1e-6)
        assert (two.jackknife_se is None) == (one.jackknife_se is None)
        if one.jackknife_se is not None:
            assert two.jackknife_se == pytest.approx(one.jackknife_se, rel=1e-6)


@settings(max_examples=25)
@given(SEED)
def test_the_unit_of_time_changes_no_ratio(seed: int) -> None:
    found = made(seed)
    one, two = (
        compare_recurrent(found, draws=99),
        compare_recurrent(scaled(found, 365.25), draws=99),
    )

    for name, model in one.models.items():
        other = two.models[name]
        assert (model.log_rate_ratio is None) == (other.log_rate_ratio is None)
        if model.log_rate_ratio is not None:
            assert other.log_rate_ratio == pytest.approx(model.log_rate_ratio, abs=1e-4)
    assert two.relabelling.p_two_sided == pytest.approx(one.relabelling.p_two_sided)


@settings(max_examples=40)
@given(SEED)
def test_events_minus_expected_add_up_to_nothing_when_groups_are_alike(seed: int) -> None:
    assert fit_intensity(made(seed, gaps=True), "andersen-gill").martingale.sum() == pytest.approx(
        0, abs=1e-9
    )


@settings(max_examples=40)
@given(SEED)
def test_a_negative_binomial_is_never_less_likely_than_a_poisson(seed: int) -> None:
    found = made(seed, shape=1.0)
    if not found.counts[found.treated].any() or not found.counts[~found.treated].any():
        return
    fit = fit_negative_binomial(found.counts, found.person_time, found.treated)
    assert fit.se is not None
    poisson = (
        1 / found.counts[found.treated].sum() + 1 / found.counts[~found.treated].sum()
    ) ** 0.5
    assert fit.se >= poisson * (1 - 1e-6) or fit.shape is not None


@settings(max_examples=60)
@given(
    st.lists(st.integers(-5, 5), min_size=3, max_size=12),
    st.data(),
)
def test_no_p_lies_below_its_floor_and_tails_share_the_observed_sum(
    scores: list[int], data: st.DataObject
) -> None:
    n = len(scores)
    chosen = data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=n - 1))
    z = np.isin(np.arange(n), list(chosen))

    found, turned = relabel(scores, z), relabel([-s for s in scores], z)

    assert found.p_two_sided >= found.floor - 1e-12
    assert min(found.p_less, found.p_greater) >= found.floor_one_sided - 1e-12
    assert found.p_less + found.p_greater >= 1 - 1e-12
    assert turned.p_less == pytest.approx(found.p_greater)
    shifted = relabel([s + 7.25 for s in scores], z)
    assert shifted.p_two_sided == pytest.approx(found.p_two_sided)
