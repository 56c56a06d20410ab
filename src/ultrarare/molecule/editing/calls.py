"""From records of bytes to numbered alleles, compiled; `molecule.amplicon.Caller` is the oracle.

An allele is kept as bytes: its amplicon (two), then each change that touches the compared span:
offset, bases lost and bases gained (two bytes each), and the codes gained.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.editing.codes import Codes
from ultrarare.molecule.editing.gaps import align_codes
from ultrarare.molecule.editing.pairing import joined, overlap
from ultrarare.stats.compiled import compiled

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]

TOO_SHORT, LOW_QUALITY, NO_MATCH, NOT_COVERED = -1, -2, -3, -4
NO_OVERLAP, DISAGREE, AMBIGUOUS, SEVERAL, JUNCTION, TOO_LARGE = -5, -6, -7, -8, -9, -10
OTHER: Final = -11  # an allele of its own, but the table is full: counted, not listed
REASONS: Final = 11

IDS, USED, MASKED, NEXT, SHIFT = 0, 1, 2, 3, 4
"""Columns of the state: alleles known, bytes of the store used, bases masked, next record."""

DONE, NEEDS_ROOM, BAD_BASE, BAD_QUALITY = 0, 1, 2, 3

_N = 4
_PRIMER = 20  # bases at either end of the amplicon: what the primer says, not the molecule


class Limits(NamedTuple):
    """What the kernel needs of `Settings`; -1 where a rule is off."""

    anchor: int
    min_length: int
    min_mean_quality: float
    mask_below: int
    max_mismatch_share: float
    min_overlap: int
    max_overlap_mismatch_share: float
    mismatch: int
    opening: int
    extend: int
    most: int  # alleles kept apart


class Found(NamedTuple):
    """The store of alleles; arrays are replaced by larger ones between calls."""

    slots: Small  # (slots,) number of an allele, -1 where empty
    hashes: Hashes  # (ids,)
    starts: Ints  # (ids + 1,) where its bytes begin in the store
    store: Codes


class Anchors(NamedTuple):
    """A table of `panel.Words`."""

    keys: Ints
    entry: Ints
    entries: Ints


@compiled
def take_mate(
    buffer: Codes,
    code_of: Codes,
    base_from: int,
    quality_from: int,
    size: int,
    codes: Codes,
    qualities: Codes,
    turned: bool,  # noqa: FBT001
) -> int:
    """Codes and qualities of one read, turned to the other strand if asked; DONE or a fault."""
    bad = 0
    for k in range(size):
        code = code_of[buffer[base_from + k]]
        bad |= code
        codes[k] = code
    if bad & 128:
        return BAD_BASE
    worst = 0
    for k in range(size):
        mark = buffer[quality_from + k]
        worst |= (mark < 33) | (mark > 126)
        qualities[k] = mark
    if worst:
        return BAD_QUALITY
    if turned:
        for k in range((size + 1) // 2):
            last = size - 1 - k
            a, b = codes[k], codes[last]
            codes[k] = 3 - b if b != _N else _N
            codes[last] = 3 - a if a != _N else _N
            qualities[k], qualities[last] = qualities[last], qualities[k]
    return DONE


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
    size: int, anchor: int, words: Anchors, times: Small, place: Small, seen: Small, count: int,
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
def call_records(
    one: Codes, one_places: Ints, two: Codes, two_places: Ints, paired: bool, count: int,  # noqa: FBT001
    code_of: Codes, sequence: Codes, spans: Ints, nearest: Anchors, every: Anchors,
    limits: Limits, found: Found, state: Ints, calls: Small,
    errors: Ints, flanks: Ints, overflow: Ints, longest: int,
) -> int:
    """Call records from `state[NEXT]` on; DONE, NEEDS_ROOM, or what is wrong with that record.

    Args:
        one: bytes of the first file.
        one_places: where its records lie (`records.index_records`).
        two: bytes of the second file; anything if not paired.
        two_places: where its records lie.
        paired: whether there is a second file.
        count: records.
        code_of: `codes.CODE_OF`.
        sequence: `Panel.sequence`.
        spans: `Panel.spans`.
        nearest: `Panel.nearest`.
        every: `Panel.all`.
        limits: settings.
        found: the store, with room for at least one more allele of `longest` bases.
        state: counters that go on from call to call.
        calls: (count,) filled with the number of the allele, or why there is none.
        errors: (bases of all amplicons, 5) substitutions seen outside the compared spans, by the
            code read, on the plus strand.
        flanks: (bases of all amplicons,) how often each such base was compared.
        overflow: (amplicons,) reads whose allele found no room in the table.
        longest: bases of the longest read.
    """
    anchor = limits.anchor
    room = 2 * longest + 16
    widest = 0
    for a in range(spans.shape[0]):
        widest = max(widest, spans[a, 1] - spans[a, 0])
    changes = np.empty((room + widest + 8, 4), dtype=np.int32)
    key = np.empty(2 + 7 * (room + widest + 8), dtype=np.uint8)
    codes = np.empty(room, dtype=np.uint8)
    qualities = np.empty(room, dtype=np.uint8)
    first = np.empty(room, dtype=np.uint8)
    first_quality = np.empty(room, dtype=np.uint8)
    second = np.empty(room, dtype=np.uint8)
    second_quality = np.empty(room, dtype=np.uint8)
    segment = np.empty(room, dtype=np.uint8)
    near_times = np.zeros(nearest.entries.shape[0], dtype=np.int32)
    near_place = np.zeros(nearest.entries.shape[0], dtype=np.int32)
    near_seen = np.empty(nearest.entries.shape[0], dtype=np.int32)
    all_times = np.zeros(every.entries.shape[0], dtype=np.int32)
    all_place = np.zeros(every.entries.shape[0], dtype=np.int32)
    all_seen = np.empty(every.entries.shape[0], dtype=np.int32)
    best = np.empty((spans.shape[0], 2, 2), dtype=np.int32)
    while state[NEXT] < count:
        k = state[NEXT]
        if state[IDS] * 2 + 2 > found.slots.size or state[IDS] + 1 >= found.starts.size:
            return NEEDS_ROOM
        if state[USED] + key.size > found.store.size:
            return NEEDS_ROOM
        # --- the read
        size = one_places[k, 4]
        if paired:
            fault = take_mate(
                one, code_of, one_places[k, 2], one_places[k, 3], size, first, first_quality, False
            )
            if fault:
                return fault
            other = two_places[k, 4]
            fault = take_mate(
                two, code_of, two_places[k, 2], two_places[k, 3], other, second, second_quality,
                True,
            )
            if fault:
                return fault
            why, shift = overlap(
                first[:size], second[:other], limits.min_overlap,
                limits.max_overlap_mismatch_share, state[SHIFT],
            )
            if why:
                calls[k] = NO_OVERLAP if why == -1 else DISAGREE if why == -2 else AMBIGUOUS
                state[NEXT] += 1
                continue
            state[SHIFT] = shift
            size = joined(
                first[:size], first_quality[:size], second[:other], second_quality[:other], shift,
                codes, qualities,
            )
        else:
            fault = take_mate(
                one, code_of, one_places[k, 2], one_places[k, 3], size, codes, qualities, False
            )
            if fault:
                return fault
        if size < limits.min_length:
            calls[k] = TOO_SHORT
            state[NEXT] += 1
            continue
        if limits.min_mean_quality >= 0:
            total = 0
            for i in range(size):
                total += qualities[i]
            if total < (limits.min_mean_quality + 33) * size:
                calls[k] = LOW_QUALITY
                state[NEXT] += 1
                continue
        if limits.mask_below >= 0:
            edge = limits.mask_below + 33
            for i in range(size):
                if qualities[i] < edge and codes[i] != _N:
                    codes[i] = _N
                    state[MASKED] += 1
        # --- where it lies
        words, times, place = nearest, near_times, near_place
        seen = seen_words(codes, size, anchor, nearest, near_times, near_place, near_seen)
        a, strand = choose(
            size, anchor, nearest, near_times, near_place, near_seen, seen, best
        )
        for i in range(seen):
            near_times[near_seen[i]] = 0
        if a < 0 and strand != SEVERAL:
            words, times, place = every, all_times, all_place
            seen = seen_words(codes, size, anchor, every, all_times, all_place, all_seen)
            a, strand = choose(size, anchor, every, all_times, all_place, all_seen, seen, best)
            for i in range(seen):
                all_times[all_seen[i]] = 0
        if a < 0:
            calls[k] = strand
            state[NEXT] += 1
            continue
        left, right = best[a, strand, 0], best[a, strand, 1]
        at, to = place[left], place[right] + anchor
        if strand == 1:
            at, to = size - place[left] - anchor, size - place[right]
            for i in range(size):
                code = codes[size - 1 - i]
                segment[i] = 3 - code if code != _N else _N
        else:
            for i in range(size):
                segment[i] = codes[i]
        origin = spans[a, 0]
        low, high = words.entries[left, 4], words.entries[right, 4] + anchor
        number = align_codes(
            segment[at:to], sequence[origin + low : origin + high], spans[a, 4] - low,
            limits.mismatch, limits.opening, limits.extend, changes,
        )
        if number < 0:
            calls[k] = TOO_LARGE
            state[NEXT] += 1
            continue
        # --- which allele
        wrong, used = 0, 2
        key[0], key[1] = a & 255, a >> 8
        for c in range(number):
            start, lost, gained = changes[c, 0] + low, changes[c, 1], changes[c, 2]
            q = at + changes[c, 3]
            if lost == gained:
                wrong += segment[q] != _N
            if lost == 0:
                inside = spans[a, 2] <= start <= spans[a, 3]
            else:
                inside = start < spans[a, 3] and start + lost > spans[a, 2]
            if inside:
                key[used], key[used + 1] = start & 255, start >> 8
                key[used + 2], key[used + 3] = lost & 255, lost >> 8
                key[used + 4], key[used + 5] = gained & 255, gained >> 8
                used += 6
                for i in range(gained):
                    key[used + i] = segment[q + i]
                used += gained
        if wrong > limits.max_mismatch_share * (to - at):
            calls[k] = NO_MATCH
            state[NEXT] += 1
            continue
        calls[k] = intern(key, used, a, limits.most, found, state, overflow)
        _flank_errors(
            segment, size, at, to, sequence, origin, spans[a, 1] - origin, low, high, errors, flanks
        )
        state[NEXT] += 1
    return DONE


@compiled
def intern(
    key: Codes, used: int, amplicon: int, most: int, found: Found, state: Ints, overflow: Ints
) -> int:
    """The number of an allele, a new one if it was not seen before."""
    mark = np.uint64(0xCBF29CE484222325)
    for i in range(used):
        mark = (mark ^ np.uint64(key[i])) * np.uint64(0x100000001B3)
    mask = found.slots.size - 1
    slot = np.int64(mark >> np.uint64(20)) & mask
    while found.slots[slot] >= 0:
        number = found.slots[slot]
        if found.hashes[number] == mark:
            start = found.starts[number]
            same = found.starts[number + 1] - start == used
            i = 0
            while same and i < used:
                same = found.store[start + i] == key[i]
                i += 1
            if same:
                return number
        slot = (slot + 1) & mask
    if state[IDS] >= most:
        overflow[amplicon] += 1
        return OTHER
    number = state[IDS]
    start = state[USED]
    for i in range(used):
        found.store[start + i] = key[i]
    found.slots[slot] = number
    found.hashes[number] = mark
    found.starts[number] = start
    found.starts[number + 1] = start + used
    state[IDS] += 1
    state[USED] += used
    return number


@compiled
def place_all(slots: Small, hashes: Hashes) -> None:
    """Enter alleles into an empty table by their hashes, in order."""
    mask = slots.size - 1
    for number in range(hashes.size):
        slot = np.int64(hashes[number] >> np.uint64(20)) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = number


@compiled
def _flank_errors(
    read: Codes, size: int, at: int, to: int, sequence: Codes, origin: int, length: int, low: int,
    high: int, errors: Ints, flanks: Ints,
) -> None:
    """Count what was misread outside the anchors, where nothing was edited.

    A flank that differs in more than a tenth of its bases is shifted or foreign: it is left out.
    """
    reach = min(at, low - _PRIMER)
    if reach > 0:
        wrong = 0
        for i in range(1, reach + 1):
            wrong += read[at - i] != sequence[origin + low - i]
        if wrong * 10 <= reach:
            for i in range(1, reach + 1):
                code = read[at - i]
                place = origin + low - i
                flanks[place] += code != _N
                if wrong and code != sequence[place]:
                    errors[place, code] += 1
    reach = min(size - to, length - _PRIMER - high)
    if reach > 0:
        wrong = 0
        for i in range(reach):
            wrong += read[to + i] != sequence[origin + high + i]
        if wrong * 10 <= reach:
            for i in range(reach):
                code = read[to + i]
                place = origin + high + i
                flanks[place] += code != _N
                if wrong and code != sequence[place]:
                    errors[place, code] += 1
