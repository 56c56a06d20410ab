"""The rows of the per-read table: name, allele, or why there is none."""

from __future__ import annotations

import numpy as np

from ultrarare.molecule.editing.batches import Batch, Ints
from ultrarare.molecule.editing.codes import Codes
from ultrarare.molecule.editing.counting import Calls
from ultrarare.molecule.editing.reasons import WHY
from ultrarare.molecule.editing.records import is_blank
from ultrarare.stats.compiled import compiled

_COMMA, _QUOTE, _NEWLINE = 44, 34, 10


def name_rows(batch: Batch, calls: Calls) -> bytes:
    """One line a read: `name,number,` or `name,,reason`; names with a comma are quoted."""
    reasons = [b""] * 16
    for code, why in WHY.items():
        reasons[-code] = str(why).encode()
    reasons[11] = b"allele not listed"
    text = np.frombuffer(b"".join(reasons), dtype=np.uint8)
    edges = np.cumsum([0, *map(len, reasons)]).astype(np.int64)
    longest = int((batch.one_places[: batch.count, 1] - batch.one_places[: batch.count, 0]).max())
    room = batch.count * (2 * longest + 64)
    line = np.empty(room, dtype=np.uint8)
    used = _write(batch.one, batch.one_places, batch.count, calls, text, edges, line)
    return line[:used].tobytes()


@compiled
def _write(
    buffer: Codes, places: Ints, count: int, calls: Calls, reasons: Codes, edges: Ints, line: Codes
) -> int:
    """Fill `line` with the rows; how many bytes they take."""
    used = 0
    digits = np.empty(12, dtype=np.uint8)
    for k in range(count):
        start, end = places[k, 0], places[k, 1]
        while start < end and is_blank(buffer[start]):
            start += 1
        stop = start
        quoted = False
        while stop < end and not is_blank(buffer[stop]):
            quoted = quoted or buffer[stop] == _COMMA or buffer[stop] == _QUOTE
            stop += 1
        if quoted:
            line[used] = _QUOTE
            used += 1
        for i in range(start, stop):
            if buffer[i] == _QUOTE:
                line[used] = _QUOTE
                used += 1
            line[used] = buffer[i]
            used += 1
        if quoted:
            line[used] = _QUOTE
            used += 1
        line[used] = _COMMA
        used += 1
        call = calls[k]
        if call >= 0:
            size = 0
            while True:
                digits[size] = 48 + call % 10
                size += 1
                call //= 10
                if call == 0:
                    break
            for i in range(size):
                line[used + i] = digits[size - 1 - i]
            used += size
            line[used] = _COMMA
            used += 1
        else:
            line[used] = _COMMA
            used += 1
            for i in range(edges[-call], edges[1 - call]):
                line[used] = reasons[i]
                used += 1
        line[used] = _NEWLINE
        used += 1
    return used
