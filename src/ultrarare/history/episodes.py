"""How often untreated people have episodes, and how their rates differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortEpisodes
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.unit import spoken
from ultrarare.history.cohort import read_episodes
from ultrarare.history.population import few_people

if TYPE_CHECKING:
    from ultrarare.stats.episodes import GammaPoisson


def fit_episode_rates(inputs: Inputs, cohort: CohortEpisodes) -> GammaPoisson:
    """The gamma distribution of untreated rates, per unit of the cohort's time.

    Raises:
        InputErrors: a table is wrong.
        NotComputable: no episode in the whole cohort.
    """
    from ultrarare.stats.episodes import fit_gamma_poisson

    counts = read_episodes(
        inputs.path(cohort.file),
        inputs.path(cohort.follow_up),
        events_name=cohort.file,
        follow_up_name=cohort.follow_up,
    )
    return fit_gamma_poisson(
        [count.events for count in counts], [count.person_time for count in counts]
    )


def _compute(inputs: Inputs) -> Iterable[Finding]:
    cohort: CohortEpisodes = inputs.one("episodes")
    rates = fit_episode_rates(inputs, cohort)
    unit = f"1/{cohort.time_unit}"
    yield computed(
        name="episodes",
        kind="history.episodes",
        statement=f"{rates.n_people} untreated people ({cohort.population}) had {rates.events} "
        f"{cohort.episode} in {rates.person_time:.4g} {spoken(cohort.time_unit)}: "
        f"{rates.mean_rate:.3g} {spoken(unit)}, rates differing with gamma shape "
        f"{rates.shape:.2g}.",
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
