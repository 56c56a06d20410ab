"""The exchangeable–nonexchangeable model, and the trials that it is asked about."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.exchangeable.outcome import Outcomes
from ultrarare.stats.exchangeable.spread import SpreadPrior

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchangeable:
    """θ of exchangeable variants ~ N(μ, τ²), μ ~ N(mean, sd²), τ by its prior."""

    mean: float
    sd: float
    spread: SpreadPrior

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean):
            raise InputError(f"must be finite, not {self.mean}", where="mu.mean")
        if not (math.isfinite(self.sd) and self.sd > 0):
            raise InputError(f"must be > 0 and finite, not {self.sd:g}", where="mu.sd")

    def summary(self) -> str:
        """The prior in words."""
        return f"μ ~ N({self.mean:.4g}, {self.sd:g}²), {self.spread.summary()}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """Distinct outcomes, each with the prior of the variant that it belongs to.

    Attributes:
        outcomes: (u,) what was seen.
        weight: (u,) prior probability that the variant is exchangeable, 0 to 1.
        own_mean: (u,) mean of θ if it is not. own_sd: (u,) its sd, > 0.
    """

    outcomes: Outcomes
    weight: Floats
    own_mean: Floats
    own_sd: Floats

    def __post_init__(self) -> None:
        n = self.outcomes.n
        for name in ("weight", "own_mean", "own_sd"):
            if (size := getattr(self, name).size) != n:
                raise InputError(f"{size} values for {n} outcomes", where=name)
        if not ((self.weight >= 0) & (self.weight <= 1)).all():
            raise InputError(f"must lie between 0 and 1, not {self.weight}", where="weight")
        if not ((self.own_sd > 0) & np.isfinite(self.own_sd)).all():
            raise InputError("must be > 0 and finite", where="nex.sd")
        freeze(self)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trials:
    """Which rows each trial has, and how often: entries `start[t]` to `start[t+1]`."""

    start: Integers  # (t+1,)
    row: Integers  # (e,)
    count: Integers  # (e,)

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n(self) -> int:
        """How many trials."""
        return self.start.size - 1

    def take(self, trials: Integers) -> Trials:
        """These trials, in this order."""
        lengths = self.start[trials + 1] - self.start[trials]
        start = np.concatenate(([0], np.cumsum(lengths)))
        at = np.repeat(self.start[trials] - start[:-1], lengths) + np.arange(start[-1])
        return Trials(start=start, row=self.row[at], count=self.count[at])


def one_trial(n: int) -> Trials:
    """One trial that has each of n rows once."""
    return Trials(
        start=np.array([0, n], dtype=np.int64),
        row=np.arange(n, dtype=np.int64),
        count=np.ones(n, dtype=np.int64),
    )
