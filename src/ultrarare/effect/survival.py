"""One or a few treated people against untreated survival, as an analysis of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortPeople, PublishedSurvival, TreatedPeople
from ultrarare.case.finding import Estimate, Finding
from ultrarare.case.timeline import EventKind
from ultrarare.case.unit import conversion, spoken
from ultrarare.effect.target_trial import TargetTrial, tabulate
from ultrarare.effect.treated_people import (
    Treated,
    compare,
    comparison_rows,
    finite,
    given_at,
    hazard_of,
    pooled,
    read_published_curve,
    read_treated,
)
from ultrarare.effect.trial_of_plan import TrialParameters, trial_finding
from ultrarare.effect.wording import Shown, conclusion, direction
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.age import age
from ultrarare.history.apart import require_apart
from ultrarare.history.cohort_reader import people_of
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.survival_of_few import SurvivalOfFew
    from ultrarare.stats.untreated_hazard import UntreatedHazard

_SEEN = (EventKind.MEASUREMENT, EventKind.DOSE, EventKind.INTERCURRENT, EventKind.FOLLOW_UP)


class SurvivalParameters(TrialParameters):
    """How the comparison is made.

    Attributes:
        alternative: `better` where only fewer events than untreated were planned to count.
        level: coverage of the intervals.
        alpha: error rate of the planned test.
        given_age: compare from this age on, in the cohort's unit, or from dosing where later.
        group: of the untreated, where their table has several.
        event: word of the patient's timeline that is the endpoint; None for the cohort's own word.
        fewest_people: fewer untreated people carry no comparison.
        fewest_events: nor do fewer events among them.
    """

    alternative: Literal["two-sided", "better"] = "two-sided"
    level: float = Field(default=0.95, ge=0.95, lt=1)
    alpha: float = Field(default=0.05, gt=0, le=0.05)
    given_age: float | None = Field(default=None, ge=0)
    group: str | None = None
    event: str | None = None
    fewest_people: int = Field(default=8, ge=8)
    fewest_events: int = Field(default=3, ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """What is compared, on the cohort's clock."""

    cohort: CohortPeople | PublishedSurvival
    hazard: UntreatedHazard
    treated: tuple[Treated, ...]
    who: str
    notes: tuple[str, ...]


def _compute(inputs: Inputs) -> Iterable[Finding]:
    parameters: SurvivalParameters = inputs.parameters
    sides = _sides(inputs)
    found = compare(
        sides.treated,
        sides.hazard,
        alternative=parameters.alternative,
        level=parameters.level,
        seed=1 if inputs.seed is None else inputs.seed,
    )
    trial = tabulate(parameters.trial, doubts=_doubts(parameters, sides.hazard))
    yield _comparison(parameters, sides, found, trial)
    yield trial_finding(trial)


def _sides(inputs: Inputs) -> _Sides:
    """The untreated and the treated.

    Raises:
        InputError: another endpoint, a person on both sides, a wrong table.
        NotComputable: no untreated curve, no dose, or nobody followed after it.
    """
    parameters: SurvivalParameters = inputs.parameters
    cohort: CohortPeople | PublishedSurvival = inputs.one("people")
    notes: list[str] = []
    if inputs.datasets.get("treated"):
        own: TreatedPeople = inputs.one("treated")
        treated = _from_table(inputs, own, cohort)
        who = own.population
    else:
        treated, notes = _patient(inputs, cohort)
        who = "this patient"
    if isinstance(cohort, PublishedSurvival):
        hazard = read_published_curve(
            inputs.path(cohort.file), people=cohort.people, name=cohort.file,
            level=parameters.level,
        )  # fmt: skip
    else:
        everybody = people_of(inputs, cohort)
        chosen = [p for p in everybody if parameters.group in (None, p.group)]
        if not chosen:
            raise InputError(
                f"{cohort.file} has no group {parameters.group!r}", where="parameters.group"
            )
        require_apart(
            (each.person for each in treated), (p.person for p in chosen), where=cohort.file
        )
        notes += pooled(chosen)
        hazard = hazard_of(chosen)
    kept, said = given_at(treated, parameters.given_age)
    return _Sides(
        cohort=cohort, hazard=hazard, treated=kept, who=who, notes=(*notes, *said)
    )  # fmt: skip


