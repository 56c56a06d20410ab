"""What borrowing costs when the control has drifted: error rates by enumeration, not simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import binom, poisson

from ultrarare.stats.arrays import Floats, finite_vector, freeze
from ultrarare.stats.borrowing.densities import treated_density
from ultrarare.stats.borrowing.evidence import Evidence, Kind
from ultrarare.stats.borrowing.prior import BorrowingPrior, moments
from ultrarare.stats.regression import Direction

_POINTS: Final = 161


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OperatingCharacteristics:
    """At each drift of the control (θ minus the prior's mean): what a planned comparison does."""

    drift: Floats
    false_benefit: Floats  # no effect, benefit concluded
    false_harm: Floats  # no effect, harm concluded
    power: Floats  # benefit concluded at the effect asked for
    bias: Floats  # of the posterior mean of the control's θ
    threshold: float
    effect: float
    averaged: float  # false benefit, mean over the prior's own drift
    kind: Kind

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def worst(self) -> tuple[float, float]:
        """Largest false benefit among the drifts, and the drift."""
        at = int(np.argmax(self.false_benefit))
        return float(self.false_benefit[at]), float(self.drift[at])

    @property
    def coverage(self) -> Floats:
        """Of the interval, where there is no effect."""
        return np.asarray(1 - self.false_benefit - self.false_harm)

    def summary(self) -> str:
        """One clause, the worst case with it."""
        worst, at = self.worst
        return (
            f"benefit is concluded falsely in {self.averaged:.3f} of trials averaged over the "
            f"prior, and in {worst:.3f} at the worst drift looked at ({at:+.3g})"
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a drift."""
        names = ("drift", "false_benefit", "false_harm", "power", "bias", "coverage")
        columns = [getattr(self, name).tolist() for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def operating_characteristics(
    prior: BorrowingPrior,
    *,
    treated_size: float,
    control_size: float | None = None,
    direction: Direction,
    drift: ArrayLike,
    effect: float = 0.0,
    level: float = 0.95,
) -> OperatingCharacteristics:
    """How often a comparison of this size concludes wrongly, by drift of the control.

    Args:
        prior: of the control's θ.
        treated_size: standard error of the treated mean; treated people; or their exposure.
        control_size: the same of the current control; None without one.
        direction: which values are better.
        drift: (d,) true θ of the control minus the prior's mean.
        effect: size of the true effect in θ at which power is asked for, ≥ 0.
        level: benefit is concluded where its posterior probability reaches (1 + level)/2.

    Notes:
        Every outcome of both groups is enumerated for proportions and counts; for means the
        smallest treated mean that concludes is found for each mean of the control, and the
        rest is the normal distribution.
    """
    drifts = finite_vector(drift, "drift")
    mean, sd = moments(prior.theta, prior.robust(0).density)
    sign = 1.0 if direction == "higher" else -1.0
    own = mean + sd * np.linspace(-4, 4, 81)  # the prior's own drifts, to average over
    theta = np.concatenate((mean + drifts, own))
    table = _normal_table if prior.kind == "normal" else _count_table
    rates = table(prior, treated_size, control_size, theta, (1 + level) / 2, sign * abs(effect))
    up, down, power_up, power_down, bias = rates
    good, bad, power = (up, down, power_up) if sign > 0 else (down, up, power_down)
    d = drifts.size
    weight = np.interp(own, prior.theta, prior.density)
    return OperatingCharacteristics(
        drift=drifts,
        false_benefit=good[:d],
        false_harm=bad[:d],
        power=power[:d],
        bias=bias[:d],
        threshold=(1 + level) / 2,
        effect=abs(effect),
        averaged=float(weight @ good[d:] / weight.sum()),
        kind=prior.kind,
    )


def _controls(prior: BorrowingPrior, size: float | None, outcomes: Floats) -> tuple[Floats, Floats]:
    """(c, n) posterior mass of the control for each of its outcomes, and (c,) posterior means."""
    mass = prior.density[None, :]
    if size is not None:
        each = np.full(outcomes.size, size)
        groups = Evidence(kind=prior.kind, y=outcomes, size=each, unit_sd=prior.unit_sd)
        log = groups.log_likelihood(prior.theta)
        mass = mass * np.exp(log - log.max(axis=1, keepdims=True))
    mass = mass / mass.sum(axis=1, keepdims=True)
    return mass, mass @ prior.theta


def _normal_table(
    prior: BorrowingPrior,
    treated_se: float,
    control_se: float | None,
    theta: Floats,
    threshold: float,
    effect: float,
) -> tuple[Floats, ...]:
    low, high = float(theta.min()), float(theta.max())
    spread = control_se or 0.0
    seen = np.linspace(low - 6 * spread, high + 6 * spread, _POINTS if spread else 1)
    mass, means = _controls(prior, control_se, seen)
    keep = mass.max(axis=0) > 1e-14
    ends = prior.theta[keep][[0, -1]]
    ends = np.array([min(low, ends[0]), max(high, ends[1])]) + np.array([-6, 6]) * treated_se
    points = int(np.clip((ends[1] - ends[0]) * 10 / treated_se, 400, 4000))
    y = np.linspace(float(ends[0]), float(ends[1]), points)
    every = max(1, int(treated_se / (8 * prior.step)))  # the treated sd needs no finer cells
    starts = np.arange(0, int(keep.sum()), every)
    cells = np.add.reduceat(mass[:, keep], starts, axis=1)
    centres = np.add.reduceat(prior.theta[keep], starts) / np.diff(np.append(starts, keep.sum()))
    above = np.clip(ndtr((y[:, None] - centres) / treated_se) @ cells.T, 1e-15, 1 - 1e-15)
    limit = float(ndtri(threshold))  # on the normal scale P bends less between two points of y
    upper = np.array([np.interp(limit, column, y) for column in ndtri(above).T])
    lower = np.array([np.interp(-limit, column, y) for column in ndtri(above).T])
    chance = np.ones((theta.size, 1))
    if control_se is not None:
        chance = np.exp(-0.5 * ((seen - theta[:, None]) / control_se) ** 2)
        chance /= chance.sum(axis=1, keepdims=True)

    def rate(limit: Floats, shift: float, sign: float) -> Floats:
        z = sign * (theta[:, None] + shift - limit) / treated_se
        return np.asarray((chance * ndtr(z)).sum(axis=1))

    bias = chance @ means - theta
    return (
        rate(upper, 0.0, 1.0),
        rate(lower, 0.0, -1.0),
        rate(upper, effect, 1.0),
        rate(lower, effect, -1.0),
        bias,
    )


def _count_table(
    prior: BorrowingPrior,
    treated_size: float,
    control_size: float | None,
    theta: Floats,
    threshold: float,
    effect: float,
) -> tuple[Floats, ...]:
    seen = _outcomes(prior, control_size, theta)
    treated = _outcomes(prior, treated_size, np.concatenate((theta, theta + effect)))
    mass, means = _controls(prior, control_size, seen)
    rows = []
    for y in treated:
        one = Evidence(kind=prior.kind, y=np.array([y]), size=np.array([treated_size]))
        at, density = treated_density(one, prior.step)
        cdf = np.cumsum(density) / density.sum()
        rows.append(1 - np.interp(prior.theta, at + prior.step / 2, cdf, left=0.0, right=1.0))
    above = np.array(rows) @ mass.T  # (treated outcomes, control outcomes)
    up, down = above >= threshold, above <= 1 - threshold
    chance_c = (
        np.ones((theta.size, 1))
        if control_size is None
        else _chances(prior, seen, control_size, theta)
    )
    out = []
    for shift in (0.0, effect):
        chance_t = _chances(prior, treated, treated_size, theta + shift)
        out += [((chance_t @ decided) * chance_c).sum(axis=1) for decided in (up, down)]
    return (*out, chance_c @ means - theta)


def _outcomes(prior: BorrowingPrior, size: float | None, theta: Floats) -> Floats:
    """Every number of events that can be seen."""
    if size is None:
        return np.zeros(1)
    if prior.kind == "binary":
        return np.arange(int(size) + 1, dtype=np.float64)
    largest = size * float(np.exp(theta.max()))
    most = int(largest + 8 * np.sqrt(largest) + 10)
    return np.arange(min(most, 2000) + 1, dtype=np.float64)


def _chances(prior: BorrowingPrior, outcomes: Floats, size: float, theta: Floats) -> Floats:
    """(d, outcomes) probability of each outcome at each true θ."""
    natural = prior.one_person.natural(theta)[:, None]
    if prior.kind == "binary":
        return np.asarray(binom.pmf(outcomes, int(size), natural))
    return np.asarray(poisson.pmf(outcomes, size * natural))
