"""What a single-case series says, and what it says is missing."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.single_case import SingleCase, single_case
from ultrarare.stats.single_case.levels import log_response_ratio
from ultrarare.stats.single_case.overlap import pooled, theil_sen
from ultrarare.stats.single_case.start import attainable_floor, start_test

RISING = [1.0, 2, 3, 4, 5, 6], [6.2, 6.6, 6.8, 7.0, 7.3, 7.4]


def compare(before: list[float], after: list[float], **options: Any) -> SingleCase:
    phase = ["A"] * len(before) + ["B"] * len(after)
    return single_case(phase, np.arange(len(phase)), before + after, **options)


def said(found: SingleCase, words: str) -> bool:
    return any(words in caveat for caveat in found.caveats)


def test_without_a_drawn_start_there_is_no_p_and_the_caveat_names_the_test() -> None:
    found = compare([5, 6, 5, 7, 6], [2, 3, 2, 1, 2], direction="lower")

    assert found.to_json()["p_value"] is None
    assert said(found, "not drawn by lot")
    assert said(found, "own control")
    assert said(found, "no untreated course")


def test_the_p_of_a_drawn_start_is_its_rank_and_its_floor_is_told() -> None:
    found = compare(
        [5, 6, 5, 7, 6], [2, 3, 2, 1, 2, 1], direction="lower", possible_starts=range(3, 8)
    )

    assert found.start is not None
    assert found.start.p_value == pytest.approx(1 / 5)
    assert found.start.floor == pytest.approx(1 / 5)
    assert said(found, "cannot be below 0.2")


def test_a_start_between_two_visits_is_taken_as_drawn() -> None:
    found = compare([5, 6, 5, 7], [2, 3, 2, 1], possible_starts=[2.5, 3.5, 4.5])

    assert found.start is not None
    assert found.start.start == 3.5


def test_starts_that_divide_the_values_alike_raise_the_floor() -> None:
    found = start_test([0, 1, 2, 3], [1, 1, 5, 6], 1.5, [0.5, 1.2, 1.5, 2.5], direction="higher")

    assert found.floor == 0.5
    assert found.p_value >= found.floor


def test_the_correction_that_turns_the_sign_is_told() -> None:
    found = compare(*RISING)

    assert found.overlap.tau == 1
    assert found.overlap.bc_tau is not None
    assert found.overlap.bc_tau < 0
    assert said(found, "turns the sign")
    assert said(found, "the baseline has a trend")
    assert said(found, "do not overlap at all")


def test_tau_u_beyond_one_is_told() -> None:
    found = compare([5, 4, 3, 2, 1], [6, 7, 8])

    assert found.overlap.tau_u == pytest.approx(25 / 15)
    assert said(found, "outside -1 to 1")


def test_direction_turns_overlap_and_leaves_the_unit_of_change() -> None:
    up = compare([5, 6, 4, 6, 7], [2, 3, 5, 1, 2])
    down = compare([5, 6, 4, 6, 7], [2, 3, 5, 1, 2], direction="lower")

    assert down.overlap.tau == pytest.approx(-up.overlap.tau)
    assert down.overlap.nap == pytest.approx(1 - up.overlap.nap)
    assert down.ratio is not None
    assert up.ratio is not None
    assert down.ratio.value == up.ratio.value < 0


def test_a_ratio_of_means_that_are_not_positive_is_null_with_its_reason() -> None:
    found = compare([-5, 2, 1, 0, 1], [2, 3, 5, 1, 2])

    assert found.to_json()["log_response_ratio"] is None
    assert said(found, "no log response ratio: the phase means are -0.2")


def test_two_equal_values_give_json_without_nan() -> None:
    found = compare([1.0], [1.0])
    text = json.dumps(found.to_json(), allow_nan=False)

    assert '"bc_tau": null' in text
    assert '"level_change": null' in text
    assert said(found, "no change of level or slope")
    assert said(found, "all values are equal")


def test_lines_without_residual_have_no_standard_error() -> None:
    found = compare([1, 2, 3], [10, 11, 12])

    assert found.segments is not None
    assert found.segments.level.value == pytest.approx(6)
    assert found.segments.level.se is None
    assert said(found, "no residual")


def test_serial_correlation_is_told() -> None:
    rng = np.random.default_rng(4)
    e = np.zeros(60)
    for i in range(1, 60):
        e[i] = 0.8 * e[i - 1] + rng.standard_normal()
    found = compare(list(e[:30]), list(e[30:]))

    assert found.segments is not None
    assert found.segments.serial is not None
    assert found.segments.serial > 0.3
    assert said(found, "neighbouring residuals correlate")
    assert found.to_json()["level_change_serial"]["se"] > 0


def test_several_pairs_of_phases_are_weighted_and_told() -> None:
    phase = ["A1"] * 3 + ["B1"] * 3 + ["A2"] * 3 + ["B2"] * 4
    value = [5, 6, 7, 1, 2, 3, 5, 6, 4, 5, 2, 1, 3]
    found = single_case(phase, range(13), value, direction="lower", possible_starts=[2, 3, 4])

    assert found.pairs == 2
    wins = 9 + sum((b < a) + 0.5 * (a == b) for a in (5, 6, 4) for b in (5, 2, 1, 3))
    assert found.overlap.nap == pytest.approx(wins / (9 + 12))
    assert found.start is None
    assert said(found, "more than two phases")
    assert said(found, "4 phases: 2 baselines")
    assert found.ratio is not None
    assert found.ratio.value < 0


def test_the_first_label_in_time_is_the_baseline_whatever_the_order_of_rows() -> None:
    found = single_case(["B", "A", "B", "A"], [3, 1, 2, 0], [9, 1, 8, 2])

    assert found.phases == ("A", "B")
    assert found.overlap.nap == 1


def test_the_summary_holds_every_number_and_caveat() -> None:
    found = compare([5, 6, 5, 7, 6], [2, 3, 2, 1, 2], direction="lower")

    text = found.summary()
    assert "nap 1, tau 1" in text
    assert all(caveat in text for caveat in found.caveats)


@pytest.mark.parametrize(
    ("phase", "time", "options", "words"),
    [
        (["A", "B"], [0, 1, 2], {}, "phase has 2"),
        (["A", "A", "B"], [0, 0, 1], {}, "has two values"),
        (["A", "A", "B"], [0, 1, 2], {"direction": "up"}, "no direction"),
        (["A", "A", "B"], [0, 1, 2], {"possible_starts": [1.0]}, "not among"),
        (["A", "A", "B"], [0, 1, 2], {"possible_starts": [0.0, 2.0]}, "phase without a value"),
        (["A", "A", "B"], [0, 1, 2], {"possible_starts": [2.0, 2.0]}, "given twice"),
        (["A", "A", "B"], [0, 1, 2], {"level": 1.0}, "level must lie"),
    ],
)
def test_what_cannot_be_read_is_an_error(phase, time, options, words) -> None:
    with pytest.raises(InputError, match=words):
        single_case(phase, time, [1.0, 2.0, 3.0], **options)


def test_a_value_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(InputError, match="must be finite"):
        compare([1.0, float("nan")], [2.0])


def test_one_phase_only_cannot_be_compared() -> None:
    with pytest.raises(NotComputable, match="every value is of phase A"):
        single_case(["A", "A"], [0, 1], [1, 2])
    with pytest.raises(NotComputable):
        pooled([])
    with pytest.raises(NotComputable):
        theil_sen(np.zeros(2), np.arange(2.0))
    with pytest.raises(NotComputable, match="one value"):
        log_response_ratio(np.ones(1), np.ones(3))


def test_the_floor_for_planning_is_one_over_the_starts() -> None:
    assert attainable_floor(40) == 0.025
    with pytest.raises(InputError):
        attainable_floor(0)


def test_the_interval_given_is_that_of_the_serial_fit_and_newey_west_carries_a_caveat():
    rng = np.random.default_rng(3)
    found = single_case(["A"] * 12 + ["B"] * 12, range(24), rng.normal(size=24))
    shown = found.to_json()

    serial = shown["level_change_serial"]
    assert shown["level_change_interval"] == [serial["lower"], serial["upper"]]
    assert shown["level_change_newey_west"] != shown["level_change_interval"]
    assert any("Newey–West intervals are too narrow" in text for text in found.caveats)


def test_the_drawn_start_may_be_named_and_must_lie_between_the_phases():
    phases, y = ["A"] * 4 + ["B"] * 4, [1, 2, 1, 2, 5, 6, 5, 6]
    named = single_case(phases, range(8), y, possible_starts=[2.5, 3.2, 3.7, 5.5], started_at=3.2)

    assert named.start is not None
    assert named.start.start == 3.2
    assert named.start.floor == pytest.approx(2 / 4)  # 3.7 gives the same phases
    with pytest.raises(InputError, match="not between"):
        single_case(phases, range(8), y, possible_starts=[2.5, 3.2, 5.5], started_at=5.5)
