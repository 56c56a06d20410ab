"""What stands at each protospacer position: shares of the bases, and of reads that lost it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, boxes, outlines, rects, rules, texts
from ultrarare.draw.theme import FAINT, INK, MUTED, OTHERS, PATIENT, SMALL, WIDTH, WINDOW

_LEFT, _TOP, _ROW = 44, 40, 26
_ROWS = ("A", "C", "G", "T", "–")
_STEPS = ((0.5, 0.75), (0.2, 0.5), (0.05, 0.32), (0.01, 0.2), (0.001, 0.1))
"""Shares from which a cell is at least so dark: roughly a step for each factor of five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseShares:
    """Shares at one position, on the strand of the guide; None where no read has a base."""

    position: int
    found: str
    shares: tuple[float, ...] | None  # A, C, G, T, lost


def base_shares(
    columns: Sequence[BaseShares],
    *,
    window: tuple[int, int] | None,
    target: int | None,
    reads: int,
    renderer: Renderer = render,
) -> Figure:
    """A heat map of bases by position; a cell says its share where that is 0.1 % or more.

    Args:
        columns: protospacer positions in order, at least one.
        window: first and last position of the editing window; None for a nuclease.
        target: position of the target; None where none is named.
        reads: how many were judged.
        renderer: see `figure.Renderer`.
    """
    wide = (WIDTH - _LEFT - 12) / len(columns)
    height = _ROW * len(_ROWS)
    frame = Frame(left=_LEFT, right=12, top=_TOP, bottom=12, height=height)
    layers: list[Layer] = []
    if window is not None:
        inside = [k for k, c in enumerate(columns) if window[0] <= c.position <= window[1]]
        if inside:
            span = {"px": wide * inside[0], "px2": wide * (inside[-1] + 1)}
            layers.append(boxes([{**span, "py": -20.0, "py2": 0.0}], WINDOW))
    said: list[dict[str, object]] = []
    light: list[dict[str, object]] = []
    for k, column in enumerate(columns):
        for row, letter in enumerate(_ROWS):
            cell = {"px": wide * k + 1, "px2": wide * (k + 1) - 1}
            cell |= {"py": _ROW * row + 1.0, "py2": _ROW * (row + 1) - 1.0}
            share = None if column.shares is None else column.shares[row]
            own = letter == column.found
            if share is not None and not own:
                for least, dark in _STEPS:
                    if share >= least:
                        layers.append(boxes([cell], OTHERS, opacity=dark))
                        break
            if own:
                layers.append(outlines([cell], FAINT))
            text = "·" if share is None else _short(share)
            at = {"px": wide * (k + 0.5), "py": _ROW * (row + 0.5), "t": text}
            (light if own else said).append(at)
    heads = [
        {"px": wide * (k + 0.5), "py": -10.0, "t": f"{c.found}{c.position}"}
        for k, c in enumerate(columns)
        if c.position != target
    ]
    aimed = [
        {"px": wide * (k + 0.5), "py": -10.0, "t": f"{c.found}{c.position}"}
        for k, c in enumerate(columns)
        if c.position == target
    ]
    layers += [
        texts(said, align="center", size=10, colour=INK),
        texts(light, align="center", size=10, colour=MUTED),
        texts(heads, align="center", size=10, colour=MUTED),
        texts(aimed, align="center", size=10, colour=PATIENT, bold=True),
        texts(
            [
                {"px": -14.0, "py": _ROW * (row + 0.5), "t": letter}
                for row, letter in enumerate(_ROWS)
            ],
            align="center",
            size=SMALL,
        ),
    ]
    return compose(
        layers,
        frame,
        title="Bases at each protospacer position",
        description="Percent of reads with another base than the unedited one: "
        + "; ".join(
            f"{c.found}{c.position}: "
            + (
                "no read"
                if c.shares is None
                else f"{100 * (1 - c.shares['ACGT'.index(c.found)]):.3g}"
            )
            for c in columns
        )
        + ".",
        caption=f"n = {reads:,} reads. Percent of reads with each base, or with none (–), on the "
        "strand of the guide, as read; outlined: the unedited base. An empty cell is below 0.1 %."
        + (" Shaded heads: editing window." if window is not None else "")
        + (" Coloured head: target." if target is not None else ""),
        renderer=renderer,
    )


def _short(share: float) -> str:
    """Percent in at most four characters; empty below 0.1 %."""
    if share < 0.001:
        return ""
    value = 100 * share
    return "100" if value >= 99.95 else f"{value:.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One group of reads: what they have in common, their share, and what it means."""

    label: str
    share: float
    note: str
    intended: bool


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    reads: int,
    left_out: tuple[int, float],
    what: str,
    renderer: Renderer = render,
) -> Figure:
    """Shares of reads by group, commonest first.

    Args:
        rows: in the order shown, at least one.
        title: what is shown.
        reads: of which the shares are.
        left_out: groups not shown, and their share together.
        what: what a group is, for the caption.
        renderer: see `figure.Renderer`.
    """  # fmt: skip
    left, right, line = 190, 250, 24
    frame = Frame(left=left, right=right, top=8, bottom=40, height=line * len(rows))
    high = 1.05 * max(row.share for row in rows) or 1.0
    middles = [line * (k + 0.5) for k in range(len(rows))]

    spans = [
        {"x": 0.0, "x2": 100 * row.share, "py": y - 7, "py2": y + 7}
        for row, y in zip(rows, middles, strict=True)
    ]
    meant = [one for one, row in zip(spans, rows, strict=True) if row.intended]
    others = [one for one, row in zip(spans, rows, strict=True) if not row.intended]

    layers = [
        axes(
            {"title": "percent of reads", "grid": True, "values": ticks(0, 100 * high, count=5)},
            None,
            x_domain=(0, 100 * high),
            y_domain=(0, 1),
        ),
        rects(others, OTHERS, opacity=0.55, x="x", x2="x2", y="py", y2="py2"),
        rects(meant, PATIENT, opacity=0.85, x="x", x2="x2", y="py", y2="py2"),
        rules([{"x": 0.0, "py": 0.0, "py2": float(frame.height)}], FAINT, x="x", y="py", y2="py2"),
        texts(
            [{"px": -10.0, "py": y, "t": row.label} for row, y in zip(rows, middles, strict=True)],
            align="right",
            size=SMALL,
        ),
        texts(
            [
                {
                    "px": frame.width + 12.0,
                    "py": y,
                    "t": f"{100 * row.share:.3g} %" + (f"  {row.note}" if row.note else ""),
                }
                for row, y in zip(rows, middles, strict=True)
            ],
            size=SMALL,
        ),
    ]
    more = f" {left_out[0]} more {what}, {100 * left_out[1]:.3g} % together." if left_out[0] else ""
    return compose(
        layers,
        frame,
        title=title,
        description="; ".join(f"{row.label}: {100 * row.share:.3g} %" for row in rows) + ".",
        caption=f"n = {reads:,} reads.{more} Orange: the intended protein."
        if any(row.intended for row in rows)
        else f"n = {reads:,} reads.{more}",
        renderer=renderer,
    )
