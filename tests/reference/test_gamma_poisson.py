"""Gamma–Poisson fit against R's negative binomial regression.

Expected: gamma_poisson.R beside this file, R 4.2.2, MASS 7.3-58.2, run 2026-11-22:
glm.nb(events ~ offset(log(years))).
"""

from __future__ import annotations

import pytest

from ultrarare.stats.episodes import fit_gamma_poisson

EVENTS = [0, 3, 1, 7, 2, 0, 5, 12, 1, 4, 0, 2, 9, 3, 1]
YEARS = [1, 2.5, 1.2, 3, 2, 0.8, 2, 4, 1, 3.5, 2, 1.5, 3, 2, 0.5]


def test_agrees_with_glm_nb() -> None:
    fitted = fit_gamma_poisson(EVENTS, YEARS)

    assert fitted.mean_rate == pytest.approx(1.58498620, rel=1e-7)
    assert fitted.shape == pytest.approx(7.89630558, rel=1e-6)  # the likelihood is flat in k
    assert fitted.loglik == pytest.approx(-28.95798960, abs=5e-9)
