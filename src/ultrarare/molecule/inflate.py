"""A byte stream over a plain or gzipped file that never passes damaged or unbounded data on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from ultrarare.errors import InputError

try:  # isal comes with dnaio where a wheel exists; the standard library gives the same bytes
    from isal import isal_zlib as deflate
except ImportError:  # pragma: no cover -- platforms without isal
    import zlib as deflate  # type: ignore[no-redef]

DEFAULT_MAX_BYTES: Final = 1 << 33
"""8 GiB after decompression: about 14 million reads of 250 bases."""

_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 18
_MAX_LINE = 1 << 23
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 2, 4, 8, 16


class CheckedStream(io.RawIOBase):
    """Decompressed bytes of a file, all checks on; reading raises InputError at the first fault.

    Checks: each gzip member's CRC32 and length, truncation, bytes after the last member, the
    size after decompression, and, where it is text, the length of a line and that every byte is
    ASCII.
    """

    def __init__(self, path: Path, handle: BinaryIO, *, max_bytes: int, text: bool = True) -> None:
        super().__init__()
        self._text = text
        self._path = path
        self._parts = _parts(path, handle)
        self._max_bytes = max_bytes
        self._pending = b""
        self._given = 0
        self._lines = 0
        self._since_newline = 0

    def readable(self) -> bool:
        """True, as io.RawIOBase wants it."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill `buffer` with the next bytes and return their number, 0 at the end.

        Raises:
            InputError: the file is damaged, too large, or not ASCII.
        """
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # typeshed: any buffer
        while not self._pending:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._check(part)
            self._pending = part
        size = min(len(view), len(self._pending))
        view[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def _check(self, part: bytes) -> None:
        self._given += len(part)
        if self._given > self._max_bytes:
            raise InputError(
                f"holds more than {self._max_bytes} bytes after decompression, the limit",
                where=str(self._path),
                remedy="Raise the limit (max_bytes) if the file is meant to be that large.",
            )
        if not self._text:
            return
        last = part.rfind(b"\n")
        self._since_newline = len(part) - last - 1 if last >= 0 else self._since_newline + len(part)
        if self._since_newline > _MAX_LINE:
            raise InputError(
                f"holds a line of more than {_MAX_LINE} bytes; no read is that long",
                where=str(self._path),
            )
        if not part.isascii():
            self._refuse_non_ascii(part)
        # four times as fast as bytes.count
        self._lines += int(np.count_nonzero(np.frombuffer(part, dtype=np.uint8) == 10))

    def _refuse_non_ascii(self, part: bytes) -> None:
        index = next(i for i, byte in enumerate(part) if byte > 127)
        record = (self._lines + part.count(b"\n", 0, index)) // 4 + 1
        raise InputError(
            f"byte {part[index]} is outside ASCII; names, bases and qualities are ASCII",
            where=f"{self._path}, record {record}",
        )


def _parts(path: Path, handle: BinaryIO) -> Iterator[bytes]:
    """Chunks of content; compression is told by the first two bytes, not by the name."""
    source = _Source(path, handle)
    if source.peek(2) == _MAGIC:
        while source.peek(2):
            yield from _member(source)
        return
    if path.suffix == ".gz" and source.peek(1):
        raise source.fault("is named .gz but does not begin with the gzip magic 1f 8b")
    while part := source.chunk():
        yield part


def _member(source: _Source) -> Iterator[bytes]:
    """One gzip member (RFC 1952), with its trailer compared."""
    if source.peek(2) != _MAGIC:
        raise source.fault("bytes follow the last gzip member; a gzip file ends with a member")
    _skip_header(source)
    inflater = deflate.decompressobj(-15)
    crc, size, data = 0, 0, source.chunk()
    while not inflater.eof:
        try:
            part = inflater.decompress(data, _CHUNK)
        except deflate.error as error:  # type: ignore[misc]  # isal's has no stub
            raise source.fault(f"the deflate stream is damaged ({error})") from None
        crc, size = deflate.crc32(part, crc), size + len(part)
        if part:
            yield part
        data = inflater.unconsumed_tail
        # A full part may leave output waiting although the input is used up: ask again first.
        if not (data or inflater.eof or len(part) == _CHUNK):
            data = source.chunk()
            if not data:
                raise source.fault("the file ends inside a deflate block; it is truncated")
    source.give_back(inflater.unused_data)
    _check_trailer(source, crc, size)


def _skip_header(source: _Source) -> None:
    head = source.take(10)
    if head[2] != 8:
        raise source.fault(f"compression method {head[2]} is not deflate (8)")
    flags = head[3]
    if flags & _FEXTRA:
        source.take(int.from_bytes(source.take(2), "little"))
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            while source.take(1) != b"\0":
                pass
    if flags & _FHCRC:
        source.take(2)


def _check_trailer(source: _Source, crc: int, size: int) -> None:
    trailer = source.take(8)
    stated_crc = int.from_bytes(trailer[:4], "little")
    stated_size = int.from_bytes(trailer[4:], "little")
    if stated_crc != crc:
        raise source.fault(
            f"the gzip trailer states CRC32 {stated_crc:08x}, the content has {crc:08x}"
        )
    if stated_size != size % (1 << 32):
        raise source.fault(
            f"the gzip trailer states {stated_size} bytes (ISIZE), the content has {size}"
        )


class _Source:
    """Compressed bytes with a known offset and room to give some back."""

    def __init__(self, path: Path, handle: BinaryIO) -> None:
        self._path, self._handle = path, handle
        self._buffer = b""
        self._offset = 0  # of the first byte in the buffer

    def peek(self, count: int) -> bytes:
        while len(self._buffer) < count and (more := self._handle.read(_CHUNK)):
            self._buffer += more
        return self._buffer[:count]

    def take(self, count: int) -> bytes:
        data = self.peek(count)
        if len(data) < count:
            raise self.fault("the file ends inside a gzip header or trailer; it is truncated")
        self._buffer, self._offset = self._buffer[count:], self._offset + count
        return data

    def chunk(self) -> bytes:
        data = self._buffer or self._handle.read(_CHUNK)
        self._buffer, self._offset = b"", self._offset + len(data)
        return data

    def give_back(self, data: bytes) -> None:
        self._buffer, self._offset = data + self._buffer, self._offset - len(data)

    def fault(self, problem: str) -> InputError:
        return InputError(
            problem,
            where=f"{self._path}, byte {self._offset}",
            remedy="Copy or export the file again and compare its checksum with the sender's.",
        )
