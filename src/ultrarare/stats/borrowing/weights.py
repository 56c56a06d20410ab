"""The answer against the weight of doubt, and the weight at which it turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.borrowing.densities import difference, probability_above
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.prior import BorrowingPrior, ControlPosterior, quantiles

_POINTS: Final = 41


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WeightCurve:
    """Effect at each prior weight of the vague part, 0 (all history) to 1 (none).

    Without a current control the curve ends before 1, where nobody would be compared with.
    """

    weight: Floats
    posterior_weight: Floats
    effect: Floats
    lower: Floats
    upper: Floats
    p_benefit: Floats
    threshold: float  # probability of benefit from which one concludes
    tipping_weight: float | None  # at which the conclusion turns; None if at no weight
    tipping_evidence: str  # what happens at it

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One clause."""
        return self.tipping_evidence

    def to_rows(self) -> list[dict[str, float]]:
        """One row a weight."""
        names = ("weight", "posterior_weight", "effect", "lower", "upper", "p_benefit")
        columns = [getattr(self, name).tolist() for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def weight_curve(
    prior: BorrowingPrior,
    after: ControlPosterior,
    treated_theta: Floats,
    treated: Floats,
    control: Evidence | None,
    *,
    sign: float,
    level: float,
) -> WeightCurve:
    """The comparison at every weight of the vague part.

    Args:
        prior: of the control.
        after: its posterior at any weight; only its two parts are used.
        treated_theta: (m,) grid of the treated θ, with the prior's step.
        treated: (m,) its density.
        control: the current control, which moves the weight.
        sign: 1 where more is better, −1 where less is.
        level: coverage of the interval; it concludes where P(benefit) reaches (1 + level)/2.

    Notes:
        Both parts of the posterior stay as they are, and only their mixture changes: with v the
        posterior weight, everything is linear in v, and v is a known function of the prior weight.
        So the tipping weight is a closed form and not a search.
    """
    at, known = difference(prior.theta, after.informative, treated_theta, treated)
    _, doubt = difference(prior.theta, after.vague, treated_theta, treated)
    log_odds = _log_bayes_factor(prior, control)
    weight = np.linspace(0.0, 1.0, _POINTS)[: None if control is not None else -1]
    with np.errstate(divide="ignore", over="ignore"):
        moved = 1 / (1 + (1 - weight) / weight * np.exp(log_odds))
    p0, p1 = (probability_above(at, d, sign) for d in (known, doubt))
    levels = ((1 - level) / 2, 0.5, (1 + level) / 2)
    limits = np.array([quantiles(at, (1 - v) * known + v * doubt, levels) for v in moved])
    m0, m1 = (float(at @ d / d.sum()) for d in (known, doubt))
    threshold = (1 + level) / 2
    tip = _tipping(p0, p1, threshold, log_odds)
    return WeightCurve(
        weight=weight,
        posterior_weight=moved,
        effect=(1 - moved) * m0 + moved * m1,
        lower=limits[:, 0],
        upper=limits[:, 2],
        p_benefit=(1 - moved) * p0 + moved * p1,
        threshold=threshold,
        tipping_weight=tip,
        tipping_evidence=_words(p0, threshold, tip),
    )


def _log_bayes_factor(prior: BorrowingPrior, control: Evidence | None) -> float:
    """Log of how much better the informative part foretold the current control."""
    if control is None:
        return 0.0
    log = control.log_likelihood(prior.theta).sum(axis=0)
    like = np.exp(log - log.max())
    known, doubt = float(prior.informative @ like), float(prior.vague @ like)
    return float(np.log(max(known, 1e-300)) - np.log(max(doubt, 1e-300)))


def _tipping(p0: float, p1: float, threshold: float, log_odds: float) -> float | None:
    """Prior weight at which P(benefit) is the threshold."""
    if (p0 >= threshold) == (p1 >= threshold):
        return None
    v = (p0 - threshold) / (p0 - p1)
    if v in {0.0, 1.0}:
        return v
    odds = v / (1 - v) * np.exp(log_odds)
    return float(odds / (1 + odds))


def _words(p0: float, threshold: float, tip: float | None) -> str:
    if tip is None:
        shown = "is" if p0 >= threshold else "is not"
        return f"benefit {shown} concluded at any weight of the vague part"
    if p0 >= threshold:
        return f"benefit is concluded up to weight {tip:.3g} on the vague part, and not beyond"
    return f"benefit is concluded only from weight {tip:.3g} on the vague part"
