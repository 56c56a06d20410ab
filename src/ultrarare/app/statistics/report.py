"""What a command over plain tables gives back: sentences for people, JSON for programs."""

from __future__ import annotations

from typing import Any, Protocol


class Report(Protocol):
    """An answer that a command prints."""

    def summary(self) -> str:
        """A few lines for a terminal: the numbers that matter, then every caveat."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Plain JSON: null where something is undefined, never NaN or infinity."""
        ...