def _from_table(
    inputs: Inputs, own: TreatedPeople, cohort: CohortPeople | PublishedSurvival
) -> tuple[Treated, ...]:
    if own.endpoint.casefold() != cohort.endpoint.casefold():
        raise InputError(
            f"{own.id} counts {own.endpoint!r} and {cohort.id} {cohort.endpoint!r}; allowed is one "
            "endpoint for both",
            where=f"dataset {own.id}",
        )
    unit = conversion(own.time_unit, cohort.time_unit, where=f"dataset {own.id}, time unit")
    return tuple(
        Treated(
            person=t.person,
            entry=t.entry * unit,
            exit=t.exit * unit,
            event=t.event,
            until=None if t.until is None else t.until * unit,
        )
        for t in read_treated(inputs.path(own.file), name=own.file)
    )


def _patient(
    inputs: Inputs, cohort: CohortPeople | PublishedSurvival
) -> tuple[tuple[Treated, ...], list[str]]:
    """The patient from the first dose to the endpoint, or to when last seen without it."""
    dose = inputs.first_dose
    if dose is None:
        raise NotComputable(
            "no dose is recorded, so there is nothing to compare from",
            remedy="Record the doses in the timeline, or declare a `treated-people` table.",
        )
    word = (inputs.parameters.event or cohort.endpoint).casefold()
    reached = [e.when for e in inputs.timeline if e.event.casefold() == word]
    seen = [e.when for e in inputs.timeline if e.kind in _SEEN]
    last = min(reached, key=lambda when: when.middle) if reached else max(
        seen, key=lambda when: when.middle
    )  # fmt: skip
    entry = age(dose, inputs.case, unit=cohort.time_unit)
    end = age(last, inputs.case, unit=cohort.time_unit)
    if end <= entry:
        what = f"{cohort.endpoint} comes" if reached else "the patient was last seen"
        raise NotComputable(
            f"{what} at or before the first dose", remedy="Record what was seen after dosing."
        )
    notes = ["one person: what is compared is how likely this is without treatment"]
    if not reached:
        notes.append(
            f"the timeline holds no event {word!r}, so the patient counts as free of it when last "
            "seen"
        )
    return (Treated(person="patient", entry=entry, exit=end, event=bool(reached)),), notes


def _doubts(parameters: SurvivalParameters, hazard: UntreatedHazard) -> Iterable[str]:
    if hazard.people < parameters.fewest_people:
        yield f"fewer than {parameters.fewest_people} untreated people"
    if hazard.events.sum() < parameters.fewest_events:
        yield f"fewer than {parameters.fewest_events} events among the untreated"


def shown(found: SurvivalOfFew, alpha: float) -> Shown:
    """What the planned test shows; an excess of events counts at half the error rate."""
    if found.p_better <= found.p_worse:
        return "better" if found.p_value <= alpha else "not shown"
    return "worse" if 2 * found.p_worse <= alpha else "not shown"


def _comparison(
    parameters: SurvivalParameters, sides: _Sides, found: SurvivalOfFew, trial: TargetTrial
) -> Finding:
    seen = shown(found, parameters.alpha)
    one = found.one_sample
    words = conclusion(seen, trial.comparability)
    return computed(
        name="survival",
        kind="course.survival",
        statement=_sentence(sides, found, words),
        direction=direction(seen, trial.comparability),
        estimate=Estimate(
            value=None if one is None else one.ratio,
            lower=found.hazard_ratio_lower,
            upper=finite(found.hazard_ratio_upper),
            level=found.level,
            unit="1",
        ),
        n=found.treated,
        n_unit="treated people",
        caveats=[*sides.notes, *found.caveats, *_era(sides.cohort)],
        attributes={
            "p_value": found.p_value,
            "p_benefit": found.p_better,
            "floor": found.floor,
            "observed": found.observed,
            "expected": found.expected,
            "treated": found.treated,
            "people": sides.hazard.people,
            "comparability": trial.comparability,
        },
        tier=sides.cohort.tier,
        measure=sides.cohort.endpoint,
        details=_details(sides, found),
    )


