"""Regression to the mean from plain tables: visits of untreated people and of the treated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.case.amount import Amount
from ultrarare.case.table import Column, number, read_table
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem

if TYPE_CHECKING:
    from ultrarare.stats.regression_to_mean import (
        Entrant,
        EntryRule,
        RegressionJudgement,
        Untreated,
    )

_PATIENT = (
    Column("time", number),
    Column("value", Amount.parse),
    Column("person", str, required=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionReport:
    """The judgement, what was said about reading the tables, and the seed."""

    result: RegressionJudgement
    reading: tuple[str, ...]
    seed: int

    def summary(self) -> str:
        """The verdict, a line a route, then every caveat."""
        return "\n".join((self.result.summary(), *(f"- {text}" for text in self.reading)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        found = self.result.to_json()
        return {**found, "caveats": [*found["caveats"], *self.reading], "seed": self.seed}


def judge_regression_tables(
    *,
    patient: Path,
    dosed_at: float,
    rule: EntryRule,
    history: Path | None = None,
    summary: tuple[float, float, float, int] | None = None,
    alpha: float = 0.025,
    seed: int = 1,
) -> RegressionReport:
    """Read the tables and ask every route.

    Args:
        patient: CSV with `time,value[,person]`: one treated person or more.
        dosed_at: time of the first dose on the tables' clock; visits at it count as before.
        rule: how people entered.
        history: CSV with `person,time,value` of untreated people who were not selected.
        summary: mean, sd, reliability and number of untreated people, in place of `history`.
        alpha: one-sided level.
        seed: of permutations and simulated trials.

    Raises:
        InputErrors: a table is wrong.
        InputError: both or neither source of the untreated.
        NotComputable: nobody treated met the entry rule, or was seen on both sides of dosing.
    """
    import numpy as np

    from ultrarare.stats.regression_to_mean import judge_regression

    if (history is None) == (summary is None):
        raise InputError(
            "give the visits of untreated people, or their mean, sd, reliability and number",
            where="--history",
        )
    people, reading = _treated(patient, dosed_at, rule)
    result = judge_regression(
        rule,
        people,
        _untreated(history, summary),
        rng=np.random.default_rng(seed),
        alpha=alpha,
    )
    return RegressionReport(result=result, reading=reading, seed=seed)


def _untreated(
    history: Path | None, summary: tuple[float, float, float, int] | None
) -> Untreated | None:
    from ultrarare.history.cohort import read_visits
    from ultrarare.history.population import visit_columns
    from ultrarare.stats.regression_to_mean import untreated_from_summary, untreated_from_visits

    if summary is not None:
        return untreated_from_summary(*summary)
    if history is None:
        return None
    return untreated_from_visits(*visit_columns(read_visits(history, name=history.name)))


def _treated(path: Path, dosed_at: float, rule: EntryRule) -> tuple[list[Entrant], tuple[str, ...]]:
    """Everyone in the table who met the rule; the others are counted."""
    from ultrarare.effect.single_case_series import least_favourable
    from ultrarare.stats.regression_to_mean import entrant

    rows = read_table(path, _PATIENT, name=path.name)
    seen: dict[tuple[str, float], int] = {}
    problems = [
        Problem(f"{path.name}:{row.line}", f"time {row['time']:g} is given twice for one person")
        for row in rows
        if seen.setdefault((row.get("person") or "", row["time"]), row.line) != row.line
    ]
    if problems:
        raise InputErrors(problems, where=path.name)
    values, reading = least_favourable(
        [row["value"] for row in rows], [row["time"] > dosed_at for row in rows], rule.direction
    )
    people: dict[str, list[tuple[float, float]]] = {}
    for row, value in zip(rows, values, strict=True):
        people.setdefault(row.get("person") or "", []).append((row["time"], value))
    found, left_out = [], []
    for visits in people.values():
        before = [v for v in visits if v[0] <= dosed_at]
        after = [v for v in visits if v[0] > dosed_at]
        if not before or not after:
            left_out.append("was not seen on both sides of dosing")
            continue
        try:
            found.append(entrant(rule, *zip(*before, strict=True), *zip(*after, strict=True)))
        except NotComputable as error:
            left_out.append(error.problem)
    if not found:
        raise NotComputable(
            f"of {len(people)} treated people none can be judged; the first: {left_out[0]}",
            where=path.name,
            remedy="Give the rule by which they were in fact chosen, and visits on both sides.",
        )
    if left_out:
        reading += (f"{len(left_out)} treated people are left out; the first: {left_out[0]}",)
    return found, reading
