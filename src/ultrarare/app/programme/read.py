"""Reading the files of a programme: everything wrong with one comes at once, with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from ultrarare.case.amount import Amount
from ultrarare.case.table import Column, flag, read_table
from ultrarare.case.value import Place
from ultrarare.case.yaml_model import read_model
from ultrarare.case.yaml_text import dotted, line_of, read_plain
from ultrarare.errors import InputErrors, NotFound, Problem
from ultrarare.programme.criteria import Criteria, FactKind
from ultrarare.programme.dependence import dependence_table
from ultrarare.programme.patients import (
    STATED_BY,
    STATED_ON,
    Patient,
    Patients,
    patients_of_rows,
    read_facts,
)
from ultrarare.programme.programme import Programme

Model = TypeVar("Model", bound=BaseModel)


def read_programme(path: Path) -> Programme:
    """A programme file.

    Raises:
        NotFound: no file is there.
        InputErrors: fields that are wrong, or names that lead nowhere, each with its line.
    """
    attributes = [one.id for one in dependence_table().attributes]
    return _read(path, Programme, "a programme", lambda it: it.dangling(attributes))


def read_criteria(path: Path) -> Criteria:
    """An eligibility file.

    Raises:
        NotFound: no file is there.
        InputErrors: fields that are wrong, or criteria that read what is not declared.
    """
    return _read(path, Criteria, "an eligibility file", Criteria.dangling)


def read_patients(
    path: Path, criteria: Criteria, *, also: Criteria | None = None
) -> tuple[str, tuple[Patient, ...]]:
    """What the patients are (patient, published, made), and each with typed facts.

    Args:
        path: YAML, or CSV with the columns `patient`, declared facts, and where wanted `data`,
            `stated_by`, `stated_on`.
        criteria: that declare the facts.
        also: another version, whose facts may stand in the file too.

    Raises:
        NotFound: no file is there.
        InputErrors: what is wrong with it, everything at once.
    """
    if path.suffix.lower() == ".csv":
        patients = _table(path, criteria, also)
        read, places = read_facts(patients, criteria, also=also)
        _raise(path, {}, places)
        return patients.data, read
    found: list[tuple[Patient, ...]] = []

    def checked(patients: Patients) -> Iterable[Place]:
        read, places = read_facts(patients, criteria, also=also)
        found.append(read)
        return places

    patients = _read(path, Patients, "a patients file", checked)
    return patients.data, found[0]


def _read(
    path: Path, model: type[Model], whole: str, check: Callable[[Model], Iterable[Place]]
) -> Model:
    if not path.is_file():
        raise NotFound("no file is there", where=str(path))
    value = read_model(path, model, name=path.name, whole=whole)
    places = list(check(value))
    if places:
        _raise(path, read_plain(path, path.name).lines, places)
    return value


def _raise(path: Path, lines: Any, places: Iterable[Place]) -> None:
    problems = [
        Problem(f"{path.name}:{line_of(lines, place)} {dotted(place)}", text)
        for place, text in places
    ]
    if problems:
        raise InputErrors(problems, where=path.name)


def _table(path: Path, criteria: Criteria, also: Criteria | None) -> Patients:
    if not path.is_file():
        raise NotFound("no file is there", where=str(path))
    columns = [
        Column("patient", _pseudonym),
        Column("data", _kind, required=False),
        Column(STATED_BY, str, required=False, may_be_empty=True),
        Column(STATED_ON, _day, required=False, may_be_empty=True),
        *(
            Column(name, _cell(kind), required=False, may_be_empty=True)
            for name, kind in {**({} if also is None else also.facts), **criteria.facts}.items()
        ),
    ]
    rows = read_table(path, columns, name=path.name)
    kinds = {row.get("data") or "patient" for row in rows}  # the most careful where it is not said
    if len(kinds) > 1:
        text = f"column 'data' holds {' and '.join(sorted(kinds))}; one kind a file"
        raise InputErrors([Problem(path.name, text, "part the file")], where=path.name)
    return patients_of_rows((row.cells for row in rows), criteria, data=kinds.pop())


def _cell(kind: FactKind) -> Callable[[str], Any]:
    readers: Mapping[str, Callable[[str], Any]] = {"flag": flag, "number": _amount, "text": str}
    return readers[kind.type]


def _amount(text: str) -> str:
    return Amount.parse(text).text


def _pseudonym(text: str) -> str:
    lowered = text.lower()
    if lowered != text or not lowered.replace("-", "").isalnum():
        raise ValueError(f"found {text!r}; allowed: lower case, digits, -")
    return text


def _kind(text: str) -> str:
    if text not in ("patient", "published", "made"):
        raise ValueError(f"found {text!r}; allowed: patient, published, made")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"found {text!r}; allowed is a date such as 2026-03-01") from None
