"""One or a few treated people against untreated survival, exactly and with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import (
    Flags,
    Floats,
    flag_vector,
    freeze,
    non_negative_vector,
    require_level,
    same_length,
)
from ultrarare.stats.few_alive import AliveLaw, alive_law
from ultrarare.stats.one_sample import OneSample, one_sample
from ultrarare.stats.untreated_hazard import UntreatedHazard, require_observed
from ultrarare.words import counted

Alternative = Literal["two-sided", "better"]
_WIDEST: Final = 1e4  # a hazard ratio beyond is no limit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SurvivalOfFew:
    """Treated people against the untreated hazard; arrays over people have shape (n,)."""

    begin: Floats  # from when each is compared: entry, or the cohort's start if that is later
    end: Floats  # until when each could be compared: last follow-up planned, or the cohort's end
    exit: Floats
    event: Flags  # seen while comparable
    exceedance: Floats  # estimated S(min(exit, end) | begin) of the untreated
    exceedance_lower: Floats
    exceedance_upper: Floats
    exceedance_predicted: Floats  # the same with the curve's uncertainty averaged over
    alive_probability: Floats  # (n + 1,) of 0 … n event-free at their ends, untreated
    treated: int
    observed: int
    expected: float
    p_better: float  # P(so few events or fewer | untreated)
    p_worse: float
    p_value: float
    floor: float  # the smallest p_value that these windows can give
    alternative: Alternative
    plug_in_p: float  # p_better with the curve taken as known
    hazard_ratio_lower: float  # NaN where there is no limit
    hazard_ratio_upper: float
    level: float
    one_sample: OneSample | None  # None where none was expected before the events came
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    def summary(self) -> str:
        """The test in a few lines, its floor first."""
        alive = self.treated - self.observed
        side = "two-sided" if self.alternative == "two-sided" else "one-sided"
        lines = (
            f"the smallest {side} p these {self.treated} can give is {self.floor:.3g}",
            f"{alive} of {self.treated} treated are event-free; {counted(self.observed, 'event')} "
            f"observed, {self.expected:.3g} expected; {side} p {self.p_value:.3g}",
        )
        return "\n".join((*lines, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a treated person."""
        return [
            {
                "from": float(self.begin[j]),
                "to": float(min(self.exit[j], self.end[j])),
                "event": bool(self.event[j]),
                "exceedance": float(self.exceedance[j]),
                "lower": float(self.exceedance_lower[j]),
                "upper": float(self.exceedance_upper[j]),
                "predicted": float(self.exceedance_predicted[j]),
            }
            for j in range(self.treated)
        ]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Windows:
    begin: Floats
    end: Floats
    longest: Floats  # as `end`, and the cohort's end where it is not known
    exit: Floats
    event: Flags
    caveats: tuple[str, ...]


