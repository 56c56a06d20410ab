"""Change of every gene between two groups of samples, from counts of reads (RNA-seq)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.drugging.quantity import Ratio
from ultrarare.stats.sites.comparison import benjamini_hochberg
from ultrarare.stats.sites.spread import moderated

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST_FOR_TREND = 200
"""Genes from which the scatter of a count is learned from its size."""
FEWEST_SHARED = 20
"""Genes from which a gene's variance is moderated by that of the others."""
FEWEST_READS = 10
"""Reads of a gene over all samples below which it is not tested."""
_BIN = 40


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Expression:
    """Every gene, treated over control.

    Attributes:
        logs: (genes, samples) log2 of reads per million, half a read added.
        change: (genes,) log2 of treated over control.
        error: (genes,) standard error of `change`, moderated; NaN where nothing is known.
        df: (genes,) its degrees of freedom.
        p_value: (genes,) two-sided; NaN where not tested.
        q_value: p over all tested genes by Benjamini and Hochberg; None where not tested.
        tested: (genes,) enough reads, and a scatter that is known.
        weighted: whether counts were weighted by the scatter that goes with their size.
        prior_df: how much the other genes weigh in a variance, as degrees of freedom.
        treated: samples.
        control: samples.
    """

    logs: Floats
    change: Floats
    error: Floats
    df: Floats
    p_value: Floats
    q_value: tuple[float | None, ...]
    tested: Flags
    weighted: bool
    prior_df: float
    treated: int
    control: int

    def ratio(self, gene: int, level: float = 0.95) -> Ratio:
        """One gene's ratio with its limits; those are None where its scatter is not known."""
        change, error, df = (float(one[gene]) for one in (self.change, self.error, self.df))
        lower = upper = p = None
        if math.isfinite(error) and error > 0:
            reach = float(stdtrit(min(df, 1e9), 0.5 + level / 2)) * error
            lower, upper = 2 ** (change - reach), 2 ** (change + reach)
            p = _two_sided(change / error, df)
        return Ratio(
            value=2**change, lower=lower, upper=upper, p_value=p, df=None if p is None else df,
            level=level, treated=self.treated, control=self.control,
        )  # fmt: skip


def size_factors(counts: Floats, genes: Flags | None = None) -> Floats:
    """(samples,) how deep each sample was read, with geometric mean 1.

    Args:
        counts: (genes, samples) reads.
        genes: (genes,) those that should not change; None for the median over all.

    Raises:
        NotComputable: no gene was read in every sample, or a reference gene was not.

    Notes:
        The median over genes of the ratio to their geometric mean over samples (Anders and Huber
        2010); with reference genes, the geometric mean of theirs.
    """
    everywhere = np.asarray((counts > 0).all(axis=1))
    if genes is not None:
        if not everywhere[genes].all():
            raise NotComputable(
                "a reference gene was not read in every sample",
                remedy="Leave that gene or that sample out; no reads give no depth.",
            )
        logs = np.log(counts[genes]).mean(axis=0)
    else:
        if not everywhere.any():
            raise NotComputable(
                "no gene was read in every sample, so their depths cannot be compared",
                remedy="Leave out samples that failed, or name reference genes.",
            )
        each = np.log(counts[everywhere])
        logs = np.median(each - each.mean(axis=1, keepdims=True), axis=0)
    found: Floats = np.exp(logs - logs.mean())
    return found


