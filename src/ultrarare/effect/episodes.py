"""Episodes after dosing against what three accounts of the untreated course expect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from ultrarare.analysis.declaration import Analysis, Inputs, Need, Parameters, computed
from ultrarare.case.dataset import CohortEpisodes, CourseEpisodes
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.moment import Moment
from ultrarare.case.unit import conversion, spoken
from ultrarare.effect.episode_record import observed_span, read_patient_episodes
from ultrarare.effect.marks import dose_marks, intercurrent_spans
from ultrarare.errors import NotComputable
from ultrarare.history.age import age
from ultrarare.history.episodes import cohort_records, observed_record
from ultrarare.history.records import EpisodeRecord
from ultrarare.words import counted

if TYPE_CHECKING:
    from ultrarare.stats.remission_comparison import EpisodeComparison
    from ultrarare.stats.states_records import Observed


class EpisodeParameters(Parameters):
    """How the comparison is made.

    Attributes:
        level: coverage of the intervals.
        alpha: one-sided error rate for calling fewer episodes than expected.
        fewest_people: a smaller cohort carries no comparison.
        fewest_episodes: nor does an own record with fewer episodes before dosing.
        check_level: a check of the constant rate on the cohort that falls below this leaves a
            comparison inconclusive that rests on a constant rate.
        check_seed: seed of the simulated check.
        entry_at_least: episodes that the patient needed to be treated …
        entry_window: … in so much time before, in the cohort's unit; None for both if no number
            of episodes decided.
        planned_layer: the account whose p value counts, chosen before the data; None takes the
            largest p of all that can be computed.
        states: of the state layer, quiet to active.
        heterogeneity: whether people's rates also differ by a constant factor in it.
    """

    level: float = Field(default=0.95, ge=0.95, lt=1)
    alpha: float = Field(default=0.025, gt=0, le=0.025)
    fewest_people: int = Field(default=10, ge=10)
    fewest_episodes: int = Field(default=3, ge=1)
    check_level: float = Field(default=0.05, ge=0.01, lt=1)
    check_seed: int = Field(default=20_260_101, ge=0)
    entry_at_least: int | None = Field(default=None, ge=1)
    entry_window: float | None = Field(default=None, gt=0)
    planned_layer: Literal["gamma-poisson", "state", "empirical"] | None = None
    states: int = Field(default=2, ge=2, le=4)
    heterogeneity: bool = False

    @model_validator(mode="after")
    def _entry_is_whole(self) -> Self:
        if (self.entry_at_least is None) != (self.entry_window is None):
            raise ValueError("entry_at_least and entry_window go together: give both or neither")
        return self


def _compute(inputs: Inputs) -> Iterable[Finding]:
    dataset: CourseEpisodes = inputs.one("episodes")
    cohort: CohortEpisodes = inputs.one("history")
    clock = inputs.case.clock
    span = observed_span(dataset, clock=clock)
    episodes = read_patient_episodes(inputs.path(dataset.file), dataset, clock=clock)
    dose = inputs.first_dose
    if dose is None or not span[0].first < dose.first < span[1].first:
        raise NotComputable(
            "the first dose does not lie within the observed span, so there is no before and after",
            remedy="Record the doses, and observe the patient before and after the first one.",
        )
    records = cohort_records(inputs, cohort)
    found = _compare(inputs, cohort, records, episodes, span, dose)
    doubts = (
        *_record_doubts(inputs.parameters, found, len(records)),
        *_rate_doubts(inputs, cohort, records, span, found),
    )
    yield _counted(inputs, dataset, cohort, found, episodes, span, doubts)
    yield _quiet(dataset, cohort, found)


def _compare(
    inputs: Inputs,
    cohort: CohortEpisodes,
    records: Sequence[EpisodeRecord],
    episodes: Sequence[Moment],
    span: tuple[Moment, Moment],
    dose: Moment,
) -> EpisodeComparison:
    """The patient's clock starts with the observation and runs in the cohort's unit."""
    from ultrarare.stats.remission import EntryRule
    from ultrarare.stats.remission_comparison import compare_episodes
    from ultrarare.stats.remission_layers import describe_untreated

    parameters: EpisodeParameters = inputs.parameters
    unit = conversion("d", cohort.time_unit, where=f"dataset {cohort.id}, time unit")
    start = span[0].first

    def clock(day: float) -> float:
        return (day - start) * unit

    own = _own(clock(span[1].first), [clock(when.middle) for when in episodes])
    dosed_at = clock(dose.first)
    rule = None
    if parameters.entry_at_least is not None and parameters.entry_window is not None:
        rule = EntryRule(at_least=parameters.entry_at_least, window=parameters.entry_window)
    after = own.after(dosed_at)
    untreated = describe_untreated(
        [observed_record(record) for record in records],
        follow_up=after.time,
        rule=rule,
        states=parameters.states,
        heterogeneity=parameters.heterogeneity,
    )
    return compare_episodes(
        untreated,
        own.until(dosed_at),
        after,
        dosed_at=dosed_at,
        planned_layer=parameters.planned_layer,
        level=parameters.level,
        alpha=parameters.alpha,
    )


def _own(length: float, times: Sequence[float]) -> Observed:
    from ultrarare.stats.states_records import observed

    inside = [min(max(time, 0.0), length) for time in times]  # the middle of a day on either edge
    return observed([(0.0, length)], inside, where="the patient's episodes")


def _record_doubts(
    parameters: EpisodeParameters, found: EpisodeComparison, people: int
) -> Iterable[str]:
    """Records that are too short to carry a comparison; the floors are this software's own."""
    if people < parameters.fewest_people:
        yield f"Fewer than {parameters.fewest_people} untreated people."
    if found.y0 < parameters.fewest_episodes:
        yield f"Fewer than {parameters.fewest_episodes} episodes before dosing."
    if found.y1 / found.t2 >= found.y0 / found.t1:
        yield "The patient's own rate did not fall."


