"""Reads of a BAM file as FASTQ bytes, in the orientation in which they were sequenced."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from ultrarare.errors import InputError
from ultrarare.molecule.inflate import CheckedStream
from ultrarare.stats.compiled import compiled

Bytes = npt.NDArray[np.uint8]

MAGIC: Final = b"BAM\1"
_END: Final = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends a BAM file (SAM specification, 4.1.2)."""
_CHUNK: Final = 1 << 18
_REFUSED: Final = 0x900  # secondary or supplementary: the same read again
_PAIRED, _REVERSE = 1, 16
_LETTERS = np.frombuffer(b"=ACMGRSVTWYHKDBN", dtype=np.uint8)
_TURNED = np.frombuffer(b"=TGKCYSBAWRDMHVN", dtype=np.uint8)

DONE, PAIRED, DAMAGED, NO_QUALITY = 0, 1, 2, 3


def is_bam(path: Path) -> bool:
    """Whether a file is named or begins like a BAM file."""
    if path.suffix.lower() == ".bam":
        return True
    with path.open("rb") as handle:
        head = handle.read(18)
    return head[:4] == b"\x1f\x8b\x08\x04" and head[12:14] == b"BC" and _begins(path)


def _begins(path: Path) -> bool:
    import zlib

    with path.open("rb") as handle:
        packed = handle.read(1 << 16)
    try:
        return zlib.decompressobj(31).decompress(packed, 4) == MAGIC
    except zlib.error:
        return False


class BamStream:
    """FASTQ bytes of a BAM file, all checks on; `readinto` raises InputError at the first fault.

    Secondary and supplementary alignments are the same read again and are passed over. Mates are
    refused: a BAM file need not hold them side by side.

    Args:
        path: for messages.
        handle: the file, at its start.
        max_bytes: limit after decompression.

    Raises:
        InputError: no BAM file, or one that lacks the block that ends it.
    """

    def __init__(self, path: Path, handle: BinaryIO, *, max_bytes: int) -> None:
        self._path = path
        handle.seek(0, 2)
        handle.seek(max(handle.tell() - len(_END), 0))
        if handle.read() != _END:
            raise InputError(
                "lacks the empty block that ends a BAM file; it is truncated",
                where=str(path),
                remedy="Copy or export the file again.",
            )
        handle.seek(0)
        self._stream = CheckedStream(path, handle, max_bytes=max_bytes, text=False)
        self._rest = np.empty(0, dtype=np.uint8)
        self._pending = np.empty(0, dtype=np.uint8)
        self._records = 0
        self._skip_header()

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` with the next bytes and return their number, 0 at the end."""
        while not self._pending.size:
            if not self._convert():
                return 0
        size = min(len(buffer), self._pending.size)
        buffer[:size] = self._pending[:size].data
        self._pending = self._pending[size:]
        return size

    def _more(self) -> bool:
        """Add bytes to the rest; False at the end."""
        chunk = bytearray(_CHUNK)
        got = self._stream.readinto(chunk)
        if got:
            fresh = np.frombuffer(chunk, dtype=np.uint8)[:got]
            self._rest = np.concatenate([self._rest, fresh])
        return bool(got)

    def _convert(self) -> bool:
        """Turn what is there into FASTQ; False at the end."""
        while True:
            out = np.empty(4 * self._rest.size + 64, dtype=np.uint8)
            taken, written, records, status = to_fastq(self._rest, out, _LETTERS, _TURNED)
            self._records += records
            if status:
                raise self._fault(status)
            if taken:
                self._rest = self._rest[taken:].copy()
                self._pending = out[:written]
                return True
            if not self._more():
                if self._rest.size:
                    raise self._fault(DAMAGED)
                return False

    def _fault(self, status: int) -> InputError:
        where = f"{self._path}, record {self._records + 1}"
        if status == PAIRED:
            return InputError(
                "is a mate; mates are read from two FASTQ files",
                where=where,
                remedy="samtools collate -O -u FILE | samtools fastq -1 R1 -2 R2 -",
            )
        if status == NO_QUALITY:
            return InputError("has no base qualities; they are needed", where=where)
        return InputError("is not a BAM record", where=where)

    def _skip_header(self) -> None:
        if self._need(12)[:4].tobytes() != MAGIC:
            raise InputError("does not begin as BAM", where=str(self._path))
        at = 8 + self._int(4)
        self._need(at + 4)
        references = self._int(at)
        at += 4
        for _ in range(references):
            self._need(at + 4)
            at += 4 + self._int(at) + 4
            self._need(at)
        self._rest = self._rest[at:].copy()

    def _need(self, size: int) -> Bytes:
        while self._rest.size < size:
            if not self._more():
                raise InputError("ends inside its header", where=str(self._path))
        return self._rest

    def _int(self, at: int) -> int:
        value = int.from_bytes(self._rest[at : at + 4].tobytes(), "little", signed=True)
        if value < 0:
            raise InputError("has a header with a negative length", where=str(self._path))
        return value


@compiled
def to_fastq(data: Bytes, out: Bytes, letters: Bytes, turned: Bytes) -> tuple[int, int, int, int]:
    """Whole records at the start of `data` as FASTQ: bytes taken, written, records, and a fault."""
    at = used = records = 0
    while at + 36 <= data.size:
        size = _little(data, at)
        if size < 32:
            return at, used, records, DAMAGED
        if at + 4 + size > data.size:
            break
        start = at + 4
        name = np.int64(data[start + 8])
        gaps = np.int64(data[start + 12]) | np.int64(data[start + 13]) << 8
        flag = np.int64(data[start + 14]) | np.int64(data[start + 15]) << 8
        bases = _little(data, start + 16)
        first = start + 32 + name + 4 * gaps
        marks = first + (bases + 1) // 2
        if bases < 0 or name < 1 or marks + bases > start + size:
            return at, used, records, DAMAGED
        at += 4 + size
        if flag & _REFUSED:
            records += 1
            continue
        if flag & _PAIRED:
            return at, used, records, PAIRED
        if bases and data[marks] == 255:
            return at, used, records, NO_QUALITY
        out[used] = 64
        used += 1
        for i in range(name - 1):
            out[used] = data[start + 32 + i]
            used += 1
        out[used] = 10
        used += 1
        back = flag & _REVERSE
        for i in range(bases):
            k = bases - 1 - i if back else i
            pair = np.int64(data[first + k // 2])
            code = pair & 15 if k % 2 else pair >> 4
            out[used] = turned[code] if back else letters[code]
            used += 1
        out[used], out[used + 1], out[used + 2] = 10, 43, 10
        used += 3
        for i in range(bases):
            out[used] = data[marks + (bases - 1 - i if back else i)] + 33
            used += 1
        out[used] = 10
        used += 1
        records += 1
    return at, used, records, DONE


@compiled
def _little(data: Bytes, at: int) -> int:
    """A signed integer of four bytes, lowest first."""
    value = np.int64(0)
    for k in range(4):
        value |= np.int64(data[at + k]) << (8 * k)
    return int(value) if value < 2147483648 else int(value) - 4294967296
