"""Weights that make untreated people count as the treated: odds, overlap, entropy balancing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Flags, Floats, freeze
from ultrarare.stats.external.logistic import Score, propensity
from ultrarare.stats.external.newton import balance_entropy

WeightMethod = Literal["odds", "overlap", "entropy"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Weights:
    """Weights of both arms; each arm's sum to 1."""

    method: WeightMethod
    treated: Floats  # (n,)
    untreated: Floats  # (N,)
    score: Score | None  # the propensity score, where one was fitted
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def effective_size(self) -> float:
        """Kish's size of the weighted untreated arm: equally weighted people of like precision."""
        return effective_size(self.untreated)

    @property
    def largest(self) -> float:
        """Share of the untreated arm's weight that one person carries."""
        return float(self.untreated.max())

    @property
    def estimand(self) -> str:
        """Whom the comparison is about."""
        return "people in whom both arms overlap" if self.method == "overlap" else "the treated"


def effective_size(weights: Floats) -> float:
    """(Σw)² / Σw² (Kish 1965): between 1 and the number of people."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def weigh(method: WeightMethod, covariates: Floats, treated: Flags) -> Weights:
    """Weights by one method.

    Args:
        method: `odds` (e/(1−e) for untreated people: the effect in the treated), `overlap`
            (1−e for treated, e for untreated people: the effect where the arms overlap) or
            `entropy` (untreated means made equal to the treated ones, weights otherwise as even
            as can be: the effect in the treated).
        covariates: (m, p) finite values.
        treated: (m,) flags.

    Raises:
        NotComputable: entropy balancing, and the treated mean lies outside the untreated people.

    Notes:
        Overlap weights of an unpenalised logistic score balance the means exactly. Li, Morgan
        and Zaslavsky 2018; Hainmueller 2012; Kish 1965. Checked in
        tests/reference/test_external_weights.py.
    """
    if method == "entropy":
        return _entropy(covariates, treated)
    score = propensity(covariates, treated)
    e = score.probability
    own, other = np.ones(int(treated.sum())), np.exp(_logit(score, covariates))[~treated]
    if method == "overlap":
        own, other = 1 - e[treated], e[~treated]
    return Weights(
        method=method,
        treated=own / own.sum(),
        untreated=other / other.sum(),
        score=score,
        caveats=_score_caveats(score),
    )


def _logit(score: Score, covariates: Floats) -> Floats:
    eta = score.coefficients[0] + covariates @ score.coefficients[1:]
    return np.asarray(np.minimum(eta, 700.0), dtype=np.float64)


def _score_caveats(score: Score) -> tuple[str, ...]:
    said = []
    if score.penalised:
        said.append(
            "the covariates separate the arms: the score is fitted by Firth's penalised "
            "likelihood, and weights rest on its shrinkage"
        )
    if not score.converged:
        said.append("the fit of the score did not converge")
    return tuple(said)


def _entropy(covariates: Floats, treated: Flags) -> Weights:
    mean, sd = covariates[~treated].mean(axis=0), covariates[~treated].std(axis=0)
    scaled = (covariates - mean) / np.where(sd > 0, sd, 1.0)
    distance = np.ascontiguousarray(scaled[~treated] - scaled[treated].mean(axis=0))
    base = np.full(distance.shape[0], 1 / distance.shape[0])
    weight, _, met = balance_entropy(distance, base, np.zeros(distance.shape[1]), 200)
    if not met:
        raise NotComputable(
            "no weights of the untreated people give them the covariate means of the treated",
            remedy="Bring untreated people on both sides of the treated mean, or fewer covariates.",
        )
    n = int(treated.sum())
    return Weights(
        method="entropy",
        treated=np.full(n, 1 / n),
        untreated=weight,
        score=None,
        caveats=(),
    )
