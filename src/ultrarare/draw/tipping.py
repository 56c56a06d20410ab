"""How wrong an assumption would have to be before a conclusion changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, layer, points, rects, rules, texts
from ultrarare.draw.theme import (
    BAND,
    FAINT,
    INK,
    MUTED,
    PATIENT,
    PATIENT_TEXT,
    REFERENCE,
    SMALL,
    UNTREATED,
)

_LEFT, _RIGHT, _HEIGHT = 70, 40, 220


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """The result under one value of the assumption."""

    shift: float
    value: float
    lower: float
    upper: float


def tipping(
    curve: Sequence[Shifted],
    *,
    assumption: str,
    outcome: str,
    unit: str,
    null: float,
    tips_at: float | None,
    observed: tuple[float, float] | None = None,
    observed_words: str = "seen between cohorts",
    level: str = "95%",
    varied: str = "shift",
    renderer: Renderer = render,
) -> Figure:
    """The estimate with its band along the assumption; where its interval reaches no difference.

    Args:
        curve: ascending in `shift`, at least two.
        assumption: what is varied, with its unit.
        outcome: what is estimated.
        unit: of the outcome, as printed.
        null: the value that means no difference.
        tips_at: the shift at which the conclusion changes; None if none in range does.
        observed: the range of shifts that something observed spans; None if nothing is known.
        observed_words: what that range is.
        level: coverage of the band, in words.
        varied: what a value of the assumption is called.
        renderer: see `figure.Renderer`.
    """
    rows = [{"x": p.shift, "y": p.value, "l": p.lower, "u": p.upper} for p in curve]
    limits = [v for p in curve for v in (p.lower, p.upper)] + [null]
    low, high = min(limits), max(limits)
    room = 0.06 * (high - low) or 1.0
    x_low, x_high = curve[0].shift, curve[-1].shift
    frame = Frame(left=_LEFT, right=_RIGHT, top=40, bottom=44, height=_HEIGHT)
    layers: list[Layer] = [
        axes(
            {"title": assumption, "grid": False, "values": ticks(x_low, x_high)},
            {
                "title": f"{outcome}, {unit}" if unit else outcome,
                "grid": True,
                "values": ticks(low - room, high + room, count=5),
            },
            x_domain=(x_low, x_high),
            y_domain=(low - room, high + room),
        ),
        *_observed(observed, observed_words, x_low, x_high, frame),
        layer(rows, {"type": "area", "color": BAND, "opacity": 0.85}, x="x", y="l", y2="u"),
        layer(rows, {"type": "line", "color": UNTREATED, "strokeWidth": 2}, x="x", y="y"),
        rules([{"x": x_low, "x2": x_high, "y": null}], FAINT, dash=(4, 3), x="x", x2="x2", y="y"),
        *_tips(curve, tips_at, null, x_low, x_high, frame),
    ]
    said = (
        f"no {varied} in the range shown changes the conclusion"
        if tips_at is None
        else f"the conclusion changes at {_signed(tips_at)}"
    )
    return compose(
        layers,
        frame,
        title=f"Tipping point: {outcome}",
        description=f"{outcome} along {assumption} from {x_low:.3g} to {x_high:.3g}: {said}.",
        caption=f"Band: {level} interval. Dashed: no difference. "
        + (said[0].upper() + said[1:] + ".")
        + (
            " Shaded: " + observed_words + "."
            if observed
            else f" Nothing observed says which {varied} is right."
            if varied != "shift"
            else " Nothing observed says how large a shift is plausible."
        ),
        renderer=renderer,
    )


def _observed(
    observed: tuple[float, float] | None, words: str, low: float, high: float, frame: Frame
) -> list[Layer]:
    if observed is None:
        return []
    first, last = max(observed[0], low), min(observed[1], high)
    if last <= first:
        return []
    middle = frame.width * ((first + last) / 2 - low) / (high - low)
    return [
        rects(
            [{"x": first, "x2": last, "py": 0.0, "py2": float(frame.height)}],
            REFERENCE,
            x="x",
            x2="x2",
            y="py",
            y2="py2",
        ),
        texts([{"px": middle, "py": -9.0, "t": words}], align="center", size=SMALL, colour=MUTED),
    ]


def _tips(
    curve: Sequence[Shifted], at: float | None, null: float, low: float, high: float, frame: Frame
) -> list[Layer]:
    none = next((p for p in curve if p.shift == 0), None)
    marks = [] if none is None else [{"x": 0.0, "y": none.value}]
    layers = [points(marks, INK, size=60)]
    if at is None or not low <= at <= high:
        return layers
    px = frame.width * (at - low) / (high - low)
    align = "right" if px > 0.75 * frame.width else "left" if px < 0.25 * frame.width else "center"
    return [
        *layers,
        rules(
            [{"x": at, "py": -16.0, "py2": float(frame.height)}],
            PATIENT,
            width=1.5,
            x="x",
            y="py",
            y2="py2",
        ),
        points([{"x": at, "y": null}], PATIENT, size=70),
        texts(
            [{"px": px, "py": -26.0, "t": f"tips at {_signed(at)}"}],
            align=align,
            size=SMALL,
            colour=PATIENT_TEXT,
        ),
    ]


def _signed(value: float) -> str:
    """With the minus of the axis, not a hyphen."""
    return f"{value:.3g}".replace("-", "−")
