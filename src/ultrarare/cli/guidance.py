"""`guidance list`, `show` and `diff`: the packs as they are."""

from __future__ import annotations

from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_json

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
