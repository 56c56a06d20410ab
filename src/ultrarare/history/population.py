"""How a measure varies between untreated people, within one, and over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.case import Course
from ultrarare.case.dataset import CohortVisits
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.unit import spoken
from ultrarare.errors import NotComputable
from ultrarare.history.course_visits import cohort_course, course_columns
from ultrarare.history.records import Visit

if TYPE_CHECKING:
    from ultrarare.stats.mixed import PopulationModel
    from ultrarare.stats.untreated_course import CourseModel

Shape = Literal["stable", "progressive"]


class PopulationParameters(Parameters):
    """`course`: whether people drift apart over time; by the declared course where not given."""

    course: Shape | None = None


FEWEST_PEOPLE = 10
"""Below this a distribution is shown and not counted as a characterised course; our own floor."""


def few_people(people: int) -> tuple[str, ...]:
    """A caveat where a cohort is too small to be called a characterised course."""
    if people >= FEWEST_PEOPLE:
        return ()
    return (
        f"Fewer than {FEWEST_PEOPLE} people: too few to call the course characterised (this "
        "software's own floor).",
    )


def shape_of(course: Course, wanted: Shape | None) -> Shape:
    """The shape of the untreated course: as the plan says, else as the case declares."""
    if wanted is not None:
        return wanted
    drifting = {Course.PROGRESSIVE, Course.DEVELOPMENTAL}
    return "progressive" if course in drifting else "stable"


def visit_columns(visits: Sequence[Visit]) -> tuple[list[int], list[float], list[float]]:
    """Whose, when and what: people numbered in the order they are met."""
    numbers = {person: n for n, person in enumerate(dict.fromkeys(v.person for v in visits))}
    return (
        [numbers[visit.person] for visit in visits],
        [visit.time for visit in visits],
        [visit.value for visit in visits],
    )


def fit_population(
    inputs: Inputs, cohort: CohortVisits, shape: Shape, model: CourseModel = "auto"
) -> PopulationModel:
    """The mixed model of a cohort's visits: random intercept, and slope where it progresses.

    Raises:
        InputErrors: the table is wrong.
        NotComputable: as `fit_visits`.
    """
    return fit_visits(cohort_course(inputs, cohort), slopes=shape == "progressive", model=model)


def fit_visits(
    visits: Sequence[Visit], *, slopes: bool, model: CourseModel = "auto"
) -> PopulationModel:
    """The mixed model of visits: random intercept, and slope where asked for.

    Values known as bounds only are taken as such, by maximum likelihood.

    Raises:
        NotComputable: too few people or visits to tell people apart; values known as bounds, and a
            model that cannot take them.
    """
    if censored := sum(visit.censored for visit in visits):
        return _of_bounds(visits, censored, slopes=slopes, model=model)
    from ultrarare.stats.untreated_course import choose_course

    return choose_course(*visit_columns(visits), slopes=slopes, model=model)


def _of_bounds(
    visits: Sequence[Visit], censored: int, *, slopes: bool, model: CourseModel
) -> PopulationModel:
    from ultrarare.stats.censored import fit_censored

    if model not in {"auto", "plain"}:
        raise NotComputable(
            f"{censored} values are bounds, which the model {model!r} cannot take",
            remedy="Plan the model `plain`.",
        )
    found = fit_censored(*course_columns(visits), slopes=slopes).population
    said = f"{censored} of {found.n_visits} values are known as bounds only, and taken as such"
    return replace(found, caveats=(*found.caveats, said))


def _compute(inputs: Inputs) -> Iterable[Finding]:
    cohort: CohortVisits = inputs.one("visits")
    shape = shape_of(inputs.case.disease.course, inputs.parameters.course)
    model = fit_population(inputs, cohort, shape)
    at = 0.0 if model.time_range is None else sum(model.time_range) / 2
    mean = float(model.beta[0] + model.beta[1] * at)
    between, reliability = model.between_sd(at), model.reliability(at)
    drift = (
        f", changing by {model.beta[1]:.3g} {spoken(f'1/{cohort.time_unit}')}"
        if shape == "progressive"
        else ""
    )
    yield computed(
        name="population",
        kind="history.population",
        statement=f"In {model.n_people} untreated people ({cohort.population}) {cohort.measure} "
        f"averages {mean:.3g} {spoken(cohort.unit)}{drift}; one measurement has reliability "
        f"{reliability:.2f}.",
        direction=Direction.SUPPORTS
        if model.converged and model.n_informing >= FEWEST_PEOPLE
        else Direction.INCONCLUSIVE,
        estimate=Estimate(value=mean, unit=cohort.unit),
        n=model.n_people,
        n_unit="people",
        caveats=(
            *model.caveats,
            *few_people(model.n_informing),
            *(("The calendar years of the cohort are not stated.",) if cohort.era is None else ()),
        ),
        attributes={
            "people": model.n_people,
            "visits": model.n_visits,
            "reliability": reliability,
        },
        tier=cohort.tier,
        measure=cohort.measure,
        details={
            "mean": mean,
            "at": at,
            "between_sd": between,
            "within_sd": model.residual_sd,
            "slope": float(model.beta[1]) if shape == "progressive" else None,
            "people": model.n_people,
            "visits": model.n_visits,
            "population": cohort.population,
            "era": cohort.era,
            "method": model.method,
        },
    )


POPULATION = Analysis(
    name="history.population",
    summary="Mean, spread between people and within them, and drift of a measure in untreated "
    "people, by restricted maximum likelihood.",
    method="own-control",
    needs=(Need(role="visits", kinds=("cohort-visits",)),),
    gives=("history.population",),
    parameters=PopulationParameters,
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=("Laird and Ware 1982", "Patterson and Thompson 1971"),
)
