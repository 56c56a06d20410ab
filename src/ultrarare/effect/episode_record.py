"""The patient's own episodes and the time in which they were looked for."""

from __future__ import annotations

from pathlib import Path

from ultrarare.case.dataset import CourseEpisodes
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.table import Column, read_table, repeated_rows
from ultrarare.errors import InputError, InputErrors, Problem


def read_patient_episodes(
    path: Path, dataset: CourseEpisodes, *, clock: Clock
) -> tuple[Moment, ...]:
    """When the patient had episodes, in order.

    Raises:
        InputErrors: see `read_table`; also a row that stands twice, and an episode outside
            the observed span or on another clock.
    """
    columns = (
        Column("time", Moment.parse),
        Column("severity", str, required=False, may_be_empty=True),
        Column("number", str, required=False, may_be_empty=True),
    )
    rows = read_table(path, columns, name=dataset.file, rows_needed=False)
    first, last = observed_span(dataset, clock=clock)
    problems = list(
        repeated_rows(rows, dataset.file, way="tell two of one day apart in a column `number`")
    )
    for row in rows:
        when, where = row["time"], f"{dataset.file}:{row.line}"
        if when.clock is not clock:
            text = f"found {when.text!r}, a {when.clock}; this case's clock is: {clock}"
            problems.append(Problem(where, text))
        elif not first.first <= when.middle <= last.middle:
            text = f"{when} lies outside the observed span, {first} to {last}"
            problems.append(Problem(where, text, "correct `observed`, or take the episode out"))
    if problems:
        raise InputErrors(problems, where=dataset.file)
    return tuple(sorted((row["time"] for row in rows), key=lambda when: when.middle))


def observed_span(dataset: CourseEpisodes, *, clock: Clock) -> tuple[Moment, Moment]:
    """First and last moment under observation.

    Raises:
        InputError: a bound cannot be read, is on another clock, or the two are in wrong order.
    """
    where = f"dataset {dataset.id}, observed"
    try:
        first, last = (Moment.parse(bound) for bound in dataset.observed)
    except ValueError as error:
        raise InputError(str(error), where=where) from None
    if first.clock is not clock or last.clock is not clock:
        raise InputError(f"found {first} and {last}; this case's clock is: {clock}", where=where)
    if last.first <= first.first:
        raise InputError(f"found {first} to {last}, which is no span", where=where)
    return first, last
