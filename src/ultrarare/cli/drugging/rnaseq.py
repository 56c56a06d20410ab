"""`drugging rnaseq`: knock-down from counts of reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report
from ultrarare.cli.rung import Rung, Tissue


def rnaseq(
    table: Annotated[
        Path, typer.Argument(help="Counts of reads, genes by samples; commas or tabs.")
    ],
    samples: Annotated[Path, typer.Option(help="CSV: sample,group.")],
    target: Annotated[str, typer.Option(help="Gene that should fall.")],
    treated: Annotated[str, typer.Option(help="Group.")] = "treated",
    control: Annotated[str, typer.Option(help="Group.")] = "control",
    reference: Annotated[
        str | None,
        typer.Option(help="Genes that should not change, ACTB,GAPDH; else the median over all."),
    ] = None,
    wild_type: Annotated[
        str | None, typer.Option(help="Row of the other allele, for selectivity.")
    ] = None,
    tissue: Tissue = None,
    ladder: Rung = None,
    level: Annotated[float, number("Coverage of intervals.", min=0.5, max=0.9999)] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Knock-down by RNA-seq counts, and which other genes changed."""
    from ultrarare.app.drugging.rnaseq import RnaseqOptions, knock_down_by_counts
    from ultrarare.app.rung import make_rung

    report = knock_down_by_counts(
        table,
        samples,
        RnaseqOptions(
            target=target, treated=treated, control=control, wild_type=wild_type, level=level,
            references=tuple(g.strip() for g in (reference or "").split(",") if g.strip()),
        ),
        make_rung(tissue, ladder),
    )  # fmt: skip
    print_report(report, json=json)
