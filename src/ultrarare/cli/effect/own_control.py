"""`effect own-control`: one patient against the course predicted from their own past."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report

Model = Literal["auto", "intercept", "slope", "serial", "change-point"]


def own_control(
    history: Annotated[Path, typer.Option(help="CSV of untreated people: person,time,value.")],
    patient: Annotated[Path, typer.Option(help="CSV of the patient, same columns and clock.")],
    dosed_at: Annotated[float, number("Visits at this time or before are untreated.")],
    until: Annotated[float | None, number("Later visits are left out.")] = None,
    direction: Annotated[Literal["lower", "higher"], typer.Option(help="Better.")] = "higher",
    model: Annotated[Model, typer.Option(help="Of the untreated course.")] = "auto",
    measure: Annotated[str | None, typer.Option(help="Where the tables hold several.")] = None,
    margin: Annotated[float | None, number("Smallest benefit that matters.")] = None,
    entry_threshold: Annotated[
        float | None, number("Dosing required a baseline mean beyond this.")
    ] = None,
    level: Annotated[float, number("Coverage of the intervals.")] = 0.95,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Compare a patient's visits after dosing with what was expected of them untreated."""
    from ultrarare.app.statistics.own_control import Options, compare_tables

    options = Options(
        dosed_at=dosed_at, until=until, direction=direction, model=model, measure=measure,
        margin=margin, entry_threshold=entry_threshold, level=level, seed=seed,
    )  # fmt: skip
    print_report(compare_tables(history, patient, options), json=json)
