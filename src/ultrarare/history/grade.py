"""A grade of one side of a cohort, never without its reason; there is no grade of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ultrarare.errors import InputError


class Grade(StrEnum):
    """How far one side of a cohort carries the question asked of it."""

    ADEQUATE = "adequate"
    LIMITED = "limited"
    INADEQUATE = "inadequate"
    NOT_JUDGED = "cannot be judged"


DOMAINS: Final[Mapping[str, str]] = {
    "people": "People and person-time",
    "follow_up": "Follow-up",
    "tiers": "Genotype tiers",
    "endpoint": "The patient's endpoint",
    "age_window": "Age window",
    "schedule": "Schedule",
    "era": "Era",
    "missing_data": "Missing data",
    "ascertainment": "Ascertainment",
    "floor_ceiling": "Floor and ceiling",
    "noise": "Test–retest noise",
    "spontaneous_improvement": "Spontaneous improvement",
    "censoring": "Taken as censored that may be missing",
}
"""Every side that is graded, in the order in which it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One graded side: a grade, the reason in full sentences, the numbers behind it."""

    name: str
    grade: Grade
    reason: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.name not in DOMAINS:
            raise InputError(f"{self.name!r} is no domain of adequacy", where="name")
        if not self.reason.strip():
            raise InputError("a grade needs its reason", where="reason")

    def to_json(self) -> dict[str, Any]:
        """The domain as plain JSON."""
        return {
            "domain": self.name,
            "title": DOMAINS[self.name],
            "grade": str(self.grade),
            "reason": self.reason,
            "numbers": dict(self.numbers),
            "caveats": list(self.caveats),
        }


def not_judged(name: str, reason: str, **numbers: Any) -> Domain:
    """A side that the data or the declaration leave open, and why."""
    return Domain(name=name, grade=Grade.NOT_JUDGED, reason=reason, numbers=numbers)


def by_share(share: float, *, adequate: float, limited: float) -> Grade:
    """A grade from a share of which more is better."""
    if share >= adequate:
        return Grade.ADEQUATE
    return Grade.LIMITED if share >= limited else Grade.INADEQUATE


def by_excess(share: float, *, adequate: float, limited: float) -> Grade:
    """A grade from a share of which less is better."""
    if share <= adequate:
        return Grade.ADEQUATE
    return Grade.LIMITED if share <= limited else Grade.INADEQUATE


def percent(share: float) -> str:
    """A share as a reader says it."""
    return f"{100 * share:.0f} %"
