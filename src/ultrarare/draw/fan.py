"""The untreated course of a measure: visits of those seen, and the fan of a person not seen yet."""

from __future__ import annotations

from collections.abc import Sequence

from ultrarare.draw.course import Prediction
from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import spread, ticks
from ultrarare.draw.marks import Point, axes, layer, points, texts
from ultrarare.draw.theme import BAND, FAINT, MUTED, SMALL, UNTREATED

_LEFT, _RIGHT, _HEIGHT = 64, 120, 240
_LINE = 13


def fan(
    *,
    measure: str,
    unit: str,
    clock: str,
    prediction: Sequence[Prediction],
    visits: Sequence[Point] = (),
    people: int = 0,
    left_out: int = 0,
    level: str = "95%",
    renderer: Renderer = render,
) -> Figure:
    """Visits as small points, never joined; mean and interval of one new person as line and band.

    Args:
        measure: what was measured.
        unit: its unit as printed.
        clock: unit of time as printed.
        prediction: ascending in time, at least one.
        visits: of untreated people; a censored one stands on its limit.
        people: whose visits these are.
        left_out: visits that are not shown.
        level: coverage of the band, in words.
        renderer: see `figure.Renderer`.
    """
    times = [*(p.time for p in prediction), *(v.time for v in visits)]
    values = [v for p in prediction for v in (p.lower, p.upper)] + [v.value for v in visits]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    bottom = 0.0 if 0 <= low <= 0.5 * high else low - room
    x_low, x_high = min(times), max(times)
    if x_high <= x_low:
        x_low, x_high = x_low - 0.5, x_high + 0.5
    frame = Frame(left=_LEFT, right=_RIGHT, top=12, bottom=42, height=_HEIGHT)
    rows = [{"x": p.time, "y": p.mean, "l": p.lower, "u": p.upper} for p in prediction]
    layers: list[Layer] = [
        axes(
            {
                "title": f"time, {clock}",
                "grid": False,
                "values": ticks(x_low, x_high),
                "format": ",~f",
            },
            {
                "title": f"{measure}, {unit}" if unit else measure,
                "grid": True,
                "values": ticks(bottom, high + room, count=5),
            },
            x_domain=(x_low, x_high),
            y_domain=(bottom, high + room),
        ),
        layer(rows, {"type": "area", "color": BAND, "opacity": 0.75}, x="x", y="l", y2="u"),
        *_visits(visits),
        layer(rows, {"type": "line", "color": UNTREATED, "strokeWidth": 2}, x="x", y="y"),
        *_names(prediction[-1], bottom, high + room, frame, level),
    ]
    seen = (
        f"n = {len(visits)} visits of {people} untreated people shown as points" if visits else ""
    )
    limits = any(v.limit for v in visits)
    return compose(
        layers,
        frame,
        title=f"Untreated course of {measure}",
        description=f"{measure} of an untreated person not seen yet: {prediction[0].mean:.3g} at "
        f"{prediction[0].time:.3g} {clock}, {prediction[-1].mean:.3g} "
        f"({prediction[-1].lower:.3g} to {prediction[-1].upper:.3g}) at "
        f"{prediction[-1].time:.3g} {clock}.",
        caption=(seen + "; " if seen else "")
        + f"{'line' if seen else 'Line'}: mean; band: where {level} of single visits of a person "
        "not seen yet are expected."
        + (
            " Open: known as a limit or a range only; a triangle stands on the limit."
            if limits
            else ""
        )
        + (f" {left_out} more visits are not shown." if left_out else ""),
        renderer=renderer,
    )


def _visits(visits: Sequence[Point]) -> list[Layer]:
    shapes = (
        (None, "circle"),
        ("between", "circle"),
        ("below", "triangle-down"),
        ("above", "triangle-up"),
    )
    return [
        points(
            [{"x": v.time, "y": v.value} for v in visits if v.limit == limit],
            FAINT,
            shape=shape,
            size=12 if limit is None else 28,
            filled=limit is None,
        )
        for limit, shape in shapes
        if any(v.limit == limit for v in visits)
    ]


def _names(last: Prediction, low: float, high: float, frame: Frame, level: str) -> list[Layer]:
    """Words at the end of line and band, kept apart."""

    def py(value: float) -> float:
        return frame.height * (1 - (value - low) / (high - low))

    blocks = [
        (py(last.upper), [f"{level} of new", "people's visits"], MUTED),
        (py(last.mean), ["mean"], UNTREATED),
    ]
    placed = spread(
        [y for y, _, _ in blocks],
        sizes=[_LINE * len(words) + 6.0 for _, words, _ in blocks],
        low=0,
        high=float(frame.height),
    )
    return [
        texts(
            [
                {"px": frame.width + 8, "py": y + _LINE * (i - (len(words) - 1) / 2), "t": word}
                for i, word in enumerate(words)
            ],
            size=SMALL,
            colour=colour,
        )
        for y, (_, words, colour) in zip(placed, blocks, strict=True)
    ]
