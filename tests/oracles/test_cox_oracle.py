"""The partial likelihood written out one event time after the other, maximised by a simplex."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from ultrarare.stats.arrays import Floats
from ultrarare.stats.cox import Ties, fit_cox


def log_likelihood(
    beta: Floats, time: Floats, event: Floats, x: Floats, entry: Floats, *, efron: bool
) -> float:
    risk, total = np.exp(x @ beta), 0.0
    for t in np.unique(time[event == 1]):
        at_risk = (entry < t) & (t <= time)
        dead = (time == t) & (event == 1)
        for turn in range(int(dead.sum())):
            share = turn / dead.sum() if efron else 0.0
            total -= np.log(risk[at_risk].sum() - share * risk[dead].sum())
        total += (x[dead] @ beta).sum()
    return float(total)


def information(beta: Floats, *data: Floats) -> Floats:
    step, p = 1e-4, beta.size
    out = np.zeros((p, p))
    for j in range(p):
        for k in range(p):
            for a in (-1, 1):
                for b in (-1, 1):
                    moved = beta + step * (a * np.eye(p)[j] + b * np.eye(p)[k])
                    out[j, k] -= a * b * log_likelihood(moved, *data, efron=True)
    return out / (4 * step**2)


def made(seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 4, 30).astype(np.float64)
    time = entry + rng.integers(1, 7, 30)
    event = (rng.random(30) < 0.7).astype(np.float64)
    return time, event, rng.normal(size=(30, 2)), entry


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_agrees_with_the_definition_on_tied_and_truncated_data(seed: int, ties: Ties) -> None:
    data = made(seed)
    time, event, x, entry = data

    model = fit_cox(time, event, x, entry=entry, ties=ties)

    def lost(beta: Floats) -> float:
        return -float(log_likelihood(beta, *data, efron=ties == "efron"))

    found = minimize(
        lost, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12}
    )
    assert model.coefficient == pytest.approx(found.x, abs=1e-5)
    assert model.log_likelihood == pytest.approx(-found.fun, abs=1e-9)


@pytest.mark.parametrize("seed", range(2))
def test_the_penalised_maximum_is_that_of_the_definition(seed: int) -> None:
    data = made(seed)
    time, event, x, entry = data

    model = fit_cox(time, event, x, entry=entry, firth=True)

    def penalised(beta: Floats) -> float:
        _, log_det = np.linalg.slogdet(information(np.asarray(beta), *data))
        return -log_likelihood(beta, *data, efron=True) - 0.5 * float(log_det)

    found = minimize(
        penalised, [0, 0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}
    )
    assert model.coefficient == pytest.approx(found.x, abs=2e-4)
