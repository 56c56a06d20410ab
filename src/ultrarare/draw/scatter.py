"""The effect on an outcome against the effect on a marker, one point a variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, layer, points, rules, texts
from ultrarare.draw.theme import (
    BAND,
    FAINT,
    INK,
    OTHERS,
    PATIENT,
    PATIENT_TEXT,
    SMALL,
    UNTREATED,
    shorten,
    text_width,
)

_LEFT, _RIGHT, _HEIGHT, _ERRORS = 70, 40, 260, 1.96
_CLOSE = 14.0  # pixels: names nearer than this to one already written go to the other side


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantEffect:
    """What one variant showed; effects with their standard errors."""

    variant: str
    marker: float
    marker_se: float
    outcome: float
    outcome_se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePoint:
    """What the fitted line says, with its limits, at one marker effect."""

    marker: float
    value: float
    lower: float
    upper: float


def scatter(
    variants: Sequence[VariantEffect],
    *,
    line: Sequence[LinePoint],
    marker: str,
    marker_unit: str,
    outcome: str,
    unit: str,
    verdict: str,
    achieved: float | None = None,
    predicted: LinePoint | None = None,
    level: str = "95%",
    renderer: Renderer = render,
) -> Figure:
    """Variants with their errors, the line across them and what it predicts here.

    Args:
        variants: at least one.
        line: ascending in `marker`; empty where none was fitted.
        marker: name of the marker.
        marker_unit: of its effect, as printed.
        outcome: name of the outcome.
        unit: of its effect, as printed.
        verdict: what was found, as a phrase.
        achieved: marker effect in this case; None if not stated.
        predicted: None where nothing may be predicted.
        level: coverage of band and prediction, in words.
        renderer: see `figure.Renderer`.
    """
    xs = [v.marker + s * _ERRORS * v.marker_se for v in variants for s in (-1, 1)]
    ys = [v.outcome + s * _ERRORS * v.outcome_se for v in variants for s in (-1, 1)] + [0.0]
    if achieved is not None:
        xs.append(achieved)
    if predicted is not None:
        ys += [predicted.lower, predicted.upper]
    x_low, x_high = _with_room(xs)
    within = [p for p in line if x_low <= p.marker <= x_high]
    y_low, y_high = _with_room([*ys, *(v for p in within for v in (p.lower, p.upper))])
    frame = Frame(left=_LEFT, right=_RIGHT, top=22, bottom=44, height=_HEIGHT)
    band = [{"x": p.marker, "y": p.value, "l": p.lower, "u": p.upper} for p in within]
    layers: list[Layer] = [
        axes(
            {
                "title": _axis("effect on " + marker, marker_unit),
                "grid": False,
                "values": ticks(x_low, x_high),
            },
            {
                "title": _axis("effect on " + outcome, unit),
                "grid": True,
                "values": ticks(y_low, y_high, count=5),
            },
            x_domain=(x_low, x_high),
            y_domain=(y_low, y_high),
        ),
        layer(band, {"type": "area", "color": BAND, "opacity": 0.85}, x="x", y="l", y2="u"),
        layer(band, {"type": "line", "color": UNTREATED, "strokeWidth": 2}, x="x", y="y"),
        rules([{"x": x_low, "x2": x_high, "y": 0.0}], FAINT, dash=(4, 3), x="x", x2="x2", y="y"),
        *_errors(variants),
        points([{"x": v.marker, "y": v.outcome} for v in variants], OTHERS, size=60),
        *_names(variants, (x_low, x_high), (y_low, y_high), frame),
        *_here(achieved, predicted, (x_low, x_high), frame),
    ]
    return compose(
        layers,
        frame,
        title=f"{outcome[:1].upper()}{outcome[1:]} against {marker}, across variants",
        description=f"Effect on {outcome} against effect on {marker} in {len(variants)} variants: "
        + "; ".join(f"{v.variant}: {v.marker:.3g}, {v.outcome:.3g}" for v in variants)
        + f". {verdict[:1].upper()}{verdict[1:]}.",
        caption=f"n = {len(variants)} variants, each with {_ERRORS:g} standard errors either way. "
        + (f"Line and band: fitted across them, {level} interval. " if within else "")
        + "Dashed: no effect. "
        + _here_words(achieved, predicted, marker_unit, level)
        + f"{verdict[:1].upper()}{verdict[1:]}.",
        renderer=renderer,
    )


def _with_room(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _axis(words: str, unit: str) -> str:
    return f"{words}, {unit}" if unit else words


def _errors(variants: Sequence[VariantEffect]) -> list[Layer]:
    across = [
        {
            "x": v.marker - _ERRORS * v.marker_se,
            "x2": v.marker + _ERRORS * v.marker_se,
            "y": v.outcome,
        }
        for v in variants
        if v.marker_se > 0
    ]
    along = [
        {
            "x": v.marker,
            "y": v.outcome - _ERRORS * v.outcome_se,
            "y2": v.outcome + _ERRORS * v.outcome_se,
        }
        for v in variants
    ]
    return [
        rules(across, OTHERS, x="x", x2="x2", y="y"),
        rules(along, OTHERS, x="x", y="y", y2="y2"),
    ]


def _names(
    variants: Sequence[VariantEffect],
    x: tuple[float, float],
    y: tuple[float, float],
    frame: Frame,
) -> list[Layer]:
    """Each name beside its point, on the side where no other name stands."""
    written: list[tuple[float, float, float]] = []
    sides: dict[str, list[dict[str, object]]] = {"left": [], "right": []}
    for v in sorted(variants, key=lambda one: (one.marker, one.outcome)):
        px = frame.width * (v.marker - x[0]) / (x[1] - x[0])
        py = frame.height * (y[1] - v.outcome) / (y[1] - y[0]) - 10
        name = shorten(v.variant, 150, SMALL)
        wide = text_width(name, SMALL)
        right = px + 7 + wide <= frame.width and not any(
            abs(py - other) < _CLOSE and px + 7 < end and px + 7 + wide > start
            for start, end, other in written
        )
        start = px + 7 if right else px - 7 - wide
        written.append((start, start + wide, py))
        sides["left" if right else "right"].append(
            {"px": px + 7 if right else px - 7, "py": py, "t": name}
        )
    return [
        texts(rows, align=align, size=SMALL, colour=INK) for align, rows in sides.items() if rows
    ]


def _here(
    achieved: float | None, predicted: LinePoint | None, x: tuple[float, float], frame: Frame
) -> list[Layer]:
    if achieved is None:
        return []
    px = frame.width * (achieved - x[0]) / (x[1] - x[0])
    align = "right" if px > 0.85 * frame.width else "left" if px < 0.15 * frame.width else "center"
    edge = {"x": achieved, "py": -4.0, "py2": float(frame.height)}
    layers = [
        rules([edge], PATIENT, dash=(4, 3), x="x", y="py", y2="py2"),
        texts(
            [{"px": px, "py": -12.0, "t": "this case"}],
            align=align,
            size=SMALL,
            colour=PATIENT_TEXT,
        ),
    ]
    if predicted is None:
        return layers
    reach = {"x": achieved, "y": predicted.lower, "y2": predicted.upper}
    return [
        *layers,
        rules([reach], PATIENT, width=2.5, x="x", y="y", y2="y2"),
        points([{"x": achieved, "y": predicted.value}], PATIENT, shape="diamond", size=90),
    ]


def _here_words(achieved: float | None, predicted: LinePoint | None, unit: str, level: str) -> str:
    if achieved is None:
        return ""
    if predicted is None:
        return f"This case achieved {achieved:g} {unit}; no outcome is predicted from it. "
    return f"Diamond: predicted at the {achieved:g} {unit} of this case, {level} interval. "
