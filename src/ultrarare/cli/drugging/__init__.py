"""`ultrarare drugging`: was the target drugged, in qPCR, splicing and markers."""

from __future__ import annotations

import typer

from ultrarare.cli.drugging import biomarker, dose, qpcr, splicing

app = typer.Typer(no_args_is_help=True, help="Was the target drugged? qPCR, splicing, biomarkers.")
app.command("qpcr")(qpcr.qpcr)
app.command("splicing")(splicing.splicing)
app.command("biomarker")(biomarker.biomarker)
app.command("dose-response")(dose.dose_response)
app.command("decay")(dose.decay)
