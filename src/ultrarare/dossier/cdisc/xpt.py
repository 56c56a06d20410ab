"""SAS transport files, version 5, byte for byte: no clock but the one given.

Source: SAS Institute, *The Record Layout of a Data Set in SAS Transport (XPORT) Format*, TS-140.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ultrarare.dossier.cdisc.dataset import Cell, Dataset, Variable

_RECORD: Final = 80
_NAMESTR: Final = struct.Struct(">hhhh8s40s8shhh2s8shhl52s")
_MISSING: Final = b"." + b"\0" * 7
_VERSION: Final = "9.4"
_SYSTEM: Final = "ultrarar"
SMALLEST: Final = 16.0**-65
LARGEST: Final = (1 - 2.0**-53) * 16.0**63
"""Between these sizes a number has an IBM float; outside it has none, 0 apart."""


def ibm(value: float | None) -> bytes:
    """A number as an IBM double: a sign, a power of 16 in excess of 64, 56 bits of fraction.

    Every IEEE double of a size from `SMALLEST` to `LARGEST` has one exactly, since 53 bits fit
    into 56 with up to three in front left zero. None is SAS's missing value.

    Raises:
        OverflowError: not finite, or of another size.
    """
    if value is None:
        return _MISSING
    if value == 0:
        return b"\0" * 8
    if not math.isfinite(value) or not SMALLEST <= abs(value) <= LARGEST:
        raise OverflowError(f"{value!r} has no IBM float")
    fraction, power = math.frexp(abs(value))
    hex_power = -(-power // 4)
    bits = int(math.ldexp(fraction, 56 + power - 4 * hex_power))
    sign = 0x80 if value < 0 else 0
    return struct.pack(">Q", (sign | (hex_power + 64)) << 56 | bits)


def from_ibm(data: bytes) -> float | None:
    """The number of an IBM double; None for a missing value of any kind."""
    (whole,) = struct.unpack(">Q", data)
    bits = whole & ((1 << 56) - 1)
    if bits == 0:
        return None if whole >> 56 else 0.0
    size = math.ldexp(bits, 4 * ((whole >> 56 & 0x7F) - 64) - 56)
    return -size if whole >> 63 else size


def xpt(dataset: Dataset, *, created: datetime) -> bytes:
    """A transport file of one dataset.

    Args:
        dataset: within the limits; see `limit_problems`.
        created: stands in the heads of the file and of its member, without its zone.

    Raises:
        UnicodeEncodeError, OverflowError: a cell beyond the limits.
    """
    stamp = created.strftime("%d%b%y:%H:%M:%S").upper()
    parts = [
        _head("LIBRARY"),
        _fields(
            ("SAS", 8),
            ("SAS", 8),
            ("SASLIB", 8),
            (_VERSION, 8),
            (_SYSTEM, 8),
            ("", 24),
            (stamp, 16),
        ),
        _fields((stamp, 16), ("", 64)),
        _head("MEMBER", "000000000000000001600000000140"),
        _head("DSCRPTR"),
        _fields(
            ("SAS", 8),
            (dataset.name, 8),
            ("SASDATA", 8),
            (_VERSION, 8),
            (_SYSTEM, 8),
            ("", 24),
            (stamp, 16),
        ),
        _fields((stamp, 16), ("", 16), (dataset.label, 40), ("", 8)),
        _head("NAMESTR", f"000000{len(dataset.variables):04d}00000000000000000000"),
        _padded(b"".join(_namestrs(dataset.variables))),
        _head("OBS"),
        _padded(b"".join(_row(dataset, row) for row in dataset.rows)),
    ]
    return b"".join(parts)


def _namestrs(variables: Iterable[Variable]) -> Iterable[bytes]:
    at = 0
    for number, variable in enumerate(variables, start=1):
        form, width = _format(variable.display)
        yield _NAMESTR.pack(
            1 if variable.is_number else 2,
            0,
            variable.length,
            number,
            _bytes(variable.name, 8),
            _bytes(variable.label, 40),
            _bytes(form, 8),
            width,
            0,
            0,
            b"\0\0",
            b" " * 8,
            0,
            0,
            at,
            b"\0" * 52,
        )
        at += variable.length


def _format(display: str | None) -> tuple[str, int]:
    """Name and width of a format such as `DATE9.`."""
    if display is None:
        return "", 0
    name = display.rstrip(".").rstrip("0123456789")
    return name, int(display.rstrip(".")[len(name) :] or 0)


def _row(dataset: Dataset, row: tuple[Cell, ...]) -> bytes:
    return b"".join(
        _cell(variable, cell) for variable, cell in zip(dataset.variables, row, strict=True)
    )


def _cell(variable: Variable, cell: Cell) -> bytes:
    if variable.is_number:
        return ibm(None if cell is None else float(cell))
    return _bytes("" if cell is None else str(cell), variable.length)


def _bytes(text: str, length: int) -> bytes:
    data = text.encode("ascii")
    if len(data) > length:
        raise OverflowError(f"{text!r} is longer than {length} bytes")
    return data.ljust(length)


def _head(kind: str, numbers: str = "0" * 30) -> bytes:
    return _bytes(f"HEADER RECORD*******{kind:<8}HEADER RECORD!!!!!!!{numbers}", _RECORD)


def _fields(*fields: tuple[str, int]) -> bytes:
    return b"".join(_bytes(text, length) for text, length in fields)


def _padded(data: bytes) -> bytes:
    return data + b" " * (-len(data) % _RECORD)
