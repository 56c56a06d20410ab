"""Do groups of untreated people differ? Tests between groups, each with what it could have seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Counts,
    Floats,
    count_vector,
    finite_vector,
    flag_vector,
    freeze,
    non_negative_vector,
    require_level,
    require_positive,
    same_length,
)

FEWEST: Final = 3
"""People a group needs to be compared: below, it shows no spread of its own."""
_FEW_EXPECTED: Final = 5.0
_BLOCK: Final = 2_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GroupTest:
    """Whether groups differ; arrays have one entry a group, in order of `groups`.

    `power` is the chance of having seen `alternative` at `level` of significance, None where it
    cannot be said; `p_value` above 0.05 with little power shows nothing.
    """

    groups: tuple[str, ...]
    people: Counts
    observed: Floats  # events, or mean of the group
    expected: Floats  # under no difference
    statistic: float
    p_value: float
    power: float | None
    alternative: str
    method: str
    level: float
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        power = "power not known" if self.power is None else f"power {self.power:.2f}"
        line = f"p = {self.p_value:.3g} ({self.method}; {power} for {self.alternative})"
        return "; ".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, float | str]]:
        """One row a group."""
        return [
            {
                "group": name,
                "people": int(self.people[i]),
                "observed": float(self.observed[i]),
                "expected": float(self.expected[i]),
            }
            for i, name in enumerate(self.groups)
        ]


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: Sequence[str],
    *,
    entry: ArrayLike | None = None,
    hazard_ratio: float = 2.0,
    level: float = 0.05,
) -> GroupTest:
    """The log-rank test between groups, with delayed entry.

    Args:
        time: (n,) end of follow-up, finite and ≥ 0.
        event: (n,) True if the event was seen at `time`.
        group: (n,) name of each person's group, two different ones at least.
        entry: (n,) start of observation, before `time`; None if from 0.
        hazard_ratio: what the power is for: the smallest group against the rest; not 1.
        level: significance for the power.

    Raises:
        InputError: unequal lengths, bad numbers, an entry at or after its end.
        NotComputable: one group only, no event, or no event with two groups at risk.

    Notes:
        At each event time the events of a group are hypergeometric given those at risk
        (entry < t ≤ time); χ² with (groups − 1) degrees of freedom (Mantel 1966; Peto and Peto
        1972). Power by Schoenfeld (1981). Checked against R's survdiff and the score test of coxph
        in tests/reference/test_heterogeneity.py.
    """
    require_level(level)
    require_positive(hazard_ratio, "hazard_ratio")
    stop, seen = non_negative_vector(time, "time"), flag_vector(event, "event")
    begin = np.zeros_like(stop) if entry is None else non_negative_vector(entry, "entry")
    same_length(time=stop, event=seen, entry=begin)
    if (begin >= stop).any() and entry is not None:
        raise InputError("an entry lies at or after its end of follow-up", where="entry")
    names, label = _groups(group, stop.size)
    if not seen.any():
        raise NotComputable("no event was seen, so groups cannot differ in when it comes")
    observed, expected, variance = _tally(stop, seen, begin, label, len(names))
    if not variance.trace() > 0:
        raise NotComputable("at no event were people of two groups at risk")
    gap = (observed - expected)[:-1]
    statistic = float(gap @ np.linalg.pinv(variance[:-1, :-1]) @ gap)
    rank = int(np.linalg.matrix_rank(variance[:-1, :-1]))
    people = np.bincount(label, minlength=len(names)).astype(np.int64)
    share = people.min() / people.sum()
    events = float(seen.sum())
    reach = np.sqrt(events * share * (1 - share)) * abs(np.log(hazard_ratio))
    few = float(expected.min())
    return GroupTest(
        groups=names,
        people=people,
        observed=observed,
        expected=expected,
        statistic=statistic,
        p_value=float(chdtrc(rank, statistic)),
        power=float(ndtr(reach - ndtri(1 - level / 2))),
        alternative=f"a hazard ratio of {hazard_ratio:g} of the smallest group against the rest",
        method="log-rank test",
        level=level,
        caveats=()
        if few >= _FEW_EXPECTED
        else (
            f"a group had {few:.1f} events expected, fewer than {_FEW_EXPECTED:g}: the p value of "
            "the log-rank test is rough there",
        ),
    )


def _tally(
    stop: Floats, seen: ArrayLike, begin: Floats, label: Counts, k: int
) -> tuple[Floats, Floats, Floats]:
    """Observed and expected events (k,), and their covariance (k, k), summed over event times."""
    flags = np.asarray(seen, dtype=bool)
    when = np.unique(stop[flags])
    at_risk, died = np.empty((k, when.size)), np.empty((k, when.size))
    for g in range(k):
        own = label == g
        entered = np.searchsorted(np.sort(begin[own]), when, side="left")
        left = np.searchsorted(np.sort(stop[own]), when, side="left")
        at_risk[g] = entered - left
        died[g] = np.bincount(np.searchsorted(when, stop[own & flags]), minlength=when.size)
    n, d = at_risk.sum(axis=0), died.sum(axis=0)
    share = at_risk / n
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    variance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    return died.sum(axis=1), (share * d).sum(axis=1), variance


def permuted_means(
    value: ArrayLike,
    group: Sequence[str],
    *,
    rng: np.random.Generator,
    difference: float | None = None,
    permutations: int = 1_999,
    level: float = 0.05,
) -> GroupTest:
    """Whether a number a person (a slope, a mean) differs between groups, by permutation.

    Args:
        value: (n,) one number a person.
        group: (n,) name of each person's group.
        rng: draws the permutations.
        difference: what the power is for, between the smallest group and the rest, in the unit of
            `value`; None for one standard deviation.
        permutations: how many.
        level: significance for the power.

    Raises:
        InputError: unequal lengths or bad numbers.
        NotComputable: fewer than two groups of three people.

    Notes:
        Welch's (1951) weighted sum of squares, permuted: exact if persons are exchangeable, right
        in large samples if only their means are equal (Chung and Romano 2013). Groups of fewer
        than three people are left out, and said. p = (b + 1)/(B + 1).
    """
    require_level(level)
    found = finite_vector(value, "value")
    kept, dropped = _large_enough(group, found.size)
    found = found[kept]
    names, label = _groups([group[i] for i in kept], found.size)
    people = np.bincount(label, minlength=len(names)).astype(np.int64)
    floor = 1e-12 * float(found.var()) + 1e-200  # where all are alike nothing differs
    centred = found - found.mean()
    statistic = float(_welch(centred, label[None, :], people, floor)[0])
    p_value = _permuted(
        label, statistic, permutations, rng, lambda drawn: _welch(centred, drawn, people, floor)
    )
    means = np.bincount(label, weights=found, minlength=len(names)) / people
    inner = float(np.sqrt(np.square(found - means[label]).sum() / (found.size - len(names))))
    smallest = int(people.min())
    error = inner * np.sqrt(1 / smallest + 1 / (found.size - smallest))
    wanted = inner if difference is None else abs(difference)
    power = float(ndtr(wanted / error - ndtri(1 - level / 2))) if error > 0 else None
    what = "one standard deviation" if difference is None else f"{wanted:.3g}"
    return GroupTest(
        groups=names,
        people=people,
        observed=means,
        expected=np.full(len(names), found.mean()),
        statistic=statistic,
        p_value=p_value,
        power=power,
        alternative=f"a difference of {what} of the smallest group from the rest",
        method=f"Welch's statistic, {permutations} permutations",
        level=level,
        caveats=dropped,
    )


def permuted_rates(
    events: ArrayLike,
    person_time: ArrayLike,
    group: Sequence[str],
    *,
    rng: np.random.Generator,
    permutations: int = 1_999,
    level: float = 0.05,
) -> GroupTest:
    """Whether the rate of episodes differs between groups, by permuting persons.

    Args:
        events: (n,) events of each person.
        person_time: (n,) time each was observed, > 0.
        group: (n,) name of each person's group.
        rng: draws the permutations.
        permutations: how many.
        level: significance for the power.

    Raises:
        InputError: unequal lengths or bad numbers.
        NotComputable: fewer than two groups of three people, or no event.

    Notes:
        Σ (observed − expected)²/expected with a common rate. A person is moved with their time, so
        that rates that differ between people (frailty) make no false difference between groups.
        Power: two-sided normal for a rate ratio of 2, variance from the persons' own scatter.
    """
    require_level(level)
    count, time = count_vector(events, "events"), non_negative_vector(person_time, "person_time")
    same_length(events=count, person_time=time)
    if (time <= 0).any():
        raise InputError("a person was observed for no time", where="person_time")
    kept, dropped = _large_enough(group, count.size)
    count, time = count[kept], time[kept]
    if not count.any():
        raise NotComputable("no event was seen, so rates cannot be told apart")
    names, label = _groups([group[i] for i in kept], count.size)
    people = np.bincount(label, minlength=len(names)).astype(np.int64)
    rate = count.sum() / time.sum()
    statistic = float(_scatter(count, time, label[None, :], len(names))[0])
    p_value = _permuted(
        label,
        statistic,
        permutations,
        rng,
        lambda drawn: _scatter(count, time, drawn, len(names)),
    )
    small = label == int(people.argmin())
    error = np.sqrt(sum(_log_rate_variance(count[s], time[s], rate) for s in (small, ~small)))
    return GroupTest(
        groups=names,
        people=people,
        observed=np.bincount(label, weights=count, minlength=len(names)).astype(np.float64),
        expected=np.bincount(label, weights=time, minlength=len(names)) * rate,
        statistic=statistic,
        p_value=p_value,
        power=float(ndtr(np.log(2) / error - ndtri(1 - level / 2))),
        alternative="a rate ratio of 2 of the smallest group against the rest",
        method=f"rates with {permutations} permutations of persons",
        level=level,
        caveats=dropped,
    )


def _log_rate_variance(count: Counts, time: Floats, rate: float) -> float:
    """Of a group's log rate, from the scatter of its persons, at least that of a Poisson count."""
    expected = rate * time
    scatter = np.square(count - expected).sum()
    return float(max(scatter, expected.sum()) / expected.sum() ** 2)


