"""Which model of the untreated course: decided by a rule that sees untreated people only."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.mixed import PopulationModel
from ultrarare.stats.trajectory import find_trajectory, fit_trajectory

CourseModel = Literal["auto", "plain", "serial", "change-point"]
MODELS: Final[tuple[CourseModel, ...]] = ("auto", "plain", "serial", "change-point")

_ENOUGH: Final = 8
"""People with three visits or more from whom memory between visits can be told from levels."""
_GAIN: Final = 1.0
"""Log-likelihood that one parameter more must bring (AIC, Akaike 1974)."""


def choose_course(
    person: ArrayLike,
    time: ArrayLike,
    value: ArrayLike,
    *,
    slopes: bool,
    model: CourseModel = "auto",
    grid: bool = True,
) -> PopulationModel:
    """Fit the untreated course, with serial correlation where the visits show it.

    Args:
        person: (n,) whole numbers ≥ 0 that tell whose visit it is.
        time: (n,) when.
        value: (n,) measurement, finite.
        slopes: whether people differ in slope as well as in level.
        model: `auto` decides on serial correlation by the rule below; `plain` leaves it out,
            `serial` takes it in, `change-point` bends the mean once and leaves it out.
        grid: carry the uncertainty of the variances.

    Raises:
        InputError: no such model; else as `fit_trajectory`.
        NotComputable: as `fit_trajectory`.

    Notes:
        Rule: with eight people or more who have three visits, the course with continuous
        first-order autoregression is taken if its restricted log-likelihood is higher by more than
        1. With fewer, memory and levels cannot be told apart; nothing is modelled and the result
        says so, the tipping autocorrelation standing beside it. The rule reads untreated people
        only. Its error rates: docs/validation/own-control.md.
    """
    if model not in MODELS:
        raise InputError(f"found {model!r}; allowed are {', '.join(MODELS)}", where="model")
    shape: Literal["intercept", "slope"] = "slope" if slopes else "intercept"
    if model == "change-point":
        return fit_trajectory(person, time, value, shape="change-point", grid=grid)
    if model != "auto":
        serial = model == "serial"
        found = fit_trajectory(person, time, value, shape=shape, serial=serial, grid=grid)
        return replace(found, serial="modelled") if serial else found
    plain = find_trajectory(person, time, value, shape=shape)
    other = None
    if _with_three_visits(person, time) >= _ENOUGH:
        # two visits of a person at one time leave no serial part to look for
        with suppress(NotComputable):
            other = find_trajectory(person, time, value, shape=shape, serial=True)
    if other is None:
        return plain.with_grid() if grid else plain.model
    assert plain.model.loglik is not None  # noqa: S101 -- a fit has one
    assert other.model.loglik is not None  # noqa: S101
    serial = other.model.converged and other.model.loglik - plain.model.loglik > _GAIN
    chosen = other if serial else plain
    found = chosen.with_grid() if grid else chosen.model
    return replace(found, serial="modelled" if serial else "not seen")


def _with_three_visits(person: ArrayLike, time: ArrayLike) -> int:
    pairs = np.unique(np.column_stack((np.asarray(person), np.asarray(time))), axis=0)
    _, visits = np.unique(pairs[:, 0], return_counts=True)
    return int(np.sum(visits >= 3))
