"""How many people there are for a trial: a rate, shares of it, and a time to recruit.

Each rate and share is a value with a 95 % interval, carried as a normal on the log or logit scale
whose two halves fit the two limits; people arrive as a Poisson process. A share that nobody knows
is not guessed: the count is then *at most* what the known shares leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ultrarare.errors import InputError

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """A positive value with a 95 % interval; no interval says that none is known.

    Attributes:
        value: above 0; for a share at most 1.
        lower: below `value`.
        upper: above `value`.
    """

    value: float
    lower: float | None = None
    upper: float | None = None

    def draw(self, rng: np.random.Generator, size: int, *, share: bool) -> NDArray[np.float64]:
        """Draws on the scale of the value; a constant where there is no interval.

        Raises:
            InputError: limits out of order, or a share outside 0 to 1.
        """
        if self.lower is None or self.upper is None:
            return np.full(size, self.value)
        top = 1.0 if share else np.inf
        if not 0 < self.lower <= self.value <= self.upper < top or not self.value > 0:
            allowed = "0 < lower ≤ value ≤ upper" + (" < 1" if share else "")
            raise InputError(
                f"found {self.value:g} ({self.lower:g} to {self.upper:g}); allowed: {allowed}"
            )
        link = _logit if share else np.log
        centre, low, high = (float(link(x)) for x in (self.value, self.lower, self.upper))
        z = rng.standard_normal(size)
        drawn = centre + z * np.where(z < 0, centre - low, high - centre) / _Z
        return np.asarray(_expit(drawn) if share else np.exp(drawn))


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """People who can be recruited.

    Attributes:
        counts: one draw each, whole numbers.
        yearly: expected people a year, one draw each; None where they are a fixed pool.
        at_most: whether a share is unknown, so that this is a bound from above.
    """

    counts: NDArray[np.int64]
    yearly: NDArray[np.float64] | None
    at_most: bool

    def quantile(self, level: float) -> int:
        """A quantile of the count; the smallest number that holds `level` of the draws."""
        return int(np.quantile(self.counts, level, method="inverted_cdf"))

    @property
    def mean(self) -> float:
        """Expected people."""
        return float(self.counts.mean())

    def chance_of(self, people: int) -> float:
        """Chance that at least so many can be recruited; of a bound, at most this."""
        return float((self.counts >= people).mean())

    def years_for(self, people: int) -> tuple[float, float, float] | None:
        """Years until so many are expected: 2.5, 50 and 97.5 % of draws; None for a fixed pool."""
        if self.yearly is None:
            return None
        with np.errstate(divide="ignore"):
            low, mid, high = np.quantile(people / self.yearly, [0.025, 0.5, 0.975])
        return float(low), float(mid), float(high)


def available(
    expected: Uncertain,
    shares: Sequence[Uncertain | None],
    *,
    years: float | None,
    rng: np.random.Generator,
    draws: int = 20_000,
) -> Available:
    """Draw how many can be recruited.

    Args:
        expected: people with the disease: new ones a year, or all there are.
        shares: of these, what is left at each step; None where nobody knows.
        years: of recruitment, with new people a year; None where `expected` is all there are.
        rng: random numbers.
        draws: how many.

    Raises:
        InputError: limits out of order or out of range.
    """
    people = expected.draw(rng, draws, share=False)
    for share in shares:
        if share is not None:
            people = people * share.draw(rng, draws, share=True)
    mean = people if years is None else people * years
    return Available(
        counts=rng.poisson(mean).astype(np.int64),
        yearly=None if years is None else people,
        at_most=any(share is None for share in shares),
    )


def _logit(p: float) -> float:
    return float(np.log(p) - np.log1p(-p))


def _expit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-x)))
