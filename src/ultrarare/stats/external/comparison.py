"""A few treated people against external controls: one primary method, and all others beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Flags, Floats, flag_vector, require_level, same_length
from ultrarare.stats.external.bootstrap import FEWEST_TREATED
from ultrarare.stats.external.bootstrap import METHODS as BOOTSTRAPPED
from ultrarare.stats.external.design import Design
from ultrarare.stats.external.methods import (
    METHODS,
    Method,
    MethodResult,
    Outcome,
    naive,
    randomised,
    spread_of,
    weighted,
)
from ultrarare.stats.external.scatter import Scatter, scatter
from ultrarare.words import counted

Shown = Literal["better", "worse", "not shown"]
_MUCH_MISSING = 0.2
_UNESTIMATED: Final = (
    "since a test of ranks of times gives a p only (the rows below give differences of mean "
    "event-free times)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """People without an outcome, and the primary comparison with these at the extremes."""

    treated: int
    untreated: int
    least: MethodResult | None  # missing treated at the worst value seen, untreated at the best
    most: MethodResult | None  # the other way round

    def to_json(self) -> dict[str, Any]:
        """Counts and the two ends."""
        return {
            "treated": self.treated,
            "untreated": self.untreated,
            "least": None if self.least is None else _end(self.least),
            "most": None if self.most is None else _end(self.most),
        }


def _end(result: MethodResult) -> dict[str, Any]:
    return {
        "estimate": result.estimate,
        "lower": result.lower,
        "upper": result.upper,
        "p_value": result.p_value,
    }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExternalControl:
    """Treated minus untreated by every method that the data carry."""

    design: Design
    improves: str
    level: float
    primary: MethodResult
    methods: tuple[MethodResult, ...]  # all, the refused and the naive one too
    missing: Missing
    randomisation: list[dict[str, Any]]  # bins of the primary statistic under reassignment
    scatter: Scatter | None  # None: nothing can be said of it
    caveats: tuple[str, ...]

    @property
    def shown(self) -> Shown:
        """What the primary comparison shows at its level, at the worst end of missing outcomes."""
        return _shown(self.primary, self.improves, self.level)

    @property
    def scatter_in_doubt(self) -> bool:
        """Whether unequal scatter may be all that the primary randomisation test has found.

        It is where the treated may scatter more than the untreated and a test that allows for it
        does not agree.
        """
        seen, spread = self.shown, self.scatter
        if seen == "not shown" or spread is None or not spread.suspect:
            return False
        return not _agrees(seen, spread, self.improves, self.level)

    def summary(self) -> str:
        """A few lines: the primary comparison, the others, every caveat."""
        lines = [self.design.summary(), *(_line(r, self.primary) for r in self.methods)]
        return "\n".join((*lines, *(c for c in self.caveats if c not in self.design.caveats)))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a method, for a figure of estimate by method."""
        return [
            {
                **asdict(result),
                "label": result.label,
                "p_value": result.p_value,
                "p_benefit": result.p_benefit(self.improves),
                "primary": result is self.primary,
                "caveats": list(result.caveats),
            }
            for result in self.methods
        ]


def _line(result: MethodResult, primary: MethodResult) -> str:
    mark = " (primary)" if result is primary else ""
    if result.refused:
        return f"{result.label}{mark}: refused, {result.refused}"
    p = "" if result.p_value is None else f", two-sided p {result.p_value:.3g}"
    if result.estimate is None:
        return f"{result.label}{mark}: no estimate, {_UNESTIMATED}{p.replace(',', ';', 1)}"
    return f"{result.label}{mark}: {result.estimate:.4g} ({_interval(result)}){p}"


def _interval(result: MethodResult) -> str:
    """Its limits, or in a few words why it has none."""
    low, high = result.lower, result.upper
    if low is not None and high is not None:
        return f"{low:.4g} to {high:.4g}"
    if low is not None:
        return f"from {low:.4g}, no upper limit: too few arrangements"
    if high is not None:
        return f"to {high:.4g}, no lower limit: too few arrangements"
    if result.method in {"matched", "rank"}:
        return "no interval: too few arrangements for this level"
    if result.method not in BOOTSTRAPPED:
        return "no interval: an arm of one person, or without spread"
    return (
        f"no interval: {counted(result.treated, 'treated person', 'is')} too few to resample, "
        f"{FEWEST_TREATED} are needed"
    )


