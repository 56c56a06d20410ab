"""Kinds of meeting with the agency; light, for the command line names them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Meeting(StrEnum):
    """Kinds of meeting with the agency."""

    INTERACT = "INTERACT"
    PRE_IND = "pre-IND"
    TYPE_B = "Type B"
    TYPE_C = "Type C"
    TYPE_D = "Type D"

    @property
    def about(self) -> str:
        """What it is for, in our words."""
        return _ABOUT[self]


_ABOUT: Mapping[Meeting, str] = {
    Meeting.INTERACT: "early and informal: novel questions before the decisive nonclinical work",
    Meeting.PRE_IND: "before the first application: nonclinical, manufacturing and first people",
    Meeting.TYPE_B: "at milestones: what will carry the application for approval",
    Meeting.TYPE_C: "any other question on development",
    Meeting.TYPE_D: "one narrow issue, two at the most",
}
