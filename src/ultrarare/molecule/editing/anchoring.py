"""Where a read lies: the words it holds, the amplicon and strand they tell, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.editing.codes import Codes
from ultrarare.molecule.editing.reasons import JUNCTION, NO_MATCH, NOT_COVERED, SEVERAL
from ultrarare.stats.compiled import compiled

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

_N = 4


class Anchors(NamedTuple):
    """A table of `panel.Words`."""

    keys: Ints
    entry: Ints
    entries: Ints


class Seen(NamedTuple):
    """Room for the words of one read."""

    times: Small  # (entries,) zero between reads
    place: Small
    rows: Small


@compiled
def make_seen(entries: int) -> Seen:
    """Room for the words of a read among so many entries."""
    return Seen(
        np.zeros(entries, dtype=np.int32),
        np.zeros(entries, dtype=np.int32),
        np.empty(entries, dtype=np.int32),
    )


@compiled
def seen_words(
    codes: Codes, size: int, anchor: int, words: Anchors, times: Small, place: Small, seen: Small
) -> int:
    """Which entries stand in a read, how often and where last; the number of entries seen.

    `times` is zero for every entry before and must be made so again for those in `seen`.
    """
    keys, entry = words.keys, words.entry
    slots = keys.size
    bits = 0
    while (1 << bits) < slots:
        bits += 1
    shift = np.uint64(64 - bits)
    factor = np.uint64(0x9E3779B97F4A7C15)
    mask = (np.int64(1) << (2 * anchor)) - 1
    key = np.int64(0)
    known = 0  # bases since the last N
    count = 0
    for at in range(size):
        code = codes[at]
        if code == _N:
            known = 0
            key = np.int64(0)
            continue
        key = ((key << 2) | np.int64(code)) & mask
        known += 1
        if known < anchor:
            continue
        slot = np.int64((np.uint64(key) * factor) >> shift)
        while keys[slot] >= 0:
            if keys[slot] == key:
                row = entry[slot]
                if times[row] == 0:
                    seen[count] = row
                    count += 1
                times[row] += 1
                place[row] = at + 1 - anchor
                break
            slot = (slot + 1) & (slots - 1)
    return count


@compiled
def choose(
    size: int,
    anchor: int,
    words: Anchors,
    times: Small,
    place: Small,
    seen: Small,
    count: int,
    best: Small,
) -> tuple[int, int]:
    """The amplicon and strand on which a read has both anchors; -1 and why where it has not.

    `best` (amplicons, 2 strands, 2 sides) is filled with the row of the nearest anchor that
    stands once, -1 where there is none; rows of earlier reads are cleared here.
    """
    entries = words.entries
    best[:] = -1
    for k in range(count):
        row = seen[k]
        if times[row] == 1:
            a, side, strand = entries[row, 0], entries[row, 1], entries[row, 3]
            old = best[a, strand, side]
            if old < 0 or entries[row, 2] < entries[old, 2]:
                best[a, strand, side] = row
    reached = False
    lefts = rights = 0
    for strand in range(2):
        chosen, several = -1, False
        for a in range(best.shape[0]):
            left, right = best[a, strand, 0], best[a, strand, 1]
            reached = reached or left >= 0 or right >= 0
            lefts += left >= 0
            rights += right >= 0
            if left < 0 or right < 0:
                continue
            # On the other strand the word of the left anchor stands to the right.
            first = place[left] if strand == 0 else size - place[left] - anchor
            second = place[right] if strand == 0 else size - place[right] - anchor
            if first < second:
                several = chosen >= 0
                chosen = a
        if several:
            return -1, SEVERAL
        if chosen >= 0:
            return chosen, strand
    if not reached:
        return -1, NO_MATCH
    if best.shape[0] > 1 and _crosses(best):
        return -1, JUNCTION
    return -1, NOT_COVERED


@compiled
def _crosses(best: Small) -> bool:
    """Whether a read has anchors of two amplicons."""
    first = -1
    for a in range(best.shape[0]):
        if (best[a] >= 0).any():
            if first >= 0:
                return True
            first = a
    return False


@compiled
def locate(
    codes: Codes, size: int, anchor: int, words: Anchors, seen: Seen, best: Small
) -> tuple[int, int]:
    """Amplicon and strand of a read by some words; -1 and why, as `choose`."""
    count = seen_words(codes, size, anchor, words, seen.times, seen.place, seen.rows)
    a, strand = choose(size, anchor, words, seen.times, seen.place, seen.rows, count, best)
    for i in range(count):
        seen.times[seen.rows[i]] = 0
    return a, strand
