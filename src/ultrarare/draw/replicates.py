"""Replicates of each group on one scale, so that one that disagrees can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import Row, axes, points, rects, segments, texts
from ultrarare.draw.theme import BAND, GRID, INK, MUTED, OTHERS, SMALL, WIDTH, wrap

_LEFT, _RIGHT, _ROW, _GAP = 250, 130, 19, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicates:
    """One group.

    Attributes:
        name: the group's.
        shares: each replicate's name and share in 0 to 1; None where there is none.
        pooled: share of the group with its limits, all in 0 to 1; None where not computed.
    """

    name: str
    shares: Sequence[tuple[str, float | None]]
    pooled: tuple[float, float, float] | None


def replicates(
    groups: Sequence[Replicates],
    *,
    quantity: str,
    level: str = "95%",
    renderer: Renderer = render,
) -> Figure:
    """Every replicate's share, with the interval of its group behind.

    Args:
        groups: in the order shown, at least one.
        quantity: what the shares are of.
        level: coverage of the intervals, in words.
        renderer: see `figure.Renderer`.
    """
    tops, bottom = [], 0
    for group in groups:
        tops.append(bottom + _GAP // 2)
        bottom += _ROW * len(group.shares) + _GAP
    every = [v for g in groups for _, v in g.shares if v is not None]
    every += [limit for g in groups if g.pooled is not None for limit in g.pooled]
    high = min(100.0, 105 * max(every, default=1.0)) or 1.0
    frame = Frame(left=_LEFT, right=_RIGHT, top=8, bottom=40, height=bottom)
    dots: list[Row] = []
    bands: list[Row] = []
    centres: list[Row] = []
    names: list[Row] = []
    samples: list[Row] = []
    numbers: list[Row] = []
    missing: list[Row] = []
    for group, top in zip(groups, tops, strict=True):
        size = _ROW * len(group.shares)
        names += [
            {"px": -_LEFT + 8, "py": top + _ROW * (k + 0.5), "t": line}
            for k, line in enumerate(wrap(group.name, 105)[: len(group.shares)])
        ]
        if group.pooled is not None:
            value, lower, upper = (100 * one for one in group.pooled)
            bands.append({"x": lower, "x2": upper, "py": top, "py2": top + size})
            centres.append({"x": value, "py": top, "py2": top + size})
        for k, (sample, share) in enumerate(group.shares):
            at = top + _ROW * (k + 0.5)
            samples.append({"px": -_LEFT + 122, "py": at, "t": wrap(sample, 120, SMALL)[0]})
            said = "no result" if share is None else f"{100 * share:.3g} %"
            (missing if share is None else numbers).append(
                {"px": frame.width + _RIGHT - 8, "py": at, "t": said}
            )
            if share is not None:
                dots.append({"x": 100 * share, "py": at})
    edges = [top - _GAP / 2 for top in tops[1:]]
    centre = {"type": "rule", "color": OTHERS, "strokeWidth": 2}
    layers: list[Layer] = [
        axes(
            {"title": f"{quantity}, % as read", "grid": True, "values": ticks(0.0, high)},
            None,
            x_domain=(0.0, high),
            y_domain=(0, 1),
        ),
        rects(bands, BAND, x="x", x2="x2", y="py", y2="py2"),
        {
            "data": {"values": centres},
            "mark": centre,
            "encoding": {
                "x": {"field": "x", "type": "quantitative"},
                "y": {"field": "py", "type": "quantitative", "scale": None, "axis": None},
                "y2": {"field": "py2"},
            },
        },
        points(dots, INK, size=60, y="py"),
        texts(names, colour=INK),
        texts(samples, size=SMALL, colour=MUTED),
        texts(numbers, size=SMALL, align="right"),
        texts(missing, size=SMALL, align="right", colour=MUTED),
        segments(
            [{"px": -_LEFT + 8, "px2": WIDTH - _LEFT - 8, "py": y, "py2": y} for y in edges], GRID
        ),
    ]
    return compose(
        layers,
        frame,
        title=f"{quantity}: do the replicates agree?",
        description=_described(groups, quantity),
        caption=f"One dot a sample. Blue: the group's share; grey: its {level} interval, which "
        "counts that replicates differ by more than chance.",
        renderer=renderer,
    )


def _described(groups: Sequence[Replicates], quantity: str) -> str:
    parts = []
    for group in groups:
        each = ", ".join(
            f"{name} {'no result' if share is None else f'{100 * share:.3g} %'}"
            for name, share in group.shares
        )
        parts.append(f"{group.name}: {each}")
    return f"{quantity} of each replicate. " + "; ".join(parts) + "."
