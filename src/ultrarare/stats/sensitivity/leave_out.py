"""The same contrast from other sources: each left out, each alone, and closest ones only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.sensitivity.conclusion import (
    Contrast,
    Direction,
    SensitivityRow,
    Side,
    shown,
)

How = Literal["all", "without", "alone", "up to"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FromSources:
    """The contrast from some of the sources; None with a reason where they cannot give it."""

    how: How
    label: str
    used: tuple[str, ...]
    contrast: Contrast | None
    shows: Side | None
    reason: str = ""

    def to_row(self) -> dict[str, Any]:
        """Plain JSON; the keys fit a figure of estimates."""
        found = self.contrast
        return {
            "label": self.label,
            "used": list(self.used),
            "value": None if found is None else found.value,
            "lower": None if found is None else found.lower,
            "upper": None if found is None else found.upper,
            "shows": self.shows,
            "reason": self.reason or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesCompared:
    """The contrast from all sources and from fewer."""

    rows: tuple[FromSources, ...]  # the first uses all

    @property
    def turns(self) -> tuple[str, ...]:
        """Labels of those that show something else than all sources do."""
        first = self.rows[0].shows
        return tuple(r.label for r in self.rows[1:] if r.shows is not None and r.shows != first)

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a choice of sources."""
        return [row.to_row() for row in self.rows]

    def to_row(self, what: str) -> SensitivityRow:
        """As a row; `what` names the sources, such as `cohort`."""
        left = [r for r in self.rows[1:] if r.how == "without"]
        refused = [r for r in self.rows if r.contrast is None]
        spread = [r.contrast.value for r in left if r.contrast is not None]
        turned = self.turns
        reading = (
            f"The conclusion is another one: {'; '.join(turned)}."
            if turned
            else f"No choice of {what}s that was tried turns the conclusion."
        )
        if self.rows[0].shows == "none" and not turned:
            reading = f"No choice of {what}s that was tried shows a difference."
        return SensitivityRow(
            analysis=f"leave one {what} out",
            changed=f"which {what}s are used",
            tipping=float(len(turned)),
            unit=f"choices of {what}s that turn it, of {len(self.rows) - 1}",
            observed=max(spread) - min(spread) if len(spread) > 1 else None,
            observed_what=f"range of estimates with one {what} left out" if spread else None,
            reading=reading,
            caveats=tuple(f"{row.label}: {row.reason}" for row in refused),
        )


def leave_out(
    sources: Sequence[str],
    recompute: Callable[[tuple[str, ...]], Contrast],
    *,
    direction: Direction,
    null: float = 0.0,
    ordered: bool = False,
) -> SourcesCompared:
    """Recompute a contrast from fewer sources.

    Args:
        sources: names, each once; from the closest to the farthest where `ordered`.
        recompute: the contrast from the named sources; `NotComputable` becomes a row with a reason.
        direction: which values of the contrast are better.
        null: no difference.
        ordered: also from the closest only, the two closest, and so on (tiers).

    Raises:
        InputError: fewer than two sources, or a name that stands twice.
        NotComputable: all sources together cannot give the contrast.
    """
    names = tuple(sources)
    if len(set(names)) != len(names) or len(names) < 2:
        raise InputError(
            f"found {', '.join(names) or 'none'}; allowed are two sources or more, each once",
            where="sources",
        )
    chosen: dict[tuple[str, ...], tuple[How, str]] = {names: ("all", "all")}
    for name in names:
        chosen.setdefault(tuple(n for n in names if n != name), ("without", f"without {name}"))
    for name in names:
        chosen.setdefault((name,), ("alone", f"{name} alone"))
    if ordered:
        for i in range(2, len(names)):
            chosen.setdefault(names[:i], ("up to", f"up to {names[i - 1]}"))
    rows = []
    for used, (how, label) in chosen.items():
        try:
            found = recompute(used)
        except NotComputable as error:
            if how == "all":
                raise
            rows.append(
                FromSources(
                    how=how, label=label, used=used, contrast=None, shows=None, reason=error.problem
                )
            )
            continue
        rows.append(
            FromSources(
                how=how,
                label=label,
                used=used,
                contrast=found,
                shows=shown(found, direction, null),
            )
        )
    return SourcesCompared(rows=tuple(rows))
