"""How good the bases of the first reads are, by position in the read."""

from __future__ import annotations

from collections.abc import Sequence

from ultrarare.draw.figure import Figure, Frame, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, layer, texts
from ultrarare.draw.theme import BAND, MUTED, OTHERS, SMALL


def read_quality(
    mean: Sequence[float], low: Sequence[float], *, reads: int, renderer: Renderer = render
) -> Figure:
    """Mean Phred score by position, with the worst tenth below it.

    Args:
        mean: by position in the read, at least one.
        low: tenth percentile by position.
        reads: how many were looked at.
        renderer: see `figure.Renderer`.
    """
    frame = Frame(left=52, right=90, top=12, bottom=44, height=150)
    high = max(42.0, *mean)
    rows = [
        {"x": float(k), "y": m, "l": w} for k, (m, w) in enumerate(zip(mean, low, strict=True), 1)
    ]
    last = rows[-1]
    layers = [
        axes(
            {"title": "position in the read", "grid": False, "values": ticks(1, len(mean))},
            {"title": "base quality, Phred", "grid": True, "values": [0, 10, 20, 30, 40]},
            x_domain=(1, max(len(mean), 2)),
            y_domain=(0, high),
        ),
        layer(rows, {"type": "area", "color": BAND, "opacity": 0.85}, x="x", y="l", y2="y"),
        layer(rows, {"type": "line", "color": OTHERS, "strokeWidth": 2}, x="x", y="y"),
        texts(
            [
                {
                    "px": frame.width + 6.0,
                    "py": frame.height * (1 - last["y"] / high),
                    "t": f"mean {last['y']:.0f}",
                },
            ],
            size=SMALL,
            colour=MUTED,
        ),
    ]
    return compose(
        layers,
        frame,
        title="Base quality along the read",
        description=f"Mean quality from {mean[0]:.0f} at the first base to {mean[-1]:.0f} at the "
        f"last; lowest mean {min(mean):.0f}.",
        caption=f"The first {reads:,} reads of the first file. Line: mean; band: down to the worst "
        "tenth. Quality as the sequencer states it.",
        renderer=renderer,
    )
