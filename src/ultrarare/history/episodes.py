"""How often untreated people have episodes, and how their rates differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isinf
from typing import TYPE_CHECKING

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortEpisodes
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.unit import spoken
from ultrarare.history.cohort_reader import episodes_of
from ultrarare.history.population import few_people
from ultrarare.history.records import EpisodeRecord

if TYPE_CHECKING:
    from ultrarare.stats.episodes import GammaPoisson
    from ultrarare.stats.states_records import Observed


def cohort_records(inputs: Inputs, cohort: CohortEpisodes) -> tuple[EpisodeRecord, ...]:
    """The episodes of a cohort, person by person.

    Raises:
        InputErrors: a table is wrong.
    """
    return episodes_of(inputs, cohort)


def observed_record(record: EpisodeRecord, event_type: str | None = None) -> Observed:
    """A person of a cohort as the statistics take them; only episodes of one type, if it is given.

    Raises:
        InputError: spans that overlap, or an episode outside them.
    """
    from ultrarare.stats.states_records import observed

    times: Sequence[float] = record.times
    if event_type is not None:
        times = [each.time for each in record.happenings if each.type == event_type]
    return observed(record.spans, times, where=f"person {record.person}")


def fit_episode_rates(records: Sequence[EpisodeRecord]) -> GammaPoisson:
    """The gamma distribution of untreated rates, per unit of the cohort's time.

    Raises:
        NotComputable: no episode in the whole cohort.
    """
    from ultrarare.stats.episodes import fit_gamma_poisson

    return fit_gamma_poisson(
        [record.events for record in records], [record.person_time for record in records]
    )


def _compute(inputs: Inputs) -> Iterable[Finding]:
    cohort: CohortEpisodes = inputs.one("episodes")
    rates = fit_episode_rates(cohort_records(inputs, cohort))
    unit = f"1/{cohort.time_unit}"
    yield computed(
        name="episodes",
        kind="history.episodes",
        statement=f"{rates.n_people} untreated people ({cohort.population}) had {rates.events} "
        f"{cohort.episode} in {rates.person_time:.4g} {spoken(cohort.time_unit)}: "
        f"{rates.mean_rate:.3g} {spoken(unit)}, {_spread(rates)}.",
        direction=Direction.INCONCLUSIVE if few_people(rates.n_people) else Direction.SUPPORTS,
        estimate=Estimate(value=rates.mean_rate, unit=unit),
        n=rates.n_people,
        n_unit="people",
        caveats=(*rates.caveats, *few_people(rates.n_people)),
        attributes={"people": rates.n_people, "events": rates.events},
        tier=cohort.tier,
        measure=cohort.episode,
        details={
            "person_time": rates.person_time,
            "population": cohort.population,
            "era": cohort.era,
        },
    )


def _spread(rates: GammaPoisson) -> str:
    return "rates alike" if isinf(rates.shape) else f"rates with gamma shape {rates.shape:.2g}"


EPISODES = Analysis(
    name="history.episodes",
    summary="Rate of episodes in untreated people and how it differs between them (gamma-Poisson).",
    method="episodes",
    needs=(Need(role="episodes", kinds=("cohort-episodes",)),),
    gives=("history.episodes",),
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=("Cook and Lawless 2007",),
)
