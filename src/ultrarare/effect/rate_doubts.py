"""Signs that untreated rates are not constant, or were seen at other ages than the patient's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ultrarare.errors import NotComputable
from ultrarare.stats.episode_checks import Spans, age_trend

_CLUSTERED: Final = 50


def other_ages(
    own: tuple[float, float], spans: Spans, *, unit: str = "", whose: str = "the cohort"
) -> str | None:
    """That the patient was observed at ages at which nobody untreated was; None if not so.

    Args:
        own: first and last age of the patient under observation.
        spans: spans of each untreated person's observation, on the same clock.
        unit: of both.
        whose: what the untreated are called.
    """
    seen = [edge for person in spans for bounds in person for edge in bounds]
    if own[0] >= min(seen) and own[1] <= max(seen):
        return None
    text = (
        f"the patient was observed at ages {own[0]:.3g} to {own[1]:.3g}, {whose} at "
        f"{min(seen):.3g} to {max(seen):.3g} {unit}"
    )
    return text.rstrip()


def trend_with_age(
    times: Sequence[Sequence[float]], spans: Spans, *, level: float, clustered: bool = False
) -> str | None:
    """That untreated people's episodes become rarer or more frequent with age; None if not seen.

    Args:
        times: each person's episodes.
        spans: spans of each person's observation.
        level: at or below which p counts.
        clustered: whether episodes were seen to cluster. The trend's p is then too small, and a
            fiftieth of the level is asked for: a strong trend looks like clusters too.
    """
    try:
        trend = age_trend(times, spans)
    except NotComputable:
        return None
    if trend.p_value >= (level / _CLUSTERED if clustered else level):
        return None
    way = "rarer" if trend.statistic < 0 else "more frequent"
    return f"untreated people's episodes become {way} with age (p = {trend.p_value:.2g})"
