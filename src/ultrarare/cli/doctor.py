"""`doctor`: what is installed, and what it is for."""

from __future__ import annotations

import typer

from ultrarare.cli.output import JsonFlag, print_json


def doctor(json: JsonFlag = False) -> None:
    """Tell what is installed: versions, analyses, packs, and optional programs.

    Exit status 3 if something that `assess` needs cannot be used.
    """
    from ultrarare.app.doctor import examine

    report = examine()
    if json:
        print_json(report.to_json())
    else:
        typer.echo(report.summary())
    raise typer.Exit(0 if report.is_fit else 3)
