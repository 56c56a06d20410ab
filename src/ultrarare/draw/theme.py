"""Colours, type and the Vega-Lite configuration that every figure shares.

Colours come from the Okabe–Ito palette. A page may recolour a figure for a dark background by the
exact values below, so no other colour may be used in a figure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
SANS = "Ultrarare Sans"
MONO = "Ultrarare Mono"

INK = "#1F2328"
MUTED = "#59616B"
FAINT = "#9AA1AA"
GRID = "#E3E6EA"
BAND = "#D5D9DF"
PAPER = "#FFFFFF"
PATIENT = "#D55E00"
PATIENT_TEXT = "#B04A00"  # the accent, dark enough for small type
PATIENT_TINT = "#FBE3D2"
UNTREATED = "#7A828C"
OTHERS = "#0072B2"
WINDOW = "#FFF0C9"
INTERCURRENT = "#F3E6C4"
REFERENCE = "#E6EFE9"

DARK = {
    INK: "#E8EAED",
    MUTED: "#B4BBC4",
    FAINT: "#7E8791",
    GRID: "#2C3238",
    BAND: "#454C55",
    PAPER: "#15181C",
    PATIENT: "#FF8A3C",
    PATIENT_TEXT: "#FF9E5C",
    PATIENT_TINT: "#5A3215",
    UNTREATED: "#A9B1BB",
    OTHERS: "#6BB8EC",
    WINDOW: "#4A3F1A",
    INTERCURRENT: "#40361A",
    REFERENCE: "#1E332B",
}
"""Each colour on a dark page."""

WIDTH = 760
SIZE = 12
SMALL = 11

AXIS: dict[str, Any] = {
    "labelFont": SANS,
    "titleFont": SANS,
    "labelFontSize": SMALL,
    "titleFontSize": SMALL,
    "titleFontWeight": "normal",
    "labelColor": MUTED,
    "titleColor": MUTED,
    "domainColor": FAINT,
    "tickColor": FAINT,
    "gridColor": GRID,
    "tickSize": 4,
    "labelPadding": 4,
    "labelFlush": False,
    "labelBound": False,
}

CONFIG: dict[str, Any] = {
    "aria": False,
    "background": None,
    "font": SANS,
    "view": {"stroke": None},
    "axis": AXIS,
    "text": {"font": SANS, "fontSize": SIZE, "color": INK},
}


def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """About how wide a text in the sans is, in pixels; a little more rather than less."""
    narrow, wide = "iljtfrI.,:;|!'()[] ·", "mwMW@%—…"
    ems = sum(
        0.3 if c in narrow else 0.86 if c in wide else 0.6 if c.isupper() else 0.52 for c in text
    )
    return ems * size * (1.06 if bold else 1.0)


def wrap(text: str, width: float, size: float = SIZE) -> list[str]:
    """Break a text into lines of at most `width` pixels, between words."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines or [""]


def shorten(text: str, width: float, size: float = SIZE) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ,;:(") + "…"
