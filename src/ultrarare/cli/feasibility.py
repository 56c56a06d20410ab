"""`feasibility`: could a randomised trial be done with the people there are?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_report


def feasibility(
    spec: Annotated[Path, typer.Argument(help="YAML file: frequency, shares, trial.")],
    out: Annotated[Path | None, typer.Option(help="Folder that receives a page and JSON.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 20261127,
    json: JsonFlag = False,
) -> None:
    """Show how many people a randomised trial could have, and its power at that size: a curve."""
    from ultrarare.app.feasibility import feasibility_of

    print_report(feasibility_of(spec, out=out, seed=seed), json=json)