def _rate_doubts(
    inputs: Inputs,
    cohort: CohortEpisodes,
    records: Sequence[EpisodeRecord],
    span: tuple[Moment, Moment],
    found: EpisodeComparison,
) -> Iterable[str]:
    """Signs in the cohort that rates are not constant, and ages at which it was never seen.

    Clusters are no doubt where the p value allows for them.
    """
    import numpy as np

    from ultrarare.effect.rate_doubts import other_ages, trend_with_age
    from ultrarare.stats.episode_checks import clustering

    parameters = inputs.parameters
    times, spans = [record.times for record in records], [record.spans for record in records]
    half_year = 182.625 * conversion("d", cohort.time_unit, where="time unit")
    rng = np.random.default_rng(parameters.check_seed)
    clusters = clustering(times, spans, bin_width=half_year, rng=rng)
    if clusters.p_value < parameters.check_level and _takes_rates_as_constant(found):
        yield (
            f"Untreated people's episodes come in clusters (p = {clusters.p_value:.2g}): a quiet "
            "time after an active one is then to be expected without treatment."
        )
    clustered = clusters.p_value < parameters.check_level
    trend = trend_with_age(times, spans, level=parameters.check_level, clustered=clustered)
    if trend is not None:
        yield _sentence(trend)
    first, last = (age(moment, inputs.case, unit=cohort.time_unit) for moment in span)
    elsewhere = other_ages((first, last), spans, unit=spoken(cohort.time_unit))
    if elsewhere is not None:
        yield _sentence(elsewhere)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _takes_rates_as_constant(found: EpisodeComparison) -> bool:
    """Whether nothing but the gamma-Poisson layer bounds the p value."""
    others = [layer for layer in found.layers if layer.name != "gamma-poisson"]
    if found.planned:
        return found.p_value_from == "gamma-poisson"
    return all(layer.p_count is None for layer in others)


def _upper(found: EpisodeComparison) -> int:
    """The largest count that some account expects; the planned one's, if one was planned."""
    computed_layers = [layer for layer in found.layers if layer.upper is not None]
    if found.planned:
        computed_layers = [found.layer(found.p_value_from)]
    return max(layer.upper for layer in computed_layers if layer.upper is not None)


def _judge(found: EpisodeComparison, alpha: float, doubts: Sequence[str]) -> tuple[Direction, str]:
    more = found.y1 > _upper(found)
    if doubts and not more:
        return Direction.INCONCLUSIVE, f"nothing is shown: {doubts[0].rstrip('.').lower()}"
    if found.p_value <= alpha:
        return Direction.SUPPORTS, "fewer than expected without treatment"
    if more:
        return Direction.CONTRADICTS, "more than expected without treatment"
    return Direction.INCONCLUSIVE, "not fewer than can be expected without treatment"


