"""From records of bytes to numbered alleles, compiled; `molecule.amplicon.Caller` is the oracle."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.editing.anchoring import Anchors, locate, make_seen
from ultrarare.molecule.editing.codes import Codes
from ultrarare.molecule.editing.flanks import Tracks, flank_errors
from ultrarare.molecule.editing.gaps import align_codes
from ultrarare.molecule.editing.pairing import joined, overlap
from ultrarare.molecule.editing.reasons import (
    AMBIGUOUS,
    DISAGREE,
    LOW_QUALITY,
    NO_MATCH,
    NO_OVERLAP,
    SEVERAL,
    TOO_LARGE,
    TOO_SHORT,
)
from ultrarare.molecule.editing.store import IDS, USED, Found, intern
from ultrarare.stats.compiled import compiled

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

MASKED, NEXT, SHIFT = 2, 3, 4
"""Further columns of the state (see `store`): bases masked, next record, last shift of mates."""

DONE, NEEDS_ROOM, BAD_BASE, BAD_QUALITY = 0, 1, 2, 3

_N = 4


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
