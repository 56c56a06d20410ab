"""The simulation in validation/own_control.py: its data as it says, its rows as own_control's."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ultrarare.stats.own_control import own_control
from ultrarare.stats.untreated_course import choose_course

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


def setting(simulation: ModuleType, **changed: Any) -> Any:
    plain = simulation.Setting(
        course="stable", noise="normal", selected=True, reliability=0.5, people=12
    )
    return replace(plain, **changed)


@pytest.mark.parametrize("n_pre", [1, 4])
def test_each_run_says_what_own_control_says(simulation: ModuleType, n_pre: int) -> None:
    made = setting(simulation)
    rng = np.random.default_rng(3)
    for _ in range(6):
        model = choose_course(*simulation.cohort(rng, made), slopes=False)
        t0, y0, t1, y1 = simulation.person(rng, n_pre, made)
        hit = simulation.compared(model, t0, y0, t1, y1)
        found = own_control(model, t0, y0, t1, y1, direction="lower")
        assert hit.ours == float(not found.lower <= 0 <= found.upper)
        assert hit.benefit == float(found.upper < 0)
        assert hit.ours_bias == pytest.approx(found.contrast, abs=1e-9)
        assert hit.width == pytest.approx(found.upper - found.lower, rel=1e-9)
        better = own_control(model, t0, y0, t1, y1 - simulation.EFFECT, direction="lower")
        assert hit.power == float(better.upper < 0)
        if n_pre > 1:
            assert found.naive is not None
            assert simulation.naive_p(y0, y1) == pytest.approx(found.naive.p)


def test_values_at_time_0_have_variance_1_and_the_reliability_named(
    simulation: ModuleType,
) -> None:
    rng = np.random.default_rng(4)
    for noise, correlation in (("normal", 0.5), ("ar1", 0.5 + 0.5 * simulation.AR1)):
        made = setting(simulation, noise=noise)
        y = np.array([simulation.course(rng, np.arange(2.0), made) for _ in range(20000)])
        assert np.var(y[:, 0]) == pytest.approx(1, abs=0.05)
        assert np.corrcoef(y.T)[0, 1] == pytest.approx(correlation, abs=0.03)


def test_a_selected_person_has_a_bad_baseline(simulation: ModuleType) -> None:
    rng = np.random.default_rng(5)
    made = setting(simulation)
    assert min(simulation.person(rng, 1, made)[1][0] for _ in range(200)) > 1
