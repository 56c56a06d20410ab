"""Is the untreated course known well enough for this endpoint of this patient? Side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ultrarare.case.unit import spoken
from ultrarare.errors import NotComputable
from ultrarare.history import adequacy_data as data
from ultrarare.history import adequacy_design as design
from ultrarare.history.grade import DOMAINS, Domain, Grade
from ultrarare.history.question import Material, Question, Setting
from ultrarare.history.records import Cohort

_JUDGES: Final[Mapping[str, Callable[[Material], Domain]]] = {
    "people": data.people,
    "follow_up": data.follow_up,
    "tiers": design.tiers,
    "endpoint": design.endpoint,
    "age_window": design.age_window,
    "schedule": design.schedule,
    "era": design.era,
    "missing_data": data.missing_data,
    "ascertainment": design.ascertainment,
    "floor_ceiling": data.floor_ceiling,
    "noise": data.noise,
    "spontaneous_improvement": data.spontaneous_improvement,
    "censoring": data.censoring,
}

Kind = Literal["people", "visits", "episodes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adequacy:
    """Every side of one cohort for one endpoint, each with its grade and reason; no sum of them."""

    kind: str
    measure: str | None
    time_unit: str
    domains: tuple[Domain, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Domain:
        return next(domain for domain in self.domains if domain.name == name)

    def grades(self) -> dict[str, str]:
        """Domain to grade."""
        return {domain.name: str(domain.grade) for domain in self.domains}

    def grades_of(self) -> dict[str, str]:
        """As attributes of a finding: `grade_people` and so on."""
        return {f"grade_{name}": grade for name, grade in self.grades().items()}

    def named(self, grade: Grade) -> tuple[str, ...]:
        """Titles of the domains with one grade."""
        return tuple(DOMAINS[d.name] for d in self.domains if d.grade is grade)

    def summary(self) -> str:
        """One line a domain, then what was said on reading."""
        head = f"{self.measure or self.kind}: {self.kind}, times in {spoken(self.time_unit)}"
        lines = [
            f"  {DOMAINS[domain.name]}: {domain.grade}. {domain.reason}" for domain in self.domains
        ]
        caveats = [f"    {caveat}" for domain in self.domains for caveat in domain.caveats]
        return "\n".join([head, *lines, *dict.fromkeys(caveats), *(f"  {n}" for n in self.notes)])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "kind": self.kind,
            "measure": self.measure,
            "time_unit": self.time_unit,
            "domains": [domain.to_json() for domain in self.domains],
            "notes": list(self.notes),
        }


def judge_adequacy(
    cohort: Cohort,
    *,
    kind: Kind,
    setting: Setting,
    question: Question | None = None,
    seed: int = 1,
) -> Adequacy:
    """Grade every side of a cohort for one endpoint.

    Args:
        cohort: what was read.
        kind: which part of it carries the endpoint.
        setting: what is declared of it.
        question: the patient's side; whatever is left open there cannot be judged.
        seed: of the permutations between groups.

    Raises:
        NotComputable: the cohort has no such part.
    """
    visits = cohort.visits_of(setting.measure if cohort.measures else None)
    given = Material(
        kind=kind,
        cohort=cohort,
        visits=visits if kind == "visits" else (),
        setting=setting,
        question=question or Question(),
        seed=seed,
    )
    if not given.spans:
        what = {"visits": "visits", "people": "people", "episodes": "time under observation"}[kind]
        named = "" if setting.measure is None else f" of {setting.measure!r}"
        raise NotComputable(
            f"the cohort has no {what}{named}", remedy="Name a measure that it holds."
        )
    return Adequacy(
        kind=kind,
        measure=setting.measure,
        time_unit=cohort.time_unit,
        domains=tuple(_JUDGES[name](given) for name in DOMAINS),
        notes=cohort.notes,
    )
