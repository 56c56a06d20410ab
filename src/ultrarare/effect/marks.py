"""What the timeline puts on a figure: doses as marks, intercurrent events as spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ultrarare.case.timeline import Event, EventKind


def dose_marks(timeline: Sequence[Event]) -> list[dict[str, Any]]:
    """Time and amount of each dose."""
    return [
        {
            "time": event.when.middle,
            "label": " ".join(part for part in (event.event, event.value, event.unit) if part),
        }
        for event in timeline
        if event.kind is EventKind.DOSE
    ]


def intercurrent_spans(timeline: Sequence[Event]) -> list[dict[str, Any]]:
    """First and last day of each intercurrent event, with a word."""
    return [
        {
            "first": event.when.first,
            "last": event.when.first if event.when.last is None else event.when.last,
            "label": event.event,
        }
        for event in timeline
        if event.kind is EventKind.INTERCURRENT
    ]
