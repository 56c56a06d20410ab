"""Alleles kept apart under numbers of their own, compiled.

An allele is kept as bytes: its amplicon (two), then each change that touches the compared span:
offset, bases lost and bases gained (two bytes each), and the codes gained.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ultrarare.molecule.editing.codes import Codes
from ultrarare.molecule.editing.reasons import OTHER
from ultrarare.stats.compiled import compiled

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]

IDS, USED = 0, 1
"""Columns of the state: alleles known, bytes of the store used."""


class Found(NamedTuple):
    """The store of alleles; arrays are replaced by larger ones between calls."""

    slots: Small  # (slots,) number of an allele, -1 where empty
    hashes: Hashes  # (ids,)
    starts: Ints  # (ids + 1,) where its bytes begin in the store
    store: Codes


@compiled
def intern(
    key: Codes, used: int, amplicon: int, most: int, found: Found, state: Ints, overflow: Ints
) -> int:
    """The number of an allele, a new one if it was not seen before."""
    mark = np.uint64(0xCBF29CE484222325)
    for i in range(used):
        mark = (mark ^ np.uint64(key[i])) * np.uint64(0x100000001B3)
    mask = found.slots.size - 1
    slot = np.int64(mark >> np.uint64(20)) & mask
    while found.slots[slot] >= 0:
        number = int(found.slots[slot])
        if found.hashes[number] == mark:
            start = found.starts[number]
            same = found.starts[number + 1] - start == used
            i = 0
            while same and i < used:
                same = found.store[start + i] == key[i]
                i += 1
            if same:
                return number
        slot = (slot + 1) & mask
    if state[IDS] >= most:
        overflow[amplicon] += 1
        return OTHER
    number = int(state[IDS])
    start = state[USED]
    for i in range(used):
        found.store[start + i] = key[i]
    found.slots[slot] = number
    found.hashes[number] = mark
    found.starts[number] = start
    found.starts[number + 1] = start + used
    state[IDS] += 1
    state[USED] += used
    return number


@compiled
def place_all(slots: Small, hashes: Hashes) -> None:
    """Enter alleles into an empty table by their hashes, in order."""
    mask = slots.size - 1
    for number in range(hashes.size):
        slot = np.int64(hashes[number] >> np.uint64(20)) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = number
