"""Kaplan–Meier against R, with and without delayed entry.

Data: weeks in remission, 6-MP arm. Freireich et al. 1963, Blood 21:699, as tabled by Gehan 1965,
Biometrika 52:203. The second set is made, with ties and delayed entry.
Expected: kaplan_meier.R beside this file, R 4.2.2, survival 3.5-3, run 2026-11-22:
survfit(Surv(weeks, relapsed) ~ 1, conf.type = "log-log") and
survfit(Surv(entry, time, event) ~ 1, conf.type = "log-log").
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.arrays import Floats
from ultrarare.stats.survival import SurvivalCurve, kaplan_meier

SCRIPT = Path(__file__).with_name("kaplan_meier.R")

WEEKS = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12

ENTRY = [0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1]
TIME = [3, 5, 5, 5, 8, 8, 9, 9, 11, 11, 12, 12]
EVENT = [1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0]

# fmt: off
R_FREIREICH = np.array([  # week, at risk, events, survival, standard error, lower, upper
    (6, 21, 3, 0.85714285714, 0.07636035483, 0.61971795527, 0.95155174765),
    (7, 17, 1, 0.80672268908, 0.08693528518, 0.56314656462, 0.92280901920),
    (10, 15, 1, 0.75294117647, 0.09634965299, 0.50319951080, 0.88936183517),
    (13, 12, 1, 0.69019607843, 0.10681470778, 0.43161022249, 0.84906596335),
    (16, 11, 1, 0.62745098039, 0.11405386526, 0.36751085599, 0.80491218947),
    (22, 7, 1, 0.53781512605, 0.12823375169, 0.26777893677, 0.74679071764),
    (23, 6, 1, 0.44817927171, 0.13459145676, 0.18805200596, 0.68014262850),
])
R_DELAYED = np.array([
    (3, 7, 1, 0.85714285714, 0.13226001425, 0.33405387929, 0.97856105853),
    (5, 8, 2, 0.64285714286, 0.16449631577, 0.25290337009, 0.86761999840),
    (8, 8, 2, 0.48214285714, 0.15781829562, 0.17242988644, 0.73877172665),
    (9, 6, 1, 0.40178571429, 0.15058990237, 0.12992800141, 0.66536692463),
    (11, 4, 1, 0.30133928571, 0.14255912993, 0.07438748555, 0.57480288414),
    (12, 2, 1, 0.15066964286, 0.12818520594, 0.01038192465, 0.45646460744),
])
# fmt: on


def columns(curve: SurvivalCurve) -> Floats:
    return np.column_stack(
        (
            curve.time,
            curve.at_risk,
            curve.events,
            curve.survival,
            curve.std_error,
            curve.lower,
            curve.upper,
        )
    )


def test_agrees_with_survfit_on_the_remissions_of_freireich() -> None:
    curve = kaplan_meier(WEEKS, RELAPSED)

    np.testing.assert_allclose(columns(curve), R_FREIREICH, atol=5e-12)  # eleven decimals printed


def test_median_and_its_interval_are_those_of_survfit() -> None:
    curve = kaplan_meier(WEEKS, RELAPSED)

    assert curve.median() == 23
    lower, upper = curve.median_interval()
    assert lower == 13
    assert np.isnan(upper)


def test_agrees_with_survfit_under_delayed_entry_and_ties() -> None:
    curve = kaplan_meier(TIME, EVENT, entry=ENTRY)

    np.testing.assert_allclose(columns(curve), R_DELAYED, atol=5e-12)
    assert curve.median() == 8
    assert curve.median_interval() == (3, 12)


def test_median_of_a_curve_that_rests_at_one_half_is_the_middle_as_in_survfit() -> None:
    # quantile(survfit(Surv(c(1, 2, 3, 4), c(1, 1, 1, 1)) ~ 1), 0.5) gives 2.5
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).median() == 2.5


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_survfit() -> None:
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    printed = np.array([row for row in rows if row[0] != "median"], dtype=float)

    ours = np.vstack(
        (
            columns(kaplan_meier(WEEKS, RELAPSED)),
            columns(kaplan_meier(TIME, EVENT, entry=ENTRY)),
        )
    )
    np.testing.assert_allclose(ours, printed, rtol=1e-8, atol=1e-8)
    medians = [row[1:] for row in rows if row[0] == "median"]
    assert medians == [["23", "13", "NA"], ["8", "3", "12"]]
