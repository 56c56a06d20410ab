"""The restricted likelihood of y = Xβ + Zu + e with X = Z = [1, t], from sums for each person.

Everything the likelihood needs of a person are Z'Z (2×2), Z'y (2) and y'y, so one evaluation costs
a few vector operations over people, however many visits there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrarare.stats.arrays import Counts, Floats, freeze


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PersonSums:
    """Sufficient sums; every array has shape (n_people,)."""

    visits: Floats
    t: Floats  # Σt
    tt: Floats  # Σt²
    y: Floats  # Σy
    ty: Floats  # Σty
    yy: Floats  # Σy²
    distinct_times: Counts

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n_people(self) -> int:
        """How many people."""
        return self.visits.size

    @property
    def n_visits(self) -> int:
        """How many visits of all people."""
        return int(self.visits.sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solution:
    """What follows from one value of the relative covariance."""

    beta: Floats
    beta_cov: Floats
    random_cov: Floats
    sigma2: float
    loglik: float

    def __post_init__(self) -> None:
        freeze(self)


def sums_by_person(person: Counts, t: Floats, y: Floats) -> PersonSums:
    """Sums over each person's visits.

    Args:
        person: (n,) whose visit it is.
        t: (n,) time, centred and scaled by the caller.
        y: (n,) value, centred and scaled by the caller.
    """
    _, who = np.unique(person, return_inverse=True)
    moments = np.unique(np.column_stack((who, t)), axis=0)[:, 0].astype(np.int64)

    def total(values: Floats) -> Floats:
        return np.bincount(who, weights=values).astype(np.float64)

    return PersonSums(
        visits=total(np.ones_like(t)),
        t=total(t),
        tt=total(t * t),
        y=total(y),
        ty=total(t * y),
        yy=total(y * y),
        distinct_times=np.bincount(moments),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Pieces:
    """Generalised least squares at one relative covariance, all divided by σ²."""

    log_det_v: float
    xvx: Floats  # (2, 2)
    beta: Floats  # (2,)
    rss: float


def _pieces(theta: Floats, s: PersonSums) -> _Pieces:
    """With S = Z'Z = X'X and D = ΛΛ': X'V⁻¹X = S(I+DS)⁻¹ and |V| = |I+DS|, V relative to σ².

    Written so that nothing cancels when D is large: δ = |S| and |D| = (λ₀₀λ₁₁)².
    """
    a, b, c = theta
    d11, d12, d22 = a * a, a * b, b * b + c * c
    delta = np.maximum(0.0, s.visits * s.tt - s.t * s.t)
    det = 1 + d11 * s.visits + 2 * d12 * s.t + d22 * s.tt + (a * c) ** 2 * delta
    xvx12 = float(np.sum((s.t - d12 * delta) / det))
    xvx = np.array(
        [
            [np.sum((s.visits + d22 * delta) / det), xvx12],
            [xvx12, np.sum((s.tt + d11 * delta) / det)],
        ]
    )
    # v = (I+SD)⁻¹ Z'y
    v1 = ((1 + d12 * s.t + d22 * s.tt) * s.y - (d12 * s.visits + d22 * s.t) * s.ty) / det
    v2 = ((1 + d11 * s.visits + d12 * s.t) * s.ty - (d11 * s.t + d12 * s.tt) * s.y) / det
    xvy = np.array([v1.sum(), v2.sum()])
    beta = np.linalg.solve(xvx, xvy)
    yvy = np.sum(s.yy - s.y * (d11 * v1 + d12 * v2) - s.ty * (d12 * v1 + d22 * v2))
    return _Pieces(
        log_det_v=float(np.sum(np.log(det))), xvx=xvx, beta=beta, rss=float(yvy - xvy @ beta)
    )


def profile(theta: Floats, sums: PersonSums) -> float:
    """−2 × the restricted log-likelihood with β and σ² profiled out.

    Args:
        theta: (3,) entries λ₀₀ ≥ 0, λ₁₀, λ₁₁ ≥ 0 of Λ, the Cholesky factor of the random effects'
            covariance over σ².
        sums: unit-free sums of the visits.
    """
    p = _pieces(theta, sums)
    df = sums.n_visits - 2
    rss = max(p.rss, np.finfo(np.float64).tiny)
    _, log_det_x = np.linalg.slogdet(p.xvx)
    return float(df * (1 + np.log(2 * np.pi * rss / df)) + p.log_det_v + log_det_x)


def solution(theta: Floats, sums: PersonSums) -> Solution:
    """Estimates at `theta`, in the unit-free scale of `sums`.

    Args:
        theta: (3,) as in `profile`.
        sums: unit-free sums of the visits.
    """
    p = _pieces(theta, sums)
    sigma2 = p.rss / (sums.n_visits - 2)
    factor = np.array([[theta[0], 0.0], [theta[1], theta[2]]])
    return Solution(
        beta=p.beta,
        beta_cov=(sigma2 * np.linalg.inv(p.xvx)).astype(np.float64),
        random_cov=sigma2 * factor @ factor.T,
        sigma2=sigma2,
        loglik=-profile(theta, sums) / 2,
    )