def _sentence(sides: _Sides, found: SurvivalOfFew, words: str) -> str:
    unit, endpoint = spoken(sides.cohort.time_unit), sides.cohort.endpoint
    side = "two-sided" if found.alternative == "two-sided" else "one-sided"
    result = f"{side} p {found.p_value:.3g} (smallest attainable {found.floor:.3g})"
    if found.treated == 1:
        row = found.to_rows()[0]
        got = f"came to {endpoint}" if row["event"] else f"is free of {endpoint}"
        said = (
            f"{sides.who} {got} at {row['to']:.3g} {unit}; of untreated people "
            f"({sides.cohort.population}) free of it at {row['from']:.3g}, an estimated "
            f"{100 * row['exceedance']:.0f} % ({100 * row['lower']:.0f} to "
            f"{100 * row['upper']:.0f} %) get so far; {result}"
        )
    else:
        said = (
            f"{found.treated - found.observed} of {counted(found.treated, 'treated person')} "
            f"({sides.who}) are "
            f"free of {endpoint} where last compared; {counted(found.observed, 'event', 'was')} "
            "observed and "
            f"{found.expected:.2g} expected from untreated people ({sides.cohort.population}); "
            f"{result}"
        )
    return f"{said}. {words[:1].upper()}{words[1:]}."


def _era(cohort: CohortPeople | PublishedSurvival) -> Sequence[str]:
    if cohort.era is None:
        return ("the calendar years of the untreated are not stated",)
    return ()


def _details(sides: _Sides, found: SurvivalOfFew) -> dict[str, Any]:
    """The untreated curve with exact limits, and everybody treated on it."""
    import numpy as np

    from ultrarare.stats.survival_extras import exact_limits

    hazard = sides.hazard
    start = max(hazard.start, float(found.begin.min()))
    time = hazard.time[hazard.time > start]
    survival = [hazard.survival(start, float(t)) for t in time]
    empty = np.empty(0)
    lower, upper = (
        exact_limits(hazard, time, start=start, level=found.level) if time.size else (empty, empty)
    )
    names = ["patient"] if sides.who == "this patient" else _numbered(sides.treated)
    rows = comparison_rows(found, names)
    first = rows["people"][0]
    return {
        "curve": {
            "time": time.tolist(), "survival": survival, "lower": lower.tolist(),
            "upper": upper.tolist(), "start": start, "follow_up": hazard.follow_up,
        },
        "patient": {"time": first["to"], "label": "this patient"}
        if found.treated == 1
        else None,
        "treated": [
            {
                "person": name, "entry": t.entry, "exit": t.exit, "event": t.event,
                "until": t.until,
            }
            for name, t in zip(names, sides.treated, strict=True)
        ],
        "comparison": rows,
        "unit": sides.cohort.time_unit,
        "endpoint": sides.cohort.endpoint,
        "population": sides.cohort.population,
        "published": hazard.published,
        "people": hazard.people,
        "events": float(hazard.events.sum()),
    }  # fmt: skip


def _numbered(treated: Sequence[Treated]) -> list[str]:
    """Names that tell treated people apart and name none."""
    return [f"treated {place}" for place in range(1, len(treated) + 1)]


SURVIVAL_OF_FEW = Analysis(
    name="effect.survival",
    summary="One or a few treated people against untreated survival from their dosing on: exact p "
    "with its floor, the untreated curve's uncertainty included.",
    method="survival-of-few",
    needs=(
        Need(role="people", kinds=("cohort-people", "published-survival")),
        Need(role="treated", kinds=("treated-people",), required=False),
    ),
    gives=("course.survival", "course.target-trial"),
    parameters=SurvivalParameters,
    compute=_compute,
    references=("Fay, Brittain and Proschan 2013", "Breslow 1975", "Wu 2014"),
)
