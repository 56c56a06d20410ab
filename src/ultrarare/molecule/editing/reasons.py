"""Why a fragment has no listed allele: numbers for the kernels, words for people."""

from __future__ import annotations

from typing import Final

from ultrarare.molecule.tally import Reason

TOO_SHORT: Final = -1
LOW_QUALITY: Final = -2
NO_MATCH: Final = -3
NOT_COVERED: Final = -4
NO_OVERLAP: Final = -5
DISAGREE: Final = -6
AMBIGUOUS: Final = -7
SEVERAL: Final = -8
JUNCTION: Final = -9
TOO_LARGE: Final = -10
OTHER: Final = -11
"""An allele of its own, but the table is full: counted, not listed."""

REASONS: Final = 11

WHY: Final = {
    TOO_SHORT: Reason.TOO_SHORT,
    LOW_QUALITY: Reason.LOW_QUALITY,
    NO_MATCH: Reason.NO_MATCH,
    NOT_COVERED: Reason.SPAN_NOT_COVERED,
    NO_OVERLAP: Reason.MATES_DO_NOT_OVERLAP,
    DISAGREE: Reason.MATES_DISAGREE,
    AMBIGUOUS: Reason.MATES_AMBIGUOUS,
    SEVERAL: Reason.SEVERAL_AMPLICONS,
    JUNCTION: Reason.JUNCTION,
    TOO_LARGE: Reason.TOO_LARGE,
}
