"""Simulated error rates of `own_control` on data like the case's, as shipped with the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from ultrarare.errors import InputError
from ultrarare.stats.arrays import require_positive

Course = Literal["stable", "progressive"]
Noise = Literal["normal", "ar1", "t3", "unequal", "missing", "worst"]
"""One stress at a time, or all of them: correlated residuals, heavy tails, visits at people's own
times, visits missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRow:
    """One simulated setting: how often each analysis finds an effect where there is none."""

    course: Course
    noise: Noise
    selection: Literal["bad baseline", "none"]
    reliability: float  # of one measurement
    n_people: int  # in the natural-history cohort, whose parameters were estimated in each run
    n_pre: int
    n_post: int
    effect: float  # the benefit behind `power`, in sds of one measurement
    runs: int
    naive_type1: float | None  # Welch on the person's own visits; None with one pre-dosing visit
    ours_type1: float  # two-sided, nominal 0.05
    ours_false_benefit: float  # in the direction of benefit only, nominal 0.025
    mc_se: float  # Monte Carlo standard error of ours_type1
    power: float
    naive_bias: float  # mean of post minus pre without effect, in sds of one measurement
    ours_bias: float  # mean of the contrast without effect
    unjudged: float  # share of runs whose cohort showed no variance between people
    conformal_type1: float | None = None  # two-sided rank p at most 0.05, in part of the runs
    width: float | None = None  # mean, of the interval, in sds of one measurement
    serial: float | None = None  # share of runs in which serial correlation was taken in

    def summary(self) -> str:
        """One sentence for the dossier, beside the result it qualifies."""
        naive = (
            "a before–after t test cannot be formed"
            if self.naive_type1 is None
            else f"a before–after t test finds an effect in {100 * self.naive_type1:.1f}%"
        )
        return (
            f"simulated without effect (reliability {self.reliability:g}, {self.n_people} people, "
            f"{self.n_pre} pre- and {self.n_post} post-dosing visits, entry: {self.selection}, "
            f"noise: {self.noise}): {naive}, this method in {100 * self.ours_type1:.1f}% "
            f"(Monte Carlo se {100 * self.mc_se:.1f}), nominal 5%; power "
            f"{100 * self.power:.0f}% for a benefit of {self.effect:g} sd; {self.runs} runs"
        )


@cache
def size_table() -> tuple[SizeRow, ...]:
    """Every simulated setting, written by validation/own_control.py."""
    text = files("ultrarare.stats").joinpath("data/own_control_size.json").read_text("utf-8")
    return tuple(SizeRow(**row) for row in json.loads(text)["rows"])


def nearest(reliability: float, n_people: int, n_pre: int, *, course: Course = "stable") -> SizeRow:
    """The setting most like the case, with normal noise and entry on a bad baseline.

    Args:
        reliability: of one measurement, above 0 and below 1.
        n_people: people in the natural-history cohort, ≥ 1.
        n_pre: pre-dosing visits, ≥ 1.
        course: stable if people share one slope, progressive if slopes differ.

    Raises:
        InputError: a number outside its range.

    Notes:
        Each course has a complete grid, so each of the three is matched by itself; people and
        visits on the scale of their logarithm.
    """
    if not 0 < reliability < 1:
        raise InputError(f"must lie between 0 and 1, not {reliability:g}", where="reliability")
    require_positive(n_people, "n_people")
    require_positive(n_pre, "n_pre")

    def distance(row: SizeRow) -> tuple[float, float, float]:
        return (
            abs(float(np.log(row.n_pre / n_pre))),
            abs(float(np.log(row.n_people / n_people))),
            abs(row.reliability - reliability),
        )

    return min(_like_a_case(course), key=distance)


def stresses(row: SizeRow) -> tuple[SizeRow, ...]:
    """The same setting under every stress, and without selection.

    Args:
        row: a row of the table.
    """
    key = (row.course, row.reliability, row.n_people, row.n_pre)
    return tuple(
        other
        for other in size_table()
        if (other.course, other.reliability, other.n_people, other.n_pre) == key and other != row
    )


def _like_a_case(course: Course) -> tuple[SizeRow, ...]:
    return tuple(
        row
        for row in size_table()
        if (row.course, row.noise, row.selection) == (course, "normal", "bad baseline")
    )
