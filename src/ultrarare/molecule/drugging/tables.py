"""Reading the tables of qPCR, splicing and biomarkers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ultrarare.case.table import Column, Row, not_negative, number, read_table
from ultrarare.errors import InputError, InputErrors, Problem

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

UNDETERMINED = {"undetermined", "na", "n/a", "nd", "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CqRow:
    """One well: None where nothing was amplified."""

    sample: str
    group: str
    gene: str
    cq: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionRow:
    """One sample at one event; None where a cell is empty."""

    sample: str
    group: str
    inclusion: float | None
    exclusion: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerRow:
    """One value of one person; `below` where it lies below the limit of detection."""

    person: str
    time: float
    value: float
    below: bool


def _cq(text: str) -> float | None:
    if text.strip().lower() in UNDETERMINED:
        return None
    value = number(text)
    if not 0 < value < 100:
        raise ValueError(
            f"found {text!r}; allowed is a cycle above 0 and below 100, or undetermined"
        )
    return value


def _marker(text: str) -> tuple[float, bool]:
    stripped = text.strip()
    below = stripped.startswith("<")
    value = number(stripped.removeprefix("<"))
    if value <= 0:
        raise ValueError(f"found {text!r}; allowed is a value above 0, or <5 below a limit")
    return value, below


def read_cq(path: Path) -> tuple[CqRow, ...]:
    """Read `sample,group,gene,cq`; an empty or undetermined cq is a value that is not there.

    Raises:
        InputErrors: a wrong cell, or a sample in two groups; all are listed.
    """
    columns = (
        Column("sample", str), Column("group", str), Column("gene", str),
        Column("cq", _cq, may_be_empty=True),
        Column("replicate", str, required=False, may_be_empty=True),
    )  # fmt: skip
    rows = _read(path, columns)
    _one_group(rows, path)
    return tuple(
        CqRow(sample=row["sample"], group=row["group"], gene=row["gene"], cq=row["cq"])
        for row in rows
    )


def read_inclusion(path: Path) -> tuple[InclusionRow, ...]:
    """Read `sample,group,inclusion,exclusion`; an empty cell is a sample that is not assessed.

    Raises:
        InputErrors: a wrong cell, a sample twice or in two groups; all are listed.
    """
    columns = (
        Column("sample", str), Column("group", str),
        Column("inclusion", not_negative, may_be_empty=True),
        Column("exclusion", not_negative, may_be_empty=True),
    )  # fmt: skip
    rows = _read(path, columns)
    _one_group(rows, path)
    seen: dict[str, int] = {}
    problems = []
    for row in rows:
        if row["sample"] in seen:
            problems.append(
                Problem(f"{path.name}:{row.line}", f"{row['sample']} stands in line "
                        f"{seen[row['sample']]} too", "add technical replicates up first")
            )  # fmt: skip
        seen[row["sample"]] = row.line
    if problems:
        raise InputErrors(problems, where=path.name)
    return tuple(
        InclusionRow(
            sample=row["sample"], group=row["group"], inclusion=row["inclusion"],
            exclusion=row["exclusion"],
        )
        for row in rows
    )  # fmt: skip


def read_marker(path: Path) -> tuple[MarkerRow, ...]:
    """Read `person,time,value`; `<5` is a value below a limit of detection.

    Raises:
        InputErrors: a wrong cell, or a person with two values at one time; all are listed.
    """
    rows = _read(path, (Column("person", str), Column("time", number), Column("value", _marker)))
    seen: dict[tuple[str, float], int] = {}
    problems = []
    for row in rows:
        key = (row["person"], row["time"])
        if key in seen:
            problems.append(
                Problem(f"{path.name}:{row.line}",
                        f"a value at time {row['time']:g} stands in line {seen[key]} too")
            )  # fmt: skip
        seen[key] = row.line
    if problems:
        raise InputErrors(problems, where=path.name)
    return tuple(
        MarkerRow(
            person=row["person"], time=row["time"], value=row["value"][0], below=row["value"][1]
        )
        for row in sorted(rows, key=lambda one: (one["person"], one["time"]))
    )


def _read(path: Path, columns: Sequence[Column]) -> tuple[Row, ...]:
    if not path.is_file():
        raise InputError("is not there, or is not a file", where=str(path))
    return read_table(path, columns, name=path.name)


def _one_group(rows: Sequence[Row], path: Path) -> None:
    def problems() -> Iterator[Problem]:
        told: dict[str, tuple[str, int]] = {}
        for row in rows:
            group, line = told.setdefault(row["sample"], (row["group"], row.line))
            if group != row["group"]:
                yield Problem(
                    f"{path.name}:{row.line} group",
                    f"{row['sample']} is {row['group']!r} here and {group!r} in line {line}",
                )

    if found := list(problems()):
        raise InputErrors(found, where=path.name)


def read_pairs(path: Path, names: tuple[str, str]) -> tuple[Floats, Floats]:
    """Two columns of numbers, such as `dose,response`; `replicate` may stand beside them.

    Raises:
        InputErrors: a wrong or empty cell; all are listed.
    """
    import numpy as np

    columns = (
        *(Column(name, number) for name in names),
        Column("replicate", str, required=False, may_be_empty=True),
    )
    rows = _read(path, columns)
    one, two = (np.array([row[name] for row in rows], dtype=np.float64) for name in names)
    return one, two
