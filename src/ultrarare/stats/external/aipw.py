"""The effect in the treated by two models at once: one of the arm, one of the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Flags, Floats
from ultrarare.stats.external.logistic import propensity
from ultrarare.words import counted

FEWEST_FOR_ATE: Final = 20
FEWEST_FOR_CROSS_FIT: Final = 30
_FOLDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmented:
    """Augmented inverse-probability-weighted difference of means."""

    estimate: float
    estimand: str
    cross_fit: bool
    penalised: bool  # Firth's likelihood was needed for the score
    robust_se: float  # of the influence function; too small with few treated people
    caveats: tuple[str, ...]


def aipw(
    outcome: Floats,
    treated: Flags,
    covariates: Floats,
    *,
    estimand: str = "att",
    rng: np.random.Generator,
) -> Augmented:
    """Estimate the mean difference in the treated (`att`) or in everybody (`ate`).

    Args:
        outcome: (m,) finite.
        treated: (m,) flags.
        covariates: (m, p) finite.
        estimand: `att` or `ate`.
        rng: splits people into folds; used with 30 or more treated only.

    Raises:
        InputError: another estimand.
        NotComputable: `ate` with fewer than 20 treated people.

    Notes:
        Linear outcome model fitted on untreated people (for `ate` on each arm), logistic score.
        Right in large samples where either model is (Robins, Rotnitzky and Zhao 1994); untreated
        weights are normalised. With fewer than 30 treated people nothing is left for folds, so
        both models are fitted on everybody.
    """
    if estimand not in {"att", "ate"}:
        raise InputError(f"{estimand!r} is no estimand; allowed are att and ate", where="estimand")
    n = int(treated.sum())
    if estimand == "ate" and n < FEWEST_FOR_ATE:
        raise NotComputable(
            f"an effect in everybody asks what {counted(n, 'treated person')} say of people "
            "unlike them; "
            f"needed are at least {FEWEST_FOR_ATE}",
            remedy="Ask for the effect in the treated.",
        )
    cross = n >= FEWEST_FOR_CROSS_FIT
    fold = _folds(treated, rng) if cross else np.zeros(treated.size, np.int64)
    score, mean0, mean1 = (np.empty(treated.size) for _ in range(3))
    penalised = False
    for k in np.unique(fold):
        inside = fold == k
        fit = ~inside if cross else inside
        model = propensity(covariates[fit], treated[fit])
        penalised |= model.penalised
        design = np.column_stack((np.ones(treated.size), covariates))
        score[inside] = 1 / (1 + np.exp(-np.clip(design[inside] @ model.coefficients, -700, 700)))
        mean0[inside] = design[inside] @ _least_squares(design, outcome, fit & ~treated)
        if estimand == "ate":
            mean1[inside] = design[inside] @ _least_squares(design, outcome, fit & treated)
    if estimand == "att":
        estimate, influence = _att(outcome, treated, score, mean0)
    else:
        estimate, influence = _ate(outcome, treated, score, mean0, mean1)
    return Augmented(
        estimate=estimate,
        estimand=estimand,
        cross_fit=cross,
        penalised=penalised,
        robust_se=float(np.sqrt((influence**2).sum()) / treated.size),
        caveats=_caveats(penalised=penalised, n=n),
    )


def _folds(treated: Flags, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Folds with the same share of treated people."""
    fold = np.empty(treated.size, np.int64)
    for arm in (True, False):
        who = rng.permutation(np.flatnonzero(treated == arm))
        fold[who] = np.arange(who.size) % _FOLDS
    return fold


def _least_squares(design: Floats, outcome: Floats, rows: Flags) -> Floats:
    return np.asarray(np.linalg.lstsq(design[rows], outcome[rows], rcond=None)[0], np.float64)


def _att(y: Floats, a: Flags, e: Floats, mean0: Floats) -> tuple[float, Floats]:
    rest, odds = y - mean0, e / (1 - e)
    total = float(odds[~a].sum())
    gap = float(rest[a].mean())
    drift = float(odds[~a] @ rest[~a]) / total
    influence = np.where(
        a, (rest - gap) * a.size / a.sum(), -(rest - drift) * odds * a.size / total
    )
    return gap - drift, np.asarray(influence, dtype=np.float64)


def _ate(y: Floats, a: Flags, e: Floats, mean0: Floats, mean1: Floats) -> tuple[float, Floats]:
    each = mean1 - mean0 + np.where(a, (y - mean1) / e, -(y - mean0) / (1 - e))
    return float(each.mean()), np.asarray(each - each.mean(), dtype=np.float64)


def _caveats(*, penalised: bool, n: int) -> tuple[str, ...]:
    said = []
    if penalised:
        said.append("the covariates separate the arms: the score is Firth's")
    if n < FEWEST_FOR_CROSS_FIT:
        said.append("without cross-fitting: the models have seen the people they predict")
    return tuple(said)
