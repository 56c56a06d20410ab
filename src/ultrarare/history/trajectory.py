"""The untreated course of a measure by a named model: bends, plateaus, memory, censored values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import CohortVisits
from ultrarare.case.finding import Attribute, Direction, Estimate, Finding
from ultrarare.case.unit import spoken
from ultrarare.history.course_visits import cohort_course, course_columns
from ultrarare.history.population import FEWEST_PEOPLE, few_people
from ultrarare.history.records import Visit

if TYPE_CHECKING:
    from ultrarare.stats.course_fit import CourseFit

_MOST_POINTS = 2000
"""Visits that a figure gets; how many more there were is said beside them."""


class TrajectoryParameters(Parameters):
    """How the course is fitted.

    Attributes:
        model: see `ultrarare history fit`; `auto` decides by its rule.
        level: coverage of the fan.
    """

    model: Literal["auto", "intercept", "slope", "serial", "change-point", "sigmoid"] = "auto"
    level: float = Field(default=0.95, ge=0.5, lt=1)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    import numpy as np

    from ultrarare.stats.course_fit import fit_course

    cohort: CohortVisits = inputs.one("visits")
    parameters: TrajectoryParameters = inputs.parameters
    visits = cohort_course(inputs, cohort)
    seed = 1 if inputs.seed is None else inputs.seed
    fit = fit_course(
        *course_columns(visits), model=parameters.model, rng=np.random.default_rng(seed)
    )
    model = fit.model
    enough = model.converged and model.n_repeated >= FEWEST_PEOPLE
    yield computed(
        name="trajectory",
        kind="history.trajectory",
        statement=f"{cohort.measure} in {model.n_people} untreated people ({cohort.population}): "
        f"{_words(fit, cohort)}.",
        direction=Direction.DESCRIBES if enough else Direction.INCONCLUSIVE,
        estimate=_estimate(fit, cohort),
        n=model.n_people,
        n_unit="people",
        caveats=(
            *fit.caveats,
            *few_people(model.n_repeated),
            *(("The calendar years of the cohort are not stated.",) if cohort.era is None else ()),
        ),
        attributes=_attributes(fit),
        tier=cohort.tier,
        measure=cohort.measure,
        details=_details(fit, cohort, visits, parameters.level, seed),
    )


def _words(fit: CourseFit, cohort: CohortVisits) -> str:
    unit, clock = spoken(cohort.unit), spoken(cohort.time_unit)
    if fit.sigmoid is not None:
        p = fit.sigmoid.parameters()
        return (
            f"from {p['first']:.3g} to {p['last']:.3g} {unit}, half of the change by "
            f"{p['midpoint']:.3g} {clock} on average, {p['shift_sd']:.2g} {clock} earlier or later "
            "from person to person (sd)"
        )
    p2 = fit.parameters()
    slope, sd = p2["slope"], p2["sd_slope"]
    start = f"changes by {slope:.3g} {unit} in a unit of time ({clock}), sd between people {sd:.2g}"
    if p2["change_point"] is None:
        return start
    change = p2["change_of_slope"]
    return f"{start}; the change itself alters by {change:.3g} at {p2['change_point']:.3g} {clock}"


def _estimate(fit: CourseFit, cohort: CohortVisits) -> Estimate:
    """Mean slope, or the mean time of half the change, with its 95 % interval."""
    from ultrarare.stats.course_fit import half_width

    p = fit.parameters()
    name = "midpoint" if fit.sigmoid is not None else "slope"
    value, error = p[name], p[f"{name}_se"]
    unit = cohort.time_unit if name == "midpoint" else f"{cohort.unit}/{cohort.time_unit}"
    if value is None or error is None:
        return Estimate(unit=unit)
    half = half_width(error, fit.model.df)
    return Estimate(value=value, lower=value - half, upper=value + half, level=0.95, unit=unit)


def _attributes(fit: CourseFit) -> dict[str, Attribute]:
    out: dict[str, Attribute] = {
        "people": fit.model.n_people,
        "visits": fit.model.n_visits,
        "censored": fit.n_censored,
        "model": fit.name,
        "residual_sd": fit.model.residual_sd,
    }
    if fit.linear is not None:
        out["slope"] = float(fit.linear.beta[1])
    return out


def _details(
    fit: CourseFit, cohort: CohortVisits, visits: tuple[Visit, ...], level: float, seed: int
) -> dict[str, Any]:
    shown = visits[:_MOST_POINTS]
    numbers = course_columns(shown)[0]  # no names in a dossier
    return {
        "model": fit.name,
        "method": fit.model.method,
        "parameters": fit.parameters(),
        "log_likelihood": fit.loglik,
        "prediction": [
            {
                "time": row["time"],
                "mean": row["expected"],
                "lower": row["lower"],
                "upper": row["upper"],
            }
            for row in fit.fan(level=level)
        ],
        "level": level,
        "points": [
            {"person": number, "time": v.time, "value": v.value, "censoring": v.censoring.value}
            for number, v in zip(numbers, shown, strict=False)
        ],
        "points_left_out": len(visits) - len(shown),
        "heavy_tails_p": None if fit.tails is None else fit.tails.p,
        "unit": cohort.unit,
        "time_unit": cohort.time_unit,
        "population": cohort.population,
        "era": cohort.era,
        "seed": seed,
    }


TRAJECTORY = Analysis(
    name="history.trajectory",
    summary="The untreated course of a measure by a mixed model with slopes, memory, a change "
    "point or two plateaus; values beyond an assay limit are taken as such.",
    method="trajectories",
    needs=(Need(role="visits", kinds=("cohort-visits",)),),
    gives=("history.trajectory",),
    parameters=TrajectoryParameters,
    compute=_compute,
    plannable=False,
    references=("Laird and Ware 1982", "Hughes 1999"),
)
