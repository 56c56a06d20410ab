"""The analyses of the untreated course, for the registry."""

from __future__ import annotations

from ultrarare.history.assess_cohort import ADEQUACY
from ultrarare.history.cohort_conflicts import COHORT_CONFLICTS
from ultrarare.history.coverage import COVERAGE
from ultrarare.history.cumulative_incidence import CUMULATIVE_INCIDENCE
from ultrarare.history.episodes import EPISODES
from ultrarare.history.literature import LITERATURE
from ultrarare.history.population import POPULATION
from ultrarare.history.states import STATES
from ultrarare.history.survival import SURVIVAL
from ultrarare.history.trajectory import TRAJECTORY

ANALYSES = (
    SURVIVAL,
    CUMULATIVE_INCIDENCE,
    POPULATION,
    EPISODES,
    STATES,
    LITERATURE,
    COHORT_CONFLICTS,
    COVERAGE,
    ADEQUACY,
    TRAJECTORY,
)
