"""`guidance`: the packs as they are, and what turns on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.assess import Guidance
from ultrarare.cli.output import JsonFlag, print_json, print_report, progress

app = typer.Typer(
    no_args_is_help=True, help="Guidance packs: what is asked, and how well it is known."
)

Pack = Annotated[str, typer.Argument(help="Pack id, or the path of a pack file.")]


@app.command("list")
def list_packs(json: JsonFlag = False) -> None:
    """List the packs with status, date and number of requirements."""
    from ultrarare.app.guidance import list_packs

    listing = list_packs()
    if json:
        print_json(listing.rows)
    else:
        typer.echo(listing.text)


@app.command("show")
def show(
    pack: Pack,
    requirement: Annotated[
        str | None, typer.Argument(help="One requirement, such as EL-4.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show a pack's requirements, or one of them with its predicate."""
    from ultrarare.app.guidance import show_pack

    listing = show_pack(pack, requirement)
    if json:
        print_json(listing.rows)
    else:
        typer.echo(listing.text)


@app.command("diff")
def diff(a: Pack, b: Pack, json: JsonFlag = False) -> None:
    """Show where two packs differ, row by row."""
    from ultrarare.app.guidance import diff_packs

    listing = diff_packs(a, b)
    if json:
        print_json(listing.rows)
    else:
        typer.echo(listing.text)


@app.command("compare")
def compare(
    a: Annotated[Path, typer.Argument(help="Case folder, dossier or assessment.json.")],
    b: Annotated[Path, typer.Argument(help="Another.")],
    guidance: Guidance = None,
    json: JsonFlag = False,
) -> None:
    """Show where two cases were judged otherwise, and what differs between them there."""
    from ultrarare.app.consistency import compare_cases

    print_report(compare_cases(a, b, guidance=guidance, progress=progress), json=json)


@app.command("impact")
def impact(
    folder: Annotated[Path, typer.Argument(help="Folder that holds case folders.")],
    old: Annotated[str, typer.Option("--from", help="Pack the cases were judged by.")],
    new: Annotated[str, typer.Option("--to", help="Pack that arrives: an id or a file.")],
    json: JsonFlag = False,
) -> None:
    """List the cases of a folder whose verdicts turn on a new document or version.

    Exit status: 0 done; 3 a case could not be judged (it is named).
    """
    from ultrarare.app.impact import impact

    report = impact(folder, a=old, b=new, progress=progress)
    print_report(report, json=json)
    if report.failed:
        raise typer.Exit(3)


@app.command("check")
def check(
    pack: Annotated[Path, typer.Argument(help="Pack file.")],
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print examples for verdicts that have none.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Check a pack: its rows, its examples, and the verdicts that each row can take.

    Exit status: 0 nothing is wanting; 1 something is.
    """
    from ultrarare.app.guidance import check_pack

    report = check_pack(pack, suggest=suggest)
    print_report(report, json=json)
    if not report.sound:
        raise typer.Exit(1)


@app.command("routes")
def routes(
    case: Annotated[Path, typer.Argument(help="Case folder.")],
    profile: Annotated[
        str | None,
        typer.Option(help="Reading of the scope: draft, nejm or narrow; all if not given."),
    ] = None,
    surrogates: Annotated[
        Path | None, typer.Option(help="The agency's list of surrogate endpoints, as CSV.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show which ways are open to a case: yes, no or undecided, each with its conditions."""
    from ultrarare.app.routes import routes_of

    found = routes_of(case, profile=profile, surrogates=surrogates, progress=progress)
    if json:
        print_json(found.to_json())
    else:
        typer.echo(found.summary())


@app.command("surrogates")
def surrogates(
    table: Annotated[
        Path, typer.Argument(help="The agency's list of surrogate endpoints, as CSV.")
    ],
    case: Annotated[
        Path | None, typer.Argument(help="Case folder, to look for its endpoints.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Read the agency's list of surrogate endpoints, and which rows may concern a case's plan."""
    from ultrarare.app.routes import surrogates_of

    found = surrogates_of(table, case)
    if json:
        print_json(found.to_json())
    else:
        typer.echo(found.summary())