def _groups(group: Sequence[str], size: int) -> tuple[tuple[str, ...], Counts]:
    if len(group) != size:
        raise InputError(f"has {len(group)} names where {size} are needed", where="group")
    names, label = np.unique(np.asarray(group, dtype=str), return_inverse=True)
    if names.size < 2:
        raise NotComputable("there is one group only, so nothing can be compared")
    return tuple(str(name) for name in names), label.astype(np.int64)


def _large_enough(group: Sequence[str], size: int) -> tuple[Counts, tuple[str, ...]]:
    if len(group) != size:
        raise InputError(f"has {len(group)} names where {size} are needed", where="group")
    names, label, count = np.unique(
        np.asarray(group, dtype=str), return_inverse=True, return_counts=True
    )
    small = names[count < FEWEST]
    if names.size - small.size < 2:
        raise NotComputable(
            f"fewer than two groups have {FEWEST} people",
            remedy="Add people, or join groups whose difference is not in question.",
        )
    said = (
        (f"left out of the comparison, with fewer than {FEWEST} people: {', '.join(small)}",)
        if small.size
        else ()
    )
    return np.flatnonzero(count[label] >= FEWEST), said


def _permuted(
    label: Counts,
    seen: float,
    permutations: int,
    rng: np.random.Generator,
    statistic: Callable[[Counts], Floats],
) -> float:
    reached, left = 0, permutations
    step = max(1, _BLOCK // label.size)
    slack = 1e-9 * max(abs(seen), 1.0)  # equal arrangements must tie in spite of rounding
    while left > 0:
        size = min(step, left)
        drawn = rng.permuted(np.broadcast_to(label, (size, label.size)), axis=1)
        reached += int((statistic(drawn) >= seen - slack).sum())
        left -= size
    return (reached + 1) / (permutations + 1)


def _welch(value: Floats, label: Counts, people: Counts, floor: float) -> Floats:
    """(b,) Σ w (mean − weighted mean)², w = n/s², for each row of labels (b, n)."""
    weights, means = [], []
    for g, n in enumerate(people):
        own = (label == g).astype(np.float64)
        mean = own @ value / n
        variance = (own @ np.square(value) - n * mean**2) / (n - 1)
        weights.append(n / np.maximum(variance, floor))
        means.append(mean)
    w, m = np.array(weights), np.array(means)
    centre = (w * m).sum(axis=0) / w.sum(axis=0)
    total: Floats = (w * np.square(m - centre)).sum(axis=0)
    return total


def _scatter(count: Counts, time: Floats, label: Counts, k: int) -> Floats:
    """(b,) Σ (observed − expected)²/expected for each row of labels."""
    rate = count.sum() / time.sum()
    total = np.zeros(label.shape[0])
    for g in range(k):
        own = (label == g).astype(np.float64)
        expected = own @ time * rate
        total += np.square(own @ count - expected) / expected
    return total
