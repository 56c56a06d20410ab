"""`next`: what is missing, what comes next, and what to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.assess import Guidance
from ultrarare.cli.output import JsonFlag, print_report, progress
from ultrarare.guidance.meeting import Meeting


def next_steps(
    case: Annotated[Path, typer.Argument(help="Case folder.")],
    work: Annotated[
        Path | None,
        typer.Option(help="Work file: tasks with durations, what they wait for and give."),
    ] = None,
    meeting: Annotated[
        Meeting, typer.Option(help="Kind of meeting that questions are made for.")
    ] = Meeting.PRE_IND,
    row: Annotated[
        list[str] | None,
        typer.Option(help="Requirement to ask about, in place of the most pressing; repeatable."),
    ] = None,
    guidance: Guidance = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder that receives next.html and next.json.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Say what is open by phase, which work is critical, and what to ask the agency."""
    from ultrarare.app.next_steps import next_files, next_steps

    steps = next_steps(
        case, work=work, meeting=meeting, rows=row or (), guidance=guidance, progress=progress
    )
    if out is not None:
        from ultrarare.dossier.write import write

        write(out, next_files(steps))
    print_report(steps, json=json)
