"""What was misread outside the anchors, where nothing was edited, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.editing.codes import Codes
from ultrarare.stats.compiled import compiled

Ints = npt.NDArray[np.int64]

_N = 4
_PRIMER = 20  # bases at either end of the amplicon: what the primer says, not the molecule


class Tracks(NamedTuple):
    """What is counted beside the alleles."""

    errors: Ints  # (bases, 5) substitutions outside the compared spans, by what was read
    compared: Ints  # (bases,) how often each such base was compared
    overflow: Ints  # (amplicons,) reads whose allele found no room in the table


@compiled
def flank_errors(
    read: Codes,
    size: int,
    at: int,
    to: int,
    sequence: Codes,
    origin: int,
    length: int,
    low: int,
    high: int,
    tracks: Tracks,
) -> None:
    """Count what was misread outside the anchors, where nothing was edited.

    A flank that differs in more than a fifth of its bases, and two more, is shifted or foreign: it
    is left out. Fewer would leave out reads for their errors, which are what is counted.
    """
    left = min(at, low - _PRIMER)
    if left > 0:
        _compare(read, at - left, sequence, origin + low - left, left, tracks)
    right = min(size - to, length - _PRIMER - high)
    if right > 0:
        _compare(read, to, sequence, origin + high, right, tracks)


@compiled
def _compare(
    read: Codes, start: int, sequence: Codes, place: int, reach: int, tracks: Tracks
) -> None:
    wrong = 0
    for i in range(reach):
        wrong += read[start + i] != sequence[place + i]
    if 5 * wrong > 10 + reach:  # a short flank with an error or two is still one
        return
    for i in range(reach):
        tracks.compared[place + i] += 1
    if not wrong:
        return
    for i in range(reach):
        code = read[start + i]
        if code == _N:
            tracks.compared[place + i] -= 1
        elif code != sequence[place + i]:
            tracks.errors[place + i, code] += 1
