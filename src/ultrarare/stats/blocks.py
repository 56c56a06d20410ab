"""Many random runs in fixed blocks, each with its own seed, so that workers do not change a bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import numpy as np

from ultrarare.errors import InputError

R = TypeVar("R")


class Mapping(Protocol):
    """Applies a function to items and gives the results in their order.

    The built-in `map` runs them one after the other; `Executor.map` of concurrent.futures on
    several workers.
    """

    def __call__(
        self,
        function: Callable[[tuple[int, np.random.SeedSequence]], R],
        items: Iterable[tuple[int, np.random.SeedSequence]],
        /,
    ) -> Iterable[R]:
        """Apply."""
        ...


def blocks(
    runs: int, *, seed: int | np.random.SeedSequence, size: int = 250
) -> list[tuple[int, np.random.SeedSequence]]:
    """How many runs each block does, and the seed from which it draws.

    Args:
        runs: in all, ≥ 1.
        seed: of everything.
        size: runs of a block, ≥ 1; the last block may be smaller. It is part of the result: another
            size draws other numbers.

    Raises:
        InputError: no run, or a size below 1.
    """
    if runs < 1 or size < 1:
        raise InputError(f"found runs {runs} and size {size}; both are at least 1", where="runs")
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    counts = [min(size, runs - start) for start in range(0, runs, size)]
    return list(zip(counts, root.spawn(len(counts)), strict=True))


def in_blocks(
    task: Callable[[tuple[int, np.random.SeedSequence]], R],
    runs: int,
    *,
    seed: int | np.random.SeedSequence,
    size: int = 250,
    mapping: Mapping = map,
) -> list[R]:
    """What each block gives, in order of the blocks and not of who finished first.

    Args:
        task: takes (runs of the block, its seed); draws from nothing else.
        runs: in all, ≥ 1.
        seed: of everything.
        size: runs of a block.
        mapping: who does the work.

    Raises:
        InputError: no run, or a size below 1.

    Notes:
        Seeds are children of one `SeedSequence`, which are independent by construction. The same
        bits on 1, 2 and 8 workers: tests/unit/stats/test_blocks.py.
    """
    return list(mapping(task, blocks(runs, seed=seed, size=size)))
