"""`effect`: did this patient, or these few, improve; from plain tables, without a case folder."""

from __future__ import annotations

import typer

from ultrarare.cli.effect.borrow import borrow
from ultrarare.cli.effect.endpoints import endpoints
from ultrarare.cli.effect.episodes import episodes
from ultrarare.cli.effect.external_control import external_control
from ultrarare.cli.effect.own_control import own_control
from ultrarare.cli.effect.recurrent import recurrent
from ultrarare.cli.effect.regression import regression
from ultrarare.cli.effect.sensitivity import sensitivity
from ultrarare.cli.effect.single_case import single_case
from ultrarare.cli.effect.surrogate import surrogate
from ultrarare.cli.effect.survival import survival

app = typer.Typer(
    no_args_is_help=True,
    help="Did the patient improve: comparisons from plain tables, without a case folder.",
)

app.command("single-case")(single_case)
app.command("regression")(regression)
app.command("external-control")(external_control)
app.command("episodes")(episodes)
app.command("recurrent")(recurrent)
app.command("own-control")(own_control)
app.command("sensitivity")(sensitivity)
app.command("survival")(survival)
app.command("borrow")(borrow)
app.command("endpoints")(endpoints)
app.command("surrogate")(surrogate)
