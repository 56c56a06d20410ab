"""Two arms from two tables, one row a person, ready to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ultrarare.case.table import Column, Row, flag, not_negative, number, read_table
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.external.alignment import Alignment

_CLOCK = ("eligible", "index", "exit")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmColumns:
    """Which columns hold what. With `event` the outcome is a time from index."""

    outcome: str
    covariates: tuple[str, ...] = ()
    exact: str | None = None
    event: str | None = None

    def columns(self) -> tuple[Column, ...]:
        """The columns to read; `eligible`, `index` and `exit` are read where they stand."""
        measured = not_negative if self.event is not None else number
        found = [Column("person", str), Column(self.outcome, measured, may_be_empty=True)]
        found += [Column(name, number, may_be_empty=True) for name in self.covariates]
        if self.exact is not None:
            found.append(Column(self.exact, str, may_be_empty=True))
        if self.event is not None:
            found.append(Column(self.event, flag, may_be_empty=True))
        found += [Column(name, number, required=False, may_be_empty=True) for name in _CLOCK]
        names = [column.name for column in found]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(
                f"column {', '.join(twice)} is given two roles; allowed is one for each",
                where="columns",
            )
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPerson:
    """One person of an arm; what is None was not known."""

    person: str
    treated: bool
    outcome: float | None
    covariates: tuple[float | None, ...]
    exact: str | None
    event: bool | None
    clock: tuple[float | None, float | None, float | None]  # eligible, index, exit

    def complete(self, columns: ArmColumns) -> bool:
        """Whether everything known at time zero is there."""
        there = all(value is not None for value in self.covariates)
        return there and (columns.exact is None or self.exact is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Both arms, with what was left out on the way."""

    columns: ArmColumns
    people: tuple[ArmPerson, ...]
    left_out: tuple[str, ...]  # sentences
    alignment: Alignment | None = None

    def names(self) -> tuple[str, ...]:
        """Who, in order."""
        return tuple(person.person for person in self.people)


def read_arms(
    treated: Path,
    control: Path,
    columns: ArmColumns,
    *,
    treated_name: str,
    control_name: str,
) -> Arms:
    """Read both tables and check them together.

    Raises:
        InputErrors: see `read_table`; also a person twice, or in both arms, or an outcome without
            its event flag.
    """
    wanted = columns.columns()
    own, other = _read_both((treated, treated_name), (control, control_name), wanted)
    problems = [
        *_twice(own, treated_name),
        *_twice(other, control_name),
        *_both(own, other, control_name, treated_name),
        *_no_flag(own, columns, treated_name),
        *_no_flag(other, columns, control_name),
    ]
    if problems:
        raise InputErrors.of_files(problems)
    people = [_person(row, columns, treated=True) for row in own]
    people += [_person(row, columns, treated=False) for row in other]
    return _complete(Arms(columns=columns, people=tuple(people), left_out=()))


def read_arm(path: Path, columns: ArmColumns, *, name: str) -> None:
    """Check one table alone, where the other arm is not there yet.

    Raises:
        InputErrors: as `read_arms`, but for what concerns both arms.
    """
    rows = read_table(path, columns.columns(), name=name, extra=True)
    if problems := [*_twice(rows, name), *_no_flag(rows, columns, name)]:
        raise InputErrors(problems, where=name)


def _read_both(
    first: tuple[Path, str], second: tuple[Path, str], columns: Sequence[Column]
) -> list[tuple[Row, ...]]:
    """Both tables; what is wrong with either is told at once."""
    read: list[tuple[Row, ...]] = []
    problems: list[Problem] = []
    for path, name in (first, second):
        try:
            read.append(read_table(path, columns, name=name, extra=True))
        except InputErrors as error:
            problems += error.problems
    if problems:
        raise InputErrors.of_files(problems)
    return read


def _twice(rows: Sequence[Row], name: str) -> list[Problem]:
    seen = Counter(row["person"] for row in rows)
    return [
        Problem(
            f"{name}:{row.line}",
            f"person {row['person']!r} stands {seen[row['person']]} times; allowed is once",
        )
        for row in rows
        if seen[row["person"]] > 1
    ]


def _both(own: Sequence[Row], other: Sequence[Row], name: str, beside: str) -> list[Problem]:
    lines = {row["person"]: row.line for row in own}
    return [
        Problem(
            f"{name}:{row.line}",
            f"person {row['person']!r} is in both arms ({beside}:{lines[row['person']]})",
            "a person is compared with others here; own control compares with their own past",
        )
        for row in other
        if row["person"] in lines
    ]


def _no_flag(rows: Sequence[Row], columns: ArmColumns, name: str) -> list[Problem]:
    if columns.event is None:
        return []
    return [
        Problem(f"{name}:{row.line}", f"has a {columns.outcome} and no {columns.event}, or no time")
        for row in rows
        if (row[columns.outcome] is None) != (row[columns.event] is None)
    ]


