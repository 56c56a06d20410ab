"""Summaries of groups of people and the likelihood of each over one parameter θ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from ultrarare.errors import InputError
from ultrarare.stats.arrays import (
    Floats,
    count_vector,
    finite_vector,
    freeze,
    require_positive,
    same_length,
)

Kind = Literal["normal", "binary", "count"]
SCALES: Final[dict[Kind, str]] = {
    "normal": "mean",
    "binary": "log odds",
    "count": "log rate",
}
EFFECTS: Final[dict[Kind, str]] = {
    "normal": "difference of means",
    "binary": "log odds ratio",
    "count": "log rate ratio",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evidence:
    """One row a group: θ is a mean, the log odds of an event, or the log of a rate."""

    kind: Kind
    y: Floats  # (k,) mean; number with the event; number of events
    size: Floats  # (k,) standard error of the mean; people; exposure (person-time)
    unit_sd: float | None = None  # normal only: sd of one person's value

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n(self) -> int:
        """How many groups."""
        return self.y.size

    @property
    def information(self) -> float:
        """Size of all groups in the unit of an effective size: people, or exposure."""
        if self.kind == "normal":
            return float(np.sum((self._sd / self.size) ** 2))
        return float(self.size.sum())

    @property
    def _sd(self) -> float:
        if self.unit_sd is None:
            raise InputError("the sd of one person's value is not given", where="unit_sd")
        return self.unit_sd

    def log_likelihood(self, theta: Floats) -> Floats:
        """(k, …) log likelihood of each group at θ, without its constant."""
        shape = (-1,) + (1,) * theta.ndim
        y, size = self.y.reshape(shape), self.size.reshape(shape)
        if self.kind == "normal":
            return np.asarray(-0.5 * ((y - theta) / size) ** 2)
        if self.kind == "binary":
            return np.asarray(y * theta - size * np.logaddexp(0.0, theta))
        return np.asarray(y * (theta + np.log(size)) - size * np.exp(theta))

    def unit_information(self, theta: Floats) -> Floats:
        """Fisher's information about θ in one person, or in one unit of exposure."""
        if self.kind == "normal":
            return np.full_like(theta, self._sd**-2)
        if self.kind == "binary":
            p = expit(theta)
            return np.asarray(p * (1 - p))
        return np.asarray(np.exp(theta))

    def approximation(self) -> tuple[Floats, Floats]:
        """(k,) centre and sd of each likelihood, roughly: where to lay a grid, never a result."""
        if self.kind == "normal":
            return self.y, self.size
        half = self.y + 0.5
        if self.kind == "binary":
            rest = self.size - self.y + 0.5
            return np.log(half / rest), np.sqrt(1 / half + 1 / rest)
        return np.log(half / self.size), 1 / np.sqrt(half)

    def natural(self, theta: Floats) -> Floats:
        """θ as a mean, a proportion or a rate."""
        if self.kind == "normal":
            return theta
        return np.asarray(expit(theta) if self.kind == "binary" else np.exp(theta))


def normal_evidence(
    mean: ArrayLike,
    *,
    n: ArrayLike | None = None,
    sd: float | None = None,
    se: ArrayLike | None = None,
) -> Evidence:
    """Group means with a known sd of one person's value.

    Args:
        mean: (k,) means.
        n: (k,) people of each group; with `sd` it gives the standard errors.
        sd: sd of one person's value, > 0; without it nothing is said of effective sizes.
        se: (k,) standard errors, > 0, where they are known otherwise.

    Raises:
        InputError: unequal lengths, a value not finite, neither `se` nor `n` with `sd`.
    """
    y = finite_vector(mean, "mean")
    if sd is not None:
        require_positive(sd, "sd")
    if se is not None:
        size = finite_vector(se, "se")
    elif n is not None and sd is not None:
        people = count_vector(n, "n")
        if (people < 1).any():
            raise InputError("a group has no one in it; allowed is 1 or more", where="n")
        size = sd / np.sqrt(people.astype(np.float64))
    else:
        raise InputError("give `se`, or `n` with `sd`", where="se")
    same_length(mean=y, se=size)
    if (size <= 0).any():
        raise InputError(f"every standard error must be > 0, not {size.min():g}", where="se")
    return Evidence(kind="normal", y=y, size=size, unit_sd=sd)


def binary_evidence(events: ArrayLike, n: ArrayLike) -> Evidence:
    """Groups of people of whom some had an event.

    Args:
        events: (k,) how many had it.
        n: (k,) how many there were, ≥ 1.

    Raises:
        InputError: unequal lengths, no whole numbers, no one in a group, more events than people.
    """
    r, people = count_vector(events, "events"), count_vector(n, "n")
    same_length(events=r, n=people)
    if (people < 1).any():
        raise InputError("a group has no one in it; allowed is 1 or more", where="n")
    if (bad := np.flatnonzero(r > people)).size:
        text = f"{r[bad[0]]} of {people[bad[0]]} people had the event; allowed is at most all"
        raise InputError(text, where=f"events[{bad[0]}]")
    return Evidence(kind="binary", y=r.astype(np.float64), size=people.astype(np.float64))


def count_evidence(events: ArrayLike, exposure: ArrayLike) -> Evidence:
    """Groups in which events were counted over an exposure.

    Args:
        events: (k,) how many were counted.
        exposure: (k,) person-time, > 0, in one unit.

    Raises:
        InputError: unequal lengths, no whole numbers, exposure that is not above 0.
    """
    r, time = count_vector(events, "events"), finite_vector(exposure, "exposure")
    same_length(events=r, exposure=time)
    if (time <= 0).any():
        raise InputError(f"every exposure must be > 0, not {time.min():g}", where="exposure")
    return Evidence(kind="count", y=r.astype(np.float64), size=time)
