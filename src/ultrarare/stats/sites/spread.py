"""How replicates scatter: each site's own variance, moderated by that of the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, polygamma

Floats = npt.NDArray[np.float64]

FEWEST_SITES = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Spread:
    """Moderated variances.

    Attributes:
        variance: (sites,) moderated; NaN where neither the site nor the others say anything.
        df: (sites,) degrees of freedom that go with them; infinite if all sites share one variance.
        prior: variance that the sites share; None where they do not say.
        prior_df: how much it weighs, as degrees of freedom; 0 where they do not say.
    """

    variance: Floats
    df: Floats
    prior: float | None
    prior_df: float


def moderated(variance: Floats, df: Floats) -> Spread:
    """Shrink each site's variance toward what the sites share.

    Args:
        variance: (sites,) sample variances; 0 is taken as no information on the common one.
        df: (sites,) their degrees of freedom; 0 where a site has no replicates.

    Notes:
        Variances are scaled inverse chi-square around a common value, of which value and weight
        are had from the mean and variance of their logarithms (Smyth 2004, section 6.2). With
        fewer than three sites nothing is shared. Checked in tests/unit/stats/test_sites.py against
        a loop and by simulation.
    """
    told = (df > 0) & (variance > 0)
    if told.sum() < FEWEST_SITES:
        own = np.where(df > 0, variance, np.nan)
        return Spread(variance=own, df=df.astype(np.float64), prior=None, prior_df=0.0)
    d, s = df[told], variance[told]
    logs = np.log(s) - digamma(d / 2) + np.log(d / 2)
    mean = float(logs.mean())
    extra = float(logs.var(ddof=1) - polygamma(1, d / 2).mean())
    if extra <= 0:
        prior_df, prior = math.inf, math.exp(mean)
        shape = np.full(variance.shape, prior)
        return Spread(
            variance=shape, df=np.full(variance.shape, math.inf), prior=prior, prior_df=prior_df
        )
    prior_df = 2 * trigamma_inverse(extra)
    prior = math.exp(mean + float(digamma(prior_df / 2)) - math.log(prior_df / 2))
    total = df + prior_df
    return Spread(
        variance=(df * np.where(df > 0, variance, 0.0) + prior_df * prior) / total,
        df=total,
        prior=prior,
        prior_df=prior_df,
    )


def trigamma_inverse(value: float) -> float:
    """The x with trigamma(x) = value > 0, by Newton's method on 1/trigamma."""
    x = 0.5 + 1 / value
    for _ in range(50):
        here = float(polygamma(1, x))
        step = here * (1 - here / value) / float(polygamma(2, x))
        x += step
        if abs(step) < 1e-12 * x:
            break
    return x
