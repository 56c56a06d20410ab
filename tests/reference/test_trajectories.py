"""Courses with serial correlation, and with a change point, against R's nlme.

Data: mixed_visits.csv, as in test_mixed_models.py. Expected: trajectories.R beside this file, R
4.2.2, nlme 3.1-162, run 2026-11-26: lme with corCAR1, lme with a knot at 5, gls with corExp and a
nugget (nlme's range is −1/log of our correlation). nlme stops at about 1e-6 of the variances.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.trajectory import fit_trajectory

HERE = Path(__file__).parent
PERSON, TIME, VALUE = np.loadtxt(HERE / "mixed_visits.csv", delimiter=",", skiprows=1).T

# fmt: off
R = {
    "serial": (  # b, cov b, var u0, sd, correlation, log-likelihood
        39.288268490, -1.375224296, 2.001787112, -0.129210674, 0.018356812, 21.260079728,
        3.356516245, 0.615816472, -305.645494091,
    ),
    "knot": (  # b, cov b, var u, sd, log-likelihood
        38.914536599, -1.210780440, -0.187423007, 1.182642844, -0.240842490, 0.252439391,
        0.076573560, -0.063907023, 0.082606448, 5.381981460, -0.525143227, 0.569175607,
        1.422227766, -271.526590062,
    ),
    "nugget": (  # b, cov b, sd, correlation, nugget, log-likelihood
        39.275764560, -1.375168060, 2.053402048, -0.118059993, 0.016759332, 5.831432647,
        0.959634024, 0.037535336, -291.859788234,
    ),
}
# fmt: on


def ours(name: str) -> list[float]:
    settings: dict[str, dict[str, object]] = {
        "serial": {"serial": True},
        "knot": {"shape": "change-point", "knot": 5.0},
        "nugget": {"serial": True, "nugget": True},
    }
    model: PopulationModel = fit_trajectory(PERSON, TIME, VALUE, grid=False, **settings[name])  # type: ignore[arg-type]
    assert model.converged
    assert model.loglik is not None
    p = model.beta.size
    # nlme writes the lower half column by column, which is the upper half row by row
    out = [*model.beta, *model.beta_cov[np.triu_indices(p)]]
    if name == "serial":
        return [*out, model.random_cov[0, 0], model.residual_sd, model.correlation, model.loglik]
    if name == "knot":
        random = model.random_cov[:2, :2][np.triu_indices(2)]
        return [*out, *random, model.residual_sd, model.loglik]
    return [*out, model.residual_sd, model.correlation, model.nugget, model.loglik]


@pytest.mark.parametrize("name", list(R))
def test_the_course_agrees_with_nlme(name: str) -> None:
    assert ours(name) == pytest.approx(R[name], rel=1e-5)


@pytest.mark.needs_r
def test_agrees_with_a_live_run_of_nlme() -> None:
    done = subprocess.run(
        ["Rscript", str(HERE / "trajectories.R"), str(HERE / "mixed_visits.csv")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    lines = (line.split() for line in done.stdout.splitlines())
    found = {first: [float(x) for x in rest] for first, *rest in lines if first in R}
    assert set(found) == set(R)
    for name, wanted in found.items():
        assert ours(name) == pytest.approx(wanted, rel=1e-5)
