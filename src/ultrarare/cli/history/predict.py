"""`history predict`: one person's untreated course, from their own visits and other people's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.history.fit import Model
from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report


def predict(
    visits: Annotated[Path, typer.Argument(help="CSV of untreated people: person,time,value.")],
    patient: Annotated[Path, typer.Option(help="CSV of the person's untreated visits.")],
    at: Annotated[str, typer.Option(help="Times to predict: T1,T2.")],
    model: Annotated[Model, typer.Option(help="How the course is fitted.")] = "auto",
    measure: Annotated[str | None, typer.Option(help="Where the tables hold several.")] = None,
    level: Annotated[float, number("Coverage of each prediction.")] = 0.95,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Predict single untreated visits of one person, with four sources of uncertainty."""
    from ultrarare.app.statistics.trajectories import predict_table

    report = predict_table(
        visits, patient=patient, at=at, model=model, measure=measure, level=level, seed=seed
    )
    print_report(report, json=json)
