"""Options by which a measurement of engagement says whose tissue it was."""

from __future__ import annotations

from typing import Annotated

import typer

Tissue = Annotated[str | None, typer.Option(help="Tissue or cells that were measured.")]
Rung = Annotated[
    str | None,
    typer.Option(
        help="Whose they are: A this patient, B another patient, C matched model, D surrogate, "
        "E model only."
    ),
]
