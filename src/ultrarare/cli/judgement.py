"""`judgement`: decisions of people on a case, as a log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ultrarare.cli.assess import Guidance
from ultrarare.cli.output import JsonFlag, print_json, progress

if TYPE_CHECKING:
    from datetime import date

app = typer.Typer(
    no_args_is_help=True,
    help="Decisions of people: judgements with a second person's review, and advice of agencies.",
)

Case = Annotated[Path, typer.Argument(help="Case folder.")]
Pack = Annotated[str, typer.Option("--guidance", help="Pack id.")]
Row = Annotated[str, typer.Option("--requirement", help="Row id, such as RP-01.")]
By = Annotated[str, typer.Option(help="Name and role of the person who decides.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Interests = Annotated[
    str, typer.Option(help="What the person has at stake; `none` if nothing. It must be said.")
]
On = Annotated[str | None, typer.Option(help="Day, such as 2026-03-01; today if not given.")]
Of = Annotated[str, typer.Option("--judgement", help="Id of the judgement.")]
Word = Literal[
    "supported", "partly supported", "contradicted", "missing", "not yet due", "not applicable",
    "needs judgement",
]  # fmt: skip


def _today() -> date:
    return datetime.now(UTC).date()


def _tell(value: Any, text: str, *, json: bool) -> None:
    if json:
        print_json(value.model_dump(mode="json"))
    else:
        typer.echo(text)


@app.command("show")
def show(case: Case, guidance: Guidance = None, json: JsonFlag = False) -> None:
    """Show the rows that wait for people, and how each decision stands."""
    from ultrarare.app.judgements import show_decisions

    found = show_decisions(case, guidance=guidance, progress=progress)
    if json:
        print_json(found.to_json())
    else:
        typer.echo(found.summary())


@app.command("add")
def add(
    case: Case,
    guidance: Pack,
    requirement: Row,
    verdict: Annotated[Word, typer.Option(help="What the person holds.")],
    by: By,
    reason: Reason,
    interests: Interests,
    on: On = None,
    id: Annotated[str | None, typer.Option("--id", help="Id; made if not given.")] = None,  # noqa: A002
    json: JsonFlag = False,
) -> None:
    """Add a judgement on what the case shows now; it is seen to be stale when that changes."""
    from ultrarare.app.judgements import add_judgement

    fields = {
        "id": id, "guidance": guidance, "requirement": requirement, "verdict": verdict,
        "by": by, "on": on, "reason": reason, "interests": interests,
    }  # fmt: skip
    made = add_judgement(case, fields, today=_today(), progress=progress)
    _tell(
        made,
        f"{made.id}: {made.verdict} on {made.requirement} by {made.by}. A second person reviews "
        f"it with `ultrarare judgement review {case} --judgement {made.id}`.",
        json=json,
    )


@app.command("review")
def review(
    case: Case,
    judgement: Of,
    outcome: Annotated[Literal["agrees", "disagrees"], typer.Option(help="What is held of it.")],
    by: By,
    reason: Reason,
    interests: Interests,
    on: On = None,
    json: JsonFlag = False,
) -> None:
    """Add a second person's review; the one who made a judgement does not review it."""
    from ultrarare.app.judgements import add_review

    fields = {
        "judgement": judgement, "by": by, "on": on, "outcome": outcome, "reason": reason,
        "interests": interests,
    }  # fmt: skip
    made = add_review(case, fields, today=_today())
    _tell(made, f"{made.by} {made.outcome} with {made.judgement}.", json=json)


@app.command("revoke")
def revoke(
    case: Case,
    judgement: Of,
    by: By,
    reason: Reason,
    on: On = None,
    json: JsonFlag = False,
) -> None:
    """Take a judgement back; it stays in the log and is shown as revoked."""
    from ultrarare.app.judgements import revoke as take_back

    fields = {"judgement": judgement, "by": by, "on": on, "reason": reason}
    made = take_back(case, fields, today=_today())
    _tell(made, f"{made.judgement} is revoked by {made.by}.", json=json)


@app.command("advise")
def advise(
    case: Case,
    guidance: Pack,
    requirement: Row,
    agency: Annotated[str, typer.Option(help="Agency and office.")],
    on: Annotated[str, typer.Option(help="Day of the advice.")],
    meeting: Annotated[str, typer.Option(help="Meeting or letter, such as pre-IND.")],
    effect: Annotated[
        Literal["confirms", "waives", "replaces"],
        typer.Option(help="What it does to the row for this case."),
    ],
    advice: Annotated[str, typer.Option(help="What was advised, in your words.")],
    source: Annotated[str, typer.Option(help="Where it is written, with page or item.")],
    recorded_by: Annotated[str, typer.Option(help="Who writes this entry.")],
    asks: Annotated[
        str | None, typer.Option(help="With `replaces`: what is asked in its place.")
    ] = None,
    file: Annotated[
        str | None, typer.Option(help="Letter or minutes, as a path in the case folder.")
    ] = None,
    supersedes: Annotated[
        str | None, typer.Option(help="Id of earlier advice on the row that this one replaces.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Enter advice of an agency on one row: it overrides the row for this case, visibly.

    Evidence against is never taken away by advice; a row that fails closed is waived only with
    the letter or the minutes in the case folder.
    """
    from ultrarare.app.judgements import add_advice

    fields = {
        "guidance": guidance, "requirement": requirement, "agency": agency, "on": on,
        "meeting": meeting, "effect": effect, "advice": advice, "asks": asks, "source": source,
        "file": file, "recorded_by": recorded_by, "supersedes": supersedes,
    }  # fmt: skip
    made = add_advice(case, fields)
    _tell(made, f"{made.id}: {made.agency} {made.effect} {made.requirement}.", json=json)
