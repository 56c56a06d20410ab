"""Waxing and waning: episodes that come at a rate set by a hidden state, fitted from records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import gammaincinv, ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.states_likelihood import Layout, Likelihood
from ultrarare.stats.states_records import Observed, segments
from ultrarare.stats.states_search import Optimum, curvature, search
from ultrarare.words import counted

POINTS: Final = 128
"""Parameter points behind a prediction; four times as many change a p value by under 0.005."""
_ALIKE: Final = 5.9
"""Log shape from which people's rates are as good as equal."""
_FREEDOM: Final = 5.0  # of the t distribution the points are drawn from
_EVIDENCE: Final = 2.0  # log-likelihood over one constant rate, below which no states are seen


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StateProcess:
    """Hidden states in a row, quiet first; a person moves between neighbours.

    Episodes come at `rates` (k,) per unit of time in each state; `generator` (k, k) holds the
    intensities, its rows sum to 0. People's rates differ by a gamma factor with mean 1 and this
    shape; None means that they do not differ. The estimate is that of maximum likelihood.
    """

    states: int
    rates: Floats
    generator: Floats
    heterogeneity: bool  # whether people's rates were allowed to differ
    shape: float | None
    stationary: Floats  # (k,) share of time in each state
    dwell: Floats  # (k,) mean stay in each state
    dwell_lower: tuple[float | None, ...]  # 95 %, on the log scale; None where not known
    dwell_upper: tuple[float | None, ...]
    loglik: float  # of the dated record; counts known by span enter as counts
    constant_loglik: float  # of one constant rate for everyone
    identified: bool  # whether the records show the states at all
    n_people: int
    events: int
    person_time: float
    points: Floats  # (m, parameters) for averaging a prediction over what is not known
    weights: Floats  # (m,) they sum to 1
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def mean_rate(self) -> float:
        """Episodes per unit of time in the long run."""
        return float(self.stationary @ self.rates)

    @property
    def effective_points(self) -> float:
        """How many equally weighted points the weighted ones are worth."""
        return float(1 / np.sum(self.weights**2))

    def summary(self) -> str:
        """One line for a log or a terminal."""
        stays = ", ".join(
            f"{rate:.3g} a unit of time for {stay:.3g}"
            for rate, stay in zip(self.rates, self.dwell, strict=True)
        )
        line = (
            f"{counted(self.n_people, 'person')}, {counted(self.events, 'event')}; states "
            f"from quiet to active: {stays}"
        )
        return "; ".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a state."""
        return [
            {
                "state": i + 1,
                "rate": float(self.rates[i]),
                "share": float(self.stationary[i]),
                "dwell": float(self.dwell[i]),
                "dwell_lower": self.dwell_lower[i],
                "dwell_upper": self.dwell_upper[i],
                "intensities": [float(q) for q in self.generator[i]],
            }
            for i in range(self.states)
        ]


def fit_states(
    records: Sequence[Observed], *, states: int = 2, heterogeneity: bool = False
) -> StateProcess:
    """Fit a Markov-modulated Poisson process to the records of untreated people.

    Args:
        records: each person's observed time and episodes, from `observed` or `counted`.
        states: 2 to 4.
        heterogeneity: whether people's rates also differ by a constant factor.

    Raises:
        InputError: no such number of states.
        NotComputable: fewer than three people, no event, or nobody with two events.

    Notes:
        Likelihood by the forward recursion over segments (Fischer and Meier-Hellstern 1993), each
        person starting in the stationary distribution, time without observation carried by the
        generator alone. The gamma factor is cut into eight classes of equal probability, each at
        its mean (Yang 1994). Maximised on the log scale from several starts. For predictions the
        posterior under wide log-normal priors is represented by points: a t distribution around
        its mode, weighted by importance. Checked in tests/oracles/test_states_oracle.py.
    """
    if states not in (2, 3, 4):
        raise InputError(f"{states} states; allowed are 2, 3 and 4", where="states")
    events = np.array([record.events for record in records])
    time = sum(record.time for record in records)
    if len(records) < 3 or events.max(initial=0) < 2:
        raise NotComputable(
            f"{counted(int(events.sum()), 'event')} in {counted(len(records), 'person')} cannot "
            "show active and quiet "
            "times",
            where="records",
            remedy="Give at least three untreated people, some with several dated episodes.",
        )
    layout = Layout(states=states, heterogeneity=heterogeneity)
    model = Likelihood(
        layout=layout,
        segments=segments(records),
        mean_rate=float(events.sum() / time),
        mean_time=float(time / len(records)),
    )
    best = search(model, penalised=False)
    points, weights = _points(model, search(model, penalised=True, start=best.theta))
    return _described(model, best, points, weights, (len(records), int(events.sum()), time))


def _points(model: Likelihood, mode: Optimum) -> tuple[Floats, Floats]:
    """Points of a t distribution around the mode, with their importance weights.

    A fixed sequence of low discrepancy, so nothing is drawn at random.
    """
    size = mode.theta.size
    uniform = kronecker(POINTS, size + 1)
    normal = ndtri(uniform[:, :size])
    stretch = np.sqrt(_FREEDOM / (2 * gammaincinv(_FREEDOM / 2, uniform[:, size])))
    values, vectors = np.linalg.eigh(-mode.hessian)
    # The prior alone gives a curvature of about 1/4 to every direction.
    root = vectors / np.sqrt(np.maximum(values, 0.1))
    offsets = normal * stretch[:, None]
    points = model.clipped(mode.theta + offsets @ root.T)
    distance = np.sum(offsets**2, axis=1)
    proposal = -0.5 * (_FREEDOM + size) * np.log1p(distance / _FREEDOM)
    target = model.value(points, penalised=True)
    log_weight = target - proposal
    weights = np.exp(log_weight - log_weight.max())
    return points, weights / weights.sum()


def kronecker(count: int, size: int) -> Floats:
    """(count, size) evenly spread points in the unit cube (Roberts' R sequence)."""
    golden = 1.5
    for _ in range(60):
        golden = (1 + golden) ** (1 / (size + 1))
    step = golden ** -np.arange(1.0, size + 1)
    return np.asarray((0.5 + np.arange(1, count + 1)[:, None] * step) % 1.0, dtype=np.float64)


def _described(
    model: Likelihood,
    best: Optimum,
    points: Floats,
    weights: Floats,
    size: tuple[int, int, float],
) -> StateProcess:
    layout, (people, events, time) = model.layout, size
    made = layout.processes(best.theta[None, :])
    dwell = -1 / np.diagonal(made.generators[0])
    constant = model.constant()
    identified = best.value - constant > _EVIDENCE and not best.at_bound
    lower, upper = _dwell_interval(layout, best, dwell, known=identified)
    shape = float(np.exp(best.theta[-1])) if layout.heterogeneity else None
    if shape is not None and best.theta[-1] > _ALIKE:
        shape = None  # the top lies at equal rates
    return StateProcess(
        states=layout.states,
        rates=made.rates[0],
        generator=made.generators[0],
        heterogeneity=layout.heterogeneity,
        shape=shape,
        stationary=made.starts[0],
        dwell=dwell,
        dwell_lower=lower,
        dwell_upper=upper,
        loglik=best.value,
        constant_loglik=constant,
        identified=identified,
        n_people=people,
        events=events,
        person_time=time,
        points=points,
        weights=weights,
        caveats=tuple(_caveats(best, dwell, time / people, weights, identified=identified)),
    )


def _dwell_interval(
    layout: Layout, best: Optimum, dwell: Floats, *, known: bool
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Limits of each mean stay by the delta method on the log scale."""
    gradient = layout.dwell_gradient(best.theta)
    covariance = curvature(best.hessian)
    if covariance is None or not known:
        return (None,) * dwell.size, (None,) * dwell.size
    spread = 1.96 * np.sqrt(np.einsum("ij,jk,ik->i", gradient, covariance, gradient))
    low, high = dwell * np.exp(-spread), dwell * np.exp(spread)
    return tuple(low.tolist()), tuple(high.tolist())


def _caveats(
    best: Optimum, dwell: Floats, mean_time: float, weights: Floats, *, identified: bool
) -> list[str]:
    caveats = []
    if not identified:
        caveats.append(
            "the records do not show active and quiet times (the states fit no better than one "
            "constant rate, or an estimate lies at its bound): stays and rates of the states are "
            "not identified; longer records with dated episodes of people with many would show them"
        )
    elif curvature(best.hessian) is None:
        caveats.append(
            "the likelihood is flat in some direction, so intervals of the stays are not given; "
            "longer records with dated episodes would give them"
        )
    if identified and dwell.max() > mean_time:
        caveats.append(
            f"a stay of {dwell.max():.3g} is longer than people were observed on average "
            f"({mean_time:.3g}): few changes of state were seen, and its length is uncertain"
        )
    if 1 / np.sum(weights**2) < 10:
        caveats.append(
            "the uncertainty of the parameters is badly represented (few points carry the weight)"
        )
    return caveats
