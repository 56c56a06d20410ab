"""Whether visits of untreated people scatter with heavier tails than the normal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import kurtosistest

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Counts, Floats, count_vector, finite_vector, same_length
from ultrarare.stats.mixed import PopulationModel

_LEVEL: Final = 0.05
_FEWEST: Final = 8
_SIMULATED_TO: Final = 19
"""Above so many residuals the distribution of the kurtosis is taken in closed form."""
_DRAWS: Final = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyTails:
    """Kurtosis of standardised residuals, and how often normal ones would show as much."""

    p: float  # one-sided: large where tails are normal or light
    kurtosis: float  # excess over the normal distribution's
    n: int
    level: float

    @property
    def heavy(self) -> bool:
        """Whether the tails are heavier than chance explains."""
        return self.p <= self.level

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a reader of a model's p value must know; none where tails are not heavy."""
        if not self.heavy:
            return ()
        return (
            f"untreated people's visits scatter with heavier tails than the normal distribution "
            f"(excess kurtosis {self.kurtosis:.2g}, p = {self.p:.2g}): the model's p value is then "
            "too small at times, and the conformal p is the one to read",
        )

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = f"excess kurtosis of {self.n} residuals {self.kurtosis:.3g}, p {self.p:.3g}"
        return "; ".join((line, *self.caveats))


def standardised_residuals(
    model: PopulationModel, person: ArrayLike, time: ArrayLike, value: ArrayLike
) -> Floats:
    """Residuals of untreated visits, uncorrelated and of sd 1 under the model.

    Args:
        model: fitted to these visits.
        person: (n,) whose visit it is.
        time: (n,) when.
        value: (n,) measurement, finite.

    Returns:
        (n,) L⁻¹(y − Xβ) person by person in order of time, LL' = XDX' + σ²R.

    Raises:
        InputError: unequal lengths or a value that is not finite.
        NotComputable: the model leaves no spread within people.
    """
    who, t, y = (
        count_vector(person, "person"),
        finite_vector(time, "time"),
        finite_vector(value, "value"),
    )
    same_length(person=who, time=t, value=y)
    out: Floats = whitened(model, who, t, (y - model.design(t) @ model.beta)[:, None])[:, 0]
    return out


def whitened(model: PopulationModel, person: Counts, time: Floats, columns: Floats) -> Floats:
    """(n, c) columns times L⁻¹, person by person in order of time, LL' = XDX' + σ²R.

    Args:
        model: whose covariance it is.
        person: (n,) whose visit it is.
        time: (n,) when.
        columns: (n, c).

    Raises:
        NotComputable: the model leaves no spread within people.
    """
    if not model.residual_sd > 0:
        raise NotComputable(
            "the residual sd is 0, so residuals have no scale",
            where="model",
            remedy="Give repeated untreated visits of the same people.",
        )
    order = np.lexsort((time, person))
    who, t, y = person[order], time[order], columns[order]
    ends = np.append(np.flatnonzero(np.diff(who)) + 1, who.size)
    alike: dict[bytes, list[slice]] = {}
    for begin, end in pairwise((0, *ends.tolist())):
        alike.setdefault(t[begin:end].tobytes(), []).append(slice(begin, end))
    out: Floats = np.empty(y.shape)
    for people in alike.values():  # people seen at the same times share one factor
        root = np.linalg.cholesky(_covariance(model, t[people[0]]))
        together = np.concatenate([y[each] for each in people], axis=1)
        white = np.linalg.solve(root, together)
        for each, part in zip(people, np.split(white, len(people), axis=1), strict=True):
            out[each] = part
    return out


def heavy_tailed(
    residuals: ArrayLike, rng: np.random.Generator, *, level: float = _LEVEL
) -> HeavyTails:
    """Test residuals for tails heavier than normal.

    Args:
        residuals: (n,) standardised residuals, n ≥ 8, see `standardised_residuals`.
        rng: draws normal samples of the same size where n is below 20.
        level: at or below which p counts as heavy.

    Raises:
        InputError: a value that is not finite.
        NotComputable: fewer than eight residuals, or all alike.

    Notes:
        Fourth standardised moment, p after Anscombe and Glynn (1983), whose size at 0.05 is 0.047
        to 0.053 from 20 residuals on; below, (1 + #{at least as large}) / 10,000 among 9,999 normal
        samples of the same size. No seed moves it where it matters. The kurtosis does
        not depend on location or scale, so estimating these costs nothing; that the residuals
        come from a fitted model costs little (docs/methods/conformal.md).
    """
    e = finite_vector(residuals, "residuals")
    if e.size < _FEWEST or np.ptp(e) == 0:
        raise NotComputable(
            f"{e.size} residuals, or all alike, do not show how tails fall",
            where="residuals",
            remedy="Give more untreated visits.",
        )
    found = float(_kurtosis(e[None])[0])
    if e.size > _SIMULATED_TO:
        p = float(kurtosistest(e, alternative="greater").pvalue)
    else:
        drawn = _kurtosis(rng.standard_normal((_DRAWS, e.size)))
        p = float(1 + np.sum(drawn >= found)) / (_DRAWS + 1)
    return HeavyTails(p=p, kurtosis=found, n=e.size, level=level)


def _covariance(model: PopulationModel, t: Floats) -> Floats:
    """(k, k) covariance of one person's visits at `t`."""
    x = model.design(t)
    r = np.eye(t.size)
    if model.correlation > 0:
        shared = (1 - model.nugget) * model.correlation ** np.abs(np.subtract.outer(t, t))
        r = np.where(r > 0, 1.0, shared)
    out: Floats = x @ model.random_cov @ x.T + model.residual_sd**2 * r
    return out


def _kurtosis(rows: Floats) -> Floats:
    """(m,) excess kurtosis of each row."""
    square = (rows - rows.mean(axis=1, keepdims=True)) ** 2
    out: Floats = np.mean(square * square, axis=1) / np.mean(square, axis=1) ** 2 - 3
    return out
