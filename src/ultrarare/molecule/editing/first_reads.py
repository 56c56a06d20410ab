"""Lengths and qualities of the first reads of a file, for the report."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReads:
    """What the first reads look like.

    Attributes:
        reads: how many were looked at.
        mean_quality: by position in the read, Phred.
        low_quality: by position, the tenth percentile.
        lengths: length to reads.
    """

    reads: int
    mean_quality: tuple[float, ...]
    low_quality: tuple[float, ...]
    lengths: dict[int, int]


def first_reads(path: Path, most: int = MOST) -> FirstReads:
    """Read at most `most` reads of a file that is known to be sound."""
    from contextlib import closing

    from ultrarare.molecule.reads import stream_fragments

    with closing(stream_fragments(path)) as fragments:
        marks = [fragment[0].qualities for fragment in islice(fragments, most)]
    lengths: dict[int, int] = {}
    for text in marks:
        lengths[len(text)] = lengths.get(len(text), 0) + 1
    widest = max(lengths, default=0)
    table = np.full((len(marks), widest), np.nan)
    for row, text in enumerate(marks):
        table[row, : len(text)] = np.frombuffer(text.encode(), dtype=np.uint8) - 33.0
    if not widest:
        return FirstReads(reads=len(marks), mean_quality=(), low_quality=(), lengths=lengths)
    return FirstReads(
        reads=len(marks),
        mean_quality=tuple(np.nanmean(table, axis=0).tolist()),
        low_quality=tuple(np.nanquantile(table, 0.1, axis=0).tolist()),
        lengths=dict(sorted(lengths.items())),
    )
