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


class Source(NamedTuple):
    """Records of one file, or of two in step."""

    one: Codes
    one_places: Ints  # as `records.index_records` fills them
    two: Codes
    two_places: Ints
    paired: bool
    records: int
    longest: int  # bases of the longest read; of both mates together


class Reference(NamedTuple):
    """The amplicons, as `panel.Panel` has them."""

    sequence: Codes
    spans: Ints


class Tracks(NamedTuple):
    """What is counted beside the alleles."""

    errors: Ints  # (bases, 5) substitutions outside the compared spans, by what was read
    compared: Ints  # (bases,) how often each such base was compared
    overflow: Ints  # (amplicons,) reads whose allele found no room in the table


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
    turned: int,
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


class Work(NamedTuple):
    """Room for one record at a time."""

    codes: Codes
    qualities: Codes
    first: Codes
    first_quality: Codes
    second: Codes
    second_quality: Codes
    segment: Codes
    changes: Small
    key: Codes


class Seen(NamedTuple):
    """Room for the words of one read."""

    times: Small  # (entries,) zero between reads
    place: Small
    rows: Small


@compiled
def make_work(room: int, widest: int) -> Work:
    """Room for reads of up to `room` bases against amplicons of up to `widest`."""
    most = room + widest + 8
    return Work(
        np.empty(room, dtype=np.uint8),
        np.empty(room, dtype=np.uint8),
        np.empty(room, dtype=np.uint8),
        np.empty(room, dtype=np.uint8),
        np.empty(room, dtype=np.uint8),
        np.empty(room, dtype=np.uint8),
        np.empty(room, dtype=np.uint8),
        np.empty((most, 4), dtype=np.int32),
        np.empty(2 + 7 * most, dtype=np.uint8),
    )


@compiled
def make_seen(entries: int) -> Seen:
    """Room for the words of a read among so many entries."""
    return Seen(
        np.zeros(entries, dtype=np.int32),
        np.zeros(entries, dtype=np.int32),
        np.empty(entries, dtype=np.int32),
    )


@compiled
def read_record(
    k: int, source: Source, code_of: Codes, limits: Limits, work: Work, state: Ints
) -> tuple[int, int]:
    """The read of a record in `work.codes`: its size; and 0, a reason (< 0) or a fault (> 0)."""
    places = source.one_places
    size = places[k, 4]
    if source.paired:
        other = source.two_places[k, 4]
        fault = take_mate(
            source.one,
            code_of,
            places[k, 2],
            places[k, 3],
            size,
            work.first,
            work.first_quality,
            0,
        ) or take_mate(
            source.two,
            code_of,
            source.two_places[k, 2],
            source.two_places[k, 3],
            other,
            work.second,
            work.second_quality,
            1,
        )
        if fault:
            return 0, fault
        why, shift = overlap(
            work.first[:size],
            work.second[:other],
            limits.min_overlap,
            limits.max_overlap_mismatch_share,
            state[SHIFT],
        )
        if why:
            return 0, NO_OVERLAP if why == -1 else DISAGREE if why == -2 else AMBIGUOUS
        state[SHIFT] = shift
        size = joined(
            work.first[:size],
            work.first_quality[:size],
            work.second[:other],
            work.second_quality[:other],
            shift,
            work.codes,
            work.qualities,
        )
    else:
        fault = take_mate(
            source.one, code_of, places[k, 2], places[k, 3], size, work.codes, work.qualities, 0
        )
        if fault:
            return 0, fault
    if size < limits.min_length:
        return size, TOO_SHORT
    if limits.min_mean_quality >= 0:
        total = 0
        for i in range(size):
            total += work.qualities[i]
        if total < (limits.min_mean_quality + 33) * size:
            return size, LOW_QUALITY
    if limits.mask_below >= 0:
        edge = limits.mask_below + 33
        for i in range(size):
            if work.qualities[i] < edge and work.codes[i] != _N:
                work.codes[i] = _N
                state[MASKED] += 1
    return size, 0


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


@compiled
def turn(codes: Codes, size: int, strand: int, segment: Codes) -> None:
    """Write the read on the plus strand of its amplicon."""
    for i in range(size):
        if strand == 0:
            segment[i] = codes[i]
        else:
            code = codes[size - 1 - i]
            segment[i] = 3 - code if code != _N else _N


