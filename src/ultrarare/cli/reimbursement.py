"""`reimbursement`: what an outcome-linked agreement costs and brings, year by year."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_report


def reimbursement(
    agreement: Annotated[Path, typer.Argument(help="YAML file of the agreement.")],
    out: Annotated[Path | None, typer.Option(help="Folder that receives a page and JSON.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 20261127,
    json: JsonFlag = False,
) -> None:
    """Show expected and tail payments of an outcome-linked agreement, by year, for both sides."""
    from ultrarare.app.reimbursement import reimbursement as compute

    print_report(compute(agreement, out=out, seed=seed), json=json)
