"""The meta-analytic predictive prior: what a new control group would be, given earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, require_positive
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.prior import (
    TOLERANCE,
    BorrowingPrior,
    change,
    even_grid,
    moments,
    vague_density,
)

_LARGEST: Final = 5.5
"""Between-group sd up to this many scales of its half-normal prior is looked at."""
_REACH: Final = 9.0
_FEW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fineness:
    tau: int
    mu: int
    theta: int


_START: Final = _Fineness(tau=40, mu=51, theta=11)
_TRIES: Final = 3


def meta_analytic_prior(
    history: Evidence,
    *,
    tau_scale: float,
    mean_centre: float = 0.0,
    mean_sd: float,
    vague_weight: float = 0.0,
    finest: float | None = None,
) -> BorrowingPrior:
    """Predictive distribution of a new group's θ given earlier groups.

    Args:
        history: earlier groups, one or more.
        tau_scale: scale of the half-normal prior of τ, the sd between groups, in θ; > 0.
        mean_centre: centre of the normal prior of the overall mean, in θ.
        mean_sd: its sd, > 0.
        vague_weight: prior probability that the history does not apply (robust when > 0).
        finest: smallest sd that the caller will multiply the density with; refines the grid.

    Raises:
        InputError: a scale that is not above 0, or a weight outside 0 to 1.
        NotComputable: halving the grid moves the prior by more than 1e-3 sd.

    Notes:
        θᵢ ~ N(μ, τ²), μ ~ N(centre, sd²), τ half-normal (Neuenschwander et al. 2010; the robust
        mixture, Schmidli et al. 2014). Given τ a mean's predictive is normal in closed form. For
        proportions and rates each group's θᵢ is integrated out by adaptive Gauss–Hermite, μ by an
        even sum, and the step from μ to a new θ is a product in Fourier space, exact at small τ.
        τ by Gauss–Legendre, denser towards 0. Checked in tests/oracles/test_borrowing_oracle.py
        and against published draws in tests/reference/test_borrowing.py.
    """
    require_positive(tau_scale, "tau_scale")
    require_positive(mean_sd, "mean_sd")
    prior_of_mean = (mean_centre, mean_sd)
    fine = _START
    for _ in range(_TRIES):
        tau, weight, layers, theta = _tabulate(history, tau_scale, prior_of_mean, fine, finest)
        half = _Fineness(tau=fine.tau // 2, mu=fine.mu // 2 | 1, theta=fine.theta // 2)
        _, rough_weight, rough, _ = _tabulate(
            history, tau_scale, prior_of_mean, half, finest, theta=theta
        )
        error = change(theta, rough_weight @ rough, weight @ layers)
        if error <= TOLERANCE:
            break
        fine = _Fineness(tau=2 * fine.tau, mu=2 * fine.mu | 1, theta=2 * fine.theta)
    else:
        raise NotComputable(
            f"halving the grid moves the prior by {error:.2g} of its sd, allowed is {TOLERANCE:g}",
            remedy="Choose a between-group scale nearer to what the groups show.",
        )
    around = moments(theta, weight @ layers)[0]
    return BorrowingPrior(
        kind=history.kind,
        method="meta-analytic predictive",
        theta=theta,
        layers=layers,
        layer_weight=weight,
        layer_value=tau,
        hyperparameter="tau",
        vague=vague_density(theta, history.kind, around=around, unit_sd=_spread(history)),
        vague_weight=0.0,
        unit_sd=history.unit_sd,
        n_groups=history.n,
        borrowed=0.0 if _unknown_unit(history) else history.information,
        quadrature_error=error,
        caveats=_caveats(history),
    ).robust(vague_weight)


def _unknown_unit(history: Evidence) -> bool:
    return history.kind == "normal" and history.unit_sd is None


def _spread(history: Evidence) -> float:
    """Sd of one person's value; the largest standard error where it is not known."""
    return float(history.size.max()) if history.unit_sd is None else history.unit_sd


def _caveats(history: Evidence) -> tuple[str, ...]:
    said = []
    if history.n < _FEW:
        said.append(
            f"{history.n} earlier group{'s' if history.n > 1 else ''}: the spread between groups "
            "is the prior's and not the data's"
        )
    if _unknown_unit(history):
        said.append(
            "the sd of one person's value is not given: what the prior is worth is not stated, "
            "and the vague part is as wide as the least precise group"
        )
    return tuple(said)


