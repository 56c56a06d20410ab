"""A series of phases as a whole: every effect size the literature asks for, and what it misses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Floats, finite_vector, freeze, require_level, same_length
from ultrarare.stats.single_case.levels import Change, Segments, log_response_ratio, segments
from ultrarare.stats.single_case.overlap import Overlap, overlap, pooled
from ultrarare.stats.single_case.start import Direction, StartTest, Statistic, start_test

T = TypeVar("T")

_FEW: Final = 5
"""Fewer values in a phase than single-case standards ask for."""
_SHORT: Final = 50
"""Values of a first pair of phases below which Newey–West intervals carry a caveat."""
_SERIAL: Final = 0.3
"""Above this correlation of residuals, standard errors for independent values mislead."""
_LABELS: Final = {"p_value": "one-sided p"}
_NO_HISTORY: Final = (
    "no untreated course is in these numbers: natural improvement, regression to the mean and a "
    "chosen start look like an effect"
)
_NOT_DRAWN: Final = (
    "no p value: the start of treatment was not drawn by lot, so no distribution is known; the "
    "comparison with untreated people (own control) is the test"
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SingleCase:
    """Effect sizes of one patient's series.

    `overlap` is signed so that positive is benefit; ratio, level and slope keep the sign of the
    values: negative means that they fell.
    """

    direction: Direction
    n: int
    phases: tuple[str, ...]  # labels of the runs, in order of time
    pairs: int  # baselines followed by a treatment phase
    overlap: Overlap
    ratio: Change | None
    segments: Segments | None
    start: StartTest | None
    caveats: tuple[str, ...]

    def summary(self) -> str:
        """The numbers, then every caveat, for a terminal."""
        names = ("nap", "tau", "tau_u", "bc_tau", "log_response_ratio", "level_change")
        found = self.to_json()
        shown = ", ".join(
            f"{_LABELS.get(name, name.replace('_', ' '))} {_text(found[name])}"
            for name in (*names, "slope_change", "p_value")
        )
        head = f"{self.n} values in phases {' '.join(self.phases)}; {self.direction} is better"
        return "\n".join((head, shown, *(f"- {caveat}" for caveat in self.caveats)))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, null where one is undefined; the caveats say why."""
        o, r, s, test = self.overlap, self.ratio, self.segments, self.start
        return {
            "nap": o.nap,
            "tau": o.tau,
            "tau_u": o.tau_u,
            "bc_tau": o.bc_tau,
            "log_response_ratio": None if r is None else r.value,
            "level_change": None if s is None else s.level.value,
            "slope_change": None if s is None else s.slope.value,
            "p_value": None if test is None else test.p_value,
            "p_floor": None if test is None else test.floor,
            "p_worse": None if test is None else test.p_worse,
            "direction": self.direction,
            "n": self.n,
            "phases": list(self.phases),
            "nap_se": o.nap_se,
            "baseline_trend": o.baseline_trend,
            "baseline_trend_p": o.baseline_trend_p,
            "bc_corrected": o.bc_corrected,
            "log_response_ratio_interval": _interval(r),
            "level_change_interval": None if s is None else _interval(s.level_serial),
            "slope_change_interval": None if s is None else _interval(s.slope_serial),
            "level_change_newey_west": None if s is None else _interval(s.level),
            "slope_change_newey_west": None if s is None else _interval(s.slope),
            "serial_correlation": None if s is None else s.serial,
            "level_change_serial": None if s is None else _whole(s.level_serial),
            "slope_change_serial": None if s is None else _whole(s.slope_serial),
            "caveats": list(self.caveats),
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Pair:
    """A baseline and the treatment phase that follows it."""

    time: Floats
    value: Floats
    n_baseline: int

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def baseline(self) -> Floats:
        return self.value[: self.n_baseline]

    @property
    def treatment(self) -> Floats:
        return self.value[self.n_baseline :]


def single_case(
    phase: Sequence[str],
    time: ArrayLike,
    value: ArrayLike,
    *,
    direction: Direction = "higher",
    possible_starts: ArrayLike | None = None,
    started_at: float | None = None,
    statistic: Statistic = "mean",
    level: float = 0.95,
) -> SingleCase:
    """Describe a series of phases, and test it if the start of treatment was drawn.

    Args:
        phase: (n,) labels. The first in time is the baseline; a digit after a letter counts the
            return to a phase (A1, B1, A2, B2), and every other letter is treatment.
        time: (n,) times, all different; any order.
        value: (n,) values, finite.
        direction: which values are better.
        possible_starts: the times among which the start of treatment was drawn with equal
            chance, the drawn one included: the first time of the treatment phase, or a time after
            the last baseline value; None if nothing was drawn.
        started_at: which of them was drawn; None takes the one that fits the phases.
        statistic: what the randomisation test compares.
        level: coverage of the intervals.

    Raises:
        InputError: unequal lengths, a time given twice, an unknown direction, or starts that do
            not fit the phases.
        NotComputable: no baseline is followed by a treatment phase.

    Notes:
        The parts are in `overlap`, `levels` and `start`, with their sources. Over several pairs of
        phases, overlap is weighted by the number of compared values and ratio by its variance;
        level and slope are those of the first pair. A phase that follows treatment is not compared.
    """
    labels, t, y = _read(phase, time, value, direction)
    require_level(level)
    runs = _runs(labels)
    pairs = [_Pair(time=t[a:c], value=y[a:c], n_baseline=b - a) for a, b, c in _pairs(labels, runs)]
    sign = -1.0 if direction == "lower" else 1.0
    whole = pooled(
        [
            overlap(p.time[: p.n_baseline], sign * p.baseline, p.time[p.n_baseline :],
                    sign * p.treatment)
            for p in pairs
        ]
    )  # fmt: skip
    caveats: list[str] = []
    ratio = _or_caveat(lambda: _pooled_ratio(pairs), "no log response ratio", caveats)
    first = pairs[0]
    lines = _or_caveat(
        lambda: segments(first.time, first.value, first.n_baseline, level=level),
        "no change of level or slope",
        caveats,
    )
    test = _start(first, len(runs), possible_starts, started_at, direction, statistic, caveats)
    caveats += _about(pairs, len(runs), whole, lines)
    return SingleCase(
        direction=direction,
        n=t.size,
        phases=tuple(labels[start] for start, _ in runs),
        pairs=len(pairs),
        overlap=whole,
        ratio=ratio,
        segments=lines,
        start=test,
        caveats=tuple(caveats),
    )


def _read(
    phase: Sequence[str], time: ArrayLike, value: ArrayLike, direction: str
) -> tuple[list[str], Floats, Floats]:
    """Labels, times and values in order of time."""
    t, y = finite_vector(time, "time"), finite_vector(value, "value")
    same_length(time=t, value=y)
    if len(phase) != t.size:
        raise InputError(
            f"lengths must be equal, but phase has {len(phase)} and time {t.size}", where="phase"
        )
    if direction not in {"lower", "higher"}:
        raise InputError(
            f"{direction!r} is no direction; allowed are 'lower' and 'higher'", where="direction"
        )
    order = np.argsort(t, kind="stable")
    if np.any(same := np.diff(t[order]) == 0):
        raise InputError(
            f"time {t[order][:-1][same][0]:g} has two values; allowed is one",
            where="time",
            remedy="average repeats of one time, or give each its own",
        )
    return [str(phase[i]).strip() for i in order], t[order], y[order]


def _runs(labels: Sequence[str]) -> list[tuple[int, int]]:
    """Where each run of one label begins and ends."""
    edges = [0, *(i for i in range(1, len(labels)) if labels[i] != labels[i - 1]), len(labels)]
    return list(pairwise(edges))


def _pairs(labels: Sequence[str], runs: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Begin of a baseline, of the treatment after it, and its end.

    Raises:
        NotComputable: there is no such pair.
    """
    baseline = phase_family(labels[0])
    found = [
        (a, b, c)
        for (a, b), (_, c) in pairwise(runs)
        if phase_family(labels[a]) == baseline and phase_family(labels[b]) != baseline
    ]
    if not found:
        raise NotComputable(
            f"every value is of phase {labels[0]}, so nothing is compared",
            where="phase",
            remedy="Label the values before treatment A and those under it B.",
        )
    yield from found


def phase_family(label: str) -> str:
    """What a label stands for: A2 is a return to A."""
    return label.rstrip("0123456789").upper() or label


def _or_caveat(compute: Callable[[], T], what: str, caveats: list[str]) -> T | None:
    """A number, or the reason why there is none among the caveats."""
    try:
        return compute()
    except NotComputable as error:
        caveats.append(f"{what}: {error.problem}")
        return None


def _pooled_ratio(pairs: list[_Pair]) -> Change:
    """Log response ratio of all pairs, weighted by the inverse of its variance."""
    found = [log_response_ratio(p.baseline, p.treatment) for p in pairs]
    if len(found) == 1:
        return found[0]
    ses = np.array([change.se for change in found], dtype=np.float64)
    if np.any(ses == 0):
        raise NotComputable("a phase pair without any spread has no weight", where="value")
    weights = ses**-2 / (ses**-2).sum()
    value = float(weights @ [change.value for change in found])
    se = float((ses**-2).sum() ** -0.5)
    return Change(value=value, se=se, lower=value - 1.959964 * se, upper=value + 1.959964 * se)


def _start(
    pair: _Pair,
    n_runs: int,
    possible: ArrayLike | None,
    started_at: float | None,
    direction: Direction,
    statistic: Statistic,
    caveats: list[str],
) -> StartTest | None:
    """The randomisation test where a start was drawn; else the caveat that says there is none."""
    if possible is None:
        caveats.append(_NOT_DRAWN)
        return None
    if n_runs > 2:
        caveats.append(
            "no p value: the randomisation test is for one drawn start, and this series has more "
            "than two phases"
        )
        return None
    starts = finite_vector(possible, "possible_starts")
    last, first = pair.time[pair.n_baseline - 1], pair.time[pair.n_baseline]
    fitting = starts[(starts > last) & (starts <= first)]
    drawn = float(first) if first in starts or fitting.size != 1 else float(fitting[0])
    if started_at is not None:
        if not last < started_at <= first:
            raise InputError(
                f"treatment began at {started_at:g}, not between the last value of the baseline at "
                f"{last:g} and the first of treatment at {first:g}",
                where="started_at",
            )
        drawn = started_at
    test = start_test(
        pair.time, pair.value, drawn, starts, direction=direction, statistic=statistic
    )
    caveats.append(
        f"the p value holds if the start was drawn by lot from {test.starts.size} times with equal "
        f"chance before the first value; it cannot be below {test.floor:.3g}"
    )
    return test


def _about(
    pairs: list[_Pair], n_runs: int, whole: Overlap, lines: Segments | None
) -> Iterator[str]:
    """What each number misses on data like these."""
    yield _NO_HISTORY
    if n_runs > 2:
        yield (
            f"{n_runs} phases: {len(pairs)} baselines with the treatment phase after each are "
            "compared; level and slope are those of the first"
        )
    few = min(min(p.n_baseline, p.value.size - p.n_baseline) for p in pairs)
    if few < _FEW:
        yield f"a phase has {few} values; fewer than {_FEW} carry little"
    yield from _about_trend(whole)
    if whole.nap in {0.0, 1.0}:
        yield "the phases do not overlap at all, so NAP and Tau stand at their end and have no se"
    if lines is None:
        return
    if lines.level.se is None:
        yield "the lines leave no residual, so level and slope change have no standard error"
    elif sum(p.value.size for p in pairs[:1]) < _SHORT:
        yield (
            "Newey–West intervals are too narrow in so short a series (24 values: they cover about "
            "0.77 of the time instead of 0.95); the intervals given come from serial correlation "
            "fitted by restricted likelihood"
        )
    if lines.serial is not None and lines.serial > _SERIAL:
        yield (
            f"neighbouring residuals correlate {lines.serial:.2f}: overlap and ratio take values "
            "as independent, so their standard errors are too small, and the intervals of level "
            "and slope cover about 0.92 of the time"
        )


def _about_trend(whole: Overlap) -> Iterator[str]:
    p = whole.baseline_trend_p
    if p is not None and p < 0.05:
        yield (
            f"the baseline has a trend (Kendall tau {whole.baseline_trend:.2f}, p {p:.2g}): NAP, "
            "Tau and log response ratio count its going on as an effect"
        )
    if abs(whole.tau_u) > 1:
        yield f"Tau-U is {whole.tau_u:.2f}, outside -1 to 1, which a rank correlation cannot be"
    if whole.bc_corrected:
        yield (
            "baseline-corrected Tau extends the baseline's trend through the whole treatment phase"
        )
    if whole.bc_tau is None:
        yield "no baseline-corrected Tau: all values are equal"
    elif whole.bc_tau * whole.tau < 0:
        yield (
            f"the correction for the baseline's trend turns the sign: Tau {whole.tau:.2f}, "
            f"baseline-corrected {whole.bc_tau:.2f}"
        )


def _interval(change: Change | None) -> list[float] | None:
    if change is None or change.lower is None or change.upper is None:
        return None
    return [change.lower, change.upper]


def _whole(change: Change | None) -> dict[str, float | None] | None:
    if change is None:
        return None
    return {"value": change.value, "se": change.se, "lower": change.lower, "upper": change.upper}


def _text(number: float | None) -> str:
    return "–" if number is None else f"{number:.4g}"
