"""`effect recurrent`: recurrent events of a few treated people against untreated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report


def recurrent(
    events: Annotated[Path, typer.Argument(help="CSV: person,time[,type].")],
    follow_up: Annotated[Path, typer.Argument(help="CSV: person,start,stop,group[,ending].")],
    treated: Annotated[str, typer.Option(help="The treated group.")],
    control: Annotated[
        str | None, typer.Option(help="The untreated group, if there are several others.")
    ] = None,
    event_type: Annotated[str | None, typer.Option("--type", help="Count these only.")] = None,
    level: Annotated[float, number("Coverage of intervals.")] = 0.95,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Compare two groups' recurrent events by six models and by relabelling people."""
    from ultrarare.app.statistics.recurrent import compare_recurrent_tables

    report = compare_recurrent_tables(
        events,
        follow_up,
        treated=treated,
        control=control,
        event_type=event_type,
        level=level,
        seed=seed,
    )
    print_report(report, json=json)
