"""Relative quantities of a transcript by qPCR: ΔΔCq with efficiencies and several references."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ultrarare.errors import NotComputable
from ultrarare.stats.welch import welch

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Treated over control.

    Attributes:
        value: ratio of geometric means; 1 is no change.
        lower: limit; None where a group has one sample.
        upper: limit; None where a group has one sample.
        p_value: two-sided, Welch's t on the logarithm; None where a group has one sample.
        df: Welch's degrees of freedom; None as above.
        level: coverage.
        treated: samples.
        control: samples.
    """

    value: float
    lower: float | None
    upper: float | None
    p_value: float | None
    df: float | None
    level: float
    treated: int
    control: int

    @property
    def knock_down(self) -> tuple[float, float | None, float | None]:
        """1 − ratio, with its limits."""
        return (
            1 - self.value,
            None if self.upper is None else 1 - self.upper,
            None if self.lower is None else 1 - self.lower,
        )

    def to_json(self) -> dict[str, float | int | None]:
        """Plain JSON; null where something is undefined, and for endless degrees of freedom."""
        df = self.df if self.df is not None and math.isfinite(self.df) else None
        return {
            "value": self.value, "lower": self.lower, "upper": self.upper, "level": self.level,
            "p_value": self.p_value, "df": df, "treated": self.treated, "control": self.control,
        }  # fmt: skip


def log_quantities(
    target: Floats, references: Mapping[str, Floats], efficiency: Mapping[str, float], name: str
) -> Floats:
    """(samples,) log2 of the quantity of a gene over the geometric mean of the references.

    Args:
        target: (samples,) Cq of the gene.
        references: Cq of each reference gene in the same samples.
        efficiency: factor by which each cycle multiplies, by gene; 2 is perfect.
        name: of the gene.

    Notes:
        Pfaffl 2001, with the geometric mean of several references as Vandesompele et al. 2002.
        With all efficiencies 2 and one reference it is Livak and Schmittgen's ΔCq.
    """
    own = -math.log2(efficiency[name]) * target
    others = [-math.log2(efficiency[gene]) * cq for gene, cq in references.items()]
    found: Floats = own - np.mean(others, axis=0)
    return found


def ratio(treated: Floats, control: Floats, level: float = 0.95) -> Ratio:
    """Ratio of two groups of samples from their log2 quantities, with Welch's limits.

    Args:
        treated: (samples,) log2 quantities.
        control: (samples,) log2 quantities.
        level: coverage.

    Raises:
        NotComputable: a group is empty.
    """
    if not treated.size or not control.size:
        raise NotComputable("a group has no sample with both target and references measured")
    difference = float(treated.mean() - control.mean())
    found = welch(control, treated, level=level)
    lower = upper = None
    if found is not None:
        lower, upper = 2**found.lower, 2**found.upper
    return Ratio(
        value=2**difference, lower=lower, upper=upper,
        p_value=None if found is None else found.p, df=None if found is None else found.df,
        level=level,
        treated=int(treated.size), control=int(control.size),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How steady reference genes are against each other.

    Attributes:
        m: each gene's mean pairwise variation with the others; lower is steadier.
        pairwise: V of the steadiest n and n + 1 genes, by n.
        ranked: steadiest first; the last two cannot be told apart.
    """

    m: Mapping[str, float]
    pairwise: Mapping[int, float]
    ranked: tuple[str, ...]


def stability(quantities: Mapping[str, Floats]) -> Stability | None:
    """Stability of reference genes over samples, after Vandesompele et al. 2002.

    Args:
        quantities: (samples,) log2 quantity of each gene, not normalised; at least two genes.

    Returns:
        None with fewer than two genes or two samples.
    """
    names = list(quantities)
    if len(names) < 2 or any(x.size < 2 for x in quantities.values()):
        return None
    m = _m(quantities, names)
    left, order = list(names), list[str]()
    while len(left) > 2:
        here = _m(quantities, left)
        worst = max(left, key=lambda gene: here[gene])
        order.append(worst)
        left.remove(worst)
    ranked = (*left, *reversed(order))
    pairwise = {
        n: float(
            np.std(
                np.mean([quantities[g] for g in ranked[:n]], axis=0)
                - np.mean([quantities[g] for g in ranked[: n + 1]], axis=0),
                ddof=1,
            )
        )
        for n in range(2, len(names))
    }
    return Stability(m=m, pairwise=pairwise, ranked=ranked)


def _m(quantities: Mapping[str, Floats], names: Sequence[str]) -> dict[str, float]:
    return {
        one: float(
            np.mean(
                [np.std(quantities[one] - quantities[two], ddof=1) for two in names if two != one]
            )
        )
        for one in names
    }