def expression(counts: Floats, treated: Flags, factors: Floats) -> Expression:
    """Compare two groups of samples gene by gene.

    Args:
        counts: (genes, samples) reads, at least 0.
        treated: (samples,) whether a sample was treated; the others are controls.
        factors: (samples,) how deep each was read, from `size_factors`.

    Raises:
        NotComputable: a group has no sample.

    Notes:
        Log counts are compared by least squares, each weighted by the scatter that counts of its
        size have over all genes (Law et al. 2014), and a gene's variance is moderated by the
        others' (Smyth 2004). The scatter of a size is the mean root sd of genes in bins of 40 by
        size, which replaces the lowess curve of the paper. With fewer than 200 genes all counts
        weigh alike, with fewer than 20 each gene has its own variance. Checked against limma in
        tests/reference/test_expression.py; error rates in docs/validation/drugging.md.
    """
    if not treated.any() or treated.all():
        raise NotComputable("a group has no sample", remedy="Name both groups as the sheet does.")
    depth = factors * np.exp(np.log(np.maximum(counts.sum(axis=0), 1)).mean())
    logs: Floats = np.log2((counts + 0.5) / (depth + 1) * 1e6)
    enough = counts.sum(axis=1) >= FEWEST_READS
    df = treated.size - 2
    weighted = df > 0 and int(enough.sum()) >= FEWEST_FOR_TREND
    weights = np.ones_like(logs)
    if weighted:
        sizes = np.log2(depth + 1) - math.log2(1e6)
        weights = _weights(logs, sizes, treated, enough)
    change, variance, unscaled = _two_means(logs, weights, treated)
    own = np.where(enough, variance, 0.0)
    shares = int(enough.sum()) >= FEWEST_SHARED
    each_df = np.where(enough, float(df), 0.0) if shares else np.full(enough.size, float(df))
    if shares and df > 0:
        spread = moderated(own, each_df)
        scatter, total, prior_df = spread.variance, spread.df, spread.prior_df
    else:
        scatter = np.where(df > 0, variance, np.nan)
        total, prior_df = each_df, 0.0
    error = np.sqrt(scatter * unscaled)
    tested = enough & np.isfinite(error) & (error > 0)
    p = np.full(enough.size, np.nan)
    for k in np.flatnonzero(tested).tolist():
        p[k] = _two_sided(float(change[k] / error[k]), float(total[k]))
    q = benjamini_hochberg([None if math.isnan(one) else one for one in p.tolist()])
    return Expression(
        logs=logs, change=change, error=error, df=total, p_value=p, q_value=tuple(q),
        tested=tested, weighted=weighted, prior_df=prior_df,
        treated=int(treated.sum()), control=int((~treated).sum()),
    )  # fmt: skip


def _two_means(logs: Floats, weights: Floats, treated: Flags) -> tuple[Floats, Floats, Floats]:
    """Difference of weighted means, residual variance, and the variance per unit of it."""
    residual = np.zeros(logs.shape[0])
    means, per_unit = [], np.zeros(logs.shape[0])
    for group in (treated, ~treated):
        w, y = weights[:, group], logs[:, group]
        total = w.sum(axis=1)
        mean = (w * y).sum(axis=1) / total
        residual += (w * (y - mean[:, None]) ** 2).sum(axis=1)
        per_unit += 1 / total
        means.append(mean)
    df = treated.size - 2
    variance = residual / df if df > 0 else np.full(logs.shape[0], np.nan)
    return means[0] - means[1], variance, per_unit


def _weights(logs: Floats, sizes: Floats, treated: Flags, enough: Flags) -> Floats:
    """(genes, samples) one over the variance that a count of its expected size has."""
    _, variance, _ = _two_means(logs, np.ones_like(logs), treated)
    size = logs.mean(axis=1) + sizes.mean()
    x, y = _binned(size[enough], np.sqrt(np.sqrt(variance[enough])))
    fitted = np.empty_like(logs)
    for group in (treated, ~treated):
        fitted[:, group] = logs[:, group].mean(axis=1, keepdims=True) + sizes[group]
    found: Floats = np.interp(fitted, x, y) ** -4.0
    return found


def _binned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Means of y over bins of like x."""
    order = np.argsort(x, kind="stable")
    parts = np.array_split(order, max(x.size // _BIN, 1))
    middle = np.array([x[part].mean() for part in parts])
    height = np.array([y[part].mean() for part in parts])
    return middle, np.maximum(height, height.max() * 1e-3)


def _two_sided(t: float, df: float) -> float:
    return min(1.0, 2 * float(stdtr(min(df, 1e9), -abs(t))))
