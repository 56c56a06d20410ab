"""Untreated people as a study of their own: ages stand where a case has dates and study days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ultrarare.case.amount import Amount
from ultrarare.case.case import Case
from ultrarare.case.cohort_dataset import CohortEpisodes, CohortPeople, CohortVisits
from ultrarare.dossier.cdisc.analysis import analysis_records
from ultrarare.dossier.cdisc.assemble import Record, assemble
from ultrarare.dossier.cdisc.dataset import Cell, Study
from ultrarare.dossier.cdisc.mapping import Mapped
from ultrarare.dossier.cdisc.measurements import DOMAINS, Domain, domain_of, standard
from ultrarare.dossier.cdisc.specification import SDTM, SDTMIG
from ultrarare.dossier.cdisc.subject import summary_records
from ultrarare.dossier.cdisc.terms import test_codes, unit, vital_sign
from ultrarare.history.records import EpisodeRecord, Person, Visit

_DEATH: Final = "death"
_SEX: Final = {"f": "F", "female": "F", "m": "M", "male": "M"}
Who = tuple[str, str]
"""Population and the person's name in its files: one name in two populations is two people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untreated:
    """The cohorts of a case, as their files have them."""

    people: tuple[tuple[CohortPeople, tuple[Person, ...]], ...] = ()
    visits: tuple[tuple[CohortVisits, tuple[Visit, ...]], ...] = ()
    episodes: tuple[tuple[CohortEpisodes, tuple[EpisodeRecord, ...]], ...] = ()

    def everybody(self) -> tuple[Who, ...]:
        """Every person once, in order of population and name."""
        found = {
            (dataset.population, item.person)
            for part in (self.people, self.visits, self.episodes)
            for dataset, items in part
            for item in items
        }
        return tuple(sorted(found))


def map_untreated(untreated: Untreated, case: Case, study: str) -> Mapped | None:
    """SDTM and ADaM of the cohorts; None where there is nobody.

    People get numbers in order of population and name; the names in the files are not written.
    """
    everybody = untreated.everybody()
    if not everybody:
        return None
    ids = {who: f"{case.id.upper()}-{n:05d}" for n, who in enumerate(everybody, start=1)}
    unique = {who: f"{study}-{name}" for who, name in ids.items()}
    known = _known(untreated)
    title = f"Untreated people with {case.disease.name} ({case.data} data)"
    records: dict[str, Sequence[Record]] = {
        "TS": summary_records(
            {
                "TITLE": title,
                "STYPE": "OBSERVATIONAL",
                "INDIC": case.disease.name,
                "ACTSUB": str(len(everybody)),
                "SSTDTC": None,
                "SENDTC": None,
                "SPONSOR": None,
                "REGID": None,
                "SDTIGVER": SDTMIG,
                "SDTMVER": SDTM,
            }
        ),
        "DM": [
            _person(known.get(who, _Known()), case, who, ids[who], unique[who]) for who in everybody
        ],
        "DS": list(_ends(untreated, unique)),
        "CE": list(_events(untreated, unique)),
        **_measured(untreated, unique),
    }
    first = assemble(records, family="SDTM", study=study, title=title, description=title)
    analysed = {
        **analysis_records(first.study),
        "ADTTE": list(_times(untreated, unique)),
    }
    second = assemble(analysed, family="ADaM", study=study, title=title, description=title)
    studies: tuple[Study, ...] = (first.study, second.study)
    return Mapped(studies=studies, left_out=(), replaced=first.replaced)


