"""States seen at visits against R's msm, on a made data set.

Expected: states_panel.R beside this file, R 4.2.2, msm 1.7, run 2026-11-25:
msm(state ~ time, subject = person, qmatrix = …, method = "BFGS", control = list(reltol = 1e-16)).
Data: states_panel.csv, 60 made people, three states in a row, visits 0.3 to 1.6 apart.
"""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.errors import NotComputable
from ultrarare.stats.states_panel import PanelStates, fit_panel

HERE = Path(__file__).parent
SCRIPT = HERE / "states_panel.R"

R_THREE = -233.181606696, [-0.140976650, -0.124506842, -0.990298935, -0.630870927]
R_THREE_ERRORS = [0.2110061, 0.2241994, 0.2373769, 0.2276774]
R_TWO = -152.357852409, [-0.308831216, -0.833294856]
R_TWO_ERRORS = [0.1845652, 0.1930223]
R_TRANSITION = [  # columns of the matrix for a time of 1.5
    *(0.504096618, 0.386199823, 0.168948229),
    *(0.379891280, 0.406386380, 0.297122295),
    *(0.116012102, 0.207413796, 0.533929477),
]


def visits() -> tuple[list[str], list[float], list[int]]:
    with (HERE / "states_panel.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return (
        [row["person"] for row in rows],
        [float(row["time"]) for row in rows],
        [int(row["state"]) for row in rows],
    )


@pytest.fixture(scope="module")
def three() -> PanelStates:
    return fit_panel(*visits())


def two() -> PanelStates:
    person, time, state = visits()
    return fit_panel(person, time, [min(each, 2) for each in state])


def logs(fit: PanelStates) -> np.ndarray:
    return np.log(fit.generator[fit.std_error > 0])


def test_three_states_agree_with_msm(three: PanelStates) -> None:
    assert three.loglik == pytest.approx(R_THREE[0], abs=1e-8)
    np.testing.assert_allclose(logs(three), R_THREE[1], atol=1e-5)
    np.testing.assert_allclose(three.std_error[three.std_error > 0], R_THREE_ERRORS, atol=1e-5)
    np.testing.assert_allclose(three.transition(1.5).T.ravel(), R_TRANSITION, atol=1e-5)


def test_two_states_agree_with_msm() -> None:
    found = two()

    assert found.loglik == pytest.approx(R_TWO[0], abs=1e-8)
    np.testing.assert_allclose(logs(found), R_TWO[1], atol=1e-5)
    np.testing.assert_allclose(found.std_error[found.std_error > 0], R_TWO_ERRORS, atol=1e-5)


def test_a_direct_change_that_the_data_do_not_show_is_not_computable() -> None:
    # msm reaches its iteration limit here and gives a standard error of 32 on the log scale.
    with pytest.raises(NotComputable, match="flat") as caught:
        fit_panel(*visits(), allowed=[[0, 1, 1], [1, 0, 1], [0, 1, 0]])

    assert "closer together" in caught.value.remedy


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_msm(three: PanelStates) -> None:
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    lines = {tuple(line.split()[:2]): line.split()[2:] for line in done.stdout.splitlines()}

    np.testing.assert_allclose(
        logs(three), np.array(lines["three", "log-intensities"], dtype=float), atol=1e-5
    )
    np.testing.assert_allclose(
        logs(two()), np.array(lines["two", "log-intensities"], dtype=float), atol=1e-5
    )
