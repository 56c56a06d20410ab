"""Time zero: set by one rule in both arms, and nobody made immortal before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Flags, Floats, finite_vector, flag_vector, freeze
from ultrarare.stats.arrays import same_length as same


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Alignment:
    """Waiting times from eligibility to index in both arms, and what follows from them."""

    treated_wait: tuple[float, float, float]  # smallest, median, largest
    untreated_wait: tuple[float, float, float]
    ended_before: Counts  # positions of people whose follow-up ended at or before their index
    immortal: bool  # the treated had to survive a wait that untreated people did not
    landmark: float | None  # both arms start this long after eligibility
    kept: Flags  # (m,) still under follow-up at time zero
    index: Floats  # (m,) time zero of each person

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def aligned(self) -> bool:
        """Whether time zero follows one rule in both arms."""
        return not self.immortal or self.landmark is not None

    def summary(self) -> str:
        """One line for a log or a terminal."""
        line = (
            f"from eligibility to index the treated waited {self.treated_wait[0]:g} to "
            f"{self.treated_wait[2]:g}, untreated people {self.untreated_wait[0]:g} to "
            f"{self.untreated_wait[2]:g}"
        )
        if self.landmark is not None:
            out = int((~self.kept).sum())
            return f"{line}; both arms start {self.landmark:g} after eligibility, {out} left out"
        return f"{line}; the treated could not die while waiting" if self.immortal else line


def align_index(
    treated: ArrayLike,
    eligible: ArrayLike,
    index: ArrayLike,
    end: ArrayLike,
    *,
    landmark: float | None = None,
) -> Alignment:
    """Check when follow-up starts in each arm, and align it where a landmark is given.

    Args:
        treated: (m,) flags.
        eligible: (m,) when each person first met the criteria, on one clock.
        index: (m,) when follow-up starts: dosing, or what stands for it.
        end: (m,) last time seen: the outcome, or the end of follow-up.
        landmark: time zero becomes eligibility + landmark for everybody; who ended before it, or
            was dosed after it, is left out.

    Raises:
        InputError: unequal lengths, an index before eligibility, or a negative landmark.
        NotComputable: at the landmark an arm is empty.

    Notes:
        The treated are known to have lived from eligibility to dosing. Where untreated people's
        clocks start at eligibility, that stretch can hold deaths in one arm only (immortal time;
        Suissa 2008; Hernán and Robins 2016). It is suspected where the median wait of the
        treated is above 0 and above the largest wait of the untreated, or where some untreated
        people ended sooner after eligibility than half the treated waited.
    """
    a, begin = flag_vector(treated, "treated"), finite_vector(eligible, "eligible")
    start, stop = finite_vector(index, "index"), finite_vector(end, "end")
    same(treated=a, eligible=begin, index=start, end=stop)
    wait = start - begin
    if (bad := np.flatnonzero(wait < 0)).size:
        raise InputError(
            f"{bad.size} people have their index before they were eligible",
            where=f"index[{bad[0]}]",
        )
    if not a.any() or a.all():
        raise NotComputable("one arm is empty", remedy="Bring people of both arms.")
    half = float(np.median(wait[a]))
    immortal = half > 0 and (
        half > float(wait[~a].max()) or bool(np.any((stop - begin)[~a & (wait < half)] < half))
    )
    kept, zero = stop > start, start
    if landmark is not None:
        if landmark < 0:
            raise InputError(f"landmark {landmark:g}; allowed is 0 or more", where="landmark")
        zero = begin + landmark
        kept = (stop > zero) & (~a | (start <= zero))
    if not (kept & a).any() or not (kept & ~a).any():
        raise NotComputable(
            "at the aligned time zero one arm is empty",
            remedy="Choose an earlier landmark, or bring people followed for longer.",
        )
    return Alignment(
        treated_wait=_range(wait[a]),
        untreated_wait=_range(wait[~a]),
        ended_before=np.flatnonzero(stop <= start).astype(np.int64),
        immortal=immortal,
        landmark=landmark,
        kept=kept,
        index=zero,
    )


def _range(wait: Floats) -> tuple[float, float, float]:
    return float(wait.min()), float(np.median(wait)), float(wait.max())
