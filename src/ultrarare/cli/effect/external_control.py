"""`effect external-control`: a few treated people against untreated people from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ultrarare.cli.options import Seed, number
from ultrarare.cli.output import JsonFlag, print_report

Given = typer.Option
Method = Literal["matched", "rank", "odds", "overlap", "entropy", "aipw"]


def external_control(
    treated: Annotated[Path, Given(help="CSV, a row a person; or YAML, a published summary.")],
    control: Annotated[Path, Given(help="The untreated, in the same form.")],
    improves: Annotated[
        Literal["lower", "higher"] | None, Given(help="Which values are better.")
    ] = None,
    outcome: Annotated[
        str | None, Given(help="Column of the outcome; `outcome` where no time is given.")
    ] = None,
    covariates: Annotated[str, Given(help="Columns to adjust for: a,b,c.")] = "",
    exact: Annotated[str | None, Given(help="Column that must agree, such as class.")] = None,
    time: Annotated[str | None, Given(help="Column of time from index.")] = None,
    event: Annotated[str | None, Given(help="Column with 1 where the event was seen.")] = None,
    horizon: Annotated[float | None, number("End of the restricted mean time.")] = None,
    visits: Annotated[
        Path | None, Given(help="CSV person,time,value up to index (0): adds level and slope.")
    ] = None,
    trial: Annotated[Path | None, Given(help="Target trial, YAML (how-to: state a trial).")] = None,
    landmark: Annotated[float | None, number("Start this long after eligibility.")] = None,
    method: Annotated[
        Method | None,
        Given(
            help="The primary method; all are shown. By default matched, or rank if sets are few."
        ),
    ] = None,
    ratio: Annotated[int | None, Given(help="Matches for each treated person.")] = None,
    caliper: Annotated[float, number("Largest difference, in sd; 0 for none.", min=0)] = 1.0,
    level: Annotated[float, number("Coverage of intervals.")] = 0.95,
    seed: Seed = 1,
    json: JsonFlag = False,
) -> None:
    """Compare treated people with external controls, all methods side by side."""
    from ultrarare.app.statistics.external_control import Sources, compare_with_controls
    from ultrarare.effect.external_comparison import Options

    names = tuple(name.strip() for name in covariates.split(",") if name.strip())
    sources = Sources(treated=treated, control=control, outcome=outcome, covariates=names,
                      exact=exact, time=time, event=event, visits=visits, trial=trial,
                      landmark=landmark)  # fmt: skip
    options = Options(improves=improves, method=method, ratio=ratio, caliper=caliper or None,
                      level=level, horizon=horizon, seed=seed)  # fmt: skip
    print_report(compare_with_controls(sources, options), json=json)
