"""The entry point, and the only place where an error becomes text and a status."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ultrarare.cli import (
    assess,
    case,
    doctor,
    drugging,
    editing,
    effect,
    feasibility,
    guidance,
    history,
    judgement,
    package,
    plan,
    programme,
    reimbursement,
    signing,
    steps,
)
from ultrarare.errors import UltrarareError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help="From the case folder of a therapy made for one patient to a dossier that can be traced.",
    epilog="Exit status: 0 done; 1 open points, with --gate; 2 the input is wrong; "
    "3 cannot be computed.",
)


def _version(asked: bool) -> None:
    if asked:
        from ultrarare import __version__

        typer.echo(f"ultrarare {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _asked: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


app.command("new")(case.new)
app.command("check")(case.check)
app.command("schema")(case.schema)
app.command("assess")(assess.assess)
app.command("demo")(assess.demo)
app.command("next")(steps.next_steps)
app.command("feasibility")(feasibility.feasibility)
app.command("reimbursement")(reimbursement.reimbursement)
app.command("verify")(signing.verify)
app.command("doctor")(doctor.doctor)
app.add_typer(signing.app, name="sign")
app.add_typer(plan.app, name="plan")
app.add_typer(guidance.app, name="guidance")
app.add_typer(judgement.app, name="judgement")
app.add_typer(history.app, name="history")
app.add_typer(effect.app, name="effect")
app.add_typer(editing.app, name="editing")
app.add_typer(drugging.app, name="drugging")
app.add_typer(programme.app, name="programme")
app.add_typer(package.app, name="package")


def main() -> None:
    """Run a command; an error of ours becomes text and a status, a defect keeps its trace."""
    try:
        app()
    except UltrarareError as error:
        print(f"ultrarare: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"ultrarare: {place}{error.strerror or error}", file=sys.stderr)
        missing = isinstance(error, FileNotFoundError)
        way = "check the path" if missing else "choose a place that can be read and written"
        print(f"  {way}", file=sys.stderr)
        sys.exit(2)
