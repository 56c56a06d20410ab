"""Whether untreated people's disease waxes and wanes: active and quiet states, and their stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortEpisodes
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.case.unit import spoken
from ultrarare.history.episodes import cohort_records, observed_record
from ultrarare.history.population import few_people

if TYPE_CHECKING:
    from ultrarare.stats.states import StateProcess


def _compute(inputs: Inputs) -> Iterable[Finding]:
    from ultrarare.stats.states import fit_states

    cohort: CohortEpisodes = inputs.one("episodes")
    records = [observed_record(record) for record in cohort_records(inputs, cohort)]
    process = fit_states(records)
    unit = spoken(cohort.time_unit)
    yield computed(
        name="states",
        kind="history.states",
        statement=f"{cohort.episode} in {process.n_people} untreated people ({cohort.population}): "
        f"{_words(process, unit)}.",
        direction=Direction.DESCRIBES if process.identified else Direction.INCONCLUSIVE,
        estimate=_active_stay(process, cohort.time_unit),
        n=process.n_people,
        n_unit="people",
        caveats=(*process.caveats, *few_people(process.n_people)),
        attributes={
            "people": process.n_people,
            "events": process.events,
            "identified": process.identified,
        },
        tier=cohort.tier,
        measure=cohort.episode,
        details={
            "states": process.to_rows(),
            "time_unit": cohort.time_unit,
            "log_likelihood": process.loglik,
            "log_likelihood_constant": process.constant_loglik,
            "population": cohort.population,
            "era": cohort.era,
        },
    )


def _words(process: StateProcess, unit: str) -> str:
    if not process.identified:
        return "the records show no states beside a constant rate"
    quiet, active = process.to_rows()
    return (
        f"an active state with {active['rate']:.3g} a unit of time ({unit}) that lasts "
        f"{active['dwell']:.3g} on average, and a quiet one with {quiet['rate']:.3g} that lasts "
        f"{quiet['dwell']:.3g}"
    )


def _active_stay(process: StateProcess, unit: str) -> Estimate | None:
    if not process.identified:
        return None
    low, high = process.dwell_lower[-1], process.dwell_upper[-1]
    known = low is not None and high is not None
    return Estimate(
        value=float(process.dwell[-1]),
        lower=low if known else None,
        upper=high if known else None,
        level=0.95 if known else None,
        unit=unit,
    )


STATES = Analysis(
    name="history.states",
    summary="Active and quiet states of untreated people: rates, and how long they stay in each.",
    method="state-processes",
    needs=(Need(role="episodes", kinds=("cohort-episodes",)),),
    gives=("history.states",),
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=("Fischer and Meier-Hellstern 1993",),
)
