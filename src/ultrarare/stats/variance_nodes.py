"""A small deterministic grid over the variance parameters of a mixed model, with its weights."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from ultrarare.stats.arrays import Floats, freeze

_NEGLIGIBLE: Final = 1e-9
"""Nodes of less weight are left out."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VarianceNodes:
    """What the model would be at each of Q values of its variance parameters.

    Given a node, β and σ² are integrated out in closed form, so that a prediction is Student's t
    on `df` degrees of freedom; over all nodes it is a mixture of such.
    """

    weight: Floats  # (Q,) posterior weight, sums to 1
    beta: Floats  # (Q, p)
    beta_cov: Floats  # (Q, p, p)
    random_cov: Floats  # (Q, p, p)
    residual_var: Floats  # (Q,)
    correlation: Floats  # (Q,) of residuals one unit of time apart; 0 without serial part
    nugget: Floats  # (Q,) share of the residual variance without memory
    knot: Floats  # (Q,) change point; not read where p is 2
    df: int
    points: int  # of the grid, along each parameter

    def __post_init__(self) -> None:
        freeze(self)

    def kept(self) -> VarianceNodes:
        """The nodes that carry weight, summing to 1."""
        keep = self.weight > _NEGLIGIBLE * self.weight.max()
        values = {
            field.name: value[keep] if isinstance(value, np.ndarray) else value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        values["weight"] = values["weight"] / values["weight"].sum()
        return VarianceNodes(**values)

    @classmethod
    def joined(cls, parts: list[VarianceNodes], weights: Floats) -> VarianceNodes:
        """Several sets as one, each with a weight of its own; all on the same `df`."""
        columns = {
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(cls)
            if field.name not in {"weight", "df", "points"}
        }
        share = np.concatenate([w * part.weight for w, part in zip(weights, parts, strict=True)])
        return cls(weight=share, df=parts[0].df, points=parts[0].points, **columns).kept()
