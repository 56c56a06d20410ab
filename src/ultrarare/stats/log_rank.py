"""The log-rank test between groups, with delayed entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, freeze, same_length
from ultrarare.stats.survival import read_follow_up


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LogRank:
    """Observed and expected events by group, groups in ascending order of their labels."""

    groups: tuple[str, ...]
    observed: Floats  # (g,)
    expected: Floats  # (g,)
    statistic: float
    degrees: int
    p_value: float
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """The test, then the caveats."""
        line = f"log-rank {self.statistic:.3g} on {self.degrees} df, p {self.p_value:.3g}"
        return "\n".join((line, *self.caveats))


def log_rank(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, entry: ArrayLike | None = None
) -> LogRank:
    """Test whether all groups have one hazard.

    Args:
        time: (n,) end of follow-up.
        event: (n,) whether the event was seen then.
        group: (n,) labels.
        entry: (n,) start of observation; None for 0.

    Raises:
        InputError: as `kaplan_meier`, or fewer than two groups.
        NotComputable: no event at a time at which two groups were at risk.

    Notes:
        Mantel 1966; Peto and Peto 1972; the variance is hypergeometric. At risk at t: entry < t ≤
        time. Checked in tests/reference/test_survival_extras.py.
    """
    stop, seen, begin = read_follow_up(time, event, entry)
    labels, code = np.unique(np.asarray(group).astype(str), return_inverse=True)
    same_length(time=stop, group=code)
    if labels.size < 2:
        raise InputError(f"{labels.size} group, at least two are needed", where="group")
    when = np.unique(stop[seen])
    at_risk = np.empty((when.size, labels.size))
    died = np.empty_like(at_risk)
    for g in range(labels.size):
        mine = code == g
        at_risk[:, g] = np.searchsorted(np.sort(begin[mine]), when, side="left")
        at_risk[:, g] -= np.searchsorted(np.sort(stop[mine]), when, side="left")
        ends = np.searchsorted(when, stop[mine & seen])
        died[:, g] = np.bincount(ends, minlength=when.size)
    n, d = at_risk.sum(axis=1), died.sum(axis=1)
    share = at_risk / n[:, None] if when.size else at_risk
    expected = (d[:, None] * share).sum(axis=0)
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    each = -share[:, :, None] * share[:, None, :]
    each[:, np.arange(labels.size), np.arange(labels.size)] += share
    variance = (spread[:, None, None] * each).sum(axis=0)
    free = np.diag(variance) > 1e-12
    if free.sum() < 2:
        raise NotComputable(
            "at no event were people of two groups at risk together",
            remedy="Compare groups that were observed over the same ages.",
        )
    kept = np.flatnonzero(free)[:-1]
    gap = (died.sum(axis=0) - expected)[kept]
    statistic = float(gap @ np.linalg.pinv(variance[np.ix_(kept, kept)]) @ gap)
    few = died.sum() < 10 or expected.min() < 2
    return LogRank(
        groups=tuple(str(label) for label in labels),
        observed=died.sum(axis=0),
        expected=expected,
        statistic=statistic,
        degrees=int(kept.size),
        p_value=float(chdtrc(kept.size, statistic)),
        caveats=("few events were expected: the chi-square p of the log-rank test is rough",)
        if few
        else (),
    )
