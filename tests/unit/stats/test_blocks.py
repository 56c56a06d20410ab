"""Random runs in blocks: the number of workers is no part of the answer."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from ultrarare.errors import InputError
from ultrarare.stats.blocks import blocks, in_blocks


def _draw(block):
    runs, seed = block
    return np.random.default_rng(seed).normal(size=runs)


def test_one_two_and_eight_workers_give_the_same_bits():
    alone = np.concatenate(in_blocks(_draw, 1_003, seed=7, size=100))

    for workers in (1, 2, 8):
        with ProcessPoolExecutor(workers) as pool:
            shared = np.concatenate(in_blocks(_draw, 1_003, seed=7, size=100, mapping=pool.map))
        assert shared.tobytes() == alone.tobytes()


def test_blocks_add_up_to_the_runs_and_share_no_seed():
    made = blocks(1_003, seed=7, size=100)

    assert sum(runs for runs, _ in made) == 1_003
    assert len({seed.spawn_key for _, seed in made}) == len(made) == 11


def test_another_seed_draws_other_numbers():
    assert not np.array_equal(
        np.concatenate(in_blocks(_draw, 10, seed=1)), np.concatenate(in_blocks(_draw, 10, seed=2))
    )


@pytest.mark.parametrize(("runs", "size"), [(0, 5), (5, 0)])
def test_no_runs_are_refused(runs, size):
    with pytest.raises(InputError, match="at least 1"):
        blocks(runs, seed=1, size=size)