def _counted(
    inputs: Inputs,
    dataset: CourseEpisodes,
    cohort: CohortEpisodes,
    found: EpisodeComparison,
    episodes: tuple[Moment, ...],
    span: tuple[Moment, Moment],
    doubts: Sequence[str],
) -> Finding:
    direction, words = _judge(found, inputs.parameters.alpha, doubts)
    unit = spoken(cohort.time_unit)
    layer = found.layer(found.p_value_from)
    return computed(
        name="episodes",
        kind="course.episodes",
        statement=f"{dataset.episode}: {found.y1} in {found.t2:.3g} {unit} after the "
        f"first dose, {found.y0} in {found.t1:.3g} {unit} before it; expected without "
        f"treatment were {layer.expected:.3g} ({layer.lower} to {layer.upper}; "
        f"{_source(found)}): {words}.",
        direction=direction,
        estimate=Estimate(
            value=found.rate_ratio,
            lower=found.rate_ratio_lower,
            upper=found.rate_ratio_upper,
            level=found.level,
            unit="1",
        ),
        n=found.y0 + found.y1,
        n_unit="episodes",
        caveats=(*doubts, *_caveats(found)),
        attributes={
            "p_benefit": found.p_value,
            "rate_ratio": found.rate_ratio,
            "p_from": found.p_value_from,
            "planned_layer": found.planned,
        },
        measure=dataset.episode,
        details={
            "observed": [span[0].first, span[1].first],
            "events": [{"time": when.middle, "label": str(when)} for when in episodes],
            "doses": dose_marks(inputs.timeline),
            "intercurrent": intercurrent_spans(inputs.timeline),
            "predicted": {"mean": layer.expected, "lower": layer.lower, "upper": layer.upper},
            "years": {"before": found.t1, "after": found.t2},
            "time_unit": cohort.time_unit,
            "naive_rate_ratio": found.naive_rate_ratio,
            "naive_p": found.naive_p,
            "layers": _layers(found),
            "untreated": cohort.population,
        },
    )


def _source(found: EpisodeComparison) -> str:
    why = "as planned" if found.planned else "the largest p"
    names = {
        "gamma-poisson": "rates constant in each person",
        "state": "active and quiet states",
        "empirical": "untreated people who met the entry rule",
    }
    return f"{names[found.p_value_from]}, {why}"


def _caveats(found: EpisodeComparison) -> Iterable[str]:
    """Those of the comparison; those of an account that is not reported say whose they are."""
    of_layers = {text for layer in found.layers for text in layer.caveats}
    yield from (text for text in found.caveats if text not in of_layers)
    for layer in found.layers:
        lead = "" if layer.name == found.p_value_from else f"the {layer.name} layer: "
        yield from (lead + text for text in layer.caveats)


def _layers(found: EpisodeComparison) -> list[dict[str, Any]]:
    return [
        {
            "layer": layer.name,
            "p_count": layer.p_count,
            "p_remission": layer.p_remission,
            "floor": layer.floor,
            "expected": layer.expected,
            "rate_ratio": layer.rate_ratio,
            "lower": layer.rate_ratio_lower,
            "upper": layer.rate_ratio_upper,
            "people": layer.n,
        }
        for layer in found.layers
    ]


def _quiet(dataset: CourseEpisodes, cohort: CohortEpisodes, found: EpisodeComparison) -> Finding:
    """How long it stayed quiet: a description beside the count, which is the test."""
    unit, gap = spoken(cohort.time_unit), found.longest_gap
    course = (
        f"the first came {found.remission:.3g} {unit} after the first dose"
        if found.remission_ended
        else f"none came in the {found.remission:.3g} {unit} after the first dose"
    )
    computed_layers = [layer for layer in found.layers if layer.p_remission is not None]
    likely = ", ".join(f"{layer.p_remission:.2g} ({layer.name})" for layer in computed_layers)
    return computed(
        name="remission",
        kind="course.remission",
        statement=f"{dataset.episode}: {course}; the probability of a quiet time at least as long "
        f"without treatment is {likely}. The longest gap after dosing is {gap.gap:.3g} {unit}; "
        f"{gap.as_long} of {counted(gap.n, 'untreated person')} had one as long.",
        direction=Direction.DESCRIBES,
        n=gap.n,
        n_unit="people",
        caveats=tuple(
            f"the {layer.name} layer: {text}"
            for layer in found.layers
            for text in layer.caveats
            if layer.p_remission is None
        ),
        attributes={
            "p_remission": found.p_remission,
            "remission": found.remission,
            "ended": found.remission_ended,
        },
        measure=dataset.episode,
        details={"layers": _layers(found), "time_unit": cohort.time_unit},
    )


EPISODES = Analysis(
    name="effect.episodes",
    summary="Episodes after dosing against the number predicted, without treatment, from the "
    "patient's own record and from untreated people: constant rates, active and quiet states, and "
    "untreated people under the same entry rule.",
    method="episodes",
    needs=(
        Need(role="episodes", kinds=("course-episodes",)),
        Need(role="history", kinds=("cohort-episodes",)),
    ),
    gives=("course.episodes", "course.remission"),
    parameters=EpisodeParameters,
    compute=_compute,
    references=("Cook and Lawless 2007",),
)
