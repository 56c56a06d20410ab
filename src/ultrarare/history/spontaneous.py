"""Spontaneous improvement of untreated people over a window as long as the patient's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ultrarare.errors import NotComputable
from ultrarare.history.question import Question
from ultrarare.history.records import Visit

if TYPE_CHECKING:
    from ultrarare.stats.improvement import ImprovementRate


def count_improved(visits: Sequence[Visit], question: Question) -> ImprovementRate:
    """Count who improved by the relevant difference over the patient's window.

    Raises:
        NotComputable: the question lacks a difference, a direction or a window, or nobody was seen
            over a window as long.
    """
    from ultrarare.stats.improvement import improvement_rate

    difference, improves, length = (
        question.relevant_difference,
        question.improves,
        question.length,
    )
    if difference is None or improves is None or length is None or question.window is None:
        lacking = {
            "a relevant difference": difference,
            "the direction that is better": improves,
            "the patient's window": length,
        }
        names = " and ".join(name for name, value in lacking.items() if value is None)
        raise NotComputable(f"it needs {names}", remedy="Give them in the plan or as options.")
    numbering = {person: i for i, person in enumerate(sorted({v.person for v in visits}))}
    bounds = [visit.bounds for visit in visits]
    return improvement_rate(
        [numbering[visit.person] for visit in visits],
        [visit.time for visit in visits],
        [low for low, _ in bounds],
        [high for _, high in bounds],
        difference=difference,
        window=length,
        improves=improves,
        start=question.window[0],
    )
