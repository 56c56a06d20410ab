"""Quiet times of untreated people: after the same entry rule, and the longest of each record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Counts, Floats, freeze, require_positive
from ultrarare.stats.proportion import clopper_pearson
from ultrarare.stats.states_records import Observed
from ultrarare.words import counted

_SLACK: Final = 1e-9  # of a window: rounding of bounds does not decide who qualifies


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRule:
    """Entry needs so many events or more in the window that ends at entry."""

    at_least: int
    window: float

    def __post_init__(self) -> None:
        if self.at_least < 1:
            raise InputError(f"found {self.at_least}; allowed is 1 or more", where="at_least")
        require_positive(self.window, "window")

    def holds(self, record: Observed, when: float) -> bool:
        """Whether the rule is met at `when`; False where the window was not observed whole."""
        if record.times is None:
            raise InputError(
                "episodes are not dated, so no entry rule can be applied", where="times"
            )
        low = when - self.window
        slack = _SLACK * self.window
        seen = (record.spans[:, 0] <= low + slack) & (record.spans[:, 1] >= when - slack)
        number = np.sum((record.times > low) & (record.times <= when))
        return bool(seen.any() and number >= self.at_least)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Entered:
    """Untreated people who met the rule, each once, and what came after.

    Attributes:
        person: (n,) their places among the records.
        entry: (n,) when.
        count: (n,) events within the follow-up.
        run: (n,) time to the first event, at most the follow-up.
        follow_up: what everybody was followed for.
        n_followed: people with a window and a follow-up, whether or not they met the rule.
    """

    person: Counts
    entry: Floats
    count: Counts
    run: Floats
    follow_up: float
    n_followed: int

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def floor(self) -> float:
        """The smallest p value that these people can give."""
        return 1 / (self.count.size + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmpiricalPrediction:
    """How one person's later course ranks among untreated people who met the same rule."""

    n: int
    as_few: int  # of these people, with a count as low or lower
    as_long: int  # with a run as long or longer
    p_at_most: float
    p_remission: float
    floor: float
    share: float  # with a count as low or lower
    share_lower: float  # exact binomial
    share_upper: float
    expected: float
    lower: int
    upper: int
    caveats: tuple[str, ...]


def entered(records: Sequence[Observed], rule: EntryRule, follow_up: float) -> Entered:
    """Put untreated people through the entry rule.

    Args:
        records: with dated episodes.
        rule: the rule by which the treated person entered.
        follow_up: how long the treated person was observed after entry.

    Raises:
        InputError: a follow-up that is not above 0.
        NotComputable: nobody was observed for a window and a follow-up, or nobody met the rule.

    Notes:
        The rule is asked at times that no episode decides: one window after the start of each
        span, and every window after that. The first time it is met with a whole follow-up left is
        the person's entry. A moment chosen because an episode just came would find people at
        their worst, and make a quiet patient look rarer than they are.
    """
    require_positive(follow_up, "follow_up")
    rows: list[tuple[int, float, int, float]] = []
    followed = 0
    for i, record in enumerate(records):
        asked = _asked(record, rule.window, follow_up)
        followed += bool(asked)
        met = next((when for when in asked if rule.holds(record, when)), None)
        if met is not None and record.times is not None:
            later = record.times[(record.times > met) & (record.times <= met + follow_up)] - met
            run = float(later[0]) if later.size else follow_up
            rows.append((i, met, later.size, run))
    if not rows:
        who = "observed for" if not followed else f"of {followed} observed met the rule in"
        raise NotComputable(
            f"no untreated person {who} a window of {rule.window:g} and a follow-up of "
            f"{follow_up:g}",
            where="entry rule",
            remedy="Give untreated people who were observed longer, or whose illness is as active.",
        )
    person, entry, count, runs = zip(*rows, strict=True)
    return Entered(
        person=np.array(person, dtype=np.int64),
        entry=np.array(entry),
        count=np.array(count, dtype=np.int64),
        run=np.array(runs),
        follow_up=follow_up,
        n_followed=followed,
    )


