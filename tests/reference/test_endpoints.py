"""Several endpoints at once against R, and goal attainment against printed T scores.

Expected: endpoints.R beside this file, R 4.2.2, run 2026-11-26; it also drew endpoints.csv.
"""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.endpoints.gatekeeping import gatekeeping, holm
from ultrarare.stats.endpoints.global_tests import obrien, wei_lachin
from ultrarare.stats.endpoints.goals import goal_attainment
from ultrarare.stats.endpoints.normal import gls, ols
from ultrarare.stats.endpoints.outcomes import Rule, make_outcomes
from ultrarare.stats.endpoints.win import win_statistics

HERE = Path(__file__).parent
X = np.array(
    [
        [5.1, 2, 10], [6.4, 3, 7], [7.9, 3, 12], [8.3, 5, 9],
        [3.2, 1, 11], [5.1, 2, 6], [4.4, 4, 8], [6.0, 2, 5], [2.7, 3, 7], [6.4, 1, 4],
    ]
)  # fmt: skip
ARM = np.arange(10) < 4
EXPECTED = {
    "obrien_difference": 0.3125,
    "obrien_t": 3.78867615212,
    "obrien_p": 0.00532186514996,
    "wilcox_p": 0.0380952380952,
    "wilcox_u": 22.0,
    "wl_average": 0.65625,
    "wl_se": 0.159978658878,
    "ols_t": 3.63488425492,
    "gls_t": 4.00767288519,
    "ols_p": 0.0183916804128,
    "win_ratio": 3.92592592593,
    "net": 0.5925,
    "win_lower": 1.66345365733,
    "win_upper": 9.26559889895,
}


def rules(*weights):
    return [Rule(name=f"e{k}", improves="higher", weight=w) for k, w in enumerate(weights)]


def rng():
    return np.random.default_rng(1)


def close(name):
    return pytest.approx(EXPECTED[name], rel=1e-9)


def test_rank_sums_of_several_endpoints_agree_with_r():
    found = obrien(make_outcomes(X, ARM, rules(1, 1, 1)), rng=rng())
    assert found.difference == close("obrien_difference")
    assert found.t == close("obrien_t")
    assert found.p_t == close("obrien_p")


def test_one_endpoint_without_ties_is_the_exact_rank_sum_test():
    y = np.array([[5.15, 6.45, 7.9, 8.3, 3.2, 5.1, 4.4, 6.0, 2.7, 6.4]]).T
    o = make_outcomes(y, ARM, rules(1))
    found = wei_lachin(o, rng=rng())
    assert 24 * (found.average + 1) / 2 == close("wilcox_u")
    for test in (found.permutation, obrien(o, rng=rng()).permutation):
        assert test.p_value == close("wilcox_p")
    assert win_statistics(o, rng=rng()).permutation.p_value == close("wilcox_p")


def test_the_average_over_endpoints_and_its_standard_error_agree_with_r():
    found = wei_lachin(make_outcomes(X, ARM, rules(2, 1, 1)), rng=rng())
    assert found.average == close("wl_average")
    assert found.se == close("wl_se")


def test_normal_statistics_agree_with_r():
    o = make_outcomes(X, ARM, rules(1, 1, 1))
    same, weighted = ols(o, rng=rng()), gls(o, rng=rng())
    assert same.t == close("ols_t")
    assert same.p_t == close("ols_p")
    assert weighted.t == close("gls_t")


def test_prioritised_pairs_agree_with_r():
    with (HERE / "endpoints.csv").open(encoding="utf-8") as file:
        rows = np.array([[float(v) for v in row] for row in list(csv.reader(file))[1:]])
    given = [
        Rule(name="first", improves="higher", margin=0.5),
        Rule(name="second", improves="higher"),
    ]
    found = win_statistics(make_outcomes(rows[:, 1:], rows[:, 0], given), draws=99, rng=rng())
    assert found.win_ratio == close("win_ratio")
    assert found.net_benefit == close("net")
    assert (found.ratio_lower, found.ratio_upper) == (close("win_lower"), close("win_upper"))


def test_holm_agrees_with_r():
    found = gatekeeping([0.01, 0.04, 0.03, 0.2], holm(4), names="abcd")
    assert found.adjusted == pytest.approx([0.04, 0.09, 0.09, 0.2])


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([0, 0, 0], 50.0),
        ([1], 60.0),
        ([1, 1], 62.40),  # the tables for equal weights and ρ 0.3, two decimals
        ([1, 1, 1], 63.69),
        ([2, 0, -1], 54.56),
        ([-2, -2, -2, -2], 20.98),
    ],
)
def test_t_scores_of_equal_weights_are_those_of_the_printed_tables(levels, expected):
    found = goal_attainment([1] * len(levels), levels)
    assert found.score == pytest.approx(expected, abs=0.006)


@pytest.mark.needs_r
def test_the_script_still_prints_these_numbers(tmp_path):
    done = subprocess.run(
        ["Rscript", str(HERE / "endpoints.R"), str(tmp_path / "drawn.csv")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    printed = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    for name, value in EXPECTED.items():
        assert float(printed[name]) == pytest.approx(value, rel=1e-9)
    assert (tmp_path / "drawn.csv").read_text("utf-8") == (HERE / "endpoints.csv").read_text(
        "utf-8"
    )
