"""`effect borrow`: treated people against a control that borrows from earlier groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import number
from ultrarare.cli.output import JsonFlag, print_report

Given = typer.Option
Method = Literal["robust-map", "map", "commensurate", "power", "normalised-power"]


def borrow(
    history: Annotated[Path, Given(help="CSV or YAML: group, then mean,n,sd,se or n,events or"
                                   " exposure,events.")],
    treated: Annotated[Path, Given(help="The same, one row: the treated people.")],
    endpoint: Annotated[Literal["normal", "binary", "count"], Given(help="What is summarised.")],
    direction: Annotated[
        Literal["lower", "higher"], Given(help="Which values are better; of events, how many.")
    ],
    control: Annotated[
        Path | None, Given(help="The same, one row: current untreated people.")
    ] = None,
    method: Annotated[Method, Given(help="The primary prior; all are shown.")] = "robust-map",
    weight: Annotated[
        float, number("Probability beforehand that the history does not apply.")
    ] = 0.2,
    tau_scale: Annotated[float | None, number("Scale of the spread between groups.")] = None,
    power: Annotated[float, number("Power of the fixed power prior, 0 to 1.")] = 0.5,
    sd: Annotated[float | None, number("Sd of one person's value, for means.")] = None,
    effect: Annotated[float | None, number("True effect at which power is shown.")] = None,
    trial: Annotated[Path | None, Given(help="Target trial, YAML (how-to: state a trial).")] = None,
    level: Annotated[float, number("Coverage of intervals.")] = 0.95,
    json: JsonFlag = False,
) -> None:  # fmt: skip
    """Compare with a control that borrows from earlier untreated groups, all priors shown."""
    from ultrarare.app.statistics.borrowing import BorrowSources, borrow_from_tables
    from ultrarare.effect.borrowed_comparison import BorrowOptions

    sources = BorrowSources(history=history, treated=treated, control=control, trial=trial, sd=sd)
    options = BorrowOptions(improves=direction, method=method, weight=weight, tau_scale=tau_scale,
                            power=power, level=level, effect=effect)  # fmt: skip
    print_report(borrow_from_tables(sources, endpoint, options), json=json)
