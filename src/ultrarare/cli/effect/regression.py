"""`effect regression`: can regression to the mean explain the change?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report


def regression(
    patient: Annotated[Path, typer.Option(help="CSV of the treated: time,value[,person].")],
    dosed_at: Annotated[float, number("Time of the first dose.")],
    threshold: Annotated[float, number("Entry at this value or a worse one.")],
    direction: Annotated[Literal["lower", "higher"], typer.Option(help="Which values are better.")],
    history: Annotated[
        Path | None, typer.Option(help="CSV of untreated people: person,time,value.")
    ] = None,
    untreated: Annotated[
        tuple[float, float, float, int] | None,
        number("In place of --history: mean, sd, reliability, people."),
    ] = None,
    entry_visits: Annotated[int, typer.Option(help="Visits in a row that decide.")] = 1,
    entry_on: Annotated[
        Literal["mean", "all", "any"], typer.Option(help="What of them is beyond the threshold.")
    ] = "mean",
    measure: Annotated[str | None, typer.Option(help="Where the tables hold several.")] = None,
    alpha: Annotated[float, number("One-sided level of each route.")] = 0.025,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Judge by several routes whether regression to the mean can explain a change."""
    from ultrarare.app.statistics.regression import judge_regression_tables
    from ultrarare.stats.regression_to_mean import EntryRule

    rule = EntryRule(
        threshold=threshold, direction=direction, visits=entry_visits, statistic=entry_on
    )
    report = judge_regression_tables(
        patient=patient, dosed_at=dosed_at, rule=rule, history=history, summary=untreated,
        measure=measure, alpha=alpha, seed=seed,
    )  # fmt: skip
    print_report(report, json=json)
