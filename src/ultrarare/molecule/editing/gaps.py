"""Differences between a read and its reference, compiled; `molecule.align` is the slow oracle.

A change is a row (offset in the reference, bases lost, bases gained, offset in the read of what
was gained); a substitution loses one and gains one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.editing.codes import Codes
from ultrarare.stats.compiled import compiled

Changes = npt.NDArray[np.int32]

_N = 4
_FAR = 1 << 29
MOST_CELLS: Final = 1 << 24
"""A larger alignment is refused: 16 million cells are 200 MB."""


@compiled
def align_codes(
    read: Codes, ref: Codes, cut: int, mismatch: int, opening: int, extend: int, changes: Changes
) -> int:
    """The differences of a cheapest end-to-end alignment, gaps as near to the cut as can be.

    Args:
        read: codes of the read between its anchors.
        ref: codes of the reference between the same.
        cut: interbase offset on `ref` toward which gaps are placed.
        mismatch: cost of a mismatch; N is free.
        opening: cost of a gap, beside that of its bases.
        extend: cost of each base of a gap.
        changes: (at least read.size + ref.size, 4) filled in.

    Returns:
        How many changes there are; -1 where the alignment would be larger than MOST_CELLS.

    Notes:
        Rules and ties are those of `molecule.align.align`. Checked against it in
        tests/laws/test_editing_kernel.py.
    """
    n, m = read.size, ref.size
    gap = m - n
    if gap == 0:
        wrong = 0
        for i in range(n):
            if read[i] != ref[i] and read[i] != _N:
                wrong += 1
        if mismatch * wrong <= 2 * (opening + extend):
            return substitutions(read, ref, 0, n, 0, changes, 0)
    else:
        at, wrong = one_gap(read, ref, cut)
        if mismatch * wrong <= opening:
            lost, gained = max(gap, 0), max(-gap, 0)
            k = substitutions(read, ref, 0, at, 0, changes, 0)
            changes[k, 0], changes[k, 1], changes[k, 2], changes[k, 3] = at, lost, gained, at
            rest = n - (at + gained)
            return substitutions(read, ref, at + gained, rest, at + lost, changes, k + 1)
    return _dynamic(read, ref, cut, mismatch, opening, extend, changes)


@compiled
def substitutions(
    read: Codes, ref: Codes, q: int, size: int, r: int, changes: Changes, k: int
) -> int:
    """Append base-for-base differences of `size` bases from `q` and `r`; the new number."""
    for i in range(size):
        if read[q + i] != ref[r + i]:
            changes[k, 0], changes[k, 1], changes[k, 2], changes[k, 3] = r + i, 1, 1, q + i
            k += 1
    return k


@compiled
def one_gap(read: Codes, ref: Codes, cut: int) -> tuple[int, int]:
    """Where one gap makes up the whole length difference: reference offset and mismatches."""
    n, m = read.size, ref.size
    size = min(n, m)
    lost = max(m - n, 0)
    after = 0
    for i in range(size):
        a = read[n - size + i]
        if a != ref[m - size + i] and a != _N:
            after += 1
    fewest, place, nearest = after, 0, max(0 - cut, cut - lost, 0)
    total = after
    for i in range(1, size + 1):
        a = read[i - 1]
        if a != ref[i - 1] and a != _N:
            total += 1
        a = read[n - size + i - 1]
        if a != ref[m - size + i - 1] and a != _N:
            total -= 1
        distance = max(i - cut, cut - (i + lost), 0)
        if total < fewest or (total == fewest and distance < nearest):
            fewest, place, nearest = total, i, distance
    return place, fewest


@compiled
def _dynamic(
    read: Codes, ref: Codes, cut: int, mismatch: int, opening: int, extend: int, changes: Changes
) -> int:
    """Gotoh's recursions on what equal ends leave over, then each gap moved toward the cut."""
    size = min(read.size, ref.size)
    head = 0
    while head < size and read[head] == ref[head]:
        head += 1
    tail = 0
    while tail < size - head and read[read.size - 1 - tail] == ref[ref.size - 1 - tail]:
        tail += 1
    a, b = read[head : read.size - tail], ref[head : ref.size - tail]
    n, m = a.size, b.size
    if (n + 1) * (m + 1) > MOST_CELLS:
        return -1
    best, lost, gained = _filled(a, b, mismatch, opening, extend)
    columns = np.empty(n + m, dtype=np.uint8)
    count = _walked(a, b, mismatch, opening + extend, best, lost, gained, columns)
    return _shifted(read, ref, cut, changes, _collected(columns, count, read, ref, head, changes))


