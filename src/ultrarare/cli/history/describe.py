"""`history describe`: what a cohort holds, and how far each endpoint of it can be relied on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report


def _table(told: str) -> Any:
    return typer.Option(exists=True, dir_okay=False, help=told)


def _told(text: str) -> Any:
    return typer.Option(help=text)


def describe(
    people: Annotated[Path | None, _table("person,entry,exit,event: one row a person.")] = None,
    visits: Annotated[Path | None, _table("person,time,value: one row a measurement.")] = None,
    events: Annotated[Path | None, _table("person,time[,type]: one row an event.")] = None,
    follow_up: Annotated[
        Path | None, _table("person,start,stop: the spans in which events were looked for.")
    ] = None,
    phenopackets: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder of Phenopackets v2.")
    ] = None,
    fhir: Annotated[
        Path | None, typer.Option(exists=True, help="FHIR R4B bundle, JSON, or a folder of them.")
    ] = None,
    endpoint: Annotated[
        str | None, _told("The patient's endpoint: a measure, what people reach, or an event.")
    ] = None,
    event: Annotated[
        str | None, _told("What the people reach, such as death; in records it is death.")
    ] = None,
    episode: Annotated[
        str | None, _told("What the events are, such as seizure, where they have no type.")
    ] = None,
    unit: Annotated[str | None, _told("UCUM code of the measure.")] = None,
    direction: Annotated[str | None, _told("Better: lower or higher.")] = None,
    relevant_difference: Annotated[
        float | None, number("The least change that matters, in the unit of the measure.")
    ] = None,
    patient_age: Annotated[str | None, _told("Two ages in the time unit: FROM,TO.")] = None,
    patient_gap: Annotated[
        float | None, number("Time between two of the patient's visits, in the time unit.")
    ] = None,
    patient_years: Annotated[str | None, _told("Two calendar years: FROM,TO.")] = None,
    tier: Annotated[
        str | None, _told("How close the people are to the patient, such as `same gene`.")
    ] = None,
    era: Annotated[str | None, _told("Calendar years of the cohort, such as 2008-2019.")] = None,
    collected: Annotated[str | None, _told("prospective, retrospective or case reports.")] = None,
    ascertainment: Annotated[str | None, _told("How people came into it, in words.")] = None,
    floor: Annotated[float | None, number("The lowest that the measure can show.")] = None,
    ceiling: Annotated[float | None, number("The highest that the measure can show.")] = None,
    schedule: Annotated[
        float | None, number("Planned time between two visits, in the time unit.")
    ] = None,
    repeat_within: Annotated[
        float | None, number("Visits no further apart than this count as repeats.")
    ] = None,
    time_unit: Annotated[str, _told("UCUM code of every time.")] = "a",
    terminal: Annotated[
        bool, _told("The endpoint of the people ends observation, as death does.")
    ] = True,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Describe a cohort: thirteen sides of each endpoint, each with its grade and reason."""
    from ultrarare.app.statistics.cohort import describe_cohort, read_source
    from ultrarare.app.statistics.cohort_options import asked, declared
    from ultrarare.history.tables import Tables

    tables = Tables(people=people, visits=visits, events=events, follow_up=follow_up)
    given = dict(locals())
    cohort = read_source(
        tables, phenopackets=phenopackets, fhir=fhir, time_unit=time_unit, terminal=terminal
    )
    report = describe_cohort(
        cohort, question=asked(given), setting=declared(given), event=event, episode=episode,
        seed=seed,
    )  # fmt: skip
    print_report(report, json=json)
