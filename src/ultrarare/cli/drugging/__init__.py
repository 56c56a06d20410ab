"""`ultrarare drugging`: was the target drugged, in qPCR, RNA-seq, splicing and markers."""

from __future__ import annotations

import typer

from ultrarare.cli.drugging import biomarker, dose, qpcr, rnaseq, splicing

app = typer.Typer(
    no_args_is_help=True, help="Was the target drugged? qPCR, RNA-seq, splicing, markers."
)
app.command("qpcr")(qpcr.qpcr)
app.command("rnaseq")(rnaseq.rnaseq)
app.command("splicing")(splicing.splicing)
app.command("biomarker")(biomarker.biomarker)
app.command("dose-response")(dose.dose_response)
app.command("decay")(dose.decay)
