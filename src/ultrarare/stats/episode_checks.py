"""Do untreated people's episodes look as if each person's rate were constant: two checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Floats, count_vector, finite_vector, require_positive
from ultrarare.words import counted

Spans = Sequence[Sequence[tuple[float, float]]]
"""For each person, the stretches (start, stop) under observation, apart from each other."""

_FEWEST_RUNS: Final = 99
"""Simulated cohorts below which a Monte Carlo p value is too coarse to read."""
_FEWEST_EVENTS: Final = 20
"""Events below which neither check finds much, and the normal approximation is rough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCheck:
    """One statistic of a cohort's episode times, and how rare it is at constant rates.

    A large p value is no proof of a constant rate: few events cannot show that it changes.
    """

    statistic: float  # Pearson's X² for clustering; standard normal for a trend with age
    expected: float  # mean of the statistic at constant rates
    p_value: float  # one-sided (too uneven) for clustering, two-sided for a trend
    n_people: int  # who contribute
    n_events: int  # of these people
    runs: int | None  # simulated cohorts behind `p_value`; None if it comes from a formula
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = (
            f"{counted(self.n_events, 'event')} of {counted(self.n_people, 'person')}; statistic "
            f"{self.statistic:.4g}, "
            f"{self.expected:.4g} expected at constant rates, p {self.p_value:.3g}"
        )
        return "; ".join((line, *self.caveats))


def clustering(
    times_by_person: Sequence[ArrayLike],
    spans: Spans,
    *,
    bin_width: float,
    rng: np.random.Generator,
    runs: int = 999,
) -> RateCheck:
    """Whether each person's episodes are spread more unevenly over time than chance spreads them.

    Args:
        times_by_person: for each person, the (nᵢ,) times of their episodes; may be empty.
        spans: for each person, in the same order, when they were under observation.
        bin_width: about how long a bin is, > 0, in the unit of the times. Spells of about this
            length are found best; half a year suits yearly rates of a few.
        rng: source of the simulated cohorts.
        runs: how many are simulated, ≥ 99.

    Raises:
        InputError: no people, unequal lengths, a span that ends before it begins or overlaps the
            next, an episode outside its person's spans, or a bad `bin_width` or `runs`.
        NotComputable: nobody has two episodes and two bins.

    Notes:
        Given a person's number of episodes, a constant rate places them uniformly over the
        observed time, whatever the rate: each span is cut in equal bins, the count of a bin is
        multinomial with its share of the time. Pearson's X² is summed over people, and p is
        (b+1)/(runs+1) with b simulated cohorts at least as uneven (Davison and Hinkley 1997, 4.2),
        so that small expected counts do no harm. A trend with age and clustered episodes raise it
        as well as waxing and waning does. Checked in tests/oracles/test_episode_checks_oracle.py.
    """
    require_positive(bin_width, "bin_width")
    if count_vector([runs], "runs")[0] < _FEWEST_RUNS:
        raise InputError(f"{runs} runs, at least {_FEWEST_RUNS} are needed", where="runs")
    people = _read(times_by_person, spans)
    binned = [_binned(*person, bin_width) for person in people]
    chosen = [(counts, share) for counts, share in binned if share.size > 1 and counts.sum() > 1]
    if not chosen:
        raise NotComputable(
            f"nobody was seen with two episodes and over two stretches of {bin_width:g}",
            where="times_by_person",
            remedy="Give people followed for longer, or a shorter bin width.",
        )
    seen = sum(float(_pearson(counts, share)) for counts, share in chosen)
    simulated = np.zeros(runs)
    for counts, share in chosen:
        simulated += _pearson(rng.multinomial(int(counts.sum()), share, size=runs), share)
    # Equal statistics differ by rounding; one that ties with the observed counts as as uneven.
    reached = int(np.sum(simulated >= seen * (1 - 1e-9)))
    events = sum(int(counts.sum()) for counts, _ in chosen)
    return RateCheck(
        statistic=seen,
        expected=float(sum(share.size - 1 for _, share in chosen)),
        p_value=(reached + 1) / (runs + 1),
        n_people=len(chosen),
        n_events=events,
        runs=runs,
        caveats=_caveats(events),
    )


