"""Regression to the mean that an entry rule alone makes, before any visit is looked at."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import log_ndtr

from ultrarare.stats.arrays import Floats
from ultrarare.stats.mixed import PopulationModel

Direction = Literal["lower", "higher"]
"""Which values are better."""


def davis_regression(
    population: PopulationModel,
    pre_time: Floats,
    entry_threshold: float | None,
    *,
    direction: Direction,
) -> float | None:
    """Mean change, by regression alone, of people entered on a bad mean of their baselines.

    Args:
        population: untreated course of comparable people.
        pre_time: (m,) times of the baselines that decided on entry.
        entry_threshold: the baseline mean had to be beyond this value, on the bad side; None if
            no such rule decided, and then there is no such regression.
        direction: which values are better; the change is towards them.

    Notes:
        s_w²/m / √(s_b²+s_w²/m) · φ(z)/Φ(−z), z the distance of the threshold from the
        population mean in sds of a baseline mean (Davis 1976; Barnett et al. 2005).
    """
    if entry_threshold is None:
        return None
    at = float(pre_time.mean())
    noise = population.residual_sd**2 / pre_time.size
    sd = float(np.sqrt(population.between_sd(at) ** 2 + noise))
    mean = float(population.beta @ np.array([1.0, at]))
    worse = 1.0 if direction == "lower" else -1.0
    z = worse * (entry_threshold - mean) / sd
    mills = float(np.exp(-z * z / 2 - log_ndtr(-z)) / np.sqrt(2 * np.pi))
    return -worse * noise / sd * mills
