"""`effect survival`: one or a few treated people against untreated survival."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report

_Alternative = Literal["two-sided", "better"]


def survival(
    treated: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help="person,entry,exit,event[,until]; entry at dosing."
        ),
    ],
    history: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Untreated: person,entry,exit,event."),
    ] = None,
    curve: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Or a published curve: time,survival."),
    ] = None,
    curve_people: Annotated[float | None, number("How many stand behind it.", min=1)] = None,
    group: Annotated[str | None, typer.Option(help="Of the untreated.")] = None,
    given_age: Annotated[float | None, number("Compare from this age on.")] = None,
    alternative: Annotated[_Alternative, typer.Option(help="Planned.")] = "two-sided",
    level: Annotated[float, number("Coverage of intervals.")] = 0.95,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Compare a few treated people's survival with untreated people's, exactly."""
    given = {name: value for name, value in locals().items() if name != "json"}
    from ultrarare.app.statistics.survival_of_few import compare_survival_tables

    print_report(compare_survival_tables(**given), json=json)
