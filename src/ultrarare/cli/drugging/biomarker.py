"""`drugging biomarker`: change beyond noise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report
from ultrarare.cli.rung import Rung, Tissue


def biomarker(
    table: Annotated[Path, typer.Argument(help="CSV: person,time,value; <5 below a limit.")],
    dosed_at: Annotated[float, number("Time of dosing; values up to it are before.")],
    cv_analytical: Annotated[float, number("CV of the assay, as a share: 0.05.", min=0, max=2)],
    cv_within: Annotated[
        float, number("CV of a person from day to day, as a share: 0.1.", min=0, max=2)
    ],
    sides: Annotated[
        Literal["two-sided", "lower", "higher"], typer.Option(help="Which changes are looked for.")
    ] = "two-sided",
    tissue: Tissue = None,
    ladder: Rung = None,
    level: Annotated[float, number("Of the limits of noise.", min=0.5, max=0.9999)] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Whether a marker changed by more than the assay and the person vary."""
    from ultrarare.app.drugging.biomarker import marker_changes
    from ultrarare.app.rung import make_rung

    report = marker_changes(
        table, dosed_at=dosed_at, cv_analytical=cv_analytical, cv_within=cv_within, sides=sides,
        rung=make_rung(tissue, ladder), level=level,
    )  # fmt: skip
    print_report(report, json=json)
