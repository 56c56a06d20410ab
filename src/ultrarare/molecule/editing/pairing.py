"""Two mates become one read where they overlap, compiled; `molecule.mates` is the slow oracle."""

from __future__ import annotations

from typing import Final

from ultrarare.molecule.editing.codes import Codes
from ultrarare.stats.compiled import compiled

NO_OVERLAP: Final = -1
DISAGREE: Final = -2
AMBIGUOUS: Final = -3

_N = 4


@compiled
def overlap(
    one: Codes, two: Codes, least: int, allowed: float, likely: int
) -> tuple[int, int]:
    """Where `two`, turned to the strand of `one`, starts on it.

    Args:
        one: codes of the first mate.
        two: codes of the second, turned.
        least: bases that must overlap.
        allowed: disagreeing bases allowed, as a share of the overlap.
        likely: shift tried first, which changes speed only.

    Returns:
        0 and the shift; or NO_OVERLAP, DISAGREE or AMBIGUOUS, and 0.
    """
    low, high = least - two.size, one.size - least
    if high < low:
        return NO_OVERLAP, 0
    # Where bases agree throughout, N with N only, no other shift can be better.
    perfect, place = 0, 0
    for shift in range(low, high + 1):
        start, end = max(0, shift), min(one.size, shift + two.size)
        at = start
        while at < end and one[at] == two[at - shift]:
            at += 1
        if at == end:
            perfect += 1
            place = shift
    if perfect:
        return (0, place) if perfect == 1 else (AMBIGUOUS, 0)
    wrong, length, times = 1, 1, 0
    if low <= likely <= high:
        wrong = disagreeing(one, two, likely, one.size)
        length = min(one.size, likely + two.size) - max(0, likely)
        times, place = 1, likely
    for shift in range(low, high + 1):
        if times and shift == likely:
            continue
        size = min(one.size, shift + two.size) - max(0, shift)
        # More than this many would be a larger share than the best so far.
        most = wrong * size // length
        found = disagreeing(one, two, shift, most)
        if found > most:
            continue
        if found * length < wrong * size or times == 0:
            wrong, length, times, place = found, size, 1, shift
        elif found * length == wrong * size:
            times += 1
    share = wrong / length
    if share <= allowed:
        return (0, place) if times == 1 else (AMBIGUOUS, 0)
    return (DISAGREE, 0) if share <= 0.5 else (NO_OVERLAP, 0)


@compiled
def disagreeing(one: Codes, two: Codes, shift: int, most: int) -> int:
    """Disagreeing bases at a shift, N with nothing; counting stops once past `most`."""
    wrong = 0
    for at in range(max(0, shift), min(one.size, shift + two.size)):
        a, b = one[at], two[at - shift]
        if a != b and a != _N and b != _N:
            wrong += 1
            if wrong > most:
                break
    return wrong


@compiled
def joined(
    one: Codes,
    one_quality: Codes,
    two: Codes,
    two_quality: Codes,
    shift: int,
    codes: Codes,
    qualities: Codes,
) -> int:
    """Write the merged read; its length.

    Before the second mate's start comes the first alone; after the first's end, the second. What
    else hangs over is adapter. Quality bytes are Phred + 33.
    """
    low, high = max(0, shift), min(one.size, shift + two.size)
    size = 0
    for at in range(low):
        codes[size], qualities[size] = one[at], one_quality[at]
        size += 1
    for at in range(low, high):
        a, b, p, q = one[at], two[at - shift], one_quality[at], two_quality[at - shift]
        if a == b:
            codes[size], qualities[size] = a, max(p, q)
        elif a == _N:
            codes[size], qualities[size] = b, q
        elif b == _N:
            codes[size], qualities[size] = a, p
        elif p == q:
            codes[size], qualities[size] = _N, 33
        elif p > q:
            codes[size], qualities[size] = a, 33 + p - q
        else:
            codes[size], qualities[size] = b, 33 + q - p
        size += 1
    for at in range(max(high - shift, 0), two.size):
        codes[size], qualities[size] = two[at], two_quality[at]
        size += 1
    return size
