"""How often untreated people improve by themselves, with an exact upper bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Floats,
    finite_vector,
    non_negative_vector,
    require_level,
    require_positive,
    same_length,
)
from ultrarare.words import counted

Direction = Literal["lower", "higher"]
TOLERANCE: Final = 0.25
"""A later visit counts for the window if it lies within this share of its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementRate:
    """Share of untreated people who improved by a stated difference over one window.

    Attributes:
        people: persons with one window; each counts once.
        improved: those who improved for sure.
        undecided: those of whom a censored value leaves it open; the bound counts them in.
        value: improved/people.
        upper: one-sided exact upper bound at `level`, undecided counted as improved.
        unfollowed: persons with a first visit and no second at the window's length.
        upper_worst: the bound had each of those improved.
        ever: persons with any two visits at the window's length that show it.
        level: of the bounds.
    """

    people: int
    improved: int
    undecided: int
    value: float
    upper: float
    unfollowed: int
    upper_worst: float
    ever: int
    difference: float
    window: float
    level: float
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = (
            f"{self.improved} of {counted(self.people, 'person')} improved by {self.difference:g} "
            "over "
            f"{self.window:g} ({100 * self.value:.2g} %; upper bound {100 * self.upper:.2g} %, "
            f"{100 * self.upper_worst:.2g} % with the unfollowed counted as improved)"
        )
        return "; ".join((line, *self.caveats))


def upper_bound(successes: int, n: int, level: float = 0.95) -> float:
    """Clopper and Pearson's one-sided upper bound of a proportion; 1 where n is 0.

    Raises:
        InputError: more successes than trials, a negative count, or a bad level.
    """
    require_level(level)
    if not 0 <= successes <= n:
        raise InputError(f"{successes} successes in {n} trials", where="successes")
    return 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, level))


def improvement_rate(
    person: ArrayLike,
    time: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    difference: float,
    window: float,
    improves: Direction,
    start: float | None = None,
    level: float = 0.95,
) -> ImprovementRate:
    """Count who improved by `difference` over one window as long as `window`.

    Args:
        person: (n,) whole numbers that tell persons apart.
        time: (n,) time of each visit, ≥ 0.
        low: (n,) lowest the value can be; −inf where it is below an assay limit.
        high: (n,) highest it can be; equal to `low` where it is exact.
        difference: the least change that matters, > 0.
        window: length of the window, > 0.
        improves: the direction that is better.
        start: the age at which the patient's window begins; each person's window begins at the
            visit nearest to it. None: at their first visit that has a second one.
        level: of the one-sided bounds.

    Raises:
        InputError: unequal lengths, bad numbers, `low` above `high`, two visits at one time.
        NotComputable: nobody has two visits at that distance.

    Notes:
        One window a person, fixed by times and never by values, so that the count is binomial and
        Clopper and Pearson's bound is exact. The second visit is the one nearest to the window's
        end, at most a quarter of its length away. `ever` counts any window, which is more and grows
        with follow-up. Checked in tests/oracles/test_improvement_oracle.py; coverage in
        validation/adequacy.py.
    """
    require_level(level)
    require_positive(difference, "difference")
    require_positive(window, "window")
    who, when, lowest, highest = _ordered(person, time, low, high)
    least = lowest if improves == "higher" else -highest
    most = highest if improves == "higher" else -lowest
    starts = np.flatnonzero(np.diff(who, prepend=who[0] - 1))
    own = [
        _of_person(when[a:b], least[a:b], most[a:b], difference, window, start)
        for a, b in zip(starts, [*starts[1:], who.size], strict=True)
    ]
    seen = [verdict for verdict in own if verdict is not None]
    people, unfollowed = len(seen), len(own) - len(seen)
    if people == 0:
        raise NotComputable(
            f"nobody has two visits {window:g} apart",
            remedy="Give a shorter window, or a cohort that was followed for longer.",
        )
    improved = sum(verdict[0] for verdict in seen)
    undecided = sum(verdict[1] and not verdict[0] for verdict in seen)
    ever = sum(verdict[2] for verdict in seen)
    counted = improved + undecided
    return ImprovementRate(
        people=people,
        improved=improved,
        undecided=undecided,
        value=improved / people,
        upper=upper_bound(counted, people, level),
        unfollowed=unfollowed,
        upper_worst=upper_bound(counted + unfollowed, people + unfollowed, level),
        ever=ever,
        difference=float(difference),
        window=float(window),
        level=level,
        caveats=_caveats(undecided, unfollowed, people, ever, improved),
    )


def _of_person(
    time: Floats,
    least: Floats,
    most: Floats,
    difference: float,
    window: float,
    start: float | None,
) -> tuple[bool, bool, bool] | None:
    """Whether one person improved for sure, perhaps, and in any window; None without a window."""
    mates = _mates(time, window)
    ready = np.flatnonzero(mates >= 0)
    if ready.size == 0:
        return None
    mine = 0 if start is None else int(np.abs(time[ready] - start).argmin())
    enough = difference - 1e-9 * max(1.0, difference)
    sure = least[mates[ready]] - most[ready] >= enough
    perhaps = most[mates[ready]] - least[ready] >= enough
    return bool(sure[mine]), bool(perhaps[mine]), bool(sure.any())


def _ordered(
    person: ArrayLike, time: ArrayLike, low: ArrayLike, high: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    who, when = finite_vector(person, "person"), non_negative_vector(time, "time")
    lowest, highest = _bounds(low, "low"), _bounds(high, "high")
    same_length(person=who, time=when, low=lowest, high=highest)
    if (lowest > highest).any():
        raise InputError("a lowest value lies above its highest", where="low")
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    if ((np.diff(who) == 0) & (np.diff(when) == 0)).any():
        raise InputError("a person has two values at one time", where="time")
    return who, when, lowest[order], highest[order]


def _bounds(values: ArrayLike, where: str) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or np.isnan(found).any():
        raise InputError("allowed are numbers, −inf and inf, in one dimension", where=where)
    return found


def _mates(own: Floats, window: float) -> NDArray[np.int64]:
    """For each visit the one nearest to `window` later, or −1 if none is near enough."""
    gap = own[None, :] - own[:, None]
    off = np.where(gap > 0, np.abs(gap - window), np.inf)
    nearest = off.argmin(axis=1)
    near = off[np.arange(own.size), nearest] <= TOLERANCE * window * (1 + 1e-12)
    return np.where(near, nearest, -1).astype(np.int64)


def _caveats(
    undecided: int, unfollowed: int, people: int, ever: int, improved: int
) -> tuple[str, ...]:
    said = []
    if undecided:
        said.append(
            f"of {counted(undecided, 'person')} a value beyond an assay limit leaves open whether "
            "they "
            "improved; the bound counts them as improved"
        )
    if unfollowed:
        said.append(
            f"{unfollowed} of {counted(people + unfollowed, 'person')} were not seen over such a "
            "window; why "
            "is not known to this count"
        )
    if ever > improved:
        said.append(
            f"over any of their windows {counted(ever, 'person')} improved at least once, which a "
            "patient "
            "dosed at a chosen moment may resemble more"
        )
    return tuple(said)
