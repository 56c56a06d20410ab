"""`plan lock` and `plan show`: fixing a plan before dosing, and telling whether it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_json

app = typer.Typer(no_args_is_help=True, help="The plan and its lock.")


@app.command("lock")
def lock(
    folder: Annotated[Path, typer.Argument(help="Case folder.")],
    name: Annotated[str, typer.Option(help="Who locks the plan and answers for it.")],
    day_of_life: Annotated[
        str | None, typer.Option(help="The patient's age today, where the case has no dates.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Lock a changed plan anew; the old lock is kept.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Write plan.lock: digest (sha256 over RFC 8785 JSON), time and name."""
    from ultrarare.app.plan import lock_plan

    state = lock_plan(
        folder, name=name, now=datetime.now(UTC), day_of_life=day_of_life, replace=replace
    )
    if json:
        print_json(state.to_json())
    else:
        typer.echo(state.summary())


@app.command("show")
def show(
    folder: Annotated[Path, typer.Argument(help="Case folder.")],
    json: JsonFlag = False,
) -> None:
    """Print the plan's analyses and whether they were locked before the first dose."""
    from ultrarare.app.plan import show_plan

    state = show_plan(folder)
    if json:
        print_json(state.to_json())
    else:
        typer.echo(state.summary())
