"""Differences between a read and its reference: affine global alignment, gaps placed by the cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

_N = ord("N")
_Codes = npt.NDArray[np.uint8]
_Costs = npt.NDArray[np.int64]
_FAR: Final = 1 << 40


class Change(NamedTuple):
    """`ref` at interbase `start` became `alt`; one base for one, a deletion, or an insertion.

    `alt` is N where the read does not say what the base is: such a change is no change seen.
    """

    start: int
    ref: str
    alt: str

    @property
    def end(self) -> int:
        """Interbase end on the reference."""
        return self.start + len(self.ref)

    @property
    def is_indel(self) -> bool:
        """Whether bases were lost or gained."""
        return len(self.ref) != len(self.alt)

    @property
    def is_unknown(self) -> bool:
        """Whether the read holds N at this base."""
        return self.alt == "N" and bool(self.ref)


Allele = tuple[Change, ...]
"""All differences from the reference, ascending by start; () is the reference itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Alignment costs: a match is free, a gap of n bases costs `gap_open + n * gap_extend`.

    Opening is dear, so that neighbouring base edits stay substitutions and are not turned into
    an insertion beside a deletion.
    """

    mismatch: int = 4
    gap_open: int = 16
    gap_extend: int = 1

    def of(self, allele: Allele) -> int:
        """Cost of the differences of an alignment; N is free."""
        total = 0
        for change in allele:
            if change.is_indel:
                size = abs(len(change.alt) - len(change.ref))
                total += self.gap_open + size * self.gap_extend
            elif not change.is_unknown:
                total += self.mismatch
        return total


def align(read: str, reference: str, *, cut: int, costs: Costs | None = None) -> Allele:
    """The differences of a cheapest end-to-end alignment, gaps as near to the cut as can be.

    Args:
        read: bases, A, C, G, T or N; N matches every base at no cost.
        reference: bases, A, C, G or T.
        cut: interbase offset on the reference at which the editor cuts or nicks.
        costs: alignment costs; None takes the defaults.

    Notes:
        Global alignment with affine gaps (Gotoh 1982). Gapless and one-gap alignments are taken
        without dynamic programming where they are provably cheapest: a rival needs at least two
        more gaps (equal lengths) or one more (unequal lengths), so no rival is cheaper once the
        mismatches cost no more than opening those. A gap that could lie at several places at
        equal cost lies where its distance to the cut is least, then leftmost. Checked in
        tests/unit/molecule/test_align.py against tests/oracles/affine.py.
    """
    costs = Costs() if costs is None else costs
    if read == reference:
        return ()
    a, b = _codes(read), _codes(reference)
    gap = len(reference) - len(read)
    if gap == 0:
        if costs.mismatch * int(_differs(a, b).sum()) <= 2 * (costs.gap_open + costs.gap_extend):
            return _substitutions(a, b, read, reference, 0)
    else:
        at, mismatches = _one_gap(a, b, gap, cut)
        if costs.mismatch * mismatches <= costs.gap_open:
            return _with_gap(a, b, read, reference, at)
    return _toward_cut(_dynamic(a, b, read, reference, costs), reference, cut)


def _codes(bases: str) -> _Codes:
    return np.frombuffer(bases.encode(), dtype=np.uint8)


def _differs(a: _Codes, b: _Codes) -> npt.NDArray[np.bool_]:
    unequal: npt.NDArray[np.bool_] = (a != b) & (a != _N)
    return unequal


def _substitutions(a: _Codes, b: _Codes, read: str, reference: str, start: int) -> Allele:
    """Base-for-base differences, N included; `start` is added to every offset."""
    return tuple(Change(start + i, reference[i], read[i]) for i in np.flatnonzero(a != b).tolist())


def _one_gap(a: _Codes, b: _Codes, gap: int, cut: int) -> tuple[int, int]:
    """Where one gap makes up the whole length difference: reference offset and mismatches."""
    size = min(a.size, b.size)
    before = np.concatenate(([0], np.cumsum(_differs(a[:size], b[:size]))))
    after = np.cumsum(_differs(a[a.size - size :], b[b.size - size :])[::-1])[::-1]
    mismatches = before + np.concatenate((after, [0]))
    at = np.flatnonzero(mismatches == mismatches.min())
    distance = np.maximum(np.maximum(at - cut, cut - (at + max(gap, 0))), 0)
    return int(at[distance.argmin()]), int(mismatches.min())


def _with_gap(a: _Codes, b: _Codes, read: str, reference: str, at: int) -> Allele:
    gap = b.size - a.size
    lost, gained = max(gap, 0), max(-gap, 0)
    head = _substitutions(a[:at], b[:at], read[:at], reference[:at], 0)
    middle = Change(at, reference[at : at + lost], read[at : at + gained])
    r, q = at + lost, at + gained
    return (*head, middle, *_substitutions(a[q:], b[r:], read[q:], reference[r:], r))


def _dynamic(a: _Codes, b: _Codes, read: str, reference: str, costs: Costs) -> Allele:
    """Gotoh's recursions, one numpy row a read base, on what equal ends leave over."""
    size = min(a.size, b.size)
    unequal = np.flatnonzero(a[:size] != b[:size])
    head = int(unequal[0]) if unequal.size else size
    backward = a[::-1][: size - head] != b[::-1][: size - head]
    unequal = np.flatnonzero(backward)
    tail = int(unequal[0]) if unequal.size else size - head
    a, b = a[head : a.size - tail], b[head : b.size - tail]
    columns = _trace(a, b, costs)
    return _collect(columns, read[head:], reference[head:], head)


