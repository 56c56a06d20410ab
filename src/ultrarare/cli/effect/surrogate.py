"""`effect surrogate`: does the edit or the knock-down predict the outcome, across variants."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report

_Direction = Literal["lower", "higher"]


def surrogate(
    pairs: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="variant,marker,marker_se,outcome,outcome_se[,correlation]; or "
            "person,variant,marker,outcome.",
        ),
    ],
    direction: Annotated[_Direction, typer.Option(help="Outcome effects that are benefit.")] = (
        "higher"
    ),
    achieved: Annotated[float | None, number("Marker effect to predict the outcome for.")] = None,
    achieved_se: Annotated[float, number("Its standard error.", min=0)] = 0.0,
    level: Annotated[float, number("Coverage of intervals.")] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Judge whether a marker predicts the outcome across variants of one programme."""
    from ultrarare.app.statistics.surrogate import judge_marker_table

    report = judge_marker_table(
        pairs=pairs,
        direction=direction,
        achieved=achieved,
        achieved_se=achieved_se,
        level=level,
    )
    print_report(report, json=json)
