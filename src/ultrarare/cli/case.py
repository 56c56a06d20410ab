"""`new`, `check` and `schema`: writing a case folder and finding what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_json, progress


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to write; it must not exist or be empty.")],
    phenopacket: Annotated[
        Path | None,
        typer.Option(help="GA4GH Phenopacket v2 (JSON) to take patient and disease from."),
    ] = None,
) -> None:
    """Write a commented skeleton of a case folder."""
    from ultrarare.app.new import new_case

    for path in new_case(folder, phenopacket=phenopacket):
        typer.echo(path)


def check(
    folder: Annotated[Path, typer.Argument(help="Case folder.")],
    json: JsonFlag = False,
) -> None:
    """Find every problem of a case folder at once; compute nothing that is shown.

    Exit status 2 if there is a problem. Declared files that are absent are listed; they are
    assessed as missing.
    """
    from ultrarare.app.check import check_case
    from ultrarare.errors import InputErrors

    checked = check_case(folder, progress=progress)
    if json:
        print_json(checked.to_json())
        raise typer.Exit(2 if checked.problems else 0)
    for line in checked.summary():
        typer.echo(line)
    if checked.problems:
        raise InputErrors(checked.problems, where=str(folder))


def schema(
    name: Annotated[
        str,
        typer.Argument(
            help="case, plan, lock, judgements, guidance, programme, eligibility, patients or "
            "assessment."
        ),
    ],
) -> None:
    """Print the JSON Schema of a file, for an editor or another program."""
    from ultrarare.app.schema import json_schema

    print_json(json_schema(name))
