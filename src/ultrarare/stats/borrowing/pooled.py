"""Where the pooled history alone puts θ: the common ground of commensurate and power priors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultrarare.stats.arrays import Floats, freeze, require_positive
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.prior import even_grid


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pooled:
    """Log likelihood of all groups as if they were one, and the initial prior, over one grid."""

    theta: Floats  # (n,)
    log_likelihood: Floats  # (n,), largest 0
    log_initial: Floats  # (n,) normal prior before any history
    around: float
    unit_sd: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def step(self) -> float:
        """Distance of neighbouring grid points."""
        return float(self.theta[1] - self.theta[0])

    def density(self, power: float) -> Floats:
        """(n,) initial prior times likelihood to the power, normalised."""
        log = self.log_initial + power * self.log_likelihood
        out = np.exp(log - log.max())
        return np.asarray(out / (out.sum() * self.step))


def pool(
    history: Evidence,
    *,
    mean_centre: float,
    mean_sd: float,
    widest: float = 0.0,
    finest: float | None = None,
) -> Pooled:
    """All groups as if they were one, on a grid that holds the initial prior.

    Args:
        history: the groups.
        mean_centre: centre of the normal prior before any history, in θ.
        mean_sd: its sd, > 0.
        widest: largest sd that the result will be blurred with.
        finest: smallest sd that the caller will multiply the density with.

    Raises:
        InputError: `mean_sd` is not above 0.
        NotComputable: see `even_grid`.
    """
    require_positive(mean_sd, "mean_sd")
    m, s = history.approximation()
    precision = float(np.sum(s**-2)) + mean_sd**-2
    around = (float(np.sum(m / s**2)) + mean_centre * mean_sd**-2) / precision
    sd = history.unit_sd if history.unit_sd is not None else float(history.size.max())
    reach = 6 * max(mean_sd, widest)
    theta = even_grid(
        min(mean_centre, around) - reach,
        max(mean_centre, around) + reach,
        finest=min(precision**-0.5, np.inf if finest is None else finest),
        kind=history.kind,
        around=around,
        vague_sd=sd,
    )
    log = history.log_likelihood(theta).sum(axis=0)
    return Pooled(
        theta=theta,
        log_likelihood=log - log.max(),
        log_initial=-0.5 * ((theta - mean_centre) / mean_sd) ** 2,
        around=around,
        unit_sd=sd,
    )
