"""How much a measure moves when nothing has changed: noise between close repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Floats,
    finite_vector,
    non_negative_vector,
    require_level,
    require_positive,
    same_length,
)

FEWEST: Final = 5
"""Repeats below which a standard deviation is not worth printing."""
_HEAVY: Final = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatNoise:
    """Within-person standard deviation of one measurement.

    Attributes:
        sd: in the unit of the value.
        lower: lower limit.
        upper: upper limit.
        level: of the interval.
        repeats: independent comparisons it rests on.
        people: persons who gave them.
        method: `close repeats`, or `neighbours` where none are close.
        smallest_detectable_change: the change of one person between two single measurements
            that noise alone exceeds in 5 % of cases, 1.96·√2·sd.
    """

    sd: float
    lower: float
    upper: float
    level: float
    repeats: int
    people: int
    method: str
    smallest_detectable_change: float
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = (
            f"within-person sd {self.sd:.3g} ({100 * self.level:g}% interval {self.lower:.3g} to "
            f"{self.upper:.3g}; {self.repeats} {self.method} of {self.people} people); smallest "
            f"detectable change {self.smallest_detectable_change:.3g}"
        )
        return "; ".join((line, *self.caveats))


def repeat_noise(
    person: ArrayLike,
    time: ArrayLike,
    value: ArrayLike,
    *,
    within: float,
    level: float = 0.95,
) -> RepeatNoise:
    """Estimate the noise of one measurement from repeats of one person.

    Args:
        person: (n,) whole numbers that tell persons apart.
        time: (n,) time of each measurement.
        value: (n,) measured; censored values must be left out before.
        within: two measurements no further apart than this count as repeats.
        level: of the interval.

    Raises:
        InputError: unequal lengths, bad numbers, or two values of a person at one time.
        NotComputable: fewer than five repeats, by either method.

    Notes:
        Close repeats: pairs of neighbours no more than `within` apart, none used twice;
        s² = Σd²/2m. Where there are fewer than five, triples of neighbours: the middle one less
        the straight line between its neighbours, scaled by its variance (Gasser, Sroka and
        Jennen-Steinmetz 1986); that holds a straight trend out, and counts every change faster
        than the visits as noise. Interval: χ² with 2m/(κ − 1) degrees of freedom, κ the kurtosis,
        at least 3 (Bonett 2006). Checked in tests/unit/stats/test_repeats.py; coverage in
        validation/adequacy.py.
    """
    require_level(level)
    require_positive(within, "within")
    who, when, found = _ordered(person, time, value)
    scaled, method = _pairs(who, when, found, within), "close repeats"
    if scaled[0].size < FEWEST:
        scaled, method = _triples(who, when, found), "neighbours"
    differences, persons = scaled
    m = differences.size
    if m < FEWEST:
        raise NotComputable(
            f"there are {m} repeats of one person; at least {FEWEST} are needed",
            remedy="Measure some people twice within a short time.",
        )
    square = float(np.square(differences).mean())
    if square == 0:
        raise NotComputable(
            "every repeat gives the same value, so the noise is below the measure's resolution"
        )
    kurtosis = float((differences**4).mean()) / square**2
    freedom = 2 * m / (max(kurtosis, 3.0) - 1)
    tail = (1 - level) / 2
    sd = float(np.sqrt(square))
    return RepeatNoise(
        sd=sd,
        lower=sd * float(np.sqrt(freedom / chdtri(freedom, tail))),
        upper=sd * float(np.sqrt(freedom / chdtri(freedom, 1 - tail))),
        level=level,
        repeats=m,
        people=int(np.unique(persons).size),
        method=method,
        smallest_detectable_change=float(ndtri(0.975)) * float(np.sqrt(2)) * sd,
        caveats=_caveats(differences, method, kurtosis),
    )


def _ordered(person: ArrayLike, time: ArrayLike, value: ArrayLike) -> tuple[Floats, Floats, Floats]:
    who = finite_vector(person, "person")
    when = non_negative_vector(time, "time")
    found = finite_vector(value, "value")
    same_length(person=who, time=when, value=found)
    order = np.lexsort((when, who))
    who, when, found = who[order], when[order], found[order]
    if ((np.diff(who) == 0) & (np.diff(when) == 0)).any():
        raise InputError("a person has two values at one time", where="time")
    return who, when, found


def _pairs(who: Floats, when: Floats, found: Floats, within: float) -> tuple[Floats, Floats]:
    """Differences of close pairs over √2, none used twice, and whose they are."""
    close = np.flatnonzero((np.diff(who) == 0) & (np.diff(when) <= within))
    free, kept = -1, []
    for i in close.tolist():
        if i >= free:
            kept.append(i)
            free = i + 2
    at = np.array(kept, dtype=np.int64)
    return (found[at + 1] - found[at]) / np.sqrt(2), who[at]


def _triples(who: Floats, when: Floats, found: Floats) -> tuple[Floats, Floats]:
    """Middle less the line between its neighbours, scaled to the variance of one value."""
    same = np.flatnonzero(who[2:] == who[:-2]) if who.size > 2 else np.array([], dtype=np.int64)
    free, kept = -1, []
    for i in same.tolist():
        if i >= free:
            kept.append(i)
            free = i + 3
    at = np.array(kept, dtype=np.int64)
    share = (when[at + 1] - when[at]) / (when[at + 2] - when[at])
    line = (1 - share) * found[at] + share * found[at + 2]
    scale = np.sqrt(1 + (1 - share) ** 2 + share**2)
    return (found[at + 1] - line) / scale, who[at]


def _caveats(differences: Floats, method: str, kurtosis: float) -> tuple[str, ...]:
    said = []
    if method == "neighbours":
        said.append(
            "no close repeats: change faster than the visits is counted as noise, so the noise "
            "may be smaller"
        )
    if kurtosis > _HEAVY:
        said.append(
            "repeats scatter with heavy tails: the interval of the standard deviation covers less "
            "than its level"
        )
    mean, error = differences.mean(), differences.std(ddof=1) / np.sqrt(differences.size)
    if method == "close repeats" and error > 0 and abs(mean) > 2 * error:
        said.append(
            "the second of two repeats differs from the first on average, as by practice; the "
            "noise holds that shift"
        )
    return tuple(said)
