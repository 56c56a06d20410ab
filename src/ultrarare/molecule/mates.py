"""Two mates of one molecule become one read where they overlap."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.reads import Read
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.tally import Reason

_SEED = 8
_N = ord("N")


def merge(one: Read, two: Read, *, min_overlap: int, max_mismatch_share: float) -> Read | Reason:
    """The molecule that two mates were read from, in the orientation of the first.

    Args:
        one: first mate.
        two: second mate, as sequenced, from the other strand.
        min_overlap: bases that must overlap, at least 15.
        max_mismatch_share: disagreeing bases allowed, as a share of the overlap.

    Returns:
        The merged read, or why there is none: no overlap, too many disagreements, or two
        overlaps that fit equally well. Bases past the other mate's start are adapter and are
        cut off.

    Notes:
        Where the mates agree the higher quality stands. Where they differ the base of higher
        quality stands with the difference as its quality; at equal quality it is N. N against a
        base gives the base. Checked in tests/unit/molecule/test_mates.py.
    """
    there = reverse_complement(two.bases)
    shift = _overlap(one.bases, there, min_overlap, max_mismatch_share)
    if isinstance(shift, Reason):
        return shift
    return _joined(one, there, two.qualities[::-1], shift)


@lru_cache(maxsize=1 << 14)
def _overlap(one: str, two: str, min_overlap: int, allowed: float) -> int | Reason:
    """Where `two` starts on `one`: the shift with the smallest share of mismatches."""
    # An overlap of 15 or more holds a whole seed, so seeds find every perfect overlap; if there
    # is one, the other shifts cannot be better and need not be looked at.
    perfect = [shift for shift in _seeded(one, two) if _agrees(one, two, shift, min_overlap)]
    if perfect:
        return perfect[0] if len(perfect) == 1 else Reason.MATES_AMBIGUOUS
    if min(len(one), len(two)) < min_overlap:
        return Reason.MATES_DO_NOT_OVERLAP
    shifts = np.arange(min_overlap - len(two), len(one) - min_overlap + 1)
    share = _mismatches(one, two, min_overlap) / _length(shifts, one, two)
    best = np.flatnonzero(share == share.min())
    if share.min() <= allowed:
        return int(shifts[best[0]]) if best.size == 1 else Reason.MATES_AMBIGUOUS
    # A quarter of unrelated bases agree; half or more say that the mates belong together.
    return Reason.MATES_DISAGREE if share.min() <= 0.5 else Reason.MATES_DO_NOT_OVERLAP


def _seeded(one: str, two: str) -> set[int]:
    """Every shift at which a seed of `two`, taken end to end, stands in `one`."""
    shifts = set()
    for start in range(0, len(two) - _SEED + 1, _SEED):
        seed = two[start : start + _SEED]
        at = one.find(seed)
        while at >= 0:
            shifts.add(at - start)
            at = one.find(seed, at + 1)
    return shifts


def _agrees(one: str, two: str, shift: int, min_overlap: int) -> bool:
    low, high = max(0, shift), min(len(one), shift + len(two))
    return high - low >= min_overlap and one[low:high] == two[low - shift : high - shift]


def _length(shifts: npt.NDArray[np.int64], one: str, two: str) -> npt.NDArray[np.int64]:
    return np.minimum(len(one), shifts + len(two)) - np.maximum(0, shifts)


def _mismatches(one: str, two: str, min_overlap: int) -> npt.NDArray[np.int64]:
    """Disagreeing bases at every shift that leaves `min_overlap`; N disagrees with nothing."""
    pad = b"\0" * (len(two) - min_overlap)
    a = np.frombuffer(pad + one.encode() + pad, dtype=np.uint8)
    b = np.frombuffer(two.encode(), dtype=np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(a, b.size)
    unequal = (windows != b) & (windows != 0) & (windows != _N) & (b != _N)
    counts: npt.NDArray[np.int64] = np.count_nonzero(unequal, axis=1)
    return counts


def _joined(one: Read, there: str, there_qualities: str, shift: int) -> Read:
    low, high = max(0, shift), min(len(one.bases), shift + len(there))
    # Before the second mate's start comes the first alone; after the first's end, the second.
    # A negative shift, or a second mate that ends early, leaves adapter, which is cut off.
    head, head_quality = one.bases[:low], one.qualities[:low]
    tail, tail_quality = there[high - shift :], there_qualities[high - shift :]
    a, b = one.bases[low:high], there[low - shift : high - shift]
    qa, qb = one.qualities[low:high], there_qualities[low - shift : high - shift]
    bases, qualities = (a, _higher(qa, qb)) if a == b else _settled(a, b, qa, qb)
    return Read(one.name, head + bases + tail, head_quality + qualities + tail_quality)


def _higher(one: str, two: str) -> str:
    a = np.frombuffer(one.encode(), dtype=np.uint8)
    return np.maximum(a, np.frombuffer(two.encode(), dtype=np.uint8)).tobytes().decode()


def _settled(one: str, two: str, one_quality: str, two_quality: str) -> tuple[str, str]:
    bases, qualities = [], []
    for a, b, p, q in zip(one, two, one_quality, two_quality, strict=True):
        if a == b:
            base, quality = a, max(p, q)
        elif "N" in (a, b):
            base, quality = (b, q) if a == "N" else (a, p)
        elif p == q:
            base, quality = "N", "!"
        else:
            base, quality = (a if p > q else b), chr(33 + abs(ord(p) - ord(q)))
        bases.append(base)
        qualities.append(quality)
    return "".join(bases), "".join(qualities)
