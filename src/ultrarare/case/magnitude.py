"""How large and how small a number from outside may be: squares and products of it stay finite."""

from __future__ import annotations

import math
from typing import Final

LARGEST: Final = 1e50
SMALLEST: Final = 1e-50
"""Beyond these no measurement lies in any unit, and models that multiply four numbers overflow."""


def bounded(value: float, text: str) -> float:
    """The value, if it is finite, and 0 or of a size that arithmetic can hold.

    Args:
        value: a number that was read.
        text: as it stood in the file or on the command line.

    Raises:
        ValueError: not finite, or too large or too small; says what is allowed.
    """
    if not math.isfinite(value) and not any(sign.isdigit() for sign in text):
        raise ValueError(f"found {text!r}; allowed is a finite number")
    if value != 0 and not SMALLEST <= abs(value) <= LARGEST:
        side = "large" if abs(value) > LARGEST else "small"
        raise ValueError(
            f"found {text!r}, which is too {side}; allowed is 0 or a size from {SMALLEST:g} to "
            f"{LARGEST:g}: write it in another unit, or correct it"
        )
    return value
