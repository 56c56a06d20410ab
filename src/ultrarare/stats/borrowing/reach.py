"""The strongest conclusion of benefit that a number of treated people allows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.borrowing.densities import difference, probability_above, treated_density
from ultrarare.stats.borrowing.evidence import Evidence
from ultrarare.stats.borrowing.prior import ControlPosterior


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is the most that can come out, before the treated people's outcomes are seen.

    Attributes:
        p_benefit: largest probability of benefit, 0 to 1; None where outcomes have no best one.
        threshold: probability of benefit from which one concludes.
        outcome: the best outcome, in words; empty where there is none.
    """

    p_benefit: float | None
    threshold: float
    outcome: str = ""

    @property
    def impossible(self) -> bool:
        """Whether no outcome of the treated people concludes benefit."""
        return self.p_benefit is not None and self.p_benefit < self.threshold

    def summary(self) -> str:
        """One clause; empty where outcomes have no best one."""
        if self.p_benefit is None:
            return ""
        line = (
            f"at best, with {self.outcome}, the probability of benefit is {self.p_benefit:.4f}; "
            f"{self.threshold:g} is needed"
        )
        if not self.impossible:
            return line
        return f"{line}: benefit cannot be concluded, whatever is true"


def reach_of(
    after: ControlPosterior, control_theta: Floats, treated: Evidence, *, sign: float, level: float
) -> Reach:
    """Probability of benefit at the treated people's best outcome.

    Args:
        after: posterior of the control's θ.
        control_theta: (n,) its grid.
        treated: one group; only its size counts.
        sign: 1 where more is better, −1 where less is.
        level: coverage of the interval.

    Notes:
        The best outcome is no event where fewer are better, and an event in everybody where more
        are. Means, and counts of which more are better, have none.
    """
    threshold = (1 + level) / 2
    if treated.kind == "normal" or (treated.kind == "count" and sign > 0):
        return Reach(p_benefit=None, threshold=threshold)
    best = treated.size if sign > 0 else np.zeros(1)
    step = float(control_theta[1] - control_theta[0])
    theta, density = treated_density(replace(treated, y=np.array(best, dtype=np.float64)), step)
    at, effect = difference(control_theta, after.density, theta, density)
    return Reach(
        p_benefit=probability_above(at, effect, sign),
        threshold=threshold,
        outcome="an event in every treated person" if sign > 0 else "no event in the treated",
    )
