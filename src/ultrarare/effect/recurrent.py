"""Recurrent events of several treated people against untreated people, as a plan's analysis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortEpisodes, TreatedEpisodes
from ultrarare.case.finding import Estimate, Finding
from ultrarare.case.unit import conversion, spoken
from ultrarare.effect.recurrent_records import (
    TwoGroups,
    curve_row,
    in_unit,
    lane_rows,
    model_rows,
    permutation_row,
    two_groups,
)
from ultrarare.effect.target_trial import TargetTrial, tabulate
from ultrarare.effect.trial_of_plan import TrialParameters, trial_finding
from ultrarare.effect.wording import Shown, conclusion, direction
from ultrarare.errors import InputError
from ultrarare.history.cohort import read_episodes
from ultrarare.history.cohort_reader import episodes_of
from ultrarare.history.records import EpisodeRecord

if TYPE_CHECKING:
    from ultrarare.stats.recurrent.compare import RecurrentComparison

Model = Literal[
    "andersen-gill", "pwp-total", "pwp-gap", "gamma-frailty", "negative-binomial", "poisson"
]
_WORDS: Final = {
    "andersen-gill": "Andersen–Gill",
    "pwp-total": "Prentice–Williams–Peterson, total time",
    "pwp-gap": "Prentice–Williams–Peterson, gap time",
    "gamma-frailty": "gamma frailty",
    "negative-binomial": "negative binomial",
    "poisson": "Poisson",
}


class RecurrentParameters(TrialParameters):
    """How the comparison is made.

    Attributes:
        model: the planned one, whose rate ratio is the estimate; None leaves the result open.
        alternative: `better` where only fewer events than untreated were planned to count.
        level: coverage of the intervals.
        alpha: error rate of the planned test.
        entered_on: whether a number of events decided on entry: of `nobody`, of `both` groups by
            the same rule, or of the `treated` alone; None where that is not known.
        event_type: only events of this type.
        group: of the untreated, where their table has several.
        fewest_people: fewer untreated people carry no comparison.
        fewest_events: nor do fewer events among them.
    """

    model: Model | None = None
    alternative: Literal["two-sided", "better"] = "two-sided"
    level: float = Field(default=0.95, ge=0.95, lt=1)
    alpha: float = Field(default=0.05, gt=0, le=0.05)
    entered_on: Literal["nobody", "both", "treated"] | None = None
    event_type: str | None = None
    group: str | None = None
    fewest_people: int = Field(default=8, ge=8)
    fewest_events: int = Field(default=3, ge=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Both sides on the clock of the untreated, with everything that was computed."""

    own: TreatedEpisodes
    cohort: CohortEpisodes
    groups: TwoGroups
    result: RecurrentComparison
    notes: tuple[str, ...]
    floor: float  # smallest one-sided p of the design
    seed: int

    def counted(self, *, treated: bool) -> tuple[int, int, float]:
        """People, events and person-time of a group."""
        curve = self.result.treated if treated else self.result.untreated
        poisson = self.result.poisson
        return curve.n, poisson.events[treated], poisson.person_time[treated]


def _compute(inputs: Inputs) -> Iterable[Finding]:
    parameters: RecurrentParameters = inputs.parameters
    found = _compare(inputs)
    trial = tabulate(
        parameters.trial, against=_against(parameters), doubts=_doubts(parameters, found)
    )
    yield _comparison(parameters, found, trial)
    yield trial_finding(trial)


def _compare(inputs: Inputs) -> _Compared:
    """Both groups compared.

    Raises:
        InputError: other events on either side, a person on both, a group that is not there.
        InputErrors: a table is wrong.
        NotComputable: too few people.
    """
    from ultrarare.stats.recurrent.compare import compare_recurrent
    from ultrarare.stats.relabel import design_floor

    parameters: RecurrentParameters = inputs.parameters
    own: TreatedEpisodes = inputs.one("treated")
    cohort: CohortEpisodes = inputs.one("episodes")
    if own.episode.casefold() != cohort.episode.casefold():
        raise InputError(
            f"{own.id} counts {own.episode!r} and {cohort.id} {cohort.episode!r}; allowed is the "
            "same for both",
            where=f"dataset {own.id}",
        )
    untreated, notes = _chosen(_people(inputs, cohort), cohort, parameters.group)
    unit = conversion(own.time_unit, cohort.time_unit, where=f"dataset {own.id}, time unit")
    treated = [in_unit(person, unit) for person in _people(inputs, own)]
    groups = two_groups(treated, untreated, kind=parameters.event_type)
    seed = 1 if inputs.seed is None else inputs.seed
    return _Compared(
        own=own,
        cohort=cohort,
        groups=groups,
        result=compare_recurrent(groups.records, level=parameters.level, seed=seed),
        notes=(*notes, *groups.notes),
        floor=design_floor(len(treated), len(untreated)),
        seed=seed,
    )


