"""The patient's series as a single-case design: effect sizes, and a test if the start was drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.moment import Moment
from ultrarare.case.unit import spoken
from ultrarare.effect.marks import dose_marks
from ultrarare.effect.patient_course import PatientCourse, patient_course
from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.stats.single_case import SingleCase

_LATER = 0.5
"""Days after a start from which a measurement counts as treated: one of the day is before it."""
_NUMBERS = (
    "nap", "tau", "tau_u", "bc_tau", "log_response_ratio", "level_change", "slope_change",
    "p_value", "p_floor",
)  # fmt: skip


class SingleCaseParameters(Parameters):
    """How the series is described and tested.

    Attributes:
        possible_starts: the moments among which the first dose was drawn by lot with equal
            chance, the drawn one included; None if nothing was drawn, and then there is no p.
        statistic: what the test compares between the phases.
        alpha: one-sided level of the test.
        level: coverage of the intervals.
        to_days_after_dose: later measurements are left out; None leaves the end open.
    """

    possible_starts: tuple[str | float, ...] | None = Field(default=None, min_length=2)
    statistic: Literal["mean", "median", "nap"] = "mean"
    alpha: float = Field(default=0.025, gt=0, le=0.05)
    level: float = Field(default=0.95, ge=0.95, lt=1)
    to_days_after_dose: float | None = Field(default=None, gt=0)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    from ultrarare.stats.single_case import single_case

    p: SingleCaseParameters = inputs.parameters
    course = patient_course(inputs, unit="d", to_days=p.to_days_after_dose)
    dose = inputs.first_dose
    starts = None if p.possible_starts is None else _starts(p.possible_starts, dose, inputs)
    both = (*course.before, *course.after)
    result = single_case(
        ["A"] * len(course.before) + ["B"] * len(course.after),
        [m.when.first for m in both],
        [*course.before_value, *course.after_value],
        direction=course.endpoint.improves,
        possible_starts=starts,
        started_at=None if starts is None or dose is None else dose.first + _LATER,
        statistic=p.statistic,
        level=p.level,
    )
    yield _finding(inputs, course, result)


def _starts(given: Sequence[str | float], dose: Moment | None, inputs: Inputs) -> list[float]:
    """Days of the possible starts, on the case's clock."""
    out = []
    for text in given:
        try:
            when = Moment.parse(text)
        except ValueError as error:
            raise InputError(str(error), where="plan.yaml, parameters.possible_starts") from error
        if when.clock is not inputs.case.clock or when.is_vague:
            raise InputError(
                f"found {text!r}; allowed is one day on this case's clock: {inputs.case.clock}",
                where="plan.yaml, parameters.possible_starts",
            )
        out.append(when.first + _LATER)
    if dose is not None and dose.first + _LATER not in out:
        raise InputError(
            f"the first dose was given on {dose}, which is not among the possible starts",
            where="plan.yaml, parameters.possible_starts",
            remedy="List every start that could have been drawn, the drawn one included.",
        )
    return out


def judge(result: SingleCase, alpha: float) -> tuple[Direction, str]:
    """Direction and words by the test of the drawn start; without it nothing is judged."""
    test = result.start
    if test is None:
        return Direction.DESCRIBES, "no test, since the start was not drawn by lot"
    if test.p_value <= alpha:
        return (
            Direction.SUPPORTS,
            f"better after the drawn start than after others (one-sided p {test.p_value:.2g})",
        )
    if test.p_worse <= alpha:
        return (
            Direction.CONTRADICTS,
            f"worse after the drawn start than after others (one-sided p {test.p_worse:.2g})",
        )
    floor = "" if test.floor <= alpha else f"; these starts allow no p below {test.floor:.2g}"
    return (
        Direction.INCONCLUSIVE,
        f"a change at the drawn start is not shown (one-sided p {test.p_value:.2g}{floor})",
    )


def _finding(inputs: Inputs, course: PatientCourse, result: SingleCase) -> Finding:
    endpoint, found = course.endpoint, result.to_json()
    direction, words = judge(result, inputs.parameters.alpha)
    before = sum(course.before_value) / len(course.before_value)
    after = sum(course.after_value) / len(course.after_value)
    return computed(
        name="single-case",
        kind="course.single-case",
        statement=f"{endpoint.measure} averaged {before:.3g} before and {after:.3g} "
        f"{spoken(endpoint.unit)} after the first dose; a value after it is better than one "
        f"before it in {100 * result.overlap.nap:.0f} % of pairs (NAP): {words}.",
        direction=direction,
        estimate=Estimate(value=result.overlap.nap, unit="1"),
        n=result.n,
        n_unit="measurements",
        caveats=(*course.caveats, *result.caveats),
        attributes={name: found[name] for name in _NUMBERS},
        measure=endpoint.measure,
        details=_details(inputs, course, result),
    )


def _details(inputs: Inputs, course: PatientCourse, result: SingleCase) -> dict[str, Any]:
    test = result.start
    values = (*course.before_value, *course.after_value)
    rows = zip((*course.before, *course.after), values, strict=True)
    return {
        **{key: value for key, value in result.to_json().items() if key != "caveats"},
        "unit": course.endpoint.unit,
        "measure": course.endpoint.measure,
        "improves": course.endpoint.improves,
        "points": [
            {"time": m.when.first, "value": value, "text": m.amount.text,
             "phase": "A" if i < len(course.before) else "B"}
            for i, (m, value) in enumerate(rows)
        ],
        "doses": dose_marks(inputs.timeline),
        "starts": None
        if test is None
        else [
            {"time": float(t) - _LATER, "statistic": float(v), "drawn": bool(t == test.start)}
            for t, v in zip(test.starts, test.values, strict=True)
        ],
    }  # fmt: skip


SINGLE_CASE = Analysis(
    name="effect.single-case",
    summary="The patient's series as a single-case design: overlap of the phases, ratio, change of "
    "level and slope, and the randomisation test where the first dose was drawn by lot.",
    method="single-case",
    needs=(Need(role="series", kinds=("course-series",), required=False),),
    gives=("course.single-case",),
    parameters=SingleCaseParameters,
    compute=_compute,
    references=("Parker and Vannest 2009", "Tarlow 2017", "Edgington 1975"),
)
