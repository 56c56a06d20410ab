"""`programme extend`, `programme eligible` and `programme amend`: many variants, one protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.output import JsonFlag, print_report

app = typer.Typer(no_args_is_help=True, help="Many variants under one protocol.")


@app.command("extend")
def extend(
    programme: Annotated[Path, typer.Argument(help="Programme file (YAML).")],
    reference: Annotated[str, typer.Option(help="Product that is compared with, by its id.")],
    new: Annotated[str, typer.Option(help="Product that is asked about, by its id.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder that receives page, JSON and tables.")
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit with status 1 while a gap is open.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Say what a further product can take over, from which record, and what is missing."""
    from ultrarare.app.programme.extension import extend_programme

    report = extend_programme(programme, reference=reference, new=new, out=out)
    print_report(report, json=json)
    if gate and report.extension.gaps:
        raise typer.Exit(1)


@app.command("eligible")
def eligible(
    criteria: Annotated[Path, typer.Argument(help="Eligibility file (YAML).")],
    patients: Annotated[Path, typer.Argument(help="Patients (YAML or CSV).")],
    out: Annotated[Path | None, typer.Option(help="Folder that receives page and JSON.")] = None,
    json: JsonFlag = False,
) -> None:
    """Hold patients against criteria, with a trace for each criterion."""
    from ultrarare.app.programme.eligibility import eligibility_of

    print_report(eligibility_of(criteria, patients, out=out), json=json)


@app.command("amend")
def amend(
    old: Annotated[Path, typer.Argument(help="Eligibility file of the earlier version.")],
    new: Annotated[Path, typer.Argument(help="Eligibility file of the later version.")],
    patients: Annotated[
        Path | None, typer.Option(help="Patients (YAML or CSV): whose answer turns.")
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit with status 1 where something is flagged.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show what an amendment changes, and flag what it changes in estimand or control."""
    from ultrarare.app.programme.amendment import amend as compare

    report = compare(old, new, patients=patients)
    print_report(report, json=json)
    if gate and report.is_flagged:
        raise typer.Exit(1)
