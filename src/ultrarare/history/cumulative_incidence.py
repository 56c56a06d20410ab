"""How untreated people's observation comes to an end, cause by cause, as findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import CohortPeople
from ultrarare.case.finding import Estimate, Finding
from ultrarare.case.unit import spoken
from ultrarare.history.cohort_reader import people_of
from ultrarare.history.survival_models import by_group, from_age, incidence_of

if TYPE_CHECKING:
    from ultrarare.stats.competing import CumulativeIncidence


class IncidenceParameters(Parameters):
    """What is asked for.

    Attributes:
        given_age: among people event-free at this age, in the cohort's unit; None for everybody.
        level: coverage of the intervals.
    """

    given_age: float | None = None
    level: float = 0.95


def _compute(inputs: Inputs) -> Iterable[Finding]:
    parameters: IncidenceParameters = inputs.parameters
    cohort: CohortPeople = inputs.one("people")
    people = from_age(people_of(inputs, cohort), parameters.given_age)
    for group, chosen in by_group(people):
        found = incidence_of(chosen, level=parameters.level)
        for place in range(len(found.causes)):
            yield _of_cause(cohort, group, found, place)


def _of_cause(
    cohort: CohortPeople, group: str | None, found: CumulativeIncidence, place: int
) -> Finding:
    cause = found.causes[place]
    last = {
        name: float(getattr(found, name)[-1, place]) for name in ("incidence", "lower", "upper")
    }
    who = cohort.population if group is None else f"{cohort.population}, group {group}"
    events, unit = int(found.events[:, place].sum()), spoken(cohort.time_unit)
    low, high = _or_none(last["lower"]), _or_none(last["upper"])
    limits = "" if low is None or high is None else f" ({100 * low:.0f} to {100 * high:.0f} %)"
    return computed(
        name="-".join(["incidence", *([] if group is None else [group]), cause.replace(" ", "-")]),
        kind="history.cumulative-incidence",
        statement=f"{events} of {found.n} untreated people ({who}) ended by {cause}; by "
        f"{found.time[-1]:.3g} {unit}, an estimated {100 * last['incidence']:.0f} %{limits} do so, "
        "other ends taken for what they are.",
        estimate=Estimate(
            value=last["incidence"], lower=low, upper=high, level=found.level, unit="1"
        ),
        n=found.n,
        n_unit="people",
        caveats=(
            *found.caveats,
            "A share of people, not a hazard: it falls where another cause comes first.",
        ),
        attributes={"people": found.n, "events": events, "cause": cause},
        tier=cohort.tier,
        measure=cohort.endpoint,
        details=_details(cohort, group, found, place),
    )


def _details(
    cohort: CohortPeople, group: str | None, found: CumulativeIncidence, place: int
) -> dict[str, Any]:
    """A step curve: keys as `draw.curves.StepCurve` takes them."""
    return {
        "label": found.causes[place],
        "time": found.time.tolist(),
        "value": found.incidence[:, place].tolist(),
        "lower": [_or_none(x) for x in found.lower[:, place].tolist()],
        "upper": [_or_none(x) for x in found.upper[:, place].tolist()],
        "n": found.n,
        "start": found.start,
        "last": found.follow_up,
        "unit": cohort.time_unit,
        "group": group,
        "endpoint": cohort.endpoint,
    }


def _or_none(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 – NaN


CUMULATIVE_INCIDENCE = Analysis(
    name="history.cumulative-incidence",
    summary="Cumulative incidence of each cause of an end, by Aalen and Johansen, left truncation "
    "respected.",
    method="competing-risks",
    needs=(Need(role="people", kinds=("cohort-people",)),),
    gives=("history.cumulative-incidence",),
    parameters=IncidenceParameters,
    compute=_compute,
    plannable=False,
    references=("Aalen and Johansen 1978",),
)
