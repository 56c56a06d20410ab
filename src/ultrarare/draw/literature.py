"""Published values of one quantity, side by side, so that a disagreement can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, points, rules, texts
from ultrarare.draw.theme import GRID, INK, MUTED, SMALL, UNTREATED, wrap

_LEFT, _RIGHT, _LINE = 270, 120, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedValue:
    """One published value; limits are None where the source gives none."""

    label: str
    value: float
    lower: float | None
    upper: float | None
    population: str | None
    era: str | None
    citation: str | None
    grade: str | None


def literature(
    *,
    quantity: str,
    unit: str,
    values: Sequence[CitedValue],
    agree: bool | None,
    percent: bool = False,
    renderer: Renderer = render,
) -> Figure:
    """Each value with its interval on one scale; who, when and where to the left.

    Args:
        quantity: what the values are of.
        unit: as printed; `%` where `percent`.
        values: in the order shown.
        agree: whether they agree; None where that is not judged.
        percent: whether the values are fractions to be shown as percentages.
        renderer: see `figure.Renderer`.
    """
    factor = 100 if percent else 1
    blocks = [_block(value) for value in values]
    heights = [_LINE * len(block) + 14 for block in blocks]
    middles = [sum(heights[:i]) + h / 2 for i, h in enumerate(heights)]
    every = [factor * v for c in values for v in (c.value, c.lower, c.upper) if v is not None]
    low, high = min(0.0, *every), max(every) * 1.05
    if percent and high > 80:
        high = 100.0
    frame = Frame(left=_LEFT, right=_RIGHT, top=8, bottom=40, height=sum(heights))
    layers = [
        axes(
            {
                "title": f"{quantity}, {unit}" if unit else quantity,
                "grid": True,
                "values": ticks(low, high),
            },
            None,
            x_domain=(low, high),
            y_domain=(0, 1),
        ),
        *_values(values, middles, factor),
        *_words(values, blocks, middles, frame.width, factor),
        _lines_between(heights, frame.width),
    ]
    said = {True: " They agree.", False: " They do not agree.", None: ""}[agree]
    return compose(
        layers,
        frame,
        title=f"Published values: {quantity}",
        description=_describe(quantity, unit, values, factor) + said,
        caption=(
            f"n = {len(values)} published values, each with its interval where the source gives "
            f"one (open: none given).{said} No pooled value is computed."
        ),
        renderer=renderer,
    )


def _lines_between(heights: Sequence[float], width: int) -> Layer:
    edges = [sum(heights[: i + 1]) for i in range(len(heights) - 1)]
    rows = [{"px": -_LEFT + 8, "px2": width, "py": y} for y in edges]
    return rules(rows, GRID, x="px", x2="px2", y="py")


def _block(value: CitedValue) -> list[tuple[str, bool]]:
    """Lines of the label: what, then who and when and how well read."""
    grade = f"grade {value.grade}" if value.grade else None
    context = " · ".join(p for p in (value.population, value.era, value.citation, grade) if p)
    lines = [(line, True) for line in wrap(value.label, _LEFT - 30)[:2]]
    return lines + [(line, False) for line in wrap(context, _LEFT - 26, SMALL)[:3] if line]


def _number(value: float, factor: int) -> str:
    return f"{value * factor:.3g}"


def _interval(value: CitedValue, factor: int) -> str:
    if value.lower is None or value.upper is None:
        return _number(value.value, factor)
    limits = f"{_number(value.lower, factor)}–{_number(value.upper, factor)}"
    return f"{_number(value.value, factor)} ({limits})"


def _values(values: Sequence[CitedValue], middles: Sequence[float], factor: int) -> list[Layer]:
    known = [
        {"x": factor * v.value, "l": factor * v.lower, "u": factor * v.upper, "py": y}
        for v, y in zip(values, middles, strict=True)
        if v.lower is not None and v.upper is not None
    ]
    bare = [
        {"x": factor * v.value, "py": y}
        for v, y in zip(values, middles, strict=True)
        if v.lower is None or v.upper is None
    ]
    return [
        rules(known, UNTREATED, width=2, x="l", x2="u", y="py"),
        points(known, UNTREATED, size=80, y="py"),
        points(bare, UNTREATED, size=80, filled=False, y="py"),
    ]


def _words(
    values: Sequence[CitedValue],
    blocks: Sequence[Sequence[tuple[str, bool]]],
    middles: Sequence[float],
    width: int,
    factor: int,
) -> list[Layer]:
    placed = [
        ({"px": -_LEFT + 8, "py": y + _LINE * (j - (len(block) - 1) / 2), "t": text}, strong)
        for block, y in zip(blocks, middles, strict=True)
        for j, (text, strong) in enumerate(block)
    ]
    numbers = [
        {"px": width + _RIGHT - 8, "py": y, "t": _interval(v, factor)}
        for v, y in zip(values, middles, strict=True)
    ]
    return [
        texts([row for row, strong in placed if strong], colour=INK),
        texts([row for row, strong in placed if not strong], size=SMALL, colour=MUTED),
        texts(numbers, align="right", size=SMALL),
    ]


def _describe(quantity: str, unit: str, values: Sequence[CitedValue], factor: int) -> str:
    each = "; ".join(f"{v.label}: {_interval(v, factor)}" for v in values)
    return f"{quantity}{', ' + unit if unit else ''}. {each}."
