"""The rule by which people entered, and the visits of those who did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, freeze, same_length

Direction = Literal["lower", "higher"]
"""Which values are better."""
Statistic = Literal["mean", "all", "any"]
"""What of the deciding visits has to lie beyond the threshold."""

_STATISTICS: Final = ("mean", "all", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRule:
    """People enter when `visits` visits in a row lie on the bad side of `threshold`.

    The threshold itself counts as bad. Bad is high where lower values are better.
    """

    threshold: float
    direction: Direction
    visits: int = 1
    statistic: Statistic = "mean"

    def __post_init__(self) -> None:
        if not np.isfinite(self.threshold):
            raise InputError("must be finite", where="threshold")
        if self.direction not in {"lower", "higher"}:
            raise InputError(
                f"{self.direction!r} is no direction; allowed are 'lower' and 'higher'",
                where="direction",
            )
        if self.visits < 1:
            raise InputError(f"{self.visits} deciding visits, at least 1 is needed", where="visits")
        if self.statistic not in _STATISTICS:
            raise InputError(
                f"{self.statistic!r} is no statistic; allowed are {', '.join(_STATISTICS)}",
                where="statistic",
            )

    @property
    def sign(self) -> float:
        """What turns values so that higher is better."""
        return -1.0 if self.direction == "lower" else 1.0

    def turned(self) -> EntryRule:
        """The same rule on values where higher is better."""
        return replace(self, threshold=self.sign * self.threshold, direction="higher")

    def admits(self, deciding: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """(…) whether (…, visits) deciding visits let a person in; values as they are."""
        y, c = self.sign * deciding, self.sign * self.threshold
        if self.statistic == "mean":
            return np.asarray(y.mean(axis=-1) <= c)
        worst = y.max(axis=-1) if self.statistic == "all" else y.min(axis=-1)
        return np.asarray(worst <= c)

    def first(self, value: Floats) -> int | None:
        """Where the first row of visits begins that lets a person in, one later visit left."""
        m = self.visits
        if value.size <= m:
            return None
        windows = np.lib.stride_tricks.sliding_window_view(value, m)[:-1]
        found = np.flatnonzero(self.admits(windows))
        return int(found[0]) if found.size else None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Entrant:
    """A treated person: the visits that decided, those between entry and dosing, those after."""

    deciding_time: Floats  # (m,)
    deciding: Floats
    fresh_time: Floats  # (r,), r ≥ 0
    fresh: Floats
    after_time: Floats  # (k,), k ≥ 1
    after: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def baseline(self) -> float:
        """Mean of the deciding visits."""
        return float(self.deciding.mean())

    @property
    def change(self) -> float:
        """Mean after dosing minus mean of the deciding visits."""
        return float(self.after.mean()) - self.baseline

    @property
    def gap(self) -> float:
        """From the middle of the deciding visits to the middle of those after dosing."""
        return float(self.after_time.mean() - self.deciding_time.mean())

    def turned(self, sign: float) -> Entrant:
        """The same person with values where higher is better."""
        return replace(
            self, deciding=sign * self.deciding, fresh=sign * self.fresh, after=sign * self.after
        )


def entrant(
    rule: EntryRule,
    before_time: ArrayLike,
    before: ArrayLike,
    after_time: ArrayLike,
    after: ArrayLike,
) -> Entrant:
    """Divide a treated person's visits by the entry rule.

    Args:
        rule: what let people in.
        before_time: (b,) times of the visits before dosing, all different.
        before: (b,) values; the first row of them that meets the rule decided, later ones are
            fresh, earlier ones are left aside.
        after_time: (k,) times of the visits after dosing, later than all before.
        after: (k,) values.

    Raises:
        InputError: unequal lengths, a time given twice, or a visit after dosing that is not later.
        NotComputable: no row of visits before dosing meets the rule.
    """
    t0, y0 = _ordered(before_time, before, "before")
    t1, y1 = _ordered(after_time, after, "after")
    if t1[0] <= t0[-1]:
        raise InputError(
            f"a visit after dosing is at {t1[0]:g}, one before dosing at {t0[-1]:g}",
            where="after_time",
        )
    at = rule.first(np.append(y0, 0.0))
    if at is None:
        side = "above" if rule.direction == "lower" else "below"
        raise NotComputable(
            f"no {rule.visits} visits in a row before dosing meet the entry rule "
            f"({rule.statistic} {side} {rule.threshold:g}), so it did not decide on treatment",
            where="before",
            remedy="Give the rule by which this person was in fact chosen, and its visits.",
        )
    end = at + rule.visits
    return Entrant(
        deciding_time=t0[at:end], deciding=y0[at:end], fresh_time=t0[end:], fresh=y0[end:],
        after_time=t1, after=y1,
    )  # fmt: skip


def _ordered(time: ArrayLike, value: ArrayLike, where: str) -> tuple[Floats, Floats]:
    t, y = finite_vector(time, f"{where}_time"), finite_vector(value, where)
    same_length(**{f"{where}_time": t, where: y})
    order = np.argsort(t, kind="stable")
    t, y = t[order], y[order]
    if np.any(same := np.diff(t) == 0):
        raise InputError(f"time {t[:-1][same][0]:g} is given twice", where=f"{where}_time")
    return t, y
