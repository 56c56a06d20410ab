"""What is known of patients, as YAML or CSV, held against the facts that criteria declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from ultrarare.case.amount import Amount
from ultrarare.case.unit import conversion
from ultrarare.case.value import Id, Place, Text, Unit, Value, repeated_ids
from ultrarare.errors import InputError
from ultrarare.programme.clause import FactName, Facts, Known
from ultrarare.programme.criteria import Criteria, FactKind

Scalar = bool | int | float | str | None


class Stated(Value):
    """A fact with its circumstances.

    Attributes:
        value: a number (also `>1000`), true or false, a word; null where not known.
        unit: of a number, where it is not the declared one.
        by: who says so.
        on: when.
        source: where it is written.
    """

    value: Scalar = None
    unit: Unit | None = None
    by: Text | None = None
    on: date | None = None
    source: Text | None = None


class GrantedException(Value):
    """An exception as it was granted: for which criterion of which version, why, by whom, when."""

    criterion: Text
    version: Annotated[int, Field(ge=1)]
    reason: Text
    by: Text
    on: date


class CandidatePatient(Value):
    """A person by pseudonym with what is known."""

    id: Id
    facts: Mapping[FactName, Stated | Scalar] = {}
    exceptions: tuple[GrantedException, ...] = ()


class Patients(Value):
    """What a patients file holds."""

    schema_: Literal["ultrarare/patients/1"] = Field(alias="schema")
    data: Literal["patient", "published", "made"]
    patients: Annotated[tuple[CandidatePatient, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient whose facts were read as the criteria declare them."""

    id: str
    facts: Facts
    exceptions: tuple[GrantedException, ...]


def read_facts(
    patients: Patients, criteria: Criteria, *, also: Criteria | None = None
) -> tuple[tuple[Patient, ...], list[Place]]:
    """The patients with typed facts, and every place that does not fit the declaration.

    Args:
        patients: as they stand in the file.
        criteria: that declare the facts.
        also: another version, whose facts and criteria may stand in the file too and are left out.
    """
    places = list(repeated_ids("patients", patients.patients))
    known = {one.id for one in criteria.criteria}
    others = set() if also is None else {*also.facts, *(one.id for one in also.criteria)}
    read = []
    for i, patient in enumerate(patients.patients):
        facts: dict[str, Known] = {}
        for name, given in patient.facts.items():
            where = ("patients", i, "facts", name)
            kind = criteria.facts.get(name)
            if kind is None and name in others:
                continue
            if kind is None:
                allowed = ", ".join(criteria.facts)
                places.append((where, f"is no declared fact; there are: {allowed}"))
                continue
            stated = given if isinstance(given, Stated) else Stated(value=given)
            try:
                found = _known(stated, kind)
            except (ValueError, InputError) as error:
                places.append((where, str(error)))
                continue
            if found is not None:
                facts[name] = found
        places += _exceptions(i, patient.exceptions, known | others)
        mine = tuple(one for one in patient.exceptions if one.criterion in known)
        read.append(Patient(patient.id, facts, mine))
    return tuple(read), places


def _exceptions(i: int, granted: Iterable[GrantedException], known: set[str]) -> Iterable[Place]:
    for j, one in enumerate(granted):
        if one.criterion not in known:
            allowed = ", ".join(sorted(known))
            text = f"names no criterion of this version; there are: {allowed}"
            yield ("patients", i, "exceptions", j, "criterion"), text


def _known(stated: Stated, kind: FactKind) -> Known | None:
    """None where it is not known; a judgement that nobody signed is there and does not count.

    Raises:
        ValueError: a value of another kind.
        InputError: a unit that does not convert.
    """
    if stated.value is None:
        return None
    told = [] if stated.by is None else [f"by {stated.by}"]
    told += [] if stated.on is None else [stated.on.isoformat()]
    about = f" ({', '.join(told)})" if told else ""
    value = _typed(stated, kind)
    shown = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    if kind.by_person and (stated.by is None or stated.on is None):
        return Known(None, f"{shown}, and not who judged so and when")
    unit = f" {kind.unit}" if kind.unit not in (None, "1") else ""
    return Known(value, f"{shown}{unit}{about}")


def _typed(stated: Stated, kind: FactKind) -> Amount | bool | str:
    value = stated.value
    if kind.type == "flag":
        if not isinstance(value, bool):
            raise ValueError(f"found {value!r}; allowed is true or false")
        return value
    if kind.type == "text":
        if not isinstance(value, str) or (kind.allowed and value not in kind.allowed):
            allowed = ", ".join(kind.allowed) or "a text"
            raise ValueError(f"found {value!r}; allowed: {allowed}")
        return value
    amount = Amount.parse(value)
    if stated.unit is None or kind.unit is None:
        return amount
    return _converted(amount, conversion(stated.unit, kind.unit, where="unit"))


def _converted(amount: Amount, factor: float) -> Amount:
    if factor == 1:
        return amount
    low, high = (None if x is None else x * factor for x in (amount.low, amount.high))
    exact = amount.exact is not None
    sign = "" if low is not None and high is not None else amount.text[: 1 + ("=" in amount.text)]
    shown = next(f"{x:g}" for x in (low, high) if x is not None)
    text = shown if exact or sign else f"{low:g}–{high:g}"
    return Amount(low, high, f"{sign}{text}")


STATED_BY, STATED_ON = "stated_by", "stated_on"


def patients_of_rows(
    rows: Iterable[Mapping[str, Any]], criteria: Criteria, *, data: str
) -> Patients:
    """Patients from a table: a row a person, a column a fact, an empty cell not known.

    Args:
        rows: cells by column; `patient`, and the facts as they were read.
        criteria: that declare the facts.
        data: what the patients are.
    """
    found = []
    for row in rows:
        by, on = row.get(STATED_BY), row.get(STATED_ON)
        facts = {
            name: Stated(value=row[name], by=by, on=on)
            for name in criteria.facts
            if row.get(name) is not None
        }
        found.append(CandidatePatient(id=row["patient"], facts=facts))
    return Patients.model_validate(
        {"schema": "ultrarare/patients/1", "data": data, "patients": tuple(found)}
    )
