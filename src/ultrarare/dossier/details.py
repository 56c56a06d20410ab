"""Pieces of `details` as marks of a figure: times, measurements, doses, spans, levels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ultrarare import draw
from ultrarare.case.finding import Finding

_LIMIT = re.compile(r"\s*(<=|>=|≤|≥|<|>)\s*([-+]?\d+(?:\.\d+)?)\s*")


def day(value: Any) -> float:
    """A time of `details` as a number: a day of life, or the ordinal of an ISO date."""
    if isinstance(value, str):
        return float(date.fromisoformat(value).toordinal())
    return float(value)


def points(rows: Sequence[Mapping[str, Any]]) -> list[draw.Point]:
    """Measurements that have a number or a limit."""
    return [point for row in rows if (point := _point(row)) is not None]


def _point(row: Mapping[str, Any]) -> draw.Point | None:
    """A measurement; a censored one stands on its limit, one without a number nowhere."""
    if found := _LIMIT.fullmatch(str(row.get("text", ""))):
        limit = "below" if found[1] in "<=≤" else "above"
        return draw.Point(time=day(row["time"]), value=float(found[2]), limit=limit)
    value = row.get("value")
    if value is None:
        try:
            value = float(str(row.get("text")))
        except ValueError:
            return None
    return draw.Point(time=day(row["time"]), value=float(value))


def marks(rows: Sequence[Mapping[str, Any]]) -> list[draw.Mark]:
    """Moments with a word, such as doses."""
    return [draw.Mark(time=day(row["time"]), label=str(row["label"])) for row in rows]


def spans(rows: Sequence[Mapping[str, Any]]) -> list[draw.Span]:
    """Stretches of time with a word; one without an end is a moment."""
    found = []
    for row in rows:
        last = row["first"] if row.get("last") is None else row["last"]
        found.append(draw.Span(first=day(row["first"]), last=day(last), label=str(row["label"])))
    return found


def level(finding: Finding) -> str:
    """Coverage of the finding's interval in words."""
    found = None if finding.estimate is None else finding.estimate.level
    return percent(found)


def percent(found: float | None) -> str:
    """A coverage in words."""
    return "level-unstated" if found is None else f"{100 * found:g}%"


def p_words(p: float | None, floor: float | None = None) -> str:
    """A p value with the smallest that could be had, for the side of an estimate."""
    if p is None:
        return ""
    said = f"p {p:.2g}"
    return said if floor is None else f"{said}, floor {floor:.2g}"
