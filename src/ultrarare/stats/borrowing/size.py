"""How many people a prior is worth: its effective sample size, three ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.stats.arrays import Floats
from ultrarare.stats.borrowing.prior import BorrowingPrior, moments

_TAIL: Final = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorSize:
    """People (or exposure, for counts) that the prior is worth; None where it is not defined."""

    elir: float | None  # expected local information ratio
    moment: float | None  # a conjugate prior with the same mean and variance
    morita: float | None  # curvature at the mode against one person's information there
    unit: str
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """`worth 11.6 people (…)`: by information over the whole prior, then by two other ways."""

        def shown(value: float | None) -> str:
            return "not defined" if value is None else f"{value:.3g}"

        return (
            f"worth {shown(self.elir)} {self.unit} by its information (ELIR; "
            f"{shown(self.moment)} by its mean and variance, {shown(self.morita)} by its "
            "curvature at the mode)"
        )


def prior_size(prior: BorrowingPrior) -> PriorSize:
    """Effective sample size of a prior.

    Notes:
        elir (Neuenschwander et al. 2020): mean over the prior of −(log p)″ over the information of
        one person. For a mean, one person's information does not depend on θ, and integration
        by parts turns the numerator into ((log p)′)², which cannot be negative. On the log-odds and
        log-rate scales the second difference is taken where the density is above 1e-10 of its
        top. A Beta(a, b) gives a + b exactly, a Gamma(a, b) gives b. Moment: same mean and
        variance. Morita, Thall and Müller (2008), in the form of one evaluation at the mode.
        Tabulated densities of groups that disagree have several modes, and then elir can fall
        below 0: it is reported as undefined, never as a negative number of people.
    """
    unit = "person-time" if prior.kind == "count" else "people"
    if prior.kind == "normal" and prior.unit_sd is None:
        said = "the sd of one person's value is not given: what the prior is worth cannot be stated"
        return PriorSize(elir=None, moment=None, morita=None, unit=unit, caveats=(said,))
    density = prior.density
    keep = density > _TAIL * density.max()
    inner = keep[:-2] & keep[1:-1] & keep[2:]
    log = np.log(np.maximum(density, 1e-300))
    theta, p = prior.theta[1:-1], density[1:-1]
    curve = -(log[2:] - 2 * log[1:-1] + log[:-2]) / prior.step**2
    one = prior.one_person.unit_information(theta)
    if prior.kind == "normal":
        score = (log[2:] - log[:-2]) / (2 * prior.step)
        local = score**2 / one
    else:
        local = curve / one
    elir = float(np.sum((p * local)[inner]) / np.sum(p[inner]))
    top = int(np.argmax(p))
    values = {"elir": elir, "moment": _moment(prior, density), "morita": float((curve / one)[top])}
    bad = [name for name, value in values.items() if not (np.isfinite(value) and value > 0)]
    return PriorSize(
        **{name: None if name in bad else value for name, value in values.items()},
        unit=unit,
        caveats=tuple(
            f"what the prior is worth by {name} is not defined: it has long tails or more than one "
            "mode"
            for name in bad
        ),
    )


def _moment(prior: BorrowingPrior, density: Floats) -> float:
    """Size of the conjugate prior with the same mean and variance."""
    if prior.kind == "normal":
        return (prior.unit_sd or np.nan) ** 2 / moments(prior.theta, density)[1] ** 2
    there = density > 0
    mean, sd = moments(prior.one_person.natural(prior.theta[there]), density[there])
    if prior.kind == "binary":
        return mean * (1 - mean) / sd**2 - 1
    return mean / sd**2
