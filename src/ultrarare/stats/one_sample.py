"""Observed against expected events: the one-sample log-rank test and its ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, ndtr, pdtr, pdtrc

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, flag_vector, require_level, same_length
from ultrarare.stats.untreated_hazard import UntreatedHazard
from ultrarare.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSample:
    """Events observed among the treated, and expected from the untreated hazard.

    `p_known` takes the curve as known; `p_corrected` adds the variance of the curve itself.
    """

    observed: int
    expected: float
    ratio: float
    ratio_lower: float  # exact Poisson limits, the curve taken as known
    ratio_upper: float
    z_known: float  # (O − E)/√E
    z_wu: float  # (O − E)/√((O + E)/2), Wu 2014
    z_corrected: float  # (O − E)/√(E + Σ m² d/n²)
    p_known: float  # one-sided, towards fewer events
    p_corrected: float
    p_poisson: float  # P(Poisson(E) ≤ O)
    p_poisson_more: float  # P(Poisson(E) ≥ O)
    curve_variance: float
    level: float
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """One line, then the caveats."""
        line = (
            f"{counted(self.observed, 'event')} observed, {self.expected:.3g} expected; ratio "
            f"{self.ratio:.3g} ({self.ratio_lower:.3g} to {self.ratio_upper:.3g})"
        )
        return "\n".join((line, *self.caveats))


def one_sample(
    hazard: UntreatedHazard,
    begin: ArrayLike,
    end: ArrayLike,
    event: ArrayLike,
    *,
    level: float = 0.95,
) -> OneSample:
    """Compare the events of the treated with the untreated cumulative hazard over their windows.

    Args:
        hazard: of the untreated.
        begin: (n,) where each person's comparison begins.
        end: (n,) at the event, or last seen event-free.
        event: (n,) whether it was seen.
        level: coverage of the Poisson limits.

    Raises:
        NotComputable: no event is expected, so nothing can be compared.

    Notes:
        Breslow 1975; Finkelstein, Muzikansky and Schoenfeld 2003; Wu 2014; the correction for an
        estimated curve is that of the difference of two Nelson–Aalen estimates, with m treated and
        n untreated at risk (Danzer, Feld, Faldum and Schmidt 2022 treat the same problem).
    """
    require_level(level)
    first, last = finite_vector(begin, "begin"), finite_vector(end, "end")
    seen = flag_vector(event, "event")
    same_length(begin=first, end=last, event=seen)
    expected = float(sum(hazard.expected(a, b) for a, b in zip(first, last, strict=True)))
    if expected <= 0:
        raise NotComputable(
            "no untreated person had the event at the ages at which the treated were observed, so "
            "none was to be expected",
            remedy="Follow the treated for longer, or bring untreated people with events at those "
            "ages.",
        )
    observed = int(seen.sum())
    variance = _curve_variance(hazard, first, last)
    low, high = poisson_limits(observed, level)
    gap = observed - expected
    corrected = gap / float(np.sqrt(expected + variance))
    known = gap / float(np.sqrt(expected))
    caveats: tuple[str, ...] = ()
    if expected < 10:
        caveats = (
            f"{expected:.3g} events were expected: the normal log-rank p is rough, and the exact "
            "p is the one to read",
        )
    return OneSample(
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        ratio_lower=low / expected,
        ratio_upper=high / expected,
        z_known=known,
        z_wu=gap / float(np.sqrt((observed + expected) / 2)),
        z_corrected=corrected,
        p_known=float(ndtr(known)),
        p_corrected=float(ndtr(corrected)),
        p_poisson=float(pdtr(observed, expected)),
        p_poisson_more=float(pdtrc(observed - 1, expected)) if observed else 1.0,
        curve_variance=variance,
        level=level,
        caveats=caveats,
    )


def _curve_variance(hazard: UntreatedHazard, begin: Floats, end: Floats) -> float:
    """Variance that the estimated curve puts into the expected number: Σ m² d/n²."""
    time = hazard.time
    at_risk = ((time > begin[:, None]) & (time <= end[:, None])).sum(axis=0)
    return float(np.sum(at_risk**2 * hazard.events / hazard.at_risk**2))


def poisson_limits(observed: int, level: float) -> tuple[float, float]:
    """Exact limits of a Poisson mean (Garwood 1936)."""
    tail = (1 - level) / 2
    low = float(chdtri(2 * observed, 1 - tail)) / 2 if observed else 0.0
    return low, float(chdtri(2 * observed + 2, tail)) / 2
