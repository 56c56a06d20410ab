"""What pairs of effects say of slope, correlation and a new variant, by quadrature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.surrogacy.kernel import restricted_likelihood
from ultrarare.stats.surrogacy.pairs import Pairs

_COARSE: Final = (21, 21, 31)
_FINE: Final = (45, 41, 61)  # unequal, so that slopes on the grid do not tie
_LOG_SD: Final = (np.log(1e-3), np.log(200.0))  # of the observed standard deviation
_Z: Final = (-5.0, 5.0)  # Fisher's z of the correlation
_MEANS, _SDS = 64, 24  # cells of a mixture whose neighbours are merged
_SPARED: Final = 1e-8  # weight below which a node is dropped


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Posterior:
    """Weighted covariances of true effects, each with normal means.

    `weight` to `cov_xy` have shape (k,); `mass` (m, n) keeps the whole grid, m pairs of standard
    deviations by n values of Fisher's z, with `ratio` (m,) of the two.
    """

    weight: Floats
    psi: Floats
    rho: Floats
    slope: Floats
    tau: Floats  # sd of the outcome effect about the line
    mean_x: Floats
    mean_y: Floats
    var_x: Floats
    var_y: Floats
    cov_xy: Floats
    mass: Floats
    z: Floats
    ratio: Floats

    def __post_init__(self) -> None:
        freeze(self)

    def slope_below(self, value: float) -> float:
        """P(slope < value), the mass of a node spread evenly over its stretch of Fisher's z."""
        step = self.z[1] - self.z[0]
        edges = np.append(self.z - step / 2, self.z[-1] + step / 2)
        limit = np.arctanh(np.clip(value / self.ratio, -1 + 1e-12, 1 - 1e-12))
        place = np.clip((limit - edges[0]) / step, 0.0, self.z.size)
        whole = np.minimum(place.astype(np.int64), self.z.size - 1)
        before = np.concatenate((np.zeros((self.ratio.size, 1)), self.mass.cumsum(axis=1)), axis=1)
        rows = np.arange(self.ratio.size)
        return float(np.sum(before[rows, whole] + (place - whole) * self.mass[rows, whole]))

    def slope_limits(self, level: float) -> tuple[float, float, float]:
        """Median and equal-tailed limits of the slope."""
        reach = float(self.ratio.max())
        found = [
            float(brentq(lambda s, p=p: self.slope_below(s) - p, -reach, reach, xtol=1e-9 * reach))
            for p in (0.5, (1 - level) / 2, (1 + level) / 2)
        ]
        return found[0], found[1], found[2]

    def r2_limits(self, level: float) -> tuple[float, float, float]:
        """Median of the squared correlation of true effects, and its region of highest density.

        Notes:
            The region is that of the correlation, squared: it may hold 0 and 1, which limits with
            equal tails never do.
        """
        z = np.linspace(self.z[0], self.z[-1], 4001)
        density = np.interp(z, self.z, self.mass.sum(axis=0))
        density /= density.sum()
        rho = np.tanh(z)
        order = np.argsort(-density / (1 - rho**2), kind="stable")
        taken = order[: int(np.searchsorted(np.cumsum(density[order]), level)) + 1]
        low, high = float(rho[taken].min()), float(rho[taken].max())
        low, high = -1.0 if low == rho[0] else low, 1.0 if high == rho[-1] else high
        squares = sorted((low**2, high**2))
        by_square = np.argsort(rho**2, kind="stable")
        middle = np.cumsum(density[by_square]) - density[by_square] / 2
        median = float(np.interp(0.5, middle, rho[by_square] ** 2))
        return median, 0.0 if low <= 0 <= high else squares[0], squares[1]

    def slope_sign(self) -> float:
        """P(slope > 0)."""
        return 1 - self.slope_below(0.0)

    def moments(self, at: float, se: float = 0.0, more: float = 0.0, shared: float = 0.0) -> Floats:
        """Mean and standard deviation of a new variant's outcome effect at each node, (2, k).

        Args:
            at: its effect on the marker.
            se: standard error of that.
            more: variance added to the true effect, where an observed one is predicted.
            shared: covariance of the errors of both.
        """
        away = at - self.mean_x
        b = self.slope
        # y = mean_y + b (at - mean_x), and the two means are normal.
        means = self.var_y + b**2 * self.var_x - 2 * b * self.cov_xy
        spread = means + self.tau**2 + b**2 * se**2 + more - 2 * b * shared
        return np.stack((self.mean_y + b * away, np.sqrt(np.maximum(spread, 1e-300))))

    def below(self, value: float, moments: Floats) -> float:
        """P(outcome effect of a new variant < value)."""
        return float(self.weight @ ndtr((value - moments[0]) / moments[1]))

    def predicted(self, moments: Floats, level: float) -> tuple[float, float, float]:
        """Median and equal-tailed limits of the outcome effect of a new variant."""
        return mixture(self.weight, moments, level)

    def line(self, at: Floats, level: float) -> Floats:
        """Median and prediction limits along the marker: (3, n)."""
        return np.array([self.predicted(self.moments(float(v)), level) for v in at]).T


def mixture(weight: Floats, moments: Floats, level: float) -> tuple[float, float, float]:
    """Median and equal-tailed limits of a mixture of normals with (mean, sd) in `moments`."""
    w, mean, sd = _merged(weight, moments)
    centre = float(w @ mean)
    wide = float(np.sqrt(w @ (sd**2 + (mean - centre) ** 2))) + 1e-12
    out = []
    for tail in (0.5, (1 - level) / 2, (1 + level) / 2):

        def over(value: float, tail: float = tail) -> float:
            return float(w @ ndtr((value - mean) / sd)) - tail

        low, high = centre - wide, centre + wide
        while over(low) > 0:
            low -= 2 * (high - low)
        while over(high) < 0:
            high += 2 * (high - low)
        out.append(float(brentq(over, low, high, xtol=1e-9 * wide, rtol=1e-10)))
    return out[0], out[1], out[2]