def _trace(a: _Codes, b: _Codes, costs: Costs) -> str:
    """The columns of a cheapest alignment: M (base for base), D (lost), I (gained)."""
    n, m = a.size, b.size
    first = costs.gap_open + costs.gap_extend
    ramp = costs.gap_extend * np.arange(m + 1, dtype=np.int64)
    best: _Costs = np.full((n + 1, m + 1), _FAR, dtype=np.int64)
    lost, gained = best.copy(), best.copy()  # gap in the read; gap in the reference
    lost[0, 1:] = costs.gap_open + ramp[1:]
    best[0] = lost[0]
    best[0, 0] = 0
    for i in range(1, n + 1):
        gained[i] = np.minimum(gained[i - 1] + costs.gap_extend, best[i - 1] + first)
        row = gained[i].copy()
        wrong = _differs(a[i - 1 : i], b)
        row[1:] = np.minimum(row[1:], best[i - 1, :-1] + costs.mismatch * wrong)
        opened = np.minimum.accumulate(row - ramp)[:-1] + ramp[1:] + costs.gap_open
        lost[i, 1:] = opened
        best[i] = row
        best[i, 1:] = np.minimum(row[1:], opened)
    return _walk(a, b, costs, best, lost, gained)


def _walk(a: _Codes, b: _Codes, costs: Costs, best: _Costs, lost: _Costs, gained: _Costs) -> str:
    """Back from the end; base-for-base is preferred, then a loss, then a gain."""
    i, j, state = a.size, b.size, "M"
    first = costs.gap_open + costs.gap_extend
    columns: list[str] = []
    while i or j:
        if state == "M":
            step = costs.mismatch * bool(_differs(a[i - 1 : i], b[j - 1 : j]).any())
            if i and j and best[i, j] == best[i - 1, j - 1] + step:
                columns.append("M")
                i, j = i - 1, j - 1
            else:
                state = "D" if best[i, j] == lost[i, j] else "I"
        elif state == "D":
            state = "M" if lost[i, j] == best[i, j - 1] + first else "D"
            columns.append("D")
            j -= 1
        else:
            state = "M" if gained[i, j] == best[i - 1, j] + first else "I"
            columns.append("I")
            i -= 1
    return "".join(reversed(columns))


def _collect(columns: str, read: str, reference: str, start: int) -> Allele:
    """Changes of an alignment given as columns; runs of lost or gained bases are one change."""
    changes: list[Change] = []
    i = j = k = 0
    while k < len(columns):
        kind = columns[k]
        size = 1
        while kind != "M" and columns[k + size : k + size + 1] == kind:
            size += 1
        lost, gained = size * (kind != "I"), size * (kind != "D")
        ref, alt = reference[j : j + lost], read[i : i + gained]
        if ref != alt:
            changes.append(Change(start + j, ref, alt))
        i, j, k = i + gained, j + lost, k + size
    return tuple(changes)


def _toward_cut(allele: Allele, reference: str, cut: int) -> Allele:
    """Shift each gap through bases that repeat, as near to the cut as its neighbours allow."""
    changes = list(allele)
    for index, change in enumerate(changes):
        if change.is_indel:
            low = changes[index - 1].end if index else 0
            high = changes[index + 1].start if index + 1 < len(changes) else len(reference)
            places = _equivalent(change, reference, low, high)
            changes[index] = min(places, key=lambda p: (_distance(p, cut), p.start))
    return tuple(changes)


def _equivalent(change: Change, reference: str, low: int, high: int) -> list[Change]:
    """The same gap at every start between two neighbouring changes."""
    places = [change]
    here = change
    while here.start > low and (reference[here.start - 1] == (here.ref or here.alt)[-1]):
        ref, alt = here.ref, here.alt
        here = Change(here.start - 1, ref[-1:] + ref[:-1], alt[-1:] + alt[:-1])
        places.append(here)
    here = change
    while here.end < high and reference[here.end] == (here.ref or here.alt)[0]:
        ref, alt = here.ref, here.alt
        here = Change(here.start + 1, ref[1:] + ref[:1], alt[1:] + alt[:1])
        places.append(here)
    return places


def _distance(change: Change, cut: int) -> int:
    return max(change.start - cut, cut - change.end, 0)
