"""Recurrent events: what is refused, what is undefined, and what is said of few people."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_recurrent import made
from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.recurrent.compare import compare_recurrent
from ultrarare.stats.recurrent.counts import fit_negative_binomial
from ultrarare.stats.recurrent.cox import fit_intensity
from ultrarare.stats.recurrent.frailty import fit_gamma_frailty
from ultrarare.stats.recurrent.mcf import mean_cumulative_function
from ultrarare.stats.recurrent.record import Records, records, rows_at_risk
from ultrarare.stats.relabel import design_floor, relabel


def simple(counts: list[int], treated: list[int], *, length: float = 10.0) -> Records:
    """Everyone observed for one span, events spread evenly and apart from each other's."""
    n = len(counts)
    events = [
        (i, length * (k + 1) / (c + 1) + 0.001 * i) for i, c in enumerate(counts) for k in range(c)
    ]
    return records(
        range(n), [0.0] * n, [length] * n,
        [e[0] for e in events], [e[1] for e in events], treated=treated,
    )  # fmt: skip


def test_spans_that_touch_are_one_and_events_cut_them():
    found = records([0, 0, 1], [0, 2, 0], [2, 5, 3], [0, 0], [2, 4], treated=[1, 0])

    rows = rows_at_risk(found)

    assert found.span_person.tolist() == [0, 1]
    assert not found.has_gaps
    assert list(zip(rows.start.tolist(), rows.stop.tolist(), strict=True)) == [
        (0, 2), (2, 4), (4, 5), (0, 3),
    ]  # fmt: skip
    assert rows.event.tolist() == [True, True, False, False]
    assert rows.number.tolist() == [1, 2, 3, 1]


def test_a_gap_in_observation_is_time_nobody_is_at_risk():
    found = records([0, 0, 1], [0, 3, 0], [2, 5, 5], [0, 1], [4, 2.5], treated=[1, 0])

    curve = mean_cumulative_function(found, treated=True, rng=np.random.default_rng(1))

    assert found.has_gaps
    assert found.person_time.tolist() == [4, 5]
    assert curve.time.tolist() == [4]
    assert "out of observation" in " ".join(fit_intensity(found, "pwp-gap").caveats)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"event_time": [11.0]}, "outside the spans"),
        ({"event_time": [0.0]}, "outside the spans"),
        ({"span_stop": [0.0, 10.0]}, "not after the start"),
        ({"span_person": [0, 0]}, "never under observation"),
        ({"span_person": [0, 2]}, "person 2 of 2"),
        ({"event_person": [2]}, "person 2 of 2"),
        ({"event_person": [0, 0], "event_time": [3.0, 3.0]}, "two events at 3"),
        ({"event_time": [float("nan")]}, "finite"),
    ],
)
def test_records_that_contradict_themselves_are_errors(change, words):
    given = {
        "span_person": [0, 1],
        "span_start": [0.0, 0.0],
        "span_stop": [10.0, 10.0],
        "event_person": [0],
        "event_time": [3.0],
    }
    with pytest.raises(InputError, match=words):
        records(**{**given, **change}, treated=[1, 0])


def test_spans_of_a_person_that_overlap_are_an_error():
    with pytest.raises(InputError, match="overlap at 2"):
        records([0, 0, 1], [0, 2, 0], [3, 5, 3], [0], [1], treated=[1, 0])


def test_no_event_among_the_treated_has_no_log_ratio_but_an_exact_p():
    found = simple([0, 0, 0, 3, 4, 2, 5, 3], [1, 1, 1, 0, 0, 0, 0, 0])

    compared = compare_recurrent(found)

    for model in compared.models.values():
        assert model.log_rate_ratio is None
        assert model.se is None
        assert "no event in the treated group" in (model.reason or "")
    assert compared.relabelling.p_less == pytest.approx(1 / 56)
    assert compared.poisson.p_conditional < 0.01


@pytest.mark.parametrize(
    ("counts", "words"),
    [([2, 1, 0, 0, 0], "untreated group"), ([0, 0, 0, 0, 0], "either group")],
)
def test_a_ratio_without_events_below_it_is_undefined_and_says_so(counts, words):
    compared = compare_recurrent(simple(counts, [1, 1, 0, 0, 0]))

    assert all(model.log_rate_ratio is None for model in compared.models.values())
    assert all(words in (model.reason or "") for model in compared.models.values())
    if not any(counts):
        assert compared.relabelling.p_two_sided == 1
        assert compared.relabelling.z is None
        assert compared.poisson.p_conditional == 1


def test_groups_never_at_risk_together_are_not_compared_by_intensity():
    found = records([0, 1, 2], [0, 5, 5], [4, 9, 9], [0, 1, 2], [2, 6, 7], treated=[1, 0, 0])

    compared = compare_recurrent(found)

    assert compared.andersen_gill.log_rate_ratio is None
    assert "not at risk together" in (compared.andersen_gill.reason or "")
    assert compared.gamma_frailty.log_rate_ratio is None
    assert compared.poisson.log_rate_ratio is not None
    assert any("never under observation at the same time" in text for text in compared.caveats)


def test_identical_people_give_a_ratio_of_one_and_no_scatter():
    n = 6
    found = records(
        range(n), [0] * n, [10] * n, np.repeat(range(n), 2), [3.0, 6.0] * n,
        treated=[1, 1, 0, 0, 0, 0],
    )  # fmt: skip

    compared = compare_recurrent(found)

    assert compared.andersen_gill.log_rate_ratio == pytest.approx(0, abs=1e-9)
    assert compared.andersen_gill.jackknife_se is None
    assert compared.relabelling.p_two_sided == 1
    assert compared.gamma_frailty.variance == 0
    assert compared.negative_binomial.shape is None
    assert compared.treated.band_lower is None


