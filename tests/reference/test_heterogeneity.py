"""Tests between groups, reversed follow-up and the exact upper bound against R.

Data: the two arms of Freireich et al. 1963, Blood 21:699; the others are made. Expected:
heterogeneity.R beside this file, R 4.2.2, survival 3.5-3, run 2026-11-25.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.follow_up import follow_up
from ultrarare.stats.heterogeneity import log_rank, permuted_means
from ultrarare.stats.improvement import upper_bound

SCRIPT = Path(__file__).with_name("heterogeneity.R")

# fmt: off
WEEKS = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35,
         1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
# fmt: on
SEEN = [1] * 9 + [0] * 12 + [1] * 21
ARM = ["6-MP"] * 21 + ["placebo"] * 21
THIRD = ["third" if i % 4 == 0 else arm for i, arm in enumerate(ARM)]
ENTRY = [0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1]
STOP = [3, 5.1, 5.2, 5.3, 8, 8.4, 9, 9.6, 11, 11.2, 12, 12.5]
DIED = [1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0]
GROUP = [str(x) for x in [0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0]]
VALUE = [1.2, 0.4, 2.2, 1.9, 3.1, 2.8, 4.0, 0.9, 1.5, 2.6]
LABEL = list("aaabbbbccc")

EXPECTED = {
    "freireich": [16.7929409892, 4.16880910933e-05, 19.250500948, 10.749499052],
    "three": [13.2969975901, 0.00129596615673, 13.119514918, 7.90721056235, 8.9732745197],
    "delayed": [0.00505102566746, 0.943341592077],
    "reverse": [25],
    "welch": [7.16624599107],
    "bound": [0.0487029133101, 0.178395355539],
}


def ours() -> dict[str, list[float]]:
    two, three = log_rank(WEEKS, SEEN, ARM), log_rank(WEEKS, SEEN, THIRD)
    delayed = log_rank(STOP, DIED, GROUP, entry=ENTRY)
    median = follow_up(WEEKS[:21], SEEN[:21]).median_follow_up
    assert median is not None
    means = permuted_means(VALUE, LABEL, rng=np.random.default_rng(1), permutations=9)
    return {
        "freireich": [two.statistic, two.p_value, *two.expected],
        "three": [three.statistic, three.p_value, *three.expected],
        "delayed": [delayed.statistic, delayed.p_value],
        "reverse": [median],
        "welch": [means.statistic],
        "bound": [upper_bound(0, 60), upper_bound(3, 41)],
    }


def test_agrees_with_the_numbers_printed_by_r() -> None:
    for name, found in ours().items():
        np.testing.assert_allclose(
            found, np.asarray(EXPECTED[name], float), rtol=1e-9, err_msg=name
        )


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_r() -> None:
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    rows = {row[0]: row[1:] for row in map(str.split, done.stdout.splitlines())}
    assert rows.pop("version")
    assert set(rows) == set(EXPECTED)
    for name, found in ours().items():
        np.testing.assert_allclose(found, np.array(rows[name], float), rtol=1e-8, err_msg=name)
