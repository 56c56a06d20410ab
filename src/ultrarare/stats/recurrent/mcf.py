"""Mean cumulative function: expected events per person by a time, with nothing assumed of rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Counts, Floats, freeze, require_level
from ultrarare.stats.recurrent.record import Records
from ultrarare.words import counted

_DRAWS: Final = 2000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeanCumulativeFunction:
    """Expected number of events by each event time; a step function that starts at 0.

    Intervals are on the log scale. `band_lower` to `band_upper` hold the whole curve at once
    between the first and last event time; None where fewer than two people had events.
    """

    n: int
    events: int
    level: float
    time: Floats
    at_risk: Counts
    mean: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    band_lower: Floats | None
    band_upper: Floats | None
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """One line for a log or a terminal."""
        if self.time.size == 0:
            return f"{counted(self.n, 'person')}, no event"
        mean = counted(f"{self.mean[-1]:.3g}", "event")
        return f"{counted(self.n, 'person')}, {mean} a person by {self.time[-1]:g}"

    def to_rows(self) -> list[dict[str, float]]:
        """One row for each event time."""
        names = ("time", "mean", "std_error", "lower", "upper")
        return [
            dict(zip(names, map(float, values), strict=True))
            for values in zip(*(getattr(self, name) for name in names), strict=True)
        ]

    def at(self, time: float) -> float:
        """Expected events by a time."""
        reached = int(np.searchsorted(self.time, time, side="right"))
        return float(self.mean[reached - 1]) if reached else 0.0


def mean_cumulative_function(
    found: Records,
    *,
    treated: bool,
    rng: np.random.Generator,
    level: float = 0.95,
) -> MeanCumulativeFunction:
    """Mean cumulative function of one group.

    Args:
        found: people, spans and events.
        treated: which group.
        rng: for the simultaneous band; the curve and its intervals draw nothing.
        level: coverage of intervals and band.

    Raises:
        InputError: a bad level.
        NotComputable: nobody is in the group.

    Notes:
        Σ dN/Y, variance Σ over people of [∫ (dNᵢ - Yᵢ dΛ)/Y]² (Lawless and Nadeau 1995). Band:
        the sup of the standardised process under normal multipliers of people's shares, on the
        log scale. Checked against R's survfit in tests/reference/test_recurrent_events.py.
    """
    require_level(level)
    members = np.flatnonzero(found.treated == treated)
    if members.size == 0:
        raise NotComputable(
            "nobody is in the group", remedy="Give people of both groups with their follow-up."
        )
    place = np.full(found.n_people, -1)
    place[members] = np.arange(members.size)
    own = place[found.event_person] >= 0
    when, whose = found.event_time[own], place[found.event_person[own]]
    time = np.unique(when)
    at_risk = _at_risk(found, place, members.size, time)
    y = at_risk.sum(axis=0)
    events = np.zeros((members.size, time.size))
    np.add.at(events, (whose, np.searchsorted(time, when)), 1)
    step = events.sum(axis=0) / y
    share = np.cumsum((events - at_risk * step) / y, axis=1)
    mean, se = np.cumsum(step), np.sqrt(np.sum(share**2, axis=0))
    z = float(ndtri((1 + level) / 2))
    spread = np.exp(z * se / mean)
    wide = _band(share, mean, se, rng, level)
    return MeanCumulativeFunction(
        n=int(members.size),
        events=int(when.size),
        level=level,
        time=time,
        at_risk=y.astype(np.int64),
        mean=mean,
        std_error=se,
        lower=mean / spread,
        upper=mean * spread,
        band_lower=None if wide is None else mean / np.exp(wide * se / mean),
        band_upper=None if wide is None else mean * np.exp(wide * se / mean),
        caveats=_caveats(members.size, y),
    )


def _at_risk(found: Records, place: Counts, people: int, time: Floats) -> Floats:
    """(people, times) 1 where a member was under observation."""
    out = np.zeros((people, time.size))
    own = place[found.span_person] >= 0
    for i in np.flatnonzero(own).tolist():
        inside = (found.span_start[i] < time) & (time <= found.span_stop[i])
        out[place[found.span_person[i]]] += inside
    return out


def _band(
    share: Floats, mean: Floats, se: Floats, rng: np.random.Generator, level: float
) -> float | None:
    """Critical value of the band; None where people do not vary."""
    seen = se > 1e-12 * np.maximum(mean, 1e-300)
    if seen.sum() == 0 or share.shape[0] < 2:
        return None
    multipliers = rng.standard_normal((_DRAWS, share.shape[0]))
    process = np.abs(multipliers @ (share[:, seen] / se[seen]))
    return float(np.quantile(process.max(axis=1), level))


def _caveats(people: int, at_risk: Floats) -> tuple[str, ...]:
    said = []
    if people < 20:
        said.append(f"the curve and its intervals rest on {counted(people, 'person')}")
    if at_risk.size and at_risk[-1] < 5:
        said.append(f"fewer than 5 people are observed at the end of the curve ({at_risk[-1]:g})")
    return tuple(said)
