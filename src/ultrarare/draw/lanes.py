"""An event chart: one lane a person, with the time under observation and what happened in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, layer, points, rules, texts
from ultrarare.draw.theme import BAND, INK, MUTED, OTHERS, PATIENT, SMALL, UNTREATED

_LEFT, _RIGHT = 120, 80
MOST_LANES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One person.

    Attributes:
        label: a pseudonym, or empty where none may be shown.
        kind: the patient of the case, another treated person, or an untreated one.
        spans: times under observation.
        events: times of events.
        dosed: time of dosing, if any.
        ended: time of an event that ended the observation, such as death; None if it went on.
    """

    label: str
    kind: Literal["patient", "treated", "untreated"]
    spans: tuple[tuple[float, float], ...]
    events: tuple[float, ...] = ()
    dosed: float | None = None
    ended: float | None = None


_COLOURS = {"patient": PATIENT, "treated": OTHERS, "untreated": UNTREATED}


def lanes(
    people: Sequence[Lane],
    *,
    event: str,
    unit: str,
    left_out: int = 0,
    renderer: Renderer = render,
) -> Figure:
    """Lanes top down in the order given; at most `MOST_LANES`, the rest counted in the caption.

    Args:
        people: whom to show.
        event: what a tick is.
        unit: of time, as printed.
        left_out: people the caller left out already.
        renderer: see `figure.Renderer`.
    """
    shown = people[:MOST_LANES]
    unseen = len(people) - len(shown) + left_out
    row = 16 if len(shown) > 12 else 22
    ends = [b for lane in shown for _, b in lane.spans]
    starts = [a for lane in shown for a, _ in lane.spans]
    low, high = min([0.0, *starts]), max(ends, default=1.0) * 1.01
    frame = Frame(left=_LEFT, right=_RIGHT, top=10, bottom=42, height=row * max(len(shown), 1))
    layers: list[Layer] = [
        axes(
            {"title": f"time, {unit}", "grid": True, "values": ticks(low, high), "format": ",~f"},
            None,
            x_domain=(low, high),
            y_domain=(0, 1),
        ),
    ]
    for kind, colour in _COLOURS.items():
        mine = [(lane, row * (i + 0.5)) for i, lane in enumerate(shown) if lane.kind == kind]
        layers += _of_kind(mine, colour, row)
    layers += _labels(shown, row)
    counted = sum(len(lane.events) for lane in shown)
    kinds = {k: sum(lane.kind == k for lane in shown) for k in _COLOURS}
    who = ", ".join(f"{n} {k}" for k, n in kinds.items() if n)
    return compose(
        layers,
        frame,
        title=f"{event}: person by person",
        description=f"{len(shown)} people ({who}) with {counted} events of {event}.",
        caption=f"n = {len(shown)} people ({who}), {counted} events shown as ticks; a bar is time "
        f"under observation{_marked(shown)}."
        + (f" {unseen} more people are not shown." if unseen else ""),
        renderer=renderer,
    )


def _marked(shown: Sequence[Lane]) -> str:
    """What the marks that are there mean."""
    said = [
        words
        for words, drawn in (
            ("a gap is none", any(len(lane.spans) > 1 for lane in shown)),
            ("diamond: dosing", any(lane.dosed is not None for lane in shown)),
            ("ring: end by a terminal event", any(lane.ended is not None for lane in shown)),
        )
        if drawn
    ]
    return "".join(f"; {words}" for words in said)


def _of_kind(mine: Sequence[tuple[Lane, float]], colour: str, row: int) -> list[Layer]:
    if not mine:
        return []
    bars = [{"x": a, "x2": b, "py": y} for lane, y in mine for a, b in lane.spans]
    ticks_ = [
        {"x": t, "py": y - row * 0.32, "py2": y + row * 0.32}
        for lane, y in mine
        for t in lane.events
    ]
    doses = [{"x": lane.dosed, "py": y} for lane, y in mine if lane.dosed is not None]
    ended = [{"x": lane.ended, "py": y} for lane, y in mine if lane.ended is not None]
    bar = {"type": "rule", "color": BAND, "strokeWidth": row * 0.45}
    return [
        layer(bars, bar, x="x", x2="x2", y="py"),
        rules(ticks_, colour, width=2, x="x", y="py", y2="py2"),
        points(doses, colour, shape="diamond", size=70, y="py"),
        points(ended, INK, size=60, filled=False, y="py"),
    ]


def _labels(shown: Sequence[Lane], row: int) -> list[Layer]:
    strong = [
        {"px": -10.0, "py": row * (i + 0.5), "t": lane.label}
        for i, lane in enumerate(shown)
        if lane.kind != "untreated"
    ]
    faint = [
        {"px": -10.0, "py": row * (i + 0.5), "t": lane.label}
        for i, lane in enumerate(shown)
        if lane.kind == "untreated"
    ]
    return [
        texts(strong, align="right", size=SMALL),
        texts(faint, align="right", size=SMALL, colour=MUTED),
    ]
