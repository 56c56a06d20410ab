"""All routes, and the one verdict they give together by a rule stated beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.regression_to_mean.design import design
from ultrarare.stats.regression_to_mean.entry import Direction, Entrant, EntryRule
from ultrarare.stats.regression_to_mean.formula import formula, tipping_reliability
from ultrarare.stats.regression_to_mean.likelihood import likelihood
from ultrarare.stats.regression_to_mean.natural import natural_history
from ultrarare.stats.regression_to_mean.population_mean import population_mean
from ultrarare.stats.regression_to_mean.route import Name, Route, Trial, Verdict
from ultrarare.stats.regression_to_mean.simulated import simulation
from ultrarare.stats.regression_to_mean.untreated import FLAT, SKEWED, Untreated

_ROUTES: Final[tuple[tuple[Name, Callable[[Trial], Route], str], ...]] = (
    ("design", design, "two or more visits between entry and dosing"),
    ("natural history", natural_history, "trajectories of untreated people who met the rule"),
    ("likelihood", likelihood, "an untreated population"),
    ("formula", formula, "an untreated population, and entry on a mean"),
    ("population mean", population_mean, "an untreated population"),
    ("simulation", simulation, "an untreated population"),
)
_FAR: Final = 0.5
RULE: Final = (
    "excluded only if every route that can be computed excludes it, the natural history or the "
    "likelihood (or baselines taken after entry) among them; not excluded if one of them does not"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionJudgement:
    """What each route says, and the verdict; changes in the unit of the values."""

    direction: Direction
    n: int
    alpha: float
    observed_change: float
    expected_change: float | None  # the largest towards benefit that a route expects
    verdict: Verdict
    reason: str
    routes: tuple[Route, ...]
    reliability: float | None
    tipping_reliability: float | None
    caveats: tuple[str, ...]

    def route(self, name: Name) -> Route:
        """One route by its name."""
        return next(route for route in self.routes if route.name == name)

    def summary(self) -> str:
        """The verdict, a line a route, then every caveat."""
        expected = "–" if self.expected_change is None else f"{self.expected_change:.4g}"
        head = (
            f"regression to the mean {self.verdict}: {self.reason}; observed change "
            f"{self.observed_change:.4g}, expected without treatment up to {expected}"
        )
        lines = [f"{route.name}: {route.verdict} ({route.reason})" for route in self.routes]
        return "\n".join((head, *lines, *(f"- {caveat}" for caveat in self.caveats)))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a route."""
        return [route.to_row() for route in self.routes]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "verdict": self.verdict,
            "reason": self.reason,
            "rule": RULE,
            "observed_change": self.observed_change,
            "expected_change": self.expected_change,
            "reliability": self.reliability,
            "tipping_reliability": self.tipping_reliability,
            "alpha": self.alpha,
            "n": self.n,
            "direction": self.direction,
            "routes": self.to_rows(),
            "caveats": list(self.caveats),
        }


def judge_regression(
    rule: EntryRule,
    people: Sequence[Entrant],
    untreated: Untreated | None,
    *,
    rng: np.random.Generator,
    alpha: float = 0.025,
    draws: int = 4000,
    limits: bool = True,
) -> RegressionJudgement:
    """Ask every route whether regression to the mean can explain the treated people's change.

    Args:
        rule: how people entered.
        people: the treated, each divided by `entrant`.
        untreated: people who were not selected and not treated; None if there are none.
        rng: of permutations and simulated trials.
        alpha: one-sided level of every route.
        draws: of permutations and of simulated trials.
        limits: whether the likelihood's interval is wanted too; simulations do without.

    Raises:
        InputError: nobody treated, someone who does not meet the rule, or an alpha outside 0 to
            0.5.
    """
    trial = replace(_trial(rule, people, untreated, rng, alpha, draws), limits=limits)
    routes = tuple(_ask(name, ask, needs, trial) for name, ask, needs in _ROUTES)
    elsewhere = _other_times(people, untreated)
    if elsewhere is not None and elsewhere[1]:
        routes = tuple(_unjudged(route, elsewhere[0]) for route in routes)
    verdict, reason = combine(routes)
    caveats = [
        *(() if untreated is None else untreated.caveats),
        *(() if elsewhere is None else (elsewhere[0],)),
        *(f"{route.name}: {text}" for route in routes for text in route.caveats),
    ]
    if verdict == "excluded" and _misshapen(untreated) and not _by_trajectories(routes):
        verdict = "cannot be judged"
        reason = "levels are not normal, and too few untreated people met the entry rule to see it"
    expected = [r.expected_change for r in routes if r.expected_change is not None]
    turned = tuple(route.turned(rule.sign) for route in routes)
    return RegressionJudgement(
        direction=rule.direction,
        n=len(people),
        alpha=alpha,
        observed_change=rule.sign * trial.change,
        expected_change=rule.sign * max(expected) if expected else None,
        verdict=verdict,
        reason=reason,
        routes=turned,
        reliability=None if untreated is None else untreated.reliability,
        tipping_reliability=_tipping(trial),
        caveats=tuple(dict.fromkeys(caveats)),
    )


