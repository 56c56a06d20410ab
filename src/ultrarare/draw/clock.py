"""The time axis: days of life, or calendar dates as proleptic ordinals."""

from __future__ import annotations

from typing import Any

from ultrarare.draw.labels import date_ticks, ticks

_EPOCH = 719163  # proleptic ordinal of 1970-01-01


def time_axis(
    low: float, high: float, *, dates: bool, title: str, count: int = 7
) -> dict[str, Any]:
    """A Vega-Lite axis for times between `low` and `high`.

    Args:
        low: first time shown.
        high: last time shown.
        dates: whether times are proleptic ordinals of calendar dates.
        title: title where times are not dates; dates speak for themselves.
        count: about how many ticks.
    """
    base: dict[str, Any] = {"grid": False, "title": None if dates else title}
    if not dates:
        return {**base, "values": ticks(low, high, count=count), "format": ",~f"}
    form = "%-d %b %Y" if high - low < 61 else "%b %Y"
    return {
        **base,
        "values": date_ticks(low, high, count=count),
        "labelExpr": f"utcFormat((datum.value-{_EPOCH})*86400000, '{form}')",
    }


def time_text(time: float, *, dates: bool) -> str:
    """A time in words, for a label."""
    from datetime import date

    return date.fromordinal(int(time)).isoformat() if dates else f"{time:g}"
