"""Two exchangeable components: each variant belongs to one, to the other, or to neither.

The product over variants of (first part + second part) is multiplied out over which variants belong
to which component. Each summand is then a product of a sum over the first component's nodes and a
sum over the second's, so that their product grid (G² nodes) is never laid: cost 2^variants · G.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.compiled import compiled
from ultrarare.stats.exchangeable.model import Exchangeable, Rows, Trials
from ultrarare.stats.exchangeable.posterior import SPREAD_NODES, TOLERANCE
from ultrarare.stats.exchangeable.table import (
    WIDTH,
    Nodes,
    Table,
    combined,
    integrals,
    lay_nodes,
    own_integrals,
)

MOST_VARIANTS: Final = 10
_CHECKED: Final = 16


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TwoPosterior:
    """What follows for each entry, counted out: an entry that a trial has twice stands once.

    Attributes:
        first: (e,) posterior probability of the first component. second: (e,) of the second.
        mean: (e,) posterior mean on the natural scale. sd: (e,) its sd.
        above: (e, k) posterior probability of lying above each cut.
        numerical_error: largest change by doubling both grids.
    """

    first: Floats
    second: Floats
    mean: Floats
    sd: Floats
    above: Floats
    numerical_error: float

    def __post_init__(self) -> None:
        freeze(self)


def two_component_posterior(
    models: tuple[Exchangeable, Exchangeable],
    rows: Rows,
    second_weight: Floats,
    trials: Trials,
    cuts: Floats,
    *,
    checked: int = _CHECKED,
) -> TwoPosterior:
    """Posterior with two exchangeable components and an own prior.

    Args:
        models: both components.
        rows: (u,) distinct outcomes; `weight` is the prior probability of the first component.
        second_weight: (u,) prior probability of the second; what is left is the own prior's.
        trials: (t,) which rows each trial has; at most 10 variants in one.
        cuts: (k,) values of θ of which exceedance is asked.
        checked: on how many trials, spread evenly, both grids are doubled.

    Raises:
        InputError: weights below 0 or that add to more than 1; too many variants; an empty trial.
        NotComputable: doubling the grids moves an answer by more than 1e-3.

    Notes:
        Neuenschwander et al. 2016, section 3.1, use two components so that one need not lie between
        a good and a poor group. The priors of μ should differ, or the components are one.
    """
    own_weight = 1 - rows.weight - second_weight
    if second_weight.size != rows.outcomes.n or (second_weight < 0).any():
        raise InputError("one value of 0 or more for each outcome is needed", where="second_weight")
    if (own_weight < -1e-9).any():
        raise InputError("the weights of both components add to more than 1", where="weight")
    sizes = np.add.reduceat(trials.count, trials.start[:-1]) if trials.n else np.zeros(1, int)
    if sizes.min() < 1:
        raise InputError("a trial has no variant with people in it", where="trials")
    if sizes.max() > MOST_VARIANTS:
        text = f"{sizes.max()} variants; two components are summed for at most {MOST_VARIANTS}"
        raise InputError(text, where="borrowing", remedy="Use one component.")
    own_weight = np.maximum(own_weight, 0.0)
    information = rows.outcomes.spread()[trials.row] ** -2 * trials.count
    finest = float(1 / np.sqrt(np.add.reduceat(information, trials.start[:-1]).max()))
    checks = np.unique(np.linspace(0, trials.n - 1, min(checked, trials.n)).astype(np.int64))
    weights = (rows.weight, second_weight, own_weight)
    parts = [
        _tables(models, rows, weights, cuts, finest=finest / fine, fine=fine) for fine in (1, 2)
    ]
    some = trials.take(checks)
    rough, better = (_summed(*part, some, cuts.size) for part in parts)
    sd = np.sqrt(np.maximum(better[:, 3] - better[:, 2] ** 2, 1e-24))
    moved = np.abs(rough - better)
    moved[:, 2] /= sd
    error = float(np.delete(moved, 3, axis=1).max())
    if not error <= TOLERANCE:
        raise NotComputable(
            f"doubling the grids moves an answer by {error:.2g}, allowed is {TOLERANCE:g}",
            where="quadrature",
            remedy="Choose priors of μ and τ nearer to what the outcomes can show.",
        )
    out = _summed(*parts[0], trials, cuts.size)
    return TwoPosterior(
        first=out[:, 0],
        second=out[:, 1],
        mean=out[:, 2],
        sd=np.sqrt(np.maximum(out[:, 3] - out[:, 2] ** 2, 0.0)),
        above=np.clip(out[:, 4:], 0.0, 1.0),
        numerical_error=error,
    )


Part = tuple[Nodes, Table]


def _tables(
    models: tuple[Exchangeable, Exchangeable],
    rows: Rows,
    weights: tuple[Floats, Floats, Floats],
    cuts: Floats,
    *,
    finest: float,
    fine: int,
) -> tuple[Part, Part]:
    first, second, own_weight = weights
    own = own_integrals(rows, cuts, fine=1 + 0.5 * (fine - 1))
    out = []
    shares = ((first, own_weight), (second, np.zeros_like(second)))
    for model, (share, rest) in zip(models, shares, strict=True):
        nodes = lay_nodes(model, finest=finest, within=None, spread_nodes=SPREAD_NODES * fine)
        alike = integrals(
            rows.outcomes,
            nodes.mu,
            nodes.tau,
            cuts,
            width=WIDTH * nodes.step,
            fine=1 + 0.5 * (fine - 1),
        )
        out.append((nodes, combined(alike, own, share, rest)))
    return out[0], out[1]


def _summed(first: Part, second: Part, trials: Trials, k: int) -> Floats:
    """(e, 4+k) first, second, mean, mean square, above each cut."""
    out = np.empty((trials.row.size, 4 + k))
    widest = int(np.add.reduceat(trials.count, trials.start[:-1]).max())
    _over_subsets(
        first[0].log_prior,
        first[1].log_term,
        first[1].ratio,
        second[0].log_prior,
        second[1].log_term,
        second[1].ratio,
        trials.start,
        trials.row,
        trials.count,
        widest,
        out,
    )
    return out


@compiled
def _over_subsets(
    log_prior1: Any,
    log_term1: Any,
    ratio1: Any,
    log_prior2: Any,
    log_term2: Any,
    ratio2: Any,
    start: Any,
    row: Any,
    count: Any,
    widest: int,
    out: Any,
) -> None:
    """Fill (e, 4+k): both components, mean, mean square, exceedances."""
    g1, g2 = log_prior1.size, log_prior2.size
    quantities = ratio1.shape[1]
    prior1, prior2 = np.exp(log_prior1), np.exp(log_prior2)
    term1, term2 = np.exp(log_term1), np.exp(log_term2)
    held1, held2 = np.empty((1 << widest, g1)), np.empty((1 << widest, g2))
    sum1, sum2 = np.empty(1 << widest), np.empty(1 << widest)
    member = np.empty(widest, np.int64)
    entry = np.empty(widest, np.int64)
    for t in range(start.size - 1):
        j = 0
        for e in range(start[t], start[t + 1]):
            for _ in range(count[e]):
                member[j], entry[j] = row[e], e
                j += 1
        every = (1 << j) - 1
        _products(prior1, term1, member, j, held1, sum1)
        _products(prior2, term2, member, j, held2, sum2)
        total = 0.0
        for s in range(every + 1):
            total += sum1[s] * sum2[every - s]
        last = -1
        for i in range(j):
            if entry[i] == last:
                continue
            last = entry[i]
            u = member[i]
            for q in range(4 + quantities - 3):
                out[last, q] = 0.0
            _one_side(held1, sum2, every, i, ratio1[u], 0, out[last], total)
            _one_side(held2, sum1, every, i, ratio2[u], 1, out[last], total)


@compiled
def _products(prior: Any, term: Any, member: Any, j: int, held: Any, total: Any) -> None:
    """Prior × product of terms for each subset of the trial's variants, and its sum over nodes."""
    held[0] = prior
    total[0] = prior.sum()
    for i in range(j):
        bit = 1 << i
        u = member[i]
        for s in range(bit):
            add = 0.0
            for g in range(prior.size):
                value = held[s, g] * term[u, g]
                held[s + bit, g] = value
                add += value
            total[s + bit] = add


@compiled
def _one_side(
    held: Any, other: Any, every: int, i: int, ratio: Any, which: int, out: Any, total: float
) -> None:
    """Add what the subsets that hold variant i say of it."""
    nodes = held.shape[1]
    weight = np.zeros(nodes)
    for s in range(every + 1):
        if s >> i & 1:
            rest = other[every - s] / total
            for g in range(nodes):
                weight[g] += held[s, g] * rest
    for q in range(ratio.shape[0]):
        add = 0.0
        for g in range(nodes):
            add += weight[g] * ratio[q, g]
        out[which if q == 0 else q + 1] += add
