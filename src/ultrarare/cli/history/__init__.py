"""`history`: the untreated course from plain tables, without a case folder."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="The untreated course: cohorts described, fitted and predicted from plain tables.",
)