def _tabulate(
    history: Evidence,
    tau_scale: float,
    prior_of_mean: tuple[float, float],
    fine: _Fineness,
    finest: float | None,
    *,
    theta: Floats | None = None,
) -> tuple[Floats, Floats, Floats, Floats]:
    """τ nodes, their posterior weights, densities of a new θ given each, and the grid of θ."""
    x, weight = np.polynomial.legendre.leggauss(fine.tau)
    x = (x + 1) / 2
    tau = _LARGEST * tau_scale * x**2
    log_prior = -0.5 * (tau / tau_scale) ** 2 + np.log(weight * x)
    if history.kind == "normal":
        log, mean, var = _normal_given(history, tau, prior_of_mean)
        grids = None
    else:
        log, grids, density = _mean_given(history, tau, prior_of_mean, fine)
        mean, var = _grid_moments(grids, density)
    posterior = np.exp(log + log_prior - (log + log_prior).max())
    posterior /= posterior.sum()
    if theta is None:
        theta = _grid(history, posterior, tau, mean, var, finest)
    if grids is None:
        sd = np.sqrt(var + tau**2)[:, None]
        layers = np.exp(-0.5 * ((theta - mean[:, None]) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    else:
        layers = _convolved(theta, grids, density, tau)
    step = theta[1] - theta[0]
    return tau, posterior, layers / (layers.sum(axis=1, keepdims=True) * step), theta


def _grid(
    history: Evidence,
    weight: Floats,
    tau: Floats,
    mean: Floats,
    var: Floats,
    finest: float | None,
) -> Floats:
    """Where a new θ can lie, as far as any τ of some weight takes it."""
    # As far as each τ puts a density that, times its weight, is above 1e-15 of the largest.
    reach = np.sqrt(var + tau**2) * np.sqrt(2 * np.maximum(np.log(1e15 * weight + 1e-300), 0.0))
    smallest = min(float(np.sqrt(var).min()), np.inf if finest is None else finest)
    return even_grid(
        float((mean - reach).min()),
        float((mean + reach).max()),
        finest=smallest,
        kind=history.kind,
        around=float(weight @ mean),
        vague_sd=_spread(history),
    )


def _normal_given(
    history: Evidence, tau: Floats, prior_of_mean: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """Log marginal likelihood of τ, and mean and variance of μ given it, in closed form."""
    centre, sd = prior_of_mean
    precision = 1 / (history.size**2 + tau[:, None] ** 2)
    total = precision.sum(axis=1) + sd**-2
    mean = (precision @ history.y + centre * sd**-2) / total
    rest = (precision * (history.y - mean[:, None]) ** 2).sum(axis=1) + ((mean - centre) / sd) ** 2
    log = 0.5 * (np.log(precision).sum(axis=1) - np.log(total) - rest)
    return log, mean, 1 / total


def _mean_given(
    history: Evidence, tau: Floats, prior_of_mean: tuple[float, float], fine: _Fineness
) -> tuple[Floats, Floats, Floats]:
    """Log marginal likelihood of τ, and for each τ a grid of μ (t, m) with its density (t, m)."""
    centre, sd = prior_of_mean
    m, s = history.approximation()
    precision = 1 / (s**2 + tau[:, None] ** 2)
    total = precision.sum(axis=1) + sd**-2
    mean, var = (precision @ m + centre * sd**-2) / total, 1 / total
    # First wide and rough, for the normal approximation may be far off; then where the mass is.
    for reach, points in ((2.5 * _REACH, 31), (1.5 * _REACH, 31), (_REACH, fine.mu)):
        mu = mean[:, None] + reach * np.sqrt(var)[:, None] * np.linspace(-1.0, 1.0, points)
        log = -0.5 * ((mu - centre) / sd) ** 2 - np.log(sd)
        log = log + _log_marginals(history, mu, tau, fine.theta if reach == _REACH else 5)
        top = log.max(axis=1, keepdims=True)
        density = np.exp(log - top)
        mean, var = _grid_moments(mu, density)
    step = mu[:, 1] - mu[:, 0]
    mass = density.sum(axis=1) * step
    return top[:, 0] + np.log(mass), mu, density / mass[:, None]


def _grid_moments(grids: Floats, density: Floats) -> tuple[Floats, Floats]:
    """Mean and variance along each row; the variance is never below the square of one step."""
    mass = density / density.sum(axis=1, keepdims=True)
    mean = (mass * grids).sum(axis=1)
    var = (mass * (grids - mean[:, None]) ** 2).sum(axis=1)
    return mean, np.maximum(var, (grids[:, 1] - grids[:, 0]) ** 2 / 4)


def _log_marginals(history: Evidence, mu: Floats, tau: Floats, nodes: int) -> Floats:
    """Σᵢ log ∫ Lᵢ(θ) N(θ; μ, τ²) dθ at each (t, m), by Gauss–Hermite around each mode."""
    z, w = np.polynomial.hermite_e.hermegauss(nodes)
    log_w = np.log(w) + 0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    tight = tau[:, None] ** -2
    out = np.zeros_like(mu)
    for y, size, m, s in zip(history.y, history.size, *history.approximation(), strict=True):
        one = Evidence(kind=history.kind, y=np.array([y]), size=np.array([size]))
        theta = (m / s**2 + mu * tight) / (s**-2 + tight)
        for _ in range(12):
            info = size * one.unit_information(theta)
            slope = y - size * one.natural(theta) - (theta - mu) * tight
            move = np.clip(slope / (info + tight), -1.0, 1.0)
            theta = theta + move
            if np.abs(move).max() < 1e-6:
                break
        sd = 1 / np.sqrt(size * one.unit_information(theta) + tight)
        at = theta[..., None] + sd[..., None] * z
        log = one.log_likelihood(at)[0] - 0.5 * (at - mu[..., None]) ** 2 * tight[..., None] + log_w
        top = log.max(axis=-1)
        out += top + np.log(np.exp(log - top[..., None]).sum(axis=-1) * sd / tau[:, None])
    return out


def _convolved(theta: Floats, grids: Floats, density: Floats, tau: Floats) -> Floats:
    """(t, n) density of a new θ: the density of μ given τ, blurred by N(0, τ²) in Fourier space."""
    step = theta[1] - theta[0]
    base = np.zeros((tau.size, theta.size))
    log = np.log(np.maximum(density, 1e-300))
    for row, (mu, values) in enumerate(zip(grids, log, strict=True)):
        inside = (theta >= mu[0]) & (theta <= mu[-1])
        base[row, inside] = np.exp(CubicSpline(mu, values)(theta[inside]))
    size = 1 << int(np.ceil(np.log2(2 * theta.size)))
    omega = 2 * np.pi * np.fft.rfftfreq(size, d=step)
    blur = np.exp(-0.5 * (tau[:, None] * omega) ** 2)
    out = np.fft.irfft(np.fft.rfft(base, size, axis=1) * blur, size, axis=1)[:, : theta.size]
    return np.maximum(out, 0.0)
