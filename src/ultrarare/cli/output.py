"""What commands share in printing: results on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, not text.")]


def print_json(value: Any) -> None:
    """A JSON value on stdout, indented, keys in the order given."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def progress(text: str) -> None:
    """One line on stderr."""
    print(f"  {text}", file=sys.stderr, flush=True)
