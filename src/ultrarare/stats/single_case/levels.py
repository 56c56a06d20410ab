"""Means and lines of two phases: log response ratio, change of level and of slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, require_level, same_length

_MOST: Final = 0.98
"""Largest serial correlation searched; beyond it a line and a drift cannot be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One estimated change with its standard error and interval; None where none can be given."""

    value: float
    se: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """A line before and a line after the start of treatment.

    `level` is the jump at the first treatment time, `slope` the difference of the two slopes.
    """

    level: Change  # least squares, Newey–West
    slope: Change
    lag: int  # of the Newey–West weights
    serial: float | None  # correlation of residuals at the median gap, by REML; None if no room
    level_serial: Change | None  # generalised least squares at that correlation
    slope_serial: Change | None


def log_response_ratio(baseline: Floats, treatment: Floats) -> Change:
    """Logarithm of the ratio of the phase means, corrected for small samples.

    Args:
        baseline: (m,) values, m ≥ 1.
        treatment: (n,) values, n ≥ 1.

    Raises:
        NotComputable: a mean is not above 0, so there is no ratio; or a phase has one value, so
            that the correction is unknown.

    Notes:
        ln(mean) + s²/(2·n·mean²) for each phase, the treatment's minus the baseline's; variance
        the sum of s²/(n·mean²) (Pustejovsky 2015, 2018). Independent values are assumed, and the
        interval is that of a normal.
    """
    means = [float(values.mean()) for values in (baseline, treatment)]
    if min(means) <= 0:
        raise NotComputable(
            f"the phase means are {means[0]:.4g} and {means[1]:.4g}; a ratio needs both above 0",
            where="value",
        )
    if min(baseline.size, treatment.size) < 2:
        raise NotComputable(
            "a phase with one value has no spread to correct the ratio by", where="value"
        )
    parts = [
        float(values.var(ddof=1)) / (values.size * mean**2)
        for values, mean in zip((baseline, treatment), means, strict=True)
    ]
    value = float(np.log(means[1] / means[0])) + (parts[1] - parts[0]) / 2
    se = float(np.sqrt(sum(parts)))
    return Change(value=value, se=se, lower=value - 1.959964 * se, upper=value + 1.959964 * se)


def segments(time: Floats, value: Floats, n_baseline: int, *, level: float = 0.95) -> Segments:
    """Fit y = b0 + b1·(t - s) + b2·[t ≥ s] + b3·(t - s)·[t ≥ s], s the first treatment time.

    Args:
        time: (n,) increasing times.
        value: (n,) values.
        n_baseline: how many of them lie before treatment; at least 2 on each side.
        level: coverage of the intervals.

    Raises:
        NotComputable: a phase with fewer than two times.

    Notes:
        Least squares with Newey–West (1987) covariance, Bartlett weights to lag
        floor(4·(n/100)^(2/9)) and the factor n/(n-4). Beside it generalised least squares with
        residuals that correlate phi to the power of their distance over the median gap, phi in
        0 to 0.98 by restricted likelihood. Student's t with n - 4 degrees of freedom. With four
        values the lines pass through them and there is no standard error.
    """
    t, y = finite_vector(time, "time"), finite_vector(value, "value")
    same_length(time=t, value=y)
    require_level(level)
    if n_baseline < 2 or t.size - n_baseline < 2:
        raise NotComputable(
            f"the phases have {n_baseline} and {t.size - n_baseline} values; a line needs two",
            where="phase",
        )
    x = _design(t, n_baseline)
    beta = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
    residual = y - x @ beta
    lag = min(int(4 * (t.size / 100) ** (2 / 9)), t.size - 1)
    exact = t.size == 4 or float(np.abs(residual).max()) <= 1e-12 * float(np.abs(y).max() + 1e-300)
    cov = None if exact else newey_west(x, residual, lag)
    serial = None if exact or t.size < 6 else _serial(t, y, x, level)
    return Segments(
        level=_change(beta, cov, 2, t.size - 4, level),
        slope=_change(beta, cov, 3, t.size - 4, level),
        lag=lag,
        serial=None if serial is None else serial[0],
        level_serial=None if serial is None else serial[1],
        slope_serial=None if serial is None else serial[2],
    )


def newey_west(x: Floats, residual: Floats, lag: int) -> Floats:
    """(k, k) covariance of least-squares coefficients under serial correlation up to `lag`."""
    n, k = x.shape
    score = x * residual[:, None]
    middle = score.T @ score
    for step in range(1, lag + 1):
        cross = score[step:].T @ score[:-step]
        middle += (1 - step / (lag + 1)) * (cross + cross.T)
    bread = np.linalg.inv(x.T @ x)
    return np.asarray(n / (n - k) * bread @ middle @ bread, dtype=np.float64)


def _design(time: Floats, n_baseline: int) -> Floats:
    since = time - time[n_baseline]
    treated = (np.arange(time.size) >= n_baseline).astype(np.float64)
    return np.column_stack((np.ones_like(time), since, treated, since * treated))


def _change(beta: Floats, cov: Floats | None, index: int, df: int, level: float) -> Change:
    value = float(beta[index])
    if cov is None or df < 1:
        return Change(value=value, se=None, lower=None, upper=None)
    se = float(np.sqrt(max(cov[index, index], 0.0)))
    half = float(stdtrit(df, (1 + level) / 2)) * se
    return Change(value=value, se=se, lower=value - half, upper=value + half)


def _serial(time: Floats, y: Floats, x: Floats, level: float) -> tuple[float, Change, Change]:
    """The serial correlation by REML, and both changes at it."""
    gap = float(np.median(np.diff(time)))
    apart = np.abs(np.subtract.outer(time, time)) / gap
    found = minimize_scalar(
        lambda phi: _deviance(phi, apart, y, x),
        bounds=(0.0, _MOST),
        method="bounded",
        options={"xatol": 1e-9},
    )
    phi = float(found.x)
    if _deviance(0.0, apart, y, x) <= float(found.fun):
        phi = 0.0
    beta, cov, _ = _gls(phi, apart, y, x)
    df = y.size - x.shape[1]
    return phi, _change(beta, cov, 2, df, level), _change(beta, cov, 3, df, level)


def _gls(phi: float, apart: Floats, y: Floats, x: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, their covariance and the restricted deviance at `phi`."""
    root = np.linalg.cholesky(phi**apart)
    xr, yr = np.linalg.solve(root, x), np.linalg.solve(root, y)
    gram = xr.T @ xr
    beta = np.linalg.solve(gram, xr.T @ yr)
    df = y.size - x.shape[1]
    sigma2 = float(((yr - xr @ beta) ** 2).sum()) / df
    deviance = (
        df * np.log(sigma2) + 2 * np.log(np.diag(root)).sum() + np.linalg.slogdet(gram).logabsdet
    )
    return beta, sigma2 * np.linalg.inv(gram), float(deviance)


def _deviance(phi: float, apart: Floats, y: Floats, x: Floats) -> float:
    return _gls(phi, apart, y, x)[2]
