"""Records of episodes, cut into the segments that the state recursions run through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Counts, Floats, count_vector, finite_vector, freeze
from ultrarare.stats.states_kernel import COUNTED, EVENT, QUIET, UNSEEN


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Observed:
    """When one person was observed, and the episodes seen then.

    Use `observed` to make one: it checks, sorts, and joins spans that touch.

    Attributes:
        spans: (n, 2) stretches under observation, in order and apart from each other.
        times: (m,) times of the episodes, in order, each within a span; None where only
            their number in each span is known.
        counts: (n,) episodes in each span.
    """

    spans: Floats
    times: Floats | None
    counts: Counts

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def events(self) -> int:
        """How many episodes."""
        return int(self.counts.sum())

    @property
    def time(self) -> float:
        """How long under observation, gaps left out."""
        return float(np.sum(self.spans[:, 1] - self.spans[:, 0]))

    def until(self, when: float) -> Observed:
        """The part up to and with `when`; needs dated episodes."""
        return self._within(-np.inf, when)

    def after(self, when: float) -> Observed:
        """The part after `when`; an episode on `when` itself belongs to the part before."""
        return self._within(when, np.inf)

    def _within(self, low: float, high: float) -> Observed:
        if self.times is None:
            raise InputError("episodes are not dated, so the record cannot be cut", where="times")
        kept = [(max(a, low), min(b, high)) for a, b in self.spans if a < high and b > low]
        times = self.times[(self.times > low) & (self.times <= high)]
        return _made(np.array(kept, dtype=np.float64).reshape(-1, 2), times)


def observed(
    spans: Iterable[tuple[float, float]], times: Sequence[float] | Floats, *, where: str = "spans"
) -> Observed:
    """A checked record with dated episodes.

    Args:
        spans: (start, stop) of each stretch under observation, in any order; those that touch
            are joined.
        times: when the episodes were, in any order; may be empty.
        where: how errors name the record.

    Raises:
        InputError: no span, a span that ends before it begins or overlaps another, a time or bound
            that is not finite, or an episode outside every span.
    """
    edges = np.array(sorted(spans), dtype=np.float64).reshape(-1, 2)
    if not edges.size:
        raise InputError("no time under observation", where=where)
    finite_vector(edges.ravel(), where)
    if np.any(edges[:, 1] <= edges[:, 0]):
        raise InputError("a span must end after it begins", where=where)
    if np.any(edges[1:, 0] < edges[:-1, 1]):
        raise InputError("spans overlap, so time would count twice", where=where)
    when = np.sort(finite_vector(times, where)) if len(times) else np.empty(0)
    made = _made(_joined(edges), when)
    if made.events != when.size:
        raise InputError("an episode lies outside the time under observation", where=where)
    return made


def counted(
    spans: Sequence[tuple[float, float]], counts: Sequence[int], *, where: str = "spans"
) -> Observed:
    """A checked record of which only the number of episodes in each span is known.

    Args:
        spans: (start, stop) of each stretch, in order; they may touch and are not joined.
        counts: episodes in each.
        where: how errors name the record.

    Raises:
        InputError: no span, bad or overlapping spans, counts that are none, or unequal lengths.
    """
    edges = np.array(spans, dtype=np.float64).reshape(-1, 2)
    number = count_vector(counts, where)
    finite_vector(edges.ravel(), where)
    if number.size != edges.shape[0]:
        raise InputError(f"{edges.shape[0]} spans and {number.size} counts", where=where)
    if np.any(edges[:, 1] <= edges[:, 0]) or np.any(edges[1:, 0] < edges[:-1, 1]):
        raise InputError("spans must be in order, each ending after it begins", where=where)
    return Observed(spans=edges, times=None, counts=number)


def _joined(edges: Floats) -> Floats:
    apart = np.concatenate(([True], edges[1:, 0] > edges[:-1, 1]))
    last = np.concatenate((apart[1:], [True]))
    return np.column_stack((edges[apart, 0], edges[last, 1]))


def _made(spans: Floats, times: Floats) -> Observed:
    """Counts of each span; an episode on the joint of two is counted in the earlier one."""
    stop = np.searchsorted(spans[:, 1], times, side="left")
    inside = stop < spans.shape[0]
    inside[inside] &= times[inside] >= spans[stop[inside], 0]
    counts = np.bincount(stop[inside], minlength=spans.shape[0]).astype(np.int64)
    return Observed(spans=spans, times=times, counts=counts)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Segments:
    """Segments of many records, person after person; see `states_kernel`."""

    kind: Counts
    length: Floats
    count: Counts
    first: Counts


def segments(records: Sequence[Observed]) -> Segments:
    """Every record cut at its episodes and at the edges of its spans."""
    rows: list[tuple[int, float, int]] = []
    first = [0]
    for record in records:
        rows += _rows(record)
        first.append(len(rows))
    table = list(zip(*rows, strict=True)) or [(), (), ()]
    return Segments(
        kind=np.array(table[0], dtype=np.int64),
        length=np.array(table[1], dtype=np.float64),
        count=np.array(table[2], dtype=np.int64),
        first=np.array(first, dtype=np.int64),
    )


def _rows(record: Observed) -> Iterable[tuple[int, float, int]]:
    spans = record.spans.tolist()
    gaps = [0.0, *(start - stop for (_, stop), (start, _) in pairwise(spans))]
    edge = 0
    for (start, stop), gap, count in zip(spans, gaps, record.counts.tolist(), strict=True):
        if gap > 0:
            yield UNSEEN, gap, 0
        if record.times is None:
            yield COUNTED, stop - start, count
            continue
        here = start
        for when in record.times[edge : edge + count].tolist():
            yield EVENT, when - here, 0
            here = when
        edge += count
        if stop > here:
            yield QUIET, stop - here, 0
