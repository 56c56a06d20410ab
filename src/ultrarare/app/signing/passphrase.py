"""A passphrase, and whether a person entered it for this signature."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ultrarare.errors import InputError

SHORTEST = 12
_LONGEST_FILE = 4096


@dataclass(frozen=True, slots=True)
class Passphrase:
    """The credential that opens a private key; its text never shows in a trace.

    Attributes:
        text: the passphrase.
        entered: whether a person typed it for this use; False where a file held it.
    """

    text: str = field(repr=False)
    entered: bool


def read_passphrase(file: Path) -> Passphrase:
    """The first line of a file, for tests and machines.

    Raises:
        InputError: the file is too long, is no text, or its first line is empty.
    """
    if file.stat().st_size > _LONGEST_FILE:
        raise InputError(f"holds more than {_LONGEST_FILE} bytes", where=str(file))
    try:
        lines = file.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError("is no text in UTF-8", where=str(file)) from None
    if not lines or not lines[0]:
        raise InputError("its first line is empty; allowed is a passphrase", where=str(file))
    return Passphrase(lines[0], entered=False)
