"""What a patient asks of a cohort: from the plan's endpoint, the doses and the patient's course."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Self

from pydantic import Field, model_validator

from ultrarare.analysis.declaration import Inputs, Parameters
from ultrarare.case.amount import Amount
from ultrarare.case.cohort_dataset import CohortVisits
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.plan import Endpoint
from ultrarare.case.table import Column, read_table
from ultrarare.case.unit import conversion
from ultrarare.errors import InputError, NotComputable
from ultrarare.history.age import age
from ultrarare.history.cohort_reader import Table
from ultrarare.history.question import Question


class AdequacyParameters(Parameters):
    """The patient's side, where the plan fixes it; what is left out is taken from the case.

    Attributes:
        patient_age: two ages in the cohort's unit, from which and until which the patient is
            compared; else from the first dose to the last entry of timeline or series.
        patient_gap: time between two of the patient's visits, in the cohort's unit; else the median
            gap of the series of the measure.
        patient_years: two calendar years; else those of the window, where the case has dates.
    """

    patient_age: tuple[float, float] | None = None
    patient_gap: float | None = Field(default=None, gt=0)
    patient_years: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ages, years = self.patient_age, self.patient_years
        if ages is not None and not 0 <= ages[0] < ages[1]:
            raise ValueError("patient_age is two ages, the younger first")
        if years is not None and years[0] > years[1]:
            raise ValueError("patient_years is two years, the earlier first")
        return self


def question_of(inputs: Inputs, cohort: Table, measure: str, endpoint: Endpoint | None) -> Question:
    """The planned endpoint on this cohort's scales; what is not known stays open.

    Raises:
        InputErrors: the series of the measure is wrong.
    """
    given: AdequacyParameters = inputs.parameters
    seen = _seen(inputs, measure)
    window = _window(inputs, seen)
    ages = given.patient_age or _ages(inputs, cohort, window)
    gap = given.patient_gap or _gap(seen, cohort.time_unit)
    years = given.patient_years or _years(inputs, window)
    if endpoint is None:
        return Question(window=ages, gap=gap, years=years)
    return Question(
        endpoint=measure,
        unit=endpoint.unit,
        improves=endpoint.improves,
        relevant_difference=_difference(cohort, endpoint),
        window=ages,
        gap=gap,
        years=years,
    )


def _difference(cohort: Table, endpoint: Endpoint) -> float | None:
    difference = endpoint.relevant_difference
    if difference is None or not isinstance(cohort, CohortVisits):
        return difference
    try:
        return difference * conversion(endpoint.unit, cohort.unit, where=f"endpoint {endpoint.id}")
    except InputError:
        return None  # the side `endpoint` says that the units do not convert


def _seen(inputs: Inputs, measure: str) -> list[Moment]:
    """When the measure was taken from the patient, in order."""
    columns = (Column("time", Moment.parse), Column("value", Amount.parse))
    found: list[Moment] = []
    for series in inputs.datasets.get("series", ()):
        if getattr(series, "measure", None) == measure:
            file = series.paths["file"]
            found += [row["time"] for row in read_table(inputs.path(file), columns, name=file)]
    kept = [when for when in found if when.clock is inputs.case.clock]
    return sorted(kept, key=lambda when: when.middle)


def _window(inputs: Inputs, seen: Iterable[Moment]) -> tuple[Moment, Moment] | None:
    """From the first dose to the last entry of the timeline or of the series."""
    if inputs.first_dose is None:
        return None
    every = [*(event.when for event in inputs.timeline), *seen]
    if not every:
        return None
    return inputs.first_dose, max(every, key=lambda when: when.middle)


def _ages(
    inputs: Inputs, cohort: Table, window: tuple[Moment, Moment] | None
) -> tuple[float, float] | None:
    if window is None:
        return None
    try:
        begin, end = (age(when, inputs.case, unit=cohort.time_unit) for when in window)
    except NotComputable:
        return None
    return (begin, end) if 0 <= begin < end else None


def _gap(seen: list[Moment], unit: str) -> float | None:
    gaps = [b.middle - a.middle for a, b in pairwise(seen) if b.middle > a.middle]
    return median(gaps) * conversion("d", unit, where="time unit") if gaps else None


def _years(inputs: Inputs, window: tuple[Moment, Moment] | None) -> tuple[int, int] | None:
    if window is None or inputs.case.clock is not Clock.ISO_DATE:
        return None
    begin, end = (date.fromordinal(int(when.middle)).year for when in window)
    return (begin, end) if begin <= end else None
