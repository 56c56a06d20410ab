"""The posterior of every variant in every trial: one function for the real trial and the simulated.

Model (Neuenschwander, Wandel, Roychoudhury and Bailey 2016): with probability w a variant's θ is
N(μ, τ²), else N(m, s²) of its own. Given (μ, τ) the variants are independent, so that a trial costs
one pass over the nodes for each distinct outcome in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.exchangeable.kernel import over_nodes
from ultrarare.stats.exchangeable.model import Exchangeable, Rows, Trials
from ultrarare.stats.exchangeable.table import Nodes, lay_nodes, tabulate

TOLERANCE: Final = 1e-3
"""Largest change by doubling the grid: of a probability, or of a mean in sds of its posterior."""
SPREAD_NODES: Final = 24
_EDGE: Final = 1e-4
_CHECKED: Final = 64
_FINER: Final = 1.5
"""How much finer the sum over θ is when the grid is doubled."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Posterior:
    """What follows for each entry (a distinct outcome in a trial) and each trial.

    Attributes:
        exchangeable: (e,) posterior probability that the variant is exchangeable.
        mean: (e,) posterior mean of the proportion, rate or mean. sd: (e,) its sd.
        above: (e, k) posterior probability of lying above each cut.
        log_evidence: (t,) log marginal likelihood, without the constants of the outcomes.
        tau_mean: (t,) posterior mean of τ. tau_sd: (t,) its sd.
        mu_mean: (t,) posterior mean of μ. mu_sd: (t,) its sd.
        node_weight: (t, g) posterior probability of the nodes, where it was asked for.
        nodes: the nodes that were summed over.
        numerical_error: largest change by doubling the grid.
    """

    exchangeable: Floats
    mean: Floats
    sd: Floats
    above: Floats
    log_evidence: Floats
    tau_mean: Floats
    tau_sd: Floats
    mu_mean: Floats
    mu_sd: Floats
    node_weight: Floats
    nodes: Nodes
    numerical_error: float

    def __post_init__(self) -> None:
        freeze(self)


def posterior(
    model: Exchangeable,
    rows: Rows,
    trials: Trials,
    cuts: Floats,
    *,
    keep_nodes: bool = False,
    checked: int = _CHECKED,
) -> Posterior:
    """Posterior of each variant.

    Args:
        model: the exchangeable part.
        rows: (u,) distinct outcomes.
        trials: (t,) which rows each trial has.
        cuts: (k,) values of θ of which exceedance is asked.
        keep_nodes: whether the posterior of the nodes is kept, (t, g).
        checked: on how many trials, spread evenly, the grid is doubled.

    Raises:
        InputError: a trial without anyone.
        NotComputable: the prior puts no mass where the data are, or doubling the grid moves an
            answer by more than 1e-3.
    """
    if trials.n == 0 or (trials.start[1:] == trials.start[:-1]).any():
        raise InputError("a trial has no variant with people in it", where="trials")
    finest = _finest(rows, trials)
    within = _within(rows)
    checks = np.unique(np.linspace(0, trials.n - 1, min(checked, trials.n)).astype(np.int64))
    sample = trials.take(checks)
    for fine in (1, 2, 4):
        nodes = lay_nodes(
            model, finest=finest / fine, within=within, spread_nodes=SPREAD_NODES * fine
        )
        coarse = _summed(rows, sample, nodes, cuts, keep_nodes=False)
        double = lay_nodes(
            model, finest=_half(nodes), within=within, spread_nodes=2 * SPREAD_NODES * fine
        )
        better = _summed(rows, sample, double, cuts, keep_nodes=False, fine=_FINER)
        error = _change(coarse, better)
        if error <= TOLERANCE:
            break
    else:
        raise NotComputable(
            f"doubling the grid moves an answer by {error:.2g}, allowed is {TOLERANCE:g}",
            where="quadrature",
            remedy="Choose priors of μ and τ nearer to what the outcomes can show.",
        )
    out = _summed(rows, trials, nodes, cuts, keep_nodes=keep_nodes)
    return _named(out, nodes, error)


