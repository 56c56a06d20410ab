"""How far the values of two phases overlap: NAP and the Tau family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import kendalltau

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, same_length

_TREND_LEVEL: Final = 0.05
"""Baseline-corrected Tau takes the baseline's trend out if its Kendall p is below this."""
_DIGITS: Final = 12
"""Significant digits at which corrected values count as tied: rounding is no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Overlap of a baseline and the treatment phase after it; positive is higher in treatment."""

    n_baseline: int
    n_treatment: int
    pairs: int  # n_baseline * n_treatment
    nap: float  # probability that a treatment value is higher than a baseline one; ties count half
    nap_se: float | None  # None with one value in a phase, or without any overlap
    tau: float
    tau_u: float  # with the baseline's trend taken off; may leave -1 to 1
    bc_tau: float | None  # None if every (corrected) value is equal
    bc_corrected: bool  # whether the baseline's trend was taken out for it
    baseline_trend: float | None  # Kendall's tau-b of baseline values with time
    baseline_trend_p: float | None


def overlap(
    baseline_time: Floats, baseline: Floats, treatment_time: Floats, treatment: Floats
) -> Overlap:
    """Compare every treatment value with every baseline value.

    Args:
        baseline_time: (m,) increasing times of the baseline, m ≥ 1.
        baseline: (m,) values, finite.
        treatment_time: (n,) increasing times after them, n ≥ 1.
        treatment: (n,) values, finite.

    Raises:
        InputError: an empty phase, unequal lengths, or values that are not finite.

    Notes:
        S counts pairs: +1 for a later value that is higher, -1 for one that is lower.
        NAP = (S/mn + 1)/2 with the unbiased variance of Mee (1990) and Sen (1967); Parker and
        Vannest (2009). Tau = S/mn. Tau-U = (S - S_baseline)/mn, where S_baseline is Kendall's S
        of the baseline with time (Parker, Vannest, Davis and Sauber 2011, their A against B with
        baseline trend removed). Baseline-corrected Tau: Kendall's tau-b of value with phase,
        after the baseline's Theil–Sen line is taken off all values if Kendall's test of that
        trend has p below 0.05 (Tarlow 2017).
    """
    ta, a = finite_vector(baseline_time, "baseline_time"), finite_vector(baseline, "baseline")
    tb, b = finite_vector(treatment_time, "treatment_time"), finite_vector(treatment, "treatment")
    same_length(baseline_time=ta, baseline=a)
    same_length(treatment_time=tb, treatment=b)
    higher = np.sign(b[None, :] - a[:, None])
    s, pairs = float(higher.sum()), a.size * b.size
    trend, p = _trend(ta, a)
    corrected = p is not None and p < _TREND_LEVEL
    bc = _tau_b(*(_without_trend(ta, a, tb, b) if corrected else (a, b)))
    return Overlap(
        n_baseline=a.size,
        n_treatment=b.size,
        pairs=pairs,
        nap=(s / pairs + 1) / 2,
        nap_se=_nap_se((higher + 1) / 2),
        tau=s / pairs,
        tau_u=(s - kendall_s(a)) / pairs,
        bc_tau=bc,
        bc_corrected=corrected,
        baseline_trend=trend,
        baseline_trend_p=p,
    )


def pooled(parts: list[Overlap]) -> Overlap:
    """One overlap for several pairs of phases, each weighted by its number of pairs of values.

    Raises:
        NotComputable: there is none.
    """
    if not parts:
        raise NotComputable("no baseline is followed by a treatment phase", where="phase")
    if len(parts) == 1:
        return parts[0]
    weights = np.array([part.pairs for part in parts]) / sum(part.pairs for part in parts)
    nap = float(weights @ [part.nap for part in parts])
    ses = [part.nap_se for part in parts]
    bcs = [part.bc_tau for part in parts]
    return Overlap(
        n_baseline=sum(part.n_baseline for part in parts),
        n_treatment=sum(part.n_treatment for part in parts),
        pairs=sum(part.pairs for part in parts),
        nap=nap,
        nap_se=None
        if any(se is None for se in ses)
        else float(np.linalg.norm(weights * np.array(ses, dtype=np.float64))),
        tau=2 * nap - 1,
        tau_u=float(weights @ [part.tau_u for part in parts]),
        bc_tau=None
        if any(bc is None for bc in bcs)
        else float(weights @ np.array(bcs, dtype=np.float64)),
        bc_corrected=any(part.bc_corrected for part in parts),
        baseline_trend=None,
        baseline_trend_p=None,
    )


def kendall_s(values: Floats) -> float:
    """Kendall's S of values in order of time: pairs that rise minus pairs that fall."""
    return float(np.sign(np.subtract.outer(values, values))[np.tril_indices(values.size, -1)].sum())


def theil_sen(time: Floats, value: Floats) -> float:
    """Median slope between every two points, in the values' unit per unit of time.

    Raises:
        NotComputable: fewer than two different times.
    """
    later, earlier = np.tril_indices(time.size, -1)
    apart = time[later] - time[earlier]
    if not np.any(apart):
        raise NotComputable("one time only has no slope", where="time")
    rise = value[later] - value[earlier]
    return float(np.median(rise[apart != 0] / apart[apart != 0]))


def _trend(time: Floats, value: Floats) -> tuple[float | None, float | None]:
    """Kendall's tau-b of a baseline with time and its p; None where nothing varies."""
    if value.size < 2 or np.all(value == value[0]):
        return None, None
    found = kendalltau(time, value)
    return float(found.statistic), float(found.pvalue)


def _without_trend(ta: Floats, a: Floats, tb: Floats, b: Floats) -> tuple[Floats, Floats]:
    """All values minus the baseline's Theil–Sen line, extrapolated into treatment."""
    slope = theil_sen(ta, a)
    rest = np.concatenate((a - slope * ta, b - slope * tb))
    scale = 10.0 ** (np.ceil(np.log10(max(np.abs(rest).max(), 1e-300))) - _DIGITS)
    rest = np.round(rest / scale)
    return rest[: a.size], rest[a.size :]


def _tau_b(a: Floats, b: Floats) -> float | None:
    """Kendall's tau-b of value with phase; None where every value is equal."""
    both = np.concatenate((a, b))
    if np.all(both == both[0]):
        return None
    phase = np.repeat([0.0, 1.0], (a.size, b.size))
    return float(kendalltau(phase, both).statistic)


def _nap_se(q: Floats) -> float | None:
    """Root of the unbiased variance of NAP; q is (m, n), 1 if higher, 0.5 if tied, else 0."""
    m, n = q.shape
    nap = float(q.mean())
    if min(m, n) < 2 or nap in {0.0, 1.0}:
        return None
    total, rows, columns = q.sum(), (q.sum(axis=1) ** 2).sum(), (q.sum(axis=0) ** 2).sum()
    # What two different baseline values and two different treatment values give estimates NAP².
    apart = (total**2 - rows - columns + (q**2).sum()) / (m * n * (m - 1) * (n - 1))
    variance = nap**2 - float(apart)
    return float(np.sqrt(variance)) if variance > 0 else None
