"""A table of one patient's phases, and the numbers of its least favourable reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ultrarare.case.amount import Amount
from ultrarare.case.table import Column, number, read_table
from ultrarare.errors import InputErrors, NotComputable, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow:
    """One measurement under one phase."""

    phase: str
    time: float
    amount: Amount


def read_phases(path: Path, *, name: str) -> tuple[PhaseRow, ...]:
    """The rows of `phase,time,value`, in order of time.

    Raises:
        InputErrors: see `read_table`; also two values at one time.
    """
    columns = (Column("phase", str), Column("time", number), Column("value", Amount.parse))
    rows = read_table(path, columns, name=name)
    first: dict[float, int] = {}
    problems = [
        Problem(
            f"{name}:{row.line}",
            f"time {row['time']:g} stands in line {first[row['time']]} too; allowed is one value",
            "average repeats of one time, or give each its own",
        )
        for row in rows
        if first.setdefault(row["time"], row.line) != row.line
    ]
    if problems:
        raise InputErrors(problems, where=name)
    found = [PhaseRow(phase=r["phase"], time=r["time"], amount=r["value"]) for r in rows]
    return tuple(sorted(found, key=lambda row: row.time))


def least_favourable(
    amounts: Sequence[Amount], treated: Sequence[bool], direction: Literal["lower", "higher"]
) -> tuple[list[float], tuple[str, ...]]:
    """Every value as a number, and a caveat where one of them is not exact.

    A value known only to lie below a limit, above one or in a range stands at the end that makes
    the baseline look better and treatment worse.

    Raises:
        NotComputable: a value has no end on that side.
    """
    values, inexact = [], 0
    for amount, is_treated in zip(amounts, treated, strict=True):
        if amount.exact is not None:
            values.append(amount.exact)
            continue
        inexact += 1
        low = amount.low
        if low is None and amount.high is not None and amount.high >= 0:
            low = 0.0  # below an assay's limit lies between zero and the limit
        end = low if is_treated == (direction == "higher") else amount.high
        if end is None:
            raise NotComputable(
                f"the value {amount} has no limit on the side that matters",
                remedy="Measure the sample diluted, or leave the series out and say so.",
            )
        values.append(end)
    if not inexact:
        return values, ()
    return values, (
        f"{inexact} values are not exact (below or above an assay's limit, or a range); each "
        "stands at the end that favours benefit least",
    )
