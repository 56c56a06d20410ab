"""Episodes of one person against the rates of untreated people: gamma-Poisson prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import bdtr, betainc, fdtri, gammaincinv, gammaln, pdtr, xlogy

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import (
    Counts,
    Floats,
    count_vector,
    finite_vector,
    require_level,
    require_positive,
    same_length,
)
from ultrarare.words import counted

_LOG_SHAPE: Final = (-6.0, 14.0)
"""Searched range of log k; above it people's rates are as good as equal."""
_DWELLS: Final = 10.0
"""With fewer quiet-active cycles than this in the record, a constant rate is no description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaPoisson:
    """Each person has a constant rate; rates are gamma with this shape and mean.

    The variance of rates is mean_rate²/shape. An infinite shape: everyone has the same rate.
    """

    shape: float
    mean_rate: float  # events per unit of time
    n_people: int
    events: int
    person_time: float
    loglik: float
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line for a log or a terminal."""
        spread = "rates alike" if np.isinf(self.shape) else f"shape {self.shape:.4g}"
        line = (
            f"{counted(self.n_people, 'person')}, {counted(self.events, 'event')} in "
            f"{self.person_time:g} person-time; "
            f"mean rate {self.mean_rate:.4g}, {spread}"
        )
        return "; ".join((line, *self.caveats))


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodePrediction:
    """Events after dosing against what this person would have had untreated."""

    y0: int
    t1: float
    y1: int
    t2: float
    level: float
    expected: float  # mean of the untreated count in t2
    lower: int  # equal-tailed interval of that count
    upper: int
    p_at_most: float  # P(as few as y1 events or fewer in t2, untreated)
    p_none: float  # P(no event in t2, untreated)
    rate_ratio: float  # median of the ratio's posterior
    rate_ratio_lower: float
    rate_ratio_upper: float
    naive_rate_ratio: float | None  # (y1/t2) / (y0/t1); None without an event before
    naive_p: float | None  # binomial, one-sided for fewer after; None without any event
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """A sentence for a log or a terminal."""
        line = (
            f"{counted(self.y1, 'event')} in {self.t2:g} after {self.y0} in {self.t1:g}; untreated "
            f"{self.expected:.3g} expected ({100 * self.level:g}% interval {self.lower} to "
            f"{self.upper}), P(at most {self.y1}) {self.p_at_most:.3g}; rate ratio "
            f"{self.rate_ratio:.3g} ({self.rate_ratio_lower:.3g} to {self.rate_ratio_upper:.3g})"
        )
        return "; ".join((line, *self.caveats))


def fit_gamma_poisson(events: ArrayLike, person_time: ArrayLike) -> GammaPoisson:
    """Fit how rates differ between untreated people, by maximum likelihood.

    Args:
        events: (n,) events of each person, whole numbers ≥ 0.
        person_time: (n,) time each was under observation, > 0. A person never observed has no
            row.

    Raises:
        InputError: unequal lengths, counts that are no counts, or a time that is not above 0.
        NotComputable: fewer than three people, or no event at all.

    Notes:
        Negative binomial likelihood with offset (Lawless 1987), profiled over the mean rate. If
        counts vary no more than Poisson counts the maximum lies at an infinite shape, and that
        is what is given, with a caveat. Checked in tests/reference/test_gamma_poisson.py.
    """
    y, t = count_vector(events, "events"), finite_vector(person_time, "person_time")
    same_length(events=y, person_time=t)
    for i, each in enumerate(t.tolist()):
        require_positive(each, f"person_time[{i}]")
    if y.size < 3 or not y.any():
        raise NotComputable(
            f"{counted(int(y.sum()), 'event')} in {counted(y.size, 'person')} cannot show how "
            "rates differ",
            where="events",
            remedy="Give at least three untreated people, one of them with an event.",
        )
    shape, rate, loglik = _maximise(y, t)
    caveats = ["the prediction takes the fitted mean and shape as known"]
    if np.isinf(shape):
        caveats.append(
            "counts vary no more than chance explains: everyone is taken to have the same rate, "
            "and a person's own record then adds nothing to the prediction"
        )
    if y.size < 20:
        caveats.append(f"the spread of rates rests on only {counted(y.size, 'person')}")
    return GammaPoisson(
        shape=shape,
        mean_rate=rate,
        n_people=y.size,
        events=int(y.sum()),
        person_time=float(t.sum()),
        loglik=loglik,
        caveats=tuple(caveats),
    )


