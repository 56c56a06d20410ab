"""A cohort described from its files: what is in it, and how adequate each endpoint is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.history.adequacy import Adequacy, Kind
    from ultrarare.history.question import Question, Setting
    from ultrarare.history.records import Cohort
    from ultrarare.history.tables import Tables


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
            f"{held['people']} people, {held['visits']} visits, {held['events']} events "
            f"({self.cohort.source})"
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
    cohort: Cohort, *, question: Question, setting: Setting, seed: int = 1
) -> CohortReport:
    """Grade every endpoint that the cohort holds, or the one that the question names.

    Raises:
        InputError: the question names a measure that the cohort does not hold.
    """
    from ultrarare.history.adequacy import judge_adequacy

    wanted = question.endpoint
    held = cohort.measures
    if wanted is not None and held and wanted not in held:
        raise InputError(
            f"found {wanted!r}; the cohort measures: {', '.join(held)}", where="endpoint"
        )
    return CohortReport(
        cohort=cohort,
        adequacy=tuple(
            judge_adequacy(
                cohort, kind=kind, setting=replace(setting, measure=measure, unit=unit),
                question=question, seed=seed,
            )
            for kind, measure, unit in _endpoints(cohort, setting, wanted)
        ),
        seed=seed,
    )  # fmt: skip


def _endpoints(
    cohort: Cohort, setting: Setting, wanted: str | None
) -> Iterable[tuple[Kind, str | None, str | None]]:
    """Kind, name and unit of everything that can be judged."""
    if cohort.people:
        yield "people", setting.measure, None
    units = {visit.measure: visit.unit or setting.unit for visit in cohort.visits}
    for measure in sorted(units, key=str):
        if measure is None or wanted in (None, measure):
            yield "visits", measure or setting.measure, units[measure]
    if cohort.happenings or cohort.spans:
        yield "episodes", setting.measure, None
