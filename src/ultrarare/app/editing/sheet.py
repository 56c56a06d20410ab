"""The samplesheet: which reads, which amplicon, what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.app.editing.options import Reads, SampleOptions, make_sample_aim
from ultrarare.app.rung import make_rung
from ultrarare.case.table import Column, Row, count, read_table
from ultrarare.errors import InputError, InputErrors, Problem, UltrarareError


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"found {text!r}; allowed is a whole number") from None


_COLUMNS = (
    Column("sample", str),
    Column("r1", str),
    Column("r2", str, required=False, may_be_empty=True),
    Column("amplicon", str),
    Column("guide", str),
    Column("editor", str),
    Column("target", str, required=False, may_be_empty=True),
    Column("extension", str, required=False, may_be_empty=True),
    Column("frame", _whole, required=False, may_be_empty=True),
    Column("input_copies", count, required=False, may_be_empty=True),
    Column("control", str, required=False, may_be_empty=True),
    Column("group", str, required=False, may_be_empty=True),
    Column("tissue", str, required=False, may_be_empty=True),
    Column("ladder", str, required=False, may_be_empty=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One sample at one amplicon.

    Attributes:
        sample: its name, and that of its folder.
        reads: its files; several rows may share them (loci amplified together).
        options: what is asked.
        control: reads of an untreated sample of the same amplicon.
        group: samples of one group are replicates of each other.
    """

    sample: str
    reads: Reads
    options: SampleOptions
    control: Reads | None
    group: str | None


def read_sheet(path: Path) -> tuple[SheetRow, ...]:
    """Read `sample,r1,amplicon,guide,editor[,r2,target,frame,input_copies,control,group]`.

    Files are found beside the sheet; `control` is the name of another sample of the sheet.

    Raises:
        InputErrors: a wrong cell, a sample twice, a file or control that is not there, or an
            amplicon, guide or target that does not fit; all are listed with their lines.
    """
    if not path.is_file():
        raise InputError("is not there, or is not a file", where=str(path))
    rows = read_table(path, _COLUMNS, name=path.name)
    by_name = {row["sample"]: row for row in rows}
    problems = [p for row in rows for p in _problems(row, rows, by_name, path)]
    if problems:
        raise InputErrors(problems, where=path.name)
    return tuple(_sheet_row(row, by_name, path.parent) for row in rows)


def _problems(
    row: Row, rows: tuple[Row, ...], by_name: Mapping[str, Row], path: Path
) -> Iterator[Problem]:
    place = f"{path.name}:{row.line}"
    name = row["sample"]
    twice = [other.line for other in rows if other["sample"] == name and other.line < row.line]
    if twice:
        yield Problem(f"{place} sample", f"{name!r} stands in line {twice[0]} too")
    if not name.strip() or Path(name).name != name or name.startswith("."):
        yield Problem(f"{place} sample", f"{name!r} cannot name a folder")
    for field in ("r1", "r2"):
        file = row.get(field)
        if file is not None and not (path.parent / file).is_file():
            yield Problem(f"{place} {field}", f"{file} is not there, or is not a file")
    if row.get("r2") is not None and row["r1"] == row["r2"]:
        yield Problem(f"{place} r2", "is the same file as r1")
    control = row.get("control")
    if control is not None and control not in by_name:
        yield Problem(
            f"{place} control", f"no sample is called {control!r}", "name a sample of this sheet"
        )
    elif control is not None:
        other = by_name[control]
        if control == name:
            yield Problem(f"{place} control", "a sample is no control of itself")
        elif other["amplicon"].upper() != row["amplicon"].upper():
            yield Problem(f"{place} control", f"{control} is of another amplicon")
    try:
        make_rung(row.get("tissue"), row.get("ladder"))
    except InputError as error:
        yield Problem(f"{place} ladder", error.problem)
    try:
        make_sample_aim(_options(row), name)
    except InputErrors as error:
        for each in error.problems:
            yield Problem(f"{place} {each.where}", each.problem, each.remedy)
    except UltrarareError as error:
        yield Problem(place, str(error))


def _options(row: Row) -> SampleOptions:
    given: dict[str, Any] = {
        name: row.get(name)
        for name in ("target", "extension", "frame", "input_copies", "tissue", "ladder")
        if row.get(name)
    }
    return SampleOptions(
        amplicon=row["amplicon"], guide=row["guide"], editor=row["editor"], **given
    )


def _reads(row: Row, home: Path) -> Reads:
    r2 = row.get("r2")
    return Reads(r1=home / row["r1"], r2=None if r2 is None else home / r2)


def _sheet_row(row: Row, by_name: Mapping[str, Row], home: Path) -> SheetRow:
    control = row.get("control")
    return SheetRow(
        sample=row["sample"],
        reads=_reads(row, home),
        options=_options(row),
        control=None if control is None else _reads(by_name[control], home),
        group=row.get("group"),
    )
