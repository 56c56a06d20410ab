"""`drugging dose-response` and `drugging decay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report
from ultrarare.cli.rung import Rung, Tissue


def dose_response(
    table: Annotated[Path, typer.Argument(help="CSV: dose,response; several rows a dose.")],
    tissue: Tissue = None,
    ladder: Rung = None,
    level: Annotated[float, number("Coverage of intervals.", min=0.5, max=0.9999)] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Doses of half and of nine tenths of the effect, from a four-parameter curve."""
    from ultrarare.app.drugging.dose import dose_response as fitted
    from ultrarare.app.rung import make_rung

    print_report(fitted(table, rung=make_rung(tissue, ladder), level=level), json=json)


def decay(
    table: Annotated[Path, typer.Argument(help="CSV: time,value; what is left of editor or drug.")],
    tissue: Tissue = None,
    ladder: Rung = None,
    level: Annotated[float, number("Coverage of intervals.", min=0.5, max=0.9999)] = 0.95,
    json: JsonFlag = False,
) -> None:
    """Half-life of an editor or a drug, from what is left over time."""
    from ultrarare.app.drugging.dose import decay as fitted
    from ultrarare.app.rung import make_rung

    print_report(fitted(table, rung=make_rung(tissue, ladder), level=level), json=json)
