"""`effect single-case`: one patient's series of phases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.output import JsonFlag, print_report


def single_case(
    series: Annotated[Path, typer.Argument(help="CSV with phase,time,value; baseline first.")],
    direction: Annotated[
        Literal["lower", "higher"] | None, typer.Option(help="Which values are better.")
    ] = None,
    possible_starts: Annotated[
        str | None,
        typer.Option(
            help="Times among which the start of treatment was drawn by lot: 5,6,8 or 5:12."
        ),
    ] = None,
    statistic: Annotated[
        Literal["mean", "median", "nap"], typer.Option(help="What the test compares.")
    ] = "mean",
    json: JsonFlag = False,
) -> None:
    """Describe a single-case series; test it if its start was drawn by lot."""
    from ultrarare.app.statistics.single_case import describe_series

    report = describe_series(
        series, direction=direction, possible_starts=possible_starts, statistic=statistic
    )
    print_report(report, json=json)
