"""A few treated people against untreated survival: what is refused, and what is said."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.survival_of_few import survival_of_few
from ultrarare.stats.untreated_hazard import hazard_of_people, hazard_of_published_curve

UNTREATED = hazard_of_people(np.arange(1.0, 13), [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0])


def test_one_survivor_where_most_survive_shows_nothing_and_is_told_so() -> None:
    found = survival_of_few(UNTREATED, [0], [5], [0])

    assert found.exceedance[0] == pytest.approx(UNTREATED.survival(0, 5))
    assert found.exceedance[0] > 0.6
    assert any("cannot show improvement" in text for text in found.caveats)
    assert found.p_value > 0.5


def test_the_floor_is_the_p_of_nobody_with_an_event() -> None:
    until = [9.0, 9, 9]
    none = survival_of_few(UNTREATED, [0, 0, 0], until, [0, 0, 0])
    some = survival_of_few(UNTREATED, [0, 0, 0], [4, 9, 9], [1, 0, 0], until=until)

    assert some.floor == pytest.approx(none.p_value)
    assert some.p_value > none.p_value


def test_the_curve_taken_as_known_gives_a_smaller_p() -> None:
    found = survival_of_few(UNTREATED, [0, 0], [11, 11], [0, 0])

    assert found.plug_in_p < 0.7 * found.p_better


def test_an_event_before_dosing_is_no_event_after_it() -> None:
    with pytest.raises(InputError, match="not after entry"):
        survival_of_few(UNTREATED, [5], [4], [1])


def test_follow_up_that_ends_before_the_exit_contradicts_itself() -> None:
    with pytest.raises(InputError, match="lies before exit"):
        survival_of_few(UNTREATED, [1], [6], [1], until=[5])


def test_nothing_is_said_beyond_the_last_follow_up_of_the_untreated() -> None:
    with pytest.raises(NotComputable, match="beyond 12"):
        survival_of_few(UNTREATED, [13], [20], [0])

    found = survival_of_few(UNTREATED, [8], [20], [0])

    assert found.to_rows()[0]["to"] == 12
    assert any("nobody untreated was followed beyond 12" in text for text in found.caveats)


def test_an_event_where_nobody_untreated_was_watched_is_not_judged() -> None:
    gap = hazard_of_people([2, 3, 9, 10], [1, 0, 1, 0], entry=[0, 0, 6, 7])

    with pytest.raises(NotComputable, match="nobody untreated was under observation"):
        survival_of_few(gap, [1], [5], [1])


def test_a_gap_in_the_untreated_follow_up_is_said() -> None:
    gap = hazard_of_people([2, 3, 9, 10], [1, 0, 1, 0], entry=[0, 0, 6, 7])

    found = survival_of_few(gap, [1], [9.5], [0])

    assert any("part of the time compared" in text for text in found.caveats)


def test_no_event_among_the_untreated_leaves_nothing_to_compare() -> None:
    quiet = hazard_of_people([5, 6, 7], [0, 0, 0])

    with pytest.raises(NotComputable, match="none was to be expected"):
        survival_of_few(quiet, [0], [5], [0])


def test_an_unknown_length_of_follow_up_after_an_event_can_only_raise_p() -> None:
    rows = ([0, 0, 0], [4, 11, 11], [1, 0, 0])

    unknown = survival_of_few(UNTREATED, *rows)
    known = survival_of_few(UNTREATED, *rows, until=[11, 11, 11])

    assert unknown.p_better > known.p_better
    assert any("not given" in text for text in unknown.caveats)


def test_only_improvement_can_be_asked_for() -> None:
    rows = ([0, 0], [10, 10], [0, 0])

    one = survival_of_few(UNTREATED, *rows, alternative="better")
    two = survival_of_few(UNTREATED, *rows)

    assert two.p_value == pytest.approx(2 * one.p_value)
    assert one.p_value == one.floor


def test_all_treated_dying_early_is_worse_and_has_a_lower_limit() -> None:
    found = survival_of_few(UNTREATED, [0] * 4, [0.5, 0.7, 0.8, 0.9], [1] * 4, until=[2] * 4)

    assert found.p_better == pytest.approx(1)
    assert found.one_sample is None
    assert found.p_worse < 0.025
    assert found.hazard_ratio_lower > 1
    assert np.isnan(found.hazard_ratio_upper) or found.hazard_ratio_upper > 10


def test_more_than_ten_treated_need_a_generator() -> None:
    with pytest.raises(InputError, match="too many to enumerate"):
        survival_of_few(UNTREATED, [0] * 11, [9] * 11, [0] * 11)

    found = survival_of_few(UNTREATED, [0] * 11, [9] * 11, [0] * 11, rng=np.random.default_rng(1))

    assert found.p_better < 0.01
    assert any("drawn curves" in text for text in found.caveats)


def test_a_published_curve_is_less_certain_with_fewer_people() -> None:
    drawn = ([2.0, 4, 6, 8], [0.8, 0.6, 0.4, 0.2])

    p = [
        survival_of_few(
            hazard_of_published_curve(*drawn, people=n), [0, 0], [8, 8], [0, 0]
        ).p_better
        for n in (10, 1000)
    ]

    assert p[0] > p[1] > 0.2**2


def test_printed_numbers_at_risk_take_the_place_of_the_whole_number() -> None:
    drawn = ([2.0, 4, 6, 8], [0.8, 0.6, 0.4, 0.2])

    full = hazard_of_published_curve(*drawn, people=100)
    printed = hazard_of_published_curve(*drawn, people=100, at_risk=[100, np.nan, 20, np.nan])

    assert full.at_risk.tolist() == pytest.approx([100, 80, 60, 40])
    assert printed.at_risk.tolist() == pytest.approx([100, 80, 20, 20 * 0.4 / 0.6])
    assert any("nobody had been censored" in text for text in full.caveats)


def test_printed_limits_tell_how_many_people_stand_behind_a_curve() -> None:
    curve = hazard_of_people(np.arange(1.0, 41), np.ones(40))
    s = [curve.survival(0, t) for t in (10, 20, 30)]
    from ultrarare.stats.survival import kaplan_meier

    km = kaplan_meier(np.arange(1.0, 41), np.ones(40))
    at = [km.at(t) for t in (10.0, 20.0, 30.0)]

    behind = hazard_of_published_curve(
        [10.0, 20, 30], s, people=60, lower=[x[1] for x in at], upper=[x[2] for x in at]
    )

    assert behind.at_risk == pytest.approx([40, 30, 20], rel=1e-6)


@pytest.mark.parametrize(
    ("time", "survival", "words"),
    [
        ([1, 1], [0.9, 0.8], "must rise"),
        ([1, 2], [0.8, 0.9], "the curve rises"),
        ([1, 2], [90, 80], "Divide percentages"),
    ],
)
def test_a_published_curve_that_is_none_is_refused(
    time: list[float], survival: list[float], words: str
) -> None:
    with pytest.raises(InputError) as raised:
        hazard_of_published_curve(time, survival, people=20)

    assert words in f"{raised.value} {raised.value.remedy}"
