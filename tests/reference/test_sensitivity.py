"""Sensitivity against numbers from R, by other routes than the package's.

Expected: sensitivity.R beside this file, R 4.2.2 (and metafor 3.8.1 for the spread between
populations), run 2026-11-26. The first ratio is the worked example of VanderWeele and Ding 2017:
3.9 (1.8 to 8.7), E-value 7.26, of the limit 3.0.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ultrarare.stats.sensitivity.e_value import Association, e_value, e_value_of
from ultrarare.stats.sensitivity.matched_sets import ScoredSets, scored_sets
from ultrarare.stats.sensitivity.observed import between_populations
from ultrarare.stats.sensitivity.rosenbaum import largest_p

HERE = Path(__file__).parent

EXPOSED = (
    36, 15, 50, 50, 8, 27, 28, 19, 38, 12, 30, 19, 19, 27, 40, 14, 32, 39, 26, 45, 13, 20, 26,
    12, 49, 29, 44, 11, 21, 39, 14, 44, 14,
)  # fmt: skip
CONTROL = (
    17, 13, 17, 15, 9, 19, 15, 17, 22, 16, 11, 12, 19, 9, 16, 17, 10, 16, 17, 12, 13, 17, 10, 11,
    19, 15, 9, 15, 23, 9, 18, 18, 14,
)  # fmt: skip

E_VALUES = {
    3.9: 7.26303434416,
    1.8: 3.0,
    1 / 0.8: 1.80901699437,
    0.91: 1.42857142857,
}
PAIRS = {  # Γ: normal, exact
    1: (3.4233206979e-05, 6.70738518238e-06),
    2: (0.00567616128904, 0.00253677705587),
    3: (0.0332205080297, 0.0238639674428),
    4: (0.0824294695691, 0.0746265374976),
    4.25: (0.0970085751383, 0.0911083986585),
    5: (0.143926904804, 0.146250483396),
}
BETWEEN = (0.907162781338, 0.436096692948, 2.83330835207)


def sets(exposed: tuple[float, ...], control: tuple[float, ...]) -> ScoredSets:
    names = [i for i in range(len(exposed)) for _ in range(2)]
    values = [x for pair in zip(exposed, control, strict=True) for x in pair]
    return scored_sets(names, [1, 0] * len(exposed), values, direction="higher")


def test_the_worked_example_of_vanderweele_and_ding():
    found = e_value(Association(measure="risk ratio", value=3.9, lower=1.8, upper=8.7))

    assert round(found.point, 2) == 7.26
    assert round(found.limit, 2) == 3.0


@pytest.mark.parametrize(("ratio", "expected"), E_VALUES.items())
def test_e_values_are_those_of_a_search(ratio, expected):
    assert e_value_of(ratio) == pytest.approx(expected, rel=1e-9)


def test_other_measures_are_read_as_risk_ratios():
    hazard = e_value(
        Association(measure="hazard ratio", value=0.56, lower=0.46, upper=0.69, outcome="common")
    )
    assert hazard.risk_ratio == pytest.approx(0.670083951663, rel=1e-9)
    assert hazard.point == pytest.approx(2.34953125732, rel=1e-9)
    assert hazard.limit == pytest.approx(1.90800394327, rel=1e-9)

    odds = e_value(
        Association(measure="odds ratio", value=2.5, lower=1.4, upper=4.5, outcome="common")
    )
    assert odds.point == pytest.approx(2.5397112947, rel=1e-9)
    assert odds.limit == pytest.approx(1.64881669049, rel=1e-9)

    sds = e_value(Association(measure="standardised difference", value=0.5, lower=0.2, upper=0.8))
    assert sds.point == pytest.approx(2.52914198186, rel=1e-9)
    assert sds.limit == pytest.approx(1.6889607176, rel=1e-9)


@pytest.mark.parametrize(("gamma", "expected"), PAIRS.items())
def test_pairs_under_hidden_bias(gamma, expected):
    pairs = sets(EXPOSED, CONTROL)

    assert largest_p(pairs, gamma, normal=True) == pytest.approx(expected[0], rel=1e-9)
    assert largest_p(pairs, gamma) == pytest.approx(expected[1], rel=1e-9)


def test_without_hidden_bias_it_is_wilcoxon_s_exact_p():
    x = (1.1, -0.4, 2.3, 0.9, 3.0, -1.6, 2.8, 0.2, 1.9, 2.5)
    assert largest_p(sets(x, (0.0,) * 10), 1.0) == pytest.approx(0.0185546875, rel=1e-12)


def test_differences_of_one_size_make_it_the_sign_test():
    pairs = sets((1.0,) * 8 + (-1.0,) * 2, (0.0,) * 10)
    assert largest_p(pairs, 2.0) == pytest.approx(0.299141391048, rel=1e-9)


def test_the_spread_between_populations():
    scale = between_populations(
        [-2.1, -3.4, -2.8, -4.0, -1.5], [0.3, 0.4, 0.25, 0.5, 0.35], what="slopes"
    )
    assert (scale.sd, scale.lower, scale.upper) == pytest.approx(BETWEEN, rel=1e-7)


@pytest.mark.needs_r
def test_the_numbers_are_what_r_prints():
    done = subprocess.run(
        ["Rscript", str(HERE / "sensitivity.R")], capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    printed = [(words[0], [float(w) for w in words[1:]]) for words in lines if words[0] == "pairs"]
    assert len(printed) == len(PAIRS)
    for _, (gamma, near, exact) in printed:
        assert (near, exact) == pytest.approx(PAIRS[gamma], rel=1e-9)
    between = next(words for words in lines if words[0] == "between")
    assert [float(w) for w in between[1:]] == pytest.approx(BETWEEN, rel=1e-7)
