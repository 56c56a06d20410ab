"""`package documents`: editable documents, made anew without losing what people wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ultrarare.cli.assess import Guidance
from ultrarare.cli.output import JsonFlag, print_report, progress
from ultrarare.guidance.meeting import Meeting


def documents(
    case: Annotated[Path, typer.Argument(help="Case folder.")],
    out: Annotated[Path, typer.Option(help="Folder that receives dossier and documents.")],
    document: Annotated[
        list[str] | None,
        typer.Option(
            help="meeting-package, briefing-book, protocol, analysis-plan, consent-checklist, "
            "payer-summary, family-summary, or a template's file; all if not given."
        ),
    ] = None,
    work: Annotated[Path | None, typer.Option(help="Work file, for the critical path.")] = None,
    meeting: Annotated[
        Meeting, typer.Option(help="Kind of meeting that the questions are for.")
    ] = Meeting.PRE_IND,
    row: Annotated[
        list[str] | None,
        typer.Option(help="Requirement to ask about, in place of the most pressing; repeatable."),
    ] = None,
    guidance: Guidance = None,
    json: JsonFlag = False,
) -> None:
    """Write meeting package, protocol, plan, checklists and summaries as .docx and .pdf.

    Made over an earlier .docx, what people wrote stays and what changed is marked.
    """
    from ultrarare.app.papers import write_papers

    report = write_papers(
        case, out, documents=document, work=work, meeting=meeting, rows=row or (),
        guidance=guidance, progress=progress,
    )  # fmt: skip
    print_report(report, json=json)
