"""Ages as clinical records give them: durations, ranges, classes of onset, dates without a day."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from ultrarare.case.amount import Amount

YEAR, MONTH = 365.25, 30.4375  # days, as UCUM has `a` and `mo`
_A_MONTH = 31.0
_DURATION: Final = re.compile(
    r"P(?:(?P<y>\d+(?:\.\d+)?)Y)?(?:(?P<m>\d+(?:\.\d+)?)M)?(?:(?P<w>\d+(?:\.\d+)?)W)?"
    r"(?:(?P<d>\d+(?:\.\d+)?)D)?(?:T(?:(?P<h>\d+)H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
)
_PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")

ONSET_CLASSES: Final = {  # HPO onset terms: years from, years until (None: open)
    "HP:0030674": (0.0, 0.0),  # antenatal: before birth, which is age 0
    "HP:0011460": (0.0, 0.0),  # embryonal
    "HP:0011461": (0.0, 0.0),  # fetal
    "HP:0003577": (0.0, 0.0),  # congenital
    "HP:0003623": (0.0, 28 / YEAR),  # neonatal
    "HP:0003593": (28 / YEAR, 1.0),  # infantile
    "HP:0011463": (1.0, 5.0),  # childhood
    "HP:0003621": (5.0, 15.0),  # juvenile
    "HP:0410280": (0.0, 15.0),  # paediatric
    "HP:0003581": (16.0, None),  # adult
    "HP:0011462": (16.0, 40.0),  # young adult
    "HP:0025708": (16.0, 19.0),  # early young adult
    "HP:0025709": (19.0, 25.0),  # intermediate young adult
    "HP:0025710": (25.0, 40.0),  # late young adult
    "HP:0003596": (40.0, 60.0),  # middle age
    "HP:0003584": (60.0, None),  # late
}


@dataclass(frozen=True, slots=True)
class AgeRange:
    """An age in days, known to lie from `low` to `high`; equal where it is known."""

    low: float
    high: float | None

    @property
    def middle(self) -> float:
        """A single age to place it by: the middle, or the lower end of an open range."""
        return self.low if self.high is None else (self.low + self.high) / 2

    @property
    def known(self) -> bool:
        """Whether it is known to a month."""
        return self.high is not None and self.high - self.low <= _A_MONTH

    def amount(self, per_day: float) -> Amount:
        """As an amount in a unit of which one day is `per_day`."""
        low = self.low * per_day
        if self.high is None:
            return Amount(low, None, f">{low:.6g}")
        high = self.high * per_day
        if self.known:
            middle = self.middle * per_day
            return Amount(middle, middle, f"{middle:.6g}")
        return Amount(low, high, f"{low:.6g}–{high:.6g}")


def duration_days(text: str) -> float:
    """Days of an ISO 8601 duration such as `P1Y6M3D`.

    Raises:
        ValueError: it is none, or is empty.
    """
    found = _DURATION.fullmatch(text)
    if found is None or len(text) < 3 or text.endswith("T"):
        raise ValueError(f"found {text!r}; allowed is an ISO 8601 duration such as P3Y6M")
    part = {key: float(value or 0) for key, value in found.groupdict().items()}
    days = part["y"] * YEAR + part["m"] * MONTH + part["w"] * 7 + part["d"] + part["h"] / 24
    return float(days)


def onset_class(code: str) -> AgeRange:
    """The ages of an HPO term for age at onset.

    Raises:
        ValueError: the term is none of them.
    """
    if code not in ONSET_CLASSES:
        raise ValueError(f"found {code!r}, which is no HPO term for an age at onset")
    low, high = ONSET_CLASSES[code]
    return AgeRange(low * YEAR, None if high is None else high * YEAR)


def day_range(text: str) -> tuple[float, float]:
    """First and last day, as ordinals, that a date may mean: `2010`, `2010-05`, or in full.

    A time of day stays as the fraction of its day, in UTC.

    Raises:
        ValueError: it is no date, or one that the calendar does not have.
    """
    head, _, clock = text.partition("T")
    found = _PARTIAL.fullmatch(head)
    if found is None:
        raise ValueError(f"found {text!r}; allowed is a date such as 2010-05-17")
    year, month, day = found.groups()
    try:
        if clock:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo is None else moment.astimezone(UTC)
            seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
            at = moment.date().toordinal() + seconds / 86400
            return at, at
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise ValueError(f"found {text!r}, a date the calendar does not have") from None
    last = first
    if day is None:
        end = int(month or 12)
        last = date(first.year, end, calendar.monthrange(first.year, end)[1])
    return float(first.toordinal()), float(last.toordinal())


def age_between(born: tuple[float, float], then: tuple[float, float]) -> AgeRange:
    """The age on a day, both known as a range of days.

    Raises:
        ValueError: the day lies before birth for sure.
    """
    low, high = then[0] - born[1], then[1] - born[0]
    if high < 0:
        raise ValueError(f"lies {-high:.0f} days before birth")
    return AgeRange(max(low, 0.0), high)
