"""The patient's moments on a cohort's clock: age, in the cohort's unit of time."""

from __future__ import annotations

from ultrarare.case.case import Case
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.unit import conversion
from ultrarare.errors import NotComputable


def age(moment: Moment, case: Case, *, unit: str) -> float:
    """Age at the middle of `moment`, in `unit`; see `age_on_day`."""
    return age_on_day(moment.middle, case, unit=unit)


def age_on_day(day: float, case: Case, *, unit: str) -> float:
    """Age on a day of the case's clock.

    Args:
        day: day of life, or ordinal of a date, as the case's clock has it.
        case: gives the date of birth where the clock is of dates.
        unit: UCUM code of a time.

    Raises:
        NotComputable: the clock is of dates and the case has no date of birth.
        InputError: `unit` is no unit of time.
    """
    if case.clock is Clock.ISO_DATE:
        if case.patient.born is None:
            raise NotComputable(
                "the case has dates and no date of birth, so ages are not known",
                remedy="Give patient.born, or put the case on the clock `day of life`.",
            )
        day -= case.patient.born.middle
    return day * conversion("d", unit, where=f"time unit {unit!r}")
