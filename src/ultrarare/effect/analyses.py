"""The analyses of the patient's course, for the registry."""

from __future__ import annotations

from ultrarare.effect.episodes import EPISODES
from ultrarare.effect.external_control import EXTERNAL_CONTROL
from ultrarare.effect.intercurrent import INTERCURRENT
from ultrarare.effect.own_control import OWN_CONTROL
from ultrarare.effect.summary import COURSE_SUMMARY

ANALYSES = (OWN_CONTROL, EPISODES, COURSE_SUMMARY, INTERCURRENT, EXTERNAL_CONTROL)