def _person(row: Row, columns: ArmColumns, *, treated: bool) -> ArmPerson:
    eligible, index, end = (row.get(name) for name in _CLOCK)
    return ArmPerson(
        person=row["person"],
        treated=treated,
        outcome=row[columns.outcome],
        covariates=tuple(row[name] for name in columns.covariates),
        exact=None if columns.exact is None else row[columns.exact],
        event=None if columns.event is None else row[columns.event],
        clock=(eligible, index, end),
    )


def _complete(arms: Arms) -> Arms:
    """Without people whose covariates or class are not known; these are counted."""
    kept = tuple(p for p in arms.people if p.complete(arms.columns))
    gone = len(arms.people) - len(kept)
    if gone == 0:
        return arms
    own = sum(p.treated for p in arms.people) - sum(p.treated for p in kept)
    text = (
        f"{own} treated and {counted(gone - own, 'untreated person')} lack a covariate or class "
        "and are left "
        "out"
    )
    return replace(arms, people=kept, left_out=(*arms.left_out, text))


def with_trajectories(arms: Arms, visits: Path, *, name: str) -> Arms:
    """Arms with two covariates more, `level` and `slope`, from visits up to time zero.

    Args:
        arms: from `read_arms`.
        visits: CSV with `person,time,value`; time from index, negative before it.
        name: how problems name the file.

    Raises:
        InputErrors: see `read_table`.
        InputError: a visit after time zero, or of a person in no arm.
    """
    import numpy as np

    from ultrarare.stats.external.trajectory import trajectories

    columns = (Column("person", str), Column("time", number), Column("value", number))
    rows = read_table(visits, columns, name=name)
    found = trajectories(
        arms.names(),
        [row["person"] for row in rows],
        [row["time"] for row in rows],
        [row["value"] for row in rows],
    )
    people = tuple(
        replace(
            person,
            covariates=(
                *person.covariates,
                None if np.isnan(found.level[i]) else float(found.level[i]),
                None if np.isnan(found.slope[i]) else float(found.slope[i]),
            ),
        )
        for i, person in enumerate(arms.people)
    )
    wider = replace(arms.columns, covariates=(*arms.columns.covariates, "level", "slope"))
    return _complete(replace(arms, people=people, columns=wider))


def aligned(arms: Arms, *, landmark: float | None) -> Arms:
    """Arms with one rule for time zero; unchanged where the tables hold no clock.

    Raises:
        InputError: some people have `eligible`, `index` and `exit` and others do not, or a
            landmark was asked for without them.
        NotComputable: the treated were immortal from eligibility to index and no landmark is given.
    """
    import numpy as np

    from ultrarare.stats.external.alignment import align_index

    if not any(value is not None for person in arms.people for value in person.clock):
        if landmark is not None:
            raise InputError(
                "a landmark takes the columns eligible, index and exit in both tables",
                where="landmark",
            )
        return arms
    if bad := [p.person for p in arms.people if None in p.clock]:
        raise InputError(
            f"eligible, index or exit is missing for {', '.join(bad[:5])}; allowed are all three "
            "for everybody, or none",
            where="eligible",
        )
    clock = np.array([p.clock for p in arms.people], dtype=np.float64)
    found = align_index(
        [p.treated for p in arms.people], *(clock[:, j] for j in range(3)), landmark=landmark
    )
    if not found.aligned:
        raise NotComputable(
            f"{found.summary()}: time zero differs between the arms (immortal time)",
            remedy="Start both arms at a landmark after eligibility (--landmark), by which the "
            "treated were dosed; untreated people must have lived to it too.",
        )
    people = tuple(
        _from_landmark(p, float(found.index[i]), arms.columns, moved=landmark is not None)
        for i, p in enumerate(arms.people)
        if found.kept[i]
    )
    return replace(arms, people=people, alignment=found, left_out=_gone(arms, found))


def _from_landmark(
    person: ArmPerson, zero: float, columns: ArmColumns, *, moved: bool
) -> ArmPerson:
    """With `event` and a landmark, time runs from the landmark to `exit`."""
    end = person.clock[2]
    if columns.event is None or not moved or end is None or person.outcome is None:
        return person
    return replace(person, outcome=end - zero)


def _gone(arms: Arms, found: Alignment) -> tuple[str, ...]:
    out = [p.person for i, p in enumerate(arms.people) if not found.kept[i]]
    if not out:
        return arms.left_out
    text = (
        f"{counted(len(out), 'person', 'is')} left out because their follow-up ended before time "
        "zero or they "
        f"were dosed after it: {', '.join(out[:8])}{', …' if len(out) > 8 else ''}"
    )
    return (*arms.left_out, text)
