"""Effects on marker and outcome, one pair a variant, with their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, freeze, non_negative_vector, same_length

FEWEST: Final = 4
"""Fewer variants carry no slope with an honest interval."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairs:
    """Checked pairs; arrays have shape (n,)."""

    x: Floats
    x_se: Floats
    y: Floats
    y_se: Floats
    correlation: Floats  # of the errors of x and y

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def size(self) -> int:
        """How many."""
        return self.x.size

    def without(self, place: int) -> Pairs:
        """All but one."""
        kept = np.arange(self.size) != place
        return Pairs(
            x=self.x[kept], x_se=self.x_se[kept], y=self.y[kept], y_se=self.y_se[kept],
            correlation=self.correlation[kept],
        )  # fmt: skip

    def correlated(self, correlation: float, places: tuple[int, ...]) -> Pairs:
        """The same pairs with another correlation of their errors at some places."""
        changed = self.correlation.copy()
        changed[list(places)] = correlation
        return Pairs(x=self.x, x_se=self.x_se, y=self.y, y_se=self.y_se, correlation=changed)


def pairs_of(
    marker: ArrayLike,
    marker_se: ArrayLike,
    outcome: ArrayLike,
    outcome_se: ArrayLike,
    correlation: ArrayLike | None = None,
) -> Pairs:
    """Check and collect.

    Args:
        marker: (n,) effect on the marker, one a variant.
        marker_se: (n,) its standard error, ≥ 0.
        outcome: (n,) effect on the outcome.
        outcome_se: (n,) its standard error, > 0.
        correlation: (n,) of the two errors, within ±0.99; None for 0.

    Raises:
        InputError: lengths, values that are not finite, standard errors or correlations outside.
        NotComputable: fewer than four variants, an outcome without any variation, or a marker that
            varies through one variant alone.
    """
    x, y = finite_vector(marker, "marker"), finite_vector(outcome, "outcome")
    xs, ys = non_negative_vector(marker_se, "marker_se"), finite_vector(outcome_se, "outcome_se")
    r = np.zeros(x.size) if correlation is None else finite_vector(correlation, "correlation")
    same_length(marker=x, marker_se=xs, outcome=y, outcome_se=ys, correlation=r)
    if (bad := np.flatnonzero(ys <= 0)).size:
        raise InputError(f"must be above 0, not {ys[bad[0]]:g}", where=f"outcome_se[{bad[0]}]")
    if (bad := np.flatnonzero(np.abs(r) > 0.99)).size:
        raise InputError(
            f"must lie within ±0.99, not {r[bad[0]]:g}", where=f"correlation[{bad[0]}]"
        )
    require_variants(x.size)
    for values, name in ((x, "marker"), (y, "outcome")):
        if _same(values):
            raise NotComputable(
                f"the effect on the {name} is the same in every variant, so nothing can be learnt "
                "of how the two go together",
                remedy="Bring variants that differ.",
            )
    if any(_same(np.delete(x, place)) for place in range(x.size)):
        raise NotComputable(
            "but for one variant the effect on the marker is the same in every variant: the "
            "relation would rest on that one alone",
            remedy="Bring variants that differ.",
        )
    return Pairs(x=x, x_se=xs, y=y, y_se=ys, correlation=r)


def _same(values: Floats) -> bool:
    return float(np.ptp(values)) <= 1e-12 * max(1.0, float(np.abs(values).max()))


def require_variants(found: int) -> None:
    """Nothing, if there are enough variants.

    Raises:
        NotComputable: fewer than four; one patient or one variant can show no prediction.
    """
    if found < FEWEST:
        raise NotComputable(
            f"{found} variant{'' if found == 1 else 's'}; whether a marker predicts the outcome "
            f"cannot be judged from fewer than {FEWEST}",
            remedy="Bring effects on marker and outcome from further variants.",
        )
