"""Dates and study days. A date known in part stays a part; day 0 does not exist."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from ultrarare.case.moment import Clock, Moment

_PARTIAL: Final = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}(:\d{2}(:\d{2})?)?)?)?)?", re.ASCII)
_SAS_EPOCH: Final = date(1960, 1, 1).toordinal()


def why_not_iso(text: str) -> str | None:
    """Why a text is no ISO 8601 date or date and time, whole or cut off at the right; None if so.

    Source: ISO 8601-1 with reduced precision, as SDTM takes it in `--DTC`.
    """
    if _PARTIAL.fullmatch(text) is None:
        return f"found {text!r}; allowed is a date such as 2024-06-03, or its beginning"
    day, _, clock = text.partition("T")
    numbers = [int(part) for part in day.split("-")]
    year, month, of_month = (*numbers, 1, 1)[:3]
    try:
        date(year, month, of_month)
    except ValueError:
        return f"found {text!r}, a date the calendar does not have"
    hours = [int(part) for part in clock.split(":")] if clock else []
    if any(value > top for value, top in zip(hours, (23, 59, 59), strict=False)):
        return f"found {text!r}, a time the clock does not have"
    return None


def is_whole(text: str) -> bool:
    """Whether the day is known."""
    return len(text) >= len("2024-06-03")


def ordinal(text: str) -> int | None:
    """The day as a number; None where it is known in part only."""
    return date.fromisoformat(text[:10]).toordinal() if is_whole(text) else None


def study_day(day: int, reference: int) -> int:
    """Day of the study: the reference day is 1, the day before it −1; there is no 0."""
    return day - reference + (1 if day >= reference else 0)


def sas_date(text: str | None) -> int | None:
    """Days since 1960-01-01, SAS's count; None where the day is not known."""
    day = None if text is None else ordinal(text)
    return None if day is None else day - _SAS_EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When, as datasets say it.

    Attributes:
        dtc: ISO 8601; None on a clock without dates.
        day: study day; None where the day or the first dose is not known exactly.
        text: as the case has it, where `dtc` and `day` would lose it.
        after: whether it is later than the day of the first dose; None where that is not known.
    """

    dtc: str | None = None
    day: int | None = None
    text: str | None = None
    after: bool | None = None

    @property
    def epoch(self) -> str | None:
        """BASELINE before the day of the first dose, TREATMENT after it, not said on that day."""
        if self.after:
            return "TREATMENT"
        known = self.after is False and self.day != 1
        return "BASELINE" if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The clock of a case and its reference, the first dose."""

    clock: Clock
    first_dose: Moment | None

    def stamp(self, moment: Moment | None) -> Stamp:
        """A moment as a date, a study day, or what it says."""
        if moment is None:
            return Stamp()
        iso = moment.clock is Clock.ISO_DATE
        dtc = moment.text if iso else None
        day = self._day(moment)
        text = f"day of life {moment.text}" if not iso and day is None else None
        return Stamp(dtc=dtc, day=day, text=text, after=self._after(moment))

    def _day(self, moment: Moment) -> int | None:
        reference = self.first_dose
        if reference is None or reference.is_vague or moment.is_vague:
            return None
        return study_day(math.floor(moment.first), math.floor(reference.first))

    def _after(self, moment: Moment) -> bool | None:
        reference = self.first_dose
        if reference is None or reference.is_vague:
            return None
        day = math.floor(reference.first)
        if math.floor(moment.first) > day and not moment.approximate:
            return True
        if moment.last is None:  # after a day that is itself on or after the first dose
            return True if moment.first >= day else None
        if moment.approximate:
            return None
        return False if math.floor(moment.last) <= day else None
