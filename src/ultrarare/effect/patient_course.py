"""The patient's measurements on both sides of the first dose, as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.dataset import CourseSeries
from ultrarare.case.plan import Endpoint
from ultrarare.case.unit import conversion
from ultrarare.effect.series import Measurement, read_series, split_at_first_dose
from ultrarare.effect.single_case_series import least_favourable
from ultrarare.errors import InputError, NotComputable
from ultrarare.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientCourse:
    """Measurements before and after, with the numbers of their least favourable reading."""

    endpoint: Endpoint
    series: CourseSeries
    before: tuple[Measurement, ...]
    after: tuple[Measurement, ...]
    before_value: tuple[float, ...]
    after_value: tuple[float, ...]
    caveats: tuple[str, ...]


def patient_course(
    inputs: Inputs, *, unit: str, from_days: float = 0, to_days: float | None = None
) -> PatientCourse:
    """Read the series, divide it at the first dose, and keep the planned window after it.

    Args:
        inputs: with a series and an endpoint.
        unit: of the ages.
        from_days: measurements earlier after the first dose are left out.
        to_days: later ones are left out; None leaves the end open, with a caveat.

    Raises:
        InputErrors: the table is wrong.
        InputError: no endpoint, or another unit than its own.
        NotComputable: nothing before dosing or in the window, or a value without a limit on the
            side that matters.
    """
    endpoint = inputs.served
    series: CourseSeries = inputs.one("series")
    if conversion(series.unit, endpoint.unit, where=f"dataset {series.id}, unit") != 1:
        raise InputError(
            f"series {series.id} is in {series.unit}, its endpoint in {endpoint.unit}; "
            "allowed is one unit for both",
            where="plan.yaml",
            remedy=f"write the endpoint in {series.unit}",
        )
    split = split_at_first_dose(read_series(inputs, series, unit=unit), inputs.first_dose)
    dose = 0.0 if inputs.first_dose is None else inputs.first_dose.first
    end = inf if to_days is None else dose + to_days
    after = tuple(m for m in split.after if dose + from_days <= m.when.first <= end)
    if not after:
        raise NotComputable(
            "no measurement lies in the planned window after the first dose",
            remedy="Follow the patient for as long as the plan says.",
        )
    both = (*split.before, *after)
    values, caveats = least_favourable(
        [m.amount for m in both], [m in after for m in both], endpoint.improves
    )
    n = len(split.before)
    return PatientCourse(
        endpoint=endpoint,
        series=series,
        before=split.before,
        after=after,
        before_value=tuple(values[:n]),
        after_value=tuple(values[n:]),
        caveats=(*caveats, *_window(split.after, after, split.on_the_day, to_days)),
    )


def _window(
    all_after: Sequence[Measurement],
    kept: Sequence[Measurement],
    on_the_day: int,
    to_days: float | None,
) -> tuple[str, ...]:
    out = []
    if on_the_day:
        out.append(
            f"{counted(on_the_day, 'measurement')} of the dosing day count as before dosing."
        )
    if len(kept) < len(all_after):
        out.append(
            f"{counted(len(all_after) - len(kept), 'measurement')} outside the planned window "
            "after the first "
            "dose are left out."
        )
    if to_days is None:
        out.append(
            "The plan fixes no end of the window after dosing, so the series could have been cut "
            "where it looked best."
        )
    return tuple(out)