def survival_of_few(
    hazard: UntreatedHazard,
    entry: ArrayLike,
    exit_: ArrayLike,
    event: ArrayLike,
    *,
    until: ArrayLike | None = None,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> SurvivalOfFew:
    """Test whether the treated have the untreated hazard.

    Args:
        hazard: of the untreated.
        entry: (n,) age, or time, at dosing: the index. Time before it is immortal and no part.
        exit_: (n,) at the event, or last seen event-free.
        event: (n,) whether the event was seen at exit.
        until: (n,) how long each could have been followed, were there no event; NaN or None where
            it is not known; after an event its own time then stands in where few events are judged
            and the cohort's last follow-up where many are, which can only raise p.
        alternative: `two-sided`, or `better` for fewer events only.
        level: coverage of the intervals.
        rng: for more than ten people, whose distribution is drawn and not enumerated.

    Raises:
        InputError: lengths, values, an exit at or before entry, or `until` before exit.
        NotComputable: a person without comparable time, or with an event at a time at which nobody
            untreated was under observation.

    Notes:
        Untreated survival over the windows is a product of beta variables (`untreated_hazard`), so
        that the probability of k events is closed: for nobody with an event it is the product of
        C(n, d)/C(n + m, d), the probability that each event seen among the n untreated and m
        treated at risk falls on the untreated. That product is a p value in finite samples.
        Checked in tests/oracles/test_survival_of_few_oracle.py; error rates in
        docs/validation/survival-of-few.md.
    """
    require_level(level)
    windows = _windows(hazard, entry, exit_, event, until)
    better = alive_law(hazard, windows.begin, windows.end, ends=False, rng=rng)
    worse = alive_law(hazard, windows.begin, windows.longest, ends=True, rng=rng)
    observed = int(windows.event.sum())
    p_better, p_worse = better.at_most(observed), worse.at_least(observed)
    floor = better.at_most(0)
    low, high = _ratio_limits(better, worse, observed, (1 - level) / 2)
    last = np.minimum(windows.exit, windows.end)
    pairs = list(zip(windows.begin.tolist(), last.tolist(), strict=True))
    limits = np.array([hazard.limits(a, b, level=level) for a, b in pairs])
    result = _one_sample(hazard, windows, last, level)
    n = windows.begin.size
    return SurvivalOfFew(
        begin=windows.begin,
        end=windows.end,
        exit=windows.exit,
        event=windows.event,
        exceedance=np.array([hazard.survival(a, b) for a, b in pairs]),
        exceedance_lower=limits[:, 0],
        exceedance_upper=limits[:, 1],
        exceedance_predicted=np.array(
            [alive_law(hazard, [a], [b], ends=False).at_most(0) for a, b in pairs]
        ),
        alive_probability=better.events()[::-1],
        treated=n,
        observed=observed,
        expected=0.0 if result is None else result.expected,
        p_better=p_better,
        p_worse=p_worse,
        p_value=_two_sided(p_better, p_worse, alternative),
        floor=_two_sided(floor, 1.0, alternative),
        alternative=alternative,
        plug_in_p=better.known_at_most(observed),
        hazard_ratio_lower=low,
        hazard_ratio_upper=high,
        level=level,
        one_sample=result,
        caveats=(
            *windows.caveats,
            *_drawn(better),
            *_caveats(hazard, windows, floor, alternative, level, high),
        ),
    )


def _one_sample(
    hazard: UntreatedHazard, windows: _Windows, last: Floats, level: float
) -> OneSample | None:
    """None where all events came before any was expected, although later some were."""
    try:
        return one_sample(hazard, windows.begin, last, windows.event, level=level)
    except NotComputable:
        planned = zip(windows.begin.tolist(), windows.longest.tolist(), strict=True)
        if windows.event.any() and any(hazard.expected(a, b) > 0 for a, b in planned):
            return None
        raise


def _two_sided(better: float, worse: float, alternative: Alternative) -> float:
    return better if alternative == "better" else min(1.0, 2 * min(better, worse))


def _windows(
    hazard: UntreatedHazard,
    entry: ArrayLike,
    exit_: ArrayLike,
    event: ArrayLike,
    until: ArrayLike | None,
) -> _Windows:
    """Where each treated person can be compared with somebody untreated."""
    begin, stop = non_negative_vector(entry, "entry"), non_negative_vector(exit_, "exit")
    seen = flag_vector(event, "event")
    same_length(entry=begin, exit=stop, event=seen)
    if (bad := np.flatnonzero(begin >= stop)).size:
        raise InputError(
            f"exit {stop[bad[0]]:g} is not after entry {begin[bad[0]]:g}",
            where=f"exit[{bad[0]}]",
            remedy="Entry is the age at dosing; an event before it is no event after treatment.",
        )
    caveats: list[str] = []
    planned, longest = _until(until, stop, seen, caveats)
    for j in range(begin.size):
        require_observed(hazard, min(stop[j], hazard.follow_up), f"treated {j + 1}, exit")
        if begin[j] >= hazard.follow_up:
            require_observed(hazard, float(stop[j]), f"treated {j + 1}, exit")
        if seen[j] and stop[j] <= hazard.follow_up and _unwatched(hazard, float(stop[j])):
            raise NotComputable(
                f"treated {j + 1} had the event at {stop[j]:g}, when nobody untreated was under "
                "observation",
                remedy="Bring untreated people observed at that age.",
            )
    if np.any(begin < hazard.start):
        caveats.append(
            f"nobody untreated was under observation before {hazard.start:g}; treated people are "
            "compared from then on"
        )
    ends = np.minimum(planned, hazard.follow_up)
    starts = np.maximum(begin, hazard.start)
    if any(hazard.unseen(a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)):
        caveats.append(
            "for part of the time compared nobody untreated was under observation; no event is "
            "expected there, which can only raise p for few events"
        )
    if np.any(planned > hazard.follow_up):
        caveats.append(
            f"nobody untreated was followed beyond {hazard.follow_up:g}; treated people are "
            "compared until then, and nothing is said of later"
        )
    return _Windows(
        begin=np.maximum(begin, hazard.start),
        end=np.minimum(planned, hazard.follow_up),
        longest=np.minimum(longest, hazard.follow_up),
        exit=stop,
        event=seen & (stop <= hazard.follow_up),
        caveats=tuple(caveats),
    )


def _unwatched(hazard: UntreatedHazard, t: float) -> bool:
    """Whether nobody untreated was at risk just before `t`."""
    place = int(np.searchsorted(hazard.seen_from, t, side="left")) - 1
    return place < 0 or hazard.seen[place] <= 0


def _until(
    until: ArrayLike | None, stop: Floats, seen: Flags, caveats: list[str]
) -> tuple[Floats, Floats]:
    """The shortest and the longest that each may have been meant to be followed."""
    planned = stop.copy()
    if until is not None:
        given = np.array(until, dtype=np.float64)
        same_length(exit=stop, until=given)
        known = np.isfinite(given)
        if (bad := np.flatnonzero(known & (given < stop))).size:
            raise InputError(
                f"until {given[bad[0]]:g} lies before exit {stop[bad[0]]:g}",
                where=f"until[{bad[0]}]",
            )
        # Who left early without an event could not be compared for longer.
        planned = np.where(known & seen, given, stop)
        seen = seen & ~known
    if seen.any():
        caveats.append(
            f"how long {int(seen.sum())} treated with the event could have been followed is not "
            "given; the end that raises p stands in"
        )
    return np.asarray(planned, dtype=np.float64), np.where(seen, np.inf, planned)


def _drawn(law: AliveLaw) -> tuple[str, ...]:
    draws = law.drawn.shape[0]
    return (f"p is averaged over {draws} drawn curves and not enumerated",) if draws else ()


def _ratio_limits(
    better: AliveLaw, worse: AliveLaw, observed: int, tail: float
) -> tuple[float, float]:
    """Hazard ratios at which so few, or so many, events become as rare as `tail`."""
    upper = _crossing(lambda ratio: better.at_most(observed, ratio) - tail)
    if observed == 0:
        return 0.0, upper
    found = _crossing(lambda ratio: tail - worse.at_least(observed, ratio))
    return (0.0 if np.isnan(found) else found), upper


def _crossing(falls: Callable[[float], float]) -> float:
    """Where a falling function of the hazard ratio reaches 0; NaN if it does not."""
    low, high = 1e-6, _WIDEST
    if falls(low) <= 0 or falls(high) > 0:
        return float("nan")
    root = brentq(lambda log_ratio: falls(float(np.exp(log_ratio))), np.log(low), np.log(high))
    return float(np.exp(root))


def _caveats(
    hazard: UntreatedHazard,
    windows: _Windows,
    floor: float,
    alternative: Alternative,
    level: float,
    upper: float,
) -> tuple[str, ...]:
    """What these numbers cannot show, and what was assumed."""
    said = list(hazard.caveats)
    least = _two_sided(floor, 1.0, alternative)
    alpha = 1 - level
    if least > alpha:
        one = "the one treated person" if windows.begin.size == 1 else "all treated people"
        said.append(
            f"with {one} event-free p would still be {least:.2g}: this comparison cannot show "
            f"improvement at {alpha:.2g}, whatever is observed"
        )
    if hazard.events.sum() < 10:
        events = counted(f"{hazard.events.sum():.3g}", "event")
        said.append(
            f"the untreated curve rests on {events}; its uncertainty is part of p and of the "
            "intervals"
        )
    if np.isnan(upper):
        said.append("no upper limit of the hazard ratio exists in these data")
    said.append(
        "treated and untreated are assumed to differ in treatment only; no test can show that"
    )
    return tuple(said)
