"""Episodes over the observed time, and their number against the predicted one."""

from __future__ import annotations

from collections.abc import Sequence

from ultrarare.draw.clock import time_axis, time_text
from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import aside, ticks
from ultrarare.draw.labels import rows as label_rows
from ultrarare.draw.marks import Mark, axes, points, rects, rules, texts
from ultrarare.draw.theme import (
    BAND,
    FAINT,
    GRID,
    INK,
    MUTED,
    PATIENT,
    PATIENT_TEXT,
    SMALL,
    UNTREATED,
    text_width,
)

_LEFT, _RIGHT, _STRIP = 20, 20, 54


def episodes(
    *,
    episode: str,
    observed: tuple[float, float],
    events: Sequence[Mark],
    doses: Sequence[Mark] = (),
    predicted: tuple[float, float, float] | None = None,
    after: int | None = None,
    dates: bool = False,
    renderer: Renderer = render,
) -> Figure:
    """A strip of episodes with doses; under it the count after dosing beside its prediction.

    Args:
        episode: what an episode is.
        observed: first and last time under observation.
        events: episodes.
        doses: when and how much.
        predicted: mean, lower and upper number without treatment over the time after dosing.
        after: episodes after the first dose.
        dates: whether times are proleptic ordinals.
        renderer: see `figure.Renderer`.
    """
    low, high = observed
    room = max((high - low) * 0.02, 0.5)
    domain = (low - room, high + room)
    width = 760 - _LEFT - _RIGHT
    scale = width / (domain[1] - domain[0])
    labels, depth = _dose_labels(doses, domain[0], scale, width)
    counts = 0 if predicted is None or after is None else 96
    frame = Frame(left=_LEFT, right=_RIGHT, top=depth * 15 + 14, bottom=40 + counts, height=_STRIP)
    layers = [
        axes(
            time_axis(low, high, dates=dates, title="day of life"),
            None,
            x_domain=domain,
            y_domain=(0, 1),
        ),
        rects(
            [{"x": low, "x2": high, "py": 24, "py2": 34}], GRID, x="x", x2="x2", y="py", y2="py2"
        ),
        rules(
            [{"x": e.time, "py": 12, "py2": 46} for e in events],
            PATIENT,
            width=2.5,
            x="x",
            y="py",
            y2="py2",
        ),
        rules(labels, INK, width=1.2, x="mark", y="pstem", y2="pfoot") if labels else _nothing(low),
        texts(labels, align="center", size=SMALL, bold=True),
    ]
    if predicted is not None and after is not None:
        layers += _counts(predicted, after, width)
    return compose(
        layers,
        frame,
        title=f"Episodes ({episode}) and their predicted number" if episode else "Episodes",
        description=_describe(episode, observed, events, doses, predicted, after, dates=dates),
        caption=_caption(events, after, predicted),
        renderer=renderer,
    )


def _nothing(at: float) -> Layer:
    return points([{"x": at, "py": 29}], GRID, size=0, y="py")


def _dose_labels(
    doses: Sequence[Mark], low: float, scale: float, width: float
) -> tuple[list[dict[str, object]], int]:
    halves = [text_width(d.label, SMALL, bold=True) / 2 for d in doses]
    stems = [(d.time - low) * scale for d in doses]
    centres = [
        min(max(aside(stem, h, stems), h - _LEFT + 2), width + _RIGHT - h - 2)
        for stem, h in zip(stems, halves, strict=True)
    ]
    chosen = label_rows(
        [c - h for c, h in zip(centres, halves, strict=True)],
        [c + h for c, h in zip(centres, halves, strict=True)],
    )
    found: list[dict[str, object]] = [
        {
            "px": c,
            "py": -9 - 15 * row,
            "t": d.label,
            "mark": d.time,
            "pstem": -2 - 15 * row,
            "pfoot": _STRIP,
        }
        for d, c, row in zip(doses, centres, chosen, strict=True)
    ]
    return found, max(chosen, default=-1) + 1


def _counts(predicted: tuple[float, float, float], after: int, width: float) -> list[Layer]:
    """The number after dosing and the predicted one, on a small axis of its own."""
    mean, lower, upper = predicted
    left, right, y = 190, width - 190, _STRIP + 76
    top = max(upper, after, 1) * 1.08

    def px(count: float) -> float:
        return left + count / top * (right - left)

    marks = ticks(0, top, count=6)
    return [
        rules([{"px": left, "px2": right, "py": y + 38}], FAINT, x="px", x2="px2", y="py"),
        texts(
            [{"px": px(t), "py": y + 50, "t": f"{t:g}"} for t in marks],
            align="center",
            size=SMALL,
            colour=MUTED,
        ),
        rects(
            [{"px": px(lower), "px2": px(upper), "py": y - 5, "py2": y + 5}],
            BAND,
            x="px",
            x2="px2",
            y="py",
            y2="py2",
        ),
        points([{"px": px(mean), "py": y}], UNTREATED, shape="stroke", size=10, x="px", y="py"),
        rules(
            [{"px": px(mean), "py": y - 8, "py2": y + 8}],
            UNTREATED,
            width=2,
            x="px",
            y="py",
            y2="py2",
        ),
        points([{"px": px(after), "py": y + 22}], PATIENT, size=90, x="px", y="py"),
        *_count_words(predicted, after, left=left - 12, right=right + 12, y=y),
    ]


def _count_words(
    predicted: tuple[float, float, float], after: int, *, left: float, right: float, y: float
) -> list[Layer]:
    mean, lower, upper = predicted
    names = [
        {"px": left, "py": y, "t": "predicted if untreated"},
        {"px": left, "py": y + 22, "t": "observed after dosing"},
    ]
    expected = [{"px": right, "py": y, "t": f"{mean:.3g} ({lower:.3g}–{upper:.3g})"}]
    seen = [{"px": right, "py": y + 22, "t": str(after)}]
    return [
        texts(names, align="right", size=SMALL, colour=MUTED),
        texts(expected, size=SMALL),
        texts(seen, size=SMALL, colour=PATIENT_TEXT, bold=True),
    ]


def _describe(
    episode: str,
    observed: tuple[float, float],
    events: Sequence[Mark],
    doses: Sequence[Mark],
    predicted: tuple[float, float, float] | None,
    after: int | None,
    *,
    dates: bool,
) -> str:
    first, last = (time_text(t, dates=dates) for t in observed)
    what = f" ({episode})" if episode else ""
    text = f"{len(events)} episodes{what} between {first} and {last}. "
    text += f"Doses: {'; '.join(d.label for d in doses) or 'none recorded'}."
    if predicted is not None and after is not None:
        mean, lower, upper = predicted
        text += f" After dosing: {after}, predicted {mean:.3g} ({lower:.3g} to {upper:.3g})."
    return text


def _caption(
    events: Sequence[Mark], after: int | None, predicted: tuple[float, float, float] | None
) -> str:
    parts = [f"n = {len(events)} episodes; grey bar: time under observation."]
    if after is not None and predicted is not None:
        parts.append("Lower part: the number after the first dose; grey: 95% prediction interval.")
    return " ".join(parts)