def _merged(weight: Floats, moments: Floats) -> tuple[Floats, Floats, Floats]:
    """Fewer normals: neighbours in mean and in the logarithm of sd become one, moments kept."""
    if weight.size <= _MEANS * _SDS:
        return weight, moments[0], moments[1]
    mean, log_sd = moments[0], np.log(moments[1])
    rank = np.argsort(np.argsort(mean, kind="stable"), kind="stable")
    tall = log_sd.min() + 1e-12, np.ptp(log_sd) + 1e-9
    place = (rank * _MEANS // mean.size) * _SDS + ((log_sd - tall[0]) / tall[1] * _SDS).astype(int)
    place = np.maximum(place, 0)
    total = np.bincount(place, weights=weight)
    seen = total > 0
    total = total[seen]
    middle = np.bincount(place, weights=weight * mean)[seen] / total
    square = np.bincount(place, weights=weight * (moments[1] ** 2 + mean**2))[seen] / total
    sd: Floats = np.sqrt(np.maximum(square - middle**2, 1e-300))
    return np.asarray(total, dtype=np.float64), middle, sd


def posterior(pairs: Pairs, *, finer: int = 1) -> Posterior:
    """Integrate over the covariance of true effects.

    Args:
        pairs: three or more.
        finer: how many times as many nodes along each of the three parameters.

    Notes:
        Priors: 1/√(sd² + v) on either standard deviation, v the mean error variance, so that it is
        flat where errors rule and 1/sd where there are none; uniform on the correlation; flat on
        both means. In logarithms and Fisher's z the integrand falls off smoothly on every side, so
        equally spaced nodes converge fast; a coarse grid finds where the mass is, a fine one sums
        it.
    """
    z = _Standard.of(pairs)
    ends = (_LOG_SD, _LOG_SD, _Z)
    for sizes in (_COARSE, tuple(finer * n for n in _FINE)):
        axes = [np.linspace(low, high, n) for (low, high), n in zip(ends, sizes, strict=True)]
        nodes = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")])
        psi, sigma, rho = np.exp(nodes[0]), np.exp(nodes[1]), np.tanh(nodes[2])
        found = restricted_likelihood(z.x, z.y, z.xx, z.yy, z.xy, psi, sigma, rho)
        prior = -0.5 * (np.log(psi**2 + z.xx.mean()) + np.log(sigma**2 + z.yy.mean()))
        log_weight = found[:, 0] + prior + nodes[0] + nodes[1] + np.log1p(-(rho**2))
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        ends = _where_mass_is(weight.reshape(sizes), axes)
    kept = weight > _SPARED
    by_sds = weight.reshape(-1, axes[2].size)
    ratio = (sigma / psi).reshape(by_sds.shape)[:, 0]
    return _in_units(
        z, weight[kept], psi[kept], sigma[kept], rho[kept], found[kept], (by_sds, axes[2], ratio)
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Standard:
    """The pairs about their means, in units of their standard deviations."""

    x: Floats
    y: Floats
    xx: Floats
    yy: Floats
    xy: Floats
    centre: tuple[float, float]
    scale: tuple[float, float]

    @staticmethod
    def of(pairs: Pairs) -> _Standard:
        cx, cy = float(pairs.x.mean()), float(pairs.y.mean())
        sx = float(max(pairs.x.std(ddof=1), pairs.x_se.min()))
        sy = float(max(pairs.y.std(ddof=1), pairs.y_se.min()))
        xs, ys = pairs.x_se / sx, pairs.y_se / sy
        return _Standard(
            x=(pairs.x - cx) / sx,
            y=(pairs.y - cy) / sy,
            xx=xs**2,
            yy=ys**2,
            xy=pairs.correlation * xs * ys,
            centre=(cx, cy),
            scale=(sx, sy),
        )


def _where_mass_is(
    weight: Floats, axes: list[Floats]
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """The stretch of each axis that carries all but a millionth of the mass."""
    ends = []
    for place, axis in enumerate(axes):
        along = weight.sum(axis=tuple(k for k in range(3) if k != place))
        seen = np.flatnonzero(along > 1e-6)
        first, last = max(int(seen[0]) - 1, 0), min(int(seen[-1]) + 1, axis.size - 1)
        ends.append((float(axis[first]), float(axis[last])))
    return ends[0], ends[1], ends[2]


def _in_units(
    z: _Standard, weight: Floats, psi: Floats, sigma: Floats, rho: Floats, found: Floats,
    grid: tuple[Floats, Floats, Floats],
) -> Posterior:  # fmt: skip
    """Everything in the units of the pairs."""
    (cx, cy), (sx, sy) = z.centre, z.scale
    return Posterior(
        weight=weight / weight.sum(),
        psi=psi * sx,
        rho=rho,
        slope=rho * sigma / psi * sy / sx,
        tau=sigma * np.sqrt(1 - rho**2) * sy,
        mean_x=cx + sx * found[:, 1],
        mean_y=cy + sy * found[:, 2],
        var_x=found[:, 3] * sx**2,
        var_y=found[:, 4] * sy**2,
        cov_xy=found[:, 5] * sx * sy,
        mass=grid[0],
        z=grid[1],
        ratio=grid[2] * sy / sx,
    )
