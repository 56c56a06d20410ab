"""The probability of being in the treated arm, by maximum or Firth's penalised likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrarare.stats.arrays import Flags, Floats, freeze
from ultrarare.stats.external.newton import fit_logistic


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Score:
    """Fitted probabilities of being treated."""

    coefficients: Floats  # (p + 1,), intercept first, on the covariates as given
    probability: Floats  # (m,)
    penalised: bool  # Firth's likelihood, because the arms were separated
    converged: bool

    def __post_init__(self) -> None:
        freeze(self)


def propensity(covariates: Floats, treated: Flags, *, penalised: bool | None = None) -> Score:
    """Fit a logistic regression of arm on covariates.

    Args:
        covariates: (m, p) finite values, no constant column.
        treated: (m,) flags, both arms present.
        penalised: Firth's likelihood; None takes it only where the plain one has no maximum.

    Notes:
        Newton's method with halved steps. Arms are separated where every treated person's score
        lies above every untreated one's, or a standardised coefficient exceeds 12. Firth 1993;
        Heinze and Schemper 2002. Checked in tests/oracles/test_external_oracle.py and
        tests/reference/test_external_weights.py.
    """
    mean, sd = covariates.mean(axis=0), covariates.std(axis=0)
    sd = np.where(sd > 0, sd, 1.0)
    design = np.column_stack((np.ones(treated.size), (covariates - mean) / sd))
    y, weight = treated.astype(np.float64), np.ones(treated.size)
    start = np.zeros(design.shape[1])
    start[0] = np.log(y.sum() / (y.size - y.sum()))
    beta, converged = fit_logistic(design, y, weight, start, 0.5 if penalised else 0.0, 60)
    firth = bool(penalised)
    if penalised is None and (not converged or separated(design @ beta, treated, beta)):
        beta, converged = fit_logistic(design, y, weight, start, 0.5, 200)
        firth = True
    slope = beta[1:] / sd
    return Score(
        coefficients=np.concatenate(([beta[0] - slope @ mean], slope)),
        probability=1 / (1 + np.exp(-(design @ beta))),
        penalised=firth,
        converged=bool(converged),
    )


def separated(score: Floats, treated: Flags, beta: Floats) -> bool:
    """Whether the arms are told apart without error, so that no maximum exists."""
    apart = float(score[treated].min()) > float(score[~treated].max())
    return apart or bool(np.abs(beta[1:]).max(initial=0.0) > 12)
