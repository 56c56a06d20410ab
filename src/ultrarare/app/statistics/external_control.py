"""A few treated people against external controls, from two tables or two published summaries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ultrarare.app.statistics.report import Report
from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.effect.external_comparison import Options
    from ultrarare.effect.target_trial import Trial

_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the two arms are, and which columns hold what."""

    treated: Path
    control: Path
    outcome: str | None = None
    covariates: tuple[str, ...] = ()
    exact: str | None = None
    time: str | None = None
    event: str | None = None
    visits: Path | None = None
    trial: Path | None = None
    landmark: float | None = None


def compare_with_controls(sources: Sources, options: Options) -> Report:
    """Compare two arms.

    Args:
        sources: two CSV tables with one row a person, or two YAML summaries.
        options: how; `method` is named before outcomes are seen.

    Raises:
        InputErrors: a table, summary or trial is wrong.
        InputError: a table beside a summary, or an outcome beside a time.
        NotComputable: the data cannot answer.
    """
    from ultrarare.effect.target_trial import read_trial

    trial: Trial = {}
    if sources.trial is not None:
        trial = read_trial(sources.trial, name=sources.trial.name)
    published = [path.suffix.lower() in _YAML for path in (sources.treated, sources.control)]
    if any(published) and not all(published):
        raise InputError(
            "one arm is a published summary and the other a table; allowed are two of one kind",
            where="treated",
            remedy="summarise the table as mean, sd and n in YAML",
        )
    if all(published):
        return _summaries(sources, options, trial)
    return _tables(sources, options, trial)


def _summaries(sources: Sources, options: Options, trial: Trial) -> Report:
    from ultrarare.effect.published_summaries import compare_summaries, read_summary

    return compare_summaries(
        read_summary(sources.treated, name=sources.treated.name),
        read_summary(sources.control, name=sources.control.name),
        improves=options.improves,
        level=options.level,
        trial=trial,
    )


def _tables(sources: Sources, options: Options, trial: Trial) -> Report:
    from ultrarare.effect.external_comparison import compare_arms
    from ultrarare.effect.external_control_table import (
        ArmColumns,
        aligned,
        read_arms,
        with_trajectories,
    )

    if (sources.time is None) != (sources.event is None):
        raise InputError("a time and its event flag go together", where="time")
    if sources.outcome is not None and sources.time is not None:
        raise InputError("allowed is an outcome, or a time with its event flag", where="outcome")
    arms = read_arms(
        sources.treated,
        sources.control,
        ArmColumns(
            outcome=sources.time or sources.outcome or "outcome",
            covariates=sources.covariates,
            exact=sources.exact,
            event=sources.event,
        ),
        treated_name=sources.treated.name,
        control_name=sources.control.name,
    )
    if sources.visits is not None:
        arms = with_trajectories(arms, sources.visits, name=sources.visits.name)
    return compare_arms(aligned(arms, landmark=sources.landmark), options, trial)
