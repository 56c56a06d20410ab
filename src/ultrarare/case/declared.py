"""What every declared dataset has: a name, an origin, its sources, and where its files lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from ultrarare.case.value import Id, Value

DataOrigin = Literal["measured", "published", "simulated", "made"]
FOLDER_ROLE: Final = "folder"
"""The one field that names a folder; every other path is a file."""


class Declared(Value):
    """Base of every dataset kind."""

    id: Id
    origin: DataOrigin
    sources: tuple[Id, ...] = ()
    note: str | None = None

    @property
    def paths(self) -> Mapping[str, str]:
        """Role to path, in the order of the fields."""
        return {
            name: value
            for name in ("file", "r1", "r2", "follow_up", FOLDER_ROLE)
            if (value := getattr(self, name, None)) is not None
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind that it can stand for: its own, and those whose content it holds."""
        own: str = self.kind  # type: ignore[attr-defined]  # each subclass has a literal of its own
        return (own,)

    def playing(self, kinds: Iterable[str]) -> tuple[Any, ...]:
        """The dataset as each of `kinds` that it can stand for; empty where it can for none."""
        return (self,) if set(self.kinds) & set(kinds) else ()

    @property
    def caveats(self) -> tuple[str, ...]:
        """What every finding from it has to say."""
        return ()
