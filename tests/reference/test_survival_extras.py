"""Cumulative incidence, log-rank, restricted mean and parametric fits against R.

Data: made, with ties and delayed entry. Expected: survival_extras.R beside this file, R 4.2.2,
survival 3.5-3, run 2026-11-26.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.arrays import Floats
from ultrarare.stats.competing import CumulativeIncidence, cumulative_incidence
from ultrarare.stats.log_rank import log_rank
from ultrarare.stats.one_sample import one_sample
from ultrarare.stats.parametric_survival import Family, fit_parametric
from ultrarare.stats.survival import kaplan_meier
from ultrarare.stats.survival_extras import conditional_kaplan_meier, restricted_mean
from ultrarare.stats.untreated_hazard import UntreatedHazard

SCRIPT = Path(__file__).with_name("survival_extras.R")

ENTRY = np.array([0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1, 0, 2, 3, 7], dtype=np.float64)
TIME = np.array([3, 5, 5, 5, 8, 8, 9, 9, 11, 11, 12, 12, 8, 9, 5, 12], dtype=np.float64)
CAUSE = np.array([1, 2, 0, 1, 1, 2, 0, 1, 1, 0, 2, 0, 1, 1, 0, 1])
GROUP = np.array([1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0])
EVENT = CAUSE > 0

# fmt: off
R: dict[str, list[float]] = {
    "ajtime": [3, 5, 8, 9, 11, 12],
    "aja": [0.111111111111, 0.191919191919, 0.324150596878, 0.456382001837, 0.535720844812,
            0.641505968779],
    "ajase": [0.104756560176, 0.120461574545, 0.125606127341, 0.130533583703, 0.135468358285,
              0.140188977924],
    "ajb": [0, 0.0808080808081, 0.1469237832874, 0.1469237832874, 0.1469237832874,
            0.2527089072544],
    "ajbse": [0, 0.0779517636552, 0.0948096282029, 0.0948096282029, 0.0948096282029,
              0.1277848498420],
    "rja": [0.0625, 0.125, 0.272727272727, 0.420454545455, 0.509090909091, 0.627272727273],
    "rjase": [0.0605153647845, 0.0826797284708, 0.1173464596197, 0.1317804386333,
              0.1377269999725, 0.1440457777085],
    "logrank": [5, 6, 6.63636363636, 4.36363636364, 1.28062919724],
    "latelogrank": [1.70409304791],
    "rmean": [7.885215794307, 0.749868117506],
    "conditional": [0.727272727273, 0.545454545455, 0.436363636364, 0.145454545455],
    "exponential": [2.484906649117, 0.301511344477, -38.333973147668],
    "weibull": [2.3338213020079, -1.1840253477826, 0.0922762672242, 0.2501563488270,
                -31.2530972826724],
    "lognormal": [2.178824184155, -0.788707912355, 0.125145553853, 0.214981430336,
                  -32.277651726424],
    "loglogistic": [2.209035150462, -1.384263182285, 0.115404614148, 0.250545237988,
                    -32.063169306664],
    "onesample": [11, 13.2, 0.366666666667],
}
# fmt: on


def incidence(*, late: bool) -> CumulativeIncidence:
    names = np.array(["none", "a", "b"])[CAUSE]
    return cumulative_incidence(TIME, EVENT, names, entry=ENTRY if late else None)


def close(values: Floats, name: str) -> None:
    assert values == pytest.approx(np.array(R[name]), abs=1e-5)


def test_cumulative_incidence_with_late_entry_and_ties() -> None:
    found = incidence(late=True)

    assert found.causes == ("a", "b")
    close(found.time, "ajtime")
    close(found.incidence[:, 0], "aja")
    close(found.std_error[:, 0], "ajase")
    close(found.incidence[:, 1], "ajb")
    close(found.std_error[:, 1], "ajbse")


def test_cumulative_incidence_when_all_were_watched_from_the_start() -> None:
    found = incidence(late=False)

    close(found.incidence[:, 0], "rja")
    close(found.std_error[:, 0], "rjase")


def test_log_rank_statistic_and_its_expected_numbers() -> None:
    found = log_rank(TIME, EVENT, GROUP)

    values = [*found.observed, *found.expected, found.statistic]
    close(np.array(values), "logrank")


def test_log_rank_with_late_entry_is_the_score_test_of_cox_where_nothing_is_tied() -> None:
    untied = TIME + np.arange(1, 17) / 100

    found = log_rank(untied, EVENT, GROUP, entry=ENTRY)

    close(np.array([found.statistic]), "latelogrank")


def test_restricted_mean_and_its_error() -> None:
    mean = restricted_mean(kaplan_meier(TIME, EVENT, entry=ENTRY), 10)

    close(np.array([mean.value, mean.std_error]), "rmean")


def test_survival_from_an_age_on() -> None:
    close(conditional_kaplan_meier(TIME, EVENT, entry=ENTRY, given=6).survival, "conditional")


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("exponential", "exponential"),
        ("weibull", "weibull"),
        ("log-normal", "lognormal"),
        ("log-logistic", "loglogistic"),
    ],
)
def test_parametric_fit(family: Family, name: str) -> None:
    fit = fit_parametric(TIME, EVENT, family)

    errors = np.sqrt(np.diag(fit.covariance))
    close(np.array([*fit.estimate, *errors, fit.log_likelihood]), name)


def test_one_sample_log_rank_against_a_known_hazard() -> None:
    ages = np.arange(1.0, 13.0)
    known = UntreatedHazard(
        time=ages, at_risk=np.full(12, 1e6), events=np.full(12, 1e5), seen_from=np.array([0.0, 12]),
        seen=np.array([1e6, 0]), start=0.0, follow_up=12.0, people=1e6, published=True,
        caveats=(),
    )  # fmt: skip

    found = one_sample(known, np.zeros(16), TIME, EVENT)

    close(np.array([found.observed, found.expected, found.z_known**2]), "onesample")


@pytest.mark.needs_r
def test_the_script_still_gives_the_committed_numbers() -> None:
    run = subprocess.run(
        ["Rscript", SCRIPT.name], cwd=SCRIPT.parent, capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in run.stdout.splitlines()]
    printed = {row[0]: row[1:] for row in rows}

    assert set(printed) == {*R, "version"}
    for name, expected in R.items():
        assert [float(value) for value in printed[name]] == pytest.approx(expected, abs=1e-9), name
