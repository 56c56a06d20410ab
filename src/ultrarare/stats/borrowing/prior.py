"""A prior for the control's parameter, tabulated: layers over one hyperparameter, and a vague part.

Everything that follows from a prior (posterior, effective size, conflict) is a sum over its grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import expit

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.borrowing.evidence import Evidence, Kind

TOLERANCE: Final = 1e-3
"""Largest change, in sds of the prior, that halving its grid may make."""
_MOST_POINTS: Final = 1 << 15
_REACH: Final = 9.0
_LOGIT_REACH: Final = 16.0
_OUT_OF_REACH: Final = 1e-11


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BorrowingPrior:
    """Density (1−w)·Σ weight·layer + w·vague of θ on an even grid."""

    kind: Kind
    method: str
    theta: Floats  # (n,) even grid
    layers: Floats  # (k, n) density of θ given each value of the hyperparameter
    layer_weight: Floats  # (k,) prior probability of these values; adds to 1
    layer_value: Floats  # (k,) τ, or a₀
    hyperparameter: str
    vague: Floats  # (n,) density of one person's worth of information
    vague_weight: float
    unit_sd: float | None
    n_groups: int
    borrowed: float  # people, or exposure, in the groups borrowed from
    quadrature_error: float  # in sds of the prior, by halving the grid
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def step(self) -> float:
        """Distance of neighbouring grid points."""
        return float(self.theta[1] - self.theta[0])

    @property
    def informative(self) -> Floats:
        """(n,) density without the vague part."""
        return np.asarray(self.layer_weight @ self.layers)

    @property
    def density(self) -> Floats:
        """(n,) density of θ."""
        w = self.vague_weight
        return (1 - w) * self.informative + w * self.vague

    @property
    def one_person(self) -> Evidence:
        """Carries the kind and the unit of information; its data are not used."""
        one = np.ones(1)
        return Evidence(kind=self.kind, y=one, size=one, unit_sd=self.unit_sd)

    def robust(self, weight: float) -> BorrowingPrior:
        """The same prior with this weight on the vague part.

        Raises:
            InputError: the weight is not between 0 and 1.
        """
        if not 0 <= weight <= 1:
            raise InputError(f"must lie between 0 and 1, not {weight:g}", where="weight")
        return replace(self, vague_weight=float(weight))

    def summary(self) -> str:
        """One line: mean, sd and 95 % interval of θ."""
        mean, sd = moments(self.theta, self.density)
        low, high = quantiles(self.theta, self.density, (0.025, 0.975))
        line = (
            f"{self.method} prior of {self.n_groups} groups: mean {mean:.4g}, sd {sd:.3g}, "
            f"95% {low:.4g} to {high:.4g}; weight of the vague part {self.vague_weight:g}"
        )
        return "; ".join((line, *self.caveats))

    def to_rows(self) -> list[dict[str, float]]:
        """The density at about 200 points."""
        every = max(1, self.theta.size // 200)
        points = zip(self.theta[::every].tolist(), self.density[::every].tolist(), strict=True)
        return [{"theta": theta, "density": density} for theta, density in points]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ControlPosterior:
    """What is believed of the control once its own people are seen; all over the prior's grid."""

    density: Floats  # (n,)
    informative: Floats  # (n,) density if only the informative part is true
    vague: Floats  # (n,) density if only the vague part is true
    vague_weight: float  # posterior probability of the vague part
    layer_weight: Floats  # (k,) posterior probability of the hyperparameter's values

    def __post_init__(self) -> None:
        freeze(self)


def posterior(prior: BorrowingPrior, current: Evidence | None) -> ControlPosterior:
    """The prior after the current control's people.

    Raises:
        NotComputable: the data lie where the history gives no probability and there is no vague
            part to fall back on.
    """
    if current is None:
        like = np.ones_like(prior.theta)
    else:
        log = current.log_likelihood(prior.theta).sum(axis=0)
        like = np.exp(log - log.max())
    joint = prior.layers * like
    masses = joint.sum(axis=1) * prior.step
    known = float(prior.layer_weight @ masses)
    doubt = float(np.sum(prior.vague * like)) * prior.step
    total = (1 - prior.vague_weight) * known + prior.vague_weight * doubt
    if prior.vague_weight == 0 and known < _OUT_OF_REACH:
        raise NotComputable(
            "the current control lies where the history gives no probability",
            remedy="Give the vague part a weight, or do not borrow.",
        )
    informative = prior.layer_weight @ joint / max(known, 1e-300)
    vague = prior.vague * like / (doubt * 1.0)
    share = prior.vague_weight * doubt / total
    return ControlPosterior(
        density=(1 - share) * informative + share * vague,
        informative=informative,
        vague=vague,
        vague_weight=share,
        layer_weight=prior.layer_weight * masses / max(known, 1e-300),
    )


