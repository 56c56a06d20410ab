"""Scores that rank censored times, for tests that reassign treatment."""

from __future__ import annotations

import numpy as np

from ultrarare.stats.arrays import Flags, Floats


def log_rank_scores(time: Floats, event: Flags) -> Floats:
    """Expected minus seen events of each person, from the pooled Nelson–Aalen estimate.

    Args:
        time: (m,) to event or censoring, at least 0.
        event: (m,) whether the event was seen.

    Returns:
        (m,) scores that sum to 0; higher is longer event-free than expected.

    Notes:
        Their sum over the treated is the log-rank statistic's numerator with its sign turned. They
        depend on the pooled data only, so that reassigning treatment is exact under the strong
        null where censoring does not depend on the arm.
    """
    when, code = np.unique(time, return_inverse=True)
    died = np.bincount(code, weights=event, minlength=when.size)
    left = np.bincount(code, minlength=when.size)
    risk = time.size - np.concatenate(([0], np.cumsum(left)[:-1]))
    return np.asarray(np.cumsum(died / risk)[code] - event, dtype=np.float64)
