"""Visits of untreated people as columns with bounds, for models that take censored values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ultrarare.analysis.declaration import Inputs
from ultrarare.case.dataset import CohortVisits
from ultrarare.errors import InputError
from ultrarare.history.cohort import read_visits
from ultrarare.history.cohort_reader import visits_of
from ultrarare.history.records import Visit

Columns = tuple[list[int], list[float], list[float], list[float]]


def read_course(path: Path, *, name: str, measure: str | None = None) -> tuple[Visit, ...]:
    """Visits of one measure, `person,time,value[,measure]`; values may be `<9` or `9–19`.

    Args:
        path: CSV or Parquet.
        name: how problems name it.
        measure: which one, where the table holds several.

    Raises:
        InputErrors: the table is wrong.
        InputError: several measures and none was named, or the named one is not there.
    """
    return of_one_measure(read_visits(path, name=name, censored=True), name, measure)


def of_one_measure(visits: Sequence[Visit], name: str, measure: str | None) -> tuple[Visit, ...]:
    """The visits of the named measure, or of the only one.

    Raises:
        InputError: several measures and none was named, or the named one is not there.
    """
    found = sorted({visit.measure for visit in visits if visit.measure is not None})
    if measure is None and len(found) > 1:
        raise InputError(
            f"holds {len(found)} measures: {', '.join(found)}; a course is of one",
            where=name,
            remedy="Name one.",
        )
    if measure is not None and measure not in found:
        raise InputError(
            f"found no measure {measure!r}; there are: {', '.join(found) or 'none named'}",
            where=name,
        )
    return tuple(visit for visit in visits if measure is None or visit.measure == measure)


def cohort_course(inputs: Inputs, cohort: CohortVisits) -> tuple[Visit, ...]:
    """The visits of a declared cohort: of its measure, where the table names measures.

    Raises:
        InputErrors: the table is wrong.
        InputError: the table holds several measures, and the cohort's is none of them.
    """
    visits = visits_of(inputs, cohort)
    named = cohort.measure if any(v.measure == cohort.measure for v in visits) else None
    return of_one_measure(visits, cohort.file, named)


def unit_of(visits: Sequence[Visit]) -> str | None:
    """UCUM code of their values; None where the table says none, or not one for all."""
    found = {visit.unit for visit in visits if visit.unit is not None}
    return found.pop() if len(found) == 1 else None


def course_columns(visits: Sequence[Visit]) -> Columns:
    """Whose, when, and the lowest and highest the value can be; people numbered as they are met."""
    numbers = {person: n for n, person in enumerate(dict.fromkeys(v.person for v in visits))}
    return (
        [numbers[visit.person] for visit in visits],
        [visit.time for visit in visits],
        [visit.bounds[0] for visit in visits],
        [visit.bounds[1] for visit in visits],
    )
