"""Made records of recurrent events for tests: gamma rates, gaps in observation, ties."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.recurrent.record import Records, records


def made(
    seed: int,
    *,
    treated: int = 5,
    untreated: int = 9,
    ratio: float = 0.6,
    shape: float = 1.5,
    rounded: bool = True,
    gaps: bool = False,
) -> Records:
    """Everyone observed to between 4 and 6, some with a gap from 2 to 2.5."""
    rng = np.random.default_rng(seed)
    n = treated + untreated
    flags = np.arange(n) < treated
    rate = rng.gamma(shape, 1 / shape, n) * np.where(flags, ratio, 1.0)
    spans: list[tuple[int, float, float]] = []
    events: list[tuple[int, float]] = []
    for i in range(n):
        end = float(np.round(rng.uniform(4, 6), 1))
        own = [(0.0, 2.0), (2.5, end)] if gaps and i % 3 == 0 else [(0.0, end)]
        spans += [(i, start, stop) for start, stop in own]
        for start, stop in own:
            times = rng.uniform(start, stop, rng.poisson(rate[i] * (stop - start)))
            if rounded:
                times = np.unique(np.ceil(times * 10) / 10)
            events += [(i, float(t)) for t in times if start < t <= stop]
    return records(
        [s[0] for s in spans],
        [s[1] for s in spans],
        [s[2] for s in spans],
        [e[0] for e in events],
        [e[1] for e in events],
        treated=flags,
    )