@compiled
def write_key(
    a: int, number: int, at: int, low: int, start: int, end: int, work: Work
) -> tuple[int, int]:
    """The bytes of an allele in `work.key`: how many, and how many bases were substituted."""
    key, segment = work.key, work.segment
    wrong, used = 0, 2
    key[0], key[1] = a & 255, a >> 8
    for c in range(number):
        where, lost, gained = work.changes[c, 0] + low, work.changes[c, 1], work.changes[c, 2]
        q = at + work.changes[c, 3]
        if lost == gained:
            wrong += segment[q] != _N
        inside = where <= end and where >= start  # an insertion at the span's edge is in it
        if lost:
            inside = where < end and where + lost > start
        if inside:
            key[used], key[used + 1] = where & 255, where >> 8
            key[used + 2], key[used + 3] = lost & 255, lost >> 8
            key[used + 4], key[used + 5] = gained & 255, gained >> 8
            used += 6
            for i in range(gained):
                key[used + i] = segment[q + i]
            used += gained
    return used, wrong


@compiled
def call_records(
    source: Source,
    code_of: Codes,
    reference: Reference,
    nearest: Anchors,
    every: Anchors,
    limits: Limits,
    found: Found,
    state: Ints,
    calls: Small,
    tracks: Tracks,
) -> int:
    """Call records from `state[NEXT]` on; DONE, NEEDS_ROOM, or what is wrong with that record.

    Args:
        source: the records.
        code_of: `codes.CODE_OF`.
        reference: the amplicons.
        nearest: `Panel.nearest`.
        every: `Panel.all`.
        limits: settings.
        found: the store of alleles.
        state: counters that go on from call to call.
        calls: (count,) filled with the number of the allele, or why there is none.
        tracks: what is counted beside.
    """
    anchor = limits.anchor
    spans, sequence = reference.spans, reference.sequence
    widest = 0
    for a in range(spans.shape[0]):
        widest = max(widest, spans[a, 1] - spans[a, 0])
    work = make_work(source.longest + 16, widest)
    near, far = make_seen(nearest.entries.shape[0]), make_seen(every.entries.shape[0])
    best = np.empty((spans.shape[0], 2, 2), dtype=np.int32)
    while state[NEXT] < source.records:
        k = state[NEXT]
        if (
            state[IDS] * 2 + 2 > found.slots.size
            or state[IDS] + 1 >= found.starts.size
            or state[USED] + work.key.size > found.store.size
        ):
            return NEEDS_ROOM
        size, why = read_record(k, source, code_of, limits, work, state)
        if why > 0:
            return why
        state[NEXT] += 1
        if why < 0:
            calls[k] = why
            continue
        entries, place = nearest.entries, near.place
        a, strand = locate(work.codes, size, anchor, nearest, near, best)
        if a < 0 and strand != SEVERAL:
            entries, place = every.entries, far.place
            a, strand = locate(work.codes, size, anchor, every, far, best)
        if a < 0:
            calls[k] = strand
            continue
        left, right = best[a, strand, 0], best[a, strand, 1]
        at, to = place[left], place[right] + anchor
        if strand == 1:  # on the other strand the left word stands to the right
            at, to = size - place[left] - anchor, size - place[right]
        turn(work.codes, size, strand, work.segment)
        origin = spans[a, 0]
        low, high = entries[left, 4], entries[right, 4] + anchor
        number = align_codes(
            work.segment[at:to],
            sequence[origin + low : origin + high],
            spans[a, 4] - low,
            limits.mismatch,
            limits.opening,
            limits.extend,
            work.changes,
        )
        if number < 0:
            calls[k] = TOO_LARGE
            continue
        used, wrong = write_key(a, number, at, low, spans[a, 2], spans[a, 3], work)
        if wrong > limits.max_mismatch_share * (to - at):
            calls[k] = NO_MATCH
            continue
        calls[k] = intern(work.key, used, a, limits.most, found, state, tracks.overflow)
        flank_errors(
            work.segment, size, at, to, sequence, origin, spans[a, 1] - origin, low, high, tracks
        )
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
        number = int(found.slots[slot])
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
    number = int(state[IDS])
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