def test_counts_that_vary_as_chance_has_it_are_poisson_and_say_so():
    fit = fit_negative_binomial([2, 3, 2, 3, 2, 3], [1.0] * 6, [1, 1, 1, 0, 0, 0])

    assert fit.shape is None
    assert fit.se == pytest.approx((1 / 7 + 1 / 8) ** 0.5)
    assert any("infinite" in text for text in fit.caveats)


def test_one_control_or_none_is_refused():
    with pytest.raises(NotComputable, match="2 treated and 1 untreated"):
        compare_recurrent(simple([1, 2, 3], [1, 1, 0]))
    with pytest.raises(NotComputable, match="0 treated"):
        compare_recurrent(simple([1, 2, 3], [0, 0, 0]))


def test_one_treated_person_has_no_jackknife_but_a_permutation_p():
    compared = compare_recurrent(simple([0, *([3, 4, 5] * 7)], [1, *([0] * 21)]))

    assert compared.relabelling.p_less == pytest.approx(1 / 22)
    alone = compare_recurrent(simple([1, *([3, 4, 5] * 7)], [1, *([0] * 21)]))
    assert alone.andersen_gill.log_rate_ratio is not None
    for model in (alone.andersen_gill, alone.pwp_total, alone.pwp_gap, alone.poisson):
        assert model.jackknife_se is None
        assert model.robust_se is None
        assert model.p_robust is None
        assert (model.lower, model.upper, model.p_value) == (None, None, None)
        if model.reason is None:
            assert "rate ratio 0.25 (no interval)" in model.summary()
        told = any("a group of one person" in text for text in model.caveats)
        assert told == (model.reason is None)


def test_few_treated_people_are_told_that_intervals_do_not_hold():
    few, many = made(1, treated=3, untreated=20), made(1, treated=25, untreated=25)

    assert any(
        "below 20 the sandwich" in text for text in compare_recurrent(few).andersen_gill.caveats
    )
    assert any(text.startswith("3 treated people") for text in compare_recurrent(few).caveats)
    assert not any("sandwich" in text for text in compare_recurrent(many).andersen_gill.caveats)


def test_unequal_follow_up_is_told():
    found = records(
        range(6), [0] * 6, [2, 2, 2, 9, 9, 9], range(6), [1.0, 1.1, 1.2, 1.3, 1.4, 1.5],
        treated=[1, 1, 1, 0, 0, 0],
    )  # fmt: skip

    shorter = compare_recurrent(found)
    assert any("0.22 times as long" in text for text in shorter.caveats)
    assert shorter.errs is None
    longer = compare_recurrent(
        records(
            range(6), [0] * 6, [9, 9, 9, 2, 2, 2], range(6), [1.0, 1.1, 1.2, 1.3, 1.4, 1.5],
            treated=[1, 1, 1, 0, 0, 0],
        )
    )  # fmt: skip
    assert longer.errs in longer.caveats
    assert "4.5 times as long" in str(longer.errs)


def test_the_permutation_errs_where_the_treated_are_observed_longer() -> None:
    """Why support is taken away: size without an effect, rates that differ between people."""
    rng = np.random.default_rng(6)
    found = {1.0: 0, 1.5: 0}
    for ratio in found:
        for _ in range(150):
            end = np.concatenate((np.full(3, 3 * ratio), np.full(20, 3.0)))
            count = rng.poisson(end * rng.gamma(1 / 3, 3, 23))
            left = count - count.sum() / end.sum() * end
            test = relabel(left, np.arange(23) < 3, seed=1, draws=199)
            found[ratio] += test.p_less <= 0.05
    assert found[1.0] / 150 < 0.1 < found[1.5] / 150


def test_the_same_seed_gives_the_same_bits_and_the_floor_of_draws_is_kept():
    rng = np.random.default_rng(4)
    s, z = rng.normal(size=60), np.arange(60) < 12

    one, two = relabel(s, z, seed=3, draws=20_000), relabel(s, z, seed=3, draws=20_000)

    assert not one.exact
    assert one == two
    assert one.p_two_sided != relabel(s, z, seed=4, draws=20_000).p_two_sided
    far = relabel(np.where(z, -9.0, 0.0) + s, z, draws=999)
    assert far.p_less == far.floor == 1 / 1000


def test_the_floor_of_a_design_needs_no_data():
    assert design_floor(3, 20) == pytest.approx(1 / 1771)


@pytest.mark.parametrize("treated", [[1, 1, 1], [0, 0, 0]])
def test_relabelling_without_two_groups_is_refused(treated):
    with pytest.raises(NotComputable, match="one of the two groups is empty"):
        relabel([1, 2, 3], treated)


def test_a_band_is_wider_than_its_intervals_and_holds_the_curve():
    curve = mean_cumulative_function(
        made(2, untreated=30), treated=False, rng=np.random.default_rng(1)
    )

    assert curve.band_lower is not None
    assert curve.band_upper is not None
    assert (curve.band_lower <= curve.lower + 1e-12).all()
    assert (curve.band_upper >= curve.upper - 1e-12).all()
    assert curve.at(-1) == 0
    assert curve.at(1e9) == curve.mean[-1]
    assert curve.to_rows()[0]["time"] == curve.time[0]


def test_a_known_frailty_variance_is_kept():
    fit = fit_gamma_frailty(made(2), variance=0.5)

    assert fit.variance == 0.5
    assert fit.p_variance is None
