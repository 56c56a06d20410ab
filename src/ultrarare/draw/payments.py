"""Payments by year: what is expected, and how far it can go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, points, rects, rules, texts
from ultrarare.draw.theme import BAND, FAINT, INK, MUTED, OTHERS, SMALL

_LEFT, _RIGHT, _HEIGHT = 80, 24, 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One year: the expected net payment and its 5 and 95 % quantiles."""

    year: int
    expected: float
    lower: float
    upper: float


def payments(
    years: Sequence[Payment],
    *,
    title: str,
    currency: str,
    people: int,
    renderer: Renderer = render,
) -> Figure:
    """A bar a year for what is expected, a line from the 5 % to the 95 % quantile.

    Args:
        years: ascending, at least two.
        title: whose payments.
        currency: as printed.
        people: treated under the agreement.
        renderer: see `figure.Renderer`.
    """
    low = min(0.0, *(one.lower for one in years), *(one.expected for one in years))
    high = max(0.0, *(one.upper for one in years), *(one.expected for one in years)) or 1.0
    room = 0.04 * (high - low)
    first, last = years[0].year - 0.6, years[-1].year + 0.6
    frame = Frame(left=_LEFT, right=_RIGHT, top=24, bottom=44, height=_HEIGHT)
    layers: list[Layer] = [
        axes(
            {"title": "year", "grid": False, "values": [one.year for one in years], "format": "d"},
            {
                "title": currency,
                "grid": True,
                "values": ticks(low - room, high + room, count=5),
                "format": "~s",
            },
            x_domain=(first, last),
            y_domain=(low - room, high + room),
        ),
        rects(
            [
                {"x": one.year - 0.3, "x2": one.year + 0.3, "y": 0.0, "y2": one.expected}
                for one in years
            ],
            BAND, x="x", x2="x2", y="y", y2="y2",
        ),
        rules([{"x": first, "x2": last, "y": 0.0}], FAINT, x="x", x2="x2", y="y"),
        rules(
            [{"x": float(one.year), "y": one.lower, "y2": one.upper} for one in years],
            OTHERS, width=2, x="x", y="y", y2="y2",
        ),
        points([{"x": float(one.year), "y": one.expected} for one in years], INK, size=36),
        texts(
            [{"px": 0.0, "py": -12.0, "t": "dot and bar: expected; line: 5% to 95%"}],
            size=SMALL, colour=MUTED,
        ),
    ]  # fmt: skip
    whole = sum(one.expected for one in years)
    said = f"{people} {'person' if people == 1 else 'people'}"
    return compose(
        layers,
        frame,
        title=title,
        description=f"{title} for {said}: expected {whole:,.0f} {currency} in all, from year "
        f"{years[0].year} to {years[-1].year}.",
        caption=f"For {said}, not discounted; refunds are below zero. Quantiles of one year do not "
        "add up to quantiles of the sum.",
        renderer=renderer,
    )
