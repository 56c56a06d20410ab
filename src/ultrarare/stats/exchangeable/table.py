"""What each distinct outcome says at each node of (μ, τ)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.exchangeable.kernel import normal_sums, sums_over_normal
from ultrarare.stats.exchangeable.model import Exchangeable, Rows
from ultrarare.stats.exchangeable.outcome import CODES, Outcomes

PRIOR_REACH: Final = 5.0
_DATA_REACH: Final = 8.0
_FEWEST: Final = 120
_MOST: Final = 6000
WIDTH: Final = 0.75
"""Smallest sd of a step, in steps of μ: a comb of normals this wide is flat to 3e-5."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Nodes:
    """Pairs of μ and τ over which is summed."""

    log_prior: Floats  # (g,)
    mu: Floats  # (g,)
    tau: Floats  # (g,)
    step: float  # between neighbouring μ
    at_edge: Floats  # (g,) 1 at the ends of μ
    per_mu: int  # nodes of τ for each μ

    def __post_init__(self) -> None:
        freeze(self)


def lay_nodes(
    model: Exchangeable, *, finest: float, within: tuple[float, float] | None, spread_nodes: int
) -> Nodes:
    """An even grid of μ times the nodes of τ.

    Args:
        model: the exchangeable part.
        finest: sd of the sharpest posterior of μ that is to be carried.
        within: where μ can lie by the data, or None where only the prior tells.
        spread_nodes: how many nodes of τ.

    Raises:
        NotComputable: the prior is so wide beside the data that too many nodes would be needed.
    """
    low, high = model.mean - PRIOR_REACH * model.sd, model.mean + PRIOR_REACH * model.sd
    tau, tau_weight = model.spread.nodes(spread_nodes)
    if within is not None:
        reach = _DATA_REACH * finest + 3 * float(tau[tau_weight > 1e-9].max())
        low, high = max(low, within[0] - reach), min(high, within[1] + reach)
    if low >= high:
        raise NotComputable(
            "the prior of μ puts no mass where the data are",
            where="mu",
            remedy="Check that prior and data are in one unit and on one scale, or widen mu.sd.",
        )
    cells = max(_FEWEST, int(np.ceil((high - low) / finest)))
    if cells > _MOST:
        raise NotComputable(
            f"the prior of μ is {(high - low) / finest:.3g} times as wide as what the data can "
            f"tell; at most {_MOST} times can be summed",
            where="mu",
            remedy="Use a narrower prior of μ.",
        )
    mu = np.linspace(low, high, cells + 1)
    log = -0.5 * ((mu - model.mean) / model.sd) ** 2
    log -= np.log(np.exp(log).sum())
    edge = np.zeros(mu.size)
    edge[0] = edge[-1] = 1
    return Nodes(
        log_prior=(log[:, None] + np.log(tau_weight)).ravel(),
        mu=np.repeat(mu, tau.size),
        tau=np.tile(tau, mu.size),
        step=float(mu[1] - mu[0]),
        at_edge=np.repeat(edge, tau.size),
        per_mu=tau.size,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """By row and node: what the row contributes, and what it then says of its variant.

    Attributes:
        log_term: (u, g) log of w·∫L over the exchangeable + (1−w)·∫L over the own prior.
        ratio: (u, 3+k, g) given the node: probability that the variant is exchangeable, mean and
            mean square on the natural scale, probability of lying above each cut.
    """

    log_term: Floats
    ratio: Floats

    def __post_init__(self) -> None:
        freeze(self)


def tabulate(rows: Rows, nodes: Nodes, cuts: Floats, *, fine: float = 1.0) -> Table:
    """Fill a table.

    Args:
        rows: (u,) distinct outcomes with their variants' priors.
        nodes: (g,) nodes.
        cuts: (k,) values of θ.
        fine: how much finer than needed θ is summed over, 1 or more.
    """
    alike = integrals(rows.outcomes, nodes.mu, nodes.tau, cuts, width=WIDTH * nodes.step, fine=fine)
    own = own_integrals(rows, cuts, fine=fine)
    return combined(alike, own, rows.weight, 1 - rows.weight)


def own_integrals(rows: Rows, cuts: Floats, *, fine: float = 1.0) -> Floats:
    """(u, 3+k, 1) the same integrals under each row's own prior."""
    own = np.empty((rows.outcomes.n, 3 + cuts.size, 1))
    for i in range(rows.outcomes.n):
        here = slice(i, i + 1)
        one = rows.outcomes.take([i])
        own[i] = integrals(one, rows.own_mean[here], rows.own_sd[here], cuts, fine=fine)[0]
    return own


def combined(alike: Floats, own: Floats, weight: Floats, own_weight: Floats) -> Table:
    """A table from both parts.

    Args:
        alike: (u, 3+k, g) integrals under the exchangeable part.
        own: (u, 3+k, 1) integrals under the own prior.
        weight: (u,) prior probability of the exchangeable part.
        own_weight: (u,) prior probability of the own prior.
    """
    w, rest = weight[:, None], own_weight[:, None]
    exchangeable = w * alike[:, 0]
    term = exchangeable + rest * own[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        log_term = np.log(term)
        ratio = np.empty(alike.shape)
        ratio[:, 0] = exchangeable / term
        mixed = w[:, :, None] * alike[:, 1:] + rest[:, :, None] * own[:, 1:]
        ratio[:, 1:] = mixed / term[:, None]
    ratio[~np.isfinite(ratio)] = 0.0  # the row is impossible there, and the node has no weight
    return Table(log_term=log_term, ratio=ratio)


def integrals(
    outcomes: Outcomes,
    mu: Floats,
    tau: Floats,
    cuts: Floats,
    *,
    width: float = 0.0,
    fine: float = 1.0,
) -> Floats:
    """(u, 3+k, g) ∫L, ∫L·m, ∫L·m² and ∫L above each cut, under N(μ, τ²); L is 1 at its top."""
    out = np.empty((outcomes.n, 3 + cuts.size, mu.size))
    spread = outcomes.spread()
    for i in range(outcomes.n):
        y, size, df = (float(a[i]) for a in (outcomes.y, outcomes.size, outcomes.freedom))
        if outcomes.kind == "normal":
            normal_sums(y, size, mu, tau, width, cuts, out[i])
        else:
            one = np.array([y, size, df, spread[i]])
            top = _top(outcomes, i)
            sums_over_normal(CODES[outcomes.kind], one, top, mu, tau, width, fine, cuts, out[i])
    return out


def _top(outcomes: Outcomes, i: int) -> float:
    """Largest log likelihood of a row, so that no row underflows by its size alone."""
    y, size = float(outcomes.y[i]), float(outcomes.size[i])
    if outcomes.kind == "student":
        return 0.0
    if y == 0 or (outcomes.kind == "binary" and y == size):
        return 0.0
    if outcomes.kind == "binary":
        return float(y * np.log(y / size) + (size - y) * np.log1p(-y / size))
    return float(y * np.log(y / size) - y)