def _shown(result: MethodResult, improves: str, level: float) -> Shown:
    good = result.p_benefit(improves)
    bad = result.p_benefit("higher" if improves == "lower" else "lower")
    if good is not None and good <= (1 - level) / 2 * (1 + 1e-9):
        return "better"
    if bad is not None and bad <= (1 - level) / 2 * (1 + 1e-9):
        return "worse"
    return "not shown"


def _scatter(design: Design, outcome: Outcome, method: str) -> Scatter | None:
    """Only a randomisation test rests on equal scatter; times to events have none to compare."""
    if method not in {"matched", "rank"} or outcome.event is not None:
        return None
    here = outcome.there
    return scatter(outcome.values[here], design.treated[here], design.covariates[here])


def _agrees(seen: Shown, spread: Scatter, improves: str, level: float) -> bool:
    up = (seen == "better") == (improves == "higher")
    return (spread.p_higher if up else spread.p_lower) <= (1 - level) / 2


def _scatter_caveats(
    spread: Scatter | None, outcome: Outcome, primary: MethodResult, improves: str, level: float
) -> tuple[str, ...]:
    if primary.method not in {"matched", "rank"} or outcome.event is not None:
        return ()
    if spread is None:
        return (
            "too few people to see whether the treated scatter as the untreated do, which the "
            "randomisation test takes for granted",
        )
    if not spread.suspect:
        return ()
    seen = _shown(primary, improves, level)
    said = (
        f"the treated scatter {spread.ratio:.2g} times as much as the untreated (one-sided F test, "
        f"p {spread.p:.2g}), which makes the randomisation test err too often; a t test with a "
        f"variance for each arm gives a two-sided p of {spread.p_value:.2g}"
    )
    if seen == "not shown":
        return (said,)
    if _agrees(seen, spread, improves, level):
        return (f"{said} and agrees",)
    return (f"{said} and does not agree",)


def compare(
    design: Design,
    values: ArrayLike,
    *,
    improves: str,
    event: ArrayLike | None = None,
    horizon: float | None = None,
    method: Method = "matched",
    level: float = 0.95,
    bootstraps: int = 1000,
    seed: int = 1,
) -> ExternalControl:
    """Compare outcomes by every method, one of which was named before.

    Args:
        design: from `plan_comparison`, fixed without outcomes.
        values: (m,) outcomes or times, in the design's order; NaN for a missing one.
        improves: whether `lower` or `higher` values are better.
        event: (m,) whether the event was seen; then `values` are times, and weighted methods
            compare restricted mean times while randomisation tests compare log-rank scores.
        horizon: of the restricted mean time.
        method: the primary one.
        level: coverage of intervals.
        bootstraps: resamples of the weighted methods.
        seed: of everything random.

    Raises:
        InputError: an unknown direction or method, or lengths that differ.
        NotComputable: the primary method is refused, and says why.
    """
    require_level(level)
    _require(improves, method)
    outcome = _outcome(design, values, event, horizon)
    roots = np.random.SeedSequence(seed).spawn(len(METHODS))

    def one(name: str, given: Outcome) -> MethodResult:
        root = roots[METHODS.index(name)] if name in METHODS else roots[0]
        if name in {"matched", "rank"}:
            rng = np.random.default_rng(root)
            return randomised(design, given, name, level=level, rng=rng)[0]
        fresh = np.random.SeedSequence(root.entropy, spawn_key=root.spawn_key)
        return weighted(design, given, name, level=level, draws=bootstraps, seed=fresh)

    methods = (*(one(name, outcome) for name in METHODS), naive(design, outcome, level=level))
    primary = methods[METHODS.index(method)]
    if primary.refused:
        raise NotComputable(
            f"the primary method, {primary.label}, is refused: {primary.refused}",
            remedy="Name another method before outcomes are seen, or bring more people.",
        )
    missing = _missing(design, outcome, improves, lambda given: one(method, given))
    spread = _scatter(design, outcome, method)
    return ExternalControl(
        design=design,
        improves=improves,
        level=level,
        primary=primary,
        methods=methods,
        missing=missing,
        randomisation=_bins(design, outcome, method, level, roots),
        scatter=spread,
        caveats=(
            *design.caveats,
            *primary.caveats,
            *_scatter_caveats(spread, outcome, primary, improves, level),
            *_caveats(design, missing, primary, methods, improves, level),
        ),
    )


