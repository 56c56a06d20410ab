"""What an untreated cohort, or a published curve, says of the hazard: a distribution of survival.

At each event time the share that goes on is a beta variable, Beta(n − d + 1, d) with n at risk and
d events (Fay, Brittain and Proschan 2013). Their product is the upper confidence distribution of
S; one factor more, Beta(n after, 1), gives the lower one. Without censoring the two are the limits
of Clopper and Pearson.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, ndtri

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Floats,
    finite_vector,
    freeze,
    non_negative_vector,
    require_level,
    require_positive,
    same_length,
)
from ultrarare.stats.survival import kaplan_meier

_LEAST_DROP: Final = 1e-12  # of a published curve: less is no event


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UntreatedHazard:
    """Event times of the untreated, with numbers at risk; real numbers where a curve was read."""

    time: Floats  # (k,) ascending
    at_risk: Floats  # (k,) just before each time
    events: Floats  # (k,) > 0
    seen_from: Floats  # (m,) ascending times at which the number under observation changes
    seen: Floats  # (m,) under observation just after each
    start: float
    follow_up: float
    people: float
    published: bool
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def after(self, t: float) -> float:
        """How many are under observation just after `t`."""
        place = int(np.searchsorted(self.seen_from, t, side="right")) - 1
        return float(self.seen[place]) if place >= 0 else 0.0

    def unseen(self, begin: float, end: float) -> bool:
        """Whether for some of (begin, end] nobody was under observation."""
        inside = (self.seen_from >= begin) & (self.seen_from < end)
        return self.after(begin) <= 0 or bool(np.any(self.seen[inside] <= 0))

    def survival(self, begin: float, end: float) -> float:
        """Product-limit estimate of S(end | begin)."""
        use = self._within(begin, end)
        return float(np.prod(1 - self.events[use] / self.at_risk[use]))

    def expected(self, begin: float, end: float) -> float:
        """Λ(end) − Λ(begin), by Nelson and Aalen."""
        use = self._within(begin, end)
        return float(np.sum(self.events[use] / self.at_risk[use]))

    def limits(self, begin: float, end: float, *, level: float = 0.95) -> tuple[float, float]:
        """Limits of S(end | begin); see `limits_at`."""
        lower, upper = self.limits_at(begin, np.array([end]), level=level)
        return float(lower[0]), float(upper[0])

    def limits_at(
        self, begin: float, ends: Floats, *, level: float = 0.95
    ) -> tuple[Floats, Floats]:
        """Limits of S(end | begin) at each end, (m,) and (m,).

        From the two beta products, each by the beta variable of its first two moments.

        Raises:
            InputError: the level lies outside (0, 1).
        """
        require_level(level)
        use = self.time > begin
        n, d = self.at_risk[use], self.events[use]
        steps = np.searchsorted(self.time[use], ends, side="right")
        value = _from_one(1 - d / n)[steps]
        mean = _from_one((n - d + 1) / (n + 1))[steps]
        square = _from_one((n - d + 1) * (n - d + 2) / ((n + 1) * (n + 2)))[steps]
        tail = (1 - level) / 2
        upper = np.maximum(value, _quantile(mean, square, 1 - tail))
        rest = np.array([self.after(float(end)) for end in ends])
        low = _quantile(mean * rest / (rest + 1), square * rest / (rest + 2), tail)
        # The product limit may rest at 0 although people entered later.
        return np.where(rest > 0, np.minimum(value, low), 0.0), upper

    def _within(self, begin: float, end: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return (self.time > begin) & (self.time <= end)


def _from_one(factors: Floats) -> Floats:
    return np.concatenate(([1.0], np.cumprod(factors)))


def _quantile(mean: Floats, square: Floats, share: float) -> Floats:
    """Quantile of beta variables with these moments; the mean where they do not vary."""
    spread = square - mean**2
    live = (mean > 0) & (spread > 1e-15 * mean**2)
    size = np.divide(mean * (1 - mean), spread, out=np.ones_like(mean), where=live) - 1
    out = mean.copy()
    out[live] = betaincinv(mean[live] * size[live], (1 - mean[live]) * size[live], share)
    return np.asarray(out)


def hazard_of_people(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None
) -> UntreatedHazard:
    """The hazard of a cohort.

    Args:
        time: (n,) end of follow-up.
        event: (n,) whether the event was seen then.
        entry: (n,) start of observation; None for 0.

    Raises:
        InputError: as `kaplan_meier`.
    """
    curve = kaplan_meier(time, event, entry=entry)
    stop = np.sort(non_negative_vector(time, "time"))
    begin = np.zeros_like(stop) if entry is None else np.sort(non_negative_vector(entry, "entry"))
    changes = np.unique(np.concatenate((begin, stop)))
    seen = np.searchsorted(begin, changes, side="right") - np.searchsorted(
        stop, changes, side="right"
    )
    return UntreatedHazard(
        time=curve.time,
        at_risk=curve.at_risk.astype(np.float64),
        events=curve.events.astype(np.float64),
        seen_from=changes,
        seen=seen.astype(np.float64),
        start=curve.start,
        follow_up=curve.follow_up,
        people=float(curve.n),
        published=False,
        caveats=curve.caveats,
    )


def hazard_of_published_curve(
    time: ArrayLike,
    survival: ArrayLike,
    *,
    people: float,
    at_risk: ArrayLike | None = None,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    level: float = 0.95,
) -> UntreatedHazard:
    """The hazard behind a digitised survival curve: how many people stand behind each step.

    Args:
        time: (k,) ascending times at which the curve was read; it is 1 at time 0.
        survival: (k,) in [0, 1], never rising.
        people: how many people the curve was drawn from.
        at_risk: (k,) numbers printed below the curve; NaN where none is printed.
        lower: (k,) limits printed with the curve, with `upper`; used where `at_risk` is not.
        upper: (k,) see `lower`.
        level: coverage of those limits.

    Raises:
        InputError: a value outside its range, or a curve that rises.

    Notes:
        The number at risk is the printed one, scaled down by the curve until the next is printed;
        else the one whose Greenwood variance gives the width of the printed log(−log) limits; else
        `people` times the curve, as if nobody had been censored, which is too many.
    """
    when, s = _published(time, survival)
    require_positive(people, "people")
    before = np.concatenate(([1.0], s[:-1]))
    caveats = [
        "the untreated curve was read from a publication; no individual follow-up stands behind it",
        "events are placed at the times at which the curve was read, so that survival between two "
        "of them is taken as too high",
    ]
    risk, source = _people_behind(before, s, people, at_risk, lower, upper, level)
    if source:
        caveats.append(source)
    dead = risk * (1 - s / np.where(before > 0, before, 1.0))
    step = (before - s > _LEAST_DROP) & (risk > 0)
    return UntreatedHazard(
        time=when[step],
        at_risk=risk[step],
        events=dead[step],
        seen_from=np.concatenate(([0.0], when)),
        seen=np.concatenate(([people], np.append((risk - dead)[:-1], 0.0))),
        start=0.0,
        follow_up=float(when[-1]),
        people=float(people),
        published=True,
        caveats=tuple(caveats),
    )


def _published(time: ArrayLike, survival: ArrayLike) -> tuple[Floats, Floats]:
    when, s = non_negative_vector(time, "time"), non_negative_vector(survival, "survival")
    same_length(time=when, survival=s)
    if np.any(np.diff(when) <= 0):
        raise InputError("times must rise from row to row", where="time")
    if (bad := np.flatnonzero(s > 1)).size:
        raise InputError(
            f"found {s[bad[0]]:g}; allowed is a share from 0 to 1",
            where=f"survival[{bad[0]}]",
            remedy="Divide percentages by 100.",
        )
    if (bad := np.flatnonzero(np.diff(s) > 0)).size:
        raise InputError("the curve rises, and survival cannot", where=f"survival[{bad[0] + 1}]")
    return when, s


def _people_behind(
    before: Floats,
    s: Floats,
    people: float,
    at_risk: ArrayLike | None,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    level: float,
) -> tuple[Floats, str]:
    """Number at risk before each step, and the reservation that goes with its source."""
    if at_risk is not None:
        printed = np.asarray(at_risk, dtype=np.float64)
        same_length(survival=s, at_risk=printed)
        if np.any(printed[np.isfinite(printed)] < 0):
            raise InputError("numbers at risk must be ≥ 0", where="at_risk")
        risk, last, at = np.empty_like(s), people, 1.0
        for i in range(s.size):
            if np.isfinite(printed[i]):
                last, at = float(printed[i]), float(before[i])
            risk[i] = last * before[i] / at if at > 0 else 0.0
        return np.minimum(risk, people), ""
    whole = people * before
    if lower is None or upper is None:
        return whole, (
            "numbers at risk are not printed, so the curve is taken as if nobody had been "
            "censored; it is less certain than it is taken here: in simulations its 95 % limits "
            "covered 0.89 with 20 people and 0.62 with 200"
        )
    low, high = finite_vector(lower, "lower"), finite_vector(upper, "upper")
    same_length(survival=s, lower=low, upper=high)
    with np.errstate(all="ignore"):
        width = np.log(-np.log(low)) - np.log(-np.log(high))
        variance = (width / (2 * ndtri((1 + level) / 2)) * np.log(s)) ** 2
        q = 1 - s / before
        step = np.diff(np.concatenate(([0.0], variance)))
        behind = q / ((1 - q) * step)
    return np.where(np.isfinite(behind) & (behind > 0), np.minimum(behind, whole), whole), ""


def require_observed(hazard: UntreatedHazard, t: float, what: str) -> None:
    """Nothing, if somebody untreated was under observation up to `t` or later.

    Raises:
        NotComputable: `t` lies beyond the last follow-up, or before the earliest entry.
    """
    if t > hazard.follow_up:
        raise NotComputable(
            f"{what} is {t:g}, and nobody untreated was followed beyond {hazard.follow_up:g}",
            remedy=f"Ask at {hazard.follow_up:g} or earlier, or follow the untreated for longer.",
        )
    if t < hazard.start:
        raise NotComputable(
            f"{what} is {t:g}, and nobody untreated was under observation before {hazard.start:g}",
            remedy=f"Ask at {hazard.start:g} or later, or add people observed from earlier on.",
        )
