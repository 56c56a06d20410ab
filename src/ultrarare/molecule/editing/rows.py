"""Alleles as a matrix of bases over the compared span, so that questions are put to all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.align import Allele
from ultrarare.molecule.amplicon import touches
from ultrarare.molecule.editing.codes import UNKNOWN, Codes, encode

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LOST: Final = 5
"""The code of a base that the read does not have."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """Every allele of a sample over the compared span.

    Attributes:
        start: plus-strand offset of the first column.
        reference: (span,) codes.
        bases: (alleles, span) codes; UNKNOWN for N, LOST where a base was lost.
        counts: (alleles,) reads.
        gap: (alleles,) whether bases were lost or gained anywhere in the compared span.
        indel: (alleles,) whether that happened in the indel window.
        net: (alleles,) bases gained minus bases lost.
        longest: (alleles,) bases of the longest deletion.
        alleles: in the order of the rows.
    """

    start: int
    reference: Codes
    bases: Codes
    counts: Ints
    gap: Flags
    indel: Flags
    net: Ints
    longest: Ints
    alleles: tuple[Allele, ...]

    @property
    def total(self) -> int:
        """Reads."""
        return int(self.counts.sum())


def make_rows(
    counts: Mapping[Allele, int],
    *,
    reference: str,
    span: tuple[int, int],
    indel_window: tuple[int, int],
) -> Rows:
    """Lay out alleles, the most frequent first, ties by their changes.

    Args:
        counts: reads of each allele.
        reference: plus strand of the amplicon.
        span: interbase span compared.
        indel_window: interbase span in which a gap counts as an indel.
    """  # fmt: skip
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    start, end = span
    own = encode(reference[start:end])
    bases = np.tile(own, (len(ranked), 1))
    gap = np.zeros(len(ranked), dtype=np.bool_)
    indel = np.zeros(len(ranked), dtype=np.bool_)
    net = np.zeros(len(ranked), dtype=np.int64)
    longest = np.zeros(len(ranked), dtype=np.int64)
    code = {"A": 0, "C": 1, "G": 2, "T": 3, "N": UNKNOWN}
    for row, (allele, _) in enumerate(ranked):
        for change in allele:
            lost, gained = len(change.ref), len(change.alt)
            if lost == gained:
                bases[row, change.start - start] = code[change.alt]
                continue
            gap[row] = True
            indel[row] |= touches(change.start, change.end, *indel_window)
            net[row] += gained - lost
            longest[row] = max(longest[row], lost)
            bases[row, max(change.start - start, 0) : max(change.end - start, 0)] = LOST
    return Rows(
        start=start, reference=own, bases=bases,
        counts=np.array([n for _, n in ranked], dtype=np.int64),
        gap=gap, indel=indel, net=net, longest=longest,
        alleles=tuple(allele for allele, _ in ranked),
    )  # fmt: skip
