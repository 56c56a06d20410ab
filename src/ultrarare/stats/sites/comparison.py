"""Treated against control at each site: p, difference with limits, and what could be detected."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc, gammaln, stdtr, stdtrit

from ultrarare.stats.proportion import score_limits
from ultrarare.stats.sites.replicates import Arm, Pair, dispersion, root_variance
from ultrarare.stats.sites.spread import Spread, moderated

Floats = npt.NDArray[np.float64]

_FEW = 5.0
"""Edited reads, over both groups, from which a dispersion says something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One site.

    Attributes:
        site: its name.
        difference: treated minus control, as a share.
        lower: limit; None where nothing says how replicates scatter.
        upper: limit.
        below: what an excess lies below where none is detected: `upper`, or where it would be if
            treated and control were equal, so that a control that reads more by chance does not
            make the site look better measured; None where nothing says how replicates scatter.
        p_value: one-sided, for more in the treated; None where it cannot be had.
        q_value: p over all sites by Benjamini and Hochberg.
        dispersion: moderated; times the scatter of reads, or None without depths.
        df: degrees of freedom of the limits.
        lod: smallest excess that would be detected with 95 % chance at the level that the site
            alone would have to meet among all; None where it cannot be had.
        lod_alone: the same for this site by itself.
        power: chance of detecting the stated frequency, at the level of `lod`.
        floor: smallest p that exchanging treated and control replicates could give.
        caveats: what limits it.
    """

    site: str
    difference: float
    lower: float | None
    upper: float | None
    below: float | None
    p_value: float | None
    q_value: float | None
    dispersion: float | None
    df: float
    lod: float | None
    lod_alone: float | None
    power: float | None
    floor: float
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Comparison:
    """All sites, and what they share about the scatter of replicates."""

    sites: tuple[Compared, ...]
    counts: Spread | None
    percents: Spread | None
    fdr: float
    level: float


def compare_sites(
    pairs: Sequence[Pair],
    *,
    fdr: float = 0.05,
    level: float = 0.95,
    frequency: float = 0.001,
    detectable: bool = True,
) -> Comparison:
    """Compare every site that has replicates in both groups.

    Args:
        pairs: sites with at least one replicate in each group.
        fdr: false discovery rate at which a site counts as detected.
        level: coverage of limits, two-sided.
        frequency: excess for which the power is given.
        detectable: whether limits of detection and power are computed, which takes longest.

    Notes:
        With depths: reads are binomial times a dispersion, Pearson's within groups, moderated over
        the sites and at least 1. p is the larger of that of a t statistic and of Fisher's exact
        test on counts divided by the dispersion: the first holds where replicates scatter, the
        second where few reads are edited. Without depths: a moderated t statistic of square roots.
        A site without replicates, and no others to say how they scatter, has p by Fisher's test
        alone, which reads PCR duplicates as molecules; a caveat says so. Limits: Newcombe's, from
        score limits with t quantiles at the effective numbers; the arm with the larger share is
        taken to scatter in proportion to it. Checked in tests/unit/stats/test_sites.py; error
        rates in docs/validation/sites.md.
    """
    with_counts = [pair for pair in pairs if pair.counts]
    without = [pair for pair in pairs if not pair.counts]
    phi = _dispersions(with_counts)
    roots = _roots(without)
    found: dict[str, tuple[Pair, float | None, float, bool]] = {}
    if phi is not None:
        for k, pair in enumerate(with_counts):
            value = float(phi.variance[k])
            known = math.isfinite(value)
            found[pair.site] = (pair, max(value, 1.0) if known else None, float(phi.df[k]), True)
    if roots is not None:
        for k, pair in enumerate(without):
            value = float(roots.variance[k])
            known = math.isfinite(value) and value > 0
            found[pair.site] = (pair, value if known else None, float(roots.df[k]), False)
    tests = {
        site: (_count_p(pair, scatter, df) if counts else _root_p(pair, scatter, df))
        for site, (pair, scatter, df, counts) in found.items()
    }
    adjusted = benjamini_hochberg([tests[pair.site] for pair in pairs])
    tested = sum(p is not None for p in tests.values())
    listed = []
    for pair, q in zip(pairs, adjusted, strict=True):
        _, scatter, df, counts = found[pair.site]
        lower, upper = _limits(pair, scatter, df, level, counts=counts)
        strict = fdr / max(tested, 1)
        lod, alone, power = (
            _detectable(pair, scatter, df, (strict, fdr), frequency)
            if counts and detectable
            else (None,) * 3
        )
        difference = pair.treated.pooled - pair.control.pooled
        listed.append(
            Compared(
                site=pair.site,
                difference=difference,
                below=_below(upper, difference, pair),
                lower=lower, upper=upper, p_value=tests[pair.site], q_value=q,
                dispersion=scatter if counts else None, df=df,
                lod=_not_below_input(lod, pair), lod_alone=_not_below_input(alone, pair),
                power=power, floor=_floor(pair),
                caveats=tuple(_caveats(pair, scatter, counts=counts)),
            )
        )  # fmt: skip
    return Comparison(sites=tuple(listed), counts=phi, percents=roots, fdr=fdr, level=level)


def benjamini_hochberg(p: Sequence[float | None]) -> list[float | None]:
    """The q of each p over those that are not None (Benjamini and Hochberg 1995)."""
    known = sorted((value, k) for k, value in enumerate(p) if value is not None)
    q: list[float | None] = [None] * len(p)
    least = 1.0
    for rank in range(len(known), 0, -1):
        value, k = known[rank - 1]
        least = min(least, value * len(known) / rank)
        q[k] = least
    return q


def _dispersions(pairs: Sequence[Pair]) -> Spread | None:
    """Moderated dispersions; sites with too few edited reads say nothing about them."""
    if not pairs:
        return None
    own = np.array([dispersion(pair) for pair in pairs])
    df = np.array([float(pair.df) for pair in pairs])
    few = np.array([pair.treated.counted + pair.control.counted < _FEW for pair in pairs])
    shared = moderated(np.where(few, 0.0, own), np.where(few, 0.0, df))
    # A site with few edited reads and nobody to learn from scatters as its reads do.
    variance = np.where(few & ~np.isfinite(shared.variance) & (df > 0), 1.0, shared.variance)
    return Spread(
        variance=variance,
        df=np.where(few & (shared.df == 0) & (df > 0), df, shared.df),
        prior=shared.prior,
        prior_df=shared.prior_df,
    )


def _roots(pairs: Sequence[Pair]) -> Spread | None:
    if not pairs:
        return None
    own = np.array([root_variance(pair) for pair in pairs])
    return moderated(own, np.array([float(pair.df) for pair in pairs]))


def _count_p(pair: Pair, phi: float | None, df: float) -> float:
    """One-sided p from counts."""
    m, n = pair.treated.reads or 0.0, pair.control.reads or 0.0
    x, y = pair.treated.counted, pair.control.counted
    exact = fisher_greater(x, m, y, n, 1.0 if phi is None else phi)
    if phi is None:
        return exact
    return max(exact, _t_p(x, m, y, n, phi, df))


def _t_p(x: float, m: float, y: float, n: float, phi: float, df: float) -> float:
    p = (x + y) / (m + n)
    if not 0 < p < 1:
        return 1.0
    t = (x / m - y / n) / math.sqrt(phi * p * (1 - p) * (1 / m + 1 / n))
    return _upper_tail(t, df)


def _upper_tail(t: float, df: float) -> float:
    return float(stdtr(min(df, 1e9), -t))


def fisher_greater(x: float, m: float, y: float, n: float, phi: float) -> float:
    """Chance of at least `x` of `m` given the total, all divided by the dispersion.

    The treated count is rounded down and the control's up, so that p is not too small.
    """
    a, b = math.floor(x / phi + 1e-9), math.ceil(y / phi - 1e-9)
    rows, columns = max(round(m / phi), a, 1), max(round(n / phi), b, 1)
    total = a + b
    if a == 0:
        return 1.0
    high = min(total, rows)
    k = np.arange(a, min(high, a + 20_000) + 1, dtype=np.float64)
    logs = _choose(rows, k) + _choose(columns, total - k) - _choose(rows + columns, total)
    return float(min(1.0, np.exp(logs[np.isfinite(logs)]).sum()))


def _choose(n: float, k: Floats | float) -> Floats:
    k = np.asarray(k, dtype=np.float64)
    inside = (k >= 0) & (k <= n)
    safe = np.where(inside, k, 0.0)
    value = gammaln(n + 1) - gammaln(safe + 1) - gammaln(n - safe + 1)
    return np.asarray(np.where(inside, value, -np.inf), dtype=np.float64)


def _root_p(pair: Pair, variance: float | None, df: float) -> float | None:
    """One-sided p from shares without depths."""
    if variance is None:
        return None
    a, b = np.sqrt(pair.treated.share), np.sqrt(pair.control.share)
    t = (a.mean() - b.mean()) / math.sqrt(variance * (1 / a.size + 1 / b.size))
    return _upper_tail(float(t), df)


def _limits(
    pair: Pair, scatter: float | None, df: float, level: float, *, counts: bool
) -> tuple[float | None, float | None]:
    a, b = pair.treated, pair.control
    difference = a.pooled - b.pooled
    if counts:
        phi = 1.0 if scatter is None else scatter
        z = (
            float(stdtrit(min(df, 1e9), 0.5 + level / 2))
            if scatter is not None and df > 0
            else None
        )
        z = float(stdtrit(1e9, 0.5 + level / 2)) if z is None else z
        wide_a, wide_b = (1 + (phi - 1) * _more(arm, pair) for arm in (a, b))
        low_a, high_a = score_limits(a.pooled, _effective(a, wide_a), z)
        low_b, high_b = score_limits(b.pooled, _effective(b, wide_b), z)
        return (
            difference - math.hypot(a.pooled - low_a, high_b - b.pooled),
            difference + math.hypot(high_a - a.pooled, b.pooled - low_b),
        )
    if scatter is None:
        return None, None
    z = float(stdtrit(min(df, 1e9), 0.5 + level / 2))
    # the standard error of a square root, taken back to the share on either side
    wide_a, wide_b = (scatter * _more(arm, pair) / arm.size for arm in (a, b))
    down_a, up_a = _back(a.pooled, wide_a, z)
    down_b, up_b = _back(b.pooled, wide_b, z)
    return difference - math.hypot(down_a, up_b), difference + math.hypot(up_a, down_b)


def _effective(arm: Arm, phi: float) -> float:
    """Independent reads that weigh as much: scatter and the copies that went in count."""
    weight = phi / (arm.reads or 1.0)
    return 1 / (weight if arm.copies is None else weight + 1 / arm.copies)


def _more(arm: Arm, pair: Pair) -> float:
    """How much wider an arm scatters than both on average, if its sd goes with its share."""
    middle = (pair.treated.pooled + pair.control.pooled) / 2
    return max(arm.pooled / middle, 1.0) if middle > 0 else 1.0


def _back(share: float, variance: float, z: float) -> tuple[float, float]:
    """How far a share reaches down and up, from the variance of its square root."""
    root, reach = math.sqrt(share), z * math.sqrt(variance)
    return share - max(root - reach, 0.0) ** 2, (root + reach) ** 2 - share


def _detectable(
    pair: Pair, phi: float | None, df: float, levels: tuple[float, float], frequency: float
) -> tuple[float | None, float | None, float | None]:
    """LoD at both levels and power at the stricter, given the control as it was seen."""
    m, n, y = pair.treated.reads or 0.0, pair.control.reads or 0.0, pair.control.counted
    scale = 1.0 if phi is None else phi
    # Half a read stands for what a control without edited reads may hide.
    background = max(y, 0.5) / n

    def p_of(x: float) -> float:
        exact = fisher_greater(x, m, y, n, scale)
        return exact if phi is None else max(exact, _t_p(x, m, y, n, phi, df))

    needed = [_needed(p_of, m, alpha) for alpha in levels]

    def chance(x: float | None, share: float) -> float:
        if x is None:
            return 0.0
        k, trials = math.ceil(x / scale - 1e-9) - 1, max(round(m / scale), 1)
        return 1.0 if k < 0 else float(bdtrc(min(k, trials), trials, min(share, 1.0)))

    found = [_smallest(lambda f, x=x: chance(x, background + f)) for x in needed]  # type: ignore[misc]
    return found[0], found[1], chance(needed[0], background + frequency)


def _needed(p_of: Callable[[float], float], most: float, alpha: float) -> float | None:
    """Fewest edited reads of the treated that reach a level; None if not even all do."""
    low, high = 0.0, math.floor(most)
    if p_of(high) > alpha:
        return None
    while high - low > 1:
        middle = math.floor((low + high) / 2)
        low, high = (low, middle) if p_of(middle) <= alpha else (middle, high)
    return high


def _smallest(chance: Callable[[float], float]) -> float | None:
    """Smallest excess with a chance of 95 %; None if none has it."""
    low, high = 0.0, 1.0
    if chance(high) < 0.95:
        return None
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if chance(middle) >= 0.95 else (middle, high)
    return high


def _below(upper: float | None, difference: float, pair: Pair) -> float | None:
    """The upper limit, were treated and control equal where the control read more."""
    return _not_below_input(None if upper is None else upper - min(difference, 0.0), pair)


def _not_below_input(lod: float | None, pair: Pair) -> float | None:
    """No limit lies below what the treated input carries a copy of with 95 % chance."""
    if lod is None or pair.treated.copies is None:
        return lod
    return max(lod, -math.expm1(math.log(0.05) / pair.treated.copies))


def _floor(pair: Pair) -> float:
    """One over the ways in which replicates could have been treated."""
    a, b = pair.treated.size, pair.control.size
    return 1 / math.comb(a + b, a)


def _caveats(pair: Pair, scatter: float | None, *, counts: bool) -> list[str]:
    said = []
    a, b = pair.treated.size, pair.control.size
    if scatter is None and counts:
        said.append(
            "no replicates: reads of one PCR are taken as independent molecules, which they are not"
        )
    elif scatter is None:
        said.append("one replicate without a depth in a group: nothing says how much it scatters")
    elif min(a, b) == 1:
        said.append("one replicate in a group: how it scatters is taken from the rest")
    if not counts:
        said.append("depths are not told: no limit of detection can be given")
    if pair.treated.copies is None:
        said.append("input copies are not told: the limit counts reads as molecules")
    return said