def _half(nodes: Nodes) -> float:
    """Half the step in μ, a little less, so that the grid has at least twice the cells."""
    return nodes.step / 2 * (1 - 1e-9)


def _finest(rows: Rows, trials: Trials) -> float:
    """Sd of μ if all variants of the fullest trial were one: no posterior of μ is sharper."""
    information = rows.outcomes.spread()[trials.row] ** -2 * trials.count
    return float(1 / np.sqrt(np.add.reduceat(information, trials.start[:-1]).max()))


def _within(rows: Rows) -> tuple[float, float] | None:
    """Where μ can lie by the data; counts of 0 or of all leave it open."""
    if rows.outcomes.kind not in ("normal", "student") or not (rows.weight > 0).any():
        return None
    y, se = rows.outcomes.y, rows.outcomes.size
    return float((y - 5 * se).min()), float((y + 5 * se).max())


def _summed(
    rows: Rows, trials: Trials, nodes: Nodes, cuts: Floats, *, keep_nodes: bool, fine: float = 1.0
) -> tuple[Floats, Floats, Floats]:
    used = np.unique(trials.row)
    table = tabulate(
        Rows(
            outcomes=rows.outcomes.take(used),
            weight=rows.weight[used],
            own_mean=rows.own_mean[used],
            own_sd=rows.own_sd[used],
        ),
        nodes,
        cuts,
        fine=fine,
    )
    out = np.empty((trials.row.size, 3 + cuts.size))
    by_trial = np.empty((trials.n, 6))
    weights = np.empty((trials.n if keep_nodes else 0, nodes.mu.size))
    over_nodes(
        nodes.log_prior,
        table.log_term,
        table.ratio,
        trials.start,
        np.searchsorted(used, trials.row),
        trials.count,
        np.stack([nodes.mu, nodes.tau]),
        nodes.at_edge,
        out,
        by_trial,
        weights,
    )
    if not np.isfinite(by_trial).all():
        raise NotComputable(
            "the prior puts no mass where the data are",
            where="mu",
            remedy="Check that prior and data are in one unit, or give weight to the own prior.",
        )
    if (worst := float(by_trial[:, 5].max())) > _EDGE and (rows.weight == 1).any():
        raise NotComputable(
            f"the data lie {'' if worst > 0.5 else 'in part '}beyond {5:g} sds of the prior of μ",
            where="mu",
            remedy="Check that prior and data are in one unit, or widen mu.sd.",
        )
    return out, by_trial, weights


def _change(coarse: tuple[Floats, Floats, Floats], fine: tuple[Floats, Floats, Floats]) -> float:
    """Largest change of a probability, or of a mean in sds."""
    a, b = coarse[0], fine[0]
    sd = np.sqrt(np.maximum(b[:, 2] - b[:, 1] ** 2, 0.0))
    moved = np.abs(a[:, 1] - b[:, 1]) / np.maximum(sd, 1e-12)
    chances = np.abs(a[:, [0, *range(3, a.shape[1])]] - b[:, [0, *range(3, a.shape[1])]])
    return float(max(moved.max(), chances.max()))


def _named(summed: tuple[Floats, Floats, Floats], nodes: Nodes, error: float) -> Posterior:
    out, by_trial, weights = summed
    return Posterior(
        exchangeable=out[:, 0],
        mean=out[:, 1],
        sd=np.sqrt(np.maximum(out[:, 2] - out[:, 1] ** 2, 0.0)),
        above=np.clip(out[:, 3:], 0.0, 1.0),
        log_evidence=by_trial[:, 0],
        tau_mean=by_trial[:, 1],
        tau_sd=np.sqrt(np.maximum(by_trial[:, 2] - by_trial[:, 1] ** 2, 0.0)),
        mu_mean=by_trial[:, 3],
        mu_sd=np.sqrt(np.maximum(by_trial[:, 4] - by_trial[:, 3] ** 2, 0.0)),
        node_weight=weights,
        nodes=nodes,
        numerical_error=error,
    )
