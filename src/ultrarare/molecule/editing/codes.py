"""Bases as small numbers, which is what the kernels compare."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint8]

LETTERS: Final = "ACGTN"
UNKNOWN: Final = 4  # N
WRONG: Final = 255


def _code_of() -> Codes:
    table = np.full(256, WRONG, dtype=np.uint8)
    for code, letter in enumerate(LETTERS):
        table[ord(letter)] = table[ord(letter.lower())] = code
    return table


CODE_OF: Final = _code_of()
"""(256,) the code of each byte, lower case included; WRONG where the byte is no base."""


def encode(bases: str) -> Codes:
    """Codes of a sequence of A, C, G, T and N."""
    codes: Codes = CODE_OF[np.frombuffer(bases.encode(), dtype=np.uint8)]
    return codes


def decode(codes: Codes) -> str:
    """The sequence of some codes."""
    return "".join(LETTERS[code] for code in codes.tolist())
