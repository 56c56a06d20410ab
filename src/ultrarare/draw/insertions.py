"""Gained bases under a row of aligned ones: a caret between two columns, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ultrarare.draw.figure import Layer
from ultrarare.draw.marks import Row, boxes, segments, texts
from ultrarare.draw.theme import INK, MONO, PATIENT_TINT

ROOM = 13
"""Height in pixels that a row needs under it for its insertions."""

_SIZE, _LETTER = 10, 6.1
_MOST_LETTERS = 14


def insertion_marks(
    places: Sequence[tuple[float, float, str]], *, low: float, high: float
) -> list[Layer]:
    """Carets with their bases; those of one row keep apart.

    Args:
        places: for each insertion the boundary between its columns, the lower edge of its row
            (both in pixels) and the gained bases; those of one row in ascending order.
        low: left edge that no label crosses.
        high: right edge that no label crosses while there is room.
    """
    if not places:
        return []
    labels = list(_labels(places, low, high))
    carets = [
        {"px": x + way * 3.5, "px2": x, "py": y + 3, "py2": y - 3}
        for x, y, _ in places
        for way in (-1, 1)
    ]
    tint = [
        {"px": row["px"], "px2": row["px2"], "py": row["py"] - 6, "py2": row["py"] + 5.5}
        for row in labels
    ]
    middle = [{**row, "px": (row["px"] + row["px2"]) / 2} for row in labels]
    return [
        boxes(tint, PATIENT_TINT),
        segments(carets, INK, width=1.4),
        texts(middle, align="center", size=_SIZE, colour=INK, font=MONO, bold=True),
    ]


def _labels(places: Sequence[tuple[float, float, str]], low: float, high: float) -> Iterator[Row]:
    """Where each text stands: under its caret, or as near as the edges and a neighbour let."""
    free: dict[float, float] = {}
    for x, y, bases in places:
        text = short(bases)
        width = len(text) * _LETTER + 4
        start = max(min(x - width / 2, high - width), free.get(y, low))
        free[y] = start + width + 3
        yield {"px": start, "px2": start + width, "py": y + 8.5, "t": text}


def short(bases: str) -> str:
    """The bases, or the first of them and how many there are."""
    if len(bases) <= _MOST_LETTERS:
        return bases
    return f"{bases[:8]}… ({len(bases)})"
