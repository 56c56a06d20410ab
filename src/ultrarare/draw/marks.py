"""Vega-Lite layers: the few marks that our figures are made of.

A channel is named `x` in the unit of the data, or `px` for a place in pixels that the caller has
computed (labels that must not collide). Rows are plain mappings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ultrarare.draw.figure import Layer
from ultrarare.draw.theme import INK, SIZE

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something at one time, with a word."""

    time: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that lasted, with a word; `last` equals `first` for a single day."""

    first: float
    last: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One measurement.

    Attributes:
        time: when.
        value: the number; for a censored one the assay limit.
        limit: `below` where the true value lies under `value`, `above` where it lies over it.
    """

    time: float
    value: float
    limit: str | None = None


def channel(field: str, **more: Any) -> dict[str, Any]:
    """A position channel; a field that begins with `p` is in pixels and has no scale."""
    base: dict[str, Any] = {"field": field, "type": "quantitative"}
    if field.startswith("p"):
        return {**base, "scale": None, "axis": None}
    return {**base, **more}


def layer(rows: Sequence[Row], mark: dict[str, Any], **fields: str) -> Layer:
    """A layer whose position channels read the fields named."""
    return {
        "data": {"values": [dict(row) for row in rows]},
        "mark": mark,
        "encoding": {
            name: channel(field) if name in ("x", "y") else {"field": field}
            for name, field in fields.items()
        },
    }


def axes(
    x: dict[str, Any] | None, y: dict[str, Any] | None, *, x_domain: Any, y_domain: Any
) -> Layer:
    """A layer without ink that sets both scales and their axes (None for no axis)."""

    def of(field: str, domain: Any, axis: dict[str, Any] | None) -> dict[str, Any]:
        scale = {"domain": list(domain), "nice": False, "zero": False}
        return channel(field, scale=scale, axis=axis)

    return {
        "data": {"values": [{"x": x_domain[0], "y": y_domain[0]}]},
        "mark": {"type": "point", "opacity": 0},
        "encoding": {"x": of("x", x_domain, x), "y": of("y", y_domain, y)},
    }


def texts(
    rows: Sequence[Row],
    *,
    x: str = "px",
    y: str = "py",
    align: str = "left",
    size: float = SIZE,
    colour: str = INK,
    bold: bool = False,
    font: str | None = None,
) -> Layer:
    """Texts from the field `t`, centred on their height."""
    mark = {
        "type": "text",
        "align": align,
        "baseline": "middle",
        "fontSize": size,
        "color": colour,
        "fontWeight": "bold" if bold else "normal",
        **({} if font is None else {"font": font}),
    }
    encoding = {"x": channel(x), "y": channel(y), "text": {"field": "t", "type": "nominal"}}
    return {**layer(rows, mark), "encoding": encoding}


def rects(rows: Sequence[Row], colour: str, *, opacity: float = 1, **fields: str) -> Layer:
    """Filled rectangles."""
    return layer(rows, {"type": "rect", "color": colour, "fillOpacity": opacity}, **fields)


def rules(
    rows: Sequence[Row],
    colour: str,
    *,
    width: float = 1,
    dash: Sequence[int] | None = None,
    **fields: str,
) -> Layer:
    """Straight lines."""
    mark: dict[str, Any] = {"type": "rule", "color": colour, "strokeWidth": width}
    if dash is not None:
        mark["strokeDash"] = list(dash)
    return layer(rows, mark, **fields)


_ENDS = {"x": "px", "x2": "px2", "y": "py", "y2": "py2"}


def boxes(rows: Sequence[Row], colour: str, *, opacity: float = 1) -> Layer:
    """Filled rectangles from (px, py) to (px2, py2), in pixels."""
    return layer(rows, {"type": "rect", "color": colour, "fillOpacity": opacity}, **_ENDS)


def outlines(rows: Sequence[Row], colour: str, *, fill: str | None = None) -> Layer:
    """Rectangles with an edge, in pixels; hollow where no fill is given."""
    inside = {"filled": True, "color": fill} if fill else {"filled": False, "fillOpacity": 0}
    return layer(rows, {"type": "rect", "stroke": colour, "strokeWidth": 1, **inside}, **_ENDS)


def segments(rows: Sequence[Row], colour: str, *, width: float = 1) -> Layer:
    """Straight lines from (px, py) to (px2, py2), in pixels."""
    return layer(rows, {"type": "rule", "color": colour, "strokeWidth": width}, **_ENDS)


def points(
    rows: Sequence[Row],
    colour: str,
    *,
    shape: str = "circle",
    size: float = 50,
    filled: bool = True,
    fill: str | None = None,
    x: str = "x",
    y: str = "y",
) -> Layer:
    """Point marks; `fill` puts paper behind an open one."""
    mark: dict[str, Any] = {
        "type": "point",
        "shape": shape,
        "size": size,
        "opacity": 1,
        "filled": filled,
        "color": colour,
        "strokeWidth": 1.5,
    }
    if fill is not None:
        mark |= {"filled": False, "fill": fill, "stroke": colour}
    return layer(rows, mark, x=x, y=y)
