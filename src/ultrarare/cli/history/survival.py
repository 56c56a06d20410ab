"""`history survival`: survival of untreated people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report


def survival(
    people: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV or Parquet: person,entry,exit,event[,group,cause,ending,…].",
        ),
    ],
    given_age: Annotated[float | None, number("Event-free at this age.")] = None,
    horizon: Annotated[float | None, number("End of a restricted mean.")] = None,
    competing: Annotated[
        bool, typer.Option("--competing", help="Cumulative incidence by cause.")
    ] = False,
    cox: Annotated[
        list[str] | None, typer.Option(help="Column to regress the hazard on; may be repeated.")
    ] = None,
    firth: Annotated[bool, typer.Option("--firth", help="Penalise that regression.")] = False,
    parametric: Annotated[bool, typer.Option("--parametric", help="Fit five families.")] = False,
    level: Annotated[float, number("Coverage of intervals.")] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Estimate survival by group: product limit with late entry, causes, regressions, families."""
    given = {name: value for name, value in locals().items() if name != "json"}
    from ultrarare.app.statistics.survival import survival_of_table

    given["cox"] = given["cox"] or ()
    print_report(survival_of_table(**given), json=json)
