"""Regression to the mean against R: tests/reference/regression_to_mean.R, R 4.2.2."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.regression_to_mean import EntryRule, entrant, untreated_from_visits
from ultrarare.stats.regression_to_mean.formula import given_entry
from ultrarare.stats.regression_to_mean.likelihood import fit, free_fit, start_of, sums_of
from ultrarare.stats.regression_to_mean.population_mean import mean_range, mee_chua

SCRIPT = Path(__file__).with_name("regression_to_mean.R")
X = np.array([44, 47.5, 49, 41, 46, 43.5, 48, 45])
Y = np.array([55, 58.5, 61, 50, 54.5, 57, 60.5, 52])
UNTREATED = (
    ((0, 1, 2), (0.31, -0.42, 0.77)),
    ((0, 1, 2), (-0.92, -1.13, -0.21)),
    ((0, 1, 3), (1.21, 0.52, 1.93)),
    ((0, 2, 3), (0.11, 0.62, -0.33)),
    ((1, 2), (-1.41, -0.32)),
    ((0, 1, 2, 3), (0.66, 1.42, 0.15, 0.82)),
    ((0, 1, 2), (-0.24, -0.77, 0.54)),
    ((0, 1, 2), (-1.62, -0.95, -1.38)),
)
R = {
    "davis": [0.762567638080, 1.075355123370, 0.485465566003],
    "mee_chua": [4.70898446821, 6.98042484163, 2.94715522858],
    "mean_range": [33.5913538839, 72.5025514419],
    "effect": [1.05837332713],
    "deviances": [-1.11100456317, 4.47722572688],
}


@pytest.mark.needs_r
def test_the_script_prints_these_numbers() -> None:
    done = subprocess.run(
        ["Rscript", str(SCRIPT)], capture_output=True, text=True, check=True, timeout=60
    )
    rows = [line.split() for line in done.stdout.splitlines() if not line.startswith("#")]
    printed = {name: [float(cell) for cell in cells] for name, *cells in rows}

    assert printed.keys() == R.keys()
    for name, wanted in R.items():
        assert printed[name] == pytest.approx(wanted, rel=1e-8), name


def test_the_formula() -> None:
    found = [
        given_entry(0, 0.5, 0.5, -1, deciding=1, after=1).mean,
        given_entry(60, 100, 25, 52, deciding=3, after=2).mean,
        given_entry(1, 0.2, 2, 1.5, deciding=2, after=1).mean,
    ]
    assert found == pytest.approx(R["davis"], rel=1e-9)


def test_the_test_at_a_population_mean_and_the_range_of_means() -> None:
    tests = [mee_chua(X, Y, centre) for centre in (40, 50, 60)]
    assert [test.effect / test.se for test in tests] == pytest.approx(R["mee_chua"], rel=1e-9)

    found = mean_range(X, Y, alpha=0.05)
    assert [found.lower, found.upper] == pytest.approx(R["mean_range"], rel=1e-9)


def test_the_likelihood_given_entry() -> None:
    person = np.repeat(np.arange(8), [len(t) for t, _ in UNTREATED])
    untreated = untreated_from_visits(
        person,
        np.concatenate([t for t, _ in UNTREATED]),
        np.concatenate([y for _, y in UNTREATED]),
    )
    rule = EntryRule(threshold=-1.0, direction="higher", visits=2)
    people = (
        entrant(rule, [0, 1], [-1.2, -0.9], [2, 3], [0.4, 0.7]),
        entrant(rule, [0, 1], [-1.4, -1.0], [2], [0.3]),
    )
    sums = sums_of(untreated, people, rule)
    best, effect = free_fit(sums, start_of(untreated), guess=0.0)
    null = fit(sums, 0.0, best.at)

    assert effect == pytest.approx(R["effect"][0], rel=1e-5)
    assert [best.deviance, null.deviance] == pytest.approx(R["deviances"], rel=1e-6)
