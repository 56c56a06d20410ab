"""`editing compare`: nominated sites, treated against control."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report


def compare(
    table: Annotated[
        Path,
        typer.Argument(help="CSV: site,group,replicate,edited,depth, or percent for edited."),
    ],
    level: Annotated[float, number("Coverage of limits.")] = 0.95,
    fdr: Annotated[float, number("False discovery rate at which a site is detected.")] = 0.05,
    min_depth: Annotated[
        int, typer.Option(min=1, help="Replicates with fewer reads are not assessed.")
    ] = 1000,
    frequency: Annotated[float, number("Excess for which power is given, as a share.")] = 0.001,
    out: Annotated[
        Path | None, typer.Option(help="Folder that receives sites.csv and sites.json.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Compare treated with control at every site; what failed is not assessed, never zero."""
    from ultrarare.app.editing.compare import CompareOptions, compare_table

    report = compare_table(
        table,
        CompareOptions(level=level, fdr=fdr, min_depth=min_depth, frequency=frequency),
        out=out,
        command=" ".join(["ultrarare", *(Path(w).name if "/" in w else w for w in sys.argv[1:])]),
    )
    print_report(report, json=json)
