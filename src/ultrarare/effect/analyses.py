"""The analyses of the patient's course, for the registry."""

from __future__ import annotations

from ultrarare.effect.borrowing import BORROWING
from ultrarare.effect.endpoints import ENDPOINTS
from ultrarare.effect.endpoints_goals import GOAL_ATTAINMENT
from ultrarare.effect.episodes import EPISODES
from ultrarare.effect.external_control import EXTERNAL_CONTROL
from ultrarare.effect.feasibility import FEASIBILITY
from ultrarare.effect.intercurrent import INTERCURRENT
from ultrarare.effect.own_control import OWN_CONTROL
from ultrarare.effect.recurrent import RECURRENT
from ultrarare.effect.regression_to_mean import REGRESSION_TO_MEAN
from ultrarare.effect.sensitivity import SENSITIVITY
from ultrarare.effect.single_case import SINGLE_CASE
from ultrarare.effect.summary import COURSE_SUMMARY
from ultrarare.effect.surrogate import SURROGATE
from ultrarare.effect.survival import SURVIVAL_OF_FEW

ANALYSES = (
    OWN_CONTROL,
    REGRESSION_TO_MEAN,
    EPISODES,
    COURSE_SUMMARY,
    INTERCURRENT,
    EXTERNAL_CONTROL,
    SINGLE_CASE,
    SURVIVAL_OF_FEW,
    RECURRENT,
    SENSITIVITY,
    BORROWING,
    SURROGATE,
    ENDPOINTS,
    GOAL_ATTAINMENT,
    FEASIBILITY,
)
