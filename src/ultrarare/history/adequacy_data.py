"""Adequacy by what was seen: people, follow-up, missing visits, limits, noise, improvement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ultrarare.case.amount import Censoring
from ultrarare.case.unit import conversion, spoken
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.adequacy_design import usual_gap
from ultrarare.history.grade import Domain, Grade, by_excess, by_share, not_judged, percent
from ultrarare.history.question import Material
from ultrarare.history.records import Visit
from ultrarare.words import counted

FEWEST_PEOPLE, ENOUGH_PEOPLE = 10, 39
"""Below ten a course is shown and not called characterised. With 39, a rank among them reaches
1/40 = 0.025; with fewer no rank p value can. Both are ours and stand in the reason."""
FEWEST_EVENTS, ENOUGH_EVENTS = 5, 10
RARE: Final = 0.10
"""Upper bound of spontaneous improvement that leaves an own control in no doubt for it; ours."""
REPEAT_DAYS: Final = 31


def people(given: Material) -> Domain:
    """Whether there are enough people, and how much time they were seen."""
    n = len(given.spans)
    time = sum(stop - start for own in given.spans.values() for start, stop in own)
    events = sum(p.event for p in given.cohort.people) if given.kind == "people" else None
    if given.kind == "episodes":
        events = sum(record.events for record in given.cohort.episodes_of(None))
    grade = by_share(n, adequate=ENOUGH_PEOPLE, limited=FEWEST_PEOPLE)
    if events is not None:
        grade = _worse(grade, by_share(events, adequate=ENOUGH_EVENTS, limited=FEWEST_EVENTS))
    unit = spoken(given.cohort.time_unit)
    seen = "" if events is None else f" with {counted(events, 'event')}"
    more = {
        Grade.ADEQUATE: "",
        Grade.LIMITED: f"; with fewer than {ENOUGH_PEOPLE} people no rank among them reaches 0.025",
        Grade.INADEQUATE: "; too few to call the course characterised",
        Grade.NOT_JUDGED: "",
    }[grade]
    if grade is Grade.LIMITED and n >= ENOUGH_PEOPLE:
        more = f"; with fewer than {ENOUGH_EVENTS} events the interval is a lower bound on doubt"
    if grade is Grade.INADEQUATE and n >= FEWEST_PEOPLE:
        more = f"; fewer than {FEWEST_EVENTS} events do not characterise when they come"
    return Domain(
        name="people",
        grade=grade,
        reason=f"{counted(n, 'person')}, {time:.4g} {unit} under observation{seen}{more}.",
        numbers={"people": n, "person_time": time, "events": events, "visits": len(given.visits)},
    )


def _worse(one: Grade, other: Grade) -> Grade:
    order = [Grade.ADEQUATE, Grade.LIMITED, Grade.INADEQUATE, Grade.NOT_JUDGED]
    return max(one, other, key=order.index)


def follow_up(given: Material) -> Domain:
    """Whether people were followed as long as the patient is."""
    from ultrarare.stats.follow_up import follow_up as describe

    spans = given.spans
    begin = [own[0][0] for own in spans.values()]
    end = [max(stop for _, stop in own) for own in spans.values()]
    own = {p.person: p for p in given.cohort.people}
    events = [bool(own[n].event) if given.kind == "people" else False for n in spans]
    kept = [i for i in range(len(begin)) if end[i] > begin[i]]
    if not kept:
        return Domain(
            name="follow_up",
            grade=Grade.INADEQUATE,
            reason="Nobody was seen at two times.",
            numbers={"median_follow_up": None},
        )
    found = describe(
        [end[i] for i in kept], [events[i] for i in kept], entry=[begin[i] for i in kept]
    )
    unit, length = spoken(given.cohort.time_unit), given.question.length
    median = found.median_follow_up
    said = (
        f"Followed for a median of {_three(median)} {unit} (reversed Kaplan–Meier), at most "
        f"{found.longest:.3g}"
    )
    numbers = {"median_follow_up": median, "longest": found.longest, "window": length}
    if length is None:
        return not_judged(
            "follow_up", f"{said}; the length of the patient's window was not given.", **numbers
        )
    enough = sum(end[i] - begin[i] >= length * (1 - 1e-9) for i in kept)
    grade = Grade.LIMITED if enough >= FEWEST_PEOPLE else Grade.INADEQUATE
    grade = (
        Grade.ADEQUATE
        if median is not None and median >= length and grade is Grade.LIMITED
        else grade
    )
    return Domain(
        name="follow_up",
        grade=grade,
        reason=f"{said}; {counted(enough, 'person', 'was')} followed for the {length:.3g} "
        f"{unit} of the "
        "patient's window.",
        numbers={**numbers, "followed_as_long": enough},
    )


def _three(value: float | None) -> str:
    return "unknown length" if value is None else f"{value:.3g}"


def missing_data(given: Material) -> Domain:
    """Visits seen of those expected, and when they were missed."""
    if given.kind != "visits":
        return not_judged(
            "missing_data", "Without a schedule of visits it is not known what was missed."
        )
    planned = given.setting.schedule
    gap = planned or usual_gap(given)
    if gap is None:
        return not_judged("missing_data", "Nobody was seen twice, so no schedule can be told.")
    slots = _slots(given, gap)
    if slots is None:
        return not_judged(
            "missing_data",
            f"One visit every {gap:.3g} would make more than {_MOST_SLOTS} between the first and "
            "the last of them: a time, or the gap, is in another unit.",
        )
    seen, expected = sum(hit for _, hit in slots), len(slots)
    share = seen / expected
    quarters = _quarters(slots)
    source = "as planned" if planned else "the cohort's own median gap, which hides regular gaps"
    trend = (
        "; by quarter of the observed ages "
        + ", ".join("none expected" if q is None else percent(q) for q in quarters)
        if len(quarters) == 4
        else ""
    )
    stopped = _stopped(given, gap)
    more = (
        f" {counted(stopped, 'person')} had no visit in the last two intervals of theirs."
        if stopped
        else ""
    )
    return Domain(
        name="missing_data",
        grade=by_share(share, adequate=0.8, limited=0.5),
        reason=f"{seen} of {expected} expected visits were seen ({percent(share)}; one every "
        f"{gap:.3g} {spoken(given.cohort.time_unit)}, {source}){trend}.{more}",
        numbers={
            "seen": seen,
            "expected": expected,
            "share": share,
            "gap": gap,
            "by_quarter": quarters,
            "stopped_early": stopped,
        },
        caveats=("visits may be missed because of the course; no number shows that they were not",)
        if share < 0.8 or stopped
        else (),
    )


_MOST_SLOTS = 1_000_000


def _slots(given: Material, gap: float) -> list[tuple[float, bool]] | None:
    """Every expected visit as (age, whether one was seen within half a gap); None if too many."""
    own = {p.person: p for p in given.cohort.people}
    found: list[tuple[float, bool]] = []
    for person, visits in given.by_person().items():
        begin = visits[0].time
        end = max(own[person].exit, visits[-1].time) if person in own else visits[-1].time
        count = int((end - begin) / gap + 1e-9) + 1
        if len(found) + count > _MOST_SLOTS:
            return None
        hit = {round((visit.time - begin) / gap) for visit in visits}
        found += [(begin + k * gap, k in hit) for k in range(count)]
    return found


def _quarters(slots: list[tuple[float, bool]]) -> list[float | None]:
    ages = np.array([age for age, _ in slots])
    seen = np.array([hit for _, hit in slots])
    edges = np.linspace(ages.min(), ages.max(), 5)
    if edges[0] == edges[-1]:
        return []
    quarter = np.clip(np.searchsorted(edges, ages, side="right") - 1, 0, 3)
    return [float(seen[quarter == k].mean()) if (quarter == k).any() else None for k in range(4)]


def _stopped(given: Material, gap: float) -> int:
    last = {person: own[-1].time for person, own in given.by_person().items()}
    return sum(p.person in last and p.exit - last[p.person] > 2 * gap for p in given.cohort.people)


def floor_ceiling(given: Material) -> Domain:
    """The share of values at the edge of what the measure can show."""
    if given.kind != "visits":
        return not_judged("floor_ceiling", "The endpoint is not measured on a scale.")
    low, high = given.setting.floor, given.setting.ceiling
    n = len(given.visits)
    at_floor = sum(_at_floor(visit, low) for visit in given.visits)
    at_ceiling = sum(_at_ceiling(visit, high) for visit in given.visits)
    numbers = {"at_floor": at_floor / n, "at_ceiling": at_ceiling / n, "visits": n}
    if low is None and high is None and not (at_floor or at_ceiling):
        return _piled(given, numbers)
    worst = max(at_floor, at_ceiling) / n
    return Domain(
        name="floor_ceiling",
        grade=by_excess(worst, adequate=0.05, limited=0.15),
        reason=f"{percent(at_floor / n)} of {n} values lie at or below the floor and "
        f"{percent(at_ceiling / n)} at or above the ceiling; there the course cannot be seen.",
        numbers=numbers,
    )


def _at_floor(visit: Visit, floor: float | None) -> bool:
    if visit.censoring is Censoring.LEFT:
        return True
    return floor is not None and not visit.censored and visit.value <= floor


def _at_ceiling(visit: Visit, ceiling: float | None) -> bool:
    if visit.censoring is Censoring.RIGHT:
        return True
    return ceiling is not None and not visit.censored and visit.value >= ceiling


def _piled(given: Material, numbers: Mapping[str, Any]) -> Domain:
    """Without stated limits, many equal values at one end still show one."""
    values = Counter(visit.value for visit in given.visits)
    n = len(given.visits)
    end = max((min(values), max(values)), key=lambda value: values[value])
    share = values[end] / n
    if n >= 20 and share > 0.15 and len(values) > 1:
        return Domain(
            name="floor_ceiling",
            grade=Grade.LIMITED,
            reason=f"No floor or ceiling is stated, but {percent(share)} of {n} values are "
            f"{end:g}, the edge of what was seen: it looks like one.",
            numbers={**numbers, "at_edge": share},
        )
    return not_judged(
        "floor_ceiling",
        f"No floor or ceiling of the measure is stated; {percent(share)} of {n} values are at the "
        "edge of what was seen.",
        **numbers,
    )


def noise(given: Material) -> Domain:
    """Whether the relevant difference stands out from noise between close repeats."""
    from ultrarare.stats.repeats import repeat_noise

    if given.kind != "visits":
        return not_judged("noise", "The endpoint is not measured repeatedly.")
    exact = [visit for visit in given.visits if not visit.censored]
    numbering = {person: i for i, person in enumerate(sorted({v.person for v in exact}))}
    within = given.setting.repeat_within
    if within is None:
        within = REPEAT_DAYS * conversion("d", given.cohort.time_unit, where="time unit")
    if not exact:
        return not_judged("noise", "Noise cannot be estimated: no value is exact.")
    try:
        found = repeat_noise(
            [numbering[v.person] for v in exact],
            [v.time for v in exact],
            [v.value for v in exact],
            within=within,
        )
    except NotComputable as error:
        return not_judged("noise", f"Noise cannot be estimated: {error.problem}.")
    wanted = given.question.relevant_difference
    change = found.smallest_detectable_change
    worst = change * found.upper / found.sd
    numbers = {
        "sd": found.sd,
        "lower": found.lower,
        "upper": found.upper,
        "repeats": found.repeats,
        "people": found.people,
        "method": found.method,
        "within": within,
        "smallest_detectable_change": change,
        "relevant_difference": wanted,
    }
    said = (
        f"One measurement of one person scatters with sd {found.sd:.3g} ({found.lower:.3g} to "
        f"{found.upper:.3g}; {found.repeats} {found.method}), so a change below {change:.3g} "
        "between two measurements may be noise"
    )
    if wanted is None:
        return not_judged("noise", f"{said}; no relevant difference was given.", **numbers)
    grade = Grade.ADEQUATE if wanted >= worst else Grade.LIMITED
    grade = Grade.INADEQUATE if wanted < change else grade
    return Domain(
        name="noise",
        grade=grade,
        reason=f"{said}; the relevant difference is {wanted:g}.",
        numbers=numbers,
        caveats=found.caveats,
    )


def spontaneous_improvement(given: Material) -> Domain:
    """How often untreated people improve as the patient is hoped to."""
    if given.kind != "visits":
        return not_judged("spontaneous_improvement", "The endpoint has no amount to improve by.")
    from ultrarare.history.spontaneous import count_improved

    try:
        found = count_improved(given.visits, given.question)
    except (NotComputable, InputError) as error:
        return not_judged("spontaneous_improvement", f"It cannot be counted: {error.problem}.")
    unit = spoken(given.cohort.time_unit)
    return Domain(
        name="spontaneous_improvement",
        grade=by_excess(found.upper, adequate=RARE, limited=0.25),
        reason=f"{found.improved} of {counted(found.people, 'untreated person')} improved by at "
        "least "
        f"{found.difference:g} over {found.window:.3g} {unit}; at most {percent(found.upper)} do "
        f"(exact, one-sided {percent(found.level)}), at most {percent(found.upper_worst)} had "
        "everyone improved who was not seen so long.",
        numbers={
            "people": found.people,
            "improved": found.improved,
            "undecided": found.undecided,
            "rate": found.value,
            "upper": found.upper,
            "unfollowed": found.unfollowed,
            "upper_worst": found.upper_worst,
            "ever": found.ever,
            "level": found.level,
        },
        caveats=found.caveats,
    )


def censoring(given: Material) -> Domain:
    """Who was taken as censored while the source does not say why they were seen no longer."""
    people_ = given.cohort.people
    if not people_:
        return not_judged(
            "censoring", "The cohort has no table of people, so it is not known how each one ended."
        )
    from ultrarare.stats.follow_up import follow_up as describe

    found = describe(
        [p.exit for p in people_],
        [p.event for p in people_],
        entry=[p.entry for p in people_],
        unexplained=[p.unexplained for p in people_],
    )
    share = found.unexplained / found.people
    unit = spoken(given.cohort.time_unit)
    medians = (
        f"the median survival is {_reached(found.median_survival, unit)}, and would be "
        f"{_reached(found.median_survival_if_events, unit)} had each of them reached the endpoint "
        "when last seen"
    )
    at_event = (
        "no one was seen to reach the endpoint"
        if found.median_age_at_event is None
        else f"the median age at the reported event, {found.median_age_at_event:.3g} {unit}, is of "
        f"the {found.events} who reached it and is no median survival"
    )
    endings = Counter(str(p.ending or "not stated") for p in people_ if not p.event)
    return Domain(
        name="censoring",
        grade=by_excess(share, adequate=0.05, limited=0.20),
        reason=f"{found.unexplained} of {counted(found.people, 'person')} ({percent(share)}) "
        "are taken as "
        f"censored and may have reached the endpoint unseen (no reason stated, unknown, or lost); "
        f"{medians}; {at_event}.",
        numbers={
            "unexplained": found.unexplained,
            "share": share,
            "endings": dict(sorted(endings.items())),
            "median_survival": found.median_survival,
            "median_survival_lower": found.median_survival_lower,
            "median_survival_upper": found.median_survival_upper,
            "median_survival_if_events": found.median_survival_if_events,
            "median_age_at_reported_event": found.median_age_at_event,
            "events": found.events,
        },
        caveats=found.caveats,
    )


def _reached(value: float | None, unit: str) -> str:
    return "not reached" if value is None else f"{value:.3g} {unit}"
