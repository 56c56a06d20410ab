"""Cumulative incidence under competing ends: Aalen and Johansen's estimate with delayed entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Floats, freeze, require_level, same_length
from ultrarare.stats.survival import read_follow_up
from ultrarare.words import counted


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CumulativeIncidence:
    """F_c(t) = P(T ≤ t, end by cause c | T > start), one column a cause.

    Arrays have shape (k,) or (k, causes), one row a time at which some end was seen.
    """

    causes: tuple[str, ...]
    time: Floats
    at_risk: Counts
    events: Counts  # (k, causes)
    survival: Floats  # free of every end
    incidence: Floats
    std_error: Floats
    lower: Floats  # log(−log) of F; NaN where F is 0 or 1
    upper: Floats
    level: float
    n: int
    start: float
    follow_up: float
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """The last value of each cause, then the caveats."""
        lines = [
            f"{counted(self.n, 'person')}, {int(self.events.sum())} ends, to {self.follow_up:g}"
        ]
        lines += [
            f"{cause}: {self.incidence[-1, j]:.3g} by {self.time[-1]:g}"
            for j, cause in enumerate(self.causes)
        ]
        return "\n".join((*lines, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a cause and time."""
        return [
            {
                "cause": cause,
                "time": float(self.time[i]),
                "incidence": float(self.incidence[i, j]),
                "lower": _or_none(self.lower[i, j]),
                "upper": _or_none(self.upper[i, j]),
            }
            for j, cause in enumerate(self.causes)
            for i in range(self.time.size)
        ]


