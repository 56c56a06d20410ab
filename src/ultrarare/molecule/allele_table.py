"""An allele table, published or our own: sequences with reads, and what it does not show."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ultrarare.errors import InputError, InputErrors, Problem
from ultrarare.molecule.align import Allele, align
from ultrarare.molecule.amplicon import Amplicon
from ultrarare.molecule.protospacer import Strand
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.tally import describe

_MIN_KEPT_SHARE = 0.5  # below this a row is another sequence, or is on the other strand


@dataclass(frozen=True, slots=True, kw_only=True)
class AlleleTable:
    """Alleles with their reads. Reads of alleles that are not shown belong to the total.

    Attributes:
        alleles: reads with each allele, differences in offsets of the amplicon.
        total: all reads of the sample, shown or not.
        total_is: how the total is known: "stated", "implied by the percentages" or "sum".
    """

    alleles: Mapping[Allele, int]
    total: int
    total_is: str

    @property
    def shown(self) -> int:
        """Reads of the alleles listed."""
        return sum(self.alleles.values())

    @property
    def not_shown(self) -> int:
        """Reads of alleles that are not listed."""
        return self.total - self.shown

    def summary(self) -> str:
        """One line for a log or a terminal."""
        return (
            f"{len(self.alleles)} alleles, {self.shown} reads shown of {self.total} "
            f"({self.total_is}); {self.not_shown} not shown"
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """One row an allele, most frequent first."""
        ranked = sorted(self.alleles.items(), key=lambda item: (-item[1], item[0]))
        return [
            {"allele": describe(allele), "reads": n, "share": n / self.total}
            for allele, n in ranked
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Names of the columns that are read; all others are left alone.

    Attributes:
        sequence: bases of the compared span; `-` stands for a lost base.
        reads: reads with that allele.
        percent: printed share, used only if the total is to be implied from it; or None.
        total: all reads of the sample, the same in each row; or None.
    """

    sequence: str = "sequence"
    reads: str = "reads"
    percent: str | None = None
    total: str | None = None


def read_allele_table(
    text: str,
    amplicon: Amplicon,
    *,
    strand: Strand = "+",
    columns: Columns | None = None,
    total: int | None = None,
    where: str = "allele table",
) -> AlleleTable:
    """An allele table from CSV text, checked row by row.

    Args:
        text: CSV with a header line.
        amplicon: its span is what each sequence shows; only `sequence`, `start`, `end` and `cut`
            are used, so any context of the span serves.
        strand: strand on which the sequences are written.
        columns: which columns to read.
        total: all reads of the sample, if it is known from elsewhere. Without it, a total
            column, else printed percentages, else the sum of the reads decides.
        where: name of the file, for messages.

    Raises:
        InputErrors: a column or row is wrong; all are listed with their line.
        InputError: there are no rows, or the total is not single, or smaller than what is shown.
    """
    named = Columns() if columns is None else columns
    rows = _rows(text, named, where)
    reference = amplicon.sequence[amplicon.start : amplicon.end]
    problems, alleles = [], Counter[Allele]()
    seen: dict[str, int] = {}
    for line, row in rows:
        wrong = list(_row_problems(row, named, f"{where}, line {line}"))
        sequence = (row[named.sequence] or "").strip().upper()
        if sequence in seen:
            text_ = f"{sequence} stands in line {seen[sequence]} too; one row an allele"
            wrong.append(Problem(f"{where}, line {line}", text_))
        seen.setdefault(sequence, line)
        if not wrong:
            bases = sequence.replace("-", "")
            bases = bases if strand == "+" else reverse_complement(bases)
            allele = align(bases, reference, cut=amplicon.cut - amplicon.start)
            wrong = list(_likeness(allele, reference, f"{where}, line {line}"))
            moved = tuple(c._replace(start=c.start + amplicon.start) for c in allele)
            alleles[moved] += int(row[named.reads])
        problems += wrong
    if problems:
        raise InputErrors(problems, where=where)
    number, known = _total([row for _, row in rows], named, total, where)
    shown = alleles.total()
    if number < shown:
        raise InputError(f"total {number} is less than the {shown} reads shown", where=where)
    return AlleleTable(alleles=MappingProxyType(dict(alleles)), total=number, total_is=known)


