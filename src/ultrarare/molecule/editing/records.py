"""Where the records of a FASTQ buffer lie, and whether mates belong together."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ultrarare.stats.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

COLUMNS: Final = 6
"""Name from, to; bases from; qualities from; how many; one spare."""

_NEWLINE, _RETURN, _AT, _PLUS, _SPACE, _SLASH = 10, 13, 64, 43, 32, 47


@compiled
def index_records(buffer: Bytes, size: int, places: Places) -> tuple[int, int, int]:
    """Find whole records from the start of the buffer.

    Args:
        buffer: FASTQ bytes, records beginning at 0; a line ends with a line feed, before which a
            carriage return may stand.
        size: bytes filled.
        places: (most, COLUMNS) filled in.

    Returns:
        Records found, bytes they take, and 1 where the next one breaks the format (it is then
        for the slow reader to say how), else 0.
    """
    found = 0
    at = 0
    while found < places.shape[0]:
        edge = at
        begins = np.empty(4, dtype=np.int64)
        ends = np.empty(4, dtype=np.int64)
        whole = True
        for line in range(4):
            end = edge
            while end < size and buffer[end] != _NEWLINE:
                end += 1
            if end == size:
                whole = False
                break
            begins[line] = edge
            ends[line] = end - 1 if end > edge and buffer[end - 1] == _RETURN else end
            edge = end + 1
        if not whole:
            break
        length = ends[1] - begins[1]
        if ends[0] == begins[0] or buffer[begins[0]] != _AT:
            return found, at, 1
        if ends[2] == begins[2] or buffer[begins[2]] != _PLUS or ends[3] - begins[3] != length:
            return found, at, 1
        again = ends[2] - begins[2] - 1
        if again:  # the name once more after the plus: it must be the same
            if again != ends[0] - begins[0] - 1:
                return found, at, 1
            for k in range(again):
                if buffer[begins[2] + 1 + k] != buffer[begins[0] + 1 + k]:
                    return found, at, 1
        places[found, 0] = begins[0] + 1
        places[found, 1] = ends[0]
        places[found, 2] = begins[1]
        places[found, 3] = begins[3]
        places[found, 4] = length
        found += 1
        at = edge
    return found, at, 0


@compiled
def is_blank(byte: int) -> bool:
    """Whether a byte is what `str.split` takes for a blank."""
    return byte == _SPACE or 9 <= byte <= 13 or 28 <= byte <= 31


@compiled
def molecule_end(buffer: Bytes, start: int, end: int) -> int:
    """Where the part of a name ends that mates share: before the comment, and /1 or /2."""
    while start < end and is_blank(buffer[start]):
        start += 1
    stop = start
    while stop < end and not is_blank(buffer[stop]):
        stop += 1
    if stop - start >= 2 and buffer[stop - 2] == _SLASH and 49 <= buffer[stop - 1] <= 50:
        stop -= 2
    return stop


@compiled
def unpaired(one: Bytes, one_places: Places, two: Bytes, two_places: Places, count: int) -> int:
    """The first of `count` pairs whose names differ; -1 if all agree."""
    for k in range(count):
        a, b = one_places[k, 0], two_places[k, 0]
        size = molecule_end(one, a, one_places[k, 1]) - a
        if molecule_end(two, b, two_places[k, 1]) - b != size:
            return k
        for i in range(size):
            if one[a + i] != two[b + i]:
                return k
    return -1
