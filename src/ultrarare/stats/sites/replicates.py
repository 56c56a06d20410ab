"""Replicates of a site in two groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arm:
    """One group at one site.

    Attributes:
        share: (replicates,) share of reads edited.
        depth: (replicates,) reads; None where they are not told.
        unit: smallest step in which shares are told; 0 for counts.
        copies: genome copies of all replicates together; None if not told.
    """

    share: Floats
    depth: Floats | None
    unit: float
    copies: float | None = None

    @property
    def size(self) -> int:
        """Replicates."""
        return int(self.share.size)

    @property
    def pooled(self) -> float:
        """Share over all reads, or the mean of the replicates without depths."""
        if self.depth is None:
            return float(self.share.mean())
        return float((self.share * self.depth).sum() / self.depth.sum())

    @property
    def reads(self) -> float | None:
        """Reads of all replicates."""
        return None if self.depth is None else float(self.depth.sum())

    @property
    def counted(self) -> float:
        """Reads edited, of all replicates; only with depths."""
        return 0.0 if self.depth is None else float((self.share * self.depth).sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pair:
    """One site in both groups."""

    site: str
    treated: Arm
    control: Arm

    @property
    def counts(self) -> bool:
        """Whether depths are told throughout."""
        return self.treated.depth is not None and self.control.depth is not None

    @property
    def df(self) -> int:
        """Degrees of freedom between replicates."""
        return self.treated.size + self.control.size - 2


def dispersion(pair: Pair) -> float:
    """Pearson's dispersion of the counts within groups, 1 if they scatter as reads do.

    0 where no read is edited, which says nothing.
    """
    total = 0.0
    for arm in (pair.treated, pair.control):
        p = arm.pooled
        if arm.depth is None or not 0 < p < 1:
            continue
        total += float((arm.depth * (arm.share - p) ** 2).sum() / (p * (1 - p)))
    return total / pair.df if pair.df else 0.0


def root_variance(pair: Pair) -> float:
    """Variance within groups of the square roots of the shares, which depends little on the share.

    At least that of rounding, so that equal replicates are not taken for certainty.
    """
    unit = max(pair.treated.unit, pair.control.unit)
    total, least = 0.0, 0.0
    for arm in (pair.treated, pair.control):
        roots = np.sqrt(arm.share)
        total += float(((roots - roots.mean()) ** 2).sum())
        least += (arm.size - 1) * unit**2 / 12 / (4 * max(arm.pooled, unit))
    return max(total, least) / pair.df if pair.df else 0.0
