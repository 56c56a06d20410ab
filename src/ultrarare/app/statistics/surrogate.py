"""Whether a marker predicts the outcome across variants, from a plain table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ultrarare.effect.surrogate_table import MarkerTable
    from ultrarare.stats.surrogacy.trial import Surrogacy


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrogateReport:
    """The judgement and the table it rests on."""

    table: MarkerTable
    found: Surrogacy

    def summary(self) -> str:
        """The verdict first."""
        return "\n".join((self.found.summary(), *(f"- {text}" for text in self.table.notes)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        from ultrarare.effect.surrogate_table import to_json

        return to_json(self.table, self.found)


def judge_marker_table(
    *,
    pairs: Path,
    direction: Literal["lower", "higher"] = "higher",
    achieved: float | None = None,
    achieved_se: float = 0.0,
    level: float = 0.95,
) -> SurrogateReport:
    """Read the table and judge.

    Args:
        pairs: `variant,marker,marker_se,outcome,outcome_se[,correlation]`, or people.
        direction: which outcome effects are benefit.
        achieved: marker effect to predict the outcome for.
        achieved_se: its standard error.
        level: coverage of intervals.

    Raises:
        InputErrors: the table is wrong.
        InputError: an option outside its range.
        NotComputable: fewer than four variants.
    """
    from ultrarare.effect.surrogate_table import judged, read_markers

    table = read_markers(pairs, name=pairs.name)
    found = judged(
        table, direction=direction, achieved=achieved, achieved_se=achieved_se, level=level
    )
    return SurrogateReport(table=table, found=found)
