"""`effect episodes`: one patient's episodes after dosing against untreated people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report

_Layer = Literal["gamma-poisson", "state", "empirical"]


def episodes(
    history: Annotated[Path, typer.Option(help="CSV of untreated people: person,time[,type].")],
    history_follow_up: Annotated[Path, typer.Option(help="CSV: person,start,stop[,group].")],
    patient: Annotated[Path, typer.Option(help="CSV of the patient's events: [person,]time.")],
    dosed_at: Annotated[float, number("Time of the first dose.")],
    observed: Annotated[str | None, typer.Option(help="START,STOP of the patient.")] = None,
    patient_follow_up: Annotated[
        Path | None, typer.Option(help="CSV: start,stop, where observation has gaps.")
    ] = None,
    entry_at_least: Annotated[int | None, typer.Option(help="Entry: so many events …")] = None,
    entry_window: Annotated[float | None, number("… in so much time before.")] = None,
    planned_layer: Annotated[
        _Layer | None, typer.Option(help="Report this p value, not the largest.")
    ] = None,
    states: Annotated[int, typer.Option(help="States of the disease, 2 to 4.")] = 2,
    heterogeneity: Annotated[
        bool, typer.Option("--heterogeneity", help="People's rates differ by a constant factor.")
    ] = False,
    level: Annotated[float, number("Coverage of the intervals.")] = 0.95,
    alpha: Annotated[float, number("One-sided level that caveats refer to.")] = 0.05,
    group: Annotated[str | None, typer.Option(help="Untreated group in the follow-up.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", help="Count these only.")] = None,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Compare episodes after dosing with constant rates, states, and untreated people ranked."""
    given = {name: value for name, value in locals().items() if name != "json"}
    from ultrarare.app.statistics.episodes import compare_episode_tables

    print_report(compare_episode_tables(**given), json=json)
