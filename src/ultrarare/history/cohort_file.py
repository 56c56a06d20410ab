"""A cohort's table, CSV or Parquet: the same columns, the same problems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from ultrarare.case.amount import Amount
from ultrarare.case.table import MAX_BYTES, Column, Row, read_table
from ultrarare.errors import InputErrors, Problem

MAX_ROWS: Final = 5_000_000
"""More rows than any registry of a rare disease; beyond it the file is taken for a mistake."""


def read_cohort_table(
    path: Path, columns: Sequence[Column], *, name: str, rows_needed: bool = True
) -> tuple[Row, ...]:
    """Read a table by its suffix: `.parquet` as Parquet, everything else as CSV.

    A row's line is its line in a CSV file, and its number from 1 in a Parquet file.

    Raises:
        InputErrors: as `read_table`; a Parquet file that is broken off or none.
    """
    if path.suffix.lower() == ".parquet":
        rows = _read_parquet(path, columns, name=name, rows_needed=rows_needed)
    else:
        rows = read_table(path, columns, name=name, rows_needed=rows_needed)
    if len(rows) > MAX_ROWS:
        problem = Problem(name, f"has {len(rows)} rows; allowed are {MAX_ROWS}")
        raise InputErrors([problem], where=name)
    return rows


def _read_parquet(
    path: Path, columns: Sequence[Column], *, name: str, rows_needed: bool
) -> tuple[Row, ...]:
    table = _table(path, name)
    problems = _header(table.columns, columns, name)
    if table.height == 0 and rows_needed:
        problems.append(Problem(name, "has columns and no row"))
    if problems:
        raise InputErrors(problems, where=name)
    wanted = {column.name: column for column in columns}
    rows = []
    for number, cells in enumerate(table.iter_rows(), 1):
        values: dict[str, Any] = {}
        for title, cell in zip(table.columns, cells, strict=True):
            _cell(values, wanted[title], cell, f"{name}:{number} {title}", problems)
        rows.append(Row(number, values))
    if problems:
        raise InputErrors(problems, where=name)
    return tuple(rows)


def _table(path: Path, name: str) -> Any:
    import polars as pl

    if path.stat().st_size > MAX_BYTES:
        raise InputErrors([Problem(name, f"is larger than {MAX_BYTES} bytes")], where=name)
    if path.stat().st_size == 0:
        raise InputErrors([Problem(name, "is empty")], where=name)
    try:
        rows = pl.scan_parquet(path).select(pl.len()).collect().item()
        if rows > MAX_ROWS:
            problem = Problem(name, f"has {rows} rows; allowed are {MAX_ROWS}")
            raise InputErrors([problem], where=name)
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        if isinstance(error, InputErrors):
            raise
        problem = Problem(
            name,
            "is no whole Parquet file; it may be broken off",
            "copy it again, or export the table as CSV",
        )
        raise InputErrors([problem], where=name) from None


def _header(found: Sequence[str], columns: Sequence[Column], name: str) -> list[Problem]:
    allowed = ", ".join(column.name for column in columns)
    problems = [
        Problem(
            name,
            f"has no column {column.name!r}; found: {', '.join(found)}",
            f"the columns are: {allowed}",
        )
        for column in columns
        if column.required and column.name not in found
    ]
    known = {column.name for column in columns}
    problems += [
        Problem(name, f"has an unknown column {title!r}; allowed: {allowed}")
        for title in found
        if title not in known
    ]
    return problems


def _cell(
    values: dict[str, Any], column: Column, cell: object, where: str, problems: list[Problem]
) -> None:
    text = _text(cell)
    if not text:
        values[column.name] = None
        if not column.may_be_empty:
            problems.append(Problem(where, "is empty"))
        return
    try:
        values[column.name] = column.read(text)
    except ValueError as error:
        problems.append(Problem(where, str(error)))


def _text(cell: object) -> str:
    """A typed cell as a CSV would hold it, so that one reader judges both."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell).strip()


def amount(text: str) -> Amount:
    """A number, `<9`, `>1000`, or a range `9–19`."""
    return Amount.parse(text)


def age_amount(text: str) -> Amount:
    """As `amount`, and not negative."""
    found = Amount.parse(text)
    if any(bound is not None and bound < 0 for bound in (found.low, found.high)):
        raise ValueError(f"found {text!r}, a time before birth; allowed is 0 or more")
    return found


def one_of(*allowed: str) -> Any:
    """A reader of a cell that holds one of a few words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"found {text!r}; allowed is one of: {', '.join(allowed)}")
        return text

    return read
