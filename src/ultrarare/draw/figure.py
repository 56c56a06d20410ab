"""A figure: the SVG, its title and description, and the specification it was rendered from."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, Protocol

from ultrarare.draw.theme import CONFIG, FONTS, WIDTH

Layer = dict[str, Any]


class Renderer(Protocol):
    """Turns a Vega-Lite specification, as JSON, into SVG. A caller may put a cache before it."""

    def __call__(self, spec: str, /) -> str:
        """The SVG of a specification."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One picture, the same on page, paper and web.

    Attributes:
        svg: the picture, with title and description inside; no scripts, no references outside.
        title: what it shows, in a few words.
        description: what a reader who cannot see it needs; also the alternative text.
        caption: n, what was left out, how uncertainty is drawn.
        spec: the Vega-Lite specification as JSON with sorted keys.
        width: of the picture, in CSS pixels.
        height: of the picture, in CSS pixels.
    """

    svg: str
    title: str
    description: str
    caption: str
    spec: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The plot's size and the room around it, in pixels; the whole is `WIDTH` wide."""

    left: int
    right: int
    top: int
    bottom: int
    height: int

    @property
    def width(self) -> int:
        """Width of the plot itself."""
        return WIDTH - self.left - self.right


def compose(
    layers: Sequence[Layer],
    frame: Frame,
    *,
    title: str,
    description: str,
    caption: str,
    renderer: Renderer,
) -> Figure:
    """Put layers into a specification, have it rendered, and name it.

    Args:
        layers: Vega-Lite layers, back to front.
        frame: sizes.
        title: what the figure shows.
        description: alternative text.
        caption: what stands under it.
        renderer: turns the specification into SVG.
    """
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": frame.width,
        "height": frame.height,
        "autosize": "none",
        "padding": {
            "left": frame.left,
            "right": frame.right,
            "top": frame.top,
            "bottom": frame.bottom,
        },
        "config": CONFIG,
        "layer": list(layers),
    }
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False, allow_nan=False)
    height = frame.top + frame.height + frame.bottom
    svg = _named(_lean(renderer(text)), title=title, description=description, spec=text)
    return Figure(
        svg=svg,
        title=title,
        description=description,
        caption=caption,
        spec=text,
        width=WIDTH,
        height=height,
    )


def render(spec: str) -> str:
    """The SVG of a Vega-Lite specification, with the vendored fonts measured."""
    return str(_converter().vegalite_to_svg(spec))


def to_png(svg: str, *, scale: float = 2.0) -> bytes:
    """A figure's SVG as PNG, for files that hold no SVG."""
    return bytes(_converter().svg_to_png(svg, scale=scale))


@cache
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    return vl_convert


_NOISE = re.compile(r' (?:(?:role|aria-[a-z]+|pointer-events)="[a-z0-9- ]*"|opacity="1")(?=[ />])')
_UNSEEN = re.compile(r'<path [^>]* opacity="0"[^>]*/>')
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*/>')
_BACKGROUND = re.compile(r'(<svg[^>]*>)<rect width="\d+" height="\d+" fill="[^"]*"/>')
_LONG = re.compile(r"(\.\d\d)\d+")
_TAG = re.compile(r"<[^>]+>")


def _lean(svg: str) -> str:
    """Leave out what a static picture does not need; round coordinates to 1/100 pixel."""
    svg = _EMPTY.sub("", _BACKGROUND.sub(r"\1", svg))
    svg = _UNSEEN.sub("", svg)
    return _TAG.sub(lambda tag: _LONG.sub(r"\1", _NOISE.sub("", tag.group())), svg)


def _named(svg: str, *, title: str, description: str, spec: str) -> str:
    """Give the picture a role, a title and a description that assistive technology reads."""
    key = f"f{_checksum(spec)}"
    head, rest = svg.split(">", 1)
    return (
        f'{head} role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>{rest}'
    )


def _checksum(text: str) -> str:
    from zlib import crc32

    return f"{crc32(text.encode()):08x}"
