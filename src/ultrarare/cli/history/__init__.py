"""`history`: the untreated course from plain tables, without a case folder."""

from __future__ import annotations

import typer

from ultrarare.cli.history.describe import describe
from ultrarare.cli.history.fit import fit
from ultrarare.cli.history.predict import predict
from ultrarare.cli.history.survival import survival

app = typer.Typer(
    no_args_is_help=True,
    help="The untreated course: cohorts described, fitted and predicted from plain tables.",
)

app.command("describe")(describe)
app.command("fit")(fit)
app.command("predict")(predict)
app.command("survival")(survival)
