"""When work can begin and end: the critical path, and how sure it is.

The critical path method (Kelley and Walker 1959): a task begins when all that it waits for is
done; the latest time that does not delay the end gives its slack. Where durations are uncertain
the end is simulated from PERT's beta distributions (Malcolm et al. 1959), tasks independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A task as the schedule sees it.

    Attributes:
        id: its id.
        least: shortest duration, at least 0.
        likely: most likely duration.
        most: longest duration.
        needs: ids of activities that end before it begins.
        begun: when it began; None where it has not.
        done: when it ended; None where it has not.
    """

    id: str
    least: float
    likely: float
    most: float
    needs: tuple[str, ...] = ()
    begun: float | None = None
    done: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An activity in time, with the likely durations.

    Attributes:
        begin: earliest begin, or when it began.
        end: earliest end, or when it ended.
        slack: how much later it may end without delaying the whole; 0 on the critical path.
        critical: share of simulated courses in which it lies on a longest path.
    """

    id: str
    begin: float
    end: float
    slack: float
    critical: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Every activity in time, and the end of the whole.

    Attributes:
        placed: in the order given.
        end: of the whole, with the likely durations.
        mean: mean of the simulated end.
        quantiles: 0.1, 0.5 and 0.9 of the simulated end.
        runs: how many courses were simulated.
    """

    placed: tuple[Placed, ...]
    end: float
    mean: float
    quantiles: tuple[float, float, float]
    runs: int


_NEAR = 1e-9


def schedule(
    activities: Sequence[Activity], *, rng: np.random.Generator, runs: int = 4000
) -> Schedule:
    """Place activities in time.

    Args:
        activities: without circles; ids unique and known.
        rng: draws the durations.
        runs: courses to simulate, at least 1.

    Notes:
        A PERT beta has the mean (least + 4 likely + most) / 6. Durations are drawn independently,
        so the spread of the whole is too narrow where one cause delays several tasks. Checked
        against enumeration of all paths in tests/unit/stats/test_schedule.py.
    """
    order = _ordered(activities)
    likely = {one.id: np.array([one.likely]) for one in activities}
    begin, end = _forward(order, likely)
    whole = max(float(one[0]) for one in end.values())
    latest = _backward(order, likely, np.array([whole]))
    drawn = {one.id: _drawn(one, rng, runs) for one in activities}
    ends = _forward(order, drawn)[1]
    total: Floats = np.max(np.stack(list(ends.values())), axis=0)
    late = _backward(order, drawn, total)
    placed = tuple(
        Placed(
            id=one.id,
            begin=float(begin[one.id][0]),
            end=float(end[one.id][0]),
            slack=max(0.0, float(latest[one.id][0] - end[one.id][0])),
            critical=float(np.mean(late[one.id] - ends[one.id] <= _NEAR * (1 + total))),
        )
        for one in activities
    )
    low, middle, high = (float(q) for q in np.quantile(total, [0.1, 0.5, 0.9]))
    return Schedule(
        placed=placed, end=whole, mean=float(total.mean()), quantiles=(low, middle, high), runs=runs
    )


def _ordered(activities: Sequence[Activity]) -> list[Activity]:
    """Each after all that it waits for."""
    left = {one.id: one for one in activities}
    order: list[Activity] = []
    while left:
        free = [one for one in left.values() if not any(need in left for need in one.needs)]
        if not free:
            raise ValueError(f"wait for each other in a circle: {', '.join(left)}")
        order += free
        for one in free:
            del left[one.id]
    return order


def _forward(
    order: Sequence[Activity], spans: Mapping[str, Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    begin: dict[str, Floats] = {}
    end: dict[str, Floats] = {}
    for one in order:
        span = spans[one.id]
        ready = [end[need] for need in one.needs]
        start = np.max(np.stack(ready), axis=0) if ready else np.zeros_like(span)
        if one.begun is not None:
            start = np.full_like(span, one.begun)
        begin[one.id] = start
        end[one.id] = np.full_like(span, one.done) if one.done is not None else start + span
    return begin, end


def _backward(
    order: Sequence[Activity], spans: Mapping[str, Floats], whole: Floats
) -> dict[str, Floats]:
    latest = {one.id: whole for one in order}
    for one in reversed(order):
        for need in one.needs:
            # what has begun already waits for nothing any more
            if one.begun is None and one.done is None:
                latest[need] = np.minimum(latest[need], latest[one.id] - spans[one.id])
    return latest


def _drawn(one: Activity, rng: np.random.Generator, runs: int) -> Floats:
    """Durations from the PERT beta of an activity."""
    width = one.most - one.least
    if width <= 0:
        return np.full(runs, one.likely)
    first = 1 + 4 * (one.likely - one.least) / width
    second = 1 + 4 * (one.most - one.likely) / width
    drawn: Floats = one.least + width * rng.beta(first, second, runs)
    return drawn
