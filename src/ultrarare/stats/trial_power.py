"""Power of a randomised trial of two arms at small sizes: exact where that can be had.

- Two proportions: Fisher's exact test, two-sided as by the probabilities of tables with the same
  margins; its power by enumeration of every outcome. Nothing is approximated.
- Two means: the t test with equal variances, by the noncentral t distribution, both tails.
- Times: the log-rank test by Schoenfeld's formula (Biometrika 1981;68:316), which is for many
  events and is marked so where they are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special, stats

from ultrarare.errors import InputError

_RELATIVE = 1 + 1e-7
"""Tables whose probability differs by rounding only count as equally extreme, as R does."""


class Effect(Protocol):
    """An effect that a trial is to show."""

    def power(self, treated: int, control: int, alpha: float) -> float:
        """Chance that the test is significant at two-sided `alpha`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoProportions:
    """Share with the outcome in each arm, each from 0 to 1."""

    treated: float
    control: float

    def power(self, treated: int, control: int, alpha: float) -> float:
        """By enumeration of (treated + 1)(control + 1) outcomes of Fisher's exact test."""
        if treated < 1 or control < 1:
            return 0.0
        rejects = fisher_rejects(treated, control, alpha)
        first = stats.binom.pmf(np.arange(treated + 1), treated, self.treated)
        second = stats.binom.pmf(np.arange(control + 1), control, self.control)
        return float(first @ rejects @ second)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoMeans:
    """Difference of means and standard deviation within an arm, in one unit; sd above 0."""

    difference: float
    sd: float

    def power(self, treated: int, control: int, alpha: float) -> float:
        """By the noncentral t distribution with treated + control - 2 degrees of freedom."""
        if treated < 1 or control < 1 or treated + control < 3:
            return 0.0
        freedom = treated + control - 2
        shift = self.difference / (self.sd * np.sqrt(1 / treated + 1 / control))
        edge = stats.t.isf(alpha / 2, freedom)
        found = stats.nct.sf(edge, freedom, shift) + stats.nct.cdf(-edge, freedom, shift)
        return float(min(1.0, found))


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoHazards:
    """Hazard ratio (above 0) and the share of people in whom the event is seen."""

    hazard_ratio: float
    seen: float

    def power(self, treated: int, control: int, alpha: float) -> float:
        """By Schoenfeld's formula; both tails of the normal distribution."""
        total = treated + control
        if treated < 1 or control < 1:
            return 0.0
        shift = np.log(self.hazard_ratio) * np.sqrt(self.seen * treated * control / total)
        edge = stats.norm.isf(alpha / 2)
        return float(stats.norm.sf(edge - shift) + stats.norm.cdf(-edge - shift))


def fisher_rejects(treated: int, control: int, alpha: float) -> np.ndarray:
    """Which outcomes are significant: (treated + 1, control + 1), True at events by arm."""
    found = np.zeros((treated + 1, control + 1), dtype=bool)
    for total in range(treated + control + 1):
        low, high = max(0, total - control), min(treated, total)
        x = np.arange(low, high + 1)
        chance = np.exp(
            _log_choose(treated, x)
            + _log_choose(control, total - x)
            - _log_choose(treated + control, total)
        )
        order = np.argsort(chance, kind="stable")
        summed = np.cumsum(chance[order])
        last = np.searchsorted(chance[order], chance * _RELATIVE, side="right") - 1
        found[x, total - x] = summed[last] <= alpha
    return found


def _log_choose(n: int, k: np.ndarray | int) -> np.ndarray:
    return np.asarray(
        special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - np.asarray(k) + 1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCurve:
    """Power by size.

    Attributes:
        people: all people of both arms, ascending.
        power: at each size.
    """

    people: tuple[int, ...]
    power: tuple[float, ...]

    def smallest(self, target: float) -> int | None:
        """The smallest size from which on power stays at `target`; None if no size of the curve.

        The power of an exact test goes up and down by steps, so the first size that reaches the
        target may be followed by one that does not.
        """
        below = [n for n, found in zip(self.people, self.power, strict=True) if found < target]
        if not below:
            return self.people[0]
        later = [n for n in self.people if n > below[-1]]
        return later[0] if later else None

    def at(self, people: float) -> float:
        """Power with that many people: of the largest size not above it; 0 below the smallest."""
        fitting = [p for n, p in zip(self.people, self.power, strict=True) if n <= people]
        return fitting[-1] if fitting else 0.0


def arms(people: int, ratio: float) -> tuple[int, int]:
    """How many are treated and how many are not, with `ratio` treated for each control."""
    treated = round(people * ratio / (1 + ratio))
    return treated, people - treated


def power_curve(effect: Effect, *, largest: int, alpha: float, ratio: float = 1.0) -> PowerCurve:
    """Power at every size from 2 to `largest`.

    Args:
        effect: what the trial is to show.
        largest: people in both arms, 2 to 1,000.
        alpha: two-sided, between 0 and 1.
        ratio: people treated for each control, above 0.

    Raises:
        InputError: a value outside its range.
    """
    if not 2 <= largest <= 1000:
        raise InputError(f"found {largest}; allowed is 2 to 1000", where="largest")
    if not 0 < alpha < 1:
        raise InputError(f"found {alpha:g}; allowed is between 0 and 1", where="alpha")
    if not ratio > 0:
        raise InputError(f"found {ratio:g}; allowed is above 0", where="ratio")
    people = _sizes(largest)
    return PowerCurve(
        people=people,
        power=tuple(effect.power(*arms(n, ratio), alpha) for n in people),
    )


def _sizes(largest: int) -> tuple[int, ...]:
    """Every size to 60, then in steps of about 5 %, so that a large curve stays quick."""
    found = list(range(2, min(largest, 60) + 1))
    while found[-1] < largest:
        found.append(min(largest, max(found[-1] + 2, round(found[-1] * 1.05))))
    return tuple(found)
