"""Molecules from reads: unique molecular identifiers grouped, and one allele a group."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ultrarare.errors import InputError
from ultrarare.molecule.align import Allele
from ultrarare.molecule.editing.batches import Batch
from ultrarare.molecule.editing.codes import CODE_OF
from ultrarare.molecule.editing.counting import AmpliconCounts, Calls, Ints

LONGEST: Final = 24
"""Bases of an identifier that fit into one number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Molecules:
    """What came of the identifiers of one amplicon.

    Attributes:
        identifiers: different ones, before those that differ by a misread base were joined.
        molecules: groups that agree on an allele.
        disagreeing: groups in which no allele has more than half of the reads.
        small: groups with too few reads.
        unread: reads whose identifier holds N or is cut short.
        reads_per_molecule: mean over the molecules; None without any.
    """

    identifiers: int
    molecules: int
    disagreeing: int
    small: int
    unread: int
    reads_per_molecule: float | None


class Identifiers:
    """Keeps the identifier and the allele of every called read; give `add` to `count_files`.

    Args:
        length: bases at the start of the first read.

    Raises:
        InputError: a length that is no identifier's.
    """

    def __init__(self, length: int) -> None:
        if not 4 <= length <= LONGEST:
            raise InputError(
                f"{length} bases; allowed are 4 to {LONGEST}", where="length of the identifier"
            )
        self._length = length
        self._parts: list[tuple[Ints, Calls]] = []

    def add(self, batch: Batch, calls: Calls) -> None:
        """Remember a batch."""
        called = np.flatnonzero(calls >= 0)
        starts = batch.one_places[called, 2]
        value = np.zeros(called.size, dtype=np.int64)
        bad = batch.one_places[called, 4] < self._length
        room = batch.one.size - 1
        for k in range(self._length):
            codes = CODE_OF[batch.one[np.minimum(starts + k, room)]]
            bad |= codes > 3
            value = value << 2 | np.minimum(codes, 3)
        self._parts.append((np.where(bad, -1, value), calls[called]))

    def molecules_of(
        self, counts: AmpliconCounts, *, fewest: int = 1
    ) -> tuple[AmpliconCounts, Molecules]:
        """One amplicon with molecules in place of reads.

        Args:
            counts: alleles by reads.
            fewest: reads that a molecule needs.

        Notes:
            An identifier joins one that differs in a single base and has at least twice its reads
            less one (the directional rule of Smith, Heger and Sudbery 2017). A molecule's allele
            is the one of more than half of its reads. Checked in
            tests/unit/molecule/editing/test_umis.py.
        """
        by_number = {number: allele for allele, number in counts.numbers.items()}
        reads: defaultdict[int, Counter[int]] = defaultdict(Counter)
        unread = 0
        for values, calls in self._parts:
            for value, call in zip(values.tolist(), calls.tolist(), strict=True):
                if call not in by_number:
                    continue
                if value < 0:
                    unread += 1
                else:
                    reads[value][call] += 1
        groups = _grouped({value: found.total() for value, found in reads.items()}, self._length)
        alleles: Counter[Allele] = Counter()
        disagreeing = small = kept = 0
        for members in groups:
            total: Counter[int] = Counter()
            for value in members:
                total += reads[value]
            size = total.total()
            number, most = min(total.items(), key=lambda item: (-item[1], item[0]))
            if size < fewest:
                small += 1
            elif 2 * most <= size:
                disagreeing += 1
            else:
                alleles[by_number[number]] += 1
                kept += size
        molecules = alleles.total()
        return replace(counts, alleles=dict(alleles)), Molecules(
            identifiers=len(reads), molecules=molecules, disagreeing=disagreeing, small=small,
            unread=unread, reads_per_molecule=kept / molecules if molecules else None,
        )  # fmt: skip


def _grouped(counts: dict[int, int], length: int) -> list[list[int]]:
    """Identifiers that are one, the commonest of each group first; ties by value."""
    order = sorted(counts, key=lambda value: (-counts[value], value))
    taken: set[int] = set()
    groups = []
    for first in order:
        if first in taken:
            continue
        taken.add(first)
        group = [first]
        for value in group:  # grows while it is gone through
            for near in _neighbours(value, length):
                if near in counts and near not in taken and counts[value] >= 2 * counts[near] - 1:
                    taken.add(near)
                    group.append(near)
        groups.append(group)
    return groups


def _neighbours(value: int, length: int) -> list[int]:
    """Every identifier that differs in one base."""
    return [value ^ (change << 2 * place) for place in range(length) for change in (1, 2, 3)]