@compiled
def _filled(
    a: Codes, b: Codes, mismatch: int, opening: int, extend: int
) -> tuple[Changes, Changes, Changes]:
    """Costs of the best alignments of every two heads: any, ending in a loss, ending in a gain."""
    n, m = a.size, b.size
    first = opening + extend
    best = np.full((n + 1, m + 1), _FAR, dtype=np.int32)
    lost = np.full((n + 1, m + 1), _FAR, dtype=np.int32)
    gained = np.full((n + 1, m + 1), _FAR, dtype=np.int32)
    best[0, 0] = 0
    for j in range(1, m + 1):
        lost[0, j] = best[0, j] = opening + extend * j
    for i in range(1, n + 1):
        for j in range(m + 1):
            up = min(gained[i - 1, j] + extend, best[i - 1, j] + first)
            gained[i, j] = up
            low = up
            if j:
                wrong = mismatch if a[i - 1] != b[j - 1] and a[i - 1] != _N else 0
                low = min(low, best[i - 1, j - 1] + wrong)
                side = min(lost[i, j - 1] + extend, best[i, j - 1] + first)
                lost[i, j] = side
                low = min(low, side)
            best[i, j] = low
    return best, lost, gained


@compiled
def _walked(
    a: Codes,
    b: Codes,
    mismatch: int,
    first: int,
    best: Changes,
    lost: Changes,
    gained: Changes,
    columns: Codes,
) -> int:
    """Back from the end; base-for-base (0) is preferred, then a loss (1), then a gain (2)."""
    n, m = a.size, b.size
    count = 0
    i, j, state = n, m, 0
    while i or j:
        if state == 0:
            free = True
            if i and j:
                wrong = mismatch if a[i - 1] != b[j - 1] and a[i - 1] != _N else 0
                if best[i, j] == best[i - 1, j - 1] + wrong:
                    columns[count] = 0
                    count += 1
                    i -= 1
                    j -= 1
                    free = False
            if free:
                state = 1 if best[i, j] == lost[i, j] else 2
        elif state == 1:
            state = 0 if lost[i, j] == best[i, j - 1] + first else 1
            columns[count] = 1
            count += 1
            j -= 1
        else:
            state = 0 if gained[i, j] == best[i - 1, j] + first else 2
            columns[count] = 2
            count += 1
            i -= 1
    return count


@compiled
def _collected(
    columns: Codes, count: int, read: Codes, ref: Codes, head: int, changes: Changes
) -> int:
    """Changes of an alignment given backwards as columns; a run of one kind of gap is one."""
    k, i, j, c = 0, head, head, count - 1
    while c >= 0:
        kind = columns[c]
        size = 1
        while kind and c - size >= 0 and columns[c - size] == kind:
            size += 1
        down, up = (size if kind != 2 else 0), (size if kind != 1 else 0)
        if kind or read[i] != ref[j]:
            changes[k, 0], changes[k, 1], changes[k, 2], changes[k, 3] = j, down, up, i
            k += 1
        i += up
        j += down
        c -= size
    return k


@compiled
def _shifted(read: Codes, ref: Codes, cut: int, changes: Changes, count: int) -> int:
    """Move each gap through bases that repeat, as near to the cut as its neighbours allow."""
    for k in range(count):
        start, down, up, q = changes[k, 0], changes[k, 1], changes[k, 2], changes[k, 3]
        if down == up:
            continue
        low = changes[k - 1, 0] + changes[k - 1, 1] if k else 0
        high = changes[k + 1, 0] if k + 1 < count else ref.size
        nearest, place = max(start - cut, cut - (start + down), 0), start
        at = start
        while at > low:
            # the last base of the gap, as it stands when the gap begins at `at`
            last = ref[at + down - 1] if down else read[q - (start - at) + up - 1]
            if ref[at - 1] != last:
                break
            at -= 1
            distance = max(at - cut, cut - (at + down), 0)
            if distance < nearest or (distance == nearest and at < place):
                nearest, place = distance, at
        at = start
        while at + down < high:
            front = ref[at] if down else read[q + (at - start)]
            if ref[at + down] != front:
                break
            at += 1
            distance = max(at - cut, cut - (at + down), 0)
            if distance < nearest or (distance == nearest and at < place):
                nearest, place = distance, at
        changes[k, 0] = place
        changes[k, 3] = q + place - start
    return count