def _asked(record: Observed, window: float, follow_up: float) -> list[float]:
    slack = _SLACK * window
    out: list[float] = []
    for start, stop in record.spans.tolist():
        last = int(np.floor((stop - start - follow_up + slack) / window))
        out += [start + k * window for k in range(1, last + 1)]
    return out


def rank(people: Entered, count: int, run: float, *, level: float = 0.95) -> EmpiricalPrediction:
    """Rank a count and a run among those of untreated people.

    Args:
        people: from `entered`, with the follow-up of the treated person.
        count: their events in it.
        run: their time to the first event, the follow-up if there was none.
        level: coverage of the intervals.

    Notes:
        Conformal: p = (1 + number at least as extreme)/(n + 1), exact if the person is
        exchangeable with those who entered (Vovk 2005). The share has an exact binomial interval.
    """
    n = people.count.size
    few = int(np.sum(people.count <= count))
    long = int(np.sum(people.run >= run * (1 - _SLACK)))
    share = clopper_pearson(few, n, level)
    tails = np.quantile(people.count, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    caveats: tuple[str, ...] = ()
    if n < 19:
        caveats = (
            f"{counted(n, 'untreated person')} met the entry rule: no p value below "
            f"{people.floor:.2g} can "
            "come of them",
        )
    return EmpiricalPrediction(
        n=n,
        as_few=few,
        as_long=long,
        p_at_most=(1 + few) / (n + 1),
        p_remission=(1 + long) / (n + 1),
        floor=people.floor,
        share=few / n,
        share_lower=share.lower,
        share_upper=share.upper,
        expected=float(people.count.mean()),
        lower=int(tails[0]),
        upper=int(tails[1]),
        caveats=caveats,
    )


def longest_gap(record: Observed) -> float:
    """The longest observed stretch without an event; stretches cut by the record's edges count."""
    if record.times is None:
        raise InputError("episodes are not dated, so no gap can be measured", where="times")
    longest = 0.0
    for start, stop in record.spans.tolist():
        inside = record.times[(record.times >= start) & (record.times <= stop)]
        longest = max(longest, float(np.diff(np.concatenate(([start], inside, [stop]))).max()))
    return longest


@dataclass(frozen=True, slots=True, kw_only=True)
class LongestGap:
    """The treated person's longest quiet stretch beside the longest of each untreated record."""

    gap: float
    n: int  # untreated people with a stretch of observation as long
    as_long: int
    p_value: float | None  # (1 + as long)/(n + 1); None without such people
    longest_untreated: float | None
    caveats: tuple[str, ...]


def compare_longest_gap(after: Observed, records: Sequence[Observed]) -> LongestGap:
    """Rank the longest gap after treatment among the longest of untreated people.

    Args:
        after: the treated person's record after dosing.
        records: untreated people; those who were never observed for so long at a stretch could
            not show it, and are left out.

    Notes:
        A longer record has a longer longest gap. Where untreated people were followed longer than
        the treated person after dosing, the p value is too large rather than too small.
    """
    gap = longest_gap(after)
    able = [r for r in records if float(np.max(r.spans[:, 1] - r.spans[:, 0])) >= gap]
    gaps = [longest_gap(record) for record in able]
    long = sum(each >= gap * (1 - _SLACK) for each in gaps)
    shorter = sum(record.time < after.time for record in able)
    caveats: tuple[str, ...] = ()
    if shorter:
        caveats = (
            f"{shorter} of {counted(len(able), 'untreated person')} were observed for less time "
            "than the "
            "patient after dosing, and had less chance of a long gap",
        )
    return LongestGap(
        gap=gap,
        n=len(able),
        as_long=long,
        p_value=(1 + long) / (len(able) + 1) if able else None,
        longest_untreated=max(gaps) if gaps else None,
        caveats=caveats,
    )
