"""`assess` and `demo`: a case folder in, a dossier out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, progress

Out = Annotated[
    Path | None, typer.Option(help="Folder to write; the case folder's `dossier` if not given.")
]
Guidance = Annotated[
    list[str] | None,
    typer.Option(
        help="Pack id or pack file, any number of times; both founding documents if not given."
    ),
]
Gate = Annotated[
    bool, typer.Option("--gate", help="Exit status 1 if an element is open as written.")
]


def assess(
    case: Annotated[Path, typer.Argument(help="Case folder.")],
    guidance: Guidance = None,
    out: Out = None,
    json: JsonFlag = False,
    gate: Gate = False,
    paper: Annotated[str, typer.Option(help="Paper of the PDF: a4 or us-letter.")] = "a4",
) -> None:
    """Assess a case and write its dossier: HTML, PDF, JSON, tables, provenance.

    Exit status: 0 done; 1 with --gate if an element is open; 2 the input is wrong (nothing is
    written); 3 an analysis did not come to an end (the rest is written).
    """
    from ultrarare.app.dossier import assess_into

    folder = out or case / "dossier"
    written = assess_into(case, folder, guidance=guidance, paper=paper, progress=progress)
    typer.echo(written.json_text if json else written.summary(), nl=not json)
    raise typer.Exit(3 if written.failed else 1 if gate and written.is_open else 0)


def demo(
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; ultrarare-demo/NAME if not given.")
    ] = None,
    example: Annotated[
        str, typer.Option(help="kabe, progressive, episodic or no-benefit.")
    ] = "kabe",
) -> None:
    """Assess an example that ships with the package and say where its dossier is."""
    from ultrarare.app.dossier import assess_into
    from ultrarare.app.examples import example_folder

    folder = out or Path("ultrarare-demo") / example
    written = assess_into(example_folder(example), folder, progress=progress)
    typer.echo(written.summary())