def implied_total(reads: Sequence[int], percent: Sequence[str]) -> range:
    """Every total for which each count, as a percentage, rounds to what is printed.

    Args:
        reads: counts, each above 0.
        percent: the printed percentages as text, so that the printed digits are known.

    Returns:
        The totals, as a range: of one number if the print decides it, empty never.

    Raises:
        InputErrors: a count or percentage is no positive number.
        InputError: nothing to go by, unequal lengths, or no total agrees with all.

    Notes:
        A percentage p printed to d decimals means a share within p ± 0.5·10^-d points, ends
        included, so that half-up and half-even rounding both fit. The total is not below the sum
        of the counts. Exact rational arithmetic. Checked by enumeration in
        tests/unit/molecule/test_allele_table.py.
    """
    if not reads or len(reads) != len(percent):
        raise InputError(
            f"{len(reads)} counts and {len(percent)} percentages; one of each is needed a row",
            where="percent",
        )
    problems = [
        Problem(f"row {i + 1}", f"{n!r} reads printed as {p!r} %; both are numbers above 0")
        for i, (n, p) in enumerate(zip(reads, percent, strict=True))
        if n <= 0 or not _is_decimal(p) or Fraction(p) <= 0
    ]
    if problems:
        raise InputErrors(problems, where="percent")
    low, high = sum(reads), None
    for count, text in zip(reads, percent, strict=True):
        half = Fraction(1, 2 * 10 ** len(text.strip().partition(".")[2]))
        share = Fraction(text.strip())
        low = max(low, math.ceil(100 * count / (share + half)))
        if share > half:
            most = math.floor(100 * count / (share - half))
            high = most if high is None else min(high, most)
    if high is None or high < low:
        raise InputError(
            "no total agrees with every printed percentage and the sum of the reads",
            where="percent",
            remedy="State the total, or check the counts against the print.",
        )
    return range(low, high + 1)


def _is_decimal(text: str) -> bool:
    whole, _, decimals = text.strip().partition(".")
    return (whole + decimals).isascii() and (whole + decimals).isdigit() and bool(whole)


def _rows(text: str, columns: Columns, where: str) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text))
    header = reader.fieldnames or ()
    wanted = (columns.sequence, columns.reads, columns.percent, columns.total)
    missing = [name for name in wanted if name is not None and name not in header]
    if missing:
        raise InputErrors(
            [
                Problem(f"{where}, line 1", f"no column is called {name!r}; found: {list(header)}")
                for name in missing
            ],
            where=where,
        )
    rows = [(reader.line_num, row) for row in reader]
    if not rows:
        raise InputError("holds no rows; at least one allele is needed", where=where)
    return rows


def _row_problems(row: Mapping[str, Any], columns: Columns, place: str) -> Iterator[Problem]:
    sequence = (row[columns.sequence] or "").strip().upper()
    odd = sorted(set(sequence) - set("ACGTN-"))
    if not sequence.strip("-"):
        yield Problem(place, f"{columns.sequence} holds no bases")
    elif odd:
        yield Problem(
            place, f"{columns.sequence} holds {', '.join(odd)}; only A, C, G, T, N, - are allowed"
        )
    for name in (columns.reads, columns.total):
        if name is not None and not _is_count(row[name]):
            yield Problem(place, f"{name} is {row[name]!r}; a whole number above 0 is needed")
    if columns.percent is not None and not _is_decimal(row[columns.percent] or ""):
        yield Problem(place, f"{columns.percent} is {row[columns.percent]!r}, not a percentage")


def _is_count(text: str | None) -> bool:
    stripped = (text or "").strip()
    return stripped.isascii() and stripped.isdigit() and int(stripped) > 0


def _likeness(allele: Allele, reference: str, place: str) -> Iterator[Problem]:
    changed = sum(len(change.ref) for change in allele if not change.is_unknown)
    grown = sum(len(change.alt) - len(change.ref) for change in allele)
    kept, most = len(reference) - changed, min(len(reference), len(reference) + grown)
    if kept < _MIN_KEPT_SHARE * most:
        yield Problem(
            place,
            f"{kept} of {most} bases agree with the compared span; at least half are needed",
            "Check the span and the strand on which the table is written.",
        )


def _total(
    rows: Sequence[Mapping[str, str]], columns: Columns, total: int | None, where: str
) -> tuple[int, str]:
    reads = [int(row[columns.reads]) for row in rows]
    if total is not None:
        return total, "stated"
    if columns.total is not None:
        stated = {int(row[columns.total]) for row in rows}
        if len(stated) > 1:
            raise InputError(
                f"column {columns.total} holds {sorted(stated)}; one total is needed", where=where
            )
        return stated.pop(), "stated"
    if columns.percent is None:
        return sum(reads), "sum"
    totals = implied_total(reads, [row[columns.percent] for row in rows])
    if len(totals) > 1:
        raise InputError(
            f"totals from {totals[0]} to {totals[-1]} agree with the printed percentages",
            where=where,
            remedy="State the total, or carry the range as an uncertainty.",
        )
    return totals[0], "implied by the percentages"