def _require(improves: str, method: str) -> None:
    if improves not in {"lower", "higher"}:
        raise InputError(
            f"{improves!r} is no direction; allowed are lower and higher", where="improves"
        )
    if method not in METHODS:
        raise InputError(
            f"{method!r} is no method; allowed are {', '.join(METHODS)}", where="method"
        )


def _outcome(
    design: Design, values: ArrayLike, event: ArrayLike | None, horizon: float | None
) -> Outcome:
    v = np.array(values, dtype=np.float64)
    if np.isinf(v).any():
        raise InputError(
            "an outcome is infinite; allowed are finite values and NaN", where="values"
        )
    same_length(treated=design.treated, values=v)
    seen: Flags | None = None
    if event is not None:
        seen = flag_vector(event, "event")
        same_length(values=v, event=seen)
        if (v[np.isfinite(v)] < 0).any():
            raise InputError("a time is negative", where="values")
    for arm, name in ((design.treated, "treated"), (~design.treated, "untreated")):
        if not np.isfinite(v[arm]).any():
            raise NotComputable(
                f"no {name} person has an outcome", remedy="Measure the outcome in both arms."
            )
    return Outcome(values=v, event=seen, horizon=horizon)


def _bins(
    design: Design,
    outcome: Outcome,
    method: str,
    level: float,
    roots: list[np.random.SeedSequence],
) -> list[dict[str, Any]]:
    if method not in {"matched", "rank"}:
        return []
    rng = np.random.default_rng(roots[METHODS.index(method)])
    _, test = randomised(design, outcome, method, level=level, rng=rng)
    return [] if test is None else test.to_rows()


def _missing(
    design: Design, outcome: Outcome, improves: str, run: Callable[[Outcome], MethodResult]
) -> Missing:
    gone = ~outcome.there
    own, other = int((gone & design.treated).sum()), int((gone & ~design.treated).sum())
    if not gone.any() or outcome.event is not None:
        return Missing(treated=own, untreated=other, least=None, most=None)
    low, high = float(np.nanmin(outcome.values)), float(np.nanmax(outcome.values))
    bad, good = (high, low) if improves == "lower" else (low, high)
    return Missing(
        treated=own,
        untreated=other,
        least=run(_filled(design, outcome, bad, good)),
        most=run(_filled(design, outcome, good, bad)),
    )


def _filled(design: Design, outcome: Outcome, treated: float, untreated: float) -> Outcome:
    fill: Floats = np.where(design.treated, treated, untreated)
    return Outcome(values=np.where(outcome.there, outcome.values, fill), event=None)


def _caveats(
    design: Design,
    missing: Missing,
    primary: MethodResult,
    methods: tuple[MethodResult, ...],
    improves: str,
    level: float,
) -> tuple[str, ...]:
    said = []
    people = design.treated.size
    if gone := missing.treated + missing.untreated:
        said.append(
            f"{missing.treated} treated and {counted(missing.untreated, 'untreated person')} have "
            "no outcome "
            "and are left out"
        )
        if gone > _MUCH_MISSING * people:
            said.append("so many outcomes are missing that the result rests on why they are")
        if missing.least is not None and _shown(missing.least, improves, level) != _shown(
            primary, improves, level
        ):
            said.append("with missing outcomes at the least favourable values it would not hold")
    said += _disagreement(primary, methods)
    return tuple(said)


def _disagreement(primary: MethodResult, methods: tuple[MethodResult, ...]) -> list[str]:
    said = []
    spread, low, high = spread_of(methods), primary.lower, primary.upper
    half = None if low is None or high is None else (high - low) / 2
    if spread is not None and half is not None and spread > half:
        said.append(
            f"the methods' estimates spread over {spread:.3g}, more than half the width of the "
            "primary interval"
        )
    said += [
        f"{result.label}: the weighted untreated people count as {result.effective_size:.1f} people"
        for result in methods
        if result.effective_size is not None and result.effective_size < 5
    ]
    return said
