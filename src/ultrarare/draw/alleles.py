"""The allele table, drawn as aligned sequences with guide, window and PAM marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
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

MOST_ROWS = 20
_CELL, _LINE, _TOP, _MONO = 11, 19, 74, 13
_MOST_COLUMNS = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Allele:
    """One allele: its sequence aligned to the reference, reads, share and consequence."""

    sequence: str
    reads: int
    share: float
    outcome: str
    protein: str


def allele_alignment(
    *,
    reference: str,
    first_position: int,
    guide: tuple[int, int],
    pam: tuple[int, int],
    window: tuple[int, int],
    target: int,
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
        window: first and last position of the editing window.
        target: position of the target base.
        alleles: rows, in the order shown.
        total: reads that shares refer to.
        unseen: alleles and reads that the source does not show; 0 alleles where not counted.
        unit: what is counted.
        renderer: see `figure.Renderer`.
    """
    crop = _crop(len(reference), first_position, guide, pam)
    grid = _Grid(
        first=first_position + crop.start, columns=len(range(*crop.indices(len(reference))))
    )
    shown = alleles[:MOST_ROWS]
    notes = _notes(alleles, total, unseen, unit)
    height = _TOP + (len(shown) + 1) * _LINE + len(notes) * _LINE + 8
    frame = Frame(left=4, right=4, top=0, bottom=2, height=height)
    rows: list[tuple[str, bool]] = [(reference[crop], True)]
    rows += [(allele.sequence[crop], False) for allele in shown]
    layers = [
        *_marking(grid, len(shown), guide=guide, pam=pam, window=window, target=target),
        *_letters(grid, rows, reference[crop]),
        *_columns(grid, shown, unit),
        texts(
            [{"px": 0, "py": _row(len(shown) + 1 + i), "t": note} for i, note in enumerate(notes)],
            size=SMALL,
            colour=MUTED,
        ),
    ]
    return compose(
        layers,
        frame,
        title="Alleles at the target site",
        description=_describe(shown, total, unit, target),
        caption=_caption(total, unit, len(shown), notes, same=_aligned(reference, shown)),
        renderer=renderer,
    )


@dataclass(frozen=True, slots=True)
class _Grid:
    first: int
    columns: int

    def x(self, position: float) -> float:
        """Centre of the column of a protospacer position."""
        return 8 + (position - self.first) * _CELL + _CELL / 2

    @property
    def end(self) -> float:
        return 8 + self.columns * _CELL


def _crop(length: int, first: int, guide: tuple[int, int], pam: tuple[int, int]) -> slice:
    """The columns shown: guide and PAM with what context there is room for."""
    if length <= _MOST_COLUMNS:
        return slice(0, length)
    low, high = min(guide[0], pam[0]) - first, max(guide[1], pam[1]) - first + 1
    spare = max(_MOST_COLUMNS - (high - low), 0) // 2
    start = min(max(low - spare, 0), max(length - _MOST_COLUMNS, 0))
    return slice(start, min(start + _MOST_COLUMNS, length))


def _row(i: int) -> float:
    return _TOP + i * _LINE + _LINE / 2


def _marking(
    grid: _Grid,
    n: int,
    *,
    guide: tuple[int, int],
    pam: tuple[int, int],
    window: tuple[int, int],
    target: int,
) -> list[Layer]:
    """Window shaded, PAM boxed, guide bracketed, target pointed at, positions numbered."""
    half, bottom = _CELL / 2, _row(n) + _LINE / 2

    def span(a: int, b: int) -> tuple[float, float]:
        return grid.x(a) - half, grid.x(b) + half

    (g1, g2), (p1, p2), (w1, w2) = span(*guide), span(*pam), span(*window)
    box = [{"px": p1, "px2": p2, "py": _TOP - 1, "py2": bottom}]
    bracket = [
        {"px": g1 + 1, "px2": g2 - 1, "py": 20, "py2": 20},
        {"px": g1 + 1, "px2": g1 + 1, "py": 20, "py2": 26},
        {"px": g2 - 1, "px2": g2 - 1, "py": 20, "py2": 26},
    ]
    numbers = [p for p in range(guide[0], guide[1] + 1) if p == guide[0] or p % 5 == 0]
    return [
        boxes([{"px": w1, "px2": w2, "py": 38, "py2": bottom}], WINDOW),
        outlines(box, INK),
        segments(bracket, INK),
        _small((g1 + g2) / 2, 11, f"guide, {guide[0]}–{guide[1]}", INK),
        _small((p1 + p2) / 2, 66, "PAM", INK),
        _small((w1 + w2) / 2, 31, f"window {window[0]}–{window[1]}", MUTED),
        texts(
            [{"px": grid.x(p), "py": 47, "t": str(p)} for p in numbers if p != target],
            align="center",
            size=10,
            colour=MUTED,
        ),
        texts(
            [
                {"px": grid.x(target), "py": 47, "t": str(target)},
                {"px": grid.x(target), "py": 62, "t": "▼"},
            ],
            align="center",
            size=11,
            colour=PATIENT_TEXT,
            bold=True,
        ),
    ]


