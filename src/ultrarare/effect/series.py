"""The patient's own course: measurements split at the first dose, on the cohort's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.amount import Amount, Censoring
from ultrarare.case.case import Case
from ultrarare.case.dataset import CourseSeries
from ultrarare.case.moment import Moment
from ultrarare.case.table import Column, read_table
from ultrarare.errors import InputErrors, NotComputable, Problem
from ultrarare.history.age import age


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measurement of the patient; `age` in the unit of the comparison."""

    when: Moment
    age: float
    amount: Amount

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Between which numbers the value lies; None where it has no limit.

        Below an assay's limit it lies between zero and the limit, as amounts do.
        """
        low, high = self.amount.low, self.amount.high
        if low is None and high is not None and high >= 0:
            return 0.0, high
        return low, high

    @property
    def known_end(self) -> float:
        """A number that the value may have: its lower end, or the upper where it has none."""
        low, high = self.ends
        return low if low is not None else high if high is not None else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The course before and after the first dose."""

    before: tuple[Measurement, ...]
    after: tuple[Measurement, ...]
    on_the_day: int

    @property
    def below_limit(self) -> int:
        """How many values are known only to lie below an assay limit."""
        return self._how_many(Censoring.LEFT)

    @property
    def above_limit(self) -> int:
        """How many values are known only to lie above an assay limit."""
        return self._how_many(Censoring.RIGHT)

    @property
    def ranges(self) -> int:
        """How many values are known only as a range."""
        return self._how_many(Censoring.INTERVAL)

    def _how_many(self, censoring: Censoring) -> int:
        return sum(m.amount.censoring is censoring for m in (*self.before, *self.after))


def read_series(inputs: Inputs, series: CourseSeries, *, unit: str) -> tuple[Measurement, ...]:
    """The patient's measurements in order of time.

    Raises:
        InputErrors: see `read_table`; also a time on another clock than the case's or before birth,
            two values at one time, or a value below the assay floor that is written as if it were
            exact.
        NotComputable: ages are not known.
    """
    columns = (Column("time", Moment.parse), Column("value", Amount.parse))
    rows = read_table(inputs.path(series.file), columns, name=series.file)
    problems = []
    seen: set[float] = set()
    for row in rows:
        when, amount = row["time"], row["value"]
        where = f"{series.file}:{row.line}"
        problems += _row_problems(when, amount, series, inputs.case, where)
        if when.first in seen:
            problems.append(Problem(where, f"time {when.text!r} has two values; allowed is one"))
        seen.add(when.first)
    if problems:
        raise InputErrors(problems, where=series.file)
    found = [
        Measurement(
            when=row["time"], age=age(row["time"], inputs.case, unit=unit), amount=row["value"]
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda item: item.age))


def _row_problems(
    when: Moment, amount: Amount, series: CourseSeries, case: Case, where: str
) -> list[Problem]:
    problems = []
    if when.clock is not case.clock:
        text = f"found {when.text!r}, a {when.clock}; this case's clock is: {case.clock}"
        problems.append(Problem(where, text))
    born = case.patient.born
    if born is not None and when.clock is born.clock and when.first < born.first:
        text = f"found {when.text!r}, before birth on {born.text}: a negative age"
        problems.append(Problem(where, text, "correct the time, or patient.born"))
    if when.is_span or when.last is None:
        problems.append(Problem(where, f"found {when.text!r}; a measurement has one day"))
    floor, exact = series.assay_floor, amount.exact
    if floor is not None and exact is not None and exact < floor:
        problems.append(
            Problem(
                where,
                f"found {amount.text}, below the declared assay floor {floor:g}",
                f"write <{floor:g}, or correct the floor",
            )
        )
    return problems


def split_at_first_dose(measurements: Sequence[Measurement], first_dose: Moment | None) -> Split:
    """Before and after the first dose; a value on the dosing day counts as before.

    Raises:
        NotComputable: no dose is recorded, or nothing lies on one of its sides.
    """
    if first_dose is None:
        raise NotComputable(
            "no dose is recorded, so there is no before and after",
            remedy="Record the doses in the timeline.",
        )
    before = tuple(m for m in measurements if m.when.first <= first_dose.first)
    after = tuple(m for m in measurements if m.when.first > first_dose.first)
    if not before:
        raise NotComputable(
            "no measurement was taken before the first dose",
            remedy="Add the measurements taken before dosing; two or more, not picked as bad.",
        )
    if not after:
        raise NotComputable(
            "no measurement was taken after the first dose",
            remedy="Add measurements after dosing.",
        )
    on_the_day = sum(m.when.first == first_dose.first for m in before)
    return Split(before=before, after=after, on_the_day=on_the_day)
