"""Two groups with recurrent events: every model beside the others, and the one p that is exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.stats.recurrent.counts import (
    NegativeBinomialRates,
    PoissonRates,
    fit_negative_binomial,
    fit_poisson,
)
from ultrarare.stats.recurrent.cox import Intensity, fit_intensity
from ultrarare.stats.recurrent.frailty import GammaFrailty, fit_gamma_frailty
from ultrarare.stats.recurrent.mcf import MeanCumulativeFunction, mean_cumulative_function
from ultrarare.stats.recurrent.record import Records
from ultrarare.stats.relabel import DRAWS, Relabelling, relabel
from ultrarare.words import counted

_FEW: Final = 10
LONGEST: Final = 1.05
"""Mean follow-up of treated over untreated people, beyond which the permutation p errs too often.

At 1.1 its one-sided size is 0.07 (6 against 50 people, gamma rates of variance 1) to 0.10 (3
against 20, variance 3), at 1.5 it is 0.13 to 0.24, at 0.9 or less below 0.05; 3,000 runs, nominal
0.05.
"""
_SHORTEST: Final = 0.9
"""With fewer treated people intervals that rest on their scatter are too short or too long."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecurrentComparison:
    """Six models, the permutation test, and the mean cumulative functions of both groups."""

    andersen_gill: Intensity
    pwp_total: Intensity
    pwp_gap: Intensity
    gamma_frailty: GammaFrailty
    negative_binomial: NegativeBinomialRates
    poisson: PoissonRates
    relabelling: Relabelling  # of people's events minus those expected with both groups alike
    untreated: MeanCumulativeFunction
    treated: MeanCumulativeFunction
    follow_up_ratio: float  # mean time under observation, treated over untreated
    caveats: tuple[str, ...]

    @property
    def errs(self) -> str | None:
        """Why the permutation p errs more often than it says; None where it does not."""
        return _errs(self.follow_up_ratio)

    @property
    def models(self) -> dict[str, Intensity | GammaFrailty | NegativeBinomialRates | PoissonRates]:
        """Every model by its name."""
        return {
            "andersen-gill": self.andersen_gill,
            "pwp-total": self.pwp_total,
            "pwp-gap": self.pwp_gap,
            "gamma-frailty": self.gamma_frailty,
            "negative-binomial": self.negative_binomial,
            "poisson": self.poisson,
        }

    def summary(self) -> str:
        """A few lines for a log or a terminal."""
        lines = [model.summary() for model in self.models.values()]
        return "\n".join((*lines, f"permutation: {self.relabelling.summary()}", *self.caveats))


def compare_recurrent(
    found: Records, *, level: float = 0.95, seed: int = 1, draws: int = DRAWS
) -> RecurrentComparison:
    """Compare treated with untreated people by every model of this package.

    Args:
        found: people, spans and events of both groups.
        level: coverage of the intervals.
        seed: of random relabellings and of the bands.
        draws: random relabellings, where there are too many to count them all.

    Raises:
        InputError: a bad level.
        NotComputable: a group is empty, or fewer than two people are untreated.

    Notes:
        The permutation test relabels people. Its score for a person is their Andersen–Gill
        martingale residual with both groups alike, so the statistic is the score of that model
        at a ratio of 1, and nothing is assumed of how a person's events depend on each other.
        Error rates: docs/validation/recurrent.md.
    """
    treated, untreated = int(found.treated.sum()), int((~found.treated).sum())
    if treated == 0 or untreated < 2:
        raise NotComputable(
            f"{treated} treated and {counted(untreated, 'untreated person')} cannot be compared",
            remedy="Give at least one treated and two untreated people.",
        )
    plain = fit_intensity(found, "andersen-gill", level=level)
    counts = (found.counts, found.person_time, found.treated)
    curves = [
        mean_cumulative_function(
            found, treated=group, rng=np.random.default_rng([seed, int(group)]), level=level
        )
        for group in (False, True)
    ]
    return RecurrentComparison(
        andersen_gill=plain,
        pwp_total=fit_intensity(found, "pwp-total", level=level),
        pwp_gap=fit_intensity(found, "pwp-gap", level=level),
        gamma_frailty=fit_gamma_frailty(found, level=level),
        negative_binomial=fit_negative_binomial(*counts, level=level),
        poisson=fit_poisson(*counts, level=level),
        relabelling=relabel(plain.martingale, found.treated, seed=seed, draws=draws),
        untreated=curves[0],
        treated=curves[1],
        follow_up_ratio=_follow_up_ratio(found),
        caveats=_caveats(found),
    )


def _errs(ratio: float) -> str | None:
    if ratio <= LONGEST:
        return None
    return (
        f"treated people were observed {ratio:.3g} times as long as untreated ones: where people's "
        "rates differ, the permutation p then finds an effect that is not there more often than it "
        "says (end the treated people's follow-up at that of the untreated)"
    )


def _follow_up_ratio(found: Records) -> float:
    time = found.person_time
    return float(time[found.treated].mean() / time[~found.treated].mean())


def _caveats(found: Records) -> tuple[str, ...]:
    """What the comparison as a whole takes for granted."""
    said = [
        "the permutation p is exact only if both groups entered by the same rule: people treated "
        "because they had many events have fewer later without any treatment"
    ]
    ratio = _follow_up_ratio(found)
    if (errs := _errs(ratio)) is not None:
        said.append(errs)
    if ratio < _SHORTEST:
        said.append(
            f"treated people were observed {ratio:.2g} times as long as untreated ones: the "
            "permutation p then errs less often than it says and finds less"
        )
    treated = int(found.treated.sum())
    if treated < _FEW:
        said.append(
            f"{counted(treated, 'treated person')}: intervals rest on how these few differ among "
            "themselves "
            "and cover less or more often than they say; the permutation p does not rest on them"
        )
    spans = [
        (float(found.span_start[own].min()), float(found.span_stop[own].max()))
        for own in (found.treated[found.span_person], ~found.treated[found.span_person])
    ]
    if spans[0][1] <= spans[1][0] or spans[1][1] <= spans[0][0]:
        said.append("the groups were never under observation at the same time of their clocks")
    return tuple(said)
