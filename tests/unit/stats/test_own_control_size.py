"""The simulated error rates that ship, and how a case finds its own."""

from __future__ import annotations

import pytest

from ultrarare.errors import InputError
from ultrarare.stats.own_control_size import nearest, size_table, stresses


def test_the_table_has_every_setting_once() -> None:
    keys = [
        (row.course, row.noise, row.selection, row.reliability, row.n_people, row.n_pre)
        for row in size_table()
    ]

    assert len(keys) == len(set(keys)) == 7 * 2 * 4 * 3 + 7 * 4 * 3


def test_monte_carlo_errors_are_those_of_the_runs() -> None:
    for row in size_table():
        expected = (row.ours_type1 * (1 - row.ours_type1) / row.runs) ** 0.5
        assert row.mc_se == pytest.approx(expected, abs=5.1e-5)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ((0.5, 50, 2), (0.5, 50, 2)),
        ((0.9, 30, 3), (0.8, 20, 4)),
        ((0.1, 2000, 12), (0.5, 200, 4)),
        ((0.6, 5, 1), (0.5, 8, 1)),
    ],
)
def test_the_nearest_setting_matches_each_axis(
    case: tuple[float, int, int], found: tuple[float, int, int]
) -> None:
    row = nearest(*case)

    assert (row.reliability, row.n_people, row.n_pre) == found
    assert (row.course, row.noise, row.selection) == ("stable", "normal", "bad baseline")


def test_without_stress_the_error_rate_holds() -> None:
    for row in size_table():
        if row.noise == "normal" and row.course == "stable":
            assert row.ours_type1 < 0.06 + 2 * row.mc_se


def test_stresses_are_the_same_setting_under_other_noise() -> None:
    others = stresses(nearest(0.5, 50, 2))

    assert {(row.noise, row.selection) for row in others} == {
        ("normal", "none"),
        ("ar1", "bad baseline"),
        ("t3", "bad baseline"),
        ("unequal", "bad baseline"),
        ("missing", "bad baseline"),
        ("worst", "bad baseline"),
    }


@pytest.mark.parametrize("case", [(0.0, 50, 2), (1.0, 50, 2), (0.5, 0, 2), (0.5, 50, 0)])
def test_a_case_outside_the_scale_is_refused(case: tuple[float, int, int]) -> None:
    with pytest.raises(InputError):
        nearest(*case)


def test_a_progressive_case_is_compared_with_progressive_courses() -> None:
    row = nearest(0.5, 40, 3, course="progressive")

    assert (row.course, row.reliability, row.n_people, row.n_pre) == ("progressive", 0.8, 50, 4)


def test_summary_says_both_error_rates() -> None:
    row = nearest(0.5, 50, 1)

    assert "cannot be formed" in row.summary()
    assert f"{100 * row.ours_type1:.1f}%" in row.summary()