def _small(x: float, y: float, text: str, colour: str) -> Layer:
    return texts([{"px": x, "py": y, "t": text}], align="center", size=SMALL, colour=colour)


def _letters(grid: _Grid, rows: Sequence[tuple[str, bool]], reference: str) -> list[Layer]:
    """Every base; those that differ from the reference in bold on a tint."""
    same: list[Row] = []
    changed: list[Row] = []
    for i, (sequence, is_reference) in enumerate(rows):
        for j, base in enumerate(sequence[: grid.columns]):
            at = {"px": grid.x(grid.first + j), "py": _row(i), "t": base}
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
        rules(
            [{"px": 8, "px2": WIDTH - 8, "py": _row(0) + _LINE / 2}], GRID, x="px", x2="px2", y="py"
        ),
    ]


def _columns(grid: _Grid, shown: Sequence[Allele], unit: str) -> list[Layer]:
    """Consequence, counts and share to the right of the sequences."""
    left, reads, share, bar = grid.end + 12, WIDTH - 118, WIDTH - 64, WIDTH - 58
    room = reads - 44 - left
    head = [
        {"px": reads, "py": _row(0), "t": unit},
        {"px": share, "py": _row(0), "t": "share, %"},
    ]
    top = max((allele.share for allele in shown), default=1.0)
    bars = [
        {"px": bar, "px2": bar + 46 * allele.share / top, "py": _row(i) - 4, "py2": _row(i) + 4}
        for i, allele in enumerate(shown, 1)
    ]
    numbers = [
        {"px": x, "py": _row(i), "t": t}
        for i, allele in enumerate(shown, 1)
        for x, t in ((reads, f"{allele.reads:,}"), (share, f"{100 * allele.share:.1f}"))
    ]
    words = [
        {"px": left, "py": _row(i), "t": shorten(_consequence(allele), room, SMALL)}
        for i, allele in enumerate(shown, 1)
    ]
    return [
        texts([{"px": left, "py": _row(0), "t": "outcome, protein"}], size=SMALL, colour=MUTED),
        texts(head, align="right", size=SMALL, colour=MUTED),
        texts(words, size=SMALL),
        texts(numbers, align="right", size=SMALL),
        boxes(bars, BAND),
    ]


def _consequence(allele: Allele) -> str:
    return " · ".join(part for part in (allele.outcome, allele.protein) if part)


def _notes(alleles: Sequence[Allele], total: int, unseen: tuple[int, int], unit: str) -> list[str]:
    notes = []
    if rest := alleles[MOST_ROWS:]:
        share = 100 * sum(allele.share for allele in rest)
        notes.append(f"{len(rest)} more alleles are not drawn, {share:.1f}% of {unit}")
    if unseen[1] > 0:
        which = f"{unseen[0]} further alleles" if unseen[0] else "alleles that are"
        share = 100 * unseen[1] / total if total else 0.0
        notes.append(f"{which} not shown: {unseen[1]:,} {unit}, {share:.1f}%")
    return notes


def _describe(shown: Sequence[Allele], total: int, unit: str, target: int) -> str:
    first = "; ".join(
        f"{allele.sequence}, {_consequence(allele)}, {100 * allele.share:.1f}%"
        for allele in shown[:5]
    )
    return (
        f"Aligned sequences of {len(shown)} alleles from {total:,} {unit}; the target base is at "
        f"protospacer position {target}. Most frequent: {first}."
    )


def _aligned(reference: str, shown: Sequence[Allele]) -> bool:
    return all(len(allele.sequence) == len(reference) for allele in shown)


def _caption(total: int, unit: str, n: int, notes: Sequence[str], *, same: bool) -> str:
    parts = [
        f"n = {total:,} {unit}; {n} alleles shown.",
        *(f"{note[:1].upper()}{note[1:]}." for note in notes),
        "Protospacer strand, 5′ to 3′; changed bases in bold.",
    ]
    if not same:
        parts.append("An allele with an insertion or deletion is not aligned base by base.")
    return " ".join(parts)
