"""Step curves of several groups on one scale: mean cumulative functions, cumulative incidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import spread, ticks
from ultrarare.draw.marks import axes, layer, texts
from ultrarare.draw.theme import BAND, OTHERS, PATIENT, PATIENT_TINT, SMALL, UNTREATED, shorten

_LEFT, _RIGHT, _HEIGHT = 64, 160, 230


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCurve:
    """A right-continuous step function with its band; it begins at `start` with `first`."""

    label: str
    kind: Literal["patient", "treated", "untreated"]
    time: Sequence[float]
    value: Sequence[float]
    lower: Sequence[float | None]
    upper: Sequence[float | None]
    n: int
    start: float = 0.0
    first: float = 0.0
    last: float | None = None


_INK = {"patient": PATIENT, "treated": OTHERS, "untreated": UNTREATED}
_TINT = {"patient": (PATIENT_TINT, 0.7), "treated": (OTHERS, 0.18), "untreated": (BAND, 0.8)}


def curves(
    groups: Sequence[StepCurve],
    *,
    title: str,
    quantity: str,
    unit: str,
    percent: bool = False,
    level: str = "95%",
    renderer: Renderer = render,
) -> Figure:
    """Each group's curve with its band, named at its end.

    Args:
        groups: at least one, drawn in the order given, untreated first.
        title: what the figure shows.
        quantity: what is on the vertical axis.
        unit: of time, as printed.
        percent: whether the values are fractions to be shown as percentages.
        level: coverage of the bands, in words.
        renderer: see `figure.Renderer`.
    """
    factor = 100.0 if percent else 1.0
    ends = [t for g in groups for t in (*g.time, g.last) if t is not None]
    x_high = max([*ends, 1e-9])
    tops = [factor * v for g in groups for v in (*g.value, *g.upper) if v is not None]
    y_high = 100.0 if percent and max(tops, default=0) > 60 else 1.06 * max([*tops, 1e-9])
    frame = Frame(left=_LEFT, right=_RIGHT, top=12, bottom=42, height=_HEIGHT)
    layers: list[Layer] = [
        axes(
            {"title": f"time, {unit}", "grid": False, "values": ticks(0, x_high), "format": ",~f"},
            {
                "title": f"{quantity}, %" if percent else quantity,
                "grid": True,
                "values": ticks(0, y_high, count=5),
            },
            x_domain=(0, x_high),
            y_domain=(0, y_high),
        )
    ]
    for group in groups:
        layers += _group(group, factor, x_high)
    layers += _names(groups, factor, y_high, frame)
    who = "; ".join(f"{g.label}, n = {g.n}" for g in groups)
    return compose(
        layers,
        frame,
        title=title,
        description=f"{quantity} over time. "
        + "; ".join(f"{g.label} reaches {factor * g.value[-1]:.3g}" for g in groups if g.value)
        + ".",
        caption=f"{who[:1].upper()}{who[1:]}. Bands are pointwise {level} intervals.",
        renderer=renderer,
    )


def _rows(group: StepCurve, factor: float, x_high: float) -> list[dict[str, float | None]]:
    rows: list[dict[str, float | None]] = [
        {"x": group.start, "y": factor * group.first, "l": None, "u": None}
    ]
    for t, v, a, b in zip(group.time, group.value, group.lower, group.upper, strict=True):
        rows.append(
            {
                "x": t,
                "y": factor * v,
                "l": None if a is None else factor * a,
                "u": None if b is None else factor * b,
            }
        )
    return [*rows, {**rows[-1], "x": x_high if group.last is None else group.last}]


def _group(group: StepCurve, factor: float, x_high: float) -> list[Layer]:
    rows = _rows(group, factor, x_high)
    known = [row for row in rows if row["l"] is not None and row["u"] is not None]
    (tint, opacity), ink = _TINT[group.kind], _INK[group.kind]
    area = {"type": "area", "color": tint, "opacity": opacity, "interpolate": "step-after"}
    line = {"type": "line", "color": ink, "strokeWidth": 2, "interpolate": "step-after"}
    return [layer(known, area, x="x", y="l", y2="u"), layer(rows, line, x="x", y="y")]


def _names(groups: Sequence[StepCurve], factor: float, y_high: float, frame: Frame) -> list[Layer]:
    wanted = sorted(
        (
            (1 - (factor * g.value[-1] if g.value else 0.0) / y_high) * frame.height,
            g.label,
            _INK[g.kind],
        )
        for g in groups
    )
    places = spread(
        [w for w, _, _ in wanted], sizes=[16.0] * len(wanted), low=0, high=float(frame.height)
    )
    return [
        texts(
            [{"px": frame.width + 8, "py": y, "t": shorten(name, _RIGHT - 14, SMALL)}],
            size=SMALL,
            colour=ink,
        )
        for (_, name, ink), y in zip(wanted, places, strict=True)
    ]
