"""Reading a matrix of counted reads, genes by samples, and the sheet that says who was treated."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ultrarare.case.table import MAX_BYTES, Column, read_table
from ultrarare.errors import InputError, InputErrors, Problem

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_TOLD: Final = 20
_SUMMARY: Final = "__"
"""How htseq-count begins the names of rows that are no genes."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CountMatrix:
    """Reads of every gene in the samples of a sheet.

    Attributes:
        genes: names, each once.
        samples: names, in the order of the sheet.
        groups: of each sample.
        counts: (genes, samples) reads.
        unread: columns that the sheet does not name.
        skipped: rows that are no genes, such as __no_feature.
    """

    genes: tuple[str, ...]
    samples: tuple[str, ...]
    groups: tuple[str, ...]
    counts: npt.NDArray[np.float64]
    unread: tuple[str, ...]
    skipped: tuple[str, ...]


def read_sheet(path: Path) -> Mapping[str, str]:
    """Group of each sample, from `sample,group`.

    Raises:
        InputErrors: a wrong cell, or a sample twice; all are listed.
        InputError: the file is not there.
    """
    if not path.is_file():
        raise InputError("is not there, or is not a file", where=str(path))
    columns = (Column("sample", str), Column("group", str))
    rows = read_table(path, columns, name=path.name)
    found: dict[str, str] = {}
    problems = []
    for row in rows:
        if row["sample"] in found:
            problems.append(Problem(f"{path.name}:{row.line}", f"{row['sample']} stands twice"))
        found[row["sample"]] = row["group"]
    if problems:
        raise InputErrors(problems, where=path.name)
    return found


def read_counts(path: Path, groups: Mapping[str, str]) -> CountMatrix:
    """Read a matrix of counts, comma or tab separated: genes in the first column.

    Args:
        path: as featureCounts, htseq-count merged, or a spreadsheet writes it; lines that begin
            with # are comments.
        groups: of each sample to be read; other columns are left unread and told.

    Raises:
        InputErrors: a sample without a column, a gene twice, a cell that is no count; all, up to
            20, are listed.
        InputError: the file is not there, too large, or no text.
    """
    import numpy as np

    lines = _lines(path)
    header = [cell.strip() for cell in lines[0][1]]
    problems = [
        Problem(f"{path.name}:{lines[0][0]}", f"has the column {name!r} twice")
        for name in sorted({one for one in groups if header.count(one) > 1})
    ]
    problems += [
        Problem(
            f"{path.name}:{lines[0][0]}", f"has no column for sample {name!r} of the sheet; "
            f"found: {', '.join(header[1:9])}{' …' if len(header) > 9 else ''}"
        )
        for name in groups if name not in header[1:]
    ]  # fmt: skip
    if problems:
        raise InputErrors(problems, where=path.name)
    places = [header.index(name, 1) for name in groups]
    genes: dict[str, int] = {}
    skipped, rows = [], list[list[float]]()
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            text = f"has {len(cells)} cells where the header has {len(header)}"
            problems.append(Problem(f"{path.name}:{line}", text))
            continue
        gene = cells[0].strip()
        if gene.startswith(_SUMMARY):
            skipped.append(gene)
            continue
        if not gene:
            problems.append(Problem(f"{path.name}:{line}", "has no gene in the first column"))
        elif gene in genes:
            problems.append(
                Problem(f"{path.name}:{line}", f"{gene} stands in line {genes[gene]} too",
                        "a name for several genes: use identifiers")
            )  # fmt: skip
        genes[gene] = line
        row, wrong = _cells(cells, places, header, f"{path.name}:{line}")
        problems += wrong
        rows.append(row)
    if not rows and not problems:
        problems.append(Problem(path.name, "has a header and no gene"))
    if problems:
        more = len(problems) - _MOST_TOLD
        told = problems[:_MOST_TOLD]
        if more > 0:
            told.append(Problem(path.name, f"and {more:,} more of this kind"))
        raise InputErrors(told, where=path.name)
    return CountMatrix(
        genes=tuple(genes), samples=tuple(groups), groups=tuple(groups.values()),
        counts=np.array(rows, dtype=np.float64),
        unread=tuple(one for one in header[1:] if one not in groups), skipped=tuple(skipped),
    )  # fmt: skip


def _cells(
    cells: Sequence[str], places: Sequence[int], header: Sequence[str], where: str
) -> tuple[list[float], list[Problem]]:
    found, problems = [], []
    for at in places:
        text = cells[at].strip()
        if text.isascii() and text.isdigit() and len(text) <= 15:
            found.append(float(text))
            continue
        way = "leave the gene out where a sample has no count; it is not 0"
        if text:
            way = "round the estimates of salmon or RSEM; TPM, FPKM and logarithms are no counts"
        problems.append(
            Problem(f"{where} {header[at]}", f"found {text!r}; allowed is a count of reads", way)
        )
    return found, problems


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    if not path.is_file():
        raise InputError("is not there, or is not a file", where=str(path))
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES} bytes", where=path.name)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8", where=path.name,
            remedy="Decompress the file first, or save it as UTF-8.",
        ) from None  # fmt: skip
    if "\0" in text:
        raise InputError("holds a NUL character, so it is no table", where=path.name)
    found = list(_split(text))
    if not found:
        raise InputError("is empty", where=path.name)
    return found


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((one for one in text.splitlines() if one and not one.startswith("#")), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",")
    for cells in reader:
        if any(one.strip() for one in cells) and not cells[0].startswith("#"):
            yield reader.line_num, cells
