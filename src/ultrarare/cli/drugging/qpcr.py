"""`drugging qpcr`: knock-down from cycles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report
from ultrarare.cli.rung import Rung, Tissue


def qpcr(
    table: Annotated[Path, typer.Argument(help="CSV: sample,group,gene,cq; a row a well.")],
    target: Annotated[str, typer.Option(help="Gene that should fall.")],
    reference: Annotated[str, typer.Option(help="Genes that should not change: ACTB,GAPDH.")],
    treated: Annotated[str, typer.Option(help="Group.")] = "treated",
    control: Annotated[str, typer.Option(help="Group.")] = "control",
    efficiency: Annotated[
        list[str] | None,
        typer.Option(help="GENE=1.95, the factor of a cycle; 2 is taken where it is not told."),
    ] = None,
    wild_type: Annotated[
        str | None, typer.Option(help="The other allele's assay, for selectivity.")
    ] = None,
    tissue: Tissue = None,
    ladder: Rung = None,
    level: Annotated[float, number("Coverage of intervals.", min=0.5, max=0.9999)] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Knock-down by qPCR, with several references and efficiencies."""
    from ultrarare.app.drugging.qpcr import QpcrOptions, knock_down
    from ultrarare.app.rung import make_rung

    report = knock_down(
        table,
        QpcrOptions(
            target=target,
            references=tuple(g.strip() for g in reference.split(",") if g.strip()),
            treated=treated, control=control, wild_type=wild_type, level=level,
            efficiency=dict(_factor(text) for text in efficiency or ()),
        ),
        make_rung(tissue, ladder),
    )  # fmt: skip
    print_report(report, json=json)


def _factor(text: str) -> tuple[str, float]:
    gene, equals, value = text.partition("=")
    try:
        return gene.strip(), float(value if equals else "x")
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not of the form GENE=1.95") from None
