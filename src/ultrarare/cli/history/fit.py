"""`history fit`: the untreated course of a measure, by a mixed model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report

Model = Literal["auto", "intercept", "slope", "serial", "change-point", "sigmoid"]


def fit(
    visits: Annotated[Path, typer.Argument(help="CSV: person,time,value; values may be <9.")],
    model: Annotated[Model, typer.Option(help="How the course is fitted.")] = "auto",
    measure: Annotated[str | None, typer.Option(help="Where the table holds several.")] = None,
    level: Annotated[float, number("Coverage of the fan.")] = 0.95,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Fit the untreated course of a measure, with the fan in which a new person is expected."""
    from ultrarare.app.statistics.trajectories import fit_table

    report = fit_table(visits, model=model, measure=measure, level=level, seed=seed)
    print_report(report, json=json)
