"""A conclusion, what is changed, and what is told of it: shared by all of sensitivity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ultrarare.errors import InputError

Direction = Literal["lower", "higher"]
Side = Literal["better", "worse", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """An estimate with its interval, on a scale where no difference is one number."""

    value: float
    lower: float
    upper: float

    def __post_init__(self) -> None:
        numbers = (self.value, self.lower, self.upper)
        if not all(np.isfinite(numbers)):
            raise InputError(f"found {numbers}; allowed are finite numbers", where="estimate")
        if not self.lower <= self.value <= self.upper:
            raise InputError(
                f"found {self.value:g} with the interval {self.lower:g} to {self.upper:g}; "
                "allowed is a value inside its interval",
                where="estimate",
            )

    def turned(self) -> Contrast:
        """The same on the scale of the other sign."""
        return Contrast(value=-self.value, lower=-self.upper, upper=-self.lower)

    def moved(self, by: float) -> Contrast:
        """The same, moved along the scale."""
        return Contrast(value=self.value + by, lower=self.lower + by, upper=self.upper + by)

    def side(self, null: float = 0.0) -> Literal["above", "below", "none"]:
        """On which side of no difference the whole interval lies; touching it is on none."""
        if self.lower > null:
            return "above"
        return "below" if self.upper < null else "none"

    def nearer(self, null: float = 0.0) -> float:
        """The limit on the side of no difference, or no difference itself if the interval has it.

        It is the limit that has to be explained away.
        """
        side = self.side(null)
        if side == "none":
            return null
        return self.lower if side == "above" else self.upper


Recompute = Callable[[float], Contrast]
"""The contrast under a shift of an assumption; at 0 it is the one that was planned."""


def shown(contrast: Contrast, direction: Direction, null: float = 0.0) -> Side:
    """Whether the interval lies on the side of benefit, of harm, or on neither."""
    side = contrast.side(null)
    if side == "none":
        return "none"
    return "better" if (side == "above") == (direction == "higher") else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRow:
    """One assumption: how far it has to be wrong before the conclusion turns.

    Attributes:
        analysis: which analysis, in a word or two.
        changed: what was changed.
        tipping: the value at which the conclusion turns; None if at none that was tried, or if
            there is no conclusion to turn.
        unit: of `tipping`, in words.
        observed: size of the observed thing, in the same unit; None if nothing was observed.
        observed_what: what that is.
        flips_at: `tipping` in units of the observed thing.
        reading: a sentence for a reader.
        caveats: what they must know.
    """

    analysis: str
    changed: str
    tipping: float | None
    unit: str
    reading: str
    observed: float | None = None
    observed_what: str | None = None
    flips_at: float | None = None
    caveats: tuple[str, ...] = ()

    def to_row(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "analysis": self.analysis,
            "changed": self.changed,
            "tipping_value": self.tipping,
            "unit": self.unit,
            "observed_scale": self.observed,
            "observed_what": self.observed_what,
            "flips_at": self.flips_at,
            "reading": self.reading,
            "caveats": list(self.caveats),
        }
