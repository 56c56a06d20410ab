"""The power prior: the history's likelihood raised to a power, fixed or learnt."""

from __future__ import annotations

from typing import Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.pooled import Pooled, pool
from ultrarare.stats.borrowing.prior import TOLERANCE, BorrowingPrior, change, vague_density

_NODES: Final = 64


def power_prior(
    history: Evidence,
    *,
    power: float | None = None,
    power_beta: tuple[float, float] | None = None,
    mean_centre: float = 0.0,
    mean_sd: float,
    vague_weight: float = 0.0,
    finest: float | None = None,
) -> BorrowingPrior:
    """Prior of the current control's θ ∝ L(θ; history)^a₀ · N(θ; centre, sd²).

    Args:
        history: earlier groups, as if they were one.
        power: a₀ between 0 (ignore) and 1 (pool), fixed beforehand; or
        power_beta: (a, b) of a beta prior of a₀, both ≥ 0.5: the normalised power prior.
        mean_centre: centre of the initial normal prior.
        mean_sd: its sd, > 0; without it a₀ = 0 would leave no prior.
        vague_weight: prior probability that the history does not apply at all.
        finest: smallest sd that the caller will multiply the density with.

    Raises:
        InputError: neither or both of `power` and `power_beta`, or one out of its range.
        NotComputable: halving the number of a₀ nodes moves the prior by more than 1e-3 sd.

    Notes:
        Ibrahim and Chen 2000; normalised (each a₀ has its own constant, so that the data can
        speak about a₀), Duan, Ye and Smith 2006. Nodes of a₀ are Gauss–Legendre in u, a₀ = sin²u,
        which takes out a beta density's poles at the ends.
    """
    if (power is None) == (power_beta is None):
        raise InputError("give one of `power` and `power_beta`", where="power")
    base = pool(history, mean_centre=mean_centre, mean_sd=mean_sd, finest=finest)
    value, weight = _nodes(power, power_beta, _NODES)
    layers = raised(base, value)
    error = 0.0
    if power_beta is not None:
        rough_value, rough_weight = _nodes(power, power_beta, _NODES // 2)
        error = change(base.theta, rough_weight @ raised(base, rough_value), weight @ layers)
    if error > TOLERANCE:
        raise NotComputable(
            f"halving the grid moves the prior by {error:.2g} of its sd, allowed is {TOLERANCE:g}",
            remedy="Use a narrower initial prior, or fix the power.",
        )
    unknown = history.kind == "normal" and history.unit_sd is None
    return BorrowingPrior(
        kind=history.kind,
        method="power" if power_beta is None else "normalised power",
        theta=base.theta,
        layers=layers,
        layer_weight=weight,
        layer_value=value,
        hyperparameter="a0",
        vague=vague_density(base.theta, history.kind, around=base.around, unit_sd=base.unit_sd),
        vague_weight=0.0,
        unit_sd=history.unit_sd,
        n_groups=history.n,
        borrowed=0.0 if unknown else history.information,
        quadrature_error=error,
        caveats=_caveats(history, power),
    ).robust(vague_weight)


def _caveats(history: Evidence, power: float | None) -> tuple[str, ...]:
    said = []
    if history.n > 1:
        said.append("the earlier groups are taken as one: spread between them is not modelled")
    if power is not None and power > 0:
        said.append("a fixed power borrows as much when the current control disagrees")
    return tuple(said)


def _nodes(power: float | None, shape: tuple[float, float] | None, n: int) -> tuple[Floats, Floats]:
    """Values of a₀ and their prior probabilities."""
    if shape is None:
        if power is None or not 0 <= power <= 1:
            raise InputError(f"must lie between 0 and 1, not {power}", where="power")
        return np.array([power]), np.ones(1)
    a, b = shape
    if not (np.isfinite([a, b]).all() and min(a, b) >= 0.5):
        raise InputError(f"both must be at least 0.5, not {a:g} and {b:g}", where="power_beta")
    x, w = np.polynomial.legendre.leggauss(n)
    u = (x + 1) * np.pi / 4
    weight = w * np.sin(u) ** (2 * a - 1) * np.cos(u) ** (2 * b - 1)
    return np.sin(u) ** 2, weight / weight.sum()


def raised(base: Pooled, power: Floats) -> Floats:
    """(k, n) density given each power."""
    return np.stack([base.density(float(a)) for a in power])