def predict_count(
    prior: GammaPoisson,
    y0: int,
    t1: float,
    y1: int,
    t2: float,
    level: float = 0.95,
    *,
    dwell_time: float | None = None,
) -> EpisodePrediction:
    """Predict the count after dosing had the person stayed untreated, and compare.

    Args:
        prior: how rates differ between untreated people, in the same unit of time.
        y0: events of this person before dosing, ≥ 0.
        t1: time under observation before dosing, > 0.
        y1: events after dosing, ≥ 0.
        t2: time under observation after dosing, > 0.
        level: coverage of the intervals.
        dwell_time: how long a quiet or an active stretch of this disease lasts, if it waxes and
            wanes; None if not known.

    Raises:
        InputError: counts that are no counts, times that are not above 0, or a bad level.

    Notes:
        The untreated rate is gamma with shape k + y0 and rate k/m + t1, so the later count is
        negative binomial with that size and probability (k/m+t1)/(k/m+t1+t2). The rate after
        dosing is estimated by itself, with Jeffreys' prior (gamma with shape y1 + ½ and rate
        t2): nothing about its size is borrowed. The ratio of the two independent gammas is a
        scaled F. `p_at_most` is the test; the ratio says how large the change is. Checked in
        tests/oracles/test_episodes_oracle.py.
    """
    _require(y0, t1, y1, t2, level)
    size, time = (
        (np.inf, np.inf)
        if np.isinf(prior.shape)
        else (prior.shape + y0, prior.shape / prior.mean_rate + t1)
    )
    mean_rate = prior.mean_rate if np.isinf(size) else size / time
    ratio = [_ratio_quantile(q, y1, t2, size, time, mean_rate) for q in _tails(level)]
    return EpisodePrediction(
        y0=y0,
        t1=t1,
        y1=y1,
        t2=t2,
        level=level,
        expected=mean_rate * t2,
        lower=_count_quantile((1 - level) / 2, size, time, mean_rate, t2),
        upper=_count_quantile((1 + level) / 2, size, time, mean_rate, t2),
        p_at_most=_at_most(y1, size, time, mean_rate, t2),
        p_none=_at_most(0, size, time, mean_rate, t2),
        rate_ratio=ratio[1],
        rate_ratio_lower=ratio[0],
        rate_ratio_upper=ratio[2],
        naive_rate_ratio=None if y0 == 0 else (y1 / t2) / (y0 / t1),
        naive_p=None if y0 + y1 == 0 else float(bdtr(y1, y0 + y1, t2 / (t1 + t2))),
        caveats=(*prior.caveats, *_caveats(t1 + t2, dwell_time)),
    )


def _require(y0: int, t1: float, y1: int, t2: float, level: float) -> None:
    count_vector([y0], "y0")
    count_vector([y1], "y1")
    require_positive(t1, "t1")
    require_positive(t2, "t2")
    require_level(level)


def _maximise(y: Counts, t: Floats) -> tuple[float, float, float]:
    """Shape, mean rate and log-likelihood at the maximum, the infinite shape included."""
    pooled = float(y.sum() / t.sum())
    mean = pooled * t
    poisson = float(np.sum(xlogy(y, mean) - mean - gammaln(y + 1)))
    found = minimize_scalar(
        lambda log_shape: -_profile(float(np.exp(log_shape)), y, t)[1],
        bounds=_LOG_SHAPE,
        method="bounded",
        options={"xatol": 1e-10},
    )
    shape = float(np.exp(found.x))
    rate, loglik = _profile(shape, y, t)
    # Spread below Poisson's: the likelihood rises towards equal rates, up to rounding.
    underdispersed = float(np.sum((y - mean) ** 2 - y)) <= 0
    if loglik <= poisson or (underdispersed and found.x > _LOG_SHAPE[1] - 1):
        return float("inf"), pooled, poisson
    return shape, rate, loglik


def _profile(shape: float, y: Counts, t: Floats) -> tuple[float, float]:
    """Mean rate that fits best at this shape, and the log-likelihood there."""

    def score(log_rate: float) -> float:
        mean = np.exp(log_rate) * t
        return float(np.sum((y - mean) / (1 + mean / shape)))

    crude = y / t
    low, high = np.log(y.sum() / t.sum()) - 30, np.log(crude.max()) + 1
    rate = float(np.exp(brentq(score, low, high, xtol=1e-13)))
    mean = rate * t
    terms = gammaln(shape + y) - gammaln(shape) - gammaln(y + 1)
    return rate, float(
        np.sum(terms - shape * np.log1p(mean / shape) + xlogy(y, mean / (shape + mean)))
    )


def _at_most(y: int, size: float, time: float, mean_rate: float, t2: float) -> float:
    """P(Y ≤ y) of the predicted count."""
    if np.isinf(size):
        return float(pdtr(y, mean_rate * t2))
    return float(betainc(size, y + 1, time / (time + t2)))


def _count_quantile(q: float, size: float, time: float, mean_rate: float, t2: float) -> int:
    """Smallest count whose P(Y ≤ count) reaches q: doubling, then halving."""
    high = 1
    while _at_most(high, size, time, mean_rate, t2) < q:
        high *= 2
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        if _at_most(middle, size, time, mean_rate, t2) >= q:
            high = middle
        else:
            low = middle
    return high


def _tails(level: float) -> tuple[float, float, float]:
    return (1 - level) / 2, 0.5, (1 + level) / 2


def _ratio_quantile(
    q: float, y1: int, t2: float, size: float, time: float, mean_rate: float
) -> float:
    """Quantile of (rate after)/(untreated rate), two independent gammas."""
    after = y1 + 0.5
    if np.isinf(size):
        return float(gammaincinv(after, q) / (t2 * mean_rate))
    return float(fdtri(2 * after, 2 * size, q) * (after / t2) / (size / time))


def _caveats(record: float, dwell_time: float | None) -> tuple[str, ...]:
    """What a constant rate does not describe."""
    if dwell_time is None:
        return (
            (
                "a constant rate is assumed: in a disease that waxes and wanes, entry in an active "
                "spell makes the quiet one that follows look like an effect"
            ),
        )
    require_positive(dwell_time, "dwell_time")
    if record < _DWELLS * dwell_time:
        return (
            (
                f"quiet and active stretches last about {dwell_time:g} and the record "
                f"{record:g}: the two are of one order, so the constant rate behind these numbers "
                "does not hold and the p value is too small"
            ),
        )
    return ()
