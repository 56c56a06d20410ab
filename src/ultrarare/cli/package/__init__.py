"""`package`: what a team takes to its reviewers."""

from __future__ import annotations

import typer

from ultrarare.cli.package import documents

app = typer.Typer(
    no_args_is_help=True, help="The package for reviewers: documents made from the dossier."
)
app.command("documents")(documents.documents)
