"""When something happened: a day of life or an ISO date, exact, approximate or as a range.

Published courses seldom print exact days, so `~244`, `208-230` and `>256` are values of their
own. A file says which clock it uses; days of life count from birth as day 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

_NUMBER = r"\d+(?:\.\d+)?"
_FORMS = re.compile(
    rf"(?P<about>~)?(?P<first>{_NUMBER})(?:\s*[-–]\s*(?P<last>{_NUMBER}))?|>\s*(?P<after>{_NUMBER})",
    re.ASCII,
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_ALLOWED = "a day of life (208), ~244, 208-230, >256, or an ISO date (2026-03-01)"


class Clock(StrEnum):
    """What a moment counts in."""

    DAY_OF_LIFE = "day of life"
    ISO_DATE = "ISO date"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point or span of time on one clock.

    `first` and `last` are days: days of life, or proleptic ordinals for ISO dates. `last` is
    None where the source says only "after".
    """

    clock: Clock
    first: float
    last: float | None
    approximate: bool
    text: str

    @property
    def middle(self) -> float:
        """Where a mark stands on a time axis: the centre of the span, or its known edge."""
        return self.first if self.last is None else (self.first + self.last) / 2

    @property
    def is_span(self) -> bool:
        """Whether the moment covers more than one day."""
        return self.last is not None and self.last > self.first

    @property
    def is_vague(self) -> bool:
        """Whether the day is not stated exactly: approximate, a span, or only `after`."""
        return self.approximate or self.is_span or self.last is None

    def before(self, other: Moment) -> bool | None:
        """Whether this lies wholly before `other`; None where the two cannot be compared."""
        if self.clock is not other.clock:
            return None
        if self.first >= other.first:
            return False
        return True if self.last is not None and self.last < other.first else None

    def __str__(self) -> str:
        return self.text if self.clock is Clock.ISO_DATE else f"day {self.text}"

    @classmethod
    def parse(cls, value: object) -> Moment:
        """Read a moment as a file gives it.

        Raises:
            ValueError: neither a day of life nor an ISO date, a negative day, a span that ends
                before it begins, or a date the calendar does not have.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(f"found {value!r}; allowed is {_ALLOWED}")  # noqa: TRY004 -- pydantic reads ValueError
        # Fifteen digits: `g` alone keeps six, and a day of life with hours has more.
        text = f"{value:.15g}" if isinstance(value, int | float) else value.strip()
        if iso := _ISO.fullmatch(text):
            return cls._of_date(text, *(int(part) for part in iso.groups()))
        if text.startswith("-"):
            raise ValueError(f"found {text!r}, a negative age; days of life count from 0 at birth")
        found = _FORMS.fullmatch(text)
        if found is None:
            raise ValueError(f"found {text!r}; allowed is {_ALLOWED}")
        if found["after"] is not None:
            return cls(Clock.DAY_OF_LIFE, float(found["after"]), None, True, text)  # noqa: FBT003
        first = float(found["first"])
        last = first if found["last"] is None else float(found["last"])
        if last < first:
            raise ValueError(f"found {text!r}, a span that ends before it begins")
        return cls(Clock.DAY_OF_LIFE, first, last, found["about"] is not None, text)

    @classmethod
    def _of_date(cls, text: str, year: int, month: int, day: int) -> Moment:
        try:
            ordinal = float(date(year, month, day).toordinal())
        except ValueError:
            raise ValueError(f"found {text!r}, a date the calendar does not have") from None
        return cls(Clock.ISO_DATE, ordinal, ordinal, False, text)  # noqa: FBT003

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, Moment) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda moment: moment.text
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {
            "description": f"A moment: {_ALLOWED}.",
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}],
        }
