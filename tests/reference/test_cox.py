"""Cox regression against R: ties, late entry, strata, weights, offset, sandwich, residuals.

Data are made. Expected: cox.R beside this file, R 4.2.2, survival 3.5-3, run 2026-11-25. A row
holds the coefficients, their standard errors from the information and from the sandwich, both log
likelihoods and the score statistic.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ultrarare.stats.cox import CoxModel, fit_cox

SCRIPT = Path(__file__).with_name("cox.R")

# fmt: off
ENTRY = [0, 0, 1, 2, 2, 3, 0, 4, 5, 5, 6, 1, 0, 2, 3, 7]
TIME = [3, 5, 5, 5, 8, 8, 9, 9, 11, 11, 12, 12, 8, 9, 5, 12]
EVENT = [1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1]
X = [0.5, 1.2, -0.3, 0.8, 0.1, -1.1, 0.4, 0.9, -0.6, 0.2, 1.5, -0.9, 0.3, -0.2, 0.7, -1.4]
Z = [1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0]
WEIGHT = [1, 2, 1, 0.5, 1, 1.5, 1, 1, 2, 1, 1, 0.7, 1, 1, 1, 1.2]
OFFSET = [0.1, 0, 0.3, -0.2, 0, 0.5, 0, -0.4, 0.2, 0, 0, 0.1, -0.3, 0, 0.2, 0]
R_FITS = {
    "efron": [0.164713944585, 0.603172160118, 0.343046298764, 0.661965263152, 0.240263607115,
              0.478834161645, -21.221958958655, -20.414584876023, 1.711289564356],
    "breslow": [0.154100950256, 0.544416540305, 0.341287766708, 0.656283779627, 0.207201826308,
                0.408202397599, -22.152246514458, -21.487924321564, 1.387597486666],
    "strata": [0.236143363451, 0.418352755410, 0.270030838239, -14.180153671552, -14.019529586763,
               0.321925935328],
    "weights": [0.168331099505, 0.460857159286, 0.298502647041, 0.581882176276, 0.233476351443,
                0.378170046183, -26.300954822624, -25.662126320335, 1.324505544572],
    "offset": [0.281978032849, 0.417966503932, 0.339313399157, 0.657872797870, 0.232470108617,
               0.471853558410, -21.692244774767, -20.849353046615, 1.807220972896],
    "late": [0.166738694423, 0.563565847580, 0.335713053910, 0.673721415723, 0.251900171471,
             0.522063474933, -22.443950268483, -21.675371073640, 1.623225963860],
}
R_SCORE = [0.219390649079, 0.831093970952, 0.178793413248, 0.526053702486, 0.019027961982,
           -0.694438396066, -0.162528837435, 0.248493089293, 0.008826030888, -0.030135622792,
           -1.933700975566, 1.396457833065, 0.083148359728, -0.192016256401, -0.151394837463,
           -0.347070084763]
R_MARTINGALE = [0.84445798277, 0.78344206098, -0.36988563509, 0.79725023163, 0.33704460776,
                0.57545149626, -0.69794328523, 0.39879628384, 0.02234943599, -0.61017835838,
                -1.44889472036, -1.26303480647, 0.31484129665, 0.42260112336, -0.27536446284,
                0.16906674912]
R_HAZARD = [0.07836573435, 0.21260497933, 0.43883207926, 0.65344101468, 0.80300984603,
            1.46486040564]
# fmt: on
BOTH = np.column_stack((X, Z))
CLUSTER = np.repeat(np.arange(8), 2)


def fit(name: str) -> CoxModel:
    options: dict[str, Any] = {"entry": ENTRY, "cluster": CLUSTER}
    others: dict[str, dict[str, Any]] = {
        "breslow": {"ties": "breslow"},
        "strata": {"strata": [1, 2] * 8},
        "weights": {"weights": WEIGHT},
        "offset": {"offset": OFFSET},
        "late": {"entry": None},
    }
    options |= others.get(name, {})
    return fit_cox(TIME, EVENT, X if name == "strata" else BOTH, **options)


def numbers(model: CoxModel) -> list[float]:
    return [
        *model.coefficient,
        *model.std_error,
        *model.robust_std_error,
        model.null_log_likelihood,
        model.log_likelihood,
        model.score_statistic,
    ]


@pytest.mark.parametrize("name", R_FITS)
def test_agrees_with_coxph(name: str) -> None:
    np.testing.assert_allclose(numbers(fit(name)), R_FITS[name], rtol=1e-9, atol=1e-10)


def test_residuals_and_the_baseline_hazard_are_those_of_coxph() -> None:
    model = fit_cox(TIME, EVENT, BOTH, entry=ENTRY)

    np.testing.assert_allclose(model.score_residuals[:, 0], R_SCORE, atol=1e-7)
    np.testing.assert_allclose(model.martingale, R_MARTINGALE, atol=1e-7)
    ours = [model.cumulative_hazard([0, 0], t) for t in model.time]
    np.testing.assert_allclose(ours, R_HAZARD, atol=1e-7)


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_coxph() -> None:
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    printed = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}

    for name in R_FITS:
        np.testing.assert_allclose(
            numbers(fit(name)), np.array(printed[name], dtype=float), rtol=1e-8, atol=1e-8
        )