def cumulative_incidence(
    time: ArrayLike,
    event: ArrayLike,
    cause: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    level: float = 0.95,
) -> CumulativeIncidence:
    """Estimate each cause's cumulative incidence.

    Args:
        time: (n,) end of follow-up.
        event: (n,) whether an end of any cause was seen then.
        cause: (n,) labels; read only where an end was seen.
        entry: (n,) start of observation; None for 0.
        level: coverage of the pointwise intervals.

    Raises:
        InputError: as `kaplan_meier`, or an end without a cause.
        NotComputable: no end was seen.

    Notes:
        Aalen and Johansen 1978. Ends of several causes at one time share its risk set; nothing is
        moved. The variance is the infinitesimal jackknife over people, as R's survfit has it; with
        everybody observed from 0 it is Greenwood's for one cause.
        Checked in tests/reference/test_survival_extras.py.
    """
    require_level(level)
    stop, seen, begin = read_follow_up(time, event, entry)
    labels = np.array([str(c) if c is not None else "" for c in np.asarray(cause, dtype=object)])
    same_length(time=stop, cause=labels)
    if (bad := np.flatnonzero(seen & (labels == ""))).size:
        raise InputError("an end was seen and no cause is given", where=f"cause[{bad[0]}]")
    if not seen.any():
        raise NotComputable("no end was seen", remedy="Follow the people for longer.")
    causes, code = np.unique(labels[seen], return_inverse=True)
    when, place = np.unique(stop[seen], return_inverse=True)
    died = np.zeros((when.size, causes.size), dtype=np.int64)
    np.add.at(died, (place, code), 1)
    entered = np.searchsorted(np.sort(begin), when, side="left")
    at_risk = (entered - np.searchsorted(np.sort(stop), when, side="left")).astype(np.int64)
    survival: Floats = np.cumprod(1 - died.sum(axis=1) / at_risk, dtype=np.float64)
    before = np.concatenate(([1.0], survival[:-1]))
    incidence: Floats = np.cumsum(before[:, None] * died / at_risk[:, None], axis=0)
    own = np.full(stop.size, -1, dtype=np.int64)
    own[seen] = code
    std_error = np.sqrt(_variance(when, at_risk, died, survival, stop, begin, own))
    z = float(ndtri((1 + level) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z * std_error / (incidence * np.log(incidence))
        lower, upper = incidence ** np.exp(-half), incidence ** np.exp(half)
    edge = (incidence <= 0) | (incidence >= 1 - 1e-12)
    low, high = np.minimum(lower, upper), np.maximum(lower, upper)
    low[edge] = high[edge] = np.nan
    return CumulativeIncidence(
        causes=tuple(str(c) for c in causes),
        time=when,
        at_risk=at_risk,
        events=died,
        survival=survival,
        incidence=incidence,
        std_error=std_error,
        lower=low,
        upper=high,
        level=level,
        n=stop.size,
        start=float(begin.min()),
        follow_up=float(stop.max()),
        caveats=_caveats(survival, when, stop, begin),
    )


def _variance(
    when: Floats,
    at_risk: Counts,
    died: Counts,
    survival: Floats,
    stop: Floats,
    begin: Floats,
    own: Counts,
) -> Floats:
    """Infinitesimal jackknife variance of each cause's incidence (k, c).

    The influence of a person at risk on F_c is R(t) − G(e)·F(t) + C(e), with e their entry, and
    a + b·F(t) once they have left: their squares add up from cumulative sums, O(n + k) a cause.
    `own` is each person's cause, −1 for none.
    """
    k, causes = died.shape
    share = died / at_risk[:, None]
    before = np.concatenate(([1.0], survival[:-1]))
    rest = at_risk * (1 - share.sum(axis=1))
    inverse = np.divide(1.0, rest, out=np.zeros(k), where=rest > 1e-9)
    growth = _from_zero(share.sum(axis=1) * inverse)
    first = np.searchsorted(when, begin, side="right")  # event times up to entry
    last = np.searchsorted(when, stop, side="right")  # event times up to exit
    hit = own >= 0
    factor = growth[last] - growth[first]
    factor[hit] -= inverse[last[hit] - 1]
    out: Floats = np.empty((k, causes))
    for c in range(causes):
        step = before * share[:, c]
        f = _from_zero(step)
        r = _from_zero(step * growth[:-1]) - _from_zero(step / at_risk)
        entered = np.column_stack((growth[first], growth[first] * f[first] - r[first]))
        left = r[last] - entered[:, 0] * f[last] + entered[:, 1]
        mine = own == c
        left[mine] += (before / at_risk)[last[mine] - 1]
        still = _counted(first, _squares(entered), k) - _counted(last, _squares(entered), k)
        # Who leaves at an event time is among the gone from then on.
        gone = _counted(last, _squares(np.column_stack((factor, left - factor * f[last]))), k)
        n, g, g2, s, s2, gs = still.T
        rt, ft = r[1:], f[1:]
        inside = n * rt**2 + ft**2 * g2 + s2 - 2 * rt * ft * g + 2 * rt * s - 2 * ft * gs
        _, _, b2, _, a2, ab = gone.T
        out[:, c] = inside + a2 + 2 * ft * ab + ft**2 * b2
    return np.maximum(out, 0.0)


def _from_zero(steps: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(steps)))


def _squares(pair: Floats) -> Floats:
    """1, x, x², y, y², xy of each row (n, 6)."""
    x, y = pair.T
    return np.column_stack((np.ones_like(x), x, x * x, y, y * y, x * y))


def _counted(place: Counts, terms: Floats, k: int) -> Floats:
    """Sums of the terms of everybody whose place lies at or before each event time (k, 6)."""
    sums = np.zeros((k + 1, terms.shape[1]))
    np.add.at(sums, place, terms)
    return np.asarray(np.cumsum(sums, axis=0)[1:])


def _caveats(survival: Floats, when: Floats, stop: Floats, begin: Floats) -> tuple[str, ...]:
    said = []
    if begin.max() > 0:
        said.append("delayed entry is assumed to say nothing about the risk")
    if begin.min() > 0:
        said.append(f"incidence is conditional on being event-free at {begin.min():g}")
    gone = when[survival <= 1e-12]
    if gone.size and stop.max() > gone[0]:
        said.append(
            f"everyone then at risk had an end at {gone[0]:g}, although others were observed "
            "later; it is no estimate from there on"
        )
    return tuple(said)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
