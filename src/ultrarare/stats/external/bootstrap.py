"""Weighted comparisons with a bootstrap that fits the weights anew in every resample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Flags, Floats, require_level
from ultrarare.stats.blocks import Mapping, in_blocks
from ultrarare.words import counted

Weighting = Literal["odds", "overlap", "entropy", "aipw"]
METHODS: Final[tuple[Weighting, ...]] = ("odds", "overlap", "entropy", "aipw")
FEWEST_TREATED: Final = 10
"""Below this the bootstrap of the treated arm is unreliable; permutation serves there."""
_BLOCK: Final = 100
"""Resamples of one seed: the same bits for any number of workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """A weighted difference, treated minus untreated, with its resampled spread."""

    method: Weighting
    estimate: float
    se: float
    lower: float
    upper: float
    level: float
    p: float  # two-sided
    draws: int
    failed: int  # resamples in which no weights could be had
    horizon: float | None  # of the restricted mean time, None for a mean

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the reader must know."""
        if self.failed == 0:
            return ()
        return (f"in {self.failed} of {self.draws} resamples no weights could be had",)


def weighted_bootstrap(
    method: Weighting,
    values: Floats,
    treated: Flags,
    covariates: Floats,
    *,
    event: Flags | None = None,
    horizon: float | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int | np.random.SeedSequence = 1,
    mapping: Mapping = map,
) -> Bootstrap:
    """Difference of weighted means, or of restricted mean event-free times.

    Args:
        method: how untreated people are weighted.
        values: (m,) outcomes, or times to event or censoring.
        treated: (m,) flags.
        covariates: (m, p) finite.
        event: (m,) whether the event was seen; then `values` are times.
        horizon: end of the restricted mean time; None takes the earlier of the arms' last times.
        level: coverage of the interval.
        draws: resamples.
        seed: of the resamples, spawned once for each block of 100.
        mapping: who does the blocks' work; the result does not depend on it.

    Raises:
        InputError: an unknown method or a horizon that is not above 0.
        NotComputable: fewer than 10 treated people, AIPW of times, or weights that fail in more
            than one resample of ten.

    Notes:
        People are drawn with replacement inside arms; Newton's method starts at the coefficients
        of the whole sample. The interval is estimate ± Student's t on n − 1 degrees of freedom
        times the bootstrap's standard deviation inflated by √(n/(n−1)), n treated people: the
        small arm decides. Restricted mean: area under the weighted Kaplan–Meier curve (Uno et al.
        2014). Checked in tests/oracles/test_external_oracle.py.
    """
    _require(method, treated, event, horizon, level)
    x, start_code = _design(covariates), METHODS.index(method)
    order = np.argsort(values, kind="stable")
    v, a, x = values[order], treated[order].astype(np.float64), np.ascontiguousarray(x[order])
    seen = np.zeros(0, np.bool_) if event is None else event[order]
    until = 0.0 if event is None else _horizon(v, treated[order], horizon)
    start, estimate = _whole(start_code, x, a, v, seen, until)
    runs, failed = _blocks(
        (start_code, x, a, v, seen, until, start), draws=draws, seed=seed, mapping=mapping
    )
    if failed > draws / 10:
        raise NotComputable(
            f"the weights of {method} could not be had in {failed} of {draws} resamples",
            remedy="Take fewer covariates, or a matched comparison.",
        )
    n = int(treated.sum())
    se = float(np.nanstd(runs, ddof=1)) * np.sqrt(n / (n - 1))
    half = float(stdtrit(n - 1, (1 + level) / 2)) * se
    return Bootstrap(
        method=method,
        estimate=estimate,
        se=se,
        lower=estimate - half,
        upper=estimate + half,
        level=level,
        p=float(2 * stdtr(n - 1, -abs(estimate) / se)) if se > 0 else 1.0,
        draws=draws,
        failed=failed,
        horizon=None if event is None else until,
    )


def weighted_difference(
    method: Weighting,
    values: Floats,
    treated: Flags,
    covariates: Floats,
    *,
    event: Flags | None = None,
    horizon: float | None = None,
) -> float:
    """The estimate of `weighted_bootstrap` alone, which needs no ten treated people.

    Raises:
        NotComputable: no weights can be had.
    """
    order = np.argsort(values, kind="stable")
    x = np.ascontiguousarray(_design(covariates)[order])
    seen = np.zeros(0, np.bool_) if event is None else event[order]
    until = 0.0 if event is None else _horizon(values[order], treated[order], horizon)
    a = treated[order].astype(np.float64)
    return _whole(METHODS.index(method), x, a, values[order], seen, until)[1]


def _require(
    method: str, treated: Flags, event: Flags | None, horizon: float | None, level: float
) -> None:
    require_level(level)
    if method not in METHODS:
        raise InputError(f"{method!r}; allowed are {', '.join(METHODS)}", where="method")
    if horizon is not None and not horizon > 0:
        raise InputError(f"horizon {horizon:g}; allowed is a value above 0", where="horizon")
    if method == "aipw" and event is not None:
        raise NotComputable(
            "AIPW of a censored time is not offered", remedy="Take odds or overlap weights."
        )
    n = int(treated.sum())
    if n < FEWEST_TREATED:
        raise NotComputable(
            f"a bootstrap of {counted(n, 'treated person')} is unreliable; needed are at least "
            f"{FEWEST_TREATED}",
            remedy="Use the randomisation test.",
        )


def _design(covariates: Floats) -> Floats:
    sd = covariates.std(axis=0)
    scaled = (covariates - covariates.mean(axis=0)) / np.where(sd > 0, sd, 1.0)
    return np.column_stack((np.ones(covariates.shape[0]), scaled))


def _horizon(values: Floats, treated: Flags, horizon: float | None) -> float:
    """The horizon asked for, or the earlier of the two arms' last times."""
    last = min(float(values[treated].max()), float(values[~treated].max()))
    if horizon is not None and horizon > last:
        raise NotComputable(
            f"the horizon {horizon:g} lies beyond the follow-up of an arm, {last:g}",
            remedy=f"Ask for {last:g} or less.",
        )
    return last if horizon is None else horizon


