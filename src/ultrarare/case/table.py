"""CSV tables with typed columns: every bad cell is reported with its line, none is guessed.

The rule for a missing cell is the column's own: an empty cell is an error unless the column
says that it may be empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.case.magnitude import bounded
from ultrarare.errors import InputErrors, Problem

MAX_BYTES = 512 << 20
MAX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, how a cell is read, whether it must stand, whether a cell may be empty.

    `read` raises ValueError with "found …; allowed …" for a cell it cannot take.
    """

    name: str
    read: Callable[[str], Any]
    required: bool = True
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: its line in the file, and its cells; an empty cell is None."""

    line: int
    cells: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.cells[name]

    def get(self, name: str) -> Any:
        """The cell, or None where the file has no such column."""
        return self.cells.get(name)


def read_table(
    path: Path,
    columns: Sequence[Column],
    *,
    name: str,
    extra: bool = False,
    rows_needed: bool = True,
) -> tuple[Row, ...]:
    """Read a CSV file.

    Args:
        path: the file.
        columns: what may stand in it.
        name: how problems name the file.
        extra: whether further columns may stand in the file (they are left unread).
        rows_needed: whether a header without a data row is an error; it is a value of its own
            where a row stands for an event.

    Raises:
        InputErrors: not UTF-8, no header, a column missing, unknown or repeated, a row with more
            or fewer cells than the header, a cell that its column cannot read, or no
            data row where one is needed.
    """
    problems: list[Problem] = []
    lines = _lines(path, name)
    header = [cell.strip() for cell in lines[0][1]]
    problems += _header_problems(header, columns, f"{name}:{lines[0][0]}", extra=extra)
    wanted = {column.name: column for column in columns}
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            text = f"has {len(cells)} cells where the header has {len(header)}"
            problems.append(Problem(f"{name}:{number}", text))
            continue
        rows.append(_row(number, header, cells, wanted, name, problems))
    if len(lines) == 1 and rows_needed:
        problems.append(Problem(name, "has a header and no data row"))
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(rows)


def _lines(path: Path, name: str) -> list[tuple[int, list[str]]]:
    if path.stat().st_size > MAX_BYTES:
        raise InputErrors([Problem(name, f"is larger than {MAX_BYTES} bytes")], where=name)
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = Problem(name, f"byte {error.start} is not UTF-8", "save it as UTF-8")
        raise InputErrors([problem], where=name) from None
    if "\0" in text:
        raise InputErrors([Problem(name, "holds a NUL character, so it is no CSV")], where=name)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        found = [(reader.line_num, cells) for cells in reader if any(c.strip() for c in cells)]
    except csv.Error as error:
        raise InputErrors([Problem(f"{name}:{reader.line_num}", str(error))], where=name) from None
    if not found:
        raise InputErrors([Problem(name, "is empty")], where=name)
    return found


def _header_problems(
    header: Sequence[str], columns: Sequence[Column], where: str, *, extra: bool
) -> list[Problem]:
    known = {column.name for column in columns}
    allowed = ", ".join(column.name for column in columns)
    problems = []
    if len(header) == 1 and ";" in header[0]:
        return [Problem(where, "is separated by semicolons", "separate the cells by commas")]
    for column in columns:
        if column.required and column.name not in header:
            text = f"has no column {column.name!r}; found: {', '.join(header)}"
            problems.append(Problem(where, text, f"the columns are: {allowed}"))
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            problems.append(Problem(where, f"column {name!r} stands {header.count(name)} times"))
        if not extra and name not in known:
            problems.append(Problem(where, f"has an unknown column {name!r}; allowed: {allowed}"))
    return problems


def _row(
    number: int,
    header: Sequence[str],
    cells: Sequence[str],
    wanted: Mapping[str, Column],
    name: str,
    problems: list[Problem],
) -> Row:
    values: dict[str, Any] = {}
    for title, cell in zip(header, cells, strict=True):
        column = wanted.get(title)
        if column is None:
            continue
        text = cell.strip()
        if not text:
            values[title] = None
            if not column.may_be_empty:
                problems.append(Problem(f"{name}:{number} {title}", "is empty"))
            continue
        try:
            values[title] = column.read(text)
        except ValueError as error:
            problems.append(Problem(f"{name}:{number} {title}", str(error)))
    return Row(number, values)


def repeated_rows(rows: Iterable[Row], name: str, *, way: str) -> Iterator[Problem]:
    """A problem for each row that says what an earlier one says: it was perhaps copied twice.

    Args:
        rows: of one table.
        name: of the table.
        way: how to write two things that are in truth alike.
    """
    first: dict[tuple[tuple[str, str], ...], int] = {}
    for row in rows:
        said = tuple((title, repr(cell)) for title, cell in row.cells.items())
        before = first.setdefault(said, row.line)
        if before != row.line:
            text = f"is the same row as line {before}, and would count twice"
            yield Problem(f"{name}:{row.line}", text, f"take one out, or {way}")


def number(text: str) -> float:
    """A finite decimal number, 0 or of a size that arithmetic can hold."""
    try:
        value = float(text)
    except ValueError:
        value = None
    if value is None or "_" in text or not text.isascii():  # Python's own forms are no CSV's
        raise ValueError(f"found {text!r}; allowed is a number such as 12.5")
    return bounded(value, text)


def not_negative(text: str) -> float:
    """A finite number of at least 0, for ages and times from a fixed origin."""
    value = number(text)
    if value < 0:
        raise ValueError(f"found {text!r}, a negative value; allowed is 0 or more")
    return value


def count(text: str) -> int:
    """A whole number of at least 0."""
    if not text.isascii() or not text.isdigit() or len(text) > MAX_DIGITS:
        raise ValueError(
            f"found {text!r}; allowed is a whole number of at least 0, of at most {MAX_DIGITS} "
            "digits"
        )
    return int(text)


def flag(text: str) -> bool:
    """1 or 0."""
    if text not in ("0", "1"):
        raise ValueError(f"found {text!r}; allowed is 1 (seen) or 0 (not seen)")
    return text == "1"
