"""How long people were followed, and three medians that are not one another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError
from ultrarare.stats.arrays import flag_vector, non_negative_vector, same_length
from ultrarare.stats.survival import kaplan_meier
from ultrarare.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Time under observation of a cohort; None where the data do not reach an answer.

    Attributes:
        people: how many.
        events: how many reached the endpoint.
        person_time: their time under observation in all.
        median_follow_up: by the reversed Kaplan–Meier estimate of time since entry: how long
            people would have been followed had nobody reached the endpoint.
        longest: longest time since entry.
        median_survival: time by which half are estimated to have reached the endpoint, counting
            those who have not.
        median_survival_lower: its lower limit.
        median_survival_upper: its upper limit.
        median_age_at_event: middle time among those seen to reach the endpoint, and those only.
            With many censored it lies far below the median survival and is no estimate of it.
        unexplained: people taken as censored without a stated reason.
        median_survival_if_events: the median survival had each of them reached the endpoint the
            moment they were last seen: the other end of what the data allow.
    """

    people: int
    events: int
    person_time: float
    median_follow_up: float | None
    longest: float
    median_survival: float | None
    median_survival_lower: float | None
    median_survival_upper: float | None
    median_age_at_event: float | None
    unexplained: int
    median_survival_if_events: float | None
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = (
            f"{counted(self.people, 'person')}, {counted(self.events, 'event')}, "
            f"{self.person_time:.4g} person-time; "
            f"median follow-up {_said(self.median_follow_up)}, median survival "
            f"{_said(self.median_survival)}, median age at reported event "
            f"{_said(self.median_age_at_event)}"
        )
        return "; ".join((line, *self.caveats))


def follow_up(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    unexplained: ArrayLike | None = None,
    level: float = 0.95,
) -> FollowUp:
    """Describe the follow-up of a cohort.

    Args:
        time: (n,) age at the end of follow-up, ≥ 0.
        event: (n,) True if the endpoint was seen then.
        entry: (n,) age at entry, before `time`; None if from 0.
        unexplained: (n,) True for a censored person of whom the source does not say why they were
            seen no longer; None for every censored person.
        level: of the interval of the median survival.

    Raises:
        InputError: see `kaplan_meier`; also a person with event who is called unexplained.

    Notes:
        Reversed Kaplan–Meier: Schemper and Smith (1996), on time since entry. Median survival:
        `kaplan_meier` with delayed entry.
    """
    stop, seen = non_negative_vector(time, "time"), flag_vector(event, "event")
    begin = np.zeros_like(stop) if entry is None else non_negative_vector(entry, "entry")
    open_end = ~seen if unexplained is None else flag_vector(unexplained, "unexplained")
    same_length(time=stop, event=seen, entry=begin, unexplained=open_end)
    if (open_end & seen).any():
        raise InputError("a person with the event cannot be unexplained", where="unexplained")
    curve = kaplan_meier(stop, seen, entry=begin, level=level)
    since = stop - begin
    lower, upper = curve.median_interval()
    survival = _number(curve.median())
    at_event = float(np.median(stop[seen])) if seen.any() else None
    return FollowUp(
        people=stop.size,
        events=int(seen.sum()),
        person_time=float(since.sum()),
        median_follow_up=_number(kaplan_meier(since, ~seen).median()),
        longest=float(since.max()),
        median_survival=survival,
        median_survival_lower=_number(lower),
        median_survival_upper=_number(upper),
        median_age_at_event=at_event,
        unexplained=int(open_end.sum()),
        median_survival_if_events=_number(
            kaplan_meier(stop, seen | open_end, entry=begin, level=level).median()
        ),
        caveats=(*curve.caveats, *_confusable(stop.size, int(seen.sum()), survival, at_event)),
    )


def _confusable(
    people: int, events: int, survival: float | None, at_event: float | None
) -> tuple[str, ...]:
    if at_event is None or events == people:
        return ()
    beside = "is not reached" if survival is None else f"is {survival:.3g}"
    return (
        f"the median age at the reported event, {at_event:.3g}, is of the "
        f"{counted(events, 'person')} who "
        f"reached it only; the median survival of all {people} {beside}",
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _said(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.4g}"
