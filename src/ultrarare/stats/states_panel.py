"""Movement between states that are seen at visits only: intensities from panel data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Counts,
    Flags,
    Floats,
    count_vector,
    finite_vector,
    flag_vector,
    freeze,
    require_level,
    same_length,
)
from ultrarare.stats.states_kernel import exponentials

_STARTS: Final = (1.0, 0.2, 5.0)
"""Factors on the crude intensities from which the maximum is looked for."""
_WIDE: Final = 2.0  # standard error of a log intensity from which it is called uncertain
_FLAT: Final = 1e-6  # smallest curvature, relative to the largest, that counts as one


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PanelStates:
    """Intensities between states seen at visits; entries that are not allowed are 0."""

    generator: Floats  # (k, k), rows sum to 0
    lower: Floats  # (k, k) limits of the intensities off the diagonal, 0 where not allowed
    upper: Floats
    std_error: Floats  # (k, k) of the log intensities, 0 where not allowed
    dwell: tuple[float | None, ...]  # mean stay; None in a state that nobody leaves
    level: float
    loglik: float
    n_people: int
    n_intervals: int
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        stays = ", ".join("never left" if stay is None else f"{stay:.3g}" for stay in self.dwell)
        line = (
            f"{self.n_people} people, {self.n_intervals} intervals; mean stay in states "
            f"1 to {len(self.dwell)}: {stays}"
        )
        return "; ".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row an allowed change of state."""
        return [
            {
                "from": int(i) + 1,
                "to": int(j) + 1,
                "intensity": float(self.generator[i, j]),
                "lower": float(self.lower[i, j]),
                "upper": float(self.upper[i, j]),
            }
            for i, j in zip(*np.nonzero(self.std_error), strict=True)
        ]

    def transition(self, time: float) -> Floats:
        """(k, k) P(state after `time` | state now)."""
        whole: Floats = exponentials(self.generator, np.array([float(time)]))[0]
        return whole


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Panel:
    """Observed pairs of states, equal ones put together."""

    states: int
    gap: Floats  # (g,) lengths of intervals, each once
    pairs: Counts  # (g, k, k) how often each pair was seen over each length
    row: Counts  # (p,) allowed changes, from
    column: Counts  # (p,) to

    def generator(self, log_intensity: Floats) -> Floats:
        out = np.zeros((self.states, self.states))
        out[self.row, self.column] = np.exp(log_intensity)
        np.fill_diagonal(out, -out.sum(axis=1))
        return out

    def value(self, log_intensity: Floats) -> tuple[float, Floats]:
        """Log-likelihood and its slope."""
        q = self.generator(log_intensity)
        chance: Floats = exponentials(q, self.gap)
        seen = self.pairs > 0
        if np.any(chance[seen] <= 0):
            return -np.inf, np.zeros(log_intensity.size)
        total = float(np.sum(self.pairs[seen] * np.log(chance[seen])))
        weight = np.where(seen, self.pairs / np.where(seen, chance, 1.0), 0.0)
        slope = [
            float(np.sum(weight * _derivative(q, self.gap, i, j)))
            for i, j in zip(self.row, self.column, strict=True)
        ]
        return total, np.array(slope) * np.exp(log_intensity)


def _derivative(q: Floats, gap: Floats, i: int, j: int) -> Floats:
    """Change of exp(q·t) with the intensity from i to j: a corner of a larger exponential."""
    k = q.shape[0]
    both = np.zeros((2 * k, 2 * k))
    both[:k, :k] = both[k:, k:] = q
    both[i, k + j], both[i, k + i] = 1.0, -1.0
    return exponentials(both, gap)[:, :k, k:]


def fit_panel(
    person: Sequence[str] | ArrayLike,
    time: ArrayLike,
    state: ArrayLike,
    *,
    allowed: ArrayLike | None = None,
    level: float = 0.95,
) -> PanelStates:
    """Fit a continuous-time Markov process to states seen at visits.

    Args:
        person: (n,) who.
        time: (n,) when; the visits of one person at times that differ.
        state: (n,) 1 to k, k from 2 to 4.
        allowed: (k, k) which changes can happen at once; None allows neighbours only. The
            diagonal is not read.
        level: coverage of the intervals.

    Raises:
        InputError: unequal lengths, states that are none, two visits at one time, a bad level, or
            a change that was seen and that no allowed path gives.
        NotComputable: nobody was seen twice, nobody was ever seen in a state that can be left, or
            the likelihood is flat: the visits cannot tell the intensities apart.

    Notes:
        Kalbfleisch and Lawless 1985: the product of transition probabilities, with derivatives
        from a block exponential (Van Loan 1978), intervals on the log scale from the observed
        information. Visits must be made whatever the state; the first state of a person carries
        nothing. Checked in tests/reference/test_states_panel.py.
    """
    require_level(level)
    panel, people = _panel(person, time, state, allowed)
    theta, loglik = _maximise(panel)
    covariance = _covariance(panel, theta)
    error = np.sqrt(np.diag(covariance))
    q, spread = panel.generator(theta), np.zeros((panel.states, panel.states))
    spread[panel.row, panel.column] = error
    z = float(ndtri((1 + level) / 2))
    off = np.where(spread > 0, q, 0.0)
    leaves = -np.diag(q)
    return PanelStates(
        generator=q,
        lower=off * np.exp(-z * spread),
        upper=off * np.exp(z * spread),
        std_error=spread,
        dwell=tuple(float(1 / rate) if rate > 0 else None for rate in leaves),
        level=level,
        loglik=loglik,
        n_people=people,
        n_intervals=int(panel.pairs.sum()),
        caveats=tuple(_caveats(panel, q, error)),
    )


