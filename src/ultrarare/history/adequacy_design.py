"""Adequacy by design: endpoint, age window, schedule, era, ascertainment, tiers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from ultrarare.case.finding import Tier
from ultrarare.case.unit import conversion, spoken
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.grade import Domain, Grade, by_share, not_judged, percent
from ultrarare.history.question import Material, years_of

if TYPE_CHECKING:
    from ultrarare.stats.heterogeneity import GroupTest

PEOPLE_AT_AGE: Final = 5
"""People under observation at an age below which that age counts as not covered; ours."""
_GRID: Final = 101
_STALE: Final = 5
_POWER: Final = 0.8


def endpoint(given: Material) -> Domain:
    """Whether the cohort has what the plan will measure."""
    asked, held = given.question.endpoint, given.setting.measure
    if asked is None:
        return not_judged("endpoint", "No endpoint of the patient was given to compare with.")
    if held is None:
        return not_judged("endpoint", f"It is not stated what the cohort measures; asked: {asked}.")
    numbers = {"asked": asked, "held": held}
    if asked != held:
        return Domain(
            name="endpoint",
            grade=Grade.INADEQUATE,
            reason=f"The cohort has {held}; the patient's endpoint is {asked}.",
            numbers=numbers,
        )
    if given.kind != "visits" or given.question.unit is None or given.setting.unit is None:
        reason = f"The cohort has the patient's endpoint, {held}."
        return Domain(name="endpoint", grade=Grade.ADEQUATE, reason=reason, numbers=numbers)
    try:
        conversion(given.setting.unit, given.question.unit, where="unit")
    except InputError as error:
        return Domain(
            name="endpoint",
            grade=Grade.INADEQUATE,
            reason=f"The cohort has {held}, in a unit that does not convert: {error.problem}.",
            numbers=numbers,
        )
    return Domain(
        name="endpoint",
        grade=Grade.ADEQUATE,
        reason=f"The cohort has the patient's endpoint, {held}, in {spoken(given.setting.unit)}.",
        numbers=numbers,
    )


def age_window(given: Material) -> Domain:
    """In how much of the patient's window enough people were under observation."""
    window = given.question.window
    if window is None:
        return not_judged("age_window", "The patient's ages under comparison were not given.")
    ages = np.linspace(*window, _GRID)
    seen = np.zeros(_GRID, dtype=np.int64)
    for spans in given.spans.values():
        seen += np.any([(start <= ages) & (ages <= stop) for start, stop in spans], axis=0)
    share = float((seen >= PEOPLE_AT_AGE).mean())
    unit = spoken(given.cohort.time_unit)
    return Domain(
        name="age_window",
        grade=by_share(share, adequate=0.9, limited=0.5),
        reason=f"In {percent(share)} of the patient's window, {window[0]:.3g} to {window[1]:.3g} "
        f"{unit}, at least {PEOPLE_AT_AGE} people were under observation (fewest "
        f"{int(seen.min())}, most {int(seen.max())}).",
        numbers={
            "share": share,
            "people_needed": PEOPLE_AT_AGE,
            "fewest": int(seen.min()),
            "most": int(seen.max()),
            "ages": [round(float(age), 6) for age in ages[::10]],
            "people": [int(n) for n in seen[::10]],
        },
    )


def schedule(given: Material) -> Domain:
    """Whether people were seen often enough to see what the patient's visits would show."""
    if given.kind != "visits":
        return not_judged("schedule", "The endpoint is not measured at visits.")
    gap = usual_gap(given)
    if gap is None:
        return Domain(
            name="schedule",
            grade=Grade.INADEQUATE,
            reason="Nobody was seen twice, so there is no course.",
            numbers={"gap": None},
        )
    unit = spoken(given.cohort.time_unit)
    own, numbers = given.question.gap, {"gap": gap, "patient_gap": given.question.gap}
    said = f"Half of the cohort's visits follow the one before within {gap:.3g} {unit}"
    if own is None:
        return not_judged("schedule", f"{said}; the patient's schedule was not given.", **numbers)
    ratio = gap / own
    grade = by_share(-ratio, adequate=-2.0, limited=-4.0)
    reason = f"{said}, {ratio:.2g} times the patient's {own:.3g}."
    return Domain(name="schedule", grade=grade, reason=reason, numbers=numbers)


