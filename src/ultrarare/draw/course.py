"""The patient's course over time, with the prediction, doses and intercurrent events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ultrarare.draw.clock import time_axis
from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import aside, ticks
from ultrarare.draw.labels import rows as label_rows
from ultrarare.draw.marks import (
    Mark,
    Point,
    Span,
    axes,
    boxes,
    layer,
    points,
    rules,
    segments,
    texts,
)
from ultrarare.draw.theme import (
    BAND,
    FAINT,
    INK,
    INTERCURRENT,
    MUTED,
    PAPER,
    PATIENT,
    PATIENT_TEXT,
    SMALL,
    UNTREATED,
    shorten,
    text_width,
)

_LEFT, _RIGHT, _HEIGHT, _ROW = 56, 96, 240, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the patient's untreated course would have been at one time, with its interval."""

    time: float
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """Where times and strip rows lie in pixels."""

    low: float
    high: float
    width: float

    def px(self, time: float) -> float:
        return (time - self.low) / (self.high - self.low) * self.width


def course(
    *,
    measure: str,
    unit: str,
    before: Sequence[Point],
    after: Sequence[Point],
    prediction: Sequence[Prediction] = (),
    doses: Sequence[Mark] = (),
    intercurrent: Sequence[Span] = (),
    excluded: Sequence[Point] = (),
    left_out: int = 0,
    level: str = "95%",
    dates: bool = False,
    renderer: Renderer = render,
) -> Figure:
    """Measurements as points, never joined; the untreated prediction as a grey fan.

    Args:
        measure: what was measured.
        unit: its unit as printed.
        before: measurements before dosing.
        after: measurements after dosing.
        prediction: the untreated course with its interval.
        doses: when and how much.
        intercurrent: spans with a word.
        excluded: measurements left out of the analysis that have a number.
        left_out: how many were left out altogether.
        level: coverage of the fan, in words.
        dates: whether times are proleptic ordinals.
        renderer: see `figure.Renderer`.
    """
    everything = [*before, *after, *excluded]
    times = [p.time for p in everything]
    times += [p.time for p in prediction]
    times += [d.time for d in doses]
    plane = _plane(times, intercurrent)
    low, high = _values(everything, prediction)
    strip = _strip(plane, doses, intercurrent)
    frame = Frame(left=_LEFT, right=_RIGHT, top=strip.height, bottom=40, height=_HEIGHT)
    x = time_axis(plane.low, plane.high, dates=dates, title="day of life")
    y = {"title": f"{measure}, {unit}", "grid": True, "values": ticks(low, high, count=5)}
    layers = [
        axes(x, y, x_domain=(plane.low, plane.high), y_domain=(low, high)),
        strip.layers[0],
        *_fan(prediction),
        *strip.layers[1:],
        points(_rows(excluded), FAINT, shape="cross", size=40, filled=True),
        points(_rows(_exact(before)), PATIENT, filled=False, fill=PAPER),
        points(_rows(_exact(after)), PATIENT),
        *_censored((*before, *after)),
        *_names(plane, before, after, prediction, low=low, high=high, level=level),
    ]
    return compose(
        layers,
        frame,
        title=f"Course of {measure} before and after dosing",
        description=_describe(measure, unit, before, after, doses, intercurrent),
        caption=_caption(before, after, prediction, level=level, left_out=left_out),
        renderer=renderer,
    )


def _plane(times: Sequence[float], spans: Sequence[Span]) -> _Plane:
    every = [*times, *(s.first for s in spans), *(s.last for s in spans)] or [0.0, 1.0]
    low, high = min(every), max(every)
    room = max((high - low) * 0.03, 0.5)
    return _Plane(low=low - room, high=high + room, width=760 - _LEFT - _RIGHT)


