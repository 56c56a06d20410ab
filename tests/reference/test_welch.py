"""Welch's interval against R's t.test.

Expected: welch.R beside this file, R 4.2.2, run 2026-11-22.
"""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.stats.welch import welch

BEFORE = np.array([7.1, 6.4, 8.0, 7.7])
AFTER = np.array([5.2, 6.1, 4.9, 5.5, 5.8, 5.0])


def test_agrees_with_t_test() -> None:
    found = welch(BEFORE, AFTER, level=0.9)

    assert found is not None
    ours = (found.difference, found.lower, found.upper, found.p, found.df)
    expected = (-1.8833333333, -2.7023689484, -1.0642977183, 0.0060731189, 4.7846217084)
    assert ours == pytest.approx(expected, abs=5e-11)


def test_one_visit_on_a_side_has_no_interval() -> None:
    assert welch(BEFORE[:1], AFTER, level=0.95) is None


def test_visits_without_any_variation_have_no_interval() -> None:
    assert welch(np.ones(3), np.ones(4), level=0.95) is None
