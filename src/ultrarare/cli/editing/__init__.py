"""`ultrarare editing`: was the target edited, in reads."""

from __future__ import annotations

import typer

from ultrarare.cli.editing import batch, compare, quantify

app = typer.Typer(no_args_is_help=True, help="Was the target edited? From reads to fractions.")
app.command("quantify")(quantify.quantify)
app.command("batch")(batch.batch)
app.command("compare")(compare.compare)
