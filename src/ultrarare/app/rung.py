"""Whose tissue, which model: what a measurement of engagement must say of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ultrarare.case.finding import Ladder
from ultrarare.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Tissue and rung of the ladder, as far as they are stated."""

    tissue: str | None = None
    ladder: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null where it is not stated."""
        return {
            "tissue": self.tissue,
            "ladder": self.ladder,
            "meaning": None if self.ladder is None else Ladder(self.ladder).meaning,
        }

    def said(self) -> str:
        """One line."""
        whose = "whose it is: not stated"
        if self.ladder is not None:
            whose = f"rung {self.ladder}: {Ladder(self.ladder).meaning}"
        return f"tissue: {self.tissue or 'not stated'}; {whose}"


def make_rung(tissue: str | None, ladder: str | None) -> Rung:
    """Check the rung.

    Raises:
        InputError: no such rung.
    """
    if ladder is not None and ladder not in set(Ladder):
        raise InputError(
            f"{ladder!r} is no rung; allowed: "
            + ", ".join(f"{one.value} ({one.meaning})" for one in Ladder),
            where="--ladder",
        )
    return Rung(tissue=tissue, ladder=ladder)
