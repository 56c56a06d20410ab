"""One way to judge, and the trial that every way is asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import stdtr

from ultrarare.errors import NotComputable
from ultrarare.stats.regression_to_mean.entry import Entrant, EntryRule
from ultrarare.stats.regression_to_mean.untreated import Untreated
from ultrarare.words import counted

Verdict = Literal["excluded", "not excluded", "cannot be judged"]
Name = Literal[
    "design", "natural history", "likelihood", "formula", "population mean", "simulation"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The answer of one route.

    `lower` and `upper` hold the change beyond what was expected; for the route of the population
    mean they are the means for which a change beyond regression remains, None an open end.
    """

    name: Name
    verdict: Verdict
    reason: str
    needs: str
    expected_change: float | None = None  # without treatment, from entry alone and drift
    p_value: float | None = None  # one-sided, for benefit
    floor: float | None = None  # smallest p the data could have given; None where there is none
    lower: float | None = None
    upper: float | None = None
    n: int | None = None  # people it rests on
    caveats: tuple[str, ...] = ()

    def turned(self, sign: float) -> Route:
        """The same answer on values of the other sign where `sign` is -1."""
        if sign > 0:
            return self
        low, high = self.lower, self.upper
        return replace(
            self,
            expected_change=None if self.expected_change is None else -self.expected_change,
            lower=None if high is None else -high,
            upper=None if low is None else -low,
        )

    def to_row(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "route": self.name,
            "verdict": self.verdict,
            "reason": self.reason,
            "needs": self.needs,
            "expected_change": self.expected_change,
            "p_value": self.p_value,
            "floor": self.floor,
            "lower": self.lower,
            "upper": self.upper,
            "n": self.n,
            "caveats": list(self.caveats),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Who entered by which rule, and what is known of the untreated; higher values are better."""

    rule: EntryRule
    people: tuple[Entrant, ...]
    untreated: Untreated | None
    alpha: float
    draws: int  # of permutations and of simulated trials
    rng: np.random.Generator
    limits: bool = True  # of the likelihood's effect, which take most of the time

    @property
    def change(self) -> float:
        """Mean of the people's changes."""
        return float(np.mean([person.change for person in self.people]))

    def need_untreated(self) -> Untreated:
        """The untreated population.

        Raises:
            NotComputable: none was given, or one that cannot say how people vary.
        """
        if self.untreated is None:
            raise NotComputable("no untreated population is given")
        if self.untreated.n_repeated < FEWEST:
            raise NotComputable(
                f"only {counted(self.untreated.n_repeated, 'untreated person', 'has')} repeated "
                "visits, fewer "
                f"than {FEWEST}"
            )
        if self.untreated.between_sd == 0:
            raise NotComputable("the untreated people's visits do not show that people differ")
        return self.untreated


FEWEST = 8
"""Untreated people with repeated visits below which no variance is taken from them."""


def judged(p_value: float, alpha: float) -> tuple[Verdict, str]:
    """Verdict of a one-sided p and its words."""
    if p_value <= alpha:
        return "excluded", f"one-sided p {p_value:.2g}, at most {alpha:g}"
    return "not excluded", f"one-sided p {p_value:.2g}, above {alpha:g}"


def upper_tail(t: float, df: float) -> float:
    """Probability of Student's t above `t`."""
    return float(stdtr(df, -t))