def usual_gap(given: Material) -> float | None:
    """Median time between two successive visits of one person; None where nobody has two."""
    gaps = [
        after.time - before.time
        for own in given.by_person().values()
        for before, after in zip(own, own[1:], strict=False)  # noqa: RUF007 -- visits of one person
    ]
    return float(np.median(gaps)) if gaps else None


def era(given: Material) -> Domain:
    """Whether the cohort was observed in the years of the patient."""
    eras = Counter(p.era for p in given.cohort.people if p.era is not None)
    text = given.setting.era or ", ".join(sorted(eras)) or None
    if text is None:
        return not_judged("era", "The calendar years of the cohort are not stated.")
    caveats, numbers = _era_drift(given, eras), {"era": text, "by_era": dict(sorted(eras.items()))}
    own, years = given.question.years, years_of(text)
    if own is None or years is None:
        missing = "the cohort's years cannot be read" if years is None else "the patient's are not"
        return Domain(
            name="era",
            grade=Grade.NOT_JUDGED,
            reason=f"The cohort is of {text}; {missing} known, so care and detection cannot be "
            "held against the patient's.",
            numbers=numbers,
            caveats=caveats,
        )
    behind = own[0] - years[1]
    grade = Grade.ADEQUATE if behind <= 0 else Grade.LIMITED
    grade = Grade.INADEQUATE if behind > _STALE else grade
    relation = (
        "and the patient's years fall into them"
        if behind <= 0
        else f"and ends {behind} years before the patient's ({own[0]} to {own[1]})"
    )
    return Domain(
        name="era",
        grade=grade,
        reason=f"The cohort is of {text}, {relation}; whether care changed is for a reader to say.",
        numbers={**numbers, "years_behind": behind},
        caveats=caveats,
    )


def _era_drift(given: Material, eras: Counter[str]) -> tuple[str, ...]:
    if len(eras) < 2:
        return ()
    labels = {p.person: p.era for p in given.cohort.people if p.era is not None}
    try:
        found = compare_groups(given, labels)
    except NotComputable as error:
        return (f"eras within the cohort cannot be compared: {error.problem}",)
    return (f"between eras within the cohort: {found.summary()}",)


def ascertainment(given: Material) -> Domain:
    """How people came into the cohort, as far as it is declared."""
    how, words = given.setting.collected, given.setting.ascertainment
    numbers = {"collected": how, "ascertainment": words}
    said = "" if words is None else f" How people came in: {words}."
    if how is None:
        return not_judged(
            "ascertainment",
            f"It is not stated how the cohort was collected.{said}",
            **numbers,
        )
    grade, reason = {
        "prospective": (
            Grade.ADEQUATE if words is not None else Grade.LIMITED,
            "Collected prospectively, so the course did not choose who is in it."
            if words is not None
            else "Collected prospectively; how people came in is not stated.",
        ),
        "retrospective": (
            Grade.LIMITED,
            "Collected in retrospect: who died or left early, or was mildly ill, may be missing.",
        ),
        "case reports": (
            Grade.INADEQUATE,
            "Made of case reports: a course is reported because it is unusual, so the frequencies "
            "are those of publication.",
        ),
    }[how]
    return Domain(name="ascertainment", grade=grade, reason=f"{reason}{said}", numbers=numbers)


def tiers(given: Material) -> Domain:
    """How close the people are to the patient's variant, and whether tiers differ in course."""
    names = list(given.spans)
    own = {p.person: p.tier or given.setting.tier for p in given.cohort.people}
    mix = Counter(own.get(name, given.setting.tier) for name in names)
    unknown = mix.pop(None, 0)
    numbers = {"mix": {str(k): mix[k] for k in sorted(mix, key=str)}, "unknown": unknown}
    if not mix:
        return not_judged("tiers", "No genotype tier is stated for anybody.", **numbers)
    said = ", ".join(f"{n} {tier}" for tier, n in mix.most_common())
    more = f"; of {unknown} the tier is not stated" if unknown else ""
    if len(mix) == 1:
        return _one_tier(str(next(iter(mix))), f"All are of one tier: {said}{more}", numbers)
    labels = {name: tier for name in names if (tier := own.get(name)) is not None}
    try:
        found = compare_groups(given, labels)
    except NotComputable as error:
        return Domain(
            name="tiers",
            grade=Grade.LIMITED,
            reason=f"Tiers are mixed ({said}{more}) and cannot be compared: {error.problem}.",
            numbers=numbers,
        )
    return _mixed(found, f"Tiers are mixed ({said}{more})", numbers)


