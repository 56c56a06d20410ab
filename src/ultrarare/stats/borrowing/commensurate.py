"""The commensurate prior: the current control scatters around the history's common parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, require_positive
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.pooled import Pooled, pool
from ultrarare.stats.borrowing.prior import TOLERANCE, BorrowingPrior, change, vague_density

_NODES: Final = 48
_LARGEST: Final = 5.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeAndSlab:
    """τ is `spike` (close to 0) with probability `weight`, else even between `low` and `high`."""

    spike: float
    weight: float
    low: float
    high: float


def commensurate_prior(
    history: Evidence,
    *,
    tau_scale: float | None = None,
    spike_and_slab: SpikeAndSlab | None = None,
    mean_centre: float = 0.0,
    mean_sd: float,
    vague_weight: float = 0.0,
    finest: float | None = None,
) -> BorrowingPrior:
    """Prior of the current control's θ ~ N(θ₀, τ²), θ₀ known from the history as if of one piece.

    Args:
        history: earlier groups; they are taken to share θ₀.
        tau_scale: scale of a half-normal prior of τ; or
        spike_and_slab: a prior of τ that is either near 0 or wide.
        mean_centre: centre of the normal prior of θ₀ before any history.
        mean_sd: its sd, > 0.
        vague_weight: prior probability that the history does not apply at all.
        finest: smallest sd that the caller will multiply the density with.

    Raises:
        InputError: neither or both priors of τ, or a scale that is not above 0.
        NotComputable: halving the number of τ nodes moves the prior by more than 1e-3 sd.

    Notes:
        Hobbs et al. 2011 (commensurate), 2012 (spike and slab, there on the precision, here on the
        sd). A blur by N(0, τ²) is a product in Fourier space and exact on the grid. That the groups
        share θ₀ is an assumption of the method: spread between them is not used to learn τ.
    """
    if (tau_scale is None) == (spike_and_slab is None):
        raise InputError("give one of `tau_scale` and `spike_and_slab`", where="tau_scale")
    tau, weight = _nodes(tau_scale, spike_and_slab, _NODES)
    base = pool(
        history,
        mean_centre=mean_centre,
        mean_sd=mean_sd,
        widest=float(tau[weight > 1e-6].max()),
        finest=finest,
    )
    layers = blurred(base, tau)
    rough_tau, rough_weight = _nodes(tau_scale, spike_and_slab, _NODES // 2)
    error = change(base.theta, rough_weight @ blurred(base, rough_tau), weight @ layers)
    if error > TOLERANCE:
        raise NotComputable(
            f"halving the grid moves the prior by {error:.2g} of its sd, allowed is {TOLERANCE:g}",
            remedy="Choose a prior of τ nearer to the precision of the history.",
        )
    around = base.around
    unknown = history.kind == "normal" and history.unit_sd is None
    return BorrowingPrior(
        kind=history.kind,
        method="commensurate",
        theta=base.theta,
        layers=layers,
        layer_weight=weight,
        layer_value=tau,
        hyperparameter="tau",
        vague=vague_density(base.theta, history.kind, around=around, unit_sd=base.unit_sd),
        vague_weight=0.0,
        unit_sd=history.unit_sd,
        n_groups=history.n,
        borrowed=0.0 if unknown else history.information,
        quadrature_error=error,
        caveats=("the earlier groups are taken as one: spread between them is not modelled",)
        if history.n > 1
        else (),
    ).robust(vague_weight)


def _nodes(scale: float | None, mixed: SpikeAndSlab | None, n: int) -> tuple[Floats, Floats]:
    """Values of τ and their prior probabilities."""
    x, w = np.polynomial.legendre.leggauss(n)
    x, w = (x + 1) / 2, w / 2
    if mixed is None:
        require_positive(float("nan") if scale is None else scale, "tau_scale")
        tau = _LARGEST * float(scale or 0) * x**2
        weight = w * x * np.exp(-0.5 * (_LARGEST * x**2) ** 2)
        return tau, weight / weight.sum()
    require_positive(mixed.spike, "spike")
    if not 0 <= mixed.weight <= 1:
        raise InputError(f"must lie between 0 and 1, not {mixed.weight:g}", where="weight")
    if not 0 <= mixed.low < mixed.high:
        raise InputError(f"the slab runs from {mixed.low:g} to {mixed.high:g}", where="low")
    tau = np.concatenate(([mixed.spike], mixed.low + (mixed.high - mixed.low) * x))
    return tau, np.concatenate(([mixed.weight], (1 - mixed.weight) * w))


def blurred(base: Pooled, tau: Floats) -> Floats:
    """(k, n) the pooled posterior of θ₀ blurred by N(0, τ²), for each τ."""
    start = base.density(1.0)
    size = 1 << int(np.ceil(np.log2(2 * start.size)))
    omega = 2 * np.pi * np.fft.rfftfreq(size, d=base.step)
    blur = np.exp(-0.5 * (tau[:, None] * omega) ** 2)
    out = np.fft.irfft(np.fft.rfft(start, size) * blur, size, axis=1)[:, : start.size]
    out = np.maximum(out, 0.0)
    return np.asarray(out / (out.sum(axis=1, keepdims=True) * base.step))
