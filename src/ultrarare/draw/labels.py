"""Where labels go so that none lies on another, and where axis ticks go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date


def spread(
    wanted: Sequence[float], *, sizes: Sequence[float], low: float, high: float
) -> list[float]:
    """Centres as near as possible to those wanted, such that no two labels overlap.

    Args:
        wanted: ascending centres.
        sizes: height of each label with the room it needs.
        low: nothing begins before this.
        high: nothing ends after this, where there is room for all.

    Notes:
        Neighbours that touch form a block that sits at the mean of what its members want (pool
        adjacent violators): the least-squares placement. Checked in tests/unit/test_draw.py.
    """
    before = [sum(sizes[:i]) + sizes[i] / 2 for i in range(len(sizes))]
    blocks: list[list[float]] = []  # sum, count
    for position, offset in zip(wanted, before, strict=True):
        blocks.append([position - offset, 1])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [blocks[-1][0] + last[0], blocks[-1][1] + last[1]]
    top = max(low, high - sum(sizes))
    placed = [min(max(_mean(b), low), top) for b in blocks for _ in range(int(b[1]))]
    return [start + offset for start, offset in zip(placed, before, strict=True)]


def _mean(block: Sequence[float]) -> float:
    return block[0] / block[1]


def clear_of(
    taken: Sequence[tuple[float, float]],
    *,
    left: float,
    middle: float,
    width: float,
    height: float,
) -> float:
    """The height nearest to `middle`, a step above it at least, where a label lies on no point.

    Args:
        taken: (x, y) of points, in pixels.
        left: where the label begins.
        middle: height of what it names.
        width: of the label.
        height: of the plane, within which the label stays where there is room.
    """
    near = [y for x, y in taken if left - 5 <= x <= left + width + 5]
    steps = sorted(range(-40, 41), key=lambda k: (abs(k), k > 0))
    places = [y for k in steps if abs(k) >= 2 and 8 <= (y := middle + 5 * k) <= height - 8]
    free = (y for y in places if all(abs(y - other) > 11 for other in near))
    return next(free, middle - 10)


def aside(at: float, half: float, stems: Sequence[float]) -> float:
    """Where a label of half-width `half` stands so that no other stem passes through it.

    Args:
        at: its own stem.
        half: half its width.
        stems: every stem that runs down past it, its own may be among them.

    Returns:
        A centre: over its stem, or beside the stem next to it where only one side is free.
    """
    near = [s for s in stems if s != at and abs(s - at) < half + 4]
    left, right = [s for s in near if s < at], [s for s in near if s > at]
    if right and not left:
        return min(right) - half - 5
    if left and not right:
        return max(left) + half + 5
    return at


def rows(starts: Sequence[float], ends: Sequence[float], *, gap: float = 8) -> list[int]:
    """The first row in which each interval fits beside those placed before it."""
    taken: list[list[tuple[float, float]]] = []
    chosen: list[int] = []
    for start, end in zip(starts, ends, strict=True):
        free = (
            i
            for i, row in enumerate(taken)
            if all(end + gap <= a or start >= b + gap for a, b in row)
        )
        row = next(free, len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append((start, end))
        chosen.append(row)
    return chosen


def ticks(low: float, high: float, *, count: int = 6) -> list[float]:
    """Round numbers in [low, high], about `count`: steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def date_ticks(low: float, high: float, *, count: int = 6) -> list[float]:
    """Firsts of months between two proleptic ordinals, about `count` of them."""
    if (high - low) / 30.4 < 2:
        return [float(round(tick)) for tick in ticks(low, high, count=count)]
    months = max((high - low) / 30.4 / count, 1)
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if s >= months * 0.999), 120)
    start = date.fromordinal(math.ceil(low))
    index = start.year * 12 + start.month - 1
    found = []
    for i in range(index - index % step, index + int((high - low) / 28) + step + 1, step):
        tick = date(i // 12, i % 12 + 1, 1).toordinal()
        if low <= tick <= high:
            found.append(float(tick))
    return found
