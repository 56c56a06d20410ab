"""Whole records of FASTQ and BAM files, batch by batch; a fault in the slow reader's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ultrarare.errors import InputError
from ultrarare.molecule.editing.bam import BamStream, is_bam
from ultrarare.molecule.editing.records import COLUMNS, index_records, unpaired
from ultrarare.molecule.inflate import CheckedStream
from ultrarare.molecule.reads import stream_fragments

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

_BUFFER: Final = 1 << 20
_RECORDS: Final = 1 << 13


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Whole records of one file, or of two in step."""

    one: Bytes
    one_places: Ints
    two: Bytes
    two_places: Ints
    count: int
    longest: int
    path: Path
    before: int  # records of the file that came earlier

    @property
    def paired(self) -> bool:
        """Whether there are mates."""
        return bool(self.two_places.size)


class Fault(Exception):
    """A record that breaks the format; the slow reader says how."""

    def __init__(self, path: Path, record: int) -> None:
        super().__init__(path, record)
        self.path, self.record = path, record


def told(r1: Path, r2: Path | None, max_bytes: int, fault: Fault) -> InputError:
    """The slow reader's words for a fault."""
    if is_bam(fault.path):
        if fault.record == 1:
            return InputError(
                "holds no reads; at least one is needed",
                where=str(fault.path),
                remedy="Leave a sample out that was not sequenced: no reads is not 0 % editing.",
            )
        return InputError("holds a base or quality out of range",
                          where=f"{fault.path}, record {fault.record}")  # fmt: skip
    try:
        for _ in stream_fragments(r1, r2, max_bytes=max_bytes):
            pass
    except InputError as error:
        return error
    return InputError("is not FASTQ here", where=f"{fault.path}, record {fault.record}")


class _Source:
    """One file as whole records in a buffer."""

    def __init__(self, stack: ExitStack, path: Path, max_bytes: int) -> None:
        if not path.is_file():
            raise InputError("is not there, or is not a file", where=str(path))
        handle = stack.enter_context(path.open("rb"))
        self.path = path
        self._stream: CheckedStream | BamStream
        if is_bam(path):
            self._stream = BamStream(path, handle, max_bytes=max_bytes)
        else:
            self._stream = CheckedStream(path, handle, max_bytes=max_bytes)
        self._rest = np.empty(0, dtype=np.uint8)
        self._ended = False
        self.records = 0

    def fill(self, wanted: int) -> tuple[Bytes, Ints, int, int]:
        """Buffer, places, records found (none at the end), and bytes they take."""
        size = max(_BUFFER, 2 * self._rest.size)
        while True:
            buffer = np.empty(size + 1, dtype=np.uint8)
            used = self._rest.size
            buffer[:used] = self._rest
            view = memoryview(buffer.data)
            while used < size and not self._ended:
                got = self._stream.readinto(view[used:size])
                self._ended = not got
                used += got
            if self._ended and used and buffer[used - 1] != 10:
                buffer[used] = 10
                used += 1
            places = np.empty((wanted, COLUMNS), dtype=np.int64)
            found, taken, fault = index_records(buffer, used, places)
            if found == 0 and (fault or (self._ended and used)):
                raise Fault(self.path, self.records + 1)
            if found or self._ended:
                self._buffer, self._used = buffer, used
                return buffer, places, found, taken
            self._rest, size = buffer[:used], 2 * size  # a record larger than the buffer

    def took(self, taken: int, records: int) -> None:
        """Keep what was not used for the next time."""
        self._rest = self._buffer[taken : self._used].copy()
        self.records += records


def batches(stack: ExitStack, r1: Path, r2: Path | None, max_bytes: int) -> Iterator[Batch]:
    """Whole records in the order of the file, those of mates in step.

    Raises:
        Fault: a record breaks the format, or mates do not belong together.
        InputError: a file is missing or damaged.
    """
    one = _Source(stack, r1, max_bytes)
    two = None if r2 is None else _Source(stack, r2, max_bytes)
    nothing, nowhere = np.empty(0, dtype=np.uint8), np.empty((0, COLUMNS), dtype=np.int64)
    while True:
        buffer, places, count, taken = one.fill(_RECORDS)
        if two is None:
            if not count:
                return
            one.took(taken, count)
            longest = int(places[:count, 4].max())
            before = one.records - count
            yield Batch(buffer, places, nothing, nowhere, count, longest, r1, before)
            continue
        other, there, more, also = two.fill(_RECORDS)
        if not count and not more:
            return
        if not count or not more:
            raise Fault((two if count else one).path, one.records + 1)
        both = min(count, more)
        if (at := unpaired(buffer, places, other, there, both)) >= 0:
            raise Fault(two.path, two.records + at + 1)
        one.took(taken if both == count else _start(places, both), both)
        two.took(also if both == more else _start(there, both), both)
        longest = int(places[:both, 4].max() + there[:both, 4].max())
        before = one.records - both
        yield Batch(buffer, places, other, there, both, longest, r1, before)


def _start(places: Ints, record: int) -> int:
    """Where a record begins: at the sign before its name."""
    return int(places[record, 0]) - 1
