"""`history describe`: what a cohort holds, and how far each endpoint of it can be relied on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_report

_File = Annotated[Path | None, typer.Option(exists=True, dir_okay=False)]
_Number = Annotated[float | None, typer.Option()]
_Word = Annotated[str | None, typer.Option()]


def describe(
    people: _File = None,
    visits: _File = None,
    events: _File = None,
    follow_up: _File = None,
    phenopackets: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder of Phenopackets v2.")
    ] = None,
    fhir: Annotated[
        Path | None, typer.Option(exists=True, help="FHIR R4B bundle, JSON, or a folder of them.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="The patient's endpoint.")] = None,
    unit: Annotated[str | None, typer.Option(help="UCUM code of the measure.")] = None,
    direction: Annotated[str | None, typer.Option(help="Better: lower or higher.")] = None,
    relevant_difference: _Number = None,
    patient_age: Annotated[str | None, typer.Option(help="Two ages: FROM,TO.")] = None,
    patient_gap: Annotated[float | None, typer.Option(help="Between the patient's visits.")] = None,
    patient_years: Annotated[str | None, typer.Option(help="Two years: FROM,TO.")] = None,
    tier: _Word = None,
    era: _Word = None,
    collected: Annotated[
        str | None, typer.Option(help="prospective, retrospective or case reports.")
    ] = None,
    ascertainment: _Word = None,
    floor: _Number = None,
    ceiling: _Number = None,
    schedule: _Number = None,
    repeat_within: _Number = None,
    time_unit: Annotated[str, typer.Option(help="UCUM code of every time.")] = "a",
    terminal: Annotated[
        bool, typer.Option(help="The endpoint of the people ends observation, as death does.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of permutations between groups.")] = 1,
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
    report = describe_cohort(cohort, question=asked(given), setting=declared(given), seed=seed)
    print_report(report, json=json)
