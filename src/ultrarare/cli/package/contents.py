"""`package contents`: what would stand where in modules 1 to 5."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_json, progress


def contents(
    case: Annotated[Path, typer.Argument(help="Case folder.")],
    out: Annotated[Path, typer.Option(help="Folder that receives contents.html, .csv and .json.")],
    package: Annotated[
        Path | None,
        typer.Option(help="Folder of the package; the case's files alone if not given."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Write the content plan for modules 1 to 5: each file's leaf with checksum, and the gaps."""
    from ultrarare.app.contents import write_contents

    written = write_contents(case, out, package=package, progress=progress)
    if json:
        print_json(written.to_json())
    else:
        typer.echo(written.summary())
