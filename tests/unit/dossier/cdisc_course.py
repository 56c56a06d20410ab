"""Small courses for tests of the mapping."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ultrarare.case.amount import Amount
from ultrarare.case.case import Case
from ultrarare.case.dataset import CourseSeries
from ultrarare.case.moment import Moment
from ultrarare.case.timeline import Event, EventKind
from ultrarare.dossier.cdisc.dataset import Dataset, Study
from ultrarare.dossier.cdisc.mapping import Mapped, map_course
from ultrarare.dossier.cdisc.source import Course, Subject, Value

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUBJECT = Subject(study="ST-1", id="MADE")


def case(**more: Any) -> Case:
    """A made case; `more` replaces its fields."""
    value: dict[str, Any] = {
        "schema": "ultrarare/case/1",
        "id": "made",
        "title": "made case",
        "data": "made",
        "clock": "ISO date",
        "phase": "pivotal",
        "patient": {"pseudonym": "Jane Doe", "sex": "female", "born": "2017-05-08"},
        "disease": {
            "name": "made disease",
            "id": "MADE:0000001",
            "gene": "MADE1",
            "course": "static",
            "course_reason": "made",
        },
        "variants": [{"id": "v", "role": "targeted", "hgvs": "NM_1.1:c.1A>G"}],
        "product": {"name": "made product", "modality": "genome editing"},
    }
    return Case.model_validate(value | more)


def event(time: str, kind: str, text: str = "made event", **more: Any) -> Event:
    """A row of a timeline."""
    values: dict[str, Any] = {"value": None, "unit": None, "grade": None, "note": None} | more
    return Event(when=Moment.parse(time), event=text, kind=EventKind(kind), **values)


def series(measure: str, unit: str, *values: tuple[str, str], **more: Any) -> Any:
    """A series with its values."""
    dataset = CourseSeries.model_validate(
        {
            "id": "series",
            "kind": "course-series",
            "origin": "made",
            "file": "a.csv",
            "measure": measure,
            "unit": unit,
        }
        | more
    )
    return dataset, tuple(Value(when=Moment.parse(t), amount=Amount.parse(v)) for t, v in values)


DOSED = (event("2024-06-03", "dose", "dose 1", value="0.3", unit="mg/kg"),)


def mapped(*parts: Any, timeline: Any = DOSED, made: Case | None = None, **more: Any) -> Mapped:
    """The studies of a course with these series."""
    course = Course(case=made or case(), timeline=tuple(timeline), series=parts, **more)
    return map_course(course, SUBJECT)


def rows(found: Mapped, name: str) -> list[Any]:
    """Rows of a dataset of either study; none where it is not there."""
    for study in found.studies:
        dataset = study.dataset(name)
        if dataset is not None:
            return list(dataset.records())
    return []


def dataset_of(study: Study, name: str) -> Dataset:
    """A dataset that is there."""
    found = study.dataset(name)
    assert found is not None, name
    return found


def sdtm(found: Mapped) -> Study:
    """The tabulations."""
    return found.studies[0]
