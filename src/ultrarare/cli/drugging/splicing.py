"""`drugging splicing`: inclusion of an exon."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report
from ultrarare.cli.rung import Rung, Tissue


def splicing(
    table: Annotated[Path, typer.Argument(help="CSV: sample,group,inclusion,exclusion.")],
    treated: Annotated[str, typer.Option(help="Group.")] = "treated",
    control: Annotated[str, typer.Option(help="Group.")] = "control",
    counted: Annotated[
        Literal["reads", "molecules", "intensities"],
        typer.Option(help="Junction reads, molecules (digital PCR), or gel and capillary peaks."),
    ] = "reads",
    junctions: Annotated[
        int, typer.Option(min=1, help="Junctions that inclusion reads come from; 2 for an exon.")
    ] = 2,
    tissue: Tissue = None,
    ladder: Rung = None,
    level: Annotated[float, number("Coverage of intervals.", min=0.5, max=0.9999)] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Splice correction: inclusion in treated and control samples, and its change."""
    from ultrarare.app.drugging.splicing import splice_change
    from ultrarare.app.rung import make_rung

    report = splice_change(
        table, treated=treated, control=control, what=counted, junctions=junctions,
        rung=make_rung(tissue, ladder), level=level,
    )  # fmt: skip
    print_report(report, json=json)
