"""One quantity estimated in several ways, so that nobody sees only the way that looked best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, points, rules, segments, texts
from ultrarare.draw.theme import FAINT, GRID, INK, MUTED, OTHERS, SMALL, UNTREATED, wrap

_LEFT, _RIGHT, _LINE = 250, 150, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodEstimate:
    """What one method says.

    Attributes:
        label: the method.
        value: its estimate; None where it refused.
        lower: limit, None where there is none.
        upper: limit, None where there is none.
        note: a few words beside it: a p value, or why it refused.
        primary: whether the plan named it.
    """

    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    note: str = ""
    primary: bool = False


def estimates(
    *,
    quantity: str,
    unit: str,
    rows: Sequence[MethodEstimate],
    null: float,
    ratio: bool = False,
    level: str = "95%",
    better: str | None = None,
    renderer: Renderer = render,
) -> Figure:
    """Each method's estimate and interval on one scale, with the line of no difference.

    Args:
        quantity: what is estimated.
        unit: as printed; empty for a ratio.
        rows: in the order shown; a method that refused keeps its row.
        null: the value that means no difference; 1 for a ratio.
        ratio: whether the scale is logarithmic.
        level: coverage of the intervals, in words.
        better: which side is better, in words such as `lower`; None if that is not settled.
        renderer: see `figure.Renderer`.

    Raises:
        ValueError: a ratio at or below 0 on a logarithmic scale.
    """
    scale = _scale(rows, null, ratio=ratio)
    blocks = [wrap(row.label, _LEFT - 30)[:2] for row in rows]
    heights = [
        _LINE * max(len(block), 2 if row.note else 1) + 12
        for block, row in zip(blocks, rows, strict=True)
    ]
    middles = [sum(heights[:i]) + h / 2 for i, h in enumerate(heights)]
    frame = Frame(left=_LEFT, right=_RIGHT, top=10, bottom=44, height=sum(heights))
    label = {"labelExpr": _RATIO_LABEL} if ratio else {}
    layers = [
        axes(
            {
                "title": _title(quantity, unit, better, ratio=ratio),
                "grid": True,
                "values": scale.ticks,
                **label,
            },
            None,
            x_domain=(scale.low, scale.high),
            y_domain=(0, 1),
        ),
        rules(
            [{"x": scale.at(null), "py": 0.0, "py2": float(frame.height)}],
            FAINT,
            dash=(4, 3),
            x="x",
            y="py",
            y2="py2",
        ),
        *_marks(rows, middles, scale),
        *_words(rows, blocks, middles, frame.width),
        segments(
            [
                {"px": -_LEFT + 8, "px2": frame.width + _RIGHT - 8, "py": y, "py2": y}
                for y in [sum(heights[: i + 1]) for i in range(len(heights) - 1)]
            ],
            GRID,
        ),
    ]
    refused = sum(row.value is None for row in rows)
    return compose(
        layers,
        frame,
        title=f"{quantity[:1].upper()}{quantity[1:]}: estimate by method",
        description=_describe(quantity, unit, rows),
        caption=f"Lines are {level} intervals; dashed: no difference."
        + (" Blue: named by the plan." if any(row.primary for row in rows) else "")
        + (f" {refused} of {len(rows)} methods refused these data." if refused else ""),
        renderer=renderer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: float
    high: float
    ticks: list[float]
    ratio: bool

    def at(self, value: float) -> float:
        if not self.ratio:
            return value
        if value <= 0:
            raise ValueError(f"found {value:g}; a ratio on a logarithmic scale is above 0")
        return min(max(math.log10(value), self.low), self.high)


_MOST_DECADES = 3.0
"""A limit further out than this many powers of ten is drawn at the edge."""


_RATIO_LABEL = "format(pow(10, datum.value), '.3~r')"
"""Labels of a logarithmic axis are the ratios that its positions stand for."""


def _scale(rows: Sequence[MethodEstimate], null: float, *, ratio: bool) -> _Scale:
    shown = [v for row in rows for v in (row.value, row.lower, row.upper) if v is not None]
    if not ratio:
        low, high = min([null, *shown]), max([null, *shown])
        room = 0.05 * (high - low) or 1.0
        return _Scale(
            low=low - room,
            high=high + room,
            ticks=ticks(low - room, high + room, count=5),
            ratio=False,
        )
    logs = [min(max(math.log10(v), -_MOST_DECADES), _MOST_DECADES) for v in shown if v > 0]
    low, high = min([0.0, *logs]) - 0.08, max([0.0, *logs]) + 0.08
    marks = [math.log10(m * 10.0**p) for p in range(-4, 5) for m in (1, 2, 5)]
    inside = [m for m in marks if low <= m <= high]
    if len(inside) > 7:
        inside = [m for m in inside if abs(m - round(m)) < 1e-9]
    return _Scale(low=low, high=high, ticks=inside, ratio=True)


def _title(quantity: str, unit: str, better: str | None, *, ratio: bool) -> str:
    scale = " (log scale)" if ratio else ""
    side = f"; {better} is better" if better else ""
    return f"{quantity}{', ' + unit if unit else ''}{scale}{side}"


def _marks(rows: Sequence[MethodEstimate], middles: Sequence[float], scale: _Scale) -> list[Layer]:
    layers: list[Layer] = []
    for primary, colour in ((True, OTHERS), (False, UNTREATED)):
        chosen = [(r, y) for r, y in zip(rows, middles, strict=True) if r.primary is primary]
        spans = [
            {
                "l": scale.at(_kept(r.lower, scale, low=True)),
                "u": scale.at(_kept(r.upper, scale, low=False)),
                "py": y,
            }
            for r, y in chosen
            if r.value is not None and (r.lower is not None or r.upper is not None)
        ]
        values = [{"x": scale.at(r.value), "py": y} for r, y in chosen if r.value is not None]
        layers += [
            rules(spans, colour, width=2, x="l", x2="u", y="py"),
            points(values, colour, size=80, y="py"),
        ]
    return layers


def _kept(limit: float | None, scale: _Scale, *, low: bool) -> float:
    """An open or extreme limit is drawn to the edge."""
    if limit is not None and (not scale.ratio or limit > 0):
        return limit
    edge = scale.low if low else scale.high
    return 10.0**edge if scale.ratio else edge


def _words(
    rows: Sequence[MethodEstimate],
    blocks: Sequence[Sequence[str]],
    middles: Sequence[float],
    width: int,
) -> list[Layer]:
    names = [
        ({"px": -_LEFT + 8, "py": y + _LINE * (j - (len(block) - 1) / 2), "t": text}, row.primary)
        for block, row, y in zip(blocks, rows, middles, strict=True)
        for j, text in enumerate(block)
    ]
    right = width + _RIGHT - 8
    numbers, notes = [], []
    for row, y in zip(rows, middles, strict=True):
        up = _LINE / 2 if row.note else 0
        numbers.append({"px": right, "py": y - up, "t": _number(row)})
        if row.note:
            notes.append({"px": right, "py": y + up, "t": row.note})
    return [
        texts([row for row, strong in names if strong], colour=INK, bold=True),
        texts([row for row, strong in names if not strong], colour=INK),
        texts(numbers, align="right", size=SMALL),
        texts(notes, align="right", size=SMALL, colour=MUTED),
    ]


def _number(row: MethodEstimate) -> str:
    if row.value is None:
        return "not computable"
    if row.lower is None and row.upper is None:
        return f"{row.value:.3g}"
    low = "…" if row.lower is None else f"{row.lower:.3g}"
    high = "…" if row.upper is None else f"{row.upper:.3g}"
    return f"{row.value:.3g} ({low} to {high})"


def _describe(quantity: str, unit: str, rows: Sequence[MethodEstimate]) -> str:
    each = "; ".join(
        f"{row.label}: {_number(row)}{', ' + row.note if row.note else ''}" for row in rows
    )
    return f"{quantity}{', ' + unit if unit else ''}. {each}."
