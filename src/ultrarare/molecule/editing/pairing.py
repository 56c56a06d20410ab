"""Two mates become one read where they overlap, compiled; `molecule.mates` is the slow oracle."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.editing.codes import Codes
from ultrarare.stats.compiled import compiled

Words = npt.NDArray[np.uint64]

NO_OVERLAP: Final = -1
DISAGREE: Final = -2
AMBIGUOUS: Final = -3

_N = 4


@compiled
def overlap(one: Codes, two: Codes, least: int, allowed: float, likely: int) -> tuple[int, int]:
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
    if min(one.size, two.size) < least:
        return NO_OVERLAP, 0
    if known(one) and known(two):
        wrong, length, times, place = _packed_search(one, two, low, high, likely)
    else:
        wrong, length, times, place = _search(one, two, low, high, likely)
    if wrong / length <= allowed:
        return (0, place) if times == 1 else (AMBIGUOUS, 0)
    return (DISAGREE, 0) if wrong / length <= 0.5 else (NO_OVERLAP, 0)


@compiled
def known(codes: Codes) -> bool:
    """Whether no base is N."""
    worst = 0
    for code in codes:
        worst |= code
    return worst < _N


@compiled
def _search(one: Codes, two: Codes, low: int, high: int, likely: int) -> tuple[int, int, int, int]:
    """Fewest disagreeing bases by share, the length, how many shifts have it, the first of them."""
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
        return 0, 1, perfect, place
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
    return wrong, length, times, place


@compiled
def _packed_search(
    one: Codes, two: Codes, low: int, high: int, likely: int
) -> tuple[int, int, int, int]:
    """The same for reads without N, 32 bases at a time."""
    a, b = _packed(one), _packed(two)
    wrong, length, times, place = 1, 1, 0, 0
    if low <= likely <= high:
        length = min(one.size, likely + two.size) - max(0, likely)
        wrong = _packed_disagreeing(a, b, likely, length, length)
        times, place = 1, likely
    for shift in range(low, high + 1):
        if times and shift == likely:
            continue
        size = min(one.size, shift + two.size) - max(0, shift)
        most = wrong * size // length
        found = _packed_disagreeing(a, b, shift, size, most)
        if found > most:
            continue
        if found * length < wrong * size or times == 0:
            wrong, length, times, place = found, size, 1, shift
        elif found * length == wrong * size:
            times += 1
    return wrong, length, times, place


@compiled
def _packed(codes: Codes) -> Words:
    """(size,) the 32 bases from each base on, two bits each, the first lowest."""
    words = np.empty(codes.size, dtype=np.uint64)
    word = np.uint64(0)
    for at in range(codes.size - 1, -1, -1):
        word = (word << np.uint64(2)) | np.uint64(codes[at])
        words[at] = word
    return words


@compiled
def _packed_disagreeing(a: Words, b: Words, shift: int, size: int, most: int) -> int:
    """Disagreeing bases at a shift with `size` in common; counting stops once past `most`."""
    i, j = np.uint64(max(0, shift)), np.uint64(max(0, -shift))
    low = np.uint64(0x5555555555555555)
    wrong = 0
    while size > 0 and wrong <= most:
        apart = a[i] ^ b[j]
        apart = (apart | (apart >> np.uint64(1))) & low
        if size < 32:
            apart &= (np.uint64(1) << np.uint64(2 * size)) - np.uint64(1)
        # how many of the even bits are set
        apart = (apart & np.uint64(0x3333333333333333)) + (
            (apart >> np.uint64(2)) & np.uint64(0x3333333333333333)
        )
        apart = (apart + (apart >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        wrong += int((apart * np.uint64(0x0101010101010101)) >> np.uint64(56))
        i += np.uint64(32)
        j += np.uint64(32)
        size -= 32
    return wrong


@compiled
def disagreeing(one: Codes, two: Codes, shift: int, most: int) -> int:
    """Disagreeing bases at a shift, N with nothing; counting stops once past `most`."""
    wrong = 0
    for at in range(max(0, shift), min(one.size, shift + two.size)):
        a, b = one[at], two[at - shift]
        if a != b and max(a, b) < _N:
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