def combine(routes: Sequence[Route]) -> tuple[Verdict, str]:
    """One verdict from several by `RULE`, and why."""
    verdicts = {route.name: route.verdict for route in routes}
    against = [name for name, verdict in verdicts.items() if verdict == "not excluded"]
    if against:
        return "not excluded", f"not by {_listed(against)}"
    for_it = [name for name, verdict in verdicts.items() if verdict == "excluded"]
    if not for_it:
        return "cannot be judged", "no route can be computed"
    if {"natural history", "likelihood", "design"} & set(for_it):
        return "excluded", f"by {_listed(for_it)}"
    return (
        "cannot be judged",
        f"only {_listed(for_it)} can be computed, and none that conditions on entry",
    )


def _trial(
    rule: EntryRule,
    people: Sequence[Entrant],
    untreated: Untreated | None,
    rng: np.random.Generator,
    alpha: float,
    draws: int,
) -> Trial:
    if not people:
        raise InputError("nobody is treated, at least one person is needed", where="people")
    if not 0 < alpha < 0.5:
        raise InputError(f"{alpha:g}, allowed is between 0 and 0.5", where="alpha")
    if draws < 100:
        raise InputError(f"{draws}, allowed are 100 and more", where="draws")
    for index, person in enumerate(people):
        if person.deciding.size != rule.visits or not rule.admits(person.deciding):
            raise InputError("does not meet the entry rule", where=f"people[{index}]")
    return Trial(
        rule=rule.turned(),
        people=tuple(person.turned(rule.sign) for person in people),
        untreated=None if untreated is None else untreated.turned(rule.sign),
        alpha=alpha,
        draws=draws,
        rng=rng,
    )


def _ask(name: Name, ask: Callable[[Trial], Route], needs: str, trial: Trial) -> Route:
    try:
        return ask(trial)
    except NotComputable as error:
        return Route(name=name, verdict="cannot be judged", reason=error.problem, needs=needs)


def _other_times(people: Sequence[Entrant], untreated: Untreated | None) -> tuple[str, bool] | None:
    """Whether the untreated were seen where these people are: in words, and whether far away.

    None where they were. Far is half the span of their visits and more: the drift that routes take
    out would be a guess.
    """
    if untreated is None or not untreated.observed:
        return None
    first, last = float(untreated.time.min()), float(untreated.time.max())
    centres = [float(person.after_time.mean()) for person in people]
    at = max(centres, key=lambda each: max(first - each, each - last))
    away = max(first - at, at - last)
    if away <= 0:
        return None
    return (
        f"the visits after dosing are centred at {at:g}, outside the times {first:g} to {last:g} "
        "at which untreated people were seen",
        away > _FAR * (last - first),
    )


def _unjudged(route: Route, reason: str) -> Route:
    """A route without its verdict: each takes drift or spread from the untreated."""
    return Route(
        name=route.name,
        verdict="cannot be judged",
        reason=reason,
        needs="untreated people seen at these times",
    )


def _tipping(trial: Trial) -> float | None:
    try:
        return tipping_reliability(trial)
    except NotComputable:
        return None


def _misshapen(untreated: Untreated | None) -> bool:
    return untreated is not None and any(
        caveat.startswith((SKEWED, FLAT)) for caveat in untreated.caveats
    )


def _by_trajectories(routes: Sequence[Route]) -> bool:
    """Whether a route that needs no normal levels excludes it."""
    return any(
        r.verdict == "excluded" and r.name in {"natural history", "simulation", "design"}
        for r in routes
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
