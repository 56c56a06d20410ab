"""A cohort described from its files: what is in it, and how adequate each endpoint is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ultrarare.errors import InputError
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.history.adequacy import Adequacy, Kind
    from ultrarare.history.question import Question, Setting
    from ultrarare.history.records import Cohort
    from ultrarare.history.tables import Tables

_TABLES: Final = "tables"
_DEATH: Final = "death"


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortReport:
    """What a cohort holds, and the graded sides of each of its endpoints."""

    cohort: Cohort
    adequacy: tuple[Adequacy, ...]
    seed: int

    def summary(self) -> str:
        """Counts, then every side of every endpoint, then what was said on reading."""
        held = self.counts()
        head = (
            f"{counted(held['people'], 'person')}, {counted(held['visits'], 'visit')}, "
            f"{counted(held['events'], 'event')} ({self.cohort.source})"
        )
        return "\n".join((head, *(each.summary() for each in self.adequacy)))

    def counts(self) -> dict[str, Any]:
        """How much of each."""
        at_risk = [p.follow_up for p in self.cohort.people]
        return {
            "people": len(self.cohort.persons),
            "people_at_risk": len(self.cohort.people),
            "person_time": sum(at_risk) if at_risk else None,
            "visits": len(self.cohort.visits),
            "events": len(self.cohort.happenings),
            "measures": list(self.cohort.measures),
        }

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "source": self.cohort.source,
            "time_unit": self.cohort.time_unit,
            **self.counts(),
            "adequacy": [each.to_json() for each in self.adequacy],
            "notes": list(self.cohort.notes),
            "caveats": list(
                dict.fromkeys(c for each in self.adequacy for d in each.domains for c in d.caveats)
            ),
            "seed": self.seed,
        }


def read_source(
    tables: Tables,
    *,
    phenopackets: Path | None = None,
    fhir: Path | None = None,
    time_unit: str = "a",
    terminal: bool = True,
) -> Cohort:
    """Read the one source that is given.

    Raises:
        InputError: none, or more than one.
        InputErrors: a file is wrong.
    """
    from ultrarare.history.import_fhir import read_fhir
    from ultrarare.history.import_phenopackets import read_phenopackets
    from ultrarare.history.tables import read_tables

    given = [not tables.empty, phenopackets is not None, fhir is not None]
    if sum(given) != 1:
        raise InputError(
            f"found {sum(given)} sources of a cohort; allowed is one: tables, a folder of "
            "phenopackets, or a FHIR bundle",
            where="describe",
            remedy="Give --people, --visits or --events; or --phenopackets; or --fhir.",
        )
    if phenopackets is not None:
        return read_phenopackets(phenopackets, name=phenopackets.name, time_unit=time_unit)
    if fhir is not None:
        return read_fhir(fhir, name=fhir.name, time_unit=time_unit)
    return read_tables(tables, time_unit=time_unit, terminal=terminal)


def describe_cohort(
    cohort: Cohort,
    *,
    question: Question,
    setting: Setting,
    event: str | None = None,
    episode: str | None = None,
    seed: int = 1,
) -> CohortReport:
    """Grade every endpoint that the cohort holds; of its measures, the one that is asked for.

    Args:
        cohort: what was read.
        question: the patient's side.
        setting: what is declared of the cohort.
        event: what its people reach; in records it is death.
        episode: what its events are, where they have no type.
        seed: of the permutations between groups.

    Raises:
        InputError: the question names an endpoint that the cohort does not hold.
    """
    from ultrarare.history.adequacy import judge_adequacy

    named = Named(event=event, episode=episode)
    named.refuse(cohort, question.endpoint)
    return CohortReport(
        cohort=cohort,
        adequacy=tuple(
            judge_adequacy(
                part, kind=kind, setting=replace(setting, measure=measure, unit=unit),
                question=question, seed=seed,
            )
            for part, kind, measure, unit in named.endpoints(cohort, setting, question.endpoint)
        ),
        seed=seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the endpoints of people and of events are called, where their source does not say."""

    event: str | None = None
    episode: str | None = None

    def reached(self, cohort: Cohort) -> str | None:
        """What people reach: as named; in records, death."""
        return self.event or (None if cohort.source == _TABLES else _DEATH)

    def happened(self, cohort: Cohort) -> tuple[str | None, ...]:
        """The types of events, by name; None for those without one."""
        return tuple(
            sorted({item.type or self.episode for item in cohort.happenings}, key=str)
        ) or ((self.episode,) if cohort.spans else ())

    def refuse(self, cohort: Cohort, wanted: str | None) -> None:
        """Tell of an endpoint that no part of the cohort has."""
        held = {*cohort.measures, *self.happened(cohort), *self._people(cohort)}
        loose = None in held or any(visit.measure is None for visit in cohort.visits)
        names = sorted(name for name in held if name is not None)
        if wanted is None or loose or wanted in names or not names:
            return
        raise InputError(
            f"found {wanted!r}; the cohort measures: {', '.join(names)}",
            where="endpoint",
            remedy="name one of these; --event says what the people reach, --episode what the "
            "events are",
        )

    def _people(self, cohort: Cohort) -> tuple[str, ...]:
        reached = self.reached(cohort) if cohort.people else None
        return () if reached is None else (reached,)

    def endpoints(
        self, cohort: Cohort, setting: Setting, wanted: str | None
    ) -> Iterable[tuple[Cohort, Kind, str | None, str | None]]:
        """Cohort, kind, name and unit of everything that can be judged.

        A part without a name is taken for the endpoint that is asked for where there is no other.
        """
        parts = sum(map(bool, (cohort.people, cohort.visits, cohort.happenings or cohort.spans)))
        alone = wanted if parts == 1 else None
        if cohort.people:
            yield cohort, "people", self.reached(cohort) or alone, None
        units = {visit.measure: visit.unit or setting.unit for visit in cohort.visits}
        for measure in sorted(units, key=str):
            if measure is None or wanted in (None, measure) or wanted not in units:
                yield cohort, "visits", measure or setting.measure, units[measure]
        types = self.happened(cohort)
        if wanted in types and wanted is not None:
            only = tuple(i for i in cohort.happenings if (i.type or self.episode) == wanted)
            yield replace(cohort, happenings=only), "episodes", wanted, None
        elif types:
            some = types[0] if len(types) == 1 else ", ".join(str(t or "unnamed") for t in types)
            yield cohort, "episodes", some or alone, None
