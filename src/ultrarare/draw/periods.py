"""A published course: median and quartiles by period, and nothing between the periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, rects, rules, texts
from ultrarare.draw.theme import (
    MUTED,
    PATIENT,
    PATIENT_TINT,
    REFERENCE,
    SMALL,
    wrap,
)

_LEFT, _RIGHT, _ROW = 190, 150, 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What is printed of one period; `text` is how it is printed."""

    name: str
    median: float
    q1: float
    q3: float
    n: int | None
    text: str


def course_summary(
    *,
    measure: str,
    unit: str,
    periods: Sequence[Period],
    reference_low: float | None = None,
    reference_high: float | None = None,
    renderer: Renderer = render,
) -> Figure:
    """One bar a period from quartile to quartile, the median as a mark.

    Args:
        measure: what was measured.
        unit: its unit as printed.
        periods: in order of time.
        reference_low: lower limit of the reference range.
        reference_high: upper limit of the reference range.
        renderer: see `figure.Renderer`.
    """
    limits = [v for v in (reference_low, reference_high) if v is not None]
    top = max([p.q3 for p in periods] + limits) * 1.06
    low = min(0.0, *(p.q1 for p in periods))
    frame = Frame(left=_LEFT, right=_RIGHT, top=22, bottom=40, height=_ROW * len(periods) + 6)
    x = {"title": f"{measure}, {unit}", "grid": True, "values": ticks(low, top)}
    layers = [
        axes(x, None, x_domain=(low, top), y_domain=(0, 1)),
        *_reference(reference_low, reference_high, low=low, top=top, height=frame.height),
        *_bars(periods),
        *_words(periods, frame.width),
    ]
    return compose(
        layers,
        frame,
        title=f"{measure.capitalize()} by period, as published",
        description=f"{measure} in {unit}. " + "; ".join(f"{p.name}: {p.text}" for p in periods),
        caption=_caption(periods, limits),
        renderer=renderer,
    )


def _middle(i: int) -> float:
    return 3 + _ROW * (i + 0.5)


def _reference(
    low_limit: float | None, high_limit: float | None, *, low: float, top: float, height: int
) -> list[Layer]:
    if low_limit is None and high_limit is None:
        return []
    first = low if low_limit is None else low_limit
    last = top if high_limit is None else high_limit
    word = "reference range"
    if low_limit is None:
        word = f"reference, up to {high_limit:g}"
    elif high_limit is None:
        word = f"reference, from {low_limit:g}"
    row = {"x": first, "x2": last, "py": 0, "py2": height}
    return [
        rects([row], REFERENCE, x="x", x2="x2", y="py", y2="py2"),
        texts([{"x": first, "py": -10, "t": word}], x="x", size=SMALL, colour=MUTED),
    ]


def _bars(periods: Sequence[Period]) -> list[Layer]:
    rows = [
        {"x": p.q1, "x2": p.q3, "m": p.median, "py": _middle(i) - 9, "py2": _middle(i) + 9}
        for i, p in enumerate(periods)
    ]
    edges = [{**row, "x": row[end]} for row in rows for end in ("x", "x2")]
    return [
        rects(rows, PATIENT_TINT, x="x", x2="x2", y="py", y2="py2"),
        rules(edges, PATIENT, width=1, x="x", y="py", y2="py2"),
        rules(rows, PATIENT, width=3.5, x="m", y="py", y2="py2"),
    ]


def _words(periods: Sequence[Period], width: int) -> list[Layer]:
    names = []
    for i, period in enumerate(periods):
        lines = wrap(period.name, _LEFT - 24)[:3]
        names += [
            {"px": -12, "py": _middle(i) + 14 * (j - (len(lines) - 1) / 2), "t": line}
            for j, line in enumerate(lines)
        ]
    values = [
        {"px": width + 12, "py": _middle(i) + dy, "t": text}
        for i, p in enumerate(periods)
        for dy, text in (
            (-7, f"{p.median:g} ({p.q1:g}–{p.q3:g})"),
            (8, "n not printed" if p.n is None else f"n = {p.n}"),
        )
    ]
    return [texts(names, align="right"), texts(values, size=SMALL)]


def _caption(periods: Sequence[Period], limits: Sequence[float]) -> str:
    counted = [p.n for p in periods if p.n is not None]
    n = (
        f"n = {', '.join(str(c) for c in counted)} by period."
        if len(counted) == len(periods)
        else "The number of measurements is not printed for every period."
    )
    reference = " Shaded: reference range." if limits else ""
    return (
        f"Median (line) and quartiles (bar) by period, as published. {n}{reference} "
        "Single values, times and variation between periods are not known."
    )
