"""The allele table, drawn as aligned sequences with guide, window and PAM marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ultrarare.draw.allele import Allele, consequence, description, left_out, what_is_drawn
from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.insertions import ROOM, insertion_marks
from ultrarare.draw.marks import Row, boxes, outlines, rules, segments, texts
from ultrarare.draw.theme import (
    BAND,
    FAINT,
    GRID,
    INK,
    MONO,
    MUTED,
    PATIENT_TEXT,
    PATIENT_TINT,
    SMALL,
    WIDTH,
    WINDOW,
    shorten,
)

__all__ = ["Allele", "allele_alignment"]

MOST_ROWS = 20
_CELL, _LINE, _TOP, _MONO = 11, 19, 74, 13
_MOST_COLUMNS = 34


def allele_alignment(
    *,
    reference: str,
    first_position: int,
    guide: tuple[int, int],
    pam: tuple[int, int],
    window: tuple[int, int] | None,
    target: int | None,
    alleles: Sequence[Allele],
    total: int,
    unseen: tuple[int, int] = (0, 0),
    unit: str = "reads",
    renderer: Renderer = render,
) -> Figure:
    """Alleles under the reference, most frequent first; changed bases stand out.

    Args:
        reference: aligned reference, protospacer strand, 5' to 3'.
        first_position: protospacer position of its first base.
        guide: first and last protospacer position.
        pam: first and last position of the PAM.
        window: first and last position of the editing window; None for a nuclease.
        target: position of the target base; None where none is named.
        alleles: rows, in the order shown.
        total: reads that shares refer to.
        unseen: alleles and reads that the source does not show; 0 alleles where not counted.
        unit: what is counted.
        renderer: see `figure.Renderer`.
    """
    crop = _crop(len(reference), first_position, guide, pam)
    columns = len(range(*crop.indices(len(reference))))
    shown = alleles[:MOST_ROWS]
    grid = _Grid(first=first_position + crop.start, columns=columns, rows=_edges(shown))
    notes = left_out(alleles[MOST_ROWS:], total, unseen, unit)
    height = grid.bottom + len(notes) * _LINE + 8
    frame = Frame(left=4, right=4, top=0, bottom=2, height=height)
    rows: list[tuple[str, bool]] = [(reference[crop], True)]
    rows += [(allele.sequence[crop], False) for allele in shown]
    layers = [
        *_marking(grid, guide=guide, pam=pam, window=window, target=target),
        *_letters(grid, rows, reference[crop]),
        *insertion_marks(list(_places(grid, shown)), low=8, high=grid.end),
        *_columns(grid, shown, unit),
        texts(
            [
                {"px": 0, "py": grid.bottom + i * _LINE + _LINE / 2, "t": note}
                for i, note in enumerate(notes)
            ],
            size=SMALL,
            colour=MUTED,
        ),
    ]
    return compose(
        layers,
        frame,
        title="Alleles at the target site",
        description=description(shown, total, unit, target),
        caption=" ".join(
            [
                f"n = {total:,} {unit}; {len(shown)} alleles shown.",
                *(f"{note[:1].upper()}{note[1:]}." for note in notes),
                "Protospacer strand, 5′ to 3′; changed bases in bold.",
                *what_is_drawn(shown, reference, first_position, (grid.first, grid.last)),
            ]
        ),
        renderer=renderer,
    )


@dataclass(frozen=True, slots=True)
class _Grid:
    """Columns by protospacer position, and the rows: the reference, then the alleles."""

    first: int
    columns: int
    rows: tuple[int, ...]  # upper edges, and the lower edge of the last

    def x(self, position: float) -> float:
        """Centre of the column of a protospacer position."""
        return 8 + (position - self.first) * _CELL + _CELL / 2

    def y(self, row: int) -> float:
        """Middle of a row's letters."""
        return self.rows[row] + _LINE / 2

    @property
    def last(self) -> int:
        return self.first + self.columns - 1

    @property
    def end(self) -> float:
        return 8 + self.columns * _CELL

    @property
    def bottom(self) -> int:
        return self.rows[-1]


def _edges(shown: Sequence[Allele]) -> tuple[int, ...]:
    """Edges of the rows; one with insertions has room for them under it."""
    heights = [_LINE, *(_LINE + (ROOM if allele.insertions else 0) for allele in shown)]
    return tuple(accumulate(heights, initial=_TOP))


def _places(grid: _Grid, shown: Sequence[Allele]) -> Iterator[tuple[float, float, str]]:
    """Boundary, lower edge of the letters, and bases of each insertion between drawn columns."""
    for i, allele in enumerate(shown, 1):
        for after, bases in sorted(allele.insertions):
            if grid.first - 1 <= after <= grid.last:
                yield grid.x(after) + _CELL / 2, grid.y(i) + _LINE / 2, bases


def _crop(length: int, first: int, guide: tuple[int, int], pam: tuple[int, int]) -> slice:
    """The columns shown: guide and PAM with what context there is room for."""
    if length <= _MOST_COLUMNS:
        return slice(0, length)
    low, high = min(guide[0], pam[0]) - first, max(guide[1], pam[1]) - first + 1
    spare = max(_MOST_COLUMNS - (high - low), 0) // 2
    start = min(max(low - spare, 0), max(length - _MOST_COLUMNS, 0))
    return slice(start, min(start + _MOST_COLUMNS, length))


