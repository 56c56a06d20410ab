"""Three accounts of the untreated course: constant rates, hidden states, and the people ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from scipy.special import gammaln

from ultrarare.errors import NotComputable
from ultrarare.stats.episodes import (
    EpisodePrediction,
    GammaPoisson,
    fit_gamma_poisson,
    predict_count,
)
from ultrarare.stats.remission import Entered, EntryRule, entered, rank
from ultrarare.stats.states import StateProcess, fit_states
from ultrarare.stats.states_predict import look_ahead, predict_states
from ultrarare.stats.states_records import Observed

LayerName = Literal["gamma-poisson", "state", "empirical"]
LAYERS: Final[tuple[LayerName, ...]] = ("gamma-poisson", "state", "empirical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One account of the untreated course; numbers are None where it could not be computed."""

    name: LayerName
    p_count: float | None = None  # P(as few events or fewer, untreated)
    p_remission: float | None = None  # P(first event as late or later, untreated)
    floor: float | None = None  # the smallest p this layer could have given
    expected: float | None = None
    lower: int | None = None
    upper: int | None = None
    rate_ratio: float | None = None
    rate_ratio_lower: float | None = None
    rate_ratio_upper: float | None = None
    n: int | None = None  # untreated people behind it
    caveats: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        ratio = None
        if self.rate_ratio is not None:
            ratio = {
                "value": self.rate_ratio,
                "lower": self.rate_ratio_lower,
                "upper": self.rate_ratio_upper,
            }
        return {
            "p_count": self.p_count,
            "p_remission": self.p_remission,
            "floor": self.floor,
            "expected": self.expected,
            "lower": self.lower,
            "upper": self.upper,
            "rate_ratio": ratio,
            "people": self.n,
            "caveats": list(self.caveats),
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Untreated:
    """What the untreated people say, before anything of the patient's later course is read.

    A layer that cannot be computed holds the reason in its place.
    """

    records: tuple[Observed, ...]
    gamma_poisson: GammaPoisson
    process: StateProcess | str
    entered: Entered | str
    rule: EntryRule | None
    aic_difference: float | None  # of constant rates over states; above 0 the states fit better

    @property
    def dwell(self) -> float | None:
        """The longest mean stay in a state, where the cohort shows that there are states."""
        shown = self.aic_difference is not None and self.aic_difference > 0
        if isinstance(self.process, str) or not self.process.identified or not shown:
            return None
        return float(self.process.dwell.max())


def describe_untreated(
    records: Sequence[Observed],
    *,
    follow_up: float,
    rule: EntryRule | None = None,
    states: int = 2,
    heterogeneity: bool = False,
) -> Untreated:
    """Fit all three accounts to untreated people.

    Args:
        records: untreated people, with dated episodes.
        follow_up: how long the patient is observed after dosing.
        rule: how the patient entered; None if that is not known.
        states: of the state layer, 2 to 4.
        heterogeneity: whether people's rates differ by a constant factor in the state layer.

    Raises:
        InputError: records without dates, or a bad number of states.
        NotComputable: too few people or no event, so that not even constant rates can be fitted.
    """
    rates = fit_gamma_poisson([r.events for r in records], [r.time for r in records])
    process: StateProcess | str
    people: Entered | str
    try:
        process = fit_states(records, states=states, heterogeneity=heterogeneity)
    except NotComputable as error:
        process = f"{error.problem}. {error.remedy}"
    if rule is None:
        people = "no entry rule was given, so untreated people cannot be put through the same one"
    else:
        try:
            people = entered(records, rule, follow_up)
        except NotComputable as error:
            people = f"{error.problem}. {error.remedy}"
    return Untreated(
        records=tuple(records),
        gamma_poisson=rates,
        process=process,
        entered=people,
        rule=rule,
        aic_difference=_aic_difference(rates, process, records),
    )


def _aic_difference(
    rates: GammaPoisson, process: StateProcess | str, records: Sequence[Observed]
) -> float | None:
    """AIC of gamma-Poisson less that of states, both as likelihoods of dated episodes."""
    if isinstance(process, str):
        return None
    events = np.array([record.events for record in records])
    time = np.array([record.time for record in records])
    dated = rates.loglik + float(np.sum(gammaln(events + 1) - events * np.log(time)))
    parameters = 3 * process.states - 2 + process.heterogeneity
    constant = 1 if np.isinf(rates.shape) else 2
    return float(2 * (constant - dated) - 2 * (parameters - process.loglik))


def gamma_layer(
    rates: GammaPoisson,
    found: EpisodePrediction,
    before: Observed,
    after: Observed,
    remission: float,
) -> Layer:
    """The layer of constant rates."""
    seen = _observed_within(after, remission)
    run = predict_count(rates, before.events, before.time, 0, seen, found.level)
    return Layer(
        name="gamma-poisson",
        p_count=found.p_at_most,
        p_remission=run.p_none,
        floor=found.p_none,
        expected=found.expected,
        lower=found.lower,
        upper=found.upper,
        rate_ratio=found.rate_ratio,
        rate_ratio_lower=found.rate_ratio_lower,
        rate_ratio_upper=found.rate_ratio_upper,
        n=rates.n_people,
        caveats=found.caveats,
    )


def _observed_within(after: Observed, remission: float) -> float:
    """Time under observation before the first event after dosing."""
    if after.times is None or not after.times.size:
        return after.time
    stop = float(after.times[0])
    held = float(
        np.sum(np.clip(stop - after.spans[:, 0], 0, after.spans[:, 1] - after.spans[:, 0]))
    )
    return max(held, 1e-12 * remission if remission > 0 else np.finfo(float).tiny)


def state_layer(
    process: StateProcess | str,
    before: Observed,
    after: Observed,
    dosed_at: float,
    first: float | None,
    level: float,
) -> Layer:
    """The layer of hidden states; empty, with the reason, where they could not be fitted."""
    if isinstance(process, str):
        return Layer(name="state", caveats=(f"the state layer is not computed: {process}",))
    outlook = look_ahead(process, before, after.spans, now=dosed_at)
    run = None if first is None else first - dosed_at
    found = predict_states(outlook, after.events, remission=run, level=level)
    return Layer(
        name="state",
        p_count=found.p_at_most,
        p_remission=found.p_remission,
        floor=found.p_none,
        expected=found.expected,
        lower=found.lower,
        upper=found.upper,
        rate_ratio=found.rate_ratio,
        rate_ratio_lower=found.rate_ratio_lower,
        rate_ratio_upper=found.rate_ratio_upper,
        n=process.n_people,
        caveats=(*process.caveats, *found.caveats),
    )


def empirical_layer(
    untreated: Untreated,
    before: Observed,
    after: Observed,
    remission: float,
    dosed_at: float,
    level: float,
) -> Layer:
    """The layer of ranked people; empty, with the reason, where nobody can be ranked."""
    people, rule = untreated.entered, untreated.rule
    if isinstance(people, str) or rule is None:
        return Layer(name="empirical", caveats=(f"the empirical layer is not computed: {people}",))
    if not rule.holds(before, dosed_at):
        reason = (
            "the empirical layer is not computed: the patient's own record does not meet the entry "
            f"rule of {rule.at_least} in {rule.window:g} before dosing"
        )
        return Layer(name="empirical", floor=people.floor, caveats=(reason,))
    run = min(_observed_within(after, remission), people.follow_up)
    found = rank(people, after.events, run, level=level)
    return Layer(
        name="empirical",
        p_count=found.p_at_most,
        p_remission=found.p_remission,
        floor=found.floor,
        expected=found.expected,
        lower=found.lower,
        upper=found.upper,
        n=found.n,
        caveats=found.caveats,
    )