def moments(theta: Floats, density: Floats) -> tuple[float, float]:
    """Mean and sd of a density on an even grid."""
    mass = density / density.sum()
    mean = float(mass @ theta)
    return mean, float(np.sqrt(mass @ (theta - mean) ** 2))


def quantiles(theta: Floats, density: Floats, levels: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of a density on an even grid.

    Notes:
        Each point stands for the cell around it, in which the density runs straight at the slope of
        its neighbours; the quadratic is solved by Newton's steps from the even cell's answer.
    """
    cells = _cells(density)
    total = float(cells.sum())
    cdf = np.concatenate(([0.0], np.cumsum(cells) / total))
    step = float(theta[1] - theta[0])
    out = []
    for level in levels:
        i = min(int(np.searchsorted(cdf, level, side="left")), density.size) - 1
        i = max(i, 0)
        mass = float(cells[i]) / total
        slope = _slope(density, i) / total
        inside = at = min(max((level - cdf[i]) / mass, 0.0), 1.0) - 0.5 if mass > 0 else 0.0
        for _ in range(3):
            here = mass + slope * at
            if here > 0.1 * mass:
                error = mass * (at + 0.5) + slope * (at**2 - 0.25) / 2 - (level - cdf[i])
                at = min(max(at - error / here, -0.5), 0.5)
            else:
                at = inside
        out.append(float(theta[i] + at * step))
    return tuple(out)


def _cells(density: Floats) -> Floats:
    """Mean density over the cell around each point: its own value and a part of the bend."""
    bend = np.zeros_like(density)
    bend[1:-1] = (density[2:] - 2 * density[1:-1] + density[:-2]) / 24
    return np.maximum(density + bend, 0.0)


def _slope(density: Floats, i: int) -> float:
    """Rise of the density over the cell around a point."""
    low, high = max(i - 1, 0), min(i + 1, density.size - 1)
    return float((density[high] - density[low]) / (high - low))


def probability_below(theta: Floats, density: Floats, at: float) -> float:
    """P(θ ≤ at) of a density on an even grid, straight within the cell around a point."""
    step = float(theta[1] - theta[0])
    cells = _cells(density)
    i = round((at - float(theta[0])) / step)
    if i < 0 or i >= density.size:
        return 0.0 if i < 0 else 1.0
    inside = (at - float(theta[i])) / step
    here = float(cells[i]) * (inside + 0.5) + _slope(density, i) * (inside**2 - 0.25) / 2
    return min(1.0, max(0.0, (float(cells[:i].sum()) + here) / float(cells.sum())))


def change(theta: Floats, coarse: Floats, fine: Floats) -> float:
    """How far two densities on one grid lie apart: largest move of mean, sd or limits, in sds."""
    sd = moments(theta, fine)[1]
    levels = (0.025, 0.5, 0.975)
    a = (*moments(theta, coarse), *quantiles(theta, coarse, levels))
    b = (*moments(theta, fine), *quantiles(theta, fine, levels))
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) / sd


def even_grid(
    lowest: float, highest: float, *, finest: float, kind: Kind, around: float, vague_sd: float
) -> Floats:
    """Even grid that holds the history, the vague part, and four points in the finest sd.

    Raises:
        NotComputable: that would need too many points.
    """
    if kind == "binary":
        low, high = min(lowest, -_LOGIT_REACH), max(highest, _LOGIT_REACH)
    elif kind == "count":  # the log of an exponential variable has a long lower tail
        low, high = min(lowest, around - _LOGIT_REACH), max(highest, around + 5.0)
    else:
        low = min(lowest, around - _REACH * vague_sd)
        high = max(highest, around + _REACH * vague_sd)
    points = int(np.ceil((high - low) * 4 / finest)) | 1
    if points > _MOST_POINTS:
        raise NotComputable(
            "the history is too precise beside the width of the initial prior for one grid",
            remedy="Use a narrower initial prior, or pool the groups.",
        )
    return np.linspace(low, high, max(points, 1025))


def vague_density(theta: Floats, kind: Kind, *, around: float, unit_sd: float | None) -> Floats:
    """One person's worth of information: N(around, sd²); uniform in p; exponential in the rate.

    Args:
        theta: (n,) grid.
        kind: which scale θ is on.
        around: centre of the history, in θ.
        unit_sd: sd of one person's value, for a mean.
    """
    if kind == "normal":
        sd = 1.0 if unit_sd is None else unit_sd
        out = np.exp(-0.5 * ((theta - around) / sd) ** 2)
    elif kind == "binary":
        p = expit(theta)
        out = p * (1 - p)
    else:
        out = np.exp(theta - around - np.exp(theta - around))
    return np.asarray(out / (out.sum() * (theta[1] - theta[0])))
