"""Do the current control's people look like what the prior foretells: Box's predictive p."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, poisson

from ultrarare.stats.arrays import Floats
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.prior import BorrowingPrior, moments


def conflict_p(prior: BorrowingPrior, current: Evidence) -> float:
    """Probability, under the prior, of data no more likely than those seen.

    Args:
        prior: of the control's θ; normally its informative part (`robust(0)`), since a vague part
            foresees everything.
        current: the current control, one group.

    Returns:
        Box's p; small means that prior and data disagree.

    Notes:
        Box 1980. The predictive mass of each possible outcome is summed over the prior's grid;
        for a mean its density is tabulated on a grid of the mean.
    """
    mass = prior.density / prior.density.sum()
    size, seen = float(current.size[0]), float(current.y[0])
    if prior.kind == "normal":
        return _normal(prior, mass, size, seen)
    natural = prior.one_person.natural(prior.theta)
    keep = mass > 1e-12
    if prior.kind == "binary":
        chances = binom.pmf(np.arange(size + 1)[:, None], int(size), natural[keep]) @ mass[keep]
        return _no_more_likely(chances, int(seen))
    expected = size * natural[keep]
    mean, sd = moments(expected, mass[keep])
    most = int(max(seen, mean + 12 * np.sqrt(mean + sd**2) + 20))
    chances = poisson.pmf(np.arange(most + 1)[:, None], expected) @ mass[keep]
    return _no_more_likely(chances, int(seen))


def _no_more_likely(chances: Floats, seen: int) -> float:
    # From 1, so that what lies beyond the last outcome looked at counts as less likely.
    return max(0.0, 1 - float(chances[chances > chances[seen] * (1 + 1e-9)].sum()))


def _normal(prior: BorrowingPrior, mass: Floats, se: float, seen: float) -> float:
    """The same for a mean: its predictive density on a grid that holds the value seen."""
    mean, sd = moments(prior.theta, mass)
    reach = max(9 * float(np.hypot(sd, se)), 1.05 * abs(seen - mean))
    at = np.append(np.linspace(mean - reach, mean + reach, 1501), seen)
    keep = mass > 1e-14
    density = np.exp(-0.5 * ((at[:, None] - prior.theta[keep]) / se) ** 2) @ mass[keep]
    grid, here = density[:-1], density[-1]
    rank = np.interp(here, np.sort(grid), np.cumsum(np.sort(grid)) - np.sort(grid) / 2)
    return min(1.0, float(rank / grid.sum()))
