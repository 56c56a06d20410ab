"""The vectorised simulation in validation/own_control.py against the package, run by run."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ultrarare.stats.mixed import fit_random_intercept
from ultrarare.stats.own_control import own_control

SCRIPT = Path(__file__).parents[2] / "validation/own_control.py"


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("validation_own_control", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("n_pre", [1, 4])
def test_each_run_gives_the_contrast_and_the_naive_p_of_the_package(
    simulation: ModuleType, n_pre: int
) -> None:
    rng = np.random.default_rng(3)
    times = simulation.COHORT_TIMES
    y = rng.normal(0, 0.9, (6, 12, 1)) + rng.normal(0, 0.5, (6, 12, times.size))
    y0, y1 = rng.normal(1, 0.5, (6, n_pre)), rng.normal(0.5, 0.5, (6, 4))
    t0 = 4.0 - np.arange(n_pre, 0, -1.0)
    who, when = np.repeat(np.arange(12), times.size), np.tile(times, 12)

    delta, sd = simulation.contrast(
        simulation.estimate(y, times), y0, t0, y1, simulation.POST_TIMES
    )

    for run in range(6):
        model = fit_random_intercept(who, when, y[run].ravel())
        found = own_control(model, t0, y0[run], simulation.POST_TIMES, y1[run], direction="lower")
        assert delta[run] == pytest.approx(found.contrast, abs=1e-6)
        assert sd[run] == pytest.approx(found.expected_sd, rel=1e-6)
        if n_pre > 1:
            assert found.naive is not None
            assert simulation.naive_p(y0, y1)[run] == pytest.approx(found.naive.p)
