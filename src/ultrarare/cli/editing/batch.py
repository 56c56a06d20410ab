"""`editing batch`: a samplesheet of many samples and amplicons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_report, progress


def batch(
    sheet: Annotated[
        Path,
        typer.Argument(
            help="CSV: sample,r1,amplicon,guide,editor; r2, target, frame, input_copies, control "
            "and group if you like."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder that receives a folder for each sample.")],
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Scheduler such as tcp://10.0.0.5:8786, whose workers see the same folders; "
            "replaces --jobs.",
        ),
    ] = None,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Tables only, without the pages.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Quantify every sample of a sheet; what is done already is kept."""
    from ultrarare.app.editing.batch import quantify_batch

    report = quantify_batch(
        sheet, out=out, jobs=jobs, dask=dask, report=not no_report, progress=progress
    )
    print_report(report, json=json)
    if report.failed:
        raise typer.Exit(3)