def _people(inputs: Inputs, dataset: TreatedEpisodes | CohortEpisodes) -> tuple[EpisodeRecord, ...]:
    if isinstance(dataset, CohortEpisodes):
        return episodes_of(inputs, dataset)
    return read_episodes(
        inputs.path(dataset.file),
        inputs.path(dataset.follow_up),
        events_name=dataset.file,
        follow_up_name=dataset.follow_up,
    )


def _chosen(
    people: Sequence[EpisodeRecord], cohort: CohortEpisodes, group: str | None
) -> tuple[list[EpisodeRecord], list[str]]:
    """The untreated people of one group; all of them, said so, where none is named."""
    names = sorted({p.group for p in people if p.group is not None})
    if group is None:
        pooled = [f"the untreated groups {', '.join(names)} are taken as one"]
        return list(people), pooled if len(names) > 1 else []
    chosen = [p for p in people if p.group == group]
    if not chosen:
        raise InputError(f"{cohort.follow_up} has no group {group!r}", where="parameters.group")
    return chosen, []


def _against(parameters: RecurrentParameters) -> Iterable[str]:
    if parameters.entered_on == "treated":
        yield (
            "the treated alone had to have a number of events to enter: they have fewer later "
            "without any treatment"
        )


def _doubts(parameters: RecurrentParameters, found: _Compared) -> Iterable[str]:
    if parameters.entered_on is None:
        yield (
            "nobody said whether a number of events decided on entry, and people who enter after "
            "many have fewer later"
        )
    people, events, _ = found.counted(treated=False)
    if people < parameters.fewest_people:
        yield f"fewer than {parameters.fewest_people} untreated people"
    if events < parameters.fewest_events:
        yield f"fewer than {parameters.fewest_events} events among the untreated"
    if found.result.errs is not None:
        yield found.result.errs


def shown(result: RecurrentComparison, parameters: RecurrentParameters) -> Shown:
    """What the comparison shows: nothing unless a model was planned and the relabelling agrees.

    The p by relabelling people decides. The planned model's interval must leave out a ratio of 1
    on the same side, unless the model has no ratio because a group had no event.
    """
    if parameters.model is None:
        return "not shown"
    test, model = result.relabelling, result.models[parameters.model]
    if test.excess < 0:
        p = test.p_two_sided if parameters.alternative == "two-sided" else test.p_less
        agrees = model.upper is None or model.upper < 0
        return "better" if agrees and p <= parameters.alpha else "not shown"
    p = test.p_two_sided if parameters.alternative == "two-sided" else 2 * test.p_greater
    agrees = model.lower is None or model.lower > 0
    return "worse" if agrees and p <= parameters.alpha else "not shown"


def _comparison(parameters: RecurrentParameters, found: _Compared, trial: TargetTrial) -> Finding:
    test, seen = found.result.relabelling, shown(found.result, parameters)
    two_sided = parameters.alternative == "two-sided"
    estimate = _estimate(found.result, parameters)
    people, events, _ = found.counted(treated=True)
    untreated, others, _ = found.counted(treated=False)
    return computed(
        name="recurrent",
        kind="course.recurrent",
        statement=_sentence(parameters, found, conclusion(seen, trial.comparability)),
        direction=direction(seen, trial.comparability),
        estimate=estimate,
        n=people,
        n_unit="treated people",
        caveats=_caveats(parameters, found),
        attributes={
            "rate_ratio": None if estimate is None else estimate.value,
            "p_value": test.p_two_sided if two_sided else test.p_less,
            "p_benefit": test.p_less,
            "treated": people,
            "untreated": untreated,
            "events": events + others,
            "comparability": trial.comparability,
        },
        tier=found.cohort.tier,
        measure=found.cohort.episode,
        details=_details(parameters, found),
    )


def _estimate(result: RecurrentComparison, parameters: RecurrentParameters) -> Estimate | None:
    """The planned model's rate ratio; None where none was planned."""
    if parameters.model is None:
        return None
    model = result.models[parameters.model]
    value, lower, upper = (
        None if log is None else exp(log)
        for log in (model.log_rate_ratio, model.lower, model.upper)
    )
    return Estimate(value=value, lower=lower, upper=upper, level=parameters.level, unit="1")


def _ratios(result: RecurrentComparison) -> list[tuple[float, str]]:
    """Every model's rate ratio, smallest first."""
    return sorted(
        (exp(model.log_rate_ratio), _WORDS[name])
        for name, model in result.models.items()
        if model.log_rate_ratio is not None
    )


