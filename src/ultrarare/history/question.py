"""What a cohort is asked: the patient's side of adequacy, and what is declared of the cohort."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ultrarare.errors import InputError
from ultrarare.history.records import Cohort, Visit

Collected = Literal["prospective", "retrospective", "case reports"]
COLLECTED: Final = ("prospective", "retrospective", "case reports")
_YEAR: Final = re.compile(r"\b(?:18|19|20)\d\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The patient's side; times in the cohort's unit, None where it is not known.

    Attributes:
        endpoint: the measure that the plan will use.
        unit: its UCUM code.
        improves: the direction that is better.
        relevant_difference: the least change that matters.
        window: ages from which and until which the patient is compared.
        gap: usual time between two of the patient's visits.
        years: calendar years of the patient's window.
    """

    endpoint: str | None = None
    unit: str | None = None
    improves: Literal["lower", "higher"] | None = None
    relevant_difference: float | None = None
    window: tuple[float, float] | None = None
    gap: float | None = None
    years: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.window is not None and not 0 <= self.window[0] < self.window[1]:
            raise InputError(
                f"found ages {self.window[0]:g} to {self.window[1]:g}; allowed are two ages, the "
                "younger first",
                where="patient-age",
            )
        for name in ("relevant_difference", "gap"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"found {value:g}; allowed is more than 0", where=name)

    @property
    def length(self) -> float | None:
        """How long the patient's window is."""
        return None if self.window is None else self.window[1] - self.window[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is declared of the cohort, and cannot be computed from its rows.

    Attributes:
        measure: what the visits measure, or the endpoint of the people, or the episode.
        unit: UCUM code of the measure.
        tier: how close all its people are to the patient's variant.
        era: calendar years, as written.
        collected: how it was collected.
        ascertainment: how people came into it, in words.
        floor: the lowest the measure can show.
        ceiling: the highest.
        schedule: planned time between two visits.
        repeat_within: visits no further apart than this count as repeats.
    """

    measure: str | None = None
    unit: str | None = None
    tier: str | None = None
    era: str | None = None
    collected: Collected | None = None
    ascertainment: str | None = None
    floor: float | None = None
    ceiling: float | None = None
    schedule: float | None = None
    repeat_within: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A cohort as one endpoint sees it: `kind` says which of its parts carries the endpoint."""

    kind: Literal["people", "visits", "episodes"]
    cohort: Cohort
    visits: tuple[Visit, ...]
    setting: Setting
    question: Question
    seed: int = 1

    @property
    def spans(self) -> Mapping[str, tuple[tuple[float, float], ...]]:
        """Time under observation of everybody, as the endpoint sees it.

        Of visits, from a person's first visit to their last; nobody knows the measure outside.
        """
        if self.kind == "episodes":
            own = dict(self.cohort.spans)
            return own or {p.person: ((p.entry, p.exit),) for p in self.cohort.people}
        if self.kind == "people":
            return {p.person: ((p.entry, p.exit),) for p in self.cohort.people}
        found: dict[str, tuple[float, float]] = {}
        for visit in self.visits:
            low, high = found.get(visit.person, (visit.time, visit.time))
            found[visit.person] = (min(low, visit.time), max(high, visit.time))
        return {person: (span,) for person, span in found.items()}

    def by_person(self) -> dict[str, list[Visit]]:
        """Each person's visits in order of time, persons in order of name."""
        found: dict[str, list[Visit]] = {}
        for visit in sorted(self.visits, key=lambda v: (v.person, v.time)):
            found.setdefault(visit.person, []).append(visit)
        return found


def years_of(text: str | None) -> tuple[int, int] | None:
    """First and last calendar year named in a text; None where it names none."""
    years = [int(year) for year in _YEAR.findall(text or "")]
    return (min(years), max(years)) if years else None
