"""Counts of RNA-seq against limma.

Expected: expression.R beside this file, R 4.2.2 with limma 3.54.1, run 2026-11-27. Where all counts
weigh alike the methods are the same; with weights, ours come from bins and limma's from lowess.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ultrarare.stats.drugging.expression import expression, size_factors

TABLE = Path(__file__).with_name("expression_counts.csv")
TREATED = np.array([True, True, True, False, False, False])
ALIKE = {
    0: (-2.25949260, -8.61428073, 7.84668897, 2.8745994e-05),
    1: (-0.01999175, -0.07931680, 7.84668897, 0.93876608),
    9: (0.13114557, 0.61053171, 7.84668897, 0.55877375),
}
WEIGHTED = {
    0: (-2.31563739, -10.68208989),
    1: (-0.08204267, -0.21376088),
    9: (0.05962803, 0.32256193),
    99: (-0.09440536, -0.33582569),
    299: (0.44413085, 1.88417893),
}


def counts():
    with TABLE.open(encoding="utf-8") as handle:
        return np.array([[float(cell) for cell in row[1:]] for row in list(csv.reader(handle))[1:]])


def test_size_factors_are_medians_of_ratios():
    expected = (1.18255348, 0.78088960, 0.98249875, 1.46963508, 0.68643196, 1.09257324)
    assert size_factors(counts()) == pytest.approx(expected, abs=1e-8)


def test_without_weights_it_is_limma():
    few = counts()[:50]
    found = expression(few, TREATED, size_factors(few))
    assert not found.weighted
    assert found.prior_df == pytest.approx(3.84668897, abs=1e-7)
    for gene, (change, t, df, p) in ALIKE.items():
        assert found.change[gene] == pytest.approx(change, abs=1e-7)
        assert found.change[gene] / found.error[gene] == pytest.approx(t, abs=1e-6)
        assert found.df[gene] == pytest.approx(df, abs=1e-6)
        assert found.p_value[gene] == pytest.approx(p, rel=1e-6)


def test_with_weights_it_is_close_to_voom():
    found = expression(counts(), TREATED, size_factors(counts()))
    assert found.weighted
    assert found.prior_df == pytest.approx(69.2, rel=0.15)
    for gene, (change, t) in WEIGHTED.items():
        assert found.change[gene] == pytest.approx(change, abs=0.03)
        assert found.change[gene] / found.error[gene] == pytest.approx(t, abs=0.15)
