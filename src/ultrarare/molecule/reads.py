"""Sequencing reads from FASTQ files: every record checked, mates paired, nothing dropped."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import dnaio

from ultrarare.errors import InputError
from ultrarare.molecule.inflate import DEFAULT_MAX_BYTES, CheckedStream

_BASES: Final = b"ACGTN"
_QUALITIES: Final = bytes(range(33, 127))


class Read(NamedTuple):
    """One read. `qualities` is Phred + 33 text, as long as `bases`."""

    name: str
    bases: str  # A, C, G, T, N in upper case
    qualities: str


Fragment = tuple[Read] | tuple[Read, Read]
"""The reads of one sequenced molecule: one, or two mates as they came off the machine."""


def stream_fragments(
    r1: Path, r2: Path | None = None, *, max_bytes: int = DEFAULT_MAX_BYTES
) -> Generator[Fragment, None, None]:
    """The fragments of one FASTQ file, or of two with mates, one after the other.

    A fault may stand anywhere in a file, so whoever consumes this keeps no result until the
    iterator has ended: `read_fragments` and `amplicon.tally_files` do so.

    Args:
        r1: FASTQ, plain or gzipped (any number of members); CRLF and LF mean the same.
        r2: the mates' file, or None.
        max_bytes: limit of one file's size after decompression.

    Raises:
        InputError: a file is missing, damaged, truncated, larger than `max_bytes`, or holds no
            reads; a record breaks the format, or holds a base other than A, C, G, T, N or a
            quality outside bytes 33 to 126; mates differ in number or in name.

    Notes:
        Parsing by dnaio. Checked in tests/unit/molecule/test_reads.py.
    """
    # Closed by hand: an error in one file must not leave the other's handle to the collector.
    with closing(_checked(r1, max_bytes)) as first:
        if r2 is None:
            for read in first:
                yield (read,)
            return
        with closing(_checked(r2, max_bytes)) as second:
            yield from _paired(r1, r2, first, second)


def _paired(
    r1: Path, r2: Path, first: Iterator[Read], second: Iterator[Read]
) -> Iterator[Fragment]:
    for number, (one, two) in enumerate(zip_longest(first, second), start=1):
        if one is None or two is None:
            short, long = (r1, r2) if one is None else (r2, r1)
            raise InputError(
                f"ends after {number - 1} records, but {long} goes on; mates come in equal number",
                where=str(short),
            )
        if _molecule(one.name) != _molecule(two.name):
            raise InputError(
                f"the mate of {one.name!r} is called {two.name!r}; names match up to /1 and /2",
                where=f"{r2}, record {number}",
                remedy="Restore the order in which the sequencer wrote both files.",
            )
        yield (one, two)


def read_fragments(
    r1: Path, r2: Path | None = None, *, max_bytes: int = DEFAULT_MAX_BYTES
) -> tuple[Fragment, ...]:
    """All fragments at once, or an error: for small files.

    Raises:
        InputError: as `stream_fragments`.
    """
    return tuple(stream_fragments(r1, r2, max_bytes=max_bytes))


def _molecule(name: str) -> str:
    """A read's name without what tells the mates apart: the comment, and /1 or /2."""
    first = name.split(maxsplit=1)[0] if name.strip() else ""
    return first[:-2] if first.endswith(("/1", "/2")) else first


def _checked(path: Path, max_bytes: int) -> Generator[Read, None, None]:
    number = 0
    with closing(_records(path, max_bytes)) as records:
        for number, record in enumerate(records, start=1):
            bases, qualities = record.sequence.upper(), cast("str", record.qualities)
            if bases.encode().translate(None, _BASES):
                raise _bad_letter(path, number, bases)
            if qualities.encode().translate(None, _QUALITIES):
                raise _bad_quality(path, number, qualities)
            yield Read(record.name, bases, qualities)
    if number == 0:
        raise InputError(
            "holds no reads; at least one is needed",
            where=str(path),
            remedy="Leave a sample out that was not sequenced: no reads is not 0 % editing.",
        )


def _records(path: Path, max_bytes: int) -> Generator[dnaio.SequenceRecord, None, None]:
    if not path.is_file():
        raise InputError("is not there, or is not a file", where=str(path))
    count = 0
    with path.open("rb") as handle:
        stream = CheckedStream(path, handle, max_bytes=max_bytes)
        try:
            with dnaio.FastqReader(cast("BinaryIO", stream)) as reader:
                for record in reader:
                    count += 1
                    yield record
        except dnaio.FastqFormatError as error:
            number = count + 1 if error.line is None else error.line // 4 + 1
            raise InputError(
                f"is not FASTQ here: {error.message}", where=f"{path}, record {number}"
            ) from None


def _bad_letter(path: Path, number: int, bases: str) -> InputError:
    index = next(i for i, base in enumerate(bases) if base not in "ACGTN")
    return InputError(
        f"base {bases[index]!r} at position {index + 1} is not one of A, C, G, T, N",
        where=f"{path}, record {number}",
    )


def _bad_quality(path: Path, number: int, qualities: str) -> InputError:
    index = next(i for i, letter in enumerate(qualities) if not 33 <= ord(letter) <= 126)
    return InputError(
        f"quality byte {ord(qualities[index])} at position {index + 1} lies outside 33 to 126",
        where=f"{path}, record {number}",
    )