def _ages(start: float, stop: float, dataset: CohortPeople | CohortEpisodes) -> dict[str, Cell]:
    return {"AGEENTRY": start, "AGEEXIT": stop, "AGEUNIT": unit(dataset.time_unit)}


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables say of one person; ages as the first table has them."""

    ages: Mapping[str, Cell] = field(default_factory=dict)
    sex: str = "U"
    died: bool = False
    tier: str | None = None


def _known(untreated: Untreated) -> Mapping[Who, _Known]:
    found: dict[Who, _Known] = {}
    for dataset, people in untreated.people:
        for person in people:
            who = (dataset.population, person.person)
            before = found.get(who, _Known())
            died = person.event and dataset.endpoint == _DEATH
            found[who] = _Known(
                ages=before.ages or _ages(person.entry, person.exit, dataset),
                sex=_SEX.get((person.sex or "").casefold(), before.sex),
                died=before.died or died,
                tier=before.tier or person.tier or str(dataset.tier),
            )
    for episodes, items in untreated.episodes:
        for item in items:
            who = (episodes.population, item.person)
            before = found.get(who, _Known())
            start = min(begin for begin, _ in item.spans)
            stop = max(end for _, end in item.spans)
            found[who] = replace(
                before,
                ages=before.ages or _ages(start, stop, episodes),
                tier=before.tier or str(episodes.tier),
            )
    return found


def _person(known: _Known, case: Case, who: Who, name: str, unique: str) -> Record:
    return Record(
        values={
            "USUBJID": unique,
            "SUBJID": name,
            "SEX": known.sex,
            "DTHFL": "Y" if known.died else None,
            "ARMNRS": "NOT ASSIGNED",
        },
        more={**known.ages, "TIER": known.tier, "COHORT": who[0], "DATAORIG": case.data},
    )


def _ends(untreated: Untreated, unique: Mapping[Who, str]) -> Iterable[Record]:
    for dataset, people in untreated.people:
        for person in people:
            died = person.event and dataset.endpoint == _DEATH
            yield Record(
                values={
                    "USUBJID": unique[dataset.population, person.person],
                    "DSTERM": _ended(dataset, person),
                    "DSDECOD": "DEATH" if died else "END OF OBSERVATION",
                    "DSCAT": "DISPOSITION EVENT",
                },
                more={**_ages(person.entry, person.exit, dataset), "DATASET": dataset.id},
            )
    for episodes, items in untreated.episodes:
        for item in items:
            for start, stop in item.spans:
                yield Record(
                    values={
                        "USUBJID": unique[episodes.population, item.person],
                        "DSTERM": f"observation for {episodes.episode}",
                        "DSDECOD": "SPAN OF OBSERVATION",
                        "DSCAT": "OTHER EVENT",
                    },
                    more={**_ages(start, stop, episodes), "DATASET": episodes.id},
                )


def _ended(dataset: CohortPeople, person: Person) -> str:
    if person.event:
        return f"{dataset.endpoint} was seen"
    return f"ended without {dataset.endpoint}: {person.ending or 'no reason given'}"


def _events(untreated: Untreated, unique: Mapping[Who, str]) -> Iterable[Record]:
    for dataset, people in untreated.people:
        for person in people:
            if person.event:
                yield _event(unique[dataset.population, person.person], dataset.endpoint,
                             "ENDPOINT", person.exit, dataset, person.cause)  # fmt: skip
    for episodes, items in untreated.episodes:
        for item in items:
            for time, severity in zip(item.times, item.severities, strict=True):
                yield _event(unique[episodes.population, item.person], episodes.episode,
                             "EPISODE", time, episodes, severity)  # fmt: skip


def _event(
    who: str,
    term: str,
    kind: str,
    age: float,
    dataset: CohortPeople | CohortEpisodes,
    said: str | None,
) -> Record:
    note = {"NOTE" if kind == "ENDPOINT" else "SEVTEXT": said}
    return Record(
        values={"USUBJID": who, "CETERM": term, "CECAT": kind},
        more={"AGEOBS": age, "AGEUNIT": unit(dataset.time_unit), "DATASET": dataset.id, **note},
    )


def _measured(untreated: Untreated, unique: Mapping[Who, str]) -> Mapping[str, Sequence[Record]]:
    measures = [
        (visit.measure or dataset.measure, visit.unit or dataset.unit)
        for dataset, visits in untreated.visits
        for visit in visits
    ]
    codes = test_codes(name for name, ucum in measures if vital_sign(name, ucum) is None)
    found: dict[Domain, list[Record]] = {domain: [] for domain in DOMAINS}
    for dataset, visits in untreated.visits:
        for visit in visits:
            name, ucum = visit.measure or dataset.measure, visit.unit or dataset.unit
            domain = domain_of(name, ucum)
            sign = vital_sign(name, ucum)
            code, test = sign or (codes[name], name)
            amount = visit.amount or Amount.parse(visit.value)
            text, value = standard(amount, amount.text)
            values: dict[str, Cell] = {
                "TESTCD": code, "TEST": test, "ORRES": amount.text, "ORRESU": unit(ucum),
                "STRESC": text, "STRESN": value, "STRESU": unit(ucum),
            }  # fmt: skip
            if domain in ("QS", "FT"):
                values["CAT"] = test.upper()
            found[domain].append(
                Record(
                    values={
                        "USUBJID": unique[dataset.population, visit.person],
                        **{f"{domain}{key}": cell for key, cell in values.items()},
                    },
                    more={
                        "AGEOBS": visit.time,
                        "AGEUNIT": unit(dataset.time_unit),
                        "DATASET": dataset.id,
                    },
                )
            )
    return {domain: rows for domain, rows in found.items()}  # noqa: C416 -- for its type


def _times(untreated: Untreated, unique: Mapping[Who, str]) -> Iterable[Record]:
    for number, (dataset, people) in enumerate(untreated.people, start=1):
        ages = unit(dataset.time_unit)
        for person in people:
            yield Record(
                values={
                    "USUBJID": unique[dataset.population, person.person],
                    "PARAM": f"Time from entry to {dataset.endpoint} ({ages}), {dataset.id}",
                    "PARAMCD": f"TTE{number}",
                    "AVAL": person.exit - person.entry,
                    "CNSR": 0 if person.event else 1,
                    "EVNTDESC": _ended(dataset, person),
                    "SRCDOM": "DS",
                    "AENTRY": person.entry,
                    "AEXIT": person.exit,
                    "AAGEU": ages,
                }
            )