def _values(measured: Sequence[Point], prediction: Sequence[Prediction]) -> tuple[float, float]:
    """The y range: the data and the fan, from zero where zero is near."""
    every = [p.value for p in measured]
    every += [v for p in prediction for v in (p.lower, p.upper)]
    low, high = min(every, default=0.0), max(every, default=1.0)
    room = (high - low) * 0.08 or max(abs(high) * 0.1, 1.0)
    bottom = 0.0 if 0 <= low <= 0.5 * high else low - room
    return bottom, high + room


@dataclass(frozen=True, slots=True)
class _Strip:
    height: int
    layers: list[Layer]


def _strip(plane: _Plane, doses: Sequence[Mark], spans: Sequence[Span]) -> _Strip:
    """Words above the plot: intercurrent events next to it, doses above them, none on another."""
    stems = [plane.px(d.time) for d in doses]
    low = _placed(plane, [(plane.px((s.first + s.last) / 2), s.label) for s in spans], stems)
    depth = max((label.row for label in low), default=-1) + 1
    high = _placed(plane, [(plane.px(d.time), d.label) for d in doses], stems, bold=True)
    whole = depth + max((label.row for label in high), default=-1) + 1
    layers = [
        boxes(_shades(plane, spans), INTERCURRENT, opacity=0.7),
        segments([_lead(label, 0) for label in low], FAINT),
        segments(
            [{"px": m.at, "px2": m.at, "py": _y(m.row + depth) + 7, "py2": _HEIGHT} for m in high],
            INK,
            width=1.2,
        ),
        texts([m.words(0) for m in low], align="center", size=SMALL, colour=MUTED),
        texts([m.words(depth) for m in high], align="center", size=SMALL, bold=True),
    ]
    return _Strip(whole * _ROW + 12, layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    """A word in a row above the plot: what it belongs to, and where it stands."""

    text: str
    at: float
    centre: float
    half: float
    row: int

    def words(self, depth: int) -> dict[str, Any]:
        return {"px": self.centre, "py": _y(self.row + depth), "t": self.text}


def _y(row: int) -> float:
    return -10 - row * _ROW


def _placed(
    plane: _Plane, items: Sequence[tuple[float, str]], stems: Sequence[float], *, bold: bool = False
) -> list[_Label]:
    """Labels near their place, beside the stems that pass through, in as many rows as needed."""
    found: list[tuple[float, float, float, str]] = []
    for at, label in sorted(items, key=lambda item: (len(item[1]), item)):
        text = shorten(label, 210, SMALL)
        half = text_width(text, SMALL, bold=bold) / 2
        centre = aside(at, half, stems)
        centre = min(max(centre, half - _LEFT + 4), plane.width + _RIGHT - half - 4)
        found.append((at, centre, half, text))
    chosen = label_rows([c - h for _, c, h, _ in found], [c + h for _, c, h, _ in found])
    return [
        _Label(text=text, at=at, centre=centre, half=half, row=row)
        for (at, centre, half, text), row in zip(found, chosen, strict=True)
    ]


def _lead(label: _Label, bottom: float) -> dict[str, float]:
    """From the shade up to its word."""
    near = min(max(label.at, label.centre - label.half), label.centre + label.half)
    return {"px": label.at, "px2": near, "py": bottom, "py2": _y(label.row) + 7}


def _shades(plane: _Plane, spans: Sequence[Span]) -> list[dict[str, float]]:
    """At least three pixels wide, so that one day can be seen."""
    found = []
    for span in spans:
        first, last = plane.px(span.first), plane.px(span.last)
        middle = (first + last) / 2
        found.append(
            {
                "px": min(first, middle - 1.5),
                "px2": max(last, middle + 1.5),
                "py": 0,
                "py2": _HEIGHT,
            }
        )
    return found


def _fan(prediction: Sequence[Prediction]) -> list[Layer]:
    rows = [{"x": p.time, "y": p.mean, "l": p.lower, "u": p.upper} for p in prediction]
    if len(rows) == 1:  # one time has no area
        return [
            rules(rows, BAND, width=8, x="x", y="l", y2="u"),
            points(rows, UNTREATED, shape="stroke", size=120),
        ]
    return [
        layer(rows, {"type": "area", "color": BAND, "opacity": 0.75}, x="x", y="l", y2="u"),
        layer(rows, {"type": "line", "color": UNTREATED, "strokeWidth": 1.5}, x="x", y="y"),
    ]


def _rows(measured: Sequence[Point]) -> list[dict[str, float]]:
    return [{"x": p.time, "y": p.value} for p in measured]


def _exact(measured: Sequence[Point]) -> list[Point]:
    return [p for p in measured if p.limit is None]


def _censored(measured: Sequence[Point]) -> list[Layer]:
    below = [p for p in measured if p.limit == "below"]
    above = [p for p in measured if p.limit == "above"]
    return [
        points(_rows(side), PATIENT, shape=shape, size=70, fill=PAPER)
        for side, shape in ((below, "triangle-down"), (above, "triangle-up"))
        if side
    ]


def _names(
    plane: _Plane,
    before: Sequence[Point],
    after: Sequence[Point],
    prediction: Sequence[Prediction],
    *,
    low: float,
    high: float,
    level: str,
) -> list[Layer]:
    """Direct labels at the right edge, kept apart."""
    from ultrarare.draw.labels import clear_of, spread

    def py(value: float) -> float:
        return _HEIGHT * (1 - (value - low) / (high - low))

    wanted: list[tuple[float, str, str]] = []
    if after:
        wanted.append((py(after[-1].value), "after dosing", PATIENT_TEXT))
    if prediction:
        wanted.append((py(prediction[-1].mean), "predicted if\nuntreated", MUTED))
    wanted.sort()
    heights = [44.0 if colour == MUTED else 18.0 for _, _, colour in wanted]
    placed = spread([y for y, _, _ in wanted], sizes=heights, low=0, high=_HEIGHT)
    layers = []
    for y, (_, words, colour) in zip(placed, wanted, strict=True):
        lines = [*words.split("\n"), *([f"({level})"] if colour == MUTED else [])]
        rows = [
            {"px": plane.width + 8, "py": y + 13 * (i - (len(lines) - 1) / 2), "t": t}
            for i, t in enumerate(lines)
        ]
        layers.append(texts(rows, size=SMALL, colour=colour))
    if before:
        first = before[0]
        place = clear_of(
            [(plane.px(p.time), py(p.value)) for p in (*before, *after)],
            left=plane.px(first.time) + 8,
            middle=py(first.value),
            width=text_width("before dosing", SMALL),
            height=_HEIGHT,
        )
        name = [{"px": plane.px(first.time) + 8, "py": place, "t": "before dosing"}]
        layers.append(texts(name, size=SMALL, colour=PATIENT_TEXT))
    return layers


def _describe(
    measure: str,
    unit: str,
    before: Sequence[Point],
    after: Sequence[Point],
    doses: Sequence[Mark],
    spans: Sequence[Span],
) -> str:
    def of(measured: Sequence[Point]) -> str:
        sign = {"below": "<", "above": ">", None: ""}
        return ", ".join(f"{sign[p.limit]}{p.value:g}" for p in measured) or "none"

    return (
        f"{measure} in {unit}. Before dosing: {of(before)}. After dosing: {of(after)}. "
        f"Doses: {'; '.join(d.label for d in doses) or 'none recorded'}. "
        f"Intercurrent events: {'; '.join(s.label for s in spans) or 'none recorded'}."
    )


def _caption(
    before: Sequence[Point],
    after: Sequence[Point],
    prediction: Sequence[Prediction],
    *,
    level: str,
    left_out: int,
) -> str:
    parts = [
        f"n = {len(before)} measurements before dosing (open) and {len(after)} after (filled)."
    ]
    if any(p.limit for p in (*before, *after)):
        parts.append("Open triangles: beyond the assay limit, drawn on it.")
    if prediction:
        parts.append(f"Grey: predicted without treatment, {level} interval.")
    parts.append(
        f"{left_out} left out of the analysis (crosses where they have a value)."
        if left_out
        else "None left out."
    )
    return " ".join(parts)
