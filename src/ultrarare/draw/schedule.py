"""Work in time: a bar a task, the critical path in the accent, slack as a thin line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import Row, axes, layer, rects, rules, texts
from ultrarare.draw.theme import BAND, INK, MUTED, OTHERS, PATIENT, SMALL, UNTREATED, wrap

_LEFT, _RIGHT, _ROW = 260, 76, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One task.

    Attributes:
        label: what is done.
        begin: when it begins.
        end: when it ends.
        slack: how much later it may end without delaying the whole.
        critical: share of simulated courses in which it lies on a longest path.
        state: how far it is.
    """

    label: str
    begin: float
    end: float
    slack: float
    critical: float
    state: Literal["planned", "under way", "obtained"]


def schedule(
    bars: Sequence[Bar],
    *,
    title: str,
    end: float,
    likely: tuple[float, float] | None,
    unit: str = "weeks",
    renderer: Renderer = render,
) -> Figure:
    """Tasks top down in the order given.

    Args:
        bars: the tasks.
        title: of the programme.
        end: of the whole, with the likely durations.
        likely: 0.1 and 0.9 quantile of the simulated end; None where nothing is uncertain.
        unit: of time, as printed.
        renderer: see `figure.Renderer`.
    """
    high = max([end, *(bar.end + bar.slack for bar in bars), *(likely or ())]) * 1.02 or 1.0
    frame = Frame(left=_LEFT, right=_RIGHT, top=10, bottom=42, height=_ROW * len(bars))
    layers: list[Layer] = [
        axes(
            {"title": f"time, {unit}", "grid": True, "values": ticks(0.0, high), "format": ",~f"},
            None,
            x_domain=(0.0, high),
            y_domain=(0, 1),
        )
    ]
    if likely is not None:
        layers.append(
            rects(
                [{"x": likely[0], "x2": likely[1], "py": 0.0, "py2": float(frame.height)}],
                BAND,
                opacity=0.5,
                x="x",
                x2="x2",
                y="py",
                y2="py2",
            )
        )
    for critical, colour in ((True, PATIENT), (False, OTHERS)):
        mine = [(k, bar) for k, bar in enumerate(bars) if (bar.slack <= 0) is critical]
        layers += _bars([one for one in mine if one[1].state != "obtained"], colour)
    layers += _bars([one for one in enumerate(bars) if one[1].state == "obtained"], UNTREATED)
    late = [
        {"x": bar.end, "x2": bar.end + bar.slack, "py": _ROW * (k + 0.5)}
        for k, bar in enumerate(bars)
        if bar.slack > 0
    ]
    layers.append(rules(late, MUTED, x="x", x2="x2", y="py"))
    layers += _words(bars, frame.width)
    return compose(
        layers,
        frame,
        title=f"{title}: the critical path",
        description=_described(bars, end, unit),
        caption=_caption(bars, end, likely, unit),
        renderer=renderer,
    )


def _bars(some: Sequence[tuple[int, Bar]], colour: str) -> list[Layer]:
    rows: list[Row] = [
        {"x": bar.begin, "x2": bar.end, "py": _ROW * k + 5, "py2": _ROW * (k + 1) - 5}
        for k, bar in some
    ]
    short = [{"x": bar.begin, "py": _ROW * (k + 0.5)} for k, bar in some if bar.end <= bar.begin]
    mark = {"type": "point", "shape": "diamond", "filled": True, "size": 90, "color": colour}
    return [
        rects(rows, colour, x="x", x2="x2", y="py", y2="py2"),
        layer(short, {**mark, "opacity": 1}, x="x", y="py"),
    ]


def _words(bars: Sequence[Bar], width: int) -> list[Layer]:
    names = [
        {"px": -_LEFT + 8, "py": _ROW * (k + 0.5), "t": wrap(bar.label, _LEFT - 26)[0]}
        for k, bar in enumerate(bars)
    ]
    said = [
        {
            "px": width + _RIGHT - 8,
            "py": _ROW * (k + 0.5),
            "t": "done" if bar.state == "obtained" else f"{100 * bar.critical:.0f} %",
        }
        for k, bar in enumerate(bars)
    ]
    return [
        texts(names, colour=INK),
        texts(said, size=SMALL, align="right", colour=MUTED),
    ]


def _described(bars: Sequence[Bar], end: float, unit: str) -> str:
    path = [bar.label for bar in bars if bar.slack <= 0]
    each = "; ".join(f"{bar.label}: {bar.begin:g} to {bar.end:g}" for bar in bars)
    return f"{each}. Critical: {', '.join(path)}. Ends at {end:g} {unit}."


def _caption(bars: Sequence[Bar], end: float, likely: tuple[float, float] | None, unit: str) -> str:
    text = (
        f"Orange: a delay here delays the whole ({end:.3g} {unit} with the likely durations). "
        "Blue: with slack, the thin line. "
    )
    if any(bar.state == "obtained" for bar in bars):
        text += "Grey: done. "
    if likely is None:
        return text + "Durations are single numbers, so nothing is said of their doubt."
    return text + (
        f"Band: 8 of 10 simulated courses end between {likely[0]:.3g} and {likely[1]:.3g} {unit}; "
        "right: share of them in which the task is critical. Durations were drawn independently."
    )
