"""`package`: what a team takes to its reviewers."""

from __future__ import annotations

import typer

from ultrarare.cli.package import contents, data, documents

app = typer.Typer(
    no_args_is_help=True,
    help="What a team takes to its reviewers: documents and data made from the case.",
)
app.command("documents")(documents.documents)
app.command("contents")(contents.contents)
app.command("data")(data.data)
