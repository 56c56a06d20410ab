"""An agency's list of surrogate endpoints, from a CSV, and which rows may concern a case.

The agency's adult and paediatric tables have a row an endpoint: disease or use, population,
surrogate endpoint, the type of approval it was considered for, and the drug's mechanism. A row is
no promise for another product. A match is found by words and is a candidate; whether it is the same
endpoint in the same use a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ultrarare.case.table import Column, read_table
from ultrarare.errors import InputErrors, Problem

Field = Literal["disease", "population", "endpoint", "approval", "mechanism"]

HEADERS: Mapping[Field, frozenset[str]] = {
    "disease": frozenset(
        {"disease or use", "disease", "use", "indication", "disease or condition"}
    ),
    "population": frozenset({"population", "patient population"}),
    "endpoint": frozenset({"endpoint", "surrogate endpoint", "biomarker", "surrogate"}),
    "approval": frozenset(
        {
            "traditional or accelerated",
            "type of approval",
            "approval",
            "type of approval appropriate for",
            "approval pathway",
        }
    ),
    "mechanism": frozenset(
        {"drug mechanism", "drug mechanism of action", "mechanism", "mechanism of action"}
    ),
}
"""Headers that are taken for a column, after case, spaces and punctuation are levelled."""

_OPTIONAL = frozenset({"mechanism"})
_DULL = frozenset(
    "a an and by change for from in level levels of on or patients plasma rate serum the to total "
    "with without deficiency disease disorder syndrome".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrogate:
    """One row of the list.

    Attributes:
        line: in the file.
        disease: disease or use.
        population: whom it was considered for.
        endpoint: the surrogate.
        approvals: traditional, accelerated, or both.
        mechanism: the drug's mechanism; None where the table does not say.
    """

    line: int
    disease: str
    population: str
    endpoint: str
    approvals: tuple[Literal["traditional", "accelerated"], ...]
    mechanism: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "line": self.line, "disease": self.disease, "population": self.population,
            "endpoint": self.endpoint, "approvals": list(self.approvals),
            "mechanism": self.mechanism,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A row that may be an endpoint of the case.

    Attributes:
        measure: the endpoint of the plan.
        row: of the list.
        endpoint_words: words the measure and the row's endpoint share.
        disease_words: words the case's disease and the row's share; none makes it another use.
    """

    measure: str
    row: Surrogate
    endpoint_words: tuple[str, ...]
    disease_words: tuple[str, ...]

    @property
    def reading(self) -> str:
        """What the match says, and what it does not."""
        if self.disease_words:
            return "same words in endpoint and disease: a person decides whether it is the same use"
        return "same words in the endpoint, another disease: no precedent for this use by itself"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "measure": self.measure, "row": self.row.to_json(),
            "endpoint_words": list(self.endpoint_words),
            "disease_words": list(self.disease_words), "reading": self.reading,
        }  # fmt: skip


def read_surrogates(path: Path) -> tuple[Surrogate, ...]:
    """Read the list.

    Args:
        path: a CSV file in UTF-8 with the columns of `HEADERS`; others are left unread.

    Raises:
        InputErrors: a column is missing or stands twice, a cell is empty or names no type of
            approval, a row repeats another, or the file is no CSV; every problem at once.
    """
    name = path.name
    columns = _columns(path, name)
    rows = read_table(path, [column for _field, column in columns], name=name, extra=True)
    of = {field: column.name for field, column in columns}
    problems: list[Problem] = []
    found: list[Surrogate] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        mechanism = row.get(of["mechanism"]) if "mechanism" in of else None
        made = Surrogate(
            line=row.line,
            disease=row[of["disease"]],
            population=row[of["population"]],
            endpoint=row[of["endpoint"]],
            approvals=row[of["approval"]],
            mechanism=mechanism,
        )
        key = (made.disease, made.population, made.endpoint, str(mechanism), str(made.approvals))
        if (first := seen.setdefault(key, row.line)) != row.line:
            problems.append(Problem(f"{name}:{row.line}", f"repeats line {first}", "take one out"))
        found.append(made)
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(found)


def candidates(
    table: Iterable[Surrogate], measures: Sequence[str], disease: str
) -> tuple[Candidate, ...]:
    """Rows whose endpoint shares a telling word with an endpoint of the plan.

    Args:
        table: the list.
        measures: the plan's endpoints, as written there.
        disease: the disease of the case.
    """
    rows = tuple(table)
    found = []
    for measure in measures:
        for row in rows:
            shared = _telling(measure) & _telling(row.endpoint)
            if shared:
                found.append(
                    Candidate(
                        measure=measure,
                        row=row,
                        endpoint_words=tuple(sorted(shared)),
                        disease_words=tuple(sorted(_telling(disease) & _telling(row.disease))),
                    )
                )
    return tuple(sorted(found, key=lambda one: (not one.disease_words, one.measure, one.row.line)))


def _columns(path: Path, name: str) -> list[tuple[Field, Column]]:
    """The file's own header names by what they hold.

    Raises:
        InputErrors: a field that no header gives, or that two give.
    """
    header = _header(path, name)
    readers = {"approval": _approval}
    problems: list[Problem] = []
    columns: list[tuple[Field, Column]] = []
    for field, names in HEADERS.items():
        fitting = [cell for cell in header if _level(cell) in names]
        if len(fitting) > 1:
            text = f"columns {', '.join(map(repr, fitting))} could each be {field}"
            problems.append(Problem(f"{name}:1", text, "keep one of them"))
        elif fitting:
            optional = field in _OPTIONAL
            reader = readers.get(field, _words)
            columns.append((field, Column(fitting[0], reader, may_be_empty=optional)))
        elif field not in _OPTIONAL:
            allowed = ", ".join(sorted(names))
            text = f"has no column for {field}; found: {', '.join(header) or 'nothing'}"
            problems.append(Problem(f"{name}:1", text, f"name one of its columns: {allowed}"))
    if problems:
        raise InputErrors(problems, where=name)
    return columns


def _header(path: Path, name: str) -> list[str]:
    import csv
    import io

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem(name, f"byte {error.start} is not UTF-8", "save it as UTF-8")
        raise InputErrors([problem], where=name) from None
    try:
        first = next(iter(csv.reader(io.StringIO(text, newline=""), strict=True)), [])
    except csv.Error as error:
        raise InputErrors([Problem(f"{name}:1", str(error))], where=name) from None
    return [cell.strip() for cell in first]


def _approval(text: str) -> tuple[str, ...]:
    level = _level(text)
    both = {"both", "traditional and accelerated", "accelerated and traditional"}
    if level in both | {"traditional or accelerated", "traditional accelerated"}:
        return ("traditional", "accelerated")
    word = level.removesuffix(" approval")
    if word in {"traditional", "accelerated"}:
        return (word,)
    raise ValueError(f"found {text!r}; allowed: Traditional, Accelerated, or both")


def _words(text: str) -> str:
    return " ".join(text.split())


def _level(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.casefold()).split())


def _telling(text: str) -> frozenset[str]:
    return frozenset(word for word in _level(text).split() if len(word) > 2) - _DULL
