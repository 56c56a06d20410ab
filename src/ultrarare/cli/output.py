"""What commands share in printing: results on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ultrarare.app.statistics.report import Report

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, not text.")]


def print_json(value: Any) -> None:
    """A JSON value on stdout, indented, keys in the order given."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_report(report: Report, *, json: bool) -> None:
    """An answer as text or as JSON."""
    if json:
        print_json(report.to_json())
    else:
        typer.echo(report.summary())


def progress(text: str) -> None:
    """One line on stderr."""
    print(f"  {text}", file=sys.stderr, flush=True)
