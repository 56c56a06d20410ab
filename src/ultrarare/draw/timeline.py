"""The timeline of the case: time runs down, kinds stand side by side, every event has its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import date_ticks, spread, ticks
from ultrarare.draw.marks import outlines, points, rules, segments, texts
from ultrarare.draw.theme import (
    FAINT,
    GRID,
    INK,
    INTERCURRENT,
    MUTED,
    PAPER,
    PATIENT,
    PATIENT_TEXT,
    SMALL,
    UNTREATED,
    WIDTH,
    wrap,
)

_MOST, _LINE, _TOP, _LANE, _AXIS = 44, 14, 34, 48, 60
_LEAD, _WHEN = 34, 66


LANES = ("disease", "prepa- ration", "dose", "inter- current", "measure- ment", "follow- up")
"""In this order; a space is where the head breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event: its lane (one of `LANES`), its time or span, its words.

    `last` is None for one moment; `open_ended` where the source says only "after".
    """

    lane: str
    first: float
    last: float | None
    when: str
    label: str
    approximate: bool = False
    open_ended: bool = False
    strong: bool = False


def timeline(
    happenings: Sequence[Happening],
    *,
    clock: str,
    dates: bool = False,
    renderer: Renderer = render,
) -> Figure:
    """All events on one linear axis of time, labels kept apart and led to their place.

    Args:
        happenings: in order of time.
        clock: title of the axis.
        dates: whether times are proleptic ordinals.
        renderer: see `figure.Renderer`.
    """
    lanes = [lane for lane in LANES if any(h.lane == lane for h in happenings)]
    named = _named(happenings)
    low = min(h.first for h in happenings)
    high = max(h.first if h.last is None else h.last for h in happenings)
    room = WIDTH - (_AXIS + len(lanes) * _LANE + 6 + _LEAD + _WHEN) - 4
    blocks = [(h, wrap(h.label, room)[:3]) for h in named]
    height = max(260, sum(len(lines) * _LINE + 4 for _, lines in blocks) + 8)
    scale = _Scale(low=low, high=high if high > low else low + 1, height=height, lanes=tuple(lanes))
    frame = Frame(left=0, right=0, top=_TOP, bottom=10, height=height)
    layers = [
        *_frame(scale, clock, dates=dates),
        *_marks(scale, happenings),
        *_labels(scale, blocks),
    ]
    return compose(
        layers,
        frame,
        title="Timeline of the case",
        description="; ".join(f"{h.when}: {h.label}" for h in named),
        caption=_caption(len(happenings), len(happenings) - len(named)),
        renderer=renderer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: float
    high: float
    height: float
    lanes: tuple[str, ...]

    def y(self, time: float) -> float:
        return 8 + (time - self.low) / (self.high - self.low) * (self.height - 16)

    def x(self, lane: str) -> float:
        return _AXIS + (self.lanes.index(lane) + 0.5) * self.step

    @property
    def step(self) -> float:
        return _LANE

    @property
    def right(self) -> float:
        return _AXIS + len(self.lanes) * self.step

    def middle(self, h: Happening) -> float:
        return self.y(h.first if h.last is None else (h.first + h.last) / 2)


def _named(happenings: Sequence[Happening]) -> list[Happening]:
    """The events that get words: all, or the strong ones where there are too many."""
    if len(happenings) <= _MOST:
        return list(happenings)
    strong = [h for h in happenings if h.strong]
    rest = [h for h in happenings if not h.strong][: max(_MOST - len(strong), 0)]
    chosen = {id(h) for h in (*strong[:_MOST], *rest)}
    return [h for h in happenings if id(h) in chosen]


def _frame(scale: _Scale, clock: str, *, dates: bool) -> list[Layer]:
    shown = (
        date_ticks(scale.low, scale.high, count=8)
        if dates
        else ticks(scale.low, scale.high, count=8)
    )
    texts_of = [{"px": _AXIS - 10, "py": scale.y(t), "t": _tick(t, dates=dates)} for t in shown]
    heads: list[dict[str, Any]] = []
    for i, lane in enumerate(scale.lanes):
        words = lane.split(" ", 1)
        heads += [
            {"px": _AXIS + (i + 0.5) * scale.step, "py": -12 * (len(words) - j), "t": line}
            for j, line in enumerate(words)
        ]
    return [
        rules(
            [{"px": _AXIS - 4, "px2": scale.right, "py": scale.y(t)} for t in shown],
            GRID,
            x="px",
            x2="px2",
            y="py",
        ),
        rules(
            [{"px": scale.x(lane), "py": 0, "py2": scale.height} for lane in scale.lanes],
            GRID,
            x="px",
            y="py",
            y2="py2",
        ),
        texts(texts_of, align="right", size=SMALL, colour=MUTED),
        texts([{"px": _AXIS - 10, "py": -12, "t": clock}], align="right", size=10, colour=MUTED),
        texts(heads, align="center", size=10, colour=MUTED),
    ]


def _tick(time: float, *, dates: bool) -> str:
    from datetime import date

    return date.fromordinal(int(time)).strftime("%b %Y") if dates else f"{time:,g}"


def _marks(scale: _Scale, happenings: Sequence[Happening]) -> list[Layer]:
    spans = [h for h in happenings if h.last is not None and h.last > h.first]
    others = [h for h in happenings if h not in spans]

    def bars(chosen: Sequence[Happening]) -> list[dict[str, float]]:
        return [
            {
                "px": scale.x(h.lane) - 6,
                "px2": scale.x(h.lane) + 6,
                "py": scale.y(h.first),
                "py2": scale.y(h.first if h.last is None else h.last),
            }
            for h in chosen
        ]

    def at(chosen: Sequence[Happening]) -> list[dict[str, float]]:
        return [{"px": scale.x(h.lane), "py": scale.y(h.first)} for h in chosen]

    exact = [h for h in others if not h.approximate and not h.strong]
    about = [h for h in others if h.approximate and not h.open_ended]
    return [
        outlines(bars(spans), FAINT, fill=INTERCURRENT),
        points(at(exact), UNTREATED, size=46, x="px", y="py"),
        points(
            at([h for h in others if h.strong and not h.approximate]),
            PATIENT,
            shape="diamond",
            size=110,
            x="px",
            y="py",
        ),
        points(at(about), UNTREATED, size=46, fill=PAPER, x="px", y="py"),
        points(
            at([h for h in others if h.open_ended]),
            UNTREATED,
            shape="triangle-down",
            size=60,
            fill=PAPER,
            x="px",
            y="py",
        ),
    ]


def _labels(scale: _Scale, blocks: Sequence[tuple[Happening, list[str]]]) -> list[Layer]:
    """When and what, to the right, each led to its place in its lane."""
    blocks = sorted(blocks, key=lambda block: scale.middle(block[0]))
    placed = spread(
        [scale.middle(h) for h, _ in blocks],
        sizes=[len(lines) * _LINE + 4 for _, lines in blocks],
        low=0,
        high=scale.height,
    )
    edge = scale.right + 6
    text_x = edge + _LEAD + _WHEN
    leads: list[dict[str, float]] = []
    rows: list[dict[str, Any]] = []
    whens: list[dict[str, Any]] = []
    for (h, lines), y in zip(blocks, placed, strict=True):
        start, middle = scale.x(h.lane) + 8, scale.middle(h)
        top = y - (len(lines) - 1) * _LINE / 2
        leads += [
            {"px": start, "px2": edge, "py": middle, "py2": middle},
            {"px": edge, "px2": edge + _LEAD - 6, "py": middle, "py2": top},
        ]
        whens.append({"px": text_x - 8, "py": top, "t": h.when})
        rows += [
            {"px": text_x, "py": top + i * _LINE, "t": line, "w": h.strong}
            for i, line in enumerate(lines)
        ]
    return [
        segments(leads, GRID),
        texts(whens, align="right", size=SMALL, colour=MUTED),
        texts([row for row in rows if not row["w"]], colour=INK),
        texts([row for row in rows if row["w"]], colour=PATIENT_TEXT, bold=True),
    ]


def _caption(n: int, unnamed: int) -> str:
    parts = [f"n = {n} recorded events, on a linear axis of time."]
    parts.append("Open circles: about that time. Triangles: only known to be later. Bars: spans.")
    if unnamed:
        parts.append(f"{unnamed} events are drawn without words; the table has them all.")
    return " ".join(parts)
