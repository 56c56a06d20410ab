"""Affine-gap global alignment cost, cell by cell: slow, obvious, apart from align.py."""

from __future__ import annotations

import math


def cheapest(read: str, reference: str, *, mismatch: int, gap_open: int, gap_extend: int) -> float:
    """Least cost of aligning two strings end to end; N in the read matches at no cost.

    Three tables, as in Gotoh (1982): the last column is base for base (m), a base of the
    reference lost (d), or a base of the read gained (i).
    """
    rows, columns = len(read) + 1, len(reference) + 1
    m = [[math.inf] * columns for _ in range(rows)]
    d = [[math.inf] * columns for _ in range(rows)]
    i = [[math.inf] * columns for _ in range(rows)]
    m[0][0] = 0
    for r in range(rows):
        for c in range(columns):
            if r and c:
                same = read[r - 1] in (reference[c - 1], "N")
                before = min(m[r - 1][c - 1], d[r - 1][c - 1], i[r - 1][c - 1])
                m[r][c] = before + (0 if same else mismatch)
            if c:
                fresh = min(m[r][c - 1], i[r][c - 1]) + gap_open + gap_extend
                d[r][c] = min(fresh, d[r][c - 1] + gap_extend)
            if r:
                fresh = min(m[r - 1][c], d[r - 1][c]) + gap_open + gap_extend
                i[r][c] = min(fresh, i[r - 1][c] + gap_extend)
    return min(m[-1][-1], d[-1][-1], i[-1][-1])


def one_deletion_places(read: str, reference: str) -> list[int]:
    """Every start at which deleting one run of bases turns the reference into the read."""
    size = len(reference) - len(read)
    return [
        start
        for start in range(len(read) + 1)
        if reference[:start] + reference[start + size :] == read
    ]


def one_insertion_places(read: str, reference: str) -> list[int]:
    """Every offset at which inserting one run of bases turns the reference into the read."""
    size = len(read) - len(reference)
    return [
        start
        for start in range(len(reference) + 1)
        if read[:start] + read[start + size :] == reference
    ]