def age_trend(times_by_person: Sequence[ArrayLike], spans: Spans) -> RateCheck:
    """Whether episodes become rarer or more frequent with age, all people together.

    Args:
        times_by_person: for each person, the (nᵢ,) ages at their episodes; may be empty.
        spans: for each person, in the same order, the ages under observation.

    Returns:
        A check whose statistic is below 0 if episodes become rarer.

    Raises:
        InputError: no people, unequal lengths, a span that ends before it begins or overlaps the
            next, or an episode outside its person's spans.
        NotComputable: no episode at all.

    Notes:
        Score test of a common slope of the log rate, each person's own level conditioned out
        (Cox and Lewis 1966, 3.3): Σ(t − mean of the person's observed time) over its sd at
        constant rates, √(ΣnᵢTᵢ²/12) with one span a person. With several, mean and variance
        are those of a uniform over them all. Two-sided, normal. Episodes that come in clusters make
        p too small. Checked in tests/oracles/test_episode_checks_oracle.py.
    """
    score = information = 0.0
    contributing = [person for person in _read(times_by_person, spans) if person[0].size]
    for times, start, stop in contributing:
        share = (stop - start) / np.sum(stop - start)
        middle = (start + stop) / 2
        mean = float(share @ middle)
        variance = float(share @ ((middle - mean) ** 2 + (stop - start) ** 2 / 12))
        score += float(np.sum(times - mean))
        information += times.size * variance
    if not contributing:
        raise NotComputable(
            "no episode was seen, so none can become rarer",
            where="times_by_person",
            remedy="Give people with episodes.",
        )
    z = score / float(np.sqrt(information))
    events = sum(times.size for times, _, _ in contributing)
    return RateCheck(
        statistic=z,
        expected=0.0,
        p_value=float(2 * ndtr(-abs(z))),
        n_people=len(contributing),
        n_events=events,
        runs=None,
        caveats=_caveats(events),
    )


def _read(
    times_by_person: Sequence[ArrayLike], spans: Spans
) -> list[tuple[Floats, Floats, Floats]]:
    """Each person's episode times, and starts and stops of their spans in order; checked."""
    if len(times_by_person) != len(spans):
        raise InputError(
            f"lengths must be equal, but times_by_person has {len(times_by_person)} and spans has "
            f"{len(spans)}",
            where="times_by_person",
        )
    if not spans:
        raise InputError("no person, at least one is needed", where="spans")
    return [
        _person(times, own, i)
        for i, (times, own) in enumerate(zip(times_by_person, spans, strict=True))
    ]


def _person(
    times: ArrayLike, spans: Sequence[tuple[float, float]], i: int
) -> tuple[Floats, Floats, Floats]:
    start = finite_vector([span[0] for span in spans], f"spans[{i}]")
    stop = finite_vector([span[1] for span in spans], f"spans[{i}]")
    order = np.argsort(start)
    start, stop = start[order], stop[order]
    if (stop <= start).any() or (start[1:] < stop[:-1]).any():
        raise InputError(
            "every span must end after it begins and before the next one begins",
            where=f"spans[{i}]",
            remedy="Merge spans that overlap.",
        )
    if np.size(np.asarray(times)) == 0:
        return np.zeros(0), start, stop
    when = finite_vector(times, f"times_by_person[{i}]")
    if (outside := when[stop[_span_of(when, start)] < when]).size or (when < start[0]).any():
        first = outside[0] if outside.size else when.min()
        raise InputError(
            f"the episode at {first:g} lies outside the time under observation",
            where=f"times_by_person[{i}]",
            remedy="Add the span, or take the episode out.",
        )
    return when, start, stop


def _span_of(when: Floats, start: Floats) -> Counts:
    """Index of the last span that begins at or before each time; 0 if none does."""
    return np.maximum(np.searchsorted(start, when, side="right") - 1, 0).astype(np.int64)


def _binned(when: Floats, start: Floats, stop: Floats, bin_width: float) -> tuple[Counts, Floats]:
    """Episodes in each bin, and its share of the observed time."""
    length = stop - start
    bins = np.maximum(np.rint(length / bin_width), 1).astype(np.int64)
    span = _span_of(when, start)
    within = np.floor((when - start[span]) / length[span] * bins[span]).astype(np.int64)
    first = np.concatenate(([0], np.cumsum(bins)[:-1]))
    # An episode on the very end of a span belongs to its last bin.
    index = first[span] + np.minimum(within, bins[span] - 1)
    counts = np.bincount(index, minlength=int(bins.sum())).astype(np.int64)
    share = np.repeat(length / bins, bins)
    return counts, share / share.sum()


def _pearson(counts: Counts, share: Floats) -> Floats:
    """X² of each row of counts against its total spread by `share`."""
    expected = counts.sum(axis=-1, keepdims=True) * share
    found: Floats = np.sum((counts - expected) ** 2 / expected, axis=-1)
    return found


def _caveats(events: int) -> tuple[str, ...]:
    if events >= _FEWEST_EVENTS:
        return ()
    return (f"only {counted(events, 'event')}: a rate that changes could easily go unseen",)
