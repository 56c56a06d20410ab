"""Single-case numbers against R and a published example.

tests/reference/single_case.R, R 4.2.2 with nlme 3.1-162; it prints what stands here. NAP of the
hypothetical series is also printed as 0.9166667 by the vignette of a public R package of
single-case effect sizes (its standard error, 0.0690, gives a tied pair no square; ours is
unbiased with ties too, see tests/oracles/test_single_case_oracle.py).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.single_case.levels import log_response_ratio, newey_west, segments
from ultrarare.stats.single_case.overlap import overlap, theil_sen

SCRIPT = Path(__file__).with_name("single_case.R")

A = np.array([20.0, 20, 26, 25, 22, 23])
B = np.array([28.0, 25, 24, 27, 30, 30, 29])
TA = np.array([1.0, 2, 4, 5, 7, 8])
YA = np.array([10.0, 12, 13, 15.5, 16, 19])
TB = np.array([10.0, 11, 13, 14, 16, 17, 20])
YB = np.array([18.0, 21, 19.5, 24, 23, 22, 26])
AR_Y = np.array(
    """8.079 8.813 7.846 5.924 5.377 5.371 6.381 6.858 7.03 7.754 5.515 6.852 6.585 7.013 7.13
    5.645 5.481 4.808 6.013 6.149 4.561 4.086 3.639 4.911 3.552 3.679 4.192 5.384 4.161 3.821
    2.571 2.722 2.781 4.549 4.831 4.489 5.094 4.244 3.969 4.158""".split(),
    dtype=float,
)
R = {
    "nap": [0.916666666667],
    "tau_b": [0.623609564462],
    "trend": [0.276026223737],
    "lrr": [0.195396165735],
    "lrr_se": [0.055577232135],
    "rising_trend": [1.0],
    "rising_p": [0.00277777777778],
    "theil_sen": [1.16666666667],
    "bc_tau": [-0.717496003334],
    "ols": [20.520000000000, 1.140000000000, -1.457984496124, -0.492713178295],
    "nw_se": [0.5079704187622, 0.0675884130621, 0.7607877274169, 0.1060217770530],
    "phi": [0.55529340157],
    "gls": [5.5338297760310, -0.0983642971309, -1.4940842673798, 0.1019167254847],
    "gls_se": [0.6918464552956, 0.0568818405938, 0.7788870568015, 0.0886396931699],
}


def test_overlap_agrees_with_r_and_the_published_example() -> None:
    found = overlap(np.arange(6.0), A, np.arange(6.0, 13.0), B)

    assert [found.nap] == pytest.approx(R["nap"], abs=1e-10)
    assert [found.bc_tau] == pytest.approx(R["tau_b"], abs=1e-10)  # no trend, no correction
    assert [found.baseline_trend] == pytest.approx(R["trend"], abs=1e-10)
    # By hand: 38.5 of 42 pairs won, S = 35; the baseline's own S is 4.
    assert found.tau == pytest.approx(35 / 42)
    assert found.tau_u == pytest.approx((35 - 4) / 42)


def test_log_response_ratio_agrees_with_r() -> None:
    found = log_response_ratio(A, B)

    assert [found.value, found.se] == pytest.approx(R["lrr"] + R["lrr_se"], abs=1e-10)


def test_baseline_correction_agrees_with_r_on_a_rising_baseline() -> None:
    found = overlap(TA, YA, TB, YB)

    assert found.bc_corrected
    assert [found.baseline_trend] == pytest.approx(R["rising_trend"])
    assert [found.baseline_trend_p] == pytest.approx(R["rising_p"], abs=1e-10)
    assert [theil_sen(TA, YA)] == pytest.approx(R["theil_sen"], abs=1e-10)
    assert [found.bc_tau] == pytest.approx(R["bc_tau"], abs=1e-10)


def test_segmented_least_squares_and_newey_west_agree_with_r() -> None:
    found = segments(np.concatenate((TA, TB)), np.concatenate((YA, YB)), TA.size)

    assert [found.level.value, found.slope.value] == pytest.approx(R["ols"][2:], abs=1e-10)
    assert [found.level.se, found.slope.se] == pytest.approx(R["nw_se"][2:], rel=1e-9)


def test_serially_correlated_segments_agree_with_gls_of_nlme() -> None:
    found = segments(np.arange(1.0, 41.0), AR_Y, 20)

    assert found.serial == pytest.approx(R["phi"][0], abs=1e-5)
    assert found.level_serial is not None
    assert found.slope_serial is not None
    values = [found.level_serial.value, found.slope_serial.value]
    assert values == pytest.approx(R["gls"][2:], abs=1e-5)
    ses = [found.level_serial.se, found.slope_serial.se]
    assert ses == pytest.approx(R["gls_se"][2:], rel=1e-5)


@pytest.mark.needs_r
def test_the_script_prints_these_numbers() -> None:
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    rows = [line.split() for line in done.stdout.splitlines() if not line.startswith("#")]
    printed = {name: [float(cell) for cell in cells] for name, *cells in rows}

    np.testing.assert_array_equal(printed.pop("ar_y"), AR_Y)
    assert printed.keys() == R.keys()
    for name, wanted in R.items():
        assert printed[name] == pytest.approx(wanted, rel=1e-8, abs=1e-9), name


def test_newey_west_of_uncorrelated_lags_is_whites_covariance() -> None:
    x = np.column_stack((np.ones(5), np.arange(5.0)))
    e = np.array([1.0, -2.0, 0.5, 1.5, -1.0])
    bread = np.linalg.inv(x.T @ x)

    np.testing.assert_allclose(
        newey_west(x, e, 0), 5 / 3 * bread @ (x.T * e**2) @ x @ bread, rtol=1e-12
    )