def _panel(
    person: Sequence[str] | ArrayLike, time: ArrayLike, state: ArrayLike, allowed: ArrayLike | None
) -> tuple[_Panel, int]:
    who = np.asarray(person)
    when, where = finite_vector(time, "time"), count_vector(state, "state")
    same_length(time=when, state=where, person=who)
    k = max(int(where.max()), 2) if allowed is None else len(np.asarray(allowed))
    if not 2 <= k <= 4 or where.min() < 1 or where.max() > k:
        raise InputError(
            f"states {where.min()} to {where.max()} of {k}; allowed are 1 to k, k from 2 to 4",
            where="state",
        )
    order = np.lexsort((when, who))
    who, when, where = who[order], when[order], where[order]
    same = who[1:] == who[:-1]
    gap = (when[1:] - when[:-1])[same]
    if np.any(gap <= 0):
        raise InputError("a person has two visits at one time", where="time")
    if not gap.size:
        raise NotComputable(
            "nobody was seen twice", where="time", remedy="Give people with two visits or more."
        )
    lengths, place = np.unique(gap, return_inverse=True)
    pairs = np.zeros((lengths.size, k, k), dtype=np.int64)
    np.add.at(pairs, (place, where[:-1][same] - 1, where[1:][same] - 1), 1)
    row, column = np.nonzero(_changes(allowed, k))
    panel = _Panel(states=k, gap=lengths, pairs=pairs, row=row, column=column)
    _require_paths(panel)
    return panel, int(np.unique(who).size)


def _changes(allowed: ArrayLike | None, k: int) -> Flags:
    if allowed is None:
        every = np.arange(k)
        return np.asarray(np.abs(np.subtract.outer(every, every)) == 1, dtype=np.bool_)
    given = np.asarray(allowed)
    if given.shape != (k, k):
        raise InputError(f"shape {given.shape}; allowed is ({k}, {k})", where="allowed")
    out = flag_vector(given.ravel(), "allowed").reshape(k, k).copy()
    np.fill_diagonal(out, val=False)
    return out


def _require_paths(panel: _Panel) -> None:
    reach = np.eye(panel.states, dtype=bool)
    for _ in range(panel.states):
        step = reach.copy()
        for i, j in zip(panel.row, panel.column, strict=True):
            step[:, j] |= reach[:, i]
        reach = step
    seen = panel.pairs.sum(axis=0) > 0
    if (bad := np.argwhere(seen & ~reach)).size:
        i, j = bad[0] + 1
        raise InputError(
            f"a change from state {i} to {j} was seen, and no allowed path leads there",
            where="allowed",
        )
    visited = panel.pairs.sum(axis=(0, 2))
    if missing := sorted({int(i) + 1 for i in panel.row if visited[i] == 0}):
        raise NotComputable(
            f"nobody was seen in state {missing[0]} and again later, so how it is left cannot be "
            "said",
            where="state",
            remedy="Give people seen in that state, or leave the changes out of `allowed`.",
        )


def _maximise(panel: _Panel) -> tuple[Floats, float]:
    """Log intensities at the top, from a few starts around the crude ones."""

    def downhill(theta: Floats) -> tuple[float, Floats]:
        value, slope = panel.value(np.clip(theta, -20.0, 12.0))
        return (1e10 if np.isinf(value) else -value), -slope

    crude = _crude(panel)
    found = [
        minimize(downhill, crude + np.log(start), jac=True, method="BFGS", options={"gtol": 1e-8})
        for start in _STARTS
    ]
    best = min(found, key=lambda each: float(each.fun))
    return np.asarray(best.x, dtype=np.float64), -float(best.fun)


def _crude(panel: _Panel) -> Floats:
    """Changes as if each had happened at once, by the time in the state it left."""
    time = np.einsum("g,gij->i", panel.gap, panel.pairs)
    moved = panel.pairs.sum(axis=0)[panel.row, panel.column] + 0.5
    return np.asarray(np.log(moved / time[panel.row]), dtype=np.float64)


def _covariance(panel: _Panel, theta: Floats) -> Floats:
    step = 1e-4
    columns = [
        (panel.value(theta + step * unit)[1] - panel.value(theta - step * unit)[1]) / (2 * step)
        for unit in np.eye(theta.size)
    ]
    information = -np.array(columns)
    information = (information + information.T) / 2
    values = np.linalg.eigvalsh(information)
    if values[0] <= _FLAT * max(values[-1], 1.0):
        raise NotComputable(
            "the likelihood is flat: visits are too far apart, or changes too few, to tell the "
            "intensities apart",
            where="state",
            remedy="Give visits closer together than a stay lasts, or allow fewer changes.",
        )
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def _caveats(panel: _Panel, q: Floats, error: Floats) -> list[str]:
    caveats = []
    if error.max() > _WIDE:
        caveats.append(
            "an intensity is known to no better than a factor of fifty; visits closer together or "
            "more people would show it"
        )
    shortest = float(1 / np.max(-np.diag(q)))
    middle = float(np.median(np.repeat(panel.gap, panel.pairs.sum(axis=(1, 2)))))
    if middle > 2 * shortest:
        caveats.append(
            f"visits are {middle:.3g} apart (median) and the shortest stay lasts {shortest:.3g}: "
            "most changes between visits were not seen"
        )
    return caveats
