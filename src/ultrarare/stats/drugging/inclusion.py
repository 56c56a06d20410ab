"""Inclusion of an exon in treated and control samples: PSI and its difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from ultrarare.errors import NotComputable
from ultrarare.stats.proportion import score_limits
from ultrarare.stats.sites.comparison import compare_sites
from ultrarare.stats.sites.replicates import Arm, Pair
from ultrarare.stats.welch import welch

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Group:
    """Samples of one group.

    Attributes:
        psi: (samples,) share of transcripts that include the exon.
        weight: (samples,) transcripts counted; None for intensities, which are no counts.
    """

    psi: Floats
    weight: Floats | None

    @property
    def pooled(self) -> float:
        """Share over all transcripts, or the mean of the samples."""
        if self.weight is None:
            return float(self.psi.mean())
        return float((self.psi * self.weight).sum() / self.weight.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionChange:
    """PSI of treated less control.

    Attributes:
        treated: PSI.
        control: PSI.
        difference: treated less control.
        lower: limit; None where nothing says how samples scatter.
        upper: limit.
        p_value: two-sided; None as above.
        dispersion: how many times more the counts scatter than reads do; None for intensities.
        level: coverage.
        caveats: what limits it.
    """

    treated: float
    control: float
    difference: float
    lower: float | None
    upper: float | None
    p_value: float | None
    dispersion: float | None
    level: float
    caveats: tuple[str, ...]


def psi_of(inclusion: Floats, exclusion: Floats, junctions: float) -> tuple[Floats, Floats]:
    """PSI and transcripts counted, inclusion reads being spread over so many junctions.

    Args:
        inclusion: (samples,) reads over the junctions that include the exon.
        exclusion: (samples,) reads over the one that skips it.
        junctions: how many junctions the inclusion reads come from: 2 for a cassette exon.

    Returns:
        NaN and 0 where nothing was counted.
    """
    weight = inclusion / junctions + exclusion
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0, inclusion / junctions / weight, np.nan), weight


def sample_limits(psi: float, weight: float, level: float) -> tuple[float, float]:
    """Wilson's limits of one sample's PSI, which take reads as transcripts."""
    return score_limits(psi, weight, float(stdtrit(1e9, 0.5 + level / 2)))


def inclusion_change(treated: Group, control: Group, level: float = 0.95) -> InclusionChange:
    """Compare two groups of samples.

    Notes:
        Counts: as at nominated sites, dispersion within groups and at least 1, p the larger of a t
        and of Fisher's test, doubled for either direction. Intensities: Welch's t on PSI. Checked
        in tests/unit/stats/test_drugging.py; error rates in docs/validation/drugging.md.

    Raises:
        NotComputable: a group is empty.
    """
    if not treated.psi.size or not control.psi.size:
        raise NotComputable("a group has no sample in which a transcript was counted")
    a, b = treated.pooled, control.pooled
    if treated.weight is None or control.weight is None:
        found = welch(control.psi, treated.psi, level=level)
        lower = None if found is None else max(found.lower, -1.0)
        upper = None if found is None else min(found.upper, 1.0)
        caveats = ["intensities are no counts: limits rest on the samples alone"]
        if found is None:
            caveats.append("one sample in a group, or equal samples: nothing says how they scatter")
        return InclusionChange(
            treated=a, control=b, difference=a - b, lower=lower, upper=upper,
            p_value=None if found is None else found.p, dispersion=None, level=level,
            caveats=tuple(caveats),
        )  # fmt: skip
    arms = [Arm(share=x.psi, depth=x.weight, unit=0.0) for x in (treated, control)]
    up, down = (
        compare_sites(
            [Pair(site="exon", treated=one, control=two)], level=level, detectable=False
        ).sites[0]
        for one, two in (arms, arms[::-1])
    )
    p = min(1.0, 2 * min(up.p_value or 0.0, down.p_value or 0.0))
    caveats = [text for text in up.caveats if "input copies" not in text]
    return InclusionChange(
        treated=a, control=b, difference=a - b, lower=up.lower, upper=up.upper, p_value=p,
        dispersion=up.dispersion, level=level, caveats=tuple(caveats),
    )  # fmt: skip
