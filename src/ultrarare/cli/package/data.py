"""`package data`: SDTM and ADaM of a case."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_json, progress


def data(
    case: Annotated[Path, typer.Argument(help="Case folder.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    study_id: Annotated[
        str | None, typer.Option(help="Study id; the case's id in capitals if not given.")
    ] = None,
    with_cohort: Annotated[
        bool,
        typer.Option("--with-cohort", help="Write the untreated people too, as a second study."),
    ] = False,
    created: Annotated[
        str | None,
        typer.Option(
            help="Time that stands in the files, such as 2026-03-01T12:00:00Z; now if not given."
        ),
    ] = None,
    gate: Annotated[bool, typer.Option("--gate", help="Exit status 1 if a rule is open.")] = False,
    json: JsonFlag = False,
) -> None:
    """Write course and safety data as SDTM and ADaM: XPT v5, Dataset-JSON 1.1, Define-XML 2.1.

    Exit status: 0 done; 1 with --gate if a rule is open; 2 the input is wrong or does not fit a
    transport file (nothing is written).
    """
    from ultrarare.app.cdisc.package import package_data

    written = package_data(
        case,
        out,
        study_id=study_id,
        with_cohort=with_cohort,
        created=None if created is None else _time(created),
        progress=progress,
    )
    if json:
        print_json(written.export.to_json())
    else:
        typer.echo(written.summary())
    raise typer.Exit(1 if gate and written.export.open else 0)


def _time(text: str) -> datetime:
    from ultrarare.errors import InputError

    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"found {text!r}; allowed is a time such as 2026-03-01T12:00:00Z", where="--created"
        ) from None
