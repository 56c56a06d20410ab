"""`effect sensitivity`: what would have to be wrong for a conclusion to turn?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed
from ultrarare.cli.output import JsonFlag, print_report


def sensitivity(
    spec: Annotated[
        Path | None, typer.Option(help="YAML or JSON: the estimate and what is asked about it.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="CSV of matched people: set,treated,value.")
    ] = None,
    improves: Annotated[
        Literal["lower", "higher"] | None,
        typer.Option(help="Which values are better, where the specification does not say."),
    ] = None,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Tell what would have to be wrong for a conclusion to turn, in units of an observed thing."""
    from ultrarare.app.statistics.sensitivity import sensitivity_of

    print_report(sensitivity_of(spec=spec, pairs=pairs, improves=improves, seed=seed), json=json)