def _marking(
    grid: _Grid,
    *,
    guide: tuple[int, int],
    pam: tuple[int, int],
    window: tuple[int, int] | None,
    target: int | None,
) -> list[Layer]:
    """Window shaded, PAM boxed, guide bracketed, target pointed at, positions numbered."""
    half, bottom = _CELL / 2, grid.bottom

    def span(a: int, b: int) -> tuple[float, float]:
        return grid.x(max(a, grid.first)) - half, grid.x(min(b, grid.last)) + half

    (g1, g2), (p1, p2) = span(*guide), span(*pam)
    box = [{"px": p1, "px2": p2, "py": _TOP - 1, "py2": bottom}] if p1 < p2 else []
    bracket = [
        {"px": g1 + 1, "px2": g2 - 1, "py": 20, "py2": 20},
        {"px": g1 + 1, "px2": g1 + 1, "py": 20, "py2": 26},
        {"px": g2 - 1, "px2": g2 - 1, "py": 20, "py2": 26},
    ]
    numbered = range(max(guide[0], grid.first), min(guide[1], grid.last) + 1)
    numbers = [p for p in numbered if p == guide[0] or p % 5 == 0]
    shaded: list[Layer] = []
    if window is not None:
        w1, w2 = span(*window)
        shaded = [
            boxes([{"px": w1, "px2": w2, "py": 38, "py2": bottom}], WINDOW),
            _small((w1 + w2) / 2, 31, f"window {window[0]}–{window[1]}", MUTED),
        ]
    pointed: list[Layer] = []
    if target is not None:
        pointed = [
            texts(
                [
                    {"px": grid.x(target), "py": 47, "t": str(target)},
                    {"px": grid.x(target), "py": 62, "t": "▼"},
                ],
                align="center",
                size=11,
                colour=PATIENT_TEXT,
                bold=True,
            )
        ]
    return [
        *shaded,
        outlines(box, INK),
        segments(bracket, INK),
        _small((g1 + g2) / 2, 11, f"guide, {guide[0]}–{guide[1]}", INK),
        *(_small(x["px"] + (p2 - p1) / 2, 66, "PAM", INK) for x in box),
        texts(
            [{"px": grid.x(p), "py": 47, "t": str(p)} for p in numbers if p != target],
            align="center",
            size=10,
            colour=MUTED,
        ),
        *pointed,
    ]


def _small(x: float, y: float, text: str, colour: str) -> Layer:
    return texts([{"px": x, "py": y, "t": text}], align="center", size=SMALL, colour=colour)


def _letters(grid: _Grid, rows: Sequence[tuple[str, bool]], reference: str) -> list[Layer]:
    """Every base; those that differ from the reference in bold on a tint."""
    same: list[Row] = []
    changed: list[Row] = []
    for i, (sequence, is_reference) in enumerate(rows):
        for j, base in enumerate(sequence[: grid.columns]):
            at = {"px": grid.x(grid.first + j), "py": grid.y(i), "t": base}
            differs = len(sequence) == len(reference) and base != reference[j]
            (changed if differs else same).append({**at, "head": is_reference})
    half = _CELL / 2
    tint = [
        {"px": c["px"] - half, "px2": c["px"] + half, "py": c["py"] - 8.5, "py2": c["py"] + 8.5}
        for c in changed
    ]
    head, body = [c for c in same if c["head"]], [c for c in same if not c["head"]]
    return [
        boxes(tint, PATIENT_TINT),
        texts(head, align="center", size=_MONO, colour=INK, font=MONO),
        texts(body, align="center", size=_MONO, colour=FAINT, font=MONO),
        texts(changed, align="center", size=_MONO, colour=INK, font=MONO, bold=True),
        rules([{"px": 8, "px2": WIDTH - 8, "py": grid.rows[1]}], GRID, x="px", x2="px2", y="py"),
    ]


def _columns(grid: _Grid, shown: Sequence[Allele], unit: str) -> list[Layer]:
    """Consequence, counts and share to the right of the sequences."""
    left, reads, share, bar = grid.end + 12, WIDTH - 118, WIDTH - 64, WIDTH - 58
    room = reads - 44 - left
    head = [
        {"px": reads, "py": grid.y(0), "t": unit},
        {"px": share, "py": grid.y(0), "t": "share, %"},
    ]
    top = max((allele.share for allele in shown), default=1.0)
    bars = [
        {"px": bar, "px2": bar + 46 * allele.share / top, "py": grid.y(i) - 4, "py2": grid.y(i) + 4}
        for i, allele in enumerate(shown, 1)
    ]
    numbers = [
        {"px": x, "py": grid.y(i), "t": t}
        for i, allele in enumerate(shown, 1)
        for x, t in ((reads, f"{allele.reads:,}"), (share, f"{100 * allele.share:.1f}"))
    ]
    words = [
        {"px": left, "py": grid.y(i), "t": shorten(consequence(allele), room, SMALL)}
        for i, allele in enumerate(shown, 1)
    ]
    return [
        texts([{"px": left, "py": grid.y(0), "t": "outcome, protein"}], size=SMALL, colour=MUTED),
        texts(head, align="right", size=SMALL, colour=MUTED),
        texts(words, size=SMALL),
        texts(numbers, align="right", size=SMALL),
        boxes(bars, BAND),
    ]
