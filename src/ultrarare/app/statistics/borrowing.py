"""Borrowing from earlier untreated groups, from tables of summaries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ultrarare.app.statistics.report import Report

if TYPE_CHECKING:
    from ultrarare.effect.borrowed_comparison import BorrowOptions
    from ultrarare.effect.borrowing_groups import EndpointKind
    from ultrarare.effect.target_trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowSources:
    """Where the groups are; `sd` is that of one person's value, for means."""

    history: Path
    treated: Path
    control: Path | None = None
    trial: Path | None = None
    sd: float | None = None


def borrow_from_tables(
    sources: BorrowSources, kind: EndpointKind, options: BorrowOptions
) -> Report:
    """Compare treated people with a control that borrows.

    Args:
        sources: CSV or YAML; see `read_groups`.
        kind: of endpoint.
        options: how; fixed before outcomes are seen.

    Raises:
        InputErrors: a table is wrong.
        InputError: an option is out of its range.
        NotComputable: the data cannot answer.
    """
    from ultrarare.effect.borrowed_comparison import compare_by_borrowing
    from ultrarare.effect.borrowing_groups import on_one_footing, read_groups
    from ultrarare.effect.target_trial import read_trial

    trial: Trial = {}
    if sources.trial is not None:
        trial = read_trial(sources.trial, name=sources.trial.name)
    control = None
    if sources.control is not None:
        control = read_groups(sources.control, kind, name=sources.control.name)
    groups = on_one_footing(
        kind,
        read_groups(sources.history, kind, name=sources.history.name),
        read_groups(sources.treated, kind, name=sources.treated.name),
        control,
        sd=sources.sd,
    )
    return compare_by_borrowing(kind, groups, options, trial)
