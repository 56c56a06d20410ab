"""One person's later episodes under a fitted process of states, from their whole earlier record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Counts, Floats, freeze, require_level
from ultrarare.stats.states import StateProcess
from ultrarare.stats.states_kernel import QUIET, UNSEEN, filtered, later_counts
from ultrarare.stats.states_likelihood import Layout, Processes
from ultrarare.stats.states_records import Observed, segments
from ultrarare.words import counted

_RATIO_LIMIT: Final = 64.0
"""A rate ratio beyond this, either way, is not searched for."""
_MOST_COUNTS: Final = 4096


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outlook:
    """What the record up to some time says of what comes, before anything later is read."""

    processes: Processes
    weights: Floats  # (m,) of the parameter points
    now: Floats  # (m, classes, states) probabilities at that time
    kind: Counts  # segments of the later observation
    length: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def state_now(self) -> Floats:
        """(k,) P(state now | record), averaged over what is not known of the parameters."""
        return np.asarray(self.weights @ self.now.sum(axis=1), dtype=np.float64)

    def probabilities(self, most: int, *, ratio: float = 1.0, until: float | None = None) -> Floats:
        """(most + 1,) P(n later events), all rates multiplied by `ratio`.

        Args:
            most: the largest count.
            ratio: factor on every rate.
            until: only the events within so much time from now.
        """
        kind, length = self._first(until)
        made = self.processes
        each = later_counts(
            made.generators, made.rates, made.multipliers * ratio, self.now, kind, length, most
        )
        return np.asarray(self.weights @ each, dtype=np.float64)

    def at_most(self, count: int, *, ratio: float = 1.0) -> float:
        """P(as many events or fewer)."""
        return min(1.0, float(self.probabilities(count, ratio=ratio).sum()))

    def none(self, until: float | None = None) -> float:
        """P(no event observed within so much time from now)."""
        return min(1.0, float(self.probabilities(0, until=until)[0]))

    def _first(self, until: float | None) -> tuple[Counts, Floats]:
        if until is None:
            return self.kind, self.length
        edge = np.cumsum(self.length)
        length = np.clip(self.length - (edge - until), 0.0, self.length)
        return self.kind[length > 0], length[length > 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatePrediction:
    """Later events against what this person would have had untreated, by a process of states."""

    y1: int
    t2: float
    level: float
    expected: float
    lower: int
    upper: int
    p_at_most: float  # P(as few as y1 or fewer, untreated)
    p_none: float  # P(none in the whole of t2): no outcome could give a smaller p
    p_remission: float  # P(first event as late as it was, or later)
    rate_ratio: float  # median estimate: half of P(y1) on either side
    rate_ratio_lower: float
    rate_ratio_upper: float | None  # None where no ratio searched is excluded
    state_now: tuple[float, ...]
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """A sentence for a log or a terminal."""
        top = "no limit" if self.rate_ratio_upper is None else f"{self.rate_ratio_upper:.3g}"
        line = (
            f"{counted(self.y1, 'event')} in {self.t2:g}; untreated {self.expected:.3g} expected "
            f"({100 * self.level:g}% interval {self.lower} to {self.upper}), P(at most {self.y1}) "
            f"{self.p_at_most:.3g}; rate ratio {self.rate_ratio:.3g} "
            f"({self.rate_ratio_lower:.3g} to {top})"
        )
        return "; ".join((line, *self.caveats))


def look_ahead(
    process: StateProcess,
    before: Observed | None,
    later_spans: Floats,
    *,
    now: float,
) -> Outlook:
    """Run through the earlier record and stand at `now`.

    Args:
        process: fitted to untreated people, in the same unit of time.
        before: the person's record up to `now`; None if there is none, and the state is then
            as likely as in anybody.
        later_spans: (n, 2) when the person is observed after `now`, in order.
        now: the time from which on is predicted.

    Raises:
        InputError: a record that reaches beyond `now`, or later spans before it.
    """
    if later_spans.size == 0 or later_spans[0, 0] < now:
        raise InputError(f"later spans must begin at {now:g} or after", where="later_spans")
    if before is not None and before.spans[-1, 1] > now:
        raise InputError(f"the record reaches beyond {now:g}", where="before")
    layout = Layout(states=process.states, heterogeneity=process.heterogeneity)
    made = layout.processes(process.points)
    kept = segments([] if before is None else [before])
    kind, length, count = kept.kind, kept.length, kept.count
    if before is not None and now > before.spans[-1, 1]:
        kind = np.append(kind, UNSEEN)
        length, count = np.append(length, now - before.spans[-1, 1]), np.append(count, 0)
    state = filtered(
        made.generators, made.rates, made.starts, made.multipliers, kind, length, count
    )
    edges = np.concatenate(([now], later_spans.ravel()))
    steps = np.diff(edges)
    kinds = np.tile(np.array([UNSEEN, QUIET], dtype=np.int64), later_spans.shape[0])
    return Outlook(
        processes=made,
        weights=process.weights,
        now=state,
        kind=kinds[steps > 0],
        length=steps[steps > 0],
    )


def predict_states(
    outlook: Outlook, y1: int, *, remission: float | None = None, level: float = 0.95
) -> StatePrediction:
    """Compare what came with what was to be expected.

    Args:
        outlook: from `look_ahead`.
        y1: events in the later spans.
        remission: time from now to the first event after it; None if none was seen, and the
            whole of the later time then counts.
        level: coverage of the intervals.

    Raises:
        InputError: a bad level.

    Notes:
        P(count) by uniformisation of the pair (count, state). The rate ratio multiplies every rate
        after now; its limits are the ratios at which y1 or fewer, or y1 or more, has probability
        (1 − level)/2, so that interval and p value agree. Averages are over the parameter
        points of the process. Checked in tests/oracles/test_states_oracle.py.
    """
    require_level(level)
    t2 = float(outlook.length[outlook.kind == QUIET].sum())
    whole = _whole(outlook, y1)
    cumulative = np.cumsum(whole)
    tail = (1 - level) / 2
    high = _ratio(outlook, y1, tail, 1.0)
    # Without an event nothing speaks against a rate of zero.
    middle = _ratio(outlook, y1, 0.5, 0.5) if y1 else 0.0
    low = _ratio(outlook, y1, 1 - tail, 0.0) if y1 else 0.0
    none = float(min(1.0, whole[0]))
    caveats: tuple[str, ...] = ()
    if high is None:
        caveats = (
            f"no rate ratio up to {_RATIO_LIMIT:g} is excluded from above: so quiet a time comes "
            "about in the quiet state whatever the rate is",
        )
    return StatePrediction(
        y1=y1,
        t2=t2,
        level=level,
        expected=float(np.arange(whole.size) @ whole),
        lower=int(np.searchsorted(cumulative, tail)),
        upper=int(np.searchsorted(cumulative, 1 - tail)),
        p_at_most=min(1.0, float(cumulative[y1])),
        p_none=none,
        p_remission=none if remission is None else outlook.none(remission),
        rate_ratio=0.0 if middle is None else middle,
        rate_ratio_lower=0.0 if low is None else low,
        rate_ratio_upper=high,
        state_now=tuple(outlook.state_now.tolist()),
        caveats=caveats,
    )


def _whole(outlook: Outlook, y1: int) -> Floats:
    """Probabilities of counts, as many as needed for the rest to be negligible."""
    most = max(y1, 31)
    while True:
        found = outlook.probabilities(most)
        if found.sum() > 1 - 1e-7 or most >= _MOST_COUNTS:
            return found
        most = 2 * most + 1


def _ratio(outlook: Outlook, y1: int, probability: float, share: float) -> float | None:
    """The ratio at which P(fewer than y1) + share·P(y1) is `probability`; None if beyond reach."""

    def excess(log_ratio: float) -> float:
        found = outlook.probabilities(y1, ratio=float(np.exp(log_ratio)))
        return float(found[:-1].sum() + share * found[-1]) - probability

    return _root(excess)


def _root(excess: Callable[[float], float]) -> float | None:
    """Where a falling function crosses 0 on the log scale; None where it stays above."""
    edge, step = 0.0, np.log(2.0)
    limit = np.log(_RATIO_LIMIT) + 1e-9
    rising = excess(0.0) > 0
    while rising == (excess(edge) > 0):
        edge += step if rising else -step
        if abs(edge) > limit:
            return None if rising else 0.0
    inner = edge - step if rising else edge + step
    return float(np.exp(brentq(excess, min(edge, inner), max(edge, inner), xtol=1e-3)))
