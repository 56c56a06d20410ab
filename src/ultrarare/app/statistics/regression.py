"""Regression to the mean from plain tables: visits of untreated people and of the treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.case.amount import Amount
from ultrarare.case.table import Column, number, read_table
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.history.records import Visit
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
    *(
        Column(name, str, required=False, may_be_empty=True)
        for name in ("unit", "measure", "assessor", "instrument", "group")
    ),
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
    measure: str | None = None,
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
        measure: which one, where the tables hold several.
        alpha: one-sided level.
        seed: of permutations and simulated trials.

    Raises:
        InputErrors: a table is wrong.
        InputError: both or neither source of the untreated, several measures, somebody on both
            sides, or another measure or unit than the untreated people's.
        NotComputable: nobody treated met the entry rule, or was seen on both sides of dosing.
    """
    import numpy as np

    from ultrarare.stats.regression_to_mean import judge_regression

    if (history is None) == (summary is None):
        raise InputError(
            "give the visits of untreated people, or their mean, sd, reliability and number",
            where="--history",
        )
    own = _visits(patient, measure)
    untreated = _untreated(history, summary, own, (patient.name, measure))
    people, reading = _treated(own, dosed_at, rule, patient.name)
    result = judge_regression(
        rule,
        people,
        untreated,
        rng=np.random.default_rng(seed),
        alpha=alpha,
    )
    return RegressionReport(result=result, reading=reading, seed=seed)


def _untreated(
    history: Path | None,
    summary: tuple[float, float, float, int] | None,
    own: Sequence[Visit],
    wanted: tuple[str, str | None],
) -> Untreated | None:
    """The untreated people, held against the treated ones' table (its name, and the measure)."""
    from ultrarare.history.apart import require_apart, require_one_scale
    from ultrarare.history.cohort import read_visits
    from ultrarare.history.course_visits import of_one_measure
    from ultrarare.history.population import visit_columns
    from ultrarare.stats.regression_to_mean import untreated_from_summary, untreated_from_visits

    if summary is not None:
        return untreated_from_summary(*summary)
    if history is None:
        return None
    name, measure = wanted
    visits = of_one_measure(read_visits(history, name=history.name), history.name, measure)
    require_apart(
        (visit.person or None for visit in own),
        (visit.person for visit in visits),
        where=history.name,
    )
    require_one_scale(own, visits, names=(name, history.name))
    return untreated_from_visits(*visit_columns(visits))


def _visits(path: Path, measure: str | None) -> tuple[Visit, ...]:
    """The treated people's visits of one measure; a table without names is of one person."""
    from ultrarare.history.course_visits import of_one_measure
    from ultrarare.history.records import Visit, midpoint

    rows = read_table(path, _PATIENT, name=path.name)
    seen: dict[tuple[str, str, float], int] = {}
    problems = []
    for row in rows:
        key = (row.get("person") or "", row.get("measure") or "", row["time"])
        if seen.setdefault(key, row.line) != row.line:
            text = f"time {row['time']:g} is given twice for one person"
            problems.append(Problem(f"{path.name}:{row.line}", text))
    if problems:
        raise InputErrors(problems, where=path.name)
    visits = [
        Visit(
            person=row.get("person") or "",
            time=row["time"],
            value=midpoint(row["value"]),
            amount=row["value"],
            unit=row.get("unit"),
            measure=row.get("measure"),
        )
        for row in rows
    ]
    return of_one_measure(visits, path.name, measure)


def _treated(
    visits: Sequence[Visit], dosed_at: float, rule: EntryRule, name: str
) -> tuple[list[Entrant], tuple[str, ...]]:
    """Everyone in the table who met the rule; the others are counted."""
    from ultrarare.effect.single_case_series import least_favourable
    from ultrarare.stats.regression_to_mean import entrant

    values, reading = least_favourable(
        [visit.amount for visit in visits if visit.amount is not None],
        [visit.time > dosed_at for visit in visits],
        rule.direction,
    )
    people: dict[str, list[tuple[float, float]]] = {}
    for visit, value in zip(visits, values, strict=True):
        people.setdefault(visit.person, []).append((visit.time, value))
    found, left_out = [], []
    for own in people.values():
        before = [v for v in own if v[0] <= dosed_at]
        after = [v for v in own if v[0] > dosed_at]
        if not before or not after:
            left_out.append("was not seen on both sides of dosing")
            continue
        try:
            found.append(entrant(rule, *zip(*before, strict=True), *zip(*after, strict=True)))
        except NotComputable as error:
            left_out.append(error.problem)
    if not found:
        raise NotComputable(
            f"of {counted(len(people), 'treated person')} none can be judged; the first: "
            f"{left_out[0]}",
            where=name,
            remedy="Give the rule by which they were in fact chosen, and visits on both sides.",
        )
    if left_out:
        reading += (
            f"{counted(len(left_out), 'treated person', 'is')} left out; the first: {left_out[0]}",
        )
    return found, reading
