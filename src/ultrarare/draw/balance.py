"""How alike treated and untreated are, covariate by covariate, before and after weighting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, points, rects, rules, segments, texts
from ultrarare.draw.theme import GRID, MUTED, OTHERS, REFERENCE, SMALL, UNTREATED, shorten

_LEFT, _RIGHT, _ROW = 250, 150, 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Standardised mean differences of one covariate; None where it is undefined."""

    covariate: str
    before: float | None
    after: float | None


def balance(
    rows: Sequence[Balance],
    *,
    treated: int,
    controls: int,
    effective: float | None,
    method: str,
    tolerated: float = 0.1,
    renderer: Renderer = render,
) -> Figure:
    """A love plot: absolute standardised differences, open before and filled after.

    Args:
        rows: covariates in the order shown, at least one.
        treated: how many treated people.
        controls: how many untreated people.
        effective: effective number of untreated people after weighting; None if not weighted.
        method: how they were weighted or matched.
        tolerated: differences up to this are shaded as small.
        renderer: see `figure.Renderer`.
    """
    shown = [abs(v) for row in rows for v in (row.before, row.after) if v is not None]
    high = 1.08 * max([*shown, 2 * tolerated])
    frame = Frame(left=_LEFT, right=_RIGHT, top=24, bottom=44, height=_ROW * len(rows))
    middles = [_ROW * (i + 0.5) for i in range(len(rows))]
    pairs = list(zip(rows, middles, strict=True))
    before = [{"x": abs(r.before), "py": y} for r, y in pairs if r.before is not None]
    after = [{"x": abs(r.after), "py": y} for r, y in pairs if r.after is not None]
    moved = [
        {"x": abs(r.before), "x2": abs(r.after), "py": y}
        for r, y in pairs
        if r.before is not None and r.after is not None
    ]
    layers = [
        axes(
            {
                "title": "absolute standardised mean difference",
                "grid": True,
                "values": ticks(0, high, count=5),
            },
            None,
            x_domain=(0, high),
            y_domain=(0, 1),
        ),
        rects(
            [{"x": 0.0, "x2": tolerated, "py": 0.0, "py2": float(frame.height)}],
            REFERENCE,
            x="x",
            x2="x2",
            y="py",
            y2="py2",
        ),
        segments(
            [
                {"px": -_LEFT + 8, "px2": frame.width, "py": y + _ROW / 2, "py2": y + _ROW / 2}
                for y in middles[:-1]
            ],
            GRID,
        ),
        rules(moved, UNTREATED, x="x", x2="x2", y="py"),
        points(before, UNTREATED, size=70, filled=False, y="py"),
        points(after, OTHERS, size=80, y="py"),
        texts(
            [{"px": -_LEFT + 8, "py": y, "t": shorten(r.covariate, _LEFT - 24)} for r, y in pairs]
        ),
        texts(
            [
                {"px": frame.width + 10, "py": y, "t": f"{_said(r.before)} → {_said(r.after)}"}
                for r, y in pairs
            ],
            size=SMALL,
        ),
        texts(
            [{"px": 0.0, "py": -11.0, "t": f"up to {tolerated:g}: small"}], size=SMALL, colour=MUTED
        ),
        texts(
            [{"px": frame.width + 10, "py": -11.0, "t": "before → after"}], size=SMALL, colour=MUTED
        ),
    ]
    worth = "" if effective is None else f" They weigh as much as {effective:.3g} people."
    return compose(
        layers,
        frame,
        title="Balance of treated and untreated people",
        description="; ".join(
            f"{r.covariate}: {_said(r.before)} before, {_said(r.after)} after" for r in rows
        )
        + ".",
        caption=f"n = {treated} treated, {controls} untreated. Open: before, filled: after "
        f"{method}."
        f"{worth} A covariate that was not measured is not here.",
        renderer=renderer,
    )


def _said(value: float | None) -> str:
    return "undefined" if value is None else f"{abs(value):.2f}"
