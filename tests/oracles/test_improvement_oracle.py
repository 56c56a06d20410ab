"""Counts of improvement, and the log-rank tally, person by person and event by event."""

from __future__ import annotations

import numpy as np
import pytest

from ultrarare.errors import NotComputable
from ultrarare.stats.heterogeneity import log_rank
from ultrarare.stats.improvement import TOLERANCE, improvement_rate


def slow_counts(visits, difference, window, start):
    """visits: person → list of (time, value); higher is better."""
    people = improved = unfollowed = ever = 0
    for own in visits.values():
        windows = []
        for t0, v0 in sorted(own):
            later = [(abs(t1 - t0 - window), t1, v1) for t1, v1 in own if t1 > t0]
            if later and min(later)[0] <= TOLERANCE * window:
                windows.append((t0, min(later)[2] - v0))
        if not windows:
            unfollowed += 1
            continue
        people += 1
        best = (
            windows[0] if start is None else min(windows, key=lambda w: (abs(w[0] - start), w[0]))
        )
        improved += best[1] >= difference
        ever += any(gain >= difference for _, gain in windows)
    return people, improved, unfollowed, ever


@pytest.mark.parametrize("seed", range(30))
def test_improvement_is_counted_as_by_hand(seed):
    rng = np.random.default_rng(seed)
    visits = {
        p: [(t, v) for t, v in zip(np.sort(rng.uniform(0, 6, k)), rng.normal(0, 3, k), strict=True)]
        for p, k in enumerate(rng.integers(1, 9, 25))
    }
    rows = [(p, t, v) for p, own in visits.items() for t, v in own]
    rng.shuffle(rows)
    person, time, value = np.array(rows).T
    start = None if seed % 2 else 2.0
    try:
        found = improvement_rate(
            person, time, value, value, difference=2, window=2, improves="higher", start=start
        )
    except NotComputable:
        assert slow_counts(visits, 2, 2, start)[0] == 0
        return
    ours = (found.people, found.improved, found.unfollowed, found.ever)
    assert ours == slow_counts(visits, 2, 2, start)


@pytest.mark.parametrize("seed", range(20))
def test_the_log_rank_tally_is_that_of_one_event_time_after_another(seed):
    rng = np.random.default_rng(seed)
    n = 30
    entry = rng.integers(0, 4, n) * (seed % 2)
    time = entry + rng.integers(1, 9, n)
    event, group = rng.random(n) < 0.7, rng.choice(["a", "b", "c"], n)
    names = sorted(set(group))
    gap, cover = np.zeros(len(names)), np.zeros((len(names),) * 2)
    for t in sorted(set(time[event])):
        at = (entry < t) & (t <= time)
        d = int((event & (time == t)).sum())
        size = int(at.sum())
        share = np.array([(at & (group == g)).sum() / size for g in names])
        gap += np.array([(event & (time == t) & (group == g)).sum() for g in names]) - d * share
        if size > 1:
            cover += d * (size - d) / (size - 1) * (np.diag(share) - np.outer(share, share))
    chi = gap[:-1] @ np.linalg.solve(cover[:-1, :-1], gap[:-1])
    assert log_rank(time, event, list(group), entry=entry).statistic == pytest.approx(chi)
