"""Binary outcomes by conjugate priors: power prior, and multisource exchangeability models.

Multisource exchangeability (Hobbs and Landin 2018): every pair of variants either shares one
parameter or does not; all 2^(J(J−1)/2) patterns are summed over, which is exact and ends at six.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import betainc, betaln

from ultrarare.errors import InputError
from ultrarare.stats.arrays import Floats, freeze
from ultrarare.stats.compiled import compiled
from ultrarare.stats.exchangeable.model import Integers

MOST_VARIANTS: Final = 6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BetaPosterior:
    """What follows for each variant in each trial.

    Attributes:
        mean: (t, j) posterior mean of the proportion. sd: (t, j) its sd.
        above: (t, j, k) posterior probability of lying above each cut.
        exchangeable: (t, j) mean over the other variants of the posterior probability that the
            pair shares its parameter; for the power prior the fixed power.
        mixture: for each variant, weights and parameters (t, j, s), for quantiles.
    """

    mean: Floats
    sd: Floats
    above: Floats
    exchangeable: Floats
    weight: Floats
    a: Floats
    b: Floats

    def __post_init__(self) -> None:
        freeze(self)


def power_posterior(
    events: Integers, people: Integers, cuts: Floats, *, power: float, a: float, b: float
) -> BetaPosterior:
    """Each variant borrows the others' people at a fixed fraction of their weight.

    Args:
        events: (t, j) people with the event.
        people: (t, j) people, 0 allowed.
        cuts: (k,) proportions of which exceedance is asked.
        power: 0 (no borrowing) to 1 (pooled).
        a: events that the Beta prior is worth, > 0.
        b: non-events that it is worth, > 0.

    Raises:
        InputError: a power outside 0 to 1, or a prior that is not above 0.
    """
    if not 0 <= power <= 1:
        raise InputError(f"must lie between 0 and 1, not {power:g}", where="power")
    _require_beta(a, b)
    r, f = events.astype(float), (people - events).astype(float)
    rest_r = r.sum(axis=1, keepdims=True) - r
    rest_f = f.sum(axis=1, keepdims=True) - f
    a_post = (a + r + power * rest_r)[:, :, None]
    b_post = (b + f + power * rest_f)[:, :, None]
    return _mixed(np.ones_like(a_post), a_post, b_post, np.full(r.shape, power), cuts)


def multisource_posterior(
    events: Integers,
    people: Integers,
    cuts: Floats,
    *,
    pair_weight: float = 0.5,
    a: float = 0.5,
    b: float = 0.5,
) -> BetaPosterior:
    """Average over every pattern of pairs that share one parameter.

    Args:
        events: (t, j) people with the event; j at most 6.
        people: (t, j) people, 0 allowed.
        cuts: (k,) proportions of which exceedance is asked.
        pair_weight: prior probability that a pair shares its parameter, 0 to 1.
        a: events that the Beta prior is worth, > 0.
        b: non-events that it is worth, > 0.

    Raises:
        InputError: more than six variants, a weight outside 0 to 1, or a prior not above 0.
    """
    t, j = events.shape
    if j > MOST_VARIANTS:
        text = f"{j} variants; all patterns are summed for at most {MOST_VARIANTS}"
        raise InputError(text, where="borrowing", remedy="Use `exnex`.")
    if not 0 <= pair_weight <= 1:
        raise InputError(f"must lie between 0 and 1, not {pair_weight:g}", where="pair_weight")
    _require_beta(a, b)
    r, f = events.astype(float), (people - events).astype(float)
    inside = (np.arange(1 << j)[:, None] >> np.arange(j) & 1).astype(float)  # (s, j)
    a_post = a + np.repeat((r @ inside.T)[:, None, :], j, axis=1)
    b_post = b + np.repeat((f @ inside.T)[:, None, :], j, axis=1)
    # log m(variant | the others of its set), for every set that holds the variant
    log_m = np.full((t, j, 1 << j), -np.inf)
    for i in range(j):
        holds = np.flatnonzero(inside[:, i])
        without = holds ^ (1 << i)
        log_m[:, i, holds] = betaln(a_post[:, i, holds], b_post[:, i, holds]) - betaln(
            a_post[:, i, without], b_post[:, i, without]
        )
    weight = np.zeros((t, j, 1 << j))
    pairs = np.zeros((t, j))
    sets, shared, log_prior = _patterns(j, pair_weight)
    _over_patterns(log_m, sets, shared, log_prior, weight, pairs)
    return _mixed(weight, a_post, b_post, pairs / max(j - 1, 1), cuts)


def _patterns(j: int, pair_weight: float) -> tuple[Integers, Integers, Floats]:
    """(p, j) set of each variant as bits, (p, j) how many it shares with, (p,) log prior."""
    first, second = np.triu_indices(j, 1)
    pattern = np.arange(1 << first.size)
    sets = np.repeat(1 << np.arange(j)[None, :], pattern.size, axis=0)
    pairs = np.zeros(pattern.size)
    for p, (i, k) in enumerate(zip(first, second, strict=True)):
        on = pattern >> p & 1
        sets[:, i] |= on << k
        sets[:, k] |= on << i
        pairs += on
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(pairs > 0, pairs * np.log(pair_weight), 0.0)
        rest = first.size - pairs
        log = log + np.where(rest > 0, rest * np.log1p(-pair_weight), 0.0)
    shared = (sets[:, :, None] >> np.arange(j) & 1).sum(axis=2) - 1
    return sets, shared, log


@compiled
def _over_patterns(
    log_m: Any, sets: Any, shared: Any, log_prior: Any, weight: Any, pairs: Any
) -> None:
    """Fill (t, j, s) posterior probability of each variant's set, and (t, j) its mean sharers."""
    patterns, j = sets.shape
    log = np.empty(patterns)
    for t in range(log_m.shape[0]):
        top = -math.inf
        for p in range(patterns):
            add = log_prior[p]
            for i in range(j):
                add += log_m[t, i, sets[p, i]]
            log[p] = add
            top = max(top, add)
        total = 0.0
        for p in range(patterns):
            if log[p] < top - 40:
                continue
            w = math.exp(log[p] - top)
            total += w
            for i in range(j):
                weight[t, i, sets[p, i]] += w
                pairs[t, i] += w * shared[p, i]
        for i in range(j):
            pairs[t, i] /= total
            for s in range(weight.shape[2]):
                weight[t, i, s] /= total


def _mixed(weight: Floats, a: Floats, b: Floats, pairs: Floats, cuts: Floats) -> BetaPosterior:
    n = a + b
    mean = (weight * a / n).sum(axis=2)
    square = (weight * a * (a + 1) / (n * (n + 1))).sum(axis=2)
    above = [(weight * (1 - betainc(a, b, cut))).sum(axis=2) for cut in cuts]
    return BetaPosterior(
        mean=mean,
        sd=np.sqrt(np.maximum(square - mean**2, 0.0)),
        above=np.stack(above, axis=2) if above else np.empty((*mean.shape, 0)),
        exchangeable=pairs,
        weight=weight,
        a=a,
        b=b,
    )


def _require_beta(a: float, b: float) -> None:
    if not (a > 0 and b > 0 and math.isfinite(a + b)):
        raise InputError(f"must be > 0 and finite, not {a:g} and {b:g}", where="beta")