def _whole(
    code: int, x: Floats, a: Floats, v: Floats, seen: Flags, until: float
) -> tuple[Floats, float]:
    """Coefficients and difference in the whole sample."""
    from ultrarare.stats.external import resample

    start, ones = np.zeros(x.shape[1]), np.ones(a.size)
    if code != resample.ENTROPY:
        start[0] = np.log(a.sum() / (a.size - a.sum()))
    weight, warm, met = resample.weights_for(code, x, a, ones, start)
    if not met:
        raise NotComputable(
            f"no weights of {METHODS[code]} can be had",
            remedy="Take fewer covariates, or bring untreated people like the treated.",
        )
    if seen.size:
        first = resample.restricted_mean(v, seen, weight * a, until)
        return warm, first - resample.restricted_mean(v, seen, weight * (1 - a), until)
    y = resample.without_regression(v, x, a, ones) if code == resample.AUGMENTED else v
    first, second = resample.arm_means(y, a, weight)
    return warm, first - second


def _blocks(
    fixed: tuple[int, Floats, Floats, Floats, Flags, float, Floats],
    *,
    draws: int,
    seed: int | np.random.SeedSequence,
    mapping: Mapping,
) -> tuple[Floats, int]:
    from ultrarare.stats.external.resample import resampled

    def block(job: tuple[int, np.random.SeedSequence]) -> tuple[Floats, int]:
        runs, failed = resampled(*fixed, job[0], np.random.default_rng(job[1]))
        return runs, int(failed[0])

    done = in_blocks(block, draws, seed=seed, size=_BLOCK, mapping=mapping)
    return np.concatenate([runs for runs, _ in done]), sum(failed for _, failed in done)
