"""`ultrarare package`: what a team takes to its reviewers."""

from __future__ import annotations

import typer

from ultrarare.cli.package import data

app = typer.Typer(no_args_is_help=True, help="What a team takes to its reviewers.")
app.command("data")(data.data)


@app.callback()
def _group() -> None:
    """Keeps the name of a single command."""