def _sentence(parameters: RecurrentParameters, found: _Compared, words: str) -> str:
    unit, test = spoken(found.cohort.time_unit), found.result.relabelling
    two_sided = parameters.alternative == "two-sided"
    sides = [
        f"{n} {who} had {events} {found.cohort.episode} in {time:.3g} person-{unit}"
        for who, (n, events, time) in (
            (f"treated people ({found.own.population})", found.counted(treated=True)),
            (f"untreated ones ({found.cohort.population})", found.counted(treated=False)),
        )
    ]
    p = (
        f"two-sided p {test.p_two_sided:.2g} by relabelling people (smallest attainable "
        f"{test.floor:.2g})"
        if two_sided
        else f"one-sided p {test.p_less:.2g} by relabelling people (smallest attainable "
        f"{test.floor_one_sided:.2g})"
    )
    return (
        f"{' and '.join(sides)}; {_of_models(parameters, found.result)}; {p}. "
        f"{words[:1].upper()}{words[1:]}."
    )


def _of_models(parameters: RecurrentParameters, result: RecurrentComparison) -> str:
    ratios = _ratios(result)
    if not ratios:
        return "no model has a rate ratio"
    (low, lowest), (high, highest) = ratios[0], ratios[-1]
    run = f"{low:.2g} ({lowest}) to {high:.2g} ({highest})"
    if parameters.model is None:
        return f"no model was planned, and their rate ratios run from {run}"
    model = result.models[parameters.model]
    name = _WORDS[parameters.model]
    if model.log_rate_ratio is None:
        return f"the planned model ({name}) has no rate ratio"
    value, limits = f"{exp(model.log_rate_ratio):.2g}", ""
    if model.lower is not None and model.upper is not None:
        limits = f" ({exp(model.lower):.2g} to {exp(model.upper):.2g})"
    return f"rate ratio {value}{limits} by the planned model ({name}); all models: {run}"


def _caveats(parameters: RecurrentParameters, found: _Compared) -> list[str]:
    said = [*found.notes, *found.result.caveats]
    if parameters.model is None:
        said.append("no model was planned: which ratio to believe was left open, and so is this")
    else:
        model = found.result.models[parameters.model]
        said += model.caveats
        if model.reason is not None:
            said.append(f"the planned model gives no rate ratio: {model.reason}")
    if found.floor > parameters.alpha:
        said.append(
            f"the smallest one-sided p that so few people allow is {found.floor:.2g}: this "
            "comparison cannot show improvement"
        )
    if found.cohort.era is None:
        said.append("the calendar years of the untreated are not stated")
    return list(dict.fromkeys(said))


def _details(parameters: RecurrentParameters, found: _Compared) -> dict[str, Any]:
    """All models, both curves, and the people as lanes without a name."""
    result = found.result
    models = [
        {"model": name, "label": _WORDS[name], "primary": name == parameters.model, **row}
        for name, row in model_rows(result).items()
    ]
    sides = ((True, "treated"), (False, "untreated"))
    lanes, left_out = lane_rows(found.groups)
    return {
        "planned": parameters.model,
        "models": models,
        "permutation": permutation_row(result),
        "design_floor": found.floor,
        "groups": [
            dict(
                zip(("people", "events", "person_time"), found.counted(treated=flag), strict=True),
                group=name,
                deaths=found.groups.deaths(treated=flag),
                population=(found.own if flag else found.cohort).population,
            )
            for flag, name in sides
        ],
        "curves": [
            {
                **curve_row(result.treated if flag else result.untreated, group=name),
                "last": found.groups.followed_to(treated=flag),
            }
            for flag, name in sides
        ],
        "lanes": lanes,
        "lanes_left_out": left_out,
        "unit": found.cohort.time_unit,
        "episode": found.cohort.episode,
        "event_type": parameters.event_type,
        "seed": found.seed,
    }


RECURRENT = Analysis(
    name="effect.recurrent",
    summary="Recurrent events of several treated people against untreated people: six models, the "
    "planned one first, and a p from relabelling people that decides.",
    method="recurrent-events",
    needs=(
        Need(role="treated", kinds=("treated-episodes",)),
        Need(role="episodes", kinds=("cohort-episodes",)),
    ),
    gives=("course.recurrent", "course.target-trial"),
    parameters=RecurrentParameters,
    compute=_compute,
    references=(
        "Andersen and Gill 1982",
        "Prentice, Williams and Peterson 1981",
        "Lawless and Nadeau 1995",
    ),
)
