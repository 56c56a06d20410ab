"""Can a randomised trial be done? From frequency to people to power; a curve, and no verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.feasibility import Feasibility, Hazards, Means, Proportions
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.yaml_model import read_model
from ultrarare.stats.patients_available import Available, Uncertain, available
from ultrarare.stats.trial_power import (
    Effect,
    PowerCurve,
    TwoHazards,
    TwoMeans,
    TwoProportions,
    power_curve,
)

FEW_EVENTS = 20
"""Events below which Schoenfeld's formula is marked as rough."""

LARGEST = 400
SEED = 20261127


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What a target of power asks for.

    Attributes:
        target: power.
        people: smallest size of both arms that keeps it; None if no size up to 400 does.
        chance: chance that as many can be recruited; of a bound, at most this.
        years: until as many are expected, 2.5, 50, 97.5 %; None for a fixed pool.
    """

    target: float
    people: int | None
    chance: float | None
    years: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeasibilityResult:
    """People, power, and both together.

    Attributes:
        people: who can be recruited.
        quantiles: 2.5, 50 and 97.5 % of the count.
        curve: power by size.
        power: at these three counts.
        expected_power: averaged over the count.
        needed: for each target.
        caveats: what limits this.
    """

    people: Available
    quantiles: tuple[int, int, int]
    curve: PowerCurve
    power: tuple[float, float, float]
    expected_power: float
    needed: tuple[Needed, ...]
    caveats: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        low, mid, high = self.quantiles
        return {
            "available": {
                "lower": low, "median": mid, "upper": high, "mean": self.people.mean,
                "at_most": self.people.at_most,
            },
            "power": dict(zip(("lower", "median", "upper"), self.power, strict=True)),
            "expected_power": self.expected_power,
            "needed": [
                {"target": n.target, "people": n.people, "chance": n.chance,
                 "years": None if n.years is None else list(n.years)}
                for n in self.needed
            ],
            "curve": [
                {"people": n, "power": p}
                for n, p in zip(self.curve.people, self.curve.power, strict=True)
            ],
            "caveats": list(self.caveats),
        }  # fmt: skip


def effect_of(spec: Feasibility) -> Effect:
    """The effect of the trial, for the estimators."""
    found = spec.trial.effect
    if isinstance(found, Proportions):
        return TwoProportions(treated=found.treated, control=found.control)
    if isinstance(found, Means):
        return TwoMeans(difference=found.difference, sd=found.sd)
    return TwoHazards(hazard_ratio=found.hazard_ratio, seen=found.seen)


def feasibility(spec: Feasibility, *, seed: int = SEED) -> FeasibilityResult:
    """People who can be recruited, and the power of a trial of that size.

    Args:
        spec: what the team wrote down.
        seed: of the draws.

    Raises:
        InputError: limits out of range.
    """
    frequency = spec.frequency
    rate = Uncertain(
        value=frequency.of / frequency.one_in,
        lower=None if frequency.upper is None else frequency.of / frequency.upper,
        upper=None if frequency.lower is None else frequency.of / frequency.lower,
    )
    shares = [
        None if s.share is None else Uncertain(value=s.share, lower=s.lower, upper=s.upper)
        for s in spec.steps
    ]
    people = available(rate, shares, years=spec.years, rng=np.random.default_rng(seed))
    low, mid, high = (people.quantile(level) for level in (0.025, 0.5, 0.975))
    curve = power_curve(
        effect_of(spec), largest=LARGEST, alpha=spec.trial.alpha, ratio=spec.trial.ratio
    )
    counts, times = np.unique(np.minimum(people.counts, LARGEST), return_counts=True)
    expected = sum(
        curve.at(int(n)) * t for n, t in zip(counts, times, strict=True)
    ) / times.sum()  # fmt: skip
    return FeasibilityResult(
        people=people,
        quantiles=(low, mid, high),
        curve=curve,
        power=(curve.at(low), curve.at(mid), curve.at(high)),
        expected_power=float(expected),
        needed=tuple(_needed(curve, people, target) for target in spec.trial.targets),
        caveats=tuple(_caveats(spec, high)),
    )


def _needed(curve: PowerCurve, people: Available, target: float) -> Needed:
    size = curve.smallest(target)
    return Needed(
        target=target,
        people=size,
        chance=None if size is None else people.chance_of(size),
        years=None if size is None else people.years_for(size),
    )


def _caveats(spec: Feasibility, high: int) -> Iterable[str]:
    yield (
        f"The effect is assumed ({spec.trial.effect_reason.rstrip('.')}); a smaller one needs more "
        "people."
    )
    unknown = [step.about for step in spec.steps if step.share is None]
    if unknown:
        yield f"Not known: {'; '.join(unknown)}. The count is a bound from above."
    bare = [s.about for s in spec.steps if s.share not in {None, 1.0} and s.lower is None]
    if bare:
        yield f"Without an interval, so taken as exact: {'; '.join(bare)}."
    if spec.frequency.lower is None:
        yield "The frequency of the disease has no interval and is taken as exact."
    effect = spec.trial.effect
    if isinstance(effect, Proportions):
        yield "Fisher's exact test keeps its level by being cautious; other tests have more power."
    if isinstance(effect, Hazards) and effect.seen * min(high, LARGEST) < FEW_EVENTS:
        yield f"With fewer than {FEW_EVENTS} events the log-rank formula is rough."
    yield "Everybody available is taken to be randomised, and nobody to drop out."


def effect_words(spec: Feasibility) -> str:
    """The assumed effect, the test and its level, in words."""
    effect = spec.trial.effect
    tail = f"two-sided alpha {spec.trial.alpha:g}"
    if isinstance(effect, Proportions):
        shares = f"{100 * effect.treated:g}% against {100 * effect.control:g}%"
        return f"{shares}, Fisher's exact test, {tail}"
    if isinstance(effect, Means):
        return f"a difference of {effect.difference / effect.sd:.2g} sd, t test, {tail}"
    return f"hazard ratio {effect.hazard_ratio:g}, log-rank test, {tail}"


def sentence_of(spec: Feasibility, found: FeasibilityResult) -> str:
    """What the curve says, and no more."""
    low, mid, high = found.quantiles
    most = "at most " if found.people.at_most else ""
    span = f"in {spec.years:g} years" if spec.years is not None else "in all"
    first = spec.trial.targets[0]
    size = found.needed[0].people
    asked = (
        f"{size} people would be needed for {100 * first:g} %"
        if size is not None
        else f"more than {LARGEST} people would be needed for {100 * first:g} %"
    )
    return (
        f"With {most}{mid} people ({low} to {high}) who could be recruited {span}, a randomised "
        f"trial has power {100 * found.power[1]:.0f} % ({100 * found.power[0]:.0f} to "
        f"{100 * found.power[2]:.0f} %) for the stated effect; {asked}."
    )


def direction_of(spec: Feasibility, found: FeasibilityResult) -> Direction:
    """Whether this speaks for a trial that cannot be done.

    It supports where even the upper limit of people falls short of the first target; it
    contradicts where the lower limit reaches it and the count is no mere bound.
    """
    target = spec.trial.targets[0]
    size = found.needed[0].people
    if size is None or found.quantiles[2] < size:
        return Direction.SUPPORTS
    if found.power[0] >= target and found.quantiles[0] >= size and not found.people.at_most:
        return Direction.CONTRADICTS
    return Direction.INCONCLUSIVE


def _compute(inputs: Inputs) -> Iterable[Finding]:
    dataset = inputs.one("feasibility")
    spec = read_model(
        inputs.path(dataset.file), Feasibility, name=dataset.file, whole="a feasibility file"
    )
    found = feasibility(spec, seed=SEED if inputs.seed is None else inputs.seed)
    low, mid, high = found.quantiles
    years = "all there are" if spec.years is None else f"in {spec.years:g} years"
    yield computed(
        name="people",
        kind="disease.few-patients",
        statement=(
            f"{'At most' if found.people.at_most else 'About'} {mid} people ({low} to {high}) "
            f"could be recruited {years}, from {spec.frequency.source.rstrip('.')}."
        ),
        direction=Direction.SUPPORTS
        if direction_of(spec, found) is Direction.SUPPORTS
        else Direction.INCONCLUSIVE,
        estimate=Estimate(value=mid, lower=low, upper=high, level=0.95, unit="1"),
        caveats=found.caveats,
        # A bound from above says nothing against: fewer may be there than it holds.
        attributes={"patients": None if found.people.at_most else math.ceil(high)},
        measure="people who could be recruited",
    )
    yield computed(
        name="trial",
        kind="disease.rct-infeasible",
        statement=sentence_of(spec, found),
        direction=direction_of(spec, found),
        estimate=Estimate(
            value=found.power[1], lower=found.power[0], upper=found.power[2], level=0.95, unit="1"
        ),
        n=mid,
        n_unit="people",
        caveats=found.caveats,
        attributes={"power": found.power[1], "needed": found.needed[0].people},
        measure="power of a randomised trial",
        details={"feasibility": found.to_json(), "effect": effect_words(spec)},
    )


FEASIBILITY = Analysis(
    name="effect.trial-feasibility",
    summary="From the disease's frequency to the people a randomised trial could have, and its "
    "power at that size for a stated effect.",
    method="trial-feasibility",
    needs=(Need(role="feasibility", kinds=("trial-feasibility",)),),
    gives=("disease.few-patients", "disease.rct-infeasible"),
    compute=_compute,
    parameters=Parameters,
    by_itself=True,
    plannable=False,
    judged=False,
)