def _one_tier(tier: str, said: str, numbers: dict[str, object]) -> Domain:
    close = {Tier.SAME_VARIANT: Grade.ADEQUATE, Tier.SAME_CLASS: Grade.ADEQUATE}
    grade = close.get(Tier(tier), Grade.LIMITED) if tier in set(Tier) else Grade.NOT_JUDGED
    grade = Grade.INADEQUATE if tier == Tier.PATHWAY else grade
    why = {
        Grade.ADEQUATE: "the patient's own variant or its functional class",
        Grade.LIMITED: "other classes of variants in the gene may run another course",
        Grade.INADEQUATE: "another gene may run another course altogether",
        Grade.NOT_JUDGED: "which is no tier of this software",
    }[grade]
    return Domain(name="tiers", grade=grade, reason=f"{said}; {why}.", numbers=numbers)


def _mixed(found: GroupTest, said: str, numbers: dict[str, object]) -> Domain:
    power = found.power
    differ = found.p_value < found.level
    enough = power is not None and power >= _POWER
    grade = Grade.INADEQUATE if differ else Grade.ADEQUATE if enough else Grade.LIMITED
    chance = "is not known" if power is None else f"was {percent(power)}"
    verdict = (
        f"they differ (p = {found.p_value:.2g}), so they must not be pooled"
        if differ
        else f"no difference is shown (p = {found.p_value:.2g}), and the chance to see "
        f"{found.alternative} {chance}"
    )
    return Domain(
        name="tiers",
        grade=grade,
        reason=f"{said}; {verdict}.",
        numbers={
            **numbers,
            "p_value": found.p_value,
            "power": power,
            "alternative": found.alternative,
            "method": found.method,
            "groups": found.to_rows(),
        },
        caveats=found.caveats,
    )


def compare_groups(given: Material, labels: dict[str, str]) -> GroupTest:
    """The test between groups of people that fits the endpoint.

    Raises:
        NotComputable: too few people, or one group only.
    """
    from ultrarare.stats.heterogeneity import log_rank, permuted_rates

    rng = np.random.default_rng(given.seed)
    if given.kind == "people":
        people = [p for p in given.cohort.people if p.person in labels]
        return log_rank(
            [p.exit for p in people],
            [p.event for p in people],
            [labels[p.person] for p in people],
            entry=[p.entry for p in people],
        )
    if given.kind == "episodes":
        records = [r for r in given.cohort.episodes_of(None) if r.person in labels]
        return permuted_rates(
            [r.events for r in records],
            [r.person_time for r in records],
            [labels[r.person] for r in records],
            rng=rng,
        )
    return _courses(given, labels, rng)


def _courses(given: Material, labels: dict[str, str], rng: np.random.Generator) -> GroupTest:
    """Levels and slopes, one number a person each; the smaller p value counts twice."""
    from dataclasses import replace

    from ultrarare.stats.heterogeneity import permuted_means

    level, slope, names, steep = [], [], [], []
    for person, own in given.by_person().items():
        if person not in labels:
            continue
        time, value = np.array([v.time for v in own]), np.array([v.value for v in own])
        level.append(float(value.mean()))
        names.append(labels[person])
        if len(own) > 1:
            centred = time - time.mean()
            slope.append(float(centred @ value / (centred @ centred)))
            steep.append(labels[person])
    length, difference = given.question.length, given.question.relevant_difference
    per = None if length is None or difference is None else difference / length
    found = [permuted_means(level, names, rng=rng, difference=difference)]
    try:
        found.append(permuted_means(slope, steep, rng=rng, difference=per))
    except (NotComputable, InputError):
        return found[0]
    least = min(found, key=lambda test: test.p_value)
    powers = [test.power for test in found if test.power is not None]
    return replace(
        least,
        p_value=min(1.0, 2 * least.p_value),
        power=min(powers) if powers else None,
        alternative="in level or slope " + found[1].alternative,
        method=f"{least.method}; level and slope, p doubled",
    )
