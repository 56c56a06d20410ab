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
    """Woodbury: V⁻¹ = I − ZΛ(I + Λ'Z'ZΛ)⁻¹Λ'Z' with Λ = [[a, 0], [b, c]], V relative to σ²."""
    a, b, c = theta
    w11 = 1 + a * a * s.visits + 2 * a * b * s.t + b * b * s.tt
    w12 = c * (a * s.t + b * s.tt)
    w22 = 1 + c * c * s.tt
    det = w11 * w22 - w12 * w12
    # M = Λ W⁻¹ Λ', one symmetric 2×2 a person
    m11 = a * a * w22 / det
    m12 = a * (b * w22 - c * w12) / det
    m22 = (b * b * w22 - 2 * b * c * w12 + c * c * w11) / det
    # G = M Z'Z and g = M Z'y
    g11, g12 = m11 * s.visits + m12 * s.t, m11 * s.t + m12 * s.tt
    g21, g22 = m12 * s.visits + m22 * s.t, m12 * s.t + m22 * s.tt
    h1, h2 = m11 * s.y + m12 * s.ty, m12 * s.y + m22 * s.ty
    xvx12 = float(np.sum(s.t - s.visits * g12 - s.t * g22))
    xvx = np.array(
        [
            [np.sum(s.visits - s.visits * g11 - s.t * g21), xvx12],
            [xvx12, np.sum(s.tt - s.t * g12 - s.tt * g22)],
        ]
    )
    xvy = np.array([np.sum(s.y - s.visits * h1 - s.t * h2), np.sum(s.ty - s.t * h1 - s.tt * h2)])
    beta = np.linalg.solve(xvx, xvy)
    yvy = np.sum(s.yy - s.y * h1 - s.ty * h2)
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
        beta_cov=np.linalg.inv(p.xvx / sigma2).astype(np.float64),
        random_cov=sigma2 * factor @ factor.T,
        sigma2=sigma2,
        loglik=-profile(theta, sums) / 2,
    )
