"""`effect endpoints`: a few treated people against untreated ones in several endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report

_Table = typer.Option(exists=True, dir_okay=False, help="One row a person: person, then columns.")
_Test = Literal["obrien", "wei-lachin", "win"]


def endpoints(
    treated: Annotated[Path, _Table],
    control: Annotated[Path, _Table],
    spec: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="YAML: endpoints in order, gatekeeping."),
    ],
    goals: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="person,goal[,weight][,baseline],level."),
    ] = None,
    trial: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Target trial, YAML (state a trial)."),
    ] = None,
    test: Annotated[_Test, typer.Option(help="The primary test; all are shown.")] = "obrien",
    level: Annotated[float, number("Coverage of intervals.")] = 0.95,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Compare several endpoints at once: exact global tests, prioritised pairs, goals."""
    given = {name: value for name, value in locals().items() if name != "json"}
    from ultrarare.app.statistics.endpoints import compare_endpoint_tables

    print_report(compare_endpoint_tables(**given), json=json)
